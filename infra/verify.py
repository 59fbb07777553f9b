"""`infra verify`: sources and outputs are what the manifest says, and a new run agrees, or not."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from infra.checks import Difference, changed_outputs, changed_sources, load_manifest
from infra.differences import first_difference
from infra.manifest import read_groups
from infra.report import Answer
from infra.run import run
from infra.session import Progress, Session
from infra.study import Study
from infra.writing import writing
from layers.errors import InputError

__all__ = ["Verdict", "verify", "verify_study"]

PIECE = 1 << 20


class _Elsewhere(Study):
    """The same study, with its outputs and kept steps in a folder of their own."""

    def __init__(self, study: Study, folder: Path) -> None:
        super().__init__(study.root, study.model)
        self._folder = folder

    @property
    def out(self) -> Path:
        return self._folder / "out"

    @property
    def work(self) -> Path:
        return self._folder


@dataclass
class Verdict:
    """What a verification found; nothing anywhere means that all is proved."""

    files: int
    sources: list[Difference] = field(default_factory=list)
    outputs: list[Difference] = field(default_factory=list)
    recomputed: list[Difference] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    made_otherwise: bool = False

    @property
    def holds(self) -> bool:
        """Whether every file is what it should be; files somebody added are not infra's."""
        changed = [d for d in self.outputs if d.what != "added"]
        return not (self.sources or changed or self.recomputed or self.refused)


def _same(first: Path, second: Path) -> bool:
    if first.stat().st_size != second.stat().st_size:
        return False
    with first.open("rb") as a, second.open("rb") as b:
        while piece := a.read(PIECE):
            if piece != b.read(PIECE):
                return False
    return True


def verify(session: Session, progress: Progress) -> Verdict:
    """Check sources and outputs against the manifest, recompute everything aside, and compare.

    Neither `out/` nor the kept steps are touched.

    Raises
    ------
    StudyError
        When there are no outputs to verify.
    OutputError
        When there is no room to recompute.
    """
    study = session.study
    manifest = load_manifest(study.out)
    progress("checking the sources against the manifest")
    verdict = Verdict(len(manifest["resources"]), sources=changed_sources(study.root, manifest))
    progress("checking the outputs against the manifest")
    verdict.outputs = changed_outputs(study.out, manifest)
    # inside the study, because layers kept aside name their terrain tiles relative to it
    aside = study.root / f".infra-verify-{os.getpid()}"
    try:
        with writing(aside, "copy the study to a folder you may write in"):
            aside.mkdir()
            elsewhere = replace(session, study=_Elsewhere(study, aside))
            made = {str(g["name"]) for g in manifest["infra"]["groups"]}
            run(elsewhere, lambda group: group in made, progress)
            progress("comparing byte for byte")
            keys = {g["name"]: g["key"] for g in manifest["infra"]["groups"]}
            fresh = {name: group.key for name, group in read_groups(aside / "out").items()}
            verdict.made_otherwise = fresh != keys
            _compare(study.out, aside / "out", manifest, verdict)
    except InputError as error:
        verdict.refused = [str(fault) for fault in error.faults]
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return verdict


def _compare(out: Path, fresh: Path, manifest: dict[str, Any], verdict: Verdict) -> None:
    """Compare every output with the one just made; name the cell of those already known to differ."""
    known = {d.path: i for i, d in enumerate(verdict.outputs) if d.what == "changed"}
    for item in manifest["resources"]:
        name = str(item["path"])
        held, made = out / name, fresh / name
        if not held.is_file():
            continue
        if not made.is_file():
            verdict.recomputed.append(Difference(name, "missing", "a new run does not make it"))
        elif not _same(held, made):
            found = first_difference(name, held, made)
            if name in known:
                verdict.outputs[known[name]] = found
            else:
                verdict.recomputed.append(found)


def verify_study(session: Session, progress: Progress) -> Answer:
    """Verify a study and put what was found in words."""
    verdict = verify(session, progress)
    lines: list[str] = []
    for title, found in (
        ("Sources that are not what the manifest says", verdict.sources),
        (
            "Outputs that were changed since infra wrote them",
            [d for d in verdict.outputs if d.what != "added"],
        ),
        ("Outputs that a new run makes differently", verdict.recomputed),
    ):
        if found:
            lines += [f"{title} ({len(found)}):", *(f"  {d}" for d in found)]
    if verdict.refused:
        lines += ["The outputs cannot be made again:", *(f"  {text}" for text in verdict.refused)]
    if verdict.made_otherwise and verdict.recomputed and not verdict.sources:
        lines.append(
            "The study's settings, or infra itself, are not those that made these outputs: that alone can explain it."
        )
    added = [d.path for d in verdict.outputs if d.what == "added"]
    if added:
        lines.append(f"Not infra's and not checked: {', '.join(added)}.")
    if verdict.holds:
        lines.append(
            f"Verified: the sources are those of the manifest, and all {verdict.files} outputs are what they were and come out the same again, byte for byte."
        )
    elif not verdict.refused:
        lines.append(
            "Not verified. To mend: put the named files back, or run 'infra run' and check what changed with 'infra compare'."
        )
    data = {
        "ok": verdict.holds, "files": verdict.files, "refused": verdict.refused,
        **{name: [d.__dict__ for d in getattr(verdict, name)] for name in ("sources", "outputs", "recomputed")},
    }  # fmt: skip
    return Answer(lines, data, refused=not verdict.holds)
