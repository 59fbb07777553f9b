"""Every table and document beside the board page, for its reader to take away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from maps.passages import clean
from maps.view import CaseView

__all__ = ["downloads"]

STUDY = (
    (
        "Coverage and gaps",
        (
            ("coverage/district_gaps.csv", "Gaps by district"),
            ("coverage/ward_gaps.csv", "Gaps by ward, estimated"),
            ("coverage/area_gaps.csv", "Gaps by small area"),
            ("coverage/coverage.csv", "Coverage by area and release"),
            ("coverage/coverage_over_time.csv", "Coverage over time, with breaks marked"),
            ("coverage/gap.pdf", "Print map of the gap"),
            ("map_book.pdf", "Map book, a page for each district"),
        ),
    ),
    (
        "For other programs",
        (
            ("study.gpkg", "Areas, sites, routes and rankings for QGIS"),
            ("study_osm.gpkg", "Layers derived from OpenStreetMap, under its licence"),
            ("data_dictionary.csv", "Data dictionary: every column of every table"),
            ("manifest.json", "Manifest: sources, parameters, checksums"),
        ),
    ),
    (
        "Evidence",
        (
            ("coverage/sources.csv", "Source files"),
            ("coverage/quality.csv", "Rows in, used, set aside, quarantined"),
            ("data-quality.html", "Data quality page"),
            ("quarantine/quarantine.csv", "Quarantined rows, with line and reason"),
            ("figures.csv", "Figures quoted on this page"),
            ("changes/changes.csv", "What has changed since the baseline"),
        ),
    ),
)
CASE = (
    ("map.html", "Web map"),
    ("map.pdf", "Print map"),
    ("ranking.csv", "Ranking"),
    ("gates.csv", "Gates"),
    ("costs.csv", "Costs"),
    ("criteria.csv", "Criteria and weights"),
    ("summary.csv", "Summary"),
    ("weight_tests.csv", "Tests of the weights"),
    ("portfolio.csv", "Chosen one by one and exactly"),
    ("financial.csv", "Funding profile"),
    ("appraisal.csv", "Appraisal"),
    ("sensitivity.csv", "Sensitivity"),
    ("buildings.csv", "Buildings"),
    ("sites.geojson", "Sites"),
    ("bid.docx", "Bid"),
    ("bid.pdf", "Bid"),
    ("bid.xlsx", "Workbook"),
    ("answers.docx", "Answer sheet"),
    ("visits.pdf", "Visit sheets"),
    ("figures.csv", "Figures quoted in the documents"),
)
IF_VERIFIED = "_if_verified"
PLAN_TABLES = (
    ("plan_summary", "The plan in figures"),
    ("plan_sites", "Sites of the plan"),
    ("plan_pays", "Who pays"),
    ("plan_savings", "What joining up saves"),
    ("plan_works", "Shared work"),
    ("plan_dependencies", "Who relies on whom"),
    ("plan_objectives", "Strategy objectives served"),
)
PLAN = tuple(
    (f"{name}{suffix}.csv", f"{words}{', if every gate were confirmed' if suffix else ''}")
    for suffix in ("", IF_VERIFIED)
    for name, words in PLAN_TABLES
)
ALWAYS = frozenset({"manifest.json", "figures.csv"})  # written after this page
KINDS = {
    ".csv": "CSV", ".pdf": "PDF", ".docx": "Word", ".xlsx": "Excel", ".gpkg": "GeoPackage",
    ".geojson": "GeoJSON", ".json": "JSON", ".html": "page",
}  # fmt: skip


def _size(path: Path) -> str:
    """Return a file's size for reading, or nothing where it is not written yet."""
    if not path.is_file():
        return ""
    size = path.stat().st_size
    return f", {size / 1e6:.1f} MB" if size >= 1e6 else f", {max(1, round(size / 1e3))} kB"


def _links(folder: Path, files: Sequence[tuple[str, str]], below: str = "") -> list[dict[str, str]]:
    return [
        {
            "href": f"{below}{name}",
            "words": words,
            "kind": f"{KINDS[Path(name).suffix]}{_size(folder / below / name)}",
        }
        for name, words in files
        if (folder / below / name).is_file() or (not below and name in ALWAYS)
    ]


def downloads(folder: Path, cases: Sequence[CaseView]) -> list[dict[str, Any]]:
    """Return the files that lie beside the page, by what they are about.

    Parameters
    ----------
    folder
        Where the page is written: only what is there is offered.
    """
    blocks = [{"title": title, "links": _links(folder, files)} for title, files in STUDY]
    blocks += [
        {"title": clean(view.title), "links": _links(folder, CASE, f"{view.key}/")}
        for view in cases
    ]
    blocks.append({"title": "Joined-up plan", "links": _links(folder, PLAN, "plan/")})
    return [block for block in blocks if block["links"]]
