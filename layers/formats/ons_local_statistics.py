"""ONS Explore Local Statistics: one indicator, or a family of them, by area and period.

Canonical columns: `area_id`, `area_name`, `measure`, `period` (`YYYY-MM`), `value`, `unit`. Known
indicators get the names in `MEASURES`; others keep the published name. Coverage values come from
Ofcom: 4G and 5G are shares of land area with an outdoor signal from at least one operator.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._writing import dressed, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "MEASURES", "read", "write"]

MEASURES = {
    "gigabit capable broadband": "gigabit_pct",
    "premises with gigabit capable broadband": "gigabit_pct",
    "5g coverage": "area_5g_any_pct",
    "4g coverage": "area_4g_any_pct",
    "premises below 30mbps": "below_30_pct",
    "residents within a 30 minute walk of their nearest library": "library_walk_pct",
    "residents within a 30 minute walk of their nearest railway station": "station_walk_pct",
    "active businesses": "active_businesses",
    "business births": "business_births_pct",
    "business deaths": "business_deaths_pct",
    "high growth businesses": "high_growth_businesses_pct",
    "one-year survival rate": "business_survival_1_year_pct",
    "two-year survival rate": "business_survival_2_years_pct",
    "three-year survival rate": "business_survival_3_years_pct",
    "four-year survival rate": "business_survival_4_years_pct",
    "five-year survival rate": "business_survival_5_years_pct",
}
TITLES = {
    "gigabit_pct": "Gigabit capable broadband",
    "area_5g_any_pct": "5G coverage",
    "area_4g_any_pct": "4G coverage",
    "below_30_pct": "Premises below 30Mbps",
    "library_walk_pct": "Residents within a 30 minute walk of their nearest library",
    "station_walk_pct": "Residents within a 30 minute walk of their nearest railway station",
    "active_businesses": "Active businesses",
    "business_births_pct": "Business births",
    "business_deaths_pct": "Business deaths",
    "high_growth_businesses_pct": "High growth businesses",
    "business_survival_1_year_pct": "One-year survival rate",
    "business_survival_2_years_pct": "Two-year survival rate",
    "business_survival_3_years_pct": "Three-year survival rate",
    "business_survival_4_years_pct": "Four-year survival rate",
    "business_survival_5_years_pct": "Five-year survival rate",
}
LATEST = (
    "areacd", "areanm", "geography", "indicator", "period", "observation", "measure", "unit",
    "lci_95", "uci_95", "status", "notes",
)  # fmt: skip
PERIOD = r"(?:19|20)\d\d(?:-[01]\d(?:-[0-3]\d)?)?(?:/P\d+[YM])?"
GSS = r"[EWSNK]\d{8}"


def _layout(
    name: str, value: str, expects: tuple[str, ...], indicator: str = "Indicator"
) -> Layout:
    return Layout(
        name,
        (
            Field("area_id", ("AREACD",), "code", matches=GSS, fill_required=True),
            Field("area_name", ("AREANM",)),
            Field("geography", ("Geography",)),
            Field("measure", (indicator,), fill_required=True),
            Field("period", ("Period",), matches=PERIOD, fill_required=True),
            Field("value", (value,), "number"),
            Field("unit", ("Unit",)),
        ),
        unique=("area_id", "measure", "period", "unit"),
        also_expects=expects,
        detail="areas",
    )


LAYOUTS = (
    _layout("ONS local statistics (16 columns, value)", "Value", ("Mission", "Category")),
    _layout("ONS local statistics (16 columns)", "Observation", ("Mission", "Category")),
    _layout("ONS local statistics (14 columns)", "Observation", ("Variable Name",)),
    _layout("ONS local statistics", "observation", ("lci_95", "status"), "indicator"),
)


def _vintage(look: Peek) -> str:
    """Return the latest period in the head of the file."""
    folded = [h.lower() for h in look.header]
    if "period" not in folded:
        return ""
    at = folded.index("period")
    text = look.head.decode(look.encoding, errors="replace")
    rows = list(csv.reader(io.StringIO(text, newline="")))[1:-1] or [list(look.first)]
    periods = [row[at][:7] for row in rows if len(row) > at and row[at][:4].isdigit()]
    return max(periods, default="")


FORMAT = Format(
    key="ons_local_statistics",
    title="ONS Explore Local Statistics",
    dataset=lambda _detail: "ons-local-statistics",
    layouts=LAYOUTS,
    vintage=_vintage,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    frame = reading.frame.drop(columns="geography")
    known = frame["measure"].str.lower().map(MEASURES)
    frame["measure"] = known.where(known.notna(), frame["measure"]).astype("str")
    frame["period"] = frame["period"].str.slice(0, 7)
    reading = replace(reading, frame=frame)
    reading = reading.without(frame["value"].isna(), "no value published")
    frame = reading.frame
    share = frame["measure"].str.endswith("_pct") & ~frame["value"].between(0, 100)
    reading = reading.without_bad(share, "outside 0 to 100", "value")
    frame = reading.frame
    count = (frame["measure"] == "active_businesses") & (frame["value"] < 0)
    return reading.without_bad(count, "negative", "value")


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice file in the layout of 2025 (12 columns, byte-order mark).

    Parameters
    ----------
    frame
        Canonical columns; an optional `geography` names the kind of area.
    path
        Target.
    """
    work = frame.assign(
        indicator=frame["measure"].map(TITLES).fillna(frame["measure"]),
        period=frame["period"].astype("str") + "-01",
        kind="Percentage",
    )
    work["kind"] = work["kind"].where(frame["unit"] == "%", "Count")
    columns = {
        "areacd": "area_id", "areanm": "area_name", "geography": "geography",
        "indicator": "indicator", "period": "period", "observation": "value", "measure": "kind",
        "unit": "unit",
    }  # fmt: skip
    return write_table(dressed(work, LATEST, columns), path, encoding="utf-8-sig")
