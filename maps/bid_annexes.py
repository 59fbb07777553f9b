"""The annexes of a bid: sites, gates, method, sources, assumptions, data quality, figures."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pandas as pd

from layers.lineage import Figure
from maps import bid_rows
from maps.bid_decisions import overrides
from maps.bid_text import BidText
from maps.blocks import Cell, Grid, Report
from maps.measures import month
from maps.passages import Quote, clean, coarse
from maps.prose import cite_if
from maps.transparency import record_blocks
from maps.view import CaseView, StudyView

__all__ = ["write_annexes"]

MOST_SITES = 40
MOST_GATES = 40
QUALITY = ("rows_in", "used", "set_aside", "quarantined")
GRADES = ("measured", "estimated", "modelled")


def write_annexes(report: Report, view: CaseView, text: BidText) -> None:
    """Write every annex; wide tables lie on their side."""
    report.turn(wide=True)
    _sites(report, view)
    report.turn(wide=False)
    _gates(report, view)
    report.heading("Annex C Method", new_page=False)
    report.bullets(text.method)
    remarks = [clean(note).rstrip(".") for note in (*view.notes, *view.study.notes)]
    if remarks:
        report.heading("Remarks of this run", 2)
        report.bullets([f"{remark[:1].upper()}{remark[1:]}." for remark in remarks])
    report.turn(wide=True)
    _sources(report, view.study)
    _assumptions(report, view)
    report.turn(wide=False)
    _quality(report, view)
    report.heading("Annex G Attribution", new_page=False)
    report.bullets([clean(statement) for statement in view.study.attributions])
    if not view.study.attributions:
        report.gap("the statements that the licences of the sources ask for")
    report.heading("Annex H Transparency record: how sites were scored")
    record_blocks(report, view)
    report.heading("Annex I Figures")
    _figures(report)


def _value(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else clean(value)  # noqa: PLR0124 - NaN


def _sites(report: Report, view: CaseView) -> None:
    report.heading("Annex A Site schedule")
    cite = view.figures.cite
    rows: list[tuple[Cell, ...]] = []
    order = bid_rows.ranking_order(view)
    for _, site in order.head(MOST_SITES).iterrows():
        key = str(site[view.ranking.key])
        score, cost = coarse(cite("ranking", key, "score"), 2), cite("ranking", key, "cost_gbp")
        shares = [cite_if(view.figures, "ranking", key, f"{grade}_pct") for grade in GRADES]
        rank = cite("ranking", key, "rank")
        rows.append(
            (
                rank if rank.known else Quote(rank, "none"),
                _value(site["name"]),
                _value(site[view.ranking.key]),
                _value(site["kind"]),
                _value(site["owner"]) or "[Officer to complete: owner]",
                _value(site["postcode"]),
                score if score.known else Quote(score, "none"),
                Quote(score, score.range_text or "none"),
                *(share or "no data" for share in shares),
                cost,
                bid_rows.status_words(site),
            )
        )
    header = ("Rank", "Site", "Id", "Kind", "Owner", "Postcode", "Score", "Score range",
              "Measured", "Estimated", "Modelled", "Cost", "Status")  # fmt: skip
    widths = (0.8, 3, 2.7, 1.2, 2, 1.3, 0.9, 1.6, 1.45, 1.45, 1.45, 1.3, 1.2)
    units = (
        "",
        "",
        "",
        "",
        "",
        "",
        "0 to 1",
        "0 to 1",
        "% of weight",
        "% of weight",
        "% of weight",
        "£",
        "",
    )
    if not rows:
        report.gap("sites; the study holds no candidate")
        return
    report.grid("Site schedule, chosen sites first", Grid(header, tuple(rows), widths, units))
    if len(order) > MOST_SITES:
        report.text("The schedule stops here for length; bid.xlsx holds every site.")


def _gates(report: Report, view: CaseView) -> None:
    report.heading("Annex B Gates, and what is to verify")
    for heading, outcome, empty in (
        ("To verify", "unknown", "Nothing is waiting for a check."),
        ("Excluded", "fail", "No site fails a gate."),
    ):
        report.heading(heading, 2)
        content = bid_rows.open_gates(view, outcome, MOST_GATES)
        if not content.rows:
            report.text(empty)
            continue
        if outcome == "unknown":
            report.text(
                "The data cannot settle these. Confirm each in study.toml with who, when and on "
                "what evidence, and run the study again."
            )
        report.grid(f"Gates: {heading.lower()}", content)
        if len(content.rows) == MOST_GATES:
            report.text("The list may go on; the Gates sheet of bid.xlsx holds every gate.")


def _sources(report: Report, study: StudyView) -> None:
    report.heading("Annex D Sources")
    frame = study.sources.frame
    rows: list[tuple[Cell, ...]] = [
        (
            _value(row.get("publisher")),
            _value(row.get("title")),
            month(_value(row.get("vintage"))),
            _value(row.get("licence")),
            _value(row.get("path")).rsplit("/", 1)[-1],
            _value(row.get("sha256"))[:8] or _value(row.get("src")),
            "sample" if row.get("sample") is True else "",
        )
        for row in frame.to_dict("records")
    ]
    header = ("Publisher", "Data set", "Describes", "Licence", "File", "SHA-256 begins", "Remark")
    widths = (2.4, 3.6, 1.5, 2, 3.2, 1.3, 0.9)
    if rows:
        report.grid("Source files", Grid(header, tuple(rows), widths))
    else:
        report.gap("sources; the study lists none")


def _assumptions(report: Report, view: CaseView) -> None:
    report.heading("Annex E Assumptions")
    report.text(
        "Every parameter in force. Assumed is a shipped default, to be replaced; stated is "
        "somebody's word, with who and when."
    )
    table = view.study.parameters
    rows: list[tuple[Cell, ...]] = []
    for row in table.frame.to_dict("records"):
        key = str(row[table.key])
        value = view.figures.cite("parameters", key, "value")
        said = ", ".join(
            p
            for p in (_value(row.get("who")), _value(row.get("when")), _value(row.get("why")))
            if p
        )
        rows.append(
            (
                _value(row.get("label")),
                value,
                _value(row.get("unit")),
                Quote(value, _span(value)),
                _value(row.get("basis")),
                said or _value(row.get("source")),
                key,
            )
        )
    header = ("Parameter", "Value", "Unit", "Range", "Basis", "On whose word", "Key")
    report.grid("Parameters in force", Grid(header, tuple(rows), (4, 1.2, 1.3, 1.8, 1, 3.2, 2.8)))
    overrides(report, view)


def _span(value: Figure) -> str:
    return value.range_text or "fixed"


def _quality(report: Report, view: CaseView) -> None:
    report.heading("Annex F Data quality")
    report.text(
        "For every file: rows in = used + set aside + quarantined. Quarantined rows are kept with line and reason."
    )
    table = view.study.quality
    rows: list[tuple[Cell, ...]] = []
    for row in table.frame.to_dict("records"):
        key = str(row[table.key])
        rows.append(
            (
                _value(row.get("path")).rsplit("/", 1)[-1],
                *(view.figures.cite("quality", key, name) for name in QUALITY),
                _reasons(row),
            )
        )
    header = ("File", "Rows in", "Used", "Set aside", "Quarantined", "Why")
    if rows:
        report.grid(
            "Rows in, used, set aside, quarantined",
            Grid(header, tuple(rows), (2.6, 1, 1, 1.1, 1.5, 2.9)),
        )
    else:
        report.gap("data quality; the study lists no file")


def _reasons(row: Mapping[Hashable, object]) -> str:
    names = ("reasons", "set_aside_reasons", "quarantined_reasons")
    return "; ".join(part for part in (_value(row.get(name)) for name in names) if part)


def _figures(report: Report) -> None:
    report.text(
        "Numbers in running text come first, then those printed in tables, by row. "
        "infra explain walks any id to file, line, checksum, publisher and licence."
    )
    quoted = sorted(report.quoted.values(), key=lambda f: (f.table, f.row, f.column))
    rows: list[tuple[Cell, ...]] = [
        (f.fig_id, f.text, f.range_text, f.grade, f"{_table_of(f)}: {f.row}, {f.column}")
        for f in quoted
    ]
    if rows:
        header = ("Figure", "Value", "Range", "Grade", "Where from")
        report.grid(
            "Figures quoted in the text", Grid(header, tuple(rows), (1.5, 1.6, 2.2, 1.2, 4))
        )
    by_row: dict[tuple[str, str], list[Figure]] = {}
    for figure in sorted(report.tabled.values(), key=lambda f: (f.table, f.row, f.column)):
        by_row.setdefault((_table_of(figure), figure.row), []).append(figure)
    lines: list[tuple[Cell, ...]] = [
        (table, row, "; ".join(f"{f.column} {f.text} {f.fig_id}" for f in figures))
        for (table, row), figures in by_row.items()
    ]
    if lines:
        head = ("Table", "Row", "Column, value and figure id")
        report.grid("Figures printed in tables", Grid(head, tuple(lines), (1.3, 2.7, 6)))


def _table_of(figure: Figure) -> str:
    return figure.table.rsplit("/", 1)[-1]
