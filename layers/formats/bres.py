"""Nomis Business Register and Employment Survey (NM_189_1): jobs by area and industry.

Canonical columns: `area_id`, `area_name`, `industry` (`total`, a SIC section or code), `status`
(as published, such as `Employment` or `Employees`), `jobs`, `jobs_low`, `jobs_high`. Published
counts are rounded, the coarser the larger they are, and the file does not say by which of two
rules: the interval is that of the stricter rule. Above 2,499 the rule is not published; the widest
known step is taken. Areas are LSOA of 2011 or 2021 by year, MSOA, or larger.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.formats import Format
from layers.formats._nomis import asked_for, is_wizard, read_wizard, wizard_vintage
from layers.formats._writing import dressed, whole, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "rounding_step", "write"]

# Nomis (domain brief A6): largest count of a band, and the stricter rule's step
BANDS = ((49, 10), (249, 50), (499, 100), (999, 200), (np.inf, 500))
TITLE = "Business Register and Employment Survey"
HEADER = (
    "DATE", "DATE_NAME", "GEOGRAPHY_NAME", "GEOGRAPHY_CODE", "GEOGRAPHY_TYPE", "INDUSTRY",
    "INDUSTRY_NAME", "EMPLOYMENT_STATUS", "EMPLOYMENT_STATUS_NAME", "MEASURE", "MEASURE_NAME",
    "MEASURES", "MEASURES_NAME", "OBS_VALUE", "OBS_STATUS", "OBS_STATUS_NAME",
)  # fmt: skip
LAYOUT = Layout(
    "Nomis Business Register and Employment Survey",
    (
        Field("area_id", ("GEOGRAPHY_CODE",), "code", matches=r"[EWSNK]\d{8}", fill_required=True),
        Field("area_name", ("GEOGRAPHY_NAME",), required=False),
        Field("date", ("DATE", "DATE_NAME"), required=False),
        Field("industry_name", ("INDUSTRY_NAME",)),
        Field("status", ("EMPLOYMENT_STATUS_NAME",)),
        Field("measures", ("MEASURES",), "number", required=False),
        Field("jobs", ("OBS_VALUE",), "count"),
    ),
    also_expects=("EMPLOYMENT_STATUS_NAME",),
    detail="jobs",
)
COUNT_MEASURE = 20_100


def rounding_step(jobs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the step that counts were rounded to, by the stricter rule.

    >>> rounding_step(np.array([20.0, 100.0, 3000.0])).tolist()
    [10.0, 50.0, 500.0]
    """
    edges = np.array([top for top, _ in BANDS])
    steps = np.array([float(step) for _, step in BANDS])
    at = np.searchsorted(edges, np.nan_to_num(jobs), side="left")
    return np.where(np.isnan(jobs), np.nan, steps[np.minimum(at, len(steps) - 1)])


def _vintage(look: Peek) -> str:
    if is_wizard(look, TITLE):
        return wizard_vintage(look)
    folded = [h.lower() for h in look.header]
    at = folded.index("date") if "date" in folded else len(look.first)
    return look.first[at].strip()[:4] if at < len(look.first) else ""


FORMAT = Format(
    key="bres",
    title="Nomis Business Register and Employment Survey",
    dataset=lambda _detail: "nomis-bres",
    layouts=(LAYOUT,),
    looks_like=lambda look: "wizard" if is_wizard(look, TITLE) else None,
    vintage=_vintage,
)


def read(look: Peek, source: SourceFile, layout: Layout | None) -> Reading:
    """Read one file; see the module for the canonical columns."""
    if layout is None:
        reading = read_wizard(look, source, FORMAT.title)
        status = asked_for(look).get("employment status", "")
        frame = reading.frame.rename(columns={"category": "industry_name", "value": "jobs"})
        reading = replace(reading, frame=frame.assign(status=status))
    else:
        reading = read_layout(look, source, layout)
        if "measures" in reading.frame:
            other = reading.frame["measures"].notna() & (reading.frame["measures"] != COUNT_MEASURE)
            reading = reading.without(other, "not a count (a percentage)")
        if "date" in reading.frame:
            date = reading.frame["date"]
            reading = reading.without(date != date.max(), "an earlier date")
        reading = reading.without(reading.frame["jobs"].isna(), "no value published")
    frame = reading.frame
    name = frame["industry_name"].str.strip()
    code = name.str.extract(r"^([A-U]|\d{2,5})\s*:", expand=False)
    industry = code.where(code.notna(), name.where(~name.str.lower().isin(["total", ""]), "total"))
    jobs = frame["jobs"].to_numpy(float)
    half = rounding_step(jobs) / 2
    out = pd.DataFrame(
        {
            "src": frame["src"],
            "record": frame["record"],
            "area_id": frame["area_id"],
            "area_name": frame.get("area_name", frame["area_id"]),
            "industry": industry.astype("str"),
            "status": frame["status"],
            "jobs": jobs,
            "jobs_low": np.maximum(jobs - half, 0),
            "jobs_high": jobs + half,
        }
    )
    reading = replace(reading, frame=out)
    again = out.duplicated(["area_id", "industry", "status"])
    return reading.without_bad(again, "duplicate id", "area_id")


def write(frame: pd.DataFrame, path: Path, *, date: str = "2024") -> Path:
    """Write a practice download with the interface's default columns."""
    names = frame["industry"].where(frame["industry"] != "total", "Total")
    named = names.where(names == "Total", names + " : Industry " + names)
    work = frame.assign(
        date=date, industry_name=named, jobs=whole(frame["jobs"]), measures=COUNT_MEASURE,
        measures_name="Value", measure="1", measure_name="Count", a="A", normal="Normal Value",
    )  # fmt: skip
    columns = {
        "DATE": "date", "DATE_NAME": "date", "GEOGRAPHY_NAME": "area_name",
        "GEOGRAPHY_CODE": "area_id", "INDUSTRY_NAME": "industry_name",
        "EMPLOYMENT_STATUS_NAME": "status", "MEASURE": "measure", "MEASURE_NAME": "measure_name",
        "MEASURES": "measures", "MEASURES_NAME": "measures_name", "OBS_VALUE": "jobs",
        "OBS_STATUS": "a", "OBS_STATUS_NAME": "normal",
    }  # fmt: skip
    return write_table(dressed(work, HEADER, columns), path, quote_text=True)
