"""`infra check`: what each file is, what became of its rows, and what each case has and lacks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from infra import exchange
from infra.check_table import (
    SOURCES_OF,
    held_data,
    is_stale,
    months_old,
    table_data,
    table_lines,
)
from infra.newer import newer_than_frozen
from infra.report import Answer
from infra.session import Progress, Session, open_session
from infra.write import records
from layers.catalogue import shipped as catalogue
from layers.errors import Fault, InputError
from layers.evidence import Evidence
from layers.gather import FileFate, Gathered
from scenarios.engine import Outlook
from scenarios.scenario import missing_needs

__all__ = ["check_study"]


def _file_line(fate: FileFate) -> list[str]:
    head = f"  {fate.status:<14} {fate.name}"
    what = ", ".join(part for part in (fate.title, fate.detail, fate.vintage) if part)
    lines = [head, f"{'':17}{what}"] if what else [head]
    if fate.quality is not None and fate.status == "used":
        q = fate.quality
        lines.append(
            f"{'':17}{q.rows_in:,} rows in = {q.used:,} used + {sum(q.set_aside.values()):,} set aside + "
            f"{sum(q.quarantined.values()):,} quarantined"
        )
        lines += [f"{'':19}{n:,} set aside: {why}" for why, n in q.set_aside.items()]
        lines += [f"{'':19}{n:,} quarantined: {why}" for why, n in q.quarantined.items()]
        lines += [f"{'':19}{note}" for note in q.notes]
    elif fate.reason:
        lines.append(f"{'':17}{fate.reason}")
    return lines


def _file_data(fate: FileFate) -> dict[str, Any]:
    q = fate.quality
    return {
        "file": fate.name, "status": fate.status, "title": fate.title, "detail": fate.detail,
        "vintage": fate.vintage, "reason": fate.reason,
        "sha256": fate.source.sha256 if fate.source else None,
        "rows_in": q.rows_in if q else None, "used": q.used if q else None,
        "set_aside": dict(q.set_aside) if q else None, "quarantined": dict(q.quarantined) if q else None,
    }  # fmt: skip


def _case_lines(found: Outlook) -> tuple[list[str], dict[str, Any]]:
    sites = found.candidates
    lines = [f"{found.case.key} ({found.case.title}): {sites} candidate sites"]
    have: list[str] = []
    missing: list[str] = []
    for row in records(found.criteria.frame):
        label, criterion, known = row["label"], row["criterion"], row["sites_with_value"]
        routes = pd.Series(found.metrics[criterion].route, dtype=object).replace("", pd.NA).dropna()
        grades = set(found.metrics[criterion].grade) - {""}
        if known:
            best = "".join(str(route) for route in routes.mode()[:1])
            told = " and ".join(sorted(str(grade) for grade in grades))
            have.append(criterion)
            lines.append(f"  have     {label}: {known} of {sites} sites, {told} ({best})")
        else:
            missing.append(criterion)
            lines.append(f"  missing  {label}: no site has a value, so every rank widens")
    gates = found.gates.frame
    unknown = gates[gates["outcome"] == "unknown"].groupby("gate", sort=True)
    to_verify = []
    for gate, rows in unknown:
        to_verify.append(str(gate))
        lines.append(
            f"  verify   {rows['label'].iloc[0]}: {len(rows)} sites. {rows['reason'].iloc[0]}"
        )
    return lines, {
        "have": have,
        "missing": missing,
        "to_verify": to_verify,
        "candidates": sites,
    }


def _absent(scenario: str, evidence: Evidence) -> list[str]:
    """Return a line for each layer the scenario would use and the study has no source for."""
    lines = []
    for need in missing_needs(scenario, evidence):
        places = "; ".join(catalogue()[key].where for key in SOURCES_OF.get(need.layer, ()))
        lines.append(
            f"  no {need.layer:<10} for {need.used_for}: {need.without}. Published at: {places}"
        )
    # the best route for uplift, need and eligibility; estimates stand in without it
    if "bduk-premises" not in {source.dataset for source in evidence.sources}:
        where = catalogue()["bduk-premises"].where
        lines.append(f"  no premises-level gigabit data: estimates stand in. Published at: {where}")
    return lines


def _stale(session: Session, fates: list[FileFate]) -> list[str]:
    """Return a line for each dataset in use whose newest release is older than its cadence allows."""
    newest: dict[str, str] = {}
    for fate in fates:
        if fate.status == "used" and fate.source is not None and fate.vintage[:4].isdigit():
            newest[fate.source.dataset] = max(newest.get(fate.source.dataset, ""), fate.vintage)
    as_of = session.study.model.as_of
    lines = []
    for key, vintage in sorted(newest.items()):
        entry = catalogue().get(key)
        if entry is not None and is_stale(entry, vintage, as_of):
            age = months_old(vintage, as_of)
            lines.append(
                f"  stale    {entry.title}: {vintage}, {age} months old. Newer: {entry.source}"
            )
    return lines


def _needs(session: Session, fates: Sequence[FileFate]) -> tuple[list[str], dict[str, Any]]:
    """Return the table of each case: what it has, lacks or should renew, in lines and as data."""
    lines, data = ["", "What each case has, lacks or should renew"], {}
    for key, case in session.cases.items():
        rows = held_data(case.scenario, fates, session.study.model.as_of)
        data[key] = table_data(rows)
        lines += ["", *table_lines(key, rows)]
    return lines, data


def _refused(session: Session, gathered: Gathered, faults: Sequence[Fault]) -> Answer:
    """Say what must be mended first, and still what each case lacks."""
    fates = sorted(gathered.fates, key=lambda f: f.name)
    told = [f for f in fates if f.status in {"refused", "not recognised"}]
    said, tables = _needs(session, fates)
    many = f"{len(faults)} things" if len(faults) > 1 else "1 thing"
    lines = [f"{many} to mend before anything can be run:", *map(str, faults)]
    lines += [line for fate in told for line in ("", *_file_line(fate))]
    data = {
        "ok": False, "faults": [str(f) for f in faults], "files": [_file_data(f) for f in fates],
        "cases": {key: {"data": rows} for key, rows in tables.items()},
    }  # fmt: skip
    return Answer([*lines, *said], data, refused=True)


def check_study(folder: Path, progress: Progress) -> Answer:
    """Read every source of a study and say what it is and what is missing.

    Nothing is written to `out/`.

    Raises
    ------
    StudyError
        When the study itself is at fault.
    """
    session = open_session(folder)
    with exchange.locked(session.study.work):
        gathered = session.gather(progress)
        if gathered.faults:
            return _refused(session, gathered, gathered.faults)
        try:
            evidence = session.evidence(progress, gathered=gathered)
        except InputError as error:
            return _refused(session, gathered, error.faults)
    fates = sorted(evidence.fates, key=lambda f: f.name)
    lines = [
        f"{len(fates)} files in {session.study.model.sources.folder}/",
        *(line for fate in fates for line in _file_line(fate)),
    ]
    newer = [f"  newer    {said}" for said in newer_than_frozen(session.study, fates)]
    stale = [*_stale(session, fates), *newer]
    lines += ["", "Releases", *(stale or ["  none is older than its publisher's cadence allows"])]
    cases: dict[str, Any] = {}
    for key in session.cases:
        progress(f"looking for what {key} needs")
        said, cases[key] = _case_lines(session.outlook(key, evidence))
        absent = _absent(session.cases[key].scenario, evidence)
        cases[key]["no_source"] = absent
        lines += ["", *said, *absent]
    if evidence.notes:
        lines += ["", "Notes", *(f"  {note}" for note in evidence.notes)]
    said, tables = _needs(session, fates)
    lines += said
    for key, rows in tables.items():
        cases[key]["data"] = rows
    data = {
        "ok": True,
        "files": [_file_data(f) for f in fates],
        "stale": stale,
        "cases": cases,
        "notes": list(evidence.notes),
    }
    return Answer(lines, data)
