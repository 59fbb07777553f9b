"""A folder of files becomes readings, with every file's fate and all faults together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from layers import catalogue
from layers.archives import holds_files
from layers.checksum import sha256_of
from layers.errors import Fault, InputError
from layers.formats import load
from layers.known_faults import known_fault
from layers.layouts import Layout
from layers.ledger import apart
from layers.listing import FileFate, FileSetting, Item, Status, listed, mappings_of
from layers.mappings import Mapping as ColumnMapping
from layers.mappings import mapped_layout
from layers.peeking import Peek, peek
from layers.recognise import Recognition, recognise
from layers.scope import Scope, scope_of
from layers.source import Reading, SourceFile
from layers.superseded import REVISION, Read, known_to_be_wrong, superseded

__all__ = ["FileFate", "FileSetting", "Gathered", "Status", "Waiting", "gather"]

SPREADSHEET = "a spreadsheet or document: save each sheet as 'CSV UTF-8' and put that in"
SIDE_BY_SIDE = 2


@dataclass(frozen=True)
class Waiting:
    """A file that is recognised and left to the caller to read."""

    source: SourceFile
    look: Peek
    layout: Layout | None


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
    waiting
        Files of the formats that were asked to be left unread.
    """

    readings: Mapping[str, tuple[Reading, ...]]
    looks: Mapping[str, Peek] = field(default_factory=dict)
    fates: tuple[FileFate, ...] = ()
    faults: tuple[Fault, ...] = ()
    left: tuple[Reading, ...] = ()
    headerless: frozenset[str] = frozenset()
    waiting: tuple[Waiting, ...] = ()


def gather(
    root: Path,
    files: Sequence[Path],
    *,
    settings: Mapping[str, FileSetting] | None = None,
    sample: bool = False,
    progress: Callable[[str], None] | None = None,
    districts: Sequence[str] = (),
    unread: Collection[str] = (),
    hashes: Mapping[Path, str] | None = None,
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
    districts
        The study's districts: of national files, rows far from them are set aside while they are
        read. Without it every row is kept.
    unread
        Keys of formats that are recognised here and read by the caller, from `waiting`.
    hashes
        The SHA-256 of files that were hashed already; the others are hashed here.
    """
    said = settings or {}
    fates: dict[str, FileFate] = {}
    faults: list[Fault] = []
    found = listed(root, files, said, fates, faults)
    mappings = mappings_of(found, fates, faults)
    known: list[_Known] = []
    first_of: dict[str, str] = {}
    wanted = [item for item in found if item.name not in fates and item.setting.use]
    look = partial(_seen, hashes or {})
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        seen = dict(zip((item.name for item in wanted), pool.map(look, wanted), strict=True))
    for item in found:
        if item.name in fates:
            continue
        try:
            outcome = _look(item, mappings.get(item.name), seen.get(item.name), first_of)
        except InputError as error:
            outcome = FileFate(item.name, "refused", reason=error.faults[0].problem), error.faults
        if isinstance(outcome, _Known):
            known.append(outcome)
        else:
            fates[item.name], more = outcome
            faults.extend(more)
    apart_ = [file for file in known if file.recognition.format_key in unread]
    known = [file for file in known if file not in apart_]
    read = _read_in_stages(known, sample, districts, fates, faults, progress)
    pa.default_memory_pool().release_unused()  # the parser's blocks are not needed again
    faults.sort(key=lambda fault: fault.where)
    waiting = tuple(
        Waiting(_source(file, sample), file.look, file.recognition.layout) for file in apart_
    )
    return replace(_sorted_out(read, fates, faults), waiting=waiting)


def _read_in_stages(
    known: Sequence[_Known],
    sample: bool,
    districts: Sequence[str],
    fates: dict[str, FileFate],
    faults: list[Fault],
    progress: Callable[[str], None] | None,
) -> list[Read]:
    """Read the files that others need first, so that of national files only the study's part is held."""

    def take(file: _Known, scope: Scope | None) -> Read | tuple[Fault, ...]:
        if progress is not None:
            progress(f"reading {file.item.name}")
        try:
            return _take(file, sample, scope)
        except InputError as error:
            return error.faults

    read: list[Read] = []
    for stage in sorted({file.recognition.format.stage for file in known}):
        files = [file for file in known if file.recognition.format.stage == stage]
        scope = scope_of((done.reading for done in read), districts) if stage else None
        # only delimited text is read side by side: the vector libraries stay on one thread
        with ThreadPoolExecutor(SIDE_BY_SIDE if stage else 1) as pool:
            outcomes = list(pool.map(take, files, [scope] * len(files)))
        for file, outcome in zip(files, outcomes, strict=True):
            name = file.item.name
            if isinstance(outcome, Read):
                read.append(outcome)
                fates[name] = outcome.fate
            else:
                faults.extend(outcome)
                fates[name] = FileFate(name, "refused", reason=outcome[0].problem)
    return sorted(read, key=lambda done: done.fate.name)


@dataclass(frozen=True)
class _Known:
    """One file that is recognised and not yet read."""

    item: Item
    look: Peek
    digest: str
    recognition: Recognition


def _seen(hashes: Mapping[Path, str], item: Item) -> tuple[Peek, str] | InputError:
    """Return the first look at a file and its SHA-256, or what is wrong with it."""
    try:
        look = replace(peek(item.path, item.name), home=item.home)
        return look, hashes.get(item.path) or sha256_of(item.path)
    except InputError as error:
        return error


def _look(
    item: Item,
    mapping: ColumnMapping | None,
    seen: tuple[Peek, str] | InputError | None,
    first_of: dict[str, str],
) -> _Known | tuple[FileFate, tuple[Fault, ...]]:
    """Recognise one file, or say why not."""
    name, setting = item.name, item.setting
    if seen is None:
        return FileFate(name, "not used", reason="left out by the study"), ()
    if isinstance(seen, InputError):
        raise seen
    look, digest = seen
    if digest in first_of:
        return FileFate(name, "not used", reason=_copy(look, first_of[digest])), ()
    first_of[digest] = name
    known = _recognised(look, setting) if mapping is None else _mapped(look, mapping)
    if known.fault:
        return FileFate(name, "refused", reason=known.fault[0].problem), known.fault
    if not known.known:
        document = look.kind == "zip" and not holds_files(item.path) and "shp" not in known.nearest
        reason = SPREADSHEET if document else known.nearest
        return FileFate(name, "not recognised", reason=reason), ()
    return _Known(item, look, digest, known)


def _take(file: _Known, sample: bool, scope: Scope | None) -> Read:
    """Read one file."""
    look, known, name = file.look, file.recognition, file.item.name
    source = _source(file, sample)
    keep = known.format.keep
    rest: dict[str, Any] = {}
    if keep is not None and scope is not None:
        rest["keep"] = lambda frame: keep(scope, source, frame)
    reading: Reading = load(known.format_key).read(look, source, known.layout, **rest)
    source = reading.source
    fate = FileFate(
        name, "used", source.title, source.detail, source.vintage, "", source, reading.quality()
    )
    headerless = bool(known.layout and known.layout.headerless)
    return Read(fate, reading, look, headerless)


def _source(file: _Known, sample: bool) -> SourceFile:
    """Return the identity of a recognised file."""
    look, known, setting = file.look, file.recognition, file.item.setting
    described = known.format
    entry = catalogue.shipped()[described.dataset(known.detail)]
    return SourceFile(
        path=file.item.name,
        sha256=file.digest,
        size_bytes=file.item.path.stat().st_size,
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


def _copy(look: Peek, first: str) -> str:
    """Say which file holds the same, and what is wrong where both should hold something else."""
    reason = f"same content as {first}"
    fault = known_fault("ofcom-connected-nations-fixed", look.stem)
    if fault is not None:
        return f"{reason}: {fault.reason}"
    here, there = (REVISION.search(n.lower()) for n in (look.stem, first))
    parts = tuple((m["area"] or "").upper() if m else "" for m in (here, there))
    if all(parts) and parts[0] != parts[1]:
        return (
            f"{reason}, although the one is named for {parts[0]} and the other for {parts[1]}: one "
            "of them is wrong; download the package again, or its next revision"
        )
    return reason


def _mapped(look: Peek, mapping: ColumnMapping) -> Recognition:
    """Take the user's word for which column holds what."""
    layout = mapped_layout(mapping, look)
    return Recognition(look, mapping.format_key, layout, layout.detail)


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


def _sorted_out(read: list[Read], fates: dict[str, FileFate], faults: list[Fault]) -> Gathered:
    """Leave out what another file replaces, and put the rest in order."""
    why = superseded(read) | known_to_be_wrong(read)
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
