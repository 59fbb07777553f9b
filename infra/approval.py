"""Who stands behind a bid, and whether the approval holds for the figures that it prints now.

Names and dates come from `study.toml`. What was approved is kept in `approvals/`: every figure the
bid pack quotes, with its value. The approval holds as long as each of them is still what it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from infra.store import key_of
from infra.study import ApprovalModel, Study
from infra.write import inert
from layers.errors import Fault, StudyError
from layers.lineage import Column, Table
from layers.number_text import format_number
from maps.view import Approval, CaseView, ChangedFigure

__all__ = [
    "APPROVAL",
    "FIELDS",
    "FOLDER",
    "NEEDED",
    "approval_part",
    "changes_table",
    "fingerprint_of",
    "names_of",
    "read_record",
    "record_path",
    "standing",
]

FOLDER = "approvals"
APPROVAL = "the approval of {}"
FIELDS = ("fig_id", "value", "unit", "low", "high", "table", "row", "column")
NEEDED = ("version", "prepared_by", "prepared_on", "checked_by", "checked_on", "approved_by", "approved_on")  # fmt: skip
NOT_RECORDED = "{who} is named as approving it, but which figures were approved is not recorded: infra approve records them"
FIRST = "summary"


def record_path(study: Study, case: str, version: str) -> Path:
    """Return where the approval of a version of a bid is recorded."""
    return study.root / FOLDER / f"{case}-{version}.json"


def approval_part(study: Study, case: str) -> dict[str, str]:
    """Return, by name, a hash of what the study says of a bid's approval, and of its record."""
    given = study.model.case[case].approval
    path = record_path(study, case, given.version)
    kept = path.read_text(encoding="utf-8") if given.version and path.is_file() else ""
    return {APPROVAL.format(case): key_of([given.model_dump(mode="json"), kept])}


def fingerprint_of(figures: Sequence[Mapping[str, str]]) -> str:
    """Return the SHA-256 over figures: ids, values, ranges and cells, in any order."""
    lines = sorted("\t".join(figure[name] for name in FIELDS) for figure in figures)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def names_of(given: ApprovalModel) -> dict[str, str]:
    """Return version, names and dates as text."""
    return {name: str(getattr(given, name) or "") for name in NEEDED}


def standing(study: Study, view: CaseView) -> Approval:
    """Return who stands behind a bid, and whether the approval holds for the figures of a view.

    Parameters
    ----------
    study
        Its `study.toml` and `approvals/`.
    view
        The officer's view of the case, with the joined-up plan where the bid prints one: approvals
        are of its figures, in no other edition.

    Raises
    ------
    StudyError
        When the record of the approval cannot be read.
    """
    given = study.model.case[view.key].approval
    said = Approval(**given.model_dump())
    if not given.approved_by:
        return said
    path = record_path(study, view.key, given.version)
    if not given.version or not path.is_file():
        return _void(said, NOT_RECORDED.format(who=given.approved_by))
    record = read_record(path)
    if record["names"] != names_of(given):
        return _void(
            said, "study.toml names other people or dates than the approval that was recorded"
        )
    if fingerprint_of(record["figures"]) != record["fingerprint"]:
        return _void(said, "the record of the approved figures has been changed")
    changed = (*_changed(view, record["figures"]), *_new(view, record["figures"]))
    ordered = tuple(sorted(changed, key=lambda c: not c[0]))
    if ordered:
        many = "1 figure has" if len(ordered) == 1 else f"{len(ordered):,} figures have"
        return _void(
            said, f"{many} changed since", record["fingerprint"], tuple(c for _, c in ordered)
        )
    return Approval(**given.model_dump(), fingerprint=record["fingerprint"])


def _void(
    said: Approval, why: str, fingerprint: str = "", changed: tuple[ChangedFigure, ...] = ()
) -> Approval:
    return Approval(
        **{**said.__dict__, "why_not": why, "fingerprint": fingerprint, "changed": changed}
    )


def read_record(path: Path) -> dict[str, Any]:
    """Read a record: its names, its fingerprint, and the figures as they were approved.

    Raises
    ------
    StudyError
        When it is not as `infra approve` wrote it.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        figures = [dict(zip(FIELDS, row, strict=True)) for row in record["figures"]]
        return {
            "names": dict(record["names"]),
            "fingerprint": str(record["fingerprint"]),
            "figures": figures,
        }
    except (OSError, ValueError, KeyError, TypeError):
        problem = "the record of an approval cannot be read"
        mend = "put it back as infra approve wrote it, or approve again under a new version"
        raise StudyError(Fault(f"{FOLDER}/{path.name}", problem, mend)) from None


def _changed(
    view: CaseView, figures: Sequence[Mapping[str, str]]
) -> Iterator[tuple[bool, ChangedFigure]]:
    """Yield the approved figures that are no longer so, and whether each is of the summary."""
    plan = view.study.plan
    held = {
        f"{some.scope}/{name}": table
        for some in (view.study.figures, view.figures, *([plan.figures] if plan else ()))
        for name, table in some.tables.items()
    }
    for figure in figures:
        table = held.get(figure["table"])
        row, column = figure["row"], figure["column"]
        if table is None or row not in table or column not in table.columns:
            now = "no longer there"
        else:
            spec = table.columns[column]
            same = _same(figure["value"], table.cell(row, column))
            for text, beside in ((figure["low"], spec.low_of), (figure["high"], spec.high_of)):
                same &= beside is None or _same(text, table.cell(row, beside))
            if same:
                continue
            now = _reads(table, spec, row, column, figure["unit"])
        name = figure["table"].rpartition("/")[2]
        yield (
            name == FIRST,
            ChangedFigure(
                figure["fig_id"], _what(table, name, row, column), _approved(figure), now
            ),
        )


def _new(
    view: CaseView, figures: Sequence[Mapping[str, str]]
) -> Iterator[tuple[bool, ChangedFigure]]:
    """Yield the figures that the bid prints and nobody approved."""
    from maps.bid_content import BidPicture, bid_content  # noqa: PLC0415 - slow to import

    known = {figure["fig_id"] for figure in figures}
    content = bid_content(view, BidPicture(), BidPicture())
    for fig_id, figure in {**content.quoted, **content.tabled}.items():
        if fig_id not in known:
            name = figure.table.rpartition("/")[2]
            what = _what(view.figures.tables.get(name), name, figure.row, figure.column)
            yield name == FIRST, ChangedFigure(fig_id, what, "not in it", figure.text)


def _what(table: Table | None, name: str, row: str, column: str) -> str:
    if name == FIRST and table is not None and row in table and "label" in table.columns:
        return str(table.cell(row, "label"))
    return f"{name}: {row}, {column}"


def _same(text: str, value: Any) -> bool:
    """Whether a value is what `figures.csv` wrote of it."""
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - NaN
        return text == ""
    if isinstance(value, str):
        return bool(text == inert(value))
    if text in {"True", "False", ""}:
        return text == str(bool(value))
    try:
        return bool(float(text) == float(value))
    except ValueError:
        return False


def _number(text: str) -> float | str | None:
    if text == "":
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _approved(figure: Mapping[str, str]) -> str:
    value, low, high = (_number(figure[name]) for name in ("value", "low", "high"))
    return _with_range(value, low, high, figure["unit"])


def _reads(table: Table, spec: Column, row: str, column: str, unit: str) -> str:
    value = table.cell(row, column)
    if isinstance(value, str):
        return value
    low, high = (table.cell(row, n) if n else None for n in (spec.low_of, spec.high_of))
    return _with_range(value, low, high, unit)


def _with_range(value: Any, low: Any, high: Any, unit: str) -> str:
    shown = format_number(value, unit)
    if _same("", low) or _same("", high):
        return shown
    return f"{shown} ({format_number(low)} to {format_number(high)})"


def changes_table(approval: Approval) -> pd.DataFrame:
    """Return what changed since an approval, for `approval_changes.csv`."""
    names = ["fig_id", "what", "approved", "now"]
    rows = [[getattr(change, name) for name in names] for change in approval.changed]
    return pd.DataFrame(rows, columns=names)
