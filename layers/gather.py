"""A folder of files becomes readings, with every file's fate and all faults together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from layers import catalogue
from layers.errors import Fault, InputError
from layers.formats import load
from layers.ledger import apart
from layers.peeking import Peek, peek
from layers.recognise import Recognition, recognise
from layers.source import Quality, Reading, Sensitivity, SourceFile, sha256_of

__all__ = ["FileFate", "FileSetting", "Gathered", "Status", "gather"]

Status = Literal["used", "not used", "not recognised", "refused"]
REVISION = re.compile(r"_r0*(?P<revision>\d+)(?:_(?P<area>[a-z]{1,2}))?(?:_[a-z]+)?\.csv$")
REVISED = ("ofcom_fixed", "ofcom_mobile")
RESIDENTIAL = "residential"


@dataclass(frozen=True)
class FileSetting:
    """What a study says about one file.

    Attributes
    ----------
    sensitivity
        Who may see what is made of it.
    vintage
        What the data describe, where the file does not say or says it wrongly.
    format_key
        Read it as this format, where its header does not tell.
    use
        False leaves the file out.
    """

    sensitivity: Sensitivity = "public"
    vintage: str = ""
    format_key: str = ""
    use: bool = True


@dataclass(frozen=True)
class FileFate:
    """What became of one file.

    `quality` is there for every file that was read; its rows in = used + set aside + quarantined.
    """

    name: str
    status: Status
    title: str = ""
    detail: str = ""
    vintage: str = ""
    reason: str = ""
    source: SourceFile | None = None
    quality: Quality | None = None


@dataclass(frozen=True)
class Gathered:
    """All files of a study, read.

    Attributes
    ----------
    readings
        By format key, in order of file name; only files that may be used.
    left
        Readings of files that are recognised and not used, all rows set aside for one reason.
    looks
        The first look at each file that was read, by `src`.
    fates
        One for each file, in order of name.
    faults
        Everything wrong with any file.
    headerless
        `src` of the delimited files that have no header row.
    """

    readings: Mapping[str, tuple[Reading, ...]]
    looks: Mapping[str, Peek] = field(default_factory=dict)
    fates: tuple[FileFate, ...] = ()
    faults: tuple[Fault, ...] = ()
    left: tuple[Reading, ...] = ()
    headerless: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Read:
    """One file that a reader understood."""

    fate: FileFate
    reading: Reading
    look: Peek
    headerless: bool


def gather(
    root: Path,
    files: Sequence[Path],
    *,
    settings: Mapping[str, FileSetting] | None = None,
    sample: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Gathered:
    """Read a study's files, whatever they are called.

    A file whose content is that of another, a superseded revision, or a residential variant is
    read but not used. Nothing is raised: what is wrong with any file stands in `faults`.

    Parameters
    ----------
    root
        Folder that names are relative to.
    files
        The files; order does not matter.
    settings
        By name relative to `root`, with forward slashes.
    sample
        Whether the files are practice data.
    progress
        Called with a short line before each file.
    """
    said = settings or {}
    named = sorted((_name(path, root), path) for path in files)
    fates: dict[str, FileFate] = {}
    read: list[_Read] = []
    faults: list[Fault] = []
    first_of: dict[str, str] = {}
    for name, path in named:
        if progress is not None:
            progress(f"reading {name}")
        setting = said.get(name, FileSetting())
        try:
            outcome = _take(name, path, setting, sample, first_of)
        except InputError as error:
            faults.extend(error.faults)
            fates[name] = FileFate(name, "refused", reason=error.faults[0].problem)
            continue
        if isinstance(outcome, _Read):
            read.append(outcome)
            fates[name] = outcome.fate
        else:
            fate, more = outcome
            fates[name] = fate
            faults.extend(more)
    return _sorted_out(read, fates, faults)


def _name(path: Path, root: Path) -> str:
    """Return a path relative to the study, links not followed; the bare name outside it."""
    try:
        return path.absolute().relative_to(root.absolute()).as_posix()
    except ValueError:
        return path.name


def _take(
    name: str, path: Path, setting: FileSetting, sample: bool, first_of: dict[str, str]
) -> _Read | tuple[FileFate, tuple[Fault, ...]]:
    """Read one file, or say why not."""
    if not setting.use:
        return FileFate(name, "not used", reason="left out by the study"), ()
    look = peek(path, name)
    digest = sha256_of(path)
    if digest in first_of:
        return FileFate(name, "not used", reason=f"same content as {first_of[digest]}"), ()
    first_of[digest] = name
    known = _recognised(look, setting)
    if known.fault:
        return FileFate(name, "refused", reason=known.fault[0].problem), known.fault
    if not known.known:
        return FileFate(name, "not recognised", reason=known.nearest), ()
    described = known.format
    entry = catalogue.shipped()[described.dataset(known.detail)]
    source = SourceFile(
        path=name,
        sha256=digest,
        size_bytes=path.stat().st_size,
        format_key=known.format_key,
        dataset=entry.key,
        title=known.layout.name if known.layout else described.title,
        publisher=entry.publisher,
        licence=entry.licence,
        attribution=entry.attribution,
        vintage=setting.vintage or described.vintage(look),
        detail=known.detail,
        sensitivity=setting.sensitivity,
        sample=sample,
    )
    reading: Reading = load(known.format_key).read(look, source, known.layout)
    source = reading.source
    fate = FileFate(
        name, "used", source.title, source.detail, source.vintage, "", source, reading.quality()
    )
    headerless = bool(known.layout and known.layout.headerless)
    return _Read(fate, reading, look, headerless)


def _recognised(look: Peek, setting: FileSetting) -> Recognition:
    """Recognise a file, or take the study's word for what it is."""
    if not setting.format_key:
        return recognise(look)
    described = load(setting.format_key).FORMAT
    if described.looks_like is not None:
        detail = described.looks_like(look)
        if detail is not None:
            return Recognition(look, setting.format_key, None, detail)
    layouts = sorted(
        described.layouts,
        key=lambda item: (item.fits(look.header), item.likeness(look.header)),
        reverse=True,
    )
    if not layouts:
        fault = Fault(
            look.name,
            f"this file is not readable as {described.title}",
            "take the format out of study.toml, or name another",
        )
        return Recognition(look, setting.format_key, fault=(fault,))
    return Recognition(look, setting.format_key, layouts[0], layouts[0].detail)


def _sorted_out(read: list[_Read], fates: dict[str, FileFate], faults: list[Fault]) -> Gathered:
    """Leave out what another file replaces, and put the rest in order."""
    why = _superseded(read)
    kept: dict[str, list[Reading]] = {}
    left: list[Reading] = []
    for item in read:
        name = item.fate.name
        if name in why:
            rows = len(item.reading.frame)
            reading = apart(item.reading, np.full(rows, why[name], dtype=object))
            left.append(reading)
            fates[name] = replace(
                item.fate, status="not used", reason=why[name], quality=reading.quality()
            )
        else:
            kept.setdefault(item.reading.source.format_key, []).append(item.reading)
    return Gathered(
        readings={key: tuple(kept[key]) for key in sorted(kept)},
        looks={item.reading.source.src: item.look for item in read},
        fates=tuple(fates[name] for name in sorted(fates)),
        faults=tuple(faults),
        left=tuple(left),
        headerless=frozenset(item.reading.source.src for item in read if item.headerless),
    )


def _superseded(read: Sequence[_Read]) -> dict[str, str]:
    """Return the files that are not used, with the reason: residential variants, old revisions."""
    why: dict[str, str] = {}
    groups: dict[tuple[str, str, str, str], list[tuple[int, str]]] = {}
    for item in read:
        source, name = item.reading.source, item.fate.name
        if source.format_key not in REVISED:
            continue
        if RESIDENTIAL in source.detail:
            why[name] = "residential premises only; never mixed with all premises"
            continue
        match = REVISION.search(item.look.stem)
        revision = int(match["revision"]) if match else 0
        part = (match["area"] or "") if match else ""
        key = (source.format_key, source.detail, source.vintage, part)
        groups.setdefault(key, []).append((revision, name))
    for members in groups.values():
        best, best_name = max(members)
        for revision, name in members:
            if revision < best:
                why[name] = f"superseded by r{best:02d} ({best_name})"
    return why
