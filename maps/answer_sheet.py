"""The answer sheet: the fund's own questions, what we can draft, the words left, what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from maps import bid_cases, bid_rows, prose
from maps.bid_text import bid_text
from maps.blocks import Report
from maps.case_report import case_report
from maps.docx_parts import write_docx
from maps.passages import Passage, clean, say
from maps.typst_parts import write_pdf
from maps.view import CaseView

__all__ = ["Answer", "answer_content", "answers", "count_words", "write_answer_sheet"]

WORD = re.compile(r"\w[\w'’.,£%-]*")
NO_LIMIT = "no limit stated"
Draft = Callable[[CaseView], list[Passage]]


@dataclass(frozen=True)
class Answer:
    """A question of the fund with what can be drafted from the study.

    Attributes
    ----------
    question
        As the fund asks it.
    limit
        Most words, or `None` where the profile states none.
    marks
        Marks, or the share of them, or `None`.
    attachments
        What the fund wants attached to this answer.
    draft
        Passages from the study's figures; empty where it knows nothing.
    missing
        Evidence that only people can give.
    """

    question: str
    limit: int | None
    marks: float | None
    attachments: tuple[str, ...]
    draft: tuple[Passage, ...]
    missing: tuple[str, ...]

    @property
    def words(self) -> int:
        """Words drafted; the ids of figures are not counted."""
        return sum(count_words(passage.text) for passage in self.draft)

    @property
    def standing(self) -> str:
        """The words against the limit, in words."""
        if self.limit is None:
            return f"{self.words} words drafted; {NO_LIMIT}"
        left = self.limit - self.words
        tail = f"{left} left" if left >= 0 else f"{-left} over the limit"
        return f"{self.words} of {self.limit} words drafted; {tail}"


def count_words(text: str) -> int:
    """Return the words of a text as a form counts them: what stands between spaces.

    A sign that stands alone, such as a percent sign, is no word.

    >>> count_words("In January 2024, 58.4 % of premises had full fibre.")
    9
    """
    return len(WORD.findall(text))


def _fixed(text: str) -> Passage:
    return Passage((clean(text),))


def _ask(view: CaseView) -> list[Passage]:
    return [prose.ask(view) + prose.unquoted(view), prose.why_none(view), prose.if_verified(view)]


def _need(view: CaseView) -> list[Passage]:
    return [_fixed(bid_text(view.scenario).rationale), bid_cases.need(view)]


def _market(view: CaseView) -> list[Passage]:
    found = bid_cases.gigabit_gap(view)
    return [found] if found.parts else []


def _sites(view: CaseView) -> list[Passage]:
    return [prose.fate_of_candidates(view), prose.top_site(view)]


def _outcomes(view: CaseView) -> list[Passage]:
    none = prose.chosen_count(view) == 0
    lines = [
        prose.outcome_line(label, figure, note)
        for label, figure, note in prose.outcomes(view, verified=none)
        if figure.known and not figure.row.startswith("ask_gbp")
    ]
    first = prose.if_verified(view) if none else Passage(())
    return (
        [*([first] if first.parts else []), *lines] if lines and (first.parts or not none) else []
    )


def _match(view: CaseView) -> list[Passage]:
    figure = prose.item(view, "match_gbp")
    if figure is None or not figure.known:
        return []
    return [say("The match assumed is {match}.", match=prose.range_of(figure))]


def _value(view: CaseView) -> list[Passage]:
    return [prose.value_for_money(view), prose.break_even(view)]


def _subsidy(view: CaseView) -> list[Passage]:
    return [_fixed(bid_text(view.scenario).draft_wording)]


def _deliver(view: CaseView) -> list[Passage]:
    rows = bid_rows.open_gates(view, "unknown", 6).rows
    if not rows:
        return []
    return [
        say(
            "Still to verify: {gates}.", gates="; ".join(dict.fromkeys(str(row[0]) for row in rows))
        ),
    ]


def _measure(view: CaseView) -> list[Passage]:
    kpis = bid_text(view.scenario).kpis
    return [
        _fixed("Progress is measured by: " + "; ".join(kpi[:1].lower() + kpi[1:] for kpi in kpis) + "."),
        _fixed("The baseline is the table of coverage and gaps by district in the bid."),
    ]  # fmt: skip


# What a question asks about, by the words it uses, and who can draft it; the first that fits is
# taken. A topic without a drafter needs people.
TOPICS: tuple[tuple[str, Draft | None, tuple[str, ...]], ...] = (
    (r"subsid", _subsidy, ("the authority's own assessment, its date and its author",)),
    (r"who in the market|was asked|engagement", None,
     ("register of market engagement: operators asked, dates, answers",)),
    (r"market (will )?not|not supply|any gigabit network", _market,
     ("results and date of the open market review", "operators' plans for three years")),
    (r"measured|evaluat|monitor", _measure, ("baseline and target of each measure, with an owner",)),
    (r"match|private investment|leverage", _match, ("match funding in writing, and its sources",)),
    (r"given up|market value", None, ("market value of each building, with the valuer and the date",)),
    (r"public get|value for money|for its money", _value,
     ("benefits agreed with the appraisal team",)),
    (r"pay for itself|at what occupancy|after the grant|save over", None,
     ("revenue and running costs after the grant, and who carries them",)),
    (r"deliver|tenure|wayleave|open: floor|programme|procure", _deliver,
     ("programme, procurement route and consents",)),
    (r"which sites|sites are|unused|vacan", _sites,
     ("confirmation by the owner of each building, with its date",
      "each site's circuit, supplier, annual cost, contract end and exit charge")),
    (r"contract|exit charge|service does each|what service", None,
     ("a register of sites: circuit, supplier, speed, annual cost, contract end, exit charge",)),
    (r"spaces are there|competit", None, ("a survey of the spaces nearby: desks, prices, use",)),
    (r"theme|strategy", None, ("how the project serves each theme, with the strategy and its date",)),
    (r"homes and businesses|gain", _outcomes, ("how deadweight was judged, and by whom",)),
    (r"work there|users", _outcomes,
     ("named users, and what they will do that they cannot do now",)),
    (r"why this place|problem|need", _need, ("the authority's own account of why here and why now",)),
    (r"how much|ask|cost", _ask, ("quotes for the chosen sites",)),
)  # fmt: skip


def _topic(question: str) -> tuple[Draft | None, tuple[str, ...]]:
    lowered = question.lower()
    for pattern, draft, missing in TOPICS:
        if re.search(pattern, lowered):
            return draft, missing
    return None, ("the whole answer: the study holds nothing on it",)


def answers(view: CaseView) -> list[Answer]:
    """Return an answer for each question of the fund, in its order."""
    made = []
    for asked in view.profile.questions:
        text = clean(asked if isinstance(asked, str) else asked.text)
        draft, missing = _topic(text)
        passages = draft(view) if draft is not None else []
        kept = tuple(p for p in passages if p.parts and not p.gap)
        made.append(
            Answer(
                question=text,
                limit=None if isinstance(asked, str) else asked.words,
                marks=None if isinstance(asked, str) else asked.marks,
                attachments=() if isinstance(asked, str) else tuple(map(clean, asked.attachments)),
                draft=kept,
                missing=missing,
            )
        )
    return made


def answer_content(view: CaseView) -> Report:
    """Return the answer sheet of a case as blocks."""
    report = case_report(view, "answer sheet")
    report.text(f"{clean(view.title)}: answer sheet", "title")
    report.text(f"For {prose.fund_name(view)}. {clean(view.study.area_name)}.", "subtitle")
    for banner in prose.banners(view):
        report.text(banner, "banner")
    found = answers(view)
    if not found:
        report.gap("the fund's questions; the profile lists none")
        return report
    report.text(
        "A drafted passage says only what the study's figures say. Word counts leave out the ids of "
        "figures; take the ids out before pasting an answer into a form."
    )
    rows = [
        (
            str(number),
            answer.question,
            str(answer.words),
            NO_LIMIT if answer.limit is None else str(answer.limit),
            "not stated" if answer.marks is None else f"{answer.marks:g}",
            str(len(answer.missing) + len(answer.attachments)),
        )
        for number, answer in enumerate(found, start=1)
    ]
    header = ("No.", "Question", "Words drafted", "Words allowed", "Marks", "Evidence missing")
    report.table("The fund's questions", header, rows, (0.6, 4.4, 1.1, 1.4, 1, 1.3))
    for number, answer in enumerate(found, start=1):
        _write(report, number, answer)
    report.heading("Evidence the fund asks for")
    for evidence in view.profile.evidence_required:
        report.gap(f"attach, with its date: {clean(evidence)}")
    if not view.profile.evidence_required:
        report.gap("the evidence that the fund asks for; the profile lists none")
    return report


def _write(report: Report, number: int, answer: Answer) -> None:
    report.heading(f"{number} {answer.question}", new_page=number == 1)
    report.text(f"{answer.standing}.")
    for passage in answer.draft:
        report.text(passage, "generated")
    if not answer.draft:
        report.text("Nothing can be drafted from the study's figures.")
    for what in answer.missing:
        report.gap(what)
    for what in answer.attachments:
        report.gap(f"attach: {what}")


def write_answer_sheet(view: CaseView, path: Path) -> None:
    """Write the fund's questions with drafts, word counts and gaps, as Word or as tagged PDF.

    Parameters
    ----------
    view
        The case; figures that the drafts quote are cited in `view.figures`.
    path
        `.docx` or `.pdf`; the same view gives the same bytes.

    Raises
    ------
    ValueError
        When the path ends in something else.
    """
    writers = {".docx": write_docx, ".pdf": write_pdf}
    if path.suffix not in writers:
        raise ValueError(f"{path.name}: an answer sheet is .docx or .pdf")
    writers[path.suffix](answer_content(view), path)
