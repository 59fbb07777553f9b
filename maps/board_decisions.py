"""What the board is asked to decide, built from what the study knows and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from maps import measures, prose
from maps.board_html import html
from maps.measures import month, stale
from maps.passages import Passage, Quote, clean, joined, say
from maps.view import CaseView, StudyView

__all__ = ["decisions"]

MOST_GATES = 4


def _value(view: CaseView, key: str) -> float:
    figure = prose.item(view, key)
    return float(figure.value) if figure is not None and figure.known else 0.0


def _asks(view: CaseView) -> Passage:
    """Return the ask against the budget, or what stands in its way."""
    money, budget = prose.item(view, "ask_gbp"), prose.item(view, "budget_gbp")
    if (
        _value(view, "sites_chosen") > 0
        and money is not None
        and money.known
        and budget is not None
    ):
        out = say(
            "Approve, change or refuse an ask of {money} against a budget of {budget}.",
            money=prose.range_of(money),
            budget=budget,
        )
        high = None if money.high is None or pd.isna(money.high) else float(money.high)
        if high is not None and budget.known and high > float(budget.value):
            out += say("The high end of the range is over the budget.")
        return out
    if _value(view, "sites_to_verify") > 0:
        return say("No money can be asked for yet: say who confirms the open gates, and by when.")
    return Passage(())


def _closed(view: CaseView) -> Passage:
    if view.profile.status.strip().lower() != "closed":
        return Passage(())
    return say(
        "{fund} is closed. Name an open fund to write this bid for, or keep it as practice.",
        fund=_capital(prose.fund_name(view)),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _unquoted(view: CaseView) -> Passage:
    share = prose.item(view, "unquoted_pct")
    if share is None or not share.known or float(share.value) == 0:
        return Passage(())
    return say("Ask suppliers for quotes: {share} of the ask rests on assumed rates.", share=share)


def gates_to_verify(view: CaseView) -> list[dict[str, Any]]:
    """Return the gates that wait for a check, with how many sites each holds back, most first.

    The counts are of rows in the case's `gates.csv`.
    """
    gates = view.gates.frame
    frame = view.ranking.frame
    waiting = set(frame.loc[frame["status"] == "to verify", view.ranking.key].astype(str))
    held = gates[(gates["outcome"] == "unknown") & gates["site_id"].astype(str).isin(waiting)]
    counts = held.groupby(["gate", "label"], sort=True)["site_id"].nunique().reset_index()
    counts = counts.sort_values(["site_id", "gate"], ascending=[False, True], kind="stable")
    return [
        {"label": clean(row["label"]), "sites": int(row["site_id"]), "all": len(waiting)}
        for row in counts.to_dict("records")
    ]


def _gates(view: CaseView) -> Passage:
    waiting = prose.item(view, "sites_to_verify")
    found = gates_to_verify(view)
    if waiting is None or not waiting.known or not found:
        return Passage(())
    parts = [
        say(
            "{label} ({n})",
            label=_quoted(gate["label"]),
            n="every one of them" if gate["sites"] == gate["all"] else f"{gate['sites']:,}",
        )
        for gate in found[:MOST_GATES]
    ]
    if len(found) > MOST_GATES:
        parts.append(say("other gates ({n})", n=str(len(found) - MOST_GATES)))
    one = float(waiting.value) == 1
    return say(
        "Have {n} checked. Open, with the sites each holds back: {gates}.",
        n=Quote(waiting, f"{waiting.number} {'site' if one else 'sites'}"),
        gates=joined(parts),
    ) + prose.if_verified(view)


def _quoted(label: str) -> str:
    return f"“{label.rstrip('.')}”"


def _stale(study: StudyView) -> list[Passage]:
    """Return a line for each kind of coverage that is over a year old."""
    held: dict[str, list[str]] = {}
    for measure in measures.in_districts(study):
        release = prose.release_of(study, measure)
        if release and stale(release, study.as_of):
            held.setdefault(release, []).append(measure.short)
    return [
        say(
            "{what}: the figures describe {when}, over twelve months ago. Accept them, or have a "
            "newer release added before a bid goes out.",
            what=", ".join(names),
            when=month(release),
        )
        for release, names in sorted(held.items())
    ]


def decisions(study: StudyView, cases: Sequence[CaseView]) -> list[dict[str, Any]]:
    """Return what is asked of the board, case by case, then about the data.

    Every item follows from a table: the ask and the budget, gates without an answer, rates nobody
    has quoted, funds that are closed, coverage over a year old.
    """
    blocks = []
    for view in cases:
        items = [
            html(passage)
            for passage in (_asks(view), _gates(view), _unquoted(view), _closed(view))
            if passage.parts
        ]
        if items:
            blocks.append({"title": clean(view.title), "link": f"#case-{view.key}", "items": items})
    data = [html(passage) for passage in _stale(study)]
    if data:
        blocks.append({"title": "Data", "link": "#sources", "items": data})
    return blocks
