"""The annexes of a bid: sites, gates, method, sources, assumptions, data quality, figures."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import pandas as pd

from layers.lineage import Figure
from maps import bid_rows
from maps.bid_decisions import other_methods, overrides
from maps.bid_outline import Bid
from maps.blocks import Cell, Grid, Report
from maps.measures import month
from maps.passages import Quote, clean, coarse
from maps.prose import cite_if
from maps.transparency import record_blocks
from maps.view import CaseView

__all__ = ["parameters_in_use", "write_annexes"]

MOST_SITES = 40
MOST_GATES = 40
MOST_FILES = 12
TOTAL = "total"
CHECKS = {"methods", "dominated"}
SEVERAL = "several rows"
QUALITY = ("rows_in", "used", "set_aside", "quarantined")
GRADES = ("measured", "estimated", "modelled")


def write_annexes(bid: Bid) -> None:
    """Write the annexes of the outline; wide ones lie on their side, short ones share a page."""
    wide = False
    for name in bid.outline.annexes:
        annex = ANNEXES[name]
        turned = annex.wide != wide
        if turned:
            bid.report.turn(wide=annex.wide)
        bid.report.heading(
            f"{bid.outline.annex(name)} {annex.title}", new_page=turned or not annex.short
        )
        annex.write(bid)
        wide = annex.wide


def _value(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else clean(value)  # noqa: PLR0124 - NaN


def _sites(bid: Bid) -> None:
    report, view = bid.report, bid.view
    cite = view.figures.cite
    rows: list[tuple[Cell, ...]] = []
    order = bid_rows.ranking_order(view)
    for _, site in order.head(MOST_SITES).iterrows():
        key = str(site[view.ranking.key])
        score, cost = coarse(cite("ranking", key, "score"), 2), cite("ranking", key, "cost_gbp")
        shares = [cite_if(view.figures, "ranking", key, f"{grade}_pct") for grade in GRADES]
        rows.append(
            (
                bid_rows.shown_rank(view, key),
                _value(site["name"]),
                _value(site[view.ranking.key]),
                _value(site["kind"]),
                _value(site["owner"]) or "[Officer to add]",
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
    if len(order) > MOST_SITES:
        report.text(f"The first {MOST_SITES} sites; bid.xlsx holds every one.")
    report.grid("Site schedule, chosen sites first", Grid(header, tuple(rows), widths, units))


def _gates(bid: Bid) -> None:
    report, view = bid.report, bid.view
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


def _method(bid: Bid) -> None:
    bid.report.bullets(bid.text.method)
    notes = (*bid.view.notes, *bid.view.study.notes)
    remarks = [clean(note).rstrip(".") for note in notes]
    if remarks:
        bid.report.heading("Remarks of this run", 2)
        bid.report.bullets([f"{remark[:1].upper()}{remark[1:]}." for remark in remarks])
    if CHECKS & set(bid.view.more):
        bid.report.heading("Checks by other methods", 2)
        other_methods(bid.report, bid.view)


def _sources(bid: Bid) -> None:
    report, frame = bid.report, bid.view.study.sources.frame
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


def parameters_in_use(view: CaseView) -> set[str]:
    """Return the keys of the parameters that the case's own tables were made with."""
    optional = [table for table in (view.weight_tests, view.buildings) if table is not None]
    own = [view.ranking, view.gates, view.costs, view.criteria, view.summary, *optional]
    specs = [spec for t in (*own, *view.more.values()) for spec in t.columns.values()]
    used = {key for spec in specs for key in spec.parameters}
    used |= {key for spec in specs for r in spec.recipes.values() for key in r.parameters}
    return used | set(view.costs.frame["parameter"].dropna().astype(str))


def _assumptions(bid: Bid) -> None:
    report, view = bid.report, bid.view
    report.text(
        "The parameters that this bid's figures rest on; the Parameters sheet of bid.xlsx holds the "
        "whole register. Assumed is a shipped default, to be replaced; stated is somebody's word, "
        "with who and when."
    )
    table, used = view.study.parameters, parameters_in_use(view)
    rows: list[tuple[Cell, ...]] = []
    for row in table.frame.to_dict("records"):
        key = str(row[table.key])
        if key not in used and row.get("basis") == "assumed":
            continue
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
                _value(row.get("unit")).replace("GBP", "£"),
                Quote(value, _span(value)),
                _value(row.get("basis")),
                said or _value(row.get("source")),
                value.fig_id,
            )
        )
    header = ("Parameter", "Value", "Unit", "Range", "Basis", "On whose word", "Figure")
    if rows:
        grid = Grid(header, tuple(rows), (4, 1.2, 1.3, 1.8, 1, 3.6, 1.6))
        report.grid("Parameters in use", grid)
    overrides(report, view)


def _span(value: Figure) -> str:
    return value.range_text or "fixed"


def _quality(bid: Bid) -> None:
    """Print the balance of all rows, and the files that gave rows which are wrong."""
    report, view = bid.report, bid.view
    table = view.study.quality
    report.text(
        "For every file: rows in = used + set aside + quarantined. Quarantined rows are wrong; they "
        "are kept with line and reason, and no figure rests on them."
    )
    if not len(table.frame):
        report.gap("data quality; the study lists no file")
        return
    wrong = table.frame[table.frame["quarantined"].fillna(0) > 0]
    rows: list[tuple[Cell, ...]] = [
        (
            _value(row.get("path")).rsplit("/", 1)[-1],
            *(view.figures.cite("quality", str(row[table.key]), name) for name in QUALITY),
            _reasons(row) if str(row[table.key]) != TOTAL else "",
        )
        for row in wrong[wrong[table.key] != TOTAL].head(MOST_FILES).to_dict("records")
        + table.frame[table.frame[table.key] == TOTAL].to_dict("records")
    ]
    header = ("File", "Rows in", "Used", "Set aside", "Quarantined", "Why")
    if rows:
        grid = Grid(header, tuple(rows), (2.6, 1, 1, 1.1, 1.5, 2.9))
        report.grid("Files with quarantined rows, and all files together", grid)
    report.text("The Data quality sheet of bid.xlsx says the same of every file.")


def _reasons(row: Mapping[Hashable, object]) -> str:
    names = ("reasons", "set_aside_reasons", "quarantined_reasons")
    return "; ".join(part for part in (_value(row.get(name)) for name in names) if part)


def _attribution(bid: Bid) -> None:
    statements = bid.view.study.attributions
    bid.report.bullets([clean(statement) for statement in statements])
    if not statements:
        bid.report.gap("the statements that the licences of the sources ask for")


def _transparency(bid: Bid) -> None:
    record_blocks(bid.report, bid.view)


def _figures(bid: Bid) -> None:
    report = bid.report
    report.text(
        "Numbers in running text come first, then those printed in tables, by row; parameters have "
        "their ids beside them. infra explain walks any id to file, line, checksum, publisher and "
        "licence, and the Figures sheet of bid.xlsx lists them all."
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
    lines = [(table, row, "; ".join(parts)) for (table, row), parts in _tabled(report).items()]
    if lines:
        head = ("Table", "Row", "Column, value and figure id")
        report.grid("Figures printed in tables", Grid(head, tuple(lines), (1.5, 2.3, 6.6)))


def _tabled(report: Report) -> dict[tuple[str, str], list[str]]:
    """Return the figures of the tables by row; rows of one figure stand together, by series."""
    by_row: dict[tuple[str, str], list[Figure]] = {}
    for figure in sorted(report.tabled.values(), key=lambda f: (f.table, f.row, f.column)):
        if _table_of(figure) != "parameters":
            by_row.setdefault((_table_of(figure), figure.row), []).append(figure)
    lines: dict[tuple[str, str], list[str]] = {}
    for (table, row), figures in by_row.items():
        parts = [f"{f.column} {f.text} {f.fig_id}" for f in figures]
        if len(figures) > 1:
            lines.setdefault((table, row), []).extend(parts)
            continue
        stem, _, last = row.rpartition("|")
        lines.setdefault((table, stem or SEVERAL), []).append(f"{last} {parts[0]}")
    return lines


def _table_of(figure: Figure) -> str:
    return figure.table.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Annex:
    """An annex: its title, what writes it, whether it lies on its side or may share a page."""

    title: str
    write: Callable[[Bid], None]
    wide: bool = False
    short: bool = False


ANNEXES = {
    "sites": Annex("Site schedule", _sites, wide=True),
    "sources": Annex("Sources", _sources, wide=True, short=True),
    "assumptions": Annex("Assumptions", _assumptions, wide=True, short=True),
    "gates": Annex("Gates, and what is to verify", _gates, short=True),
    "method": Annex("Method", _method, short=True),
    "quality": Annex("Data quality", _quality, short=True),
    "attribution": Annex("Attribution", _attribution, short=True),
    "transparency": Annex("Transparency record: how sites were scored", _transparency, short=True),
    "figures": Annex("Figures", _figures),
}
