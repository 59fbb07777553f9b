"""`infra approve`: record which figures an approval is of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from docx import Document

from infra.approval import (
    FIELDS,
    FOLDER,
    NEEDED,
    approval_part,
    fingerprint_of,
    names_of,
    read_record,
    record_path,
)
from infra.checks import load_manifest
from infra.groups import group_parts
from infra.manifest import edited_documents, harmed_files, read_groups
from infra.reconcile import reconcile
from infra.report import Answer
from infra.session import Session
from infra.study import STUDY_FILE, ApprovalModel
from layers.errors import Fault, StudyError

__all__ = ["approve"]


def approve(session: Session, case: str) -> Answer:
    """Record which figures an approval is of.

    Parameters
    ----------
    session
        The study, whose `[case.NAME.approval]` says who prepared, checked and approved the bid.
    case
        The case.

    Raises
    ------
    StudyError
        When a name or date is missing, the bid in `out/` is not the one the study would make now,
        an edited bid no longer agrees with its figures, or another approval of this version is
        on record.
    """
    study = session.study
    given = study.model.case[case].approval
    missing = [name for name in NEEDED if not getattr(given, name)]
    faults = [
        Fault(STUDY_FILE, f"'{name}' is missing", "fill it in: infra invents no name and no date",
              column=f"case.{case}.approval.{name}")
        for name in missing
    ]  # fmt: skip
    faults += _not_current(session, case)
    if faults:
        raise StudyError(faults)
    figures = _figures(study.out / case / "figures.csv")
    record = {"case": case, "names": names_of(given), "fingerprint": fingerprint_of(figures)}
    path = record_path(study, case, given.version)
    if path.is_file() and read_record(path)["fingerprint"] != record["fingerprint"]:
        problem = f"version {given.version} was approved with other figures"
        mend = "give the bid a new version; what was approved stays on record"
        raise StudyError(Fault(STUDY_FILE, problem, mend, column=f"case.{case}.approval.version"))
    lines = ",\n".join(
        json.dumps([figure[name] for name in FIELDS], ensure_ascii=False) for figure in figures
    )
    head = json.dumps(record, indent=1, ensure_ascii=False).removesuffix("\n}")
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'{head},\n "figures": [\n{lines}\n]\n}}\n', encoding="utf-8", newline="\n")
    return _answer(session, case, given, record["fingerprint"], len(figures), path)


def _answer(
    session: Session, case: str, given: ApprovalModel, fingerprint: Any, many: int, path: Path
) -> Answer:
    gaps = _gaps(session.study.out / case / "bid.docx")
    lines = [
        f"Recorded: {given.approved_by} approved version {given.version} of {case} on {given.approved_on}.",
        f"It binds {many:,} figures (SHA-256 {fingerprint}), kept in {FOLDER}/{path.name}.",
    ]
    if gaps:
        lines.append(f"{gaps} marked gaps in bid.docx are still open.")
    lines.append(f"Next: infra run {session.study.root} prints the approval.")
    return Answer(lines, {"ok": True, "case": case, "figures": many, "fingerprint": fingerprint, "open_gaps": gaps,
                          "record": f"{FOLDER}/{path.name}"})  # fmt: skip


def _figures(path: Path) -> list[dict[str, str]]:
    frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    return [{name: str(row[name]) for name in FIELDS} for row in frame.to_dict("records")]


def _not_current(session: Session, case: str) -> list[Fault]:
    """Return what is wrong with the bid that stands in `out/`: people approve what they can read."""
    study = session.study
    load_manifest(study.out)
    again = f"run 'infra bid {study.root} {case}', read the bid, and approve that"
    held, now = read_groups(study.out), group_parts(session)
    own = approval_part(study, case)
    for name in (f"{case}/ranking", f"{case}/documents"):
        group = held.get(name)
        if group is None:
            return [Fault(f"out/{case}", "there is no bid to approve", again)]
        if {k: v for k, v in group.parts.items() if k not in own} != {
            k: v for k, v in now[name].items() if k not in own
        }:
            return [Fault(f"out/{case}", "the bid is not what the study would make now", again)]
    harmed = sorted(f for f in harmed_files(study.out) if f.startswith(f"{case}/"))
    if harmed:
        return [Fault(f"out/{name}", "the file is not as infra wrote it", again) for name in harmed]
    edited = f"{case}/bid.docx"
    if edited in edited_documents(study.out) and reconcile(study.out, study.out / edited).refused:
        mend = f"see 'infra reconcile {study.root} {study.out / edited}' and settle each"
        return [Fault(f"out/{edited}", "it was edited, and figures in it no longer match", mend)]
    return []


def _gaps(path: Path) -> int:
    """Return how many marked gaps a Word document still has."""
    document = Document(str(path))
    cells = [c.text for t in document.tables for r in t.rows for c in r.cells]
    return sum(
        "[Officer to complete" in text for text in [p.text for p in document.paragraphs] + cells
    )
