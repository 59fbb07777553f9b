"""What a bid says: the whole document as blocks, for the Word writer and the PDF writer alike."""

from __future__ import annotations

from maps import bid_annexes, bid_cases, prose
from maps.bid_outline import Bid, BidPicture, outline_of
from maps.bid_text import bid_text
from maps.blocks import Report
from maps.case_report import case_report
from maps.passages import clean
from maps.standing import changes_since, control_rows
from maps.view import CaseView

__all__ = ["BidPicture", "bid_content"]

MOST_OUTCOMES = 6  # of the summary, which is one page


def bid_content(
    view: CaseView,
    sites_map: BidPicture,
    gap_map: BidPicture,
    tornado: BidPicture = BidPicture(),  # noqa: B008 - frozen
) -> Report:
    """Return the bid of a case.

    Every number comes from `view.figures`; what the study does not know stands as a marked gap.
    """
    text, outline = bid_text(view.scenario), outline_of(view.profile)
    report = case_report(view, f"bid to {clean(view.profile.fund)}")
    bid = Bid(report, view, text, outline, sites_map, gap_map, tornado)
    _title_page(bid)
    _summary(bid)
    bid_cases.write_sections(bid)
    bid_annexes.write_annexes(bid)
    return report


def _title_page(bid: Bid) -> None:
    report, view = bid.report, bid.view
    report.text(clean(view.title), "title")
    fund = clean(view.profile.fund).partition(";")[0]
    place = clean(view.study.area_name)
    report.text(f"Bid to {prose.fund_name(view)}. {place}.", "subtitle")
    for banner in prose.banners(view):
        report.text(banner, "banner")
    rows = [
        ("Fund and profile", f"{fund}: {clean(view.profile.title)} ({clean(view.profile.status)})"),
        ("Case and study", f"{clean(view.key)}, {clean(view.study.name)}"),
        ("As of", prose.day(view.study)),
        ("Made with", f"infra {clean(view.study.version)}"),
        *control_rows(view),
    ]
    report.table("Document control", ("Item", "Detail"), rows, (2, 4))
    changes_since(report, view.approval)
    annex = bid.outline.annex("figures")
    report.bullets([line.replace("{figures}", annex) for line in bid.text.how_to_read])
    report.page_break()
    report.contents()


def _summary(bid: Bid) -> None:
    report, view = bid.report, bid.view
    report.heading("Executive summary")
    report.text(prose.ask(view) + prose.unquoted(view))
    report.text(prose.why_none(view))
    report.text(bid_cases.need(view))
    report.text(
        prose.staleness(view.study, prose.release_of(view.study, bid_cases.FULL_FIBRE)),
        "gap",
    )
    report.text(prose.fate_of_candidates(view))
    report.text(prose.top_site(view))
    report.heading("What it would bring", 2)
    report.text(prose.value_for_money(view))
    none = prose.chosen_count(view) == 0
    would = prose.if_verified(view)
    if none:
        report.text(would + prose.would_bring(view))
    lines = [
        prose.outcome_line(label, figure, note)
        for label, figure, note in prose.outcomes(view, verified=none)
        if figure.known and not figure.row.startswith("ask_gbp")
    ]
    if would.parts or not none:
        report.bullets(lines[:MOST_OUTCOMES])
        section = bid.outline.number("outcomes")
        if len(lines) > MOST_OUTCOMES and section:
            report.text(f"Section {section} gives every outcome with its range and grade.")
    report.heading("What is still missing", 2)
    report.gap("the authority's own account of why these places and why now, in five sentences")
    wanted = [clean(evidence).rstrip(".") for evidence in view.profile.evidence_required]
    if wanted:
        report.gap(f"attach {'; '.join(wanted)}")
