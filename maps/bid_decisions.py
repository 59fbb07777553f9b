"""What a bid prints of the decision: cash, sensitivity, the exact choice, objectives, overrides.

Each table is one that the case carries; where it does not, the section says what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from layers.lineage import Table
from maps.bid_outline import BidPicture
from maps.blocks import Cell, Grid, Report
from maps.passages import Quote, clean, say
from maps.view import CaseView

__all__ = [
    "appraised", "cash", "exact_choice", "objectives", "of_set", "other_methods", "overrides", "sensitivity",
]  # fmt: skip

CHOSEN, IF_VERIFIED = "chosen", "chosen_if_verified"
VERIFIED = "_if_verified"
SETS = {
    CHOSEN: {CHOSEN},
    IF_VERIFIED: {IF_VERIFIED, "if_verified"},
}  # tables name the second both ways
TOTAL, NOBODY = "total", "nobody is named yet"
MOST_DOMINATED = 8
COST_ALONE = (
    "No value of benefits is stated, so net present value below is that of the cost alone, with a minus: it shows "
    "which cost matters most, and no value for money."
)
MATCH = ("secured_gbp", "in_principle_gbp", "sought_gbp")


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else clean(value)  # noqa: PLR0124 - NaN


def _told_of(view: CaseView) -> str:
    """Return which set the tables of sets are printed for: the chosen, else what would be chosen."""
    chosen = view.ranking.frame["chosen"].astype("boolean").fillna(False)  # noqa: FBT003
    return CHOSEN if bool(chosen.any()) else IF_VERIFIED


def _words(which: str) -> str:
    return "" if which == CHOSEN else ", if every gate to verify were confirmed"


def of_set(view: CaseView, name: str) -> tuple[Table, pd.DataFrame] | None:
    """Return a table of the case with its rows of the set that is told of; None where there are none."""
    table = view.more.get(name)
    if table is None:
        return None
    frame = table.frame
    if "set" in frame:
        frame = frame[frame["set"].astype(str).isin(SETS[_told_of(view)])]
    elif table.key == "item":
        frame = frame[_told_items(frame["item"].astype(str), _told_of(view))]
    return (table, frame) if len(frame) else None


def _told_items(items: pd.Series, which: str) -> pd.Series:
    """Return which items to print where figures of both sets stand in one table: one of each two."""
    verified = items.str.endswith(VERIFIED)
    if which == CHOSEN:
        return ~verified
    return verified | ~(items + VERIFIED).isin(items)


def _grid(
    report: Report,
    view: CaseView,
    caption: str,
    held: tuple[Table, pd.DataFrame],
    columns: Sequence[tuple[str, str, float]],
) -> None:
    """Print columns of a table: numbers as figures with their unit, text as text."""
    table, frame = held
    rows: list[tuple[Cell, ...]] = []
    for key in frame[table.key].astype(str):
        cells: list[Cell] = []
        for name, _head, _width in columns:
            value = table.cell(key, name)
            if isinstance(value, str) or value is None or value is pd.NA:
                cells.append(_text(value))
            else:
                figure = view.figures.cite(table.name, key, name)
                cells.append(Quote(figure, figure.text))
        rows.append(tuple(cells))
    header = tuple(head for _name, head, _width in columns)
    report.grid(caption, Grid(header, tuple(rows), tuple(width for _n, _h, width in columns)))


def cash(report: Report, view: CaseView) -> bool:
    """Print cash by financial year, and how it agrees with the economic case; whether there was any."""
    held = of_set(view, "financial")
    if held is None:
        return False
    table, frame = held
    money = frame.select_dtypes("number")
    frame = frame[(money != 0).any(axis=1).to_numpy()]
    report.text(
        "Years run from April to March. Cash is in the money of its year: real prices, then inflation, then "
        "the VAT that cannot be reclaimed."
    )
    match = [(n, h, 1.0) for n, h in zip(MATCH, ("Secured", "In principle", "Sought"), strict=True)
             if (frame[n] != 0).any()]  # fmt: skip
    columns = [
        ("year", "Year", 0.9), ("capital_gbp", "Capital", 1.1), ("revenue_gbp", "Revenue", 1.0),
        ("inflation_gbp", "Inflation", 1.0), ("vat_gbp", "VAT", 0.9), ("cash_gbp", "Cash", 1.1),
        ("grant_gbp", "Grant asked", 1.1), *match, ("carried_gbp", "Carried after", 1.1),
        ("shortfall_gbp", "Not covered", 1.1),
    ]  # fmt: skip
    which = _words(_told_of(view))
    _grid(report, view, f"Cash by financial year{which}", (table, frame), columns)
    _sources_of_match(report, view)
    _carried(report, view, table, frame)
    checked = of_set(view, "financial_check")
    if checked is not None:
        caption = f"From the economic case to cash{which}"
        columns = [("label", "Item", 3.2), ("value", "Amount", 1.3), ("note", "Remark", 2.6)]
        _grid(report, view, caption, checked, columns)
    return True


def _sources_of_match(report: Report, view: CaseView) -> None:
    """Print match by source, and how firm each is."""
    held = of_set(view, "match")
    if held is None:
        report.gap("match funding by source; the study states none")
        return
    columns = [
        ("source", "Source", 2.4), ("status", "Status", 1.2), ("year", "Year", 0.9),
        ("pays", "Pays for", 1.0), ("amount_gbp", "Amount", 1.1), ("note", "On whose word", 3.0),
    ]  # fmt: skip
    _grid(report, view, "Match by source", held, columns)


def _carried(report: Report, view: CaseView, table: Table, frame: pd.DataFrame) -> None:
    """Say who carries the running costs that no grant and no match pays."""
    whole = frame[(frame["year"] == TOTAL) & (frame["carried_gbp"] > 0)]
    if whole.empty:
        return
    key = str(whole[table.key].iloc[0])
    who, amount = _text(table.cell(key, "carried_by")), view.figures.cite(table.name, key, "carried_gbp")  # fmt: skip
    report.text(say("Running costs after grant and match: {amount}, carried by {who}.", amount=amount, who=who))  # fmt: skip
    if who == NOBODY:
        report.gap("who carries running costs after the grant")


def sensitivity(report: Report, view: CaseView, tornado: BidPicture) -> bool:
    """Print what moves the value for money, drawn and in figures, and at which value it would be nil."""
    moved, turned = of_set(view, "sensitivity"), of_set(view, "switching")
    which = _words(_told_of(view))
    if moved is not None:
        columns = [
            ("label", "What is changed", 2.8), ("low_text", "From", 1.3), ("high_text", "To", 1.3),
            ("npsv_low_gbp", "NPSV at the first", 1.3), ("npsv_high_gbp", "NPSV at the second", 1.3),
            ("swing_gbp", "Swing", 1.2),
        ]  # fmt: skip
        value = "npsv_gbp" + ("" if _told_of(view) == CHOSEN else VERIFIED)
        if value in view.summary and pd.isna(view.summary.cell(value, "value")):
            report.text(COST_ALONE)
        if tornado.path is not None:
            report.picture(
                tornado.path, f"What moves the net present social value{which}", tornado.alt
            )
        _grid(
            report,
            view,
            f"What moves the net present social value, the widest swing first{which}",
            moved,
            columns,
        )
    if turned is not None:
        columns = [
            ("label", "Input", 2.6), ("now", "Now", 1.2), ("switch", "NPSV is nil at", 1.4),
            ("change_pct", "Change", 0.9), ("note", "Remark", 2.6),
        ]  # fmt: skip
        _grid(report, view, f"Switching values{which}", turned, columns)
    return moved is not None


def exact_choice(report: Report, view: CaseView) -> None:
    """Print how the walk down the ranking stands beside the best choice there is for the money."""
    held = of_set(view, "choice")
    if held is None:
        return
    report.text(
        "The chosen sites are those met on the way down the ranking. Beside them stands the exact choice: the "
        "set that brings most for the budget, each unit of it counted once. Costs are not part of what it "
        "seeks, as the budget already counts them."
    )
    if held[1]["item"].astype(str).str.startswith("turned_away").any():
        report.text("No site counts for more than it can hold, however many are in its reach.")
    columns = [("label", "Item", 3.2), ("value", "Value", 1.4), ("note", "Remark", 2.8)]
    _grid(report, view, "The exact choice beside the walk", held, columns)
    near = of_set(view, "alternatives")
    if near is not None:
        columns = [
            ("number", "No", 0.5), ("short_pct", "Short of the best", 1.2), ("cost_gbp", "Cost", 1.2),
            ("entering", "Comes in", 2.4), ("leaving", "Goes out", 2.4),
        ]  # fmt: skip
        _grid(report, view, "Other sets that bring nearly as much", near, columns)


def appraised(report: Report, view: CaseView) -> None:
    """Print the appraisal figure by figure: weighted beside unweighted, horizons, cost per outcome, draws."""
    held = of_set(view, "appraisal")
    if held is not None:
        columns = [("label", "Item", 3.4), ("value", "Value", 1.3), ("note", "Remark", 2.8)]
        _grid(report, view, "Green Book appraisal", held, columns)


def other_methods(report: Report, view: CaseView) -> None:
    """Print how other methods agree with the ranking, and which sites are dominated; neither chooses."""
    held = of_set(view, "methods")
    if held is not None:
        report.text(
            "TOPSIS and PROMETHEE II rank the same values under the same weights. They check the ranking and "
            "choose nothing."
        )
        columns = [
            ("method", "Method", 1.5), ("sites", "Sites", 1.0), ("tau", "Kendall's tau", 1.2),
            ("disagreements", "Sites far off", 1.2), ("big", "Far off from", 1.2),
            ("cause", "Criterion behind most of it", 2.4),
        ]  # fmt: skip
        _grid(report, view, "Agreement with other methods", held, columns)
    poorer = view.more.get("dominated")
    if poorer is None:
        return
    count = len(poorer.frame)
    if not count:
        report.text("No ranked site is dominated: none is at least as good as another on every criterion, no dearer and better in one.")  # fmt: skip
        return
    report.text(
        f"{count:,} ranked site{'s are' if count > 1 else ' is'} dominated: another is at least as good on every "
        "criterion, no dearer, and better in one."
    )
    columns = [
        ("name", "Site", 2.6), ("by_name", "Dominated by", 2.6), ("dominators", "Sites that dominate it", 1.2),
        ("certain", "Whatever the values in their ranges", 1.4),
    ]  # fmt: skip
    _grid(report, view, "Dominated sites", (poorer, poorer.frame.head(MOST_DOMINATED)), columns)
    if count > MOST_DOMINATED:
        report.text("dominated.csv holds them all.")


def objectives(report: Report, view: CaseView) -> bool:
    """Print which objectives of the strategy the bid serves; whether the study has a strategy."""
    held = of_set(view, "objectives")
    if held is None:
        return False
    report.text(clean(held[0].description) + ".")
    columns = [
        ("label", "Objective", 2.2), ("criteria", "Criteria", 2.2), ("weight_pct", "Share of the score", 1.1),
        ("outcomes", "Outcomes", 2.2), ("alignment", "Served", 1.5),
    ]  # fmt: skip
    _grid(report, view, "Objectives served", held, columns)
    return True


def overrides(report: Report, view: CaseView) -> None:
    """Print what people decided: gates, rules about sites, parameters, with who, when and why."""
    report.heading("What people decided", 2)
    held = of_set(view, "overrides")
    if held is None:
        report.text("Nothing: no gate was settled, no rule laid down and no parameter stated.")
        return
    columns = [
        ("kind", "What", 1.3), ("label", "Of what", 2.2), ("name", "Where", 2), ("now", "Holds now", 1.6),
        ("who", "Who", 1.3), ("when", "When", 1), ("why", "Why", 2.4),
    ]  # fmt: skip
    _grid(report, view, "Gates, rules and parameters that somebody decided", held, columns)
