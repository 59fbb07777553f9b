"""The files of a folder in order of name, archives opened, with what is said of each and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from layers.archives import holds_files, members
from layers.errors import Fault, InputError
from layers.mappings import SUFFIX as MAPPING
from layers.mappings import Mapping as ColumnMapping
from layers.mappings import described_by, load_mapping
from layers.peeking import ZIP_START
from layers.source import Quality, Sensitivity, SourceFile

__all__ = ["FileFate", "FileSetting", "Item", "Status", "listed", "mappings_of", "name_of"]

Status = Literal["used", "not used", "not recognised", "refused"]
DOCUMENT = "documentation inside the archive: not data"


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
class Item:
    """One file to read: how it is called, where its bytes are, and where it is kept."""

    name: str
    path: Path
    home: Path
    setting: FileSetting


def listed(
    root: Path,
    files: Sequence[Path],
    said: Mapping[str, FileSetting],
    fates: dict[str, FileFate],
    faults: list[Fault],
) -> list[Item]:
    """Return the files in order of name, archives opened; fates of archives go to `fates`."""
    found: list[Item] = []
    for name, path in sorted((name_of(path, root), path) for path in files):
        setting = said.get(name, FileSetting())
        if not setting.use or not _is_zip(path):
            found.append(Item(name, path, path, setting))
            continue
        try:
            if not holds_files(path):
                found.append(Item(name, path, path, setting))
                continue
            held = members(path, name)
        except InputError as error:
            faults.extend(error.faults)
            fates[name] = FileFate(name, "refused", reason=error.faults[0].problem)
            continue
        fates[name] = FileFate(name, "used", title="archive", detail=f"{len(held)} files")
        for member in held:
            if member.path is None:
                fates[member.name] = FileFate(member.name, "not recognised", reason=DOCUMENT)
            else:
                own = said.get(member.name, setting)
                found.append(Item(member.name, member.path, member.home, own))
    return sorted(found, key=lambda item: item.name)


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as raw:
            return raw.read(len(ZIP_START)) == ZIP_START
    except OSError:
        return False


def mappings_of(
    found: Sequence[Item], fates: dict[str, FileFate], faults: list[Fault]
) -> dict[str, ColumnMapping]:
    """Read the users' mapping files, by the name of the file that each describes."""
    made: dict[str, ColumnMapping] = {}
    names = [item.name for item in found]
    for item in found:
        if not item.name.endswith(MAPPING) or not item.setting.use:
            continue
        target = described_by(item.name, names)
        if not target:
            reason = "a mapping of columns, but the file it describes is not beside it"
            fates[item.name] = FileFate(item.name, "not recognised", reason=reason)
            continue
        try:
            made[target] = load_mapping(item.path, item.name)
        except InputError as error:
            faults.extend(error.faults)
            fates[item.name] = FileFate(item.name, "refused", reason=error.faults[0].problem)
            continue
        fates[item.name] = FileFate(item.name, "used", title="mapping of columns", detail=target)
    return made


def name_of(path: Path, root: Path) -> str:
    """Return a path relative to the study, links not followed; the bare name outside it."""
    try:
        return path.absolute().relative_to(root.absolute()).as_posix()
    except ValueError:
        return path.name
