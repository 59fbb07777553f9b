"""Nomis UK Business Counts (inter-departmental business register), local units by area.

Canonical columns: `area_id`, `area_name`, `industry` (`total`, a SIC section such as `J`, or a SIC
code such as `62`), `sizeband` (`total micro small medium large`), `units`, `units_low`,
`units_high`. Counts are published rounded to the nearest 5 with 0 to 2 shown as 0, so each lies
within 2 of what it shows. Firms with neither VAT nor PAYE are not in it. MSOA is the smallest area.
Nothing in the file says whether it counts local units or enterprises: local units are assumed.
"""

from __future__ import annotations

import string
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from layers.formats import Format
from layers.formats._nomis import asked_for, is_wizard, read_wizard, wizard_vintage
from layers.formats._writing import dressed, whole, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

ROUNDING = 2
TITLE = "UK Business Counts"
TOTAL_INDUSTRY = 37_748_736
SECTION_A = 150_994_945
DIVISION_0 = 146_800_640
SIZES = {0: "total", 10: "micro", 20: "small", 30: "medium", 40: "large"}
SIZE_NAMES = {
    "total": "Total", "micro": "Micro (0 to 9)", "small": "Small (10 to 49)",
    "medium": "Medium-sized (50 to 249)", "large": "Large (250+)",
}  # fmt: skip
COUNT_MEASURE = 20_100
HEADER = (
    "DATE", "DATE_NAME", "DATE_CODE", "DATE_TYPE", "GEOGRAPHY", "GEOGRAPHY_NAME",
    "GEOGRAPHY_CODE", "GEOGRAPHY_TYPE", "INDUSTRY", "INDUSTRY_NAME", "INDUSTRY_CODE",
    "EMPLOYMENT_SIZEBAND", "EMPLOYMENT_SIZEBAND_NAME", "LEGAL_STATUS", "LEGAL_STATUS_NAME",
    "MEASURES", "MEASURES_NAME", "OBS_VALUE", "OBS_STATUS", "OBS_STATUS_NAME", "RECORD_OFFSET",
    "RECORD_COUNT",
)  # fmt: skip

LAYOUT = Layout(
    "Nomis UK Business Counts",
    (
        Field("area_id", ("GEOGRAPHY_CODE",), "code", matches=r"[EWSNK]\d{8}", fill_required=True),
        Field("area_name", ("GEOGRAPHY_NAME",), required=False),
        Field("date", ("DATE", "DATE_NAME"), required=False),
        Field("industry_id", ("INDUSTRY",), "number", required=False),
        Field("industry_name", ("INDUSTRY_NAME",), required=False),
        Field("size_id", ("EMPLOYMENT_SIZEBAND",), "number", required=False),
        Field("size_name", ("EMPLOYMENT_SIZEBAND_NAME",), required=False),
        Field("legal", ("LEGAL_STATUS",), "number", required=False),
        Field("measure", ("MEASURES",), "number", required=False),
        Field("units", ("OBS_VALUE",), "count"),
    ),
    detail="local-units",
)


LAYOUTS = tuple(
    replace(LAYOUT, also_expects=(industry, size))
    for industry in ("INDUSTRY", "INDUSTRY_NAME")
    for size in ("EMPLOYMENT_SIZEBAND", "EMPLOYMENT_SIZEBAND_NAME")
)


def _vintage(look: Peek) -> str:
    if is_wizard(look, TITLE):
        return wizard_vintage(look)
    folded = [h.lower() for h in look.header]
    if "date" in folded and folded.index("date") < len(look.first):
        return look.first[folded.index("date")].strip()[:7]
    return ""


def _wizard(look: Peek) -> str | None:
    """Return whether the wizard's table counts local units or enterprises, as its title says."""
    if not is_wizard(look, TITLE):
        return None
    title = look.head[:400].decode("utf-8", errors="replace").splitlines()[0].lower()
    return "enterprises-wizard" if "enterprise" in title else "local-units-wizard"


FORMAT = Format(
    key="nomis_businesses",
    title="Nomis UK Business Counts",
    dataset=lambda _detail: "nomis-business-counts",
    layouts=LAYOUTS,
    looks_like=_wizard,
    vintage=_vintage,
)


def _industry(frame: pd.DataFrame) -> pd.Series[str]:
    """Return `total`, a section letter or a SIC code."""
    names = frame.get("industry_name", pd.Series("", index=frame.index, dtype="str"))
    code = names.str.extract(r"^([A-U]|\d{2,5})\s*:", expand=False)
    code = code.where(code.notna(), names.where(names.str.lower() != "total", "total"))
    if "industry_id" not in frame:
        return code.astype("str")
    number = frame["industry_id"]
    known: dict[float, str] = {float(TOTAL_INDUSTRY): "total"}
    known |= {float(SECTION_A + i): letter for i, letter in enumerate(string.ascii_uppercase[:21])}
    known |= {float(DIVISION_0 + i): f"{i:02d}" for i in range(1, 100)}
    found = number.map(known)
    return found.where(found.notna(), code).astype("str")


def _size(frame: pd.DataFrame) -> pd.Series[str]:
    names = frame.get("size_name", pd.Series("", index=frame.index, dtype="str"))
    first = names.str.lower().str.extract(r"^(total|micro|small|medium|large)", expand=False)
    named = first.where(first.notna(), names)
    if "size_id" not in frame:
        return named.astype("str")
    found = frame["size_id"].map({float(k): v for k, v in SIZES.items()})
    return found.where(found.notna(), named).astype("str")


def _from_wizard(look: Peek, source: SourceFile) -> Reading:
    """Read a wizard's table; its columns are size bands, else industries."""
    reading = read_wizard(look, source, FORMAT.title)
    frame = reading.frame
    asked = asked_for(look)
    bands = frame["category"].str.lower().str.match(r"total|micro|small|medium|large")
    by_size = bool(bands.all()) and "employment sizeband" not in asked
    size = frame["category"] if by_size else asked.get("employment sizeband", "Total")
    industry = asked.get("industry", "Total") if by_size else frame["category"]
    frame = frame.assign(industry_name=industry, size_name=size, units=frame["value"])
    return _shaped(replace(reading, frame=frame))


def read(look: Peek, source: SourceFile, layout: Layout | None) -> Reading:
    """Read one file; see the module for the canonical columns."""
    if layout is None:
        return _from_wizard(look, source)
    reading = read_layout(look, source, layout)
    frame = reading.frame
    if "measure" in frame:
        other = frame["measure"].notna() & (frame["measure"] != COUNT_MEASURE)
        reading = reading.without(other, "not a count (a percentage)")
        frame = reading.frame
    if "legal" in frame:
        part = frame["legal"].notna() & (frame["legal"] != 0)
        reading = reading.without(part, "one legal status only")
        frame = reading.frame
    if "date" in frame:
        reading = reading.without(frame["date"] != frame["date"].max(), "an earlier date")
        frame = reading.frame
    return _shaped(reading.without(frame["units"].isna(), "no value published"))


def _shaped(reading: Reading) -> Reading:
    """Give each count its industry, its size band and the interval that rounding leaves."""
    frame = reading.frame
    units = frame["units"]
    out = pd.DataFrame(
        {
            "src": frame["src"],
            "record": frame["record"],
            "area_id": frame["area_id"],
            "area_name": frame.get("area_name", frame["area_id"]),
            "industry": _industry(frame),
            "sizeband": _size(frame),
            "units": units,
            "units_low": np.maximum(units - ROUNDING, 0),
            "units_high": units + ROUNDING,
        }
    )
    reading = replace(reading, frame=out)
    again = out.duplicated(["area_id", "industry", "sizeband"])
    return reading.without_bad(again, "duplicate id", "area_id")


def write(frame: pd.DataFrame, path: Path, *, date: str = "2025") -> Path:
    """Write a practice download with the publisher's default columns, counts rounded to 5.

    Parameters
    ----------
    frame
        Canonical columns; `industry` is `total`, a section letter or two digits.
    path
        Target.
    date
        Year of the counts.
    """
    letters = {letter: SECTION_A + i for i, letter in enumerate(string.ascii_uppercase[:21])}
    industry = frame["industry"].astype("str")
    digits = pd.to_numeric(industry, errors="coerce") + DIVISION_0
    ids = digits.fillna(industry.map({"total": TOTAL_INDUSTRY, **letters}))
    rounded = (frame["units"] / 5 + 0.5).floordiv(1) * 5
    work = pd.DataFrame(
        {
            "date": date,
            "date_type": "date",
            "area_id": frame["area_id"],
            "area_name": frame["area_name"],
            "industry": whole(ids),
            "industry_name": industry.where(industry != "total", "Total").where(
                industry == "total", industry + " : Industry " + industry
            ),
            "size": frame["sizeband"].map({v: k for k, v in SIZES.items()}),
            "size_name": frame["sizeband"].map(SIZE_NAMES),
            "legal": 0,
            "total": "Total",
            "measure": COUNT_MEASURE,
            "value": "value",
            "units": whole(rounded),
            "status": "A",
            "normal": "Normal Value",
            "offset": np.arange(len(frame)),
            "count": len(frame),
        }
    )
    columns = {
        "DATE": "date", "DATE_NAME": "date", "DATE_CODE": "date", "DATE_TYPE": "date_type",
        "GEOGRAPHY_NAME": "area_name", "GEOGRAPHY_CODE": "area_id", "INDUSTRY": "industry",
        "INDUSTRY_NAME": "industry_name", "EMPLOYMENT_SIZEBAND": "size",
        "EMPLOYMENT_SIZEBAND_NAME": "size_name", "LEGAL_STATUS": "legal",
        "LEGAL_STATUS_NAME": "total", "MEASURES": "measure", "MEASURES_NAME": "value",
        "OBS_VALUE": "units", "OBS_STATUS": "status", "OBS_STATUS_NAME": "normal",
        "RECORD_OFFSET": "offset", "RECORD_COUNT": "count",
    }  # fmt: skip
    return write_table(dressed(work, HEADER, columns), path, quote_text=True)
