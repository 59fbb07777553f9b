"""The five cases of a bid, written from a case's tables.

A heading always stands, with a marked gap where the study has nothing to print under it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from layers.lineage import Figure
from maps import bid_decisions, bid_rows, prose
from maps.bid_robustness import robustness
from maps.bid_text import BidText
from maps.blocks import Report
from maps.measures import MEASURES, month
from maps.passages import Passage, Quote, clean, coarse, joined, say
from maps.view import CaseView

__all__ = ["commercial", "economic", "financial", "gigabit_gap", "management", "strategic"]

TOP = 12
MOST_SITES = 20
FULL_FIBRE, GIGABIT = MEASURES[0], MEASURES[1]


def extremes(view: CaseView, column: str) -> tuple[str, Figure, str, Figure] | None:
    """Return the districts with the least and the most of something, with their figures."""
    table = view.study.district_gaps
    if column not in table.columns:
        return None
    frame = table.frame[table.frame[column].notna()]
    frame = frame[frame[table.key].astype(str).isin(bid_rows.district_ids(view.study))]
    if frame.empty:
        return None
    ordered = frame.sort_values([column, table.key], kind="stable")
    low, high = str(ordered[table.key].iloc[0]), str(ordered[table.key].iloc[-1])
    cite = view.figures.cite
    return (
        bid_rows.district_name(view.study, low),
        cite("district_gaps", low, column),
        bid_rows.district_name(view.study, high),
        cite("district_gaps", high, column),
    )


def _mobile(view: CaseView) -> Passage:
    """Return what is known of 5G by district, for a case that is about it."""
    found = extremes(view, "area_5g_any_pct") if view.scenario == "testbed_5g" else None
    if found is None:
        return Passage(())
    name, least, _, _ = found
    return say(
        "Outdoor 5G from at least one operator covers {least} of the land of {name}, the least "
        "covered district. That says nothing of indoor or industrial use.",
        least=least,
        name=name,
    )


def need(view: CaseView) -> Passage:
    """Return the gap in one or two sentences: the whole area where known, and the districts."""
    release = prose.release_of(view.study, FULL_FIBRE)
    out = _mobile(view)
    rows = prose.releases(view.study, FULL_FIBRE)
    whole = rows[rows["level"].astype(str) == "study"]
    if len(whole):
        newest = whole.sort_values("release", kind="stable").iloc[-1]
        key = str(newest["row"])
        share = coarse(view.figures.cite("coverage", key, "share_pct"), 1)
        premises = view.figures.cite("coverage", key, "premises")
        out += say(
            "In {month}, {share} of {premises} in {area} had full fibre.",
            month=month(str(newest["release"])),
            share=share,
            premises=premises,
            area=view.study.area_name,
        )
    found = extremes(view, "full_fibre_pct")
    if found is not None:
        low_name, low, high_name, high = found
        when = f"In {month(release)}, full" if release and not len(whole) else "Full"
        out += say(
            "{when} fibre reached {low} of premises in {least}, the lowest district, and {high} in "
            "{most}, the highest.",
            when=when, low=low, least=low_name, high=high, most=high_name,
        )  # fmt: skip
    if not out.parts:
        return Passage(
            ("[Officer to complete: full-fibre coverage by district; the study holds none]",),
            gap=True,
        )
    return out


def strategic(
    report: Report, view: CaseView, text: BidText, gap_map: Path | None, alt: str
) -> None:
    """Write the strategic case: rationale, the gap, its course, market failure, fit."""
    report.heading("1 Strategic case")
    report.heading("1.1 Rationale", 2)
    report.text(text.rationale)
    report.gap("how this bid serves the authority's own strategy, with the document and its date")
    report.heading("1.2 The gap today", 2)
    report.text(need(view))
    content = bid_rows.gaps_by_district(view.study, view.figures)
    if content.rows and len(content.header) > 1:
        report.grid("Coverage and gaps by district", content)
        report.bullets(bid_rows.gap_notes(view.study))
    else:
        report.gap("coverage by district; the study holds no file with it")
    report.text(prose.staleness(view.study, prose.release_of(view.study, FULL_FIBRE)), "gap")
    if gap_map is not None:
        report.picture(gap_map, f"The coverage gap in {view.study.area_name}", alt)
    report.heading("1.3 How coverage has changed", 2)
    history(report, view)
    market_failure(report, view)
    report.heading("1.5 Fit with the fund", 2)
    if view.profile.themes:
        rows = [
            (clean(theme), "[Officer to complete: how the project serves it]")
            for theme in view.profile.themes
        ]
        report.table("Themes of the fund", ("Theme", "Fit"), rows, (2, 4))
    else:
        report.gap("the fund's themes, and how the project serves each")
    report.heading("1.6 Objectives and dependencies", 2)
    bid_decisions.objectives(report, view)
    report.gap("three to five objectives, each specific, measurable, owned and dated")
    report.gap("projects, contracts and decisions that this bid depends on")


def history(report: Report, view: CaseView) -> None:
    """Write coverage over time, for full fibre and for gigabit."""
    printed = False
    for measure in (FULL_FIBRE, GIGABIT):
        if prose.releases(view.study, measure).empty:
            continue
        content, shown = bid_rows.since(view.study, view.figures, measure)
        if not content.rows:
            continue
        printed = True
        span = month(shown[0]) if len(shown) == 1 else f"{month(shown[0])} to {month(shown[-1])}"
        report.grid(f"{measure.label} (%), {span}", content)
    if printed:
        report.text(
            "Each column is a published snapshot. Where a place has no value the table says no "
            "data; nothing is filled in."
        )
    else:
        report.gap("coverage over time; the study holds no dated release")


def gigabit_gap(view: CaseView) -> Passage:
    """Return what the study knows of the market; empty where it holds no gigabit by district."""
    found = extremes(view, "gigabit_pct")
    if found is None:
        return Passage(())
    low_name, low, _, _ = found
    return say(
        "Gigabit by any technology reaches {low} of premises in {name}, the least covered "
        "district. Much of it is cable, which is not full fibre and may not serve a public "
        "building; it still counts against a claim of market failure.",
        low=low,
        name=low_name,
    )


def market_failure(report: Report, view: CaseView) -> None:
    """Write what the study knows of the market, and what only engagement can show."""
    report.heading("1.4 Evidence of market failure", 2)
    report.text(gigabit_gap(view))
    report.text(
        "Coverage shows what has been built, not what is planned. Market failure is shown by the "
        "open market review, by operators' answers and by the business case of the sites themselves."
    )
    report.gap("results and date of the open market review or public review for the chosen sites")
    report.gap("market engagement: operators asked, dates, what they plan within three years")


def economic(report: Report, view: CaseView, text: BidText, map_png: Path | None, alt: str) -> None:
    """Write the economic case: options, scoring, ranking, value for money, outcomes."""
    report.heading("2 Economic case")
    report.heading("2.1 Options", 2)
    report.bullets([text.do_nothing, text.do_minimum, text.do_proposed])
    report.gap("critical success factors, and options that were set aside with the reason")
    report.heading("2.2 How sites were scored", 2)
    report.text(text.score_reading)
    report.grid("Criteria, weights and anchors", bid_rows.criteria(view))
    if view.profile.weights_note:
        report.text(clean(view.profile.weights_note))
    report.heading("2.3 The ranking", 2)
    report.text(prose.fate_of_candidates(view))
    report.text(prose.why_none(view) + prose.if_verified(view))
    ranked = bid_rows.ranking(view, TOP)
    if ranked.rows:
        report.text(prose.top_site(view))
        report.grid("The first sites of the ranking", ranked)
        report.text("Annex A lists more sites; bid.xlsx and ranking.csv hold them all.")
    else:
        report.gap("sites to rank: none has passed its gates with enough evidence")
    if map_png is not None:
        report.picture(map_png, f"Sites of this bid in {view.study.area_name}", alt)
    report.heading("2.4 Value for money", 2)
    report.text(prose.value_for_money(view))
    report.text(prose.break_even(view))
    report.text(text.bcr_reading)
    report.heading("2.5 What the chosen sites would do", 2)
    report.text(text.benefit)
    if prose.chosen_count(view) == 0:
        report.text("Nothing yet: no site is chosen.")
    else:
        outcome_table(report, "Outcomes and cost for each", prose.outcomes(view))
    would = list(prose.outcomes(view, verified=True))
    if prose.if_verified(view).parts and would:
        report.text(prose.if_verified(view))
        outcome_table(report, "The same if every gate to verify were confirmed", would)
    report.heading("2.6 Robustness and sensitivity", 2)
    robustness(report, view)
    report.text(
        "Every cost, outcome and score above carries its low and high value. The ranges are those "
        "of the evidence and of the register in Annex E."
    )
    if not bid_decisions.sensitivity(report, view):
        report.gap(
            "what happens if take-up is lower, delivery a year late, or costs a fifth higher"
        )
    bid_decisions.exact_choice(report, view)


def outcome_table(report: Report, caption: str, items: Iterable[tuple[str, Figure, str]]) -> None:
    """Print outcomes with range, grade and remark."""
    rows = [
        (
            label,
            Quote(figure, figure.text),
            Quote(figure, figure.range_text or "none stated"),
            figure.grade or "not graded",
            note or "",
        )
        for label, figure, note in items
    ]
    if not rows:
        report.gap("outcomes of the chosen sites; the ranking states none")
        return
    has_notes = any(row[4] for row in rows)
    header = ("Outcome", "Value", "Range", "Grade", "Remark")
    widths = (2.6, 1.5, 2, 1, 2.4)
    if not has_notes:
        report.table(caption, header[:4], [row[:4] for row in rows], widths[:4])
        return
    report.table(caption, header, rows, widths)


def commercial(report: Report, view: CaseView, text: BidText) -> None:
    """Write the commercial case: delivery models, procurement, subsidy checklist."""
    report.heading("3 Commercial case")
    report.heading("3.1 Delivery models", 2)
    report.bullets(text.models)
    report.gap("the model chosen and why, with the options appraisal behind it")
    report.heading("3.2 Procurement and market engagement", 2)
    report.gap("procurement route, lots, timetable, and who carries which risk")
    report.heading("3.3 Subsidy control", 2)
    report.text(text.subsidy_note)
    rows = [
        (question, help_, "[Officer to complete: answer and evidence]")
        for question, help_ in text.subsidy
    ]
    report.table("Subsidy checklist", ("Question", "What to look at", "Answer"), rows, (3, 3, 2))
    report.heading("Draft wording", 3)
    report.text(text.draft_wording)
    report.heading("3.4 Other consents", 2)
    report.gap("wayleaves, planning, heritage and highways consents for each chosen site")
    if view.scenario == "testbed_5g":
        report.gap("spectrum licence, and the emission compliance certificate of each radio site")


def financial(report: Report, view: CaseView) -> None:
    """Write the financial case: the ask, what it is made of, and what is unquoted."""
    report.heading("4 Financial case")
    report.heading("4.1 The ask", 2)
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
    report.heading("4.2 Costs", 2)
    if len(view.costs.frame):
        rates = bid_rows.cost_rates(view)
        report.grid("Rates used, before optimism bias", rates)
        which = "of the chosen sites"
        if not bid_rows.shown_sites(view, MOST_SITES)[1]:
            would = prose.if_verified(view).parts
            which = (
                "if verified, none chosen yet" if would else "of the first sites, none chosen yet"
            )
        caption = f"Cost {which}, each on its own, with optimism bias"
        report.grid(caption, bid_rows.costs_by_site(view, MOST_SITES))
        bill = bid_rows.bill_of_set(view)
        if bill.rows:
            report.grid(f"Bill of quantities {which} together, with optimism bias", bill)
        report.text("Every cost line of every site, with totals that recalculate, is in bid.xlsx.")
    else:
        report.gap("cost lines; the study holds none for these sites")
    report.heading("4.3 Funding", 2)
    if bid_decisions.cash(report, view):
        report.gap("match funding in writing, and the Section 151 officer's statement")
        return
    report.gap("funding profile by year, match funding in writing, and its sources")
    report.gap("running costs after the grant and who pays them")
    report.gap("VAT treatment, and the Section 151 officer's statement")


def management(report: Report, view: CaseView, text: BidText) -> None:
    """Write the management case: governance, risks, monitoring, evidence to attach, questions."""
    report.heading("5 Management case")
    report.heading("5.1 Governance and programme", 2)
    report.gap("senior responsible owner, board, programme with milestones, assurance")
    report.heading("5.2 Risks", 2)
    rows = [(*risk, "[Officer to complete: owner]") for risk in text.risks]
    report.table("Risks", ("Risk", "Why", "Answer", "Owner"), rows, (2, 2.6, 3, 1.6))
    report.heading("5.3 Benefits and monitoring", 2)
    report.text(
        say(
            "The baseline is the coverage table of section 1.2. Progress is measured by {kpis}.",
            kpis=joined([kpi[:1].lower() + kpi[1:] for kpi in text.kpis]),
        ).text
    )
    measures = [
        (kpi, "[Officer to complete: baseline]", "[Officer to complete: target, date]")
        for kpi in text.kpis
    ]
    report.table("Monitoring", ("Measure", "Baseline", "Target"), measures, (3, 2, 2))
    report.heading("5.4 Evidence to attach", 2)
    if view.profile.evidence_required:
        wanted = [
            (clean(e), "[Officer to complete: attached, date]")
            for e in view.profile.evidence_required
        ]
        report.table("Evidence the fund asks for", ("Evidence", "State"), wanted, (4, 2))
    else:
        report.gap("the evidence that the fund asks for")
    report.heading("5.5 The fund's questions", 2)
    if not view.profile.questions:
        report.gap("the fund's questions; the profile lists none")
    for asked in view.profile.questions:
        report.heading(clean(asked if isinstance(asked, str) else asked.text), 3)
        limit = None if isinstance(asked, str) else asked.words
        within = "the fund's word limit" if limit is None else f"{limit} words"
        report.gap(f"answer, within {within}; answers.docx holds a draft")
    report.heading("5.6 Equality and data protection", 2)
    report.text(text.equality)
    report.text(text.data_protection)
