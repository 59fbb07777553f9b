"""The parts of a bid on how it is bought, paid for and run: commercial, financial and management."""

from __future__ import annotations

from collections.abc import Callable

from maps import bid_decisions, bid_rows, prose
from maps.bid_outline import Bid
from maps.passages import Quote, clean, joined, say

__all__ = ["DELIVERY", "Writer"]

MOST_SITES = 20
Writer = Callable[[Bid], None]


def _models(bid: Bid) -> None:
    bid.report.bullets(bid.text.models)
    bid.report.gap("the model chosen and why, with the options appraisal behind it")


def _procurement(bid: Bid) -> None:
    bid.report.gap("procurement route, lots, timetable, and who carries which risk")


def _subsidy(bid: Bid) -> None:
    report, text = bid.report, bid.text
    report.text(text.subsidy_note)
    rows = [
        (question, help_, "[Officer to complete: answer and evidence]")
        for question, help_ in text.subsidy
    ]
    report.table("Subsidy checklist", ("Question", "What to look at", "Answer"), rows, (3, 3, 2))
    report.heading("Draft wording", 3)
    report.text(text.draft_wording)


def _consents(bid: Bid) -> None:
    bid.report.gap("wayleaves, planning, heritage and highways consents for each chosen site")
    if bid.view.scenario == "testbed_5g":
        bid.report.gap(
            "spectrum licence, and the emission compliance certificate of each radio site"
        )


def _ask(bid: Bid) -> None:
    report, view = bid.report, bid.view
    report.text(prose.ask(view) + prose.unquoted(view))
    report.text(prose.if_verified(view))
    keys = ("ask_gbp", "budget_gbp", "match_gbp", "unquoted_pct", "sites_without_cost")
    found = [(key, prose.item(view, key)) for key in keys]
    rows = [
        (
            clean(view.summary.cell(key, "label")),
            Quote(figure, figure.text),
            Quote(figure, figure.range_text or "none stated"),
        )
        for key, figure in found
        if figure is not None
    ]
    if rows:
        report.table("The ask and the budget", ("Item", "Value", "Range"), rows, (3, 2, 3))
    if view.profile.asked_of_fund:
        asked = " and ".join(clean(term.partition(" (")[0]) for term in view.profile.asked_of_fund)
        report.gap(f"the fund's {asked}; the profile states none")


def _costs(bid: Bid) -> None:
    report, view = bid.report, bid.view
    if not len(view.costs.frame):
        report.gap("cost lines; the study holds none for these sites")
        return
    report.grid("Rates used, before optimism bias", bid_rows.cost_rates(view))
    which = "of the chosen sites"
    if not bid_rows.shown_sites(view, MOST_SITES)[1]:
        would = prose.if_verified(view).parts
        which = "if verified, none chosen yet" if would else "of the first sites, none chosen yet"
    caption = f"Cost {which}, each on its own, with optimism bias"
    sites = bid_rows.costs_by_site(view, MOST_SITES)
    if sites.rows:
        report.grid(caption, sites)
    bill = bid_rows.bill_of_set(view)
    if bill.rows:
        report.grid(f"Bill of quantities {which} together, with optimism bias", bill)
    report.text("Every cost line of every site, with totals that recalculate, is in bid.xlsx.")


def _funding(bid: Bid) -> None:
    report = bid.report
    if bid_decisions.cash(report, bid.view):
        report.gap("match funding in writing, and the Section 151 officer's statement")
        return
    report.gap("funding profile by year, match funding in writing, and its sources")
    report.gap("running costs after the grant and who pays them")
    report.gap("VAT treatment, and the Section 151 officer's statement")


def _governance(bid: Bid) -> None:
    bid.report.gap("senior responsible owner, board, programme with milestones, assurance")


def _risks(bid: Bid) -> None:
    rows = [(*risk, "[Officer to complete: owner]") for risk in bid.text.risks]
    bid.report.table("Risks", ("Risk", "Why", "Answer", "Owner"), rows, (2, 2.6, 3, 1.6))


def _monitoring(bid: Bid) -> None:
    section, kpis = bid.outline.number("gap"), bid.text.kpis
    where = f"the coverage table of section {section}" if section else "the study's coverage table"
    bid.report.text(
        say(
            "The baseline is {where}. Progress is measured by {kpis}.",
            where=where,
            kpis=joined([kpi[:1].lower() + kpi[1:] for kpi in kpis]),
        ).text
    )
    measures = [
        (kpi, "[Officer to complete: baseline]", "[Officer to complete: target, date]")
        for kpi in kpis
    ]
    bid.report.table("Monitoring", ("Measure", "Baseline", "Target"), measures, (3, 2, 2))


def _evidence(bid: Bid) -> None:
    required = bid.view.profile.evidence_required
    if not required:
        bid.report.gap("the evidence that the fund asks for")
        return
    wanted = [(clean(e), "[Officer to complete: attached, date]") for e in required]
    bid.report.table("Evidence the fund asks for", ("Evidence", "State"), wanted, (4, 2))


def _questions(bid: Bid) -> None:
    report, questions = bid.report, bid.view.profile.questions
    if not questions:
        report.gap("the fund's questions; the profile lists none")
    for asked in questions:
        report.heading(clean(asked if isinstance(asked, str) else asked.text), 3)
        limit = None if isinstance(asked, str) else asked.words
        within = "the fund's word limit" if limit is None else f"{limit} words"
        report.gap(f"answer, within {within}; answers.docx holds a draft")


def _equality(bid: Bid) -> None:
    bid.report.text(bid.text.equality)
    bid.report.text(bid.text.data_protection)


# Title of each part, and what writes it.
DELIVERY: dict[str, tuple[str, Writer]] = {
    "models": ("Delivery models", _models),
    "procurement": ("Procurement and market engagement", _procurement),
    "subsidy": ("Subsidy control", _subsidy),
    "consents": ("Other consents", _consents),
    "ask": ("The ask", _ask),
    "costs": ("Costs", _costs),
    "funding": ("Funding", _funding),
    "governance": ("Governance and programme", _governance),
    "risks": ("Risks", _risks),
    "monitoring": ("Benefits and monitoring", _monitoring),
    "evidence": ("Evidence to attach", _evidence),
    "questions": ("The fund's questions", _questions),
    "equality": ("Equality and data protection", _equality),
}
