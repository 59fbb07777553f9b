"""The bid's section on robustness: how firmly each site is chosen, and what other weights change."""

from __future__ import annotations

import pandas as pd

from maps.blocks import Cell, Report
from maps.passages import Quote, clean, coarse, say
from maps.view import CaseView

__all__ = ["robustness"]

SITES_SHOWN = 15
SHARES = {"chosen_pct": "Chosen", "chosen_if_verified_pct": "If gates are confirmed"}
MOVED = ("enter", "leave")
BLIND = "weights_set_before_scores"
YES_NO = {True: "yes", False: "no"}
TESTED = (
    "The weights are a judgement, so the ranking was made again under {draws} other weightings, with "
    "uncertain values drawn from their ranges. A share says how often a site is in the chosen set; it "
    "says nothing of what a funder will do."
)
TOLD = {
    "draws": "", "seed": "", "uncertain_values": "", BLIND: "Weights set before the scores were seen",
    "smallest_change": "",
}  # fmt: skip


def robustness(report: Report, view: CaseView) -> None:
    """Print what the tested weightings say; nothing where the ranking does not carry them."""
    frame = view.ranking.frame
    if "robustness_sentence" not in frame:
        return
    tests = view.more.get("robustness")
    draws: Quote | str = "many"
    if tests is not None and "draws" in tests:
        figure = view.figures.cite(tests.name, "draws")
        draws = Quote(figure, figure.number)
    report.text(say(TESTED, draws=draws))
    _how(report, view)
    listed = frame[frame["rank"].notna()].head(SITES_SHOWN)
    often = {
        name: words
        for name, words in SHARES.items()
        if name in listed and listed[name].notna().any()
    }
    rows: list[tuple[Cell, ...]] = []
    for site in listed.itertuples():
        key = str(site.site_id)
        shares = [coarse(view.figures.cite("ranking", key, name), 0) for name in often]
        rows.append((clean(str(site.name)), *shares, clean(str(site.robustness_sentence))))
    if rows:
        header = ("Site", *often.values(), "What would change it")
        units = ("", *("% of tests" for _ in often), "")
        widths = (2.2, *(1.0 for _ in often), 3.8)
        report.table("Robustness of the first sites", header, rows, widths, units=units)
    _one_at_a_time(report, view)


def _how(report: Report, view: CaseView) -> None:
    """Print how weights were drawn, whose they are and since when, and what puts another site first."""
    table = view.more.get("robustness")
    if table is None:
        return
    rows: list[tuple[Cell, ...]] = []
    for item in table.frame.itertuples():
        if item.item in TOLD:
            figure = view.figures.cite(table.name, str(item.item), "value")
            plain = {BLIND: YES_NO[bool(item.value)], "seed": f"{item.value:.0f}"}
            value = Quote(figure, plain.get(str(item.item), figure.text))
            rows.append((TOLD[str(item.item)] or clean(str(item.label)), value, clean(item.note)))
    report.table("How the ranking was tested", ("Item", "Value", "Remark"), rows, (2.4, 1.2, 3.4))


def _one_at_a_time(report: Report, view: CaseView) -> None:
    """Print the single changes of weight that move a site into or out of the chosen set."""
    tests = view.weight_tests
    if tests is None or not len(tests.frame):
        return
    frame: pd.DataFrame = tests.frame
    moving = frame[(frame["enter"] > 0) | (frame["leave"] > 0)]
    if not len(moving):
        report.text(
            "Leaving out any one criterion, or giving it a quarter less or more weight, changes no "
            "place in the chosen set, with open gates taken as confirmed."
        )
        return
    rows: list[tuple[Cell, ...]] = [
        (
            clean(str(row.label)),
            clean(str(row.test)),
            *(view.figures.cite("weight_tests", str(row.row), name) for name in MOVED),
            clean(str(row.entering)) or "none",
            clean(str(row.leaving)) or "none",
        )
        for row in moving.itertuples()
    ]
    report.table(
        "Changes of one weight that move a site, open gates taken as confirmed",
        ("Criterion", "Test", "Come in", "Go out", "Come in, up to five", "Go out, up to five"),
        rows,
        (1.6, 1, 0.7, 0.7, 2.6, 2.6),
        units=("", "", "sites", "sites", "", ""),
    )
