"""The editable bid: a Word document on the five-case model, drafted from one case's figures."""

from __future__ import annotations

from pathlib import Path

from maps import bid_annexes, bid_cases, prose
from maps.bid_text import BidText, bid_text
from maps.deterministic import document_time, settle_zip
from maps.docx_parts import Report, set_headers, set_properties
from maps.passages import clean
from maps.view import SAMPLE_RIBBON, CaseView

__all__ = ["write_bid_docx"]


def write_bid_docx(
    view: CaseView,
    path: Path,
    *,
    map_png: Path | None,
    map_alt: str,
    gap_map_png: Path | None = None,
    gap_map_alt: str = "",
) -> None:
    """Write the bid as a Word document that officers can edit.

    Every number comes from `view.figures`; what the study does not know stands as a marked gap.

    Parameters
    ----------
    view
        The case to print.
    path
        Where to write; the same view gives the same bytes.
    map_png, map_alt
        Picture of the sites with its alternative text; `None` leaves the picture out.
    gap_map_png, gap_map_alt
        Picture of the coverage gap by area, likewise.

    Raises
    ------
    ValueError
        When a picture has no alternative text.
    """
    for picture, alt in ((map_png, map_alt), (gap_map_png, gap_map_alt)):
        if picture is not None and not alt.strip():
            raise ValueError(f"{picture.name}: a picture in a bid needs alternative text")
    text = bid_text(view.scenario)
    report = Report()
    title = clean(view.title)
    set_properties(
        report.document,
        title=f"{title}: bid to {clean(view.profile.fund)}",
        subject=f"{clean(view.study.area_name)}; {clean(view.profile.title)}",
        moment=document_time(view.study.as_of),
        version=view.study.version,
    )
    ribbon = SAMPLE_RIBBON if view.study.sample else ""
    set_headers(report.document, f"{title}. DRAFT of {prose.day(view.study)}", ribbon)
    _title_page(report, view, text)
    _summary(report, view)
    bid_cases.strategic(report, view, text, gap_map_png, gap_map_alt)
    bid_cases.economic(report, view, text, map_png, map_alt)
    bid_cases.commercial(report, view, text)
    bid_cases.financial(report, view)
    bid_cases.management(report, view, text)
    bid_annexes.write_annexes(report, view, text)
    report.finish(path)
    settle_zip(path)


def _title_page(report: Report, view: CaseView, text: BidText) -> None:
    document = report.document
    document.add_paragraph(clean(view.title), style="Title")
    fund = clean(view.profile.fund).partition(";")[0]
    place = clean(view.study.area_name)
    document.add_paragraph(f"Bid to {prose.fund_name(view)}. {place}.", style="Subtitle")
    for banner in prose.banners(view):
        document.add_paragraph(banner, style="Banner")
    rows = [
        ("Fund and profile", f"{fund}: {clean(view.profile.title)} ({clean(view.profile.status)})"),
        ("Case and study", f"{clean(view.key)}, {clean(view.study.name)}"),
        ("As of", prose.day(view.study)),
        ("Made with", f"infra {clean(view.study.version)}"),
        ("Prepared by", "[Officer to complete: name, role, date]"),
        ("Checked by", "[Officer to complete: name, role, date]"),
        ("Approved by the Section 151 officer", "[Officer to complete: name, date]"),
    ]
    report.table("Document control", ("Item", "Detail"), rows, (2, 4))
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
        "Evidence gap",
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
