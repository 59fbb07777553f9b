"""`infra freeze`: pin what a submission rests on, so that later releases change nothing of it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from infra import __version__, exchange
from infra.checks import changed_outputs, changed_sources, load_manifest
from infra.manifest import DOCUMENTS
from infra.newer import FROZEN
from infra.parts import baseline_outside, own_files
from infra.report import Answer
from infra.session import Session, parameter_values
from infra.study import PINNED, STUDY_FILE, Study
from infra.writing import writing
from layers.errors import Fault, StudyError

__all__ = ["FROZEN", "edited_lines", "freeze", "left_out_lines", "lock_file", "must_match"]

NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{0,59}$", re.IGNORECASE)
LOCK = "requirements.lock"


def lock_file() -> Path | None:
    """Return the list of exact library versions beside the package, where it is there."""
    path = Path(__file__).resolve().parent.parent / LOCK
    return path if path.is_file() else None


def must_match(session: Session, manifest: dict[str, Any], what: str) -> list[str]:
    """Refuse outputs that are not what the manifest says, or whose settings have changed since.

    A newer infra is no reason to refuse: what is pinned is what was made. Word and Excel files
    that people edited are theirs; their names are returned, to be said.

    Raises
    ------
    StudyError
        Naming every file.
    """
    study = session.study
    found = [d for d in changed_outputs(study.out, manifest) if d.what != "added"]
    edited = [d.path for d in found if d.what == "changed" and Path(d.path).suffix in DOCUMENTS]
    wrong = [d for d in found if d.path not in edited]
    faults = [
        Fault(
            f"out/{d.path}",
            f"the file is {d.what} since infra wrote it",
            f"run 'infra run {study.root}' before you {what}",
        )
        for d in wrong
    ]
    faults += [
        Fault(
            d.path,
            f"the source is {d.what} since the outputs were made",
            f"put it back, or run 'infra run {study.root}'",
        )
        for d in changed_sources(study.root, manifest)
    ]
    faults += _left_behind(session, manifest)
    if faults:
        raise StudyError(faults)
    return edited


def _left_behind(session: Session, manifest: dict[str, Any]) -> list[Fault]:
    """Return a fault where the study's settings are no longer those the outputs were made with."""
    study, made = session.study, manifest["infra"]
    asked: dict[str, Any] = {"mode": "json", "by_alias": True}
    model, profiles = study.model, session.profiles.items()
    now = {
        "study": model.model_dump(**asked, exclude={"parameters", "fetch"}),
        "parameters": parameter_values(session.parameters),
        "profiles": {key: item.model_dump(mode="json") for key, item in profiles},
    }
    said = {
        "study": model.model_dump(**asked, exclude={"parameters", "fetch"}, exclude_defaults=True),
        "parameters": dict.fromkeys(model.parameters),
        "profiles": {
            key: item.model_dump(mode="json", exclude_defaults=True) for key, item in profiles
        },
    }
    # the manifest went through JSON, so compare what comes out of it
    plain, stated = (json.loads(json.dumps(each, default=str)) for each in (now, said))
    moved = [name for name in plain if not _agrees(made[name], plain[name], stated[name])]
    return [
        Fault(
            STUDY_FILE,
            f"{_told(moved)} no longer what the outputs were made with (the study was edited, or infra renewed)",
            f"run 'infra run {study.root}' and look at what changed, or put the settings back",
        )
    ] * bool(moved)


def _agrees(made: Any, now: Any, stated: Any) -> bool:
    """Whether settings are those the outputs were made with.

    A setting that a newer infra knows, and that nobody has set, is no difference: its default does what
    was done before.
    """
    if isinstance(made, dict) and isinstance(now, dict):
        known = stated if isinstance(stated, dict) else {}
        return set(made) <= set(now) and all(
            _agrees(made[key], value, known.get(key)) if key in made else key not in known
            for key, value in now.items()
        )
    if isinstance(made, list) and isinstance(now, list):
        said = stated if isinstance(stated, list) and len(stated) == len(now) else [None] * len(now)
        return len(made) == len(now) and all(map(_agrees, made, now, said))
    return bool(made == now)


def _told(moved: list[str]) -> str:
    """Return the settings that moved as the subject of a sentence."""
    words = {
        "study": "the study's settings",
        "parameters": "its parameters",
        "profiles": "its profiles",
    }
    named = " and ".join(words[name] for name in moved)
    return f"{named} are"


def freeze(session: Session, name: str, *, with_sources: bool) -> Answer:
    """Copy outputs, study, its own files and checksums into `frozen/NAME/`.

    Parameters
    ----------
    name
        Of the submission, such as `dsit-2026-03`.
    with_sources
        Also copy the source files themselves.

    Raises
    ------
    StudyError
        When the name is taken or not usable, or the outputs are not current and whole.
    OutputError
        When it cannot be written; nothing is left behind then.
    """
    study = session.study
    folder = study.root / FROZEN / name
    if not NAME.match(name):
        raise StudyError(
            Fault(
                name,
                "the name cannot be that of a folder everywhere",
                "use letters, digits, hyphen, dot and underscore",
            )
        )
    if folder.exists():
        raise StudyError(
            Fault(
                f"{FROZEN}/{name}",
                "there is a frozen submission of this name",
                "choose another name; what is frozen is never overwritten",
            )
        )
    with exchange.locked(study.work):
        manifest = load_manifest(study.out)
        edited = must_match(session, manifest, "freeze")
        aside = folder.with_name(f".{name}.part")
        try:
            with writing(folder):
                shutil.rmtree(aside, ignore_errors=True)
                _write(session, manifest, aside, name, with_sources=with_sources)
                aside.rename(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    files = len(manifest["sources"])
    kept = (
        "with copies of the sources"
        if with_sources
        else "by checksum; keep the source files, or freeze with --with-sources"
    )
    lines = [
        f"Frozen as {folder}: {len(manifest['resources'])} outputs, {files} sources pinned {kept}.",
        "infra check will say when a newer release than these is in the folder; nothing in the frozen copy changes.",
    ]
    lines += [*edited_lines(edited), *left_out_lines(study)]
    return Answer(
        lines,
        {
            "ok": True,
            "frozen": str(folder),
            "outputs": len(manifest["resources"]),
            "sources": files,
            "with_sources": with_sources,
        },
    )


def edited_lines(edited: list[str]) -> list[str]:
    """Say which documents go as people edited them."""
    if not edited:
        return []
    return [f"As people edited them, check with infra reconcile: {', '.join(edited)}."]


def left_out_lines(study: Study) -> list[str]:
    """Say which part of the study a copy does not hold."""
    name = baseline_outside(study)
    if not name:
        return []
    return [
        f"Not in it: the baseline '{name}' lies outside the study. To prove the board page elsewhere, copy it into the study and name it there."
    ]


def _write(
    session: Session, manifest: dict[str, Any], folder: Path, name: str, *, with_sources: bool
) -> None:
    study = session.study
    shutil.copytree(study.out, folder / "out")
    shutil.copy2(study.root / STUDY_FILE, folder / STUDY_FILE)
    for relative, path in own_files(study).items():
        target = folder / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    if lock := lock_file():
        shutil.copy2(lock, folder / LOCK)
    pinned = {
        "name": name,
        "infra": __version__,
        "as_of": manifest["infra"]["as_of"],
        "seed": manifest["infra"]["seed"],
        "sources": manifest["sources"],
        "parameters": manifest["infra"]["parameters"],
        "profiles": manifest["infra"]["profiles"],
        "versions": manifest["infra"]["versions"],
    }
    text = json.dumps(pinned, indent=1, ensure_ascii=False)
    (folder / PINNED).write_text(text + "\n", encoding="utf-8", newline="\n")
    if with_sources:
        for path in study.files():
            target = folder / path.relative_to(study.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
