"""`infra fetch`: download what has a stable address, and say where the rest is published.

The only command that uses the network. Files land in the sources folder whole or not at all, each with
its address, checksum and day in `fetched.json`. A file that is there is never replaced unasked.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra import exchange
from infra.download import Got, Policy, Tick
from infra.fetch_kinds import bring, newer
from infra.fetch_place import Place
from infra.report import Answer
from infra.session import Progress
from infra.study import STUDY_FILE, Study
from infra.writing import writing
from layers.catalogue import shipped as catalogue
from layers.checksum import sha256_of
from layers.downloads import Download
from layers.downloads import shipped as downloads
from layers.errors import Fault, InputError, StudyError
from layers.formats import load_all

__all__ = ["FETCHED", "by_hand", "fetch", "listed", "wanted"]

FETCHED = "fetched.json"
OWN = frozenset({
    "site-register", "visit-sheet", "supplier-quotes", "existing-projects", "operator-signal", "mast-list",
})  # fmt: skip
MB = 1e6


@dataclass
class _Done:
    """What became of each download, in order."""

    lines: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add(self, want: Download, what: str, text: str = "", **more: Any) -> None:
        self.lines.append(f"  {what:<9} {want.into}{f': {text}' if text else ''}")
        self.rows.append({"into": want.into, "dataset": want.dataset, "what": what, **more})


def wanted(study: Study, only: Sequence[str] = ()) -> tuple[Download, ...]:
    """Return what a study fetches: the shipped downloads, and its own in their place or beside them.

    Parameters
    ----------
    only
        Datasets of the catalogue; all where none is named.

    Raises
    ------
    StudyError
        When there is no such dataset, or nothing of it can be downloaded.
    """
    model = study.model.fetch
    own = [Download(**item.model_dump()) for item in model.file]
    taken = {item.into for item in own}
    chosen = [d for d in downloads() if d.into not in taken]
    if model.datasets is not None:
        chosen = [d for d in chosen if d.dataset in model.datasets]
    found = (*chosen, *own)
    unknown = sorted(
        (set(only) | set(model.datasets or ())) - {d.dataset for d in (*downloads(), *own)}
    )
    if unknown:
        known = ", ".join(dict.fromkeys(d.dataset for d in (*downloads(), *own)))
        problem = f"nothing of '{unknown[0]}' has a stable address"
        raise StudyError(
            Fault(STUDY_FILE, problem, f"name one of {known}", column="fetch.datasets")
        )
    return tuple(d for d in found if not only or d.dataset in only)


def by_hand(study: Study) -> list[dict[str, str]]:
    """Return the data sets of the catalogue that people download: where from, and which file."""
    have = {d.dataset for d in wanted(study)}
    expected: dict[str, dict[str, None]] = {}
    for module in load_all().values():
        described = module.FORMAT
        for layout in described.layouts:
            key = described.dataset(layout.detail)
            expected.setdefault(key, {}).setdefault(layout.name)
        if not described.layouts:
            expected.setdefault(described.dataset(""), {}).setdefault(described.title)
    return [
        {
            "dataset": key, "title": entry.title, "publisher": entry.publisher, "where": entry.where,
            "page": entry.page,
            "file": "; ".join(expected.get(key, {entry.title: None})),
        }
        for key, entry in catalogue().items()
        if key not in have and key not in OWN
    ]  # fmt: skip


def _load(study: Study) -> dict[str, dict[str, Any]]:
    try:
        held = json.loads((study.root / FETCHED).read_text(encoding="utf-8"))
        return dict(held["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _save(study: Study, files: dict[str, dict[str, Any]]) -> None:
    path = study.root / FETCHED
    aside = path.with_name(f".{FETCHED}.part")
    text = json.dumps({"files": dict(sorted(files.items()))}, indent=1, ensure_ascii=False)
    aside.write_text(text + "\n", encoding="utf-8", newline="\n")
    aside.replace(path)


def _told(progress: Progress, want: Download) -> Tick:
    """Return a way to say how far a download is: every tenth, or every 20 MB where no end is known."""
    last = -1

    def tick(have: int, whole: int | None) -> None:
        nonlocal last
        step = int(10 * have / whole) if whole else int(have / (20 * MB))
        if step != last and want.kind in {"file", "os"}:
            last = step
            of = f" of {whole / MB:,.1f}" if whole else ""
            progress(f"reading {want.into}: {have / MB:,.1f}{of} MB")

    return tick


def _stands(study: Study, want: Download, held: dict[str, Any] | None) -> str:
    """Return why a file that is there is left alone; empty where it may be asked about."""
    path = study.sources_folder / want.into
    if not path.is_file():
        return ""
    if held is None:
        return "is there already, from somebody else; left alone"
    if sha256_of(path) != held.get("sha256"):
        return "was changed since it was fetched; left alone"
    return ""


def _land(study: Study, want: Download, got: Got) -> None:
    """Move a whole file into the sources folder in one step."""
    target = study.sources_folder / want.into
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(got.path, target)  # noqa: PTH105 - the same file system, so it is one step


def fetch(
    study: Study,
    wants: Sequence[Download],
    progress: Progress,
    *,
    renew: bool = False,
    policy: Policy | None = None,
) -> Answer:
    """Fetch what is wanted into the sources folder.

    Parameters
    ----------
    wants
        In order: later ones may need what earlier ones brought.
    renew
        Whether a newer release takes the place of the one that is there.
    policy
        What a download may do; the strict one where it is not given.

    Returns
    -------
    Answer
        What became of each; refused where one did not come.

    Raises
    ------
    OutputError
        When the sources folder cannot be written.
    """
    done, place = _Done(), Place(study)
    with exchange.locked(study.work):
        held = _load(study)
        aside = study.work / "fetch"
        with writing(study.sources_folder):
            aside.mkdir(parents=True, exist_ok=True)
            for want in wants:
                progress(f"fetching {want.into}")
                limit = policy or Policy(max_bytes=want.max_mb << 20)
                _fetch_one(
                    study, want, held, place, aside, limit, _told(progress, want), done, renew=renew
                )
    return _answer(study, done)


def _fetch_one(
    study: Study, want: Download, held: dict[str, dict[str, Any]], place: Place, aside: Path,
    policy: Policy, tick: Tick, done: _Done, *, renew: bool,
) -> None:  # fmt: skip
    record = held.get(want.into)
    there = (study.sources_folder / want.into).is_file()
    why = _stands(study, want, record)
    if why:
        done.add(want, "left", why)
        return
    known = {k: str((record or {}).get(k, "")) for k in ("etag", "modified")} if there else {}
    path = aside / want.into.replace("/", "__")
    try:
        if there and not renew:
            is_new = newer(want, study.sources_folder / want.into, path, policy, known)
            done.add(want, *_standing(is_new, record or {}))
            return
        got = bring(want, place, path, policy, known, tick)
    except InputError as error:
        done.faults += error.faults
        done.add(want, "failed", error.faults[0].problem)
        return
    if got.unchanged or (there and got.sha256 == (record or {}).get("sha256")):
        done.add(want, "same", "the publisher has nothing newer")
        got.path.unlink(missing_ok=True)
        return
    _land(study, want, got)
    place.forget()
    held[want.into] = {
        "dataset": want.dataset, "url": want.url, "sha256": got.sha256, "bytes": got.size_bytes,
        "etag": got.etag, "modified": got.modified, "fetched": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip
    _save(study, held)
    resumed = ", taken up where it stopped" if got.resumed else ""
    done.add(
        want, "fetched", f"{got.size_bytes / MB:,.1f} MB{resumed}, SHA-256 {got.sha256[:12]}...",
        sha256=got.sha256, bytes=got.size_bytes, url=want.url, resumed=got.resumed,
    )  # fmt: skip


def _standing(is_new: bool | None, record: dict[str, Any]) -> tuple[str, str]:
    if is_new is None:
        return "there", f"fetched on {record.get('fetched', '')}; --renew fetches it again"
    if is_new:
        return (
            "newer",
            "the publisher has another release; --renew puts it in the place of this one",
        )
    return "same", "the publisher has nothing newer"


def _answer(study: Study, done: _Done) -> Answer:
    lines = ["Fetched", *(done.lines or ["  nothing was asked for"])]
    if done.faults:
        lines += ["", "Did not come:", *(f"  {fault}" for fault in done.faults)]
    rest = by_hand(study)
    lines += ["", "To download yourself, into the sources folder:"]
    lines += [line for row in rest for line in _said(row)]
    lines += ["", f"Next: infra check {study.root}"]
    data = {
        "ok": not done.faults, "files": done.rows, "faults": [str(f) for f in done.faults], "by_hand": rest,
    }  # fmt: skip
    return Answer(lines, data, refused=bool(done.faults))


def _said(row: Mapping[str, str]) -> list[str]:
    """Say where a file is published, and how it is called."""
    page = [f"    page     {row['page']}"] if row["page"] else []
    return [
        f"  {row['title']}",
        f"    from     {row['where']}",
        *page,
        f"    file     {row['file']}",
    ]


def listed(study: Study, wants: Sequence[Download]) -> Answer:
    """Say what would be fetched and from where, without asking anybody."""
    lines = ["Would fetch"]
    lines += [f"  {w.into}\n    from     {w.url.partition('?')[0]}" for w in wants]
    rest = by_hand(study)
    lines += ["", "To download yourself, into the sources folder:"]
    lines += [line for row in rest for line in _said(row)]
    rows = [{"into": w.into, "dataset": w.dataset, "url": w.url} for w in wants]
    return Answer(lines, {"ok": True, "files": rows, "by_hand": rest})
