"""The parts of a bid, written from a case's tables; its outline says which of them, in what order.

A heading always stands, with a marked gap where the study has nothing to print under it.
"""

from __future__ import annotations

from collections.abc import Iterable

from layers.lineage import Figure
from maps import bid_decisions, bid_plan, bid_rows, prose
from maps.bid_delivery import DELIVERY, Writer
from maps.bid_outline import Bid
from maps.bid_robustness import robustness
from maps.blocks import Report
from maps.measures import MEASURES, month
from maps.passages import Passage, Quote, clean, coarse, say
from maps.view import CaseView

__all__ = ["gigabit_gap", "need", "write_sections"]

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


def _rationale(bid: Bid) -> None:
    bid.report.text(bid.text.rationale)
    bid.report.gap(
        "how this bid serves the authority's own strategy, with the document and its date"
    )


def _gap(bid: Bid) -> None:
    report, view = bid.report, bid.view
    report.text(need(view))
    content = bid_rows.gaps_by_district(view.study, view.figures)
    if content.rows and len(content.header) > 1:
        report.grid("Coverage and gaps by district", content)
        report.bullets(bid_rows.gap_notes(view.study))
    else:
        report.gap("coverage by district; the study holds no file with it")
    report.text(prose.staleness(view.study, prose.release_of(view.study, FULL_FIBRE)), "gap")
    picture = bid.gap_map
    if picture.path is not None:
        report.sheet(picture.path, f"The coverage gap in {view.study.area_name}", picture.alt)


def _fit(bid: Bid) -> None:
    themes = bid.view.profile.themes
    if not themes:
        bid.report.gap("the fund's themes, and how the project serves each")
        return
    rows = [(clean(theme), "[Officer to complete: how the project serves it]") for theme in themes]
    bid.report.table("Themes of the fund", ("Theme", "Fit"), rows, (2, 4))


def _objectives(bid: Bid) -> None:
    bid_decisions.objectives(bid.report, bid.view)
    bid.report.gap("three to five objectives, each specific, measurable, owned and dated")
    bid.report.gap("projects, contracts and decisions that this bid depends on")


def _history(bid: Bid) -> None:
    """Write coverage over time, for full fibre and for gigabit."""
    report, view, printed = bid.report, bid.view, False
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


def _market(bid: Bid) -> None:
    """Write what the study knows of the market, and what only engagement can show."""
    report = bid.report
    report.text(gigabit_gap(bid.view))
    report.text(
        "Coverage shows what has been built, not what is planned. Market failure is shown by the "
        "open market review, by operators' answers and by the business case of the sites themselves."
    )
    report.gap("results and date of the open market review or public review for the chosen sites")
    report.gap("market engagement: operators asked, dates, what they plan within three years")


def _options(bid: Bid) -> None:
    text = bid.text
    bid.report.bullets([text.do_nothing, text.do_minimum, text.do_proposed])
    bid.report.gap("critical success factors, and options that were set aside with the reason")


def _scoring(bid: Bid) -> None:
    bid.report.text(bid.text.score_reading)
    bid.report.grid("Criteria, weights and anchors", bid_rows.criteria(bid.view))
    if bid.view.profile.weights_note:
        bid.report.text(clean(bid.view.profile.weights_note))


def _ranking(bid: Bid) -> None:
    report, view = bid.report, bid.view
    report.text(prose.fate_of_candidates(view))
    report.text(prose.why_none(view) + prose.if_verified(view))
    ranked = bid_rows.ranking(view, TOP)
    if ranked.rows:
        report.text(prose.top_site(view))
        report.grid("The first sites of the ranking", ranked)
        annex = bid.outline.annex("sites")
        report.text(
            f"{annex} lists more sites; bid.xlsx and ranking.csv hold them all."
            if annex
            else "bid.xlsx and ranking.csv hold every site."
        )
    else:
        report.gap("sites to rank: none has passed its gates with enough evidence")
    picture = bid.sites_map
    if picture.path is not None:
        report.sheet(picture.path, f"Sites of this bid in {view.study.area_name}", picture.alt)


def _value(bid: Bid) -> None:
    bid.report.text(prose.value_for_money(bid.view))
    bid.report.text(prose.break_even(bid.view))
    bid.report.text(bid.text.bcr_reading)
    bid_decisions.appraised(bid.report, bid.view)


def _outcomes(bid: Bid) -> None:
    report, view = bid.report, bid.view
    report.text(bid.text.benefit)
    if prose.chosen_count(view) == 0:
        report.text("Nothing yet: no site is chosen.")
    else:
        outcome_table(report, "Outcomes and cost for each", prose.outcomes(view))
    would = list(prose.outcomes(view, verified=True))
    if prose.if_verified(view).parts and would:
        report.text(prose.if_verified(view))
        outcome_table(report, "The same if every gate to verify were confirmed", would)


def _robustness(bid: Bid) -> None:
    report, view = bid.report, bid.view
    robustness(report, view)
    annex = bid.outline.annex("assumptions")
    register = f"register in {annex}" if annex else "register of parameters in bid.xlsx"
    report.text(
        "Every cost, outcome and score above carries its low and high value. The ranges are those "
        f"of the evidence and of the {register}."
    )
    if not bid_decisions.sensitivity(report, view, bid.tornado):
        report.gap(
            "what happens if take-up is lower, delivery a year late, or costs a fifth higher"
        )
    bid_decisions.exact_choice(report, view)


def _plan(bid: Bid) -> None:
    bid_plan.joined_up(bid.report, bid.view)


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


WRITERS: dict[str, tuple[str, Writer]] = {
    "rationale": ("Rationale", _rationale),
    "gap": ("The gap today", _gap),
    "history": ("How coverage has changed", _history),
    "market": ("Evidence of market failure", _market),
    "fit": ("Fit with the fund", _fit),
    "objectives": ("Objectives and dependencies", _objectives),
    "options": ("Options", _options),
    "scoring": ("How sites were scored", _scoring),
    "ranking": ("The ranking", _ranking),
    "value": ("Value for money", _value),
    "outcomes": ("What the chosen sites would do", _outcomes),
    "robustness": ("Robustness and sensitivity", _robustness),
    "plan": ("The joined-up plan", _plan),
    **DELIVERY,
}


def write_sections(bid: Bid) -> None:
    """Write every section of the outline, numbered, each part under its heading."""
    for number, section in enumerate(bid.outline.sections, start=1):
        bid.report.heading(f"{number} {section.title}")
        for part in section.parts:
            title, write = WRITERS[part]
            bid.report.heading(f"{bid.outline.number(part)} {title}", 2)
            write(bid)
