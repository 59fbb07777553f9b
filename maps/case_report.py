"""An empty report about a case, wearing what every page of it must say."""

from __future__ import annotations

from maps.blocks import Report
from maps.passages import clean
from maps.standing import standing_words
from maps.view import SAMPLE_RIBBON, CaseView

__all__ = ["case_report"]


def case_report(view: CaseView, what: str) -> Report:
    """Return an empty report about a case, with its title, its running head and its ribbon.

    `what` is the kind of document, as its title says it: `bid to the fund`.
    """
    title = clean(view.title)
    closed = "CLOSED: practice only. " if view.profile.status.strip().lower() == "closed" else ""
    return Report(
        title=f"{title}: {what}",
        subject=f"{clean(view.study.area_name)}; {clean(view.profile.title)}",
        as_of=view.study.as_of,
        version=clean(view.study.version),
        running=f"{title}. {closed}{standing_words(view)}",
        ribbon=SAMPLE_RIBBON if view.study.sample else "",
    )
