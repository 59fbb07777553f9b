"""Zip archives opened safely: each member becomes a file of its own, called `archive.zip!member`.

Nothing is written under a name that an archive gives: members go to numbered files in a scratch
folder of this process, which is removed when it ends. Members are counted, and the bytes that come
out are counted while they come, so that what an archive says of itself is never believed.
"""

from __future__ import annotations

import atexit
import lzma
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

from layers.errors import Fault, SourceError

__all__ = ["MARK", "Member", "first_lines", "holds_files", "members", "real"]

MARK = "!"
MAX_MEMBERS = 20_000
MAX_BYTES = 16 << 30
MAX_RATIO = 250
RATIO_FLOOR = 64 << 20
MAX_DEPTH = 3
PIECE = 1 << 20
HEAD = 1 << 14
DATA_SUFFIXES = frozenset({
    ".csv", ".txt", ".tsv", ".gz", ".json", ".geojson", ".topojson", ".osm", ".pbf", ".gpkg",
    ".tif", ".tiff", ".asc", ".zip", ".toml", "",
})  # fmt: skip
OFFICE_MARKS = ("[Content_Types].xml", "mimetype")
BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError,
    UnicodeError, NotImplementedError,
)  # fmt: skip
SMALLER = "unpack it yourself and put in only the files that are needed"


@dataclass(frozen=True)
class Member:
    """A file inside an archive.

    Attributes
    ----------
    name
        `archive.zip!folder/member.csv`; of an archive in an archive, both marks.
    path
        Where its bytes are now; `None` where it is documentation and was left inside.
    home
        The archive's own path and the member's name, from which `real` finds the bytes again.
    """

    name: str
    path: Path | None
    home: Path


@dataclass
class _Budget:
    """What may still come out of one archive, all it holds included."""

    name: str
    packed: int
    members: int = 0
    unpacked: int = 0
    seen: set[str] = field(default_factory=set)

    def member(self, name: str) -> None:
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise _fault(self.name, f"the archive holds more than {MAX_MEMBERS:,} files", SMALLER)
        if name in self.seen:
            raise _fault(
                self.name, f"the archive holds two files of the same name ('{name}')", SMALLER
            )
        self.seen.add(name)

    def bytes(self, count: int) -> None:
        self.unpacked += count
        if self.unpacked > MAX_BYTES:
            raise _fault(
                self.name, f"the archive unpacks to more than {MAX_BYTES >> 30} GiB", SMALLER
            )
        if self.unpacked > max(RATIO_FLOOR, MAX_RATIO * self.packed):
            raise _fault(
                self.name,
                f"the archive unpacks to more than {MAX_RATIO} times its size, as no published data do",
                "download it again from its publisher; do not unpack it",
            )


def _fault(name: str, problem: str, mend: str) -> SourceError:
    return SourceError(Fault(name, problem, mend))


@cache
def _scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="infra-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def holds_files(path: Path) -> bool:
    """Whether a zip is an archive of files to be read one by one.

    A zipped shapefile is one dataset, and a spreadsheet is a zip too: neither is taken apart.
    Whatever cannot be listed counts as an archive, so that `members` says what is wrong with it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except BROKEN:
        return True
    return not _one_dataset(names)


def _one_dataset(names: list[str]) -> bool:
    return any(n.lower().endswith(".shp") for n in names) or any(m in names for m in OFFICE_MARKS)


def first_lines(path: Path, suffixes: frozenset[str]) -> dict[str, str]:
    """Return the first line of each member with one of the suffixes, by its name, without unpacking any.

    Archives in it are not looked into, and one that cannot be read gives nothing: `members` says why.
    """
    found: dict[str, str] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                inside = info.filename.replace("\\", "/")
                if info.is_dir() or PurePosixPath(inside).suffix.lower() not in suffixes:
                    continue
                with archive.open(info) as stream:
                    line = stream.readline(HEAD)
                found[inside] = line.decode("utf-8-sig", errors="replace").strip()
    except (*BROKEN, RuntimeError):
        return {}
    return found


def members(path: Path, name: str) -> list[Member]:
    """Unpack an archive, those inside it included, and return its files in order of name.

    Raises
    ------
    SourceError
        One fault, where it is broken or encrypted, names a place outside itself, or unpacks to
        more files or bytes than published data do.
    """
    budget = _Budget(name, packed=path.stat().st_size)
    return sorted(_walk(path, name, path, budget, 1), key=lambda m: m.name)


def _walk(path: Path, name: str, home: Path, budget: _Budget, depth: int) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    yield from _member(archive, info, name, home, budget, depth)
    except SourceError:
        raise
    except RuntimeError as error:  # zipfile's word for a missing password
        if "encrypted" in str(error) or "password" in str(error):
            raise _fault(
                name, "the archive is encrypted", "unpack it with its password and give the files"
            ) from error
        raise _broken(name) from error
    except BROKEN as error:
        raise _broken(name) from error


def _broken(name: str) -> SourceError:
    return _fault(name, "the archive is cut short or broken", "download it again")


def _member(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    name: str,
    home: Path,
    budget: _Budget,
    depth: int,
) -> Iterator[Member]:
    inside = info.filename.replace("\\", "/")
    place = PurePosixPath(inside)
    if place.is_absolute() or ".." in place.parts or ":" in inside or not inside.isprintable():
        raise _fault(
            budget.name,
            f"the archive holds a file that would be written outside it ({inside!r})",
            "download it again from its publisher; do not unpack it",
        )
    if any(part.startswith((".", "__MACOSX")) for part in place.parts):
        return
    whole, spot = f"{name}{MARK}{inside}", Path(f"{home}{MARK}{inside}")
    budget.member(whole)
    if place.suffix.lower() not in DATA_SUFFIXES:
        yield Member(whole, None, spot)
        return
    target = _unpack(archive, info, budget)
    if place.suffix.lower() == ".zip" and holds_files(target):
        if depth >= MAX_DEPTH:
            raise _fault(
                budget.name, f"archives stand in archives more than {MAX_DEPTH} deep", SMALLER
            )
        yield from _walk(target, whole, spot, budget, depth + 1)
        return
    yield Member(whole, target, spot)


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> Path:
    folder = _scratch()
    suffix = PurePosixPath(info.filename).suffix.lower()
    with tempfile.NamedTemporaryFile(dir=folder, suffix=suffix, delete=False) as target:
        with archive.open(info) as stream:
            while piece := stream.read(PIECE):
                budget.bytes(len(piece))
                target.write(piece)
        return Path(target.name)


@cache
def _unpacked(archive: Path, _size: int, _changed: int) -> dict[str, Path]:
    return {str(m.home): m.path for m in members(archive, archive.name) if m.path is not None}


def real(path: Path) -> Path:
    """Return where a file's bytes are: the path itself, or a member's `home` unpacked.

    Raises
    ------
    SourceError
        When the archive is no longer there, or no longer holds the member.
    """
    if path.exists() or MARK not in str(path):
        return path
    archive = Path(str(path).split(MARK, 1)[0])
    if archive.is_file():
        stat = archive.stat()
        found = _unpacked(archive, stat.st_size, stat.st_mtime_ns).get(str(path))
        if found is not None:
            return found
    raise _fault(path.name, "the archive no longer holds this file", "put the archive back")
