"""The transparency record: how sites were scored, for people outside the authority.

Its fields follow the order of the UK Algorithmic Transparency Recording Standard (a short first
tier, then owner, rationale, decisions, specification and data, risks), in our own words. Who owns
and who answers is never invented: it stands as a gap.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from maps import bid_rows, prose
from maps.blocks import Report
from maps.passages import Quote, clean, say
from maps.view import CaseView
from maps.words import source_lines

__all__ = ["record_blocks"]

QUALITY = ("rows_in", "used", "set_aside", "quarantined")
Writer = Callable[[Report, CaseView], None]


@cache
def _sections() -> tuple[dict[str, Any], ...]:
    path = Path(__file__).with_name("templates") / "transparency.toml"
    return tuple(tomllib.loads(path.read_text(encoding="utf-8"))["section"])


def _name(report: Report, view: CaseView) -> None:
    report.text(f"Ranking of sites for {clean(view.title)}, by infra.", "generated")


def _criteria(report: Report, view: CaseView) -> None:
    report.grid("What is scored, with weights and anchors", bid_rows.criteria(view))
    described = view.criteria.frame.sort_values("weight", ascending=False, kind="stable")
    if "description" in described:
        report.bullets(
            [
                f"{clean(row['label'])}: {clean(row['description'])}."
                for row in described.to_dict("records")
            ]
        )


def _weights(report: Report, view: CaseView) -> None:
    if view.profile.weights_note:
        report.text(clean(view.profile.weights_note), "generated")
    else:
        report.gap("who set the weights, when, and whether before the scores were seen")


def _scale(report: Report, view: CaseView) -> None:
    report.text(prose.fate_of_candidates(view))
    report.text("The ranking is made again whenever its files, parameters or weights change.")


def _version(report: Report, view: CaseView) -> None:
    told = say(
        "infra {version}, on files as of {day}.",
        version=view.study.version,
        day=prose.day(view.study),
    )
    report.text(told, "generated")


def _sources(report: Report, view: CaseView) -> None:
    lines = [f"{clean(line)}." for line in source_lines(view.study)]
    if lines:
        report.bullets(lines)
    else:
        report.gap("the data sets used; the study lists none")


def _quality(report: Report, view: CaseView) -> None:
    if "total" not in view.study.quality:
        report.text("The annex of data quality counts every file's rows.")
        return
    held = {name: view.figures.cite("quality", "total", name) for name in QUALITY}
    report.text(
        say(
            "Of {rows_in} rows read, {used} were used, {set_aside} set aside as rightly not wanted, "
            "and {quarantined} quarantined as wrong.",
            **{name: Quote(figure, figure.number) for name, figure in held.items()},
        )
    )


FROM: dict[str, Writer] = {
    "name": _name,
    "criteria": _criteria,
    "weights": _weights,
    "scale": _scale,
    "version": _version,
    "sources": _sources,
    "quality": _quality,
}


def record_blocks(report: Report, view: CaseView) -> None:
    """Write the record's fields into a report, below a heading of the first level."""
    for section in _sections():
        report.heading(section["title"], 2)
        for entry in section["fields"]:
            report.heading(entry["name"], 3)
            if "from" in entry:
                FROM[entry["from"]](report, view)
            elif "text" in entry:
                report.text(entry["text"])
            else:
                report.gap(entry["gap"])
