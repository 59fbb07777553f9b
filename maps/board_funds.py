"""The funds of the study: what is asked, by when, where the bid stands and who answers for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from maps import prose
from maps.blocks import Cell, Grid
from maps.measures import month
from maps.passages import clean
from maps.view import CaseView

__all__ = ["deadline_words", "funds_grid"]

NOT_STATED = "not stated"


def deadline_words(deadline: date | None, as_of: date) -> str:
    """Return a deadline and how far off it is on the study's date.

    >>> deadline_words(date(2026, 1, 15), date(2025, 12, 1))
    '15 January 2026, in 45 days'
    >>> deadline_words(date(2025, 11, 30), date(2025, 12, 1))
    '30 November 2025, passed 1 day ago'
    >>> deadline_words(None, date(2025, 12, 1))
    'not stated'
    """
    if deadline is None:
        return NOT_STATED
    left = (deadline - as_of).days
    days = f"{abs(left)} day{'' if abs(left) == 1 else 's'}"
    when = "today" if left == 0 else f"in {days}" if left > 0 else f"passed {days} ago"
    return f"{deadline.day} {month(deadline.isoformat())}, {when}"


def _first_capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def funds_grid(cases: Sequence[CaseView]) -> Grid:
    """Return the funds, the nearest deadline first; what the study does not state says so.

    The public edition has no deadline, stage or owner: the table then has no such columns.
    """
    public = any(view.study.edition == "public" for view in cases)
    ordered = sorted(cases, key=lambda view: (view.diary.deadline or date.max, view.key))
    rows: list[tuple[Cell, ...]] = []
    for view in ordered:
        closed = view.profile.status.strip().lower() == "closed"
        ask = prose.item(view, "ask_gbp")
        diary = (
            deadline_words(view.diary.deadline, view.study.as_of),
            clean(view.diary.stage) or NOT_STATED,
            clean(view.diary.owner) or NOT_STATED,
        )
        rows.append(
            (
                clean(view.title),
                _first_capital(prose.fund_name(view)) + (" (closed)" if closed else ""),
                *(() if public else diary),
                ask if ask is not None and ask.known else "no data",
            )
        )
    if public:
        return Grid(("Bid", "Fund", "Ask"), tuple(rows), (2, 2.4, 1), ("", "", "£"))
    header = ("Bid", "Fund", "Deadline", "Stage", "Owner", "Ask")
    units = ("", "", "", "", "post or team", "£")
    return Grid(header, tuple(rows), (2, 2.4, 1.6, 1.4, 1.4, 1), units)
