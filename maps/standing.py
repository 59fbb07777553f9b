"""What a document says of its own standing: a draft, approved, or approved once and changed since."""

from __future__ import annotations

from datetime import date

from maps.blocks import Report
from maps.measures import month
from maps.passages import clean
from maps.view import Approval, CaseView

__all__ = ["changes_since", "control_rows", "draft_banner", "standing_words"]

SHOWN = 15
OPEN = "[Officer to complete: {}]"


def _day(day: date | None) -> str:
    return "" if day is None else f"{day.day} {month(day.isoformat())}"


def _who(name: str, day: date | None, missing: str) -> str:
    said = ", ".join(part for part in (clean(name), _day(day)) if part)
    return said if name and day is not None else f"{said} {OPEN.format(missing)}".strip()


def standing_words(view: CaseView) -> str:
    """Return what runs at the head of every page: `DRAFT of 2 March 2026`, or the approved version."""
    held = view.approval
    if held.holds:
        return f"Version {clean(held.version)}, approved {_day(held.approved_on)}"
    return f"DRAFT of {_day(view.study.as_of)}"


def draft_banner(view: CaseView) -> str:
    """Return the warning of the first page; empty for a bid whose approval holds."""
    held = view.approval
    if held.holds:
        return ""
    if not held.approved_by:
        return "DRAFT. Not approved for submission; the approvals below are still open."
    if not held.changed:
        return f"DRAFT. Not approved: {clean(held.why_not).rstrip('.')}."
    return (
        f"DRAFT. The approval of version {clean(held.version)} by {clean(held.approved_by)} on "
        f"{_day(held.approved_on)} is void: {clean(held.why_not).rstrip('.')}."
    )


def control_rows(view: CaseView) -> list[tuple[str, str]]:
    """Return version, prepared, checked and approved, with what is still open as marked gaps."""
    held = view.approval
    version = clean(held.version) or OPEN.format("version")
    approved = _who(held.approved_by, held.approved_on, "name, date")
    if held.approved_by and not held.holds:
        approved = f"{approved}. Void: {clean(held.why_not).rstrip('.')}"
    rows = [
        ("Version", version if held.holds else f"{version}, DRAFT of {_day(view.study.as_of)}"),
        ("Prepared by", _who(held.prepared_by, held.prepared_on, "name, role, date")),
        ("Checked by", _who(held.checked_by, held.checked_on, "name, role, date")),
        ("Approved by the Section 151 officer", approved),
    ]
    if held.fingerprint:
        rows.append(("Figures approved (SHA-256 begins)", held.fingerprint[:16]))
    return rows


def changes_since(report: Report, approval: Approval) -> None:
    """Print which figures differ from those approved; nothing where the approval is not void."""
    if not approval.changed:
        return
    rows = [
        (change.fig_id, clean(change.now), clean(change.approved), clean(change.what))
        for change in approval.changed[:SHOWN]
    ]
    header = ("Figure", "Now", "As approved", "What it is")
    report.table("Figures changed since the approval", header, rows, (1.3, 2, 1.5, 3.2))
    if len(approval.changed) > SHOWN:
        report.text(f"The first {SHOWN} are listed; approval_changes.csv holds them all.")
