"""What a bid says: the whole document as blocks, for the Word writer and the PDF writer alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maps import bid_annexes, bid_cases, prose
from maps.bid_text import BidText, bid_text
from maps.blocks import Report
from maps.case_report import case_report
from maps.passages import clean
from maps.standing import changes_since, control_rows
from maps.view import CaseView

__all__ = ["BidPicture", "bid_content"]


@dataclass(frozen=True)
class BidPicture:
    """A picture of a bid and the words that stand for it.

    Raises
    ------
    ValueError
        When there is a picture but no alternative text.
    """

    path: Path | None = None
    alt: str = ""

    def __post_init__(self) -> None:
        if self.path is not None and not self.alt.strip():
            raise ValueError(f"{self.path.name}: a picture in a bid needs alternative text")


def bid_content(view: CaseView, sites_map: BidPicture, gap_map: BidPicture) -> Report:
    """Return the bid of a case.

    Every number comes from `view.figures`; what the study does not know stands as a marked gap.
    """
    text = bid_text(view.scenario)
    report = case_report(view, f"bid to {clean(view.profile.fund)}")
    _title_page(report, view, text)
    _summary(report, view)
    bid_cases.strategic(report, view, text, gap_map.path, gap_map.alt)
    bid_cases.economic(report, view, text, sites_map.path, sites_map.alt)
    bid_cases.commercial(report, view, text)
    bid_cases.financial(report, view)
    bid_cases.management(report, view, text)
    bid_annexes.write_annexes(report, view, text)
    return report


def _title_page(report: Report, view: CaseView, text: BidText) -> None:
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
    report.bullets(text.how_to_read)
    report.page_break()
    report.contents()


def _summary(report: Report, view: CaseView) -> None:
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
        report.bullets(lines)
    report.heading("What is still missing", 2)
    report.gap("the authority's own account of why these places and why now, in five sentences")
    for evidence in view.profile.evidence_required:
        report.gap(clean(evidence))
