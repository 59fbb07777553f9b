"""The table that ends `infra check`: what each case has, lacks or should renew, and where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from layers.catalogue import Dataset
from layers.catalogue import shipped as catalogue
from layers.gather import FileFate
from scenarios.scenario import load_scenario

__all__ = [
    "SOURCES_OF",
    "Held",
    "held_data",
    "is_stale",
    "months_old",
    "needed_datasets",
    "table_data",
    "table_lines",
]

# the datasets that a layer can be made of, the best first
SOURCES_OF = {
    "sites": ("council-asset-registers", "gias-schools", "nhs-hospitals", "nhs-gp-practices", "libraries-england"),
    "offices": (
        "council-asset-registers", "government-property", "business-rates-empties", "voa-rating-list",
        "epc-non-domestic", "display-energy-certificates", "visit-sheet", "libraries-england",
    ),
    "demand": (
        "bduk-premises", "os-open-uprn", "onsud", "onspd", "os-code-point-open", "census-2021-households",
    ),
    "businesses": ("nomis-business-counts", "ons-local-statistics", "census-2011-workplace"),
    "stops": ("naptan",),
    "streets": ("openstreetmap", "os-open-roads"),
    "fibre": ("fibre-list", "openstreetmap"),
    "masts": ("mast-list", "voa-rating-list", "openstreetmap"),
    "coworking": ("openstreetmap",),
    "self_employed": ("census-2021-economic-activity",),
    "site_register": ("site-register",),
    "street_assets": ("street-assets", "openstreetmap"),
    "surface": ("height-rasters",),
}  # fmt: skip
# where a scenario takes one thing only of a layer
OF_ITS = {("offices", "tenure"): ("council-asset-registers", "government-property")}
# what every case stands on, beside the layers that its scenario names
EVERY_CASE = {
    "the study area": ("ons-boundaries", "ons-lookups"),
    "coverage gaps": ("ofcom-connected-nations-fixed", "commons-library-broadband"),
    "deprivation": ("indices-of-deprivation-2025",),
    "prices that are quoted, not assumed": ("supplier-quotes",),
    "projects not to be asked for twice": ("existing-projects",),
}
ALSO = {
    "testbed_5g": {
        "coverage gaps": ("ofcom-connected-nations-mobile",),
        "terrain": ("os-terrain-50",),
        "calibration of the radio model": ("operator-signal",),
        "grades by address": ("ofcom-mobile-api",),
    },
    "coworking": {"jobs near": ("nomis-bres",)},
}
# data that only stand in: with the better one in use nobody needs to look for them
STAND_IN_FOR = {
    "os-code-point-open": "onspd",
    "onsud": "os-open-uprn",
    "census-2021-households": "bduk-premises",
    "census-2011-workplace": "nomis-business-counts",
    "commons-library-broadband": "ofcom-connected-nations-fixed",
    "os-open-roads": "openstreetmap",
}
ORDER = {"missing": 0, "stale": 1, "have": 2}


@dataclass(frozen=True)
class Held:
    """A dataset that a case can use; `vintage` is the newest in use, empty where none says."""

    dataset: str
    title: str
    status: str
    vintage: str
    used_for: str
    where: str


def needed_datasets(scenario: str) -> dict[str, list[str]]:
    """Return the datasets that a scenario can use, each with what for, in the catalogue's order."""
    found: dict[str, list[str]] = {}
    groups: list[tuple[str, tuple[str, ...]]] = list(EVERY_CASE.items())
    for need in load_scenario(scenario).needs:
        of_layer = SOURCES_OF.get(need.layer, ())
        groups.append((need.used_for, OF_ITS.get((need.layer, need.used_for), of_layer)))
    groups += list(ALSO.get(scenario, {}).items())
    for used_for, keys in groups:
        for key in keys:
            uses = found.setdefault(key, [])
            if used_for not in uses:
                uses.append(used_for)
    return {key: found[key] for key in catalogue() if key in found}


def months_old(vintage: str, as_of: date) -> int | None:
    """Return the age of a vintage in months, `None` where it states no year."""
    if not vintage[:4].isdigit():
        return None
    month = int(vintage[5:7]) if len(vintage) >= 7 and vintage[5:7].isdigit() else 12
    return (as_of.year - int(vintage[:4])) * 12 + as_of.month - month


def is_stale(entry: Dataset, vintage: str, as_of: date) -> bool:
    """Whether a newer release of a dataset should be out, by its publisher's cadence."""
    age = months_old(vintage, as_of)
    return bool(age is not None and entry.stale_after_months and age > entry.stale_after_months)


def held_data(scenario: str, fates: Sequence[FileFate], as_of: date) -> list[Held]:
    """Return what a scenario has, lacks and should renew: missing first, then stale, then have.

    Data that would only stand in for better data in use are left out.
    """
    used = [f for f in fates if f.status == "used" and f.source is not None]
    vintages: dict[str, str] = {}
    for fate in used:
        if fate.source is not None:
            key = fate.source.dataset
            vintages[key] = max(vintages.get(key, ""), fate.vintage)
    rows = []
    for key, uses in needed_datasets(scenario).items():
        if key not in vintages and STAND_IN_FOR.get(key) in vintages:
            continue
        entry = catalogue()[key]
        vintage = vintages.get(key, "")
        status = "missing" if key not in vintages else "stale" if is_stale(entry, vintage, as_of) else "have"  # fmt: skip
        rows.append(Held(key, entry.title, status, vintage, "; ".join(uses), entry.source))
    return sorted(rows, key=lambda r: ORDER[r.status])


def table_lines(case: str, rows: Sequence[Held]) -> list[str]:
    """Return the table as lines of text, its columns aligned; `where` stands under what is not had."""
    width = max((len(row.title) for row in rows), default=0)
    head = f"  {'status':<8} {'data':<{width}} {'vintage':<10} used for"
    counts = {s: sum(row.status == s for row in rows) for s in ("have", "stale", "missing")}
    summed = ", ".join(f"{n} {status}" for status, n in counts.items())
    lines = [f"{case}: {summed}", head]
    for row in rows:
        told = row.vintage or ("-" if row.status == "missing" else "not stated")
        lines.append(f"  {row.status:<8} {row.title:<{width}} {told:<10} {row.used_for}")
        if row.status != "have":
            lines.append(f"  {'':<8} get it from: {row.where}")
    return lines


def table_data(rows: Sequence[Held]) -> list[dict[str, Any]]:
    """Return the table as plain data."""
    return [asdict(row) for row in rows]
