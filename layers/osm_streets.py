"""Streets of OpenStreetMap extracts of any size, XML or PBF, as straight pieces.

Read by a streaming reader in two passes (ways, then the nodes they name), so that the order of
elements in the file does not matter and memory holds the streets only. What counts as a street,
which ways are one-way and how ways are cut is as osmnx has it without simplification.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray

from layers.errors import Fault, SourceError
from layers.grid import from_lonlat
from layers.street_access import access_of
from layers.street_pieces import HIGHWAYS, Segments

__all__ = ["ExtractStreets", "extract_streets", "form_of", "guarded", "is_extract"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
T = TypeVar("T")
ONEWAY = frozenset({"yes", "true", "1", "-1", "reverse", "T", "F"})
BACKWARDS = frozenset({"-1", "reverse", "T"})
UNDERGROUND = ("line", "underground")
NO_DUCTS: NDArray[Any] = np.empty(0, dtype=object)
PBF_MARK = b"OSMHeader"
XML_MARK = b"<osm"
HEAD_BYTES, MARK_BYTES = 32, 1024


@dataclass(frozen=True)
class ExtractStreets:
    """The streets of an extract.

    Attributes
    ----------
    segments
        Straight pieces in EPSG:27700, in order of their nodes' numbers; `None` where the file has
        no street at all.
    ways
        Ways with a `highway` tag.
    incomplete
        Pieces left out because the extract lacks one of their ends.
    ducts
        Underground lines of communication, as lines in EPSG:27700.
    """

    segments: Segments | None
    ways: int
    incomplete: int
    ducts: NDArray[Any]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the quality report should know."""
        if not self.incomplete:
            return ()
        return (
            f"{self.incomplete:,} pieces of street are left out: the extract does not hold their nodes",
        )


@dataclass(frozen=True)
class _Ways:
    ids: Ints
    highway: NDArray[np.int8]
    oneway: NDArray[np.bool_]
    backwards: NDArray[np.bool_]
    count: Ints
    refs: Ints
    ducts: tuple[Ints, ...]
    access: NDArray[np.int8]


def extract_streets(path: Path, name: str | None = None) -> ExtractStreets:
    """Read the streets of an OpenStreetMap extract.

    Parameters
    ----------
    path
        XML or PBF, compressed or not; known by content, whatever its name.
    name
        What to call the file in errors.

    Returns
    -------
    ExtractStreets
        A two-way street stands once, from the node of the smaller number; a one-way street in the
        direction in which it may be driven.

    Raises
    ------
    SourceError
        When the file is cut short, broken or no OpenStreetMap extract.
    """
    called = name or path.name
    form = form_of(path, called)
    ways = guarded(lambda: _read_ways(path, form), called)
    if not len(ways.ids) and not ways.ducts:
        return ExtractStreets(None, 0, 0, NO_DUCTS)
    wanted = np.unique(np.concatenate([ways.refs, *ways.ducts]))
    ids, lon, lat = guarded(lambda: _read_nodes(path, form, wanted), called)
    order = np.argsort(ids, kind="stable")
    ids, lon, lat = ids[order], lon[order], lat[order]
    x, y = from_lonlat(lon, lat)
    ducts = _lines(ways.ducts, ids, x, y)
    first, last, way = _cut(ways)
    held = np.isin(first, ids) & np.isin(last, ids)
    first, last, way = first[held], last[held], way[held]
    if not len(way):
        return ExtractStreets(None, len(ways.ids), int((~held).sum()), ducts)
    a, b = np.searchsorted(ids, first), np.searchsorted(ids, last)
    segments = Segments(
        x[a], y[a], x[b], y[b], ways.highway[way], ways.oneway[way], ways.ids[way], ways.access[way]
    )
    return ExtractStreets(segments, len(ways.ids), int((~held).sum()), ducts)


def _lines(ducts: tuple[Ints, ...], ids: Ints, x: Floats, y: Floats) -> NDArray[Any]:
    """Return ways as lines, through those of their nodes that the extract holds."""
    lines = []
    for refs in ducts:
        held = refs[np.isin(refs, ids)]
        at = np.searchsorted(ids, held)
        if len(at) > 1:
            lines.append(shapely.LineString(np.column_stack([x[at], y[at]])))
    return np.asarray(lines, dtype=object) if lines else NO_DUCTS


def is_extract(path: Path) -> bool:
    """Whether a file begins as an OpenStreetMap extract does, as far as that shows without unpacking it."""
    with path.open("rb") as stream:
        head = stream.read(MARK_BYTES)
    return PBF_MARK in head or XML_MARK in head


def form_of(path: Path, name: str) -> str:
    """Return what the reader must be told of the file's form, from its first bytes."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError as error:
        raise SourceError(
            Fault(name, f"the file cannot be read ({error.strerror})", "check the path and rights")
        ) from error
    if PBF_MARK in head:
        return "pbf"
    if head.startswith(b"\x1f\x8b"):
        return "osm.gz"
    if head.startswith(b"BZh"):
        return "osm.bz2"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "osm"
    raise SourceError(
        Fault(
            name,
            "the file is neither OpenStreetMap XML nor PBF",
            "export the study area from OpenStreetMap as .osm or .osm.pbf",
        )
    )


def guarded(work: Callable[[], T], name: str) -> T:
    """Return what the work returns; a broken extract is one clear error."""
    try:
        return work()
    except (RuntimeError, EOFError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else "it ends too early"
        raise SourceError(
            Fault(
                name,
                f"the extract is broken or cut short ({reason})",
                "download the extract again",
            )
        ) from error


def _elements(path: Path, form: str, kind: osmium.osm.osm_entity_bits) -> Any:
    """Return a stream of one kind of element; typed loosely, as it may hold any kind."""
    return osmium.FileProcessor(osmium.io.File(str(path), form), kind)


def _read_ways(path: Path, form: str) -> _Ways:
    code = {name: i for i, name in enumerate(HIGHWAYS)}
    ids, refs, counts = array("q"), array("q"), array("q")
    highway, oneway, backwards, access = (array("b") for _ in range(4))
    ducts: list[Ints] = []
    wanted = osmium.filter.KeyFilter("highway", "communication")
    for way in _elements(path, form, osmium.osm.WAY).with_filter(wanted):
        nodes = [node.ref for node in way.nodes]
        tags = way.tags
        if "highway" not in tags:
            if (tags["communication"], tags.get("location")) == UNDERGROUND:
                ducts.append(_array(nodes))
            continue
        direction = tags.get("oneway", "")
        single = direction in ONEWAY or tags.get("junction") == "roundabout"
        ids.append(way.id)
        refs.extend(nodes)
        counts.append(len(nodes))
        highway.append(code.get(tags["highway"], code["other"]))
        oneway.append(single)
        backwards.append(direction in BACKWARDS)
        access.append(access_of(tags.get))
    return _Ways(
        _array(ids), _array(highway).astype(np.int8), _array(oneway).astype(bool),
        _array(backwards).astype(bool), _array(counts), _array(refs), tuple(ducts),
        _array(access).astype(np.int8),
    )  # fmt: skip


def _read_nodes(path: Path, form: str, wanted: Ints) -> tuple[Ints, Floats, Floats]:
    ids, lon, lat = array("q"), array("d"), array("d")
    nodes = _elements(path, form, osmium.osm.NODE).with_filter(
        osmium.filter.IdFilter(wanted.tolist())
    )
    for node in nodes:
        place = node.location
        # a deleted node keeps its number and has no position
        if place.valid():
            ids.append(node.id)
            lon.append(place.lon)
            lat.append(place.lat)
    number, first = np.unique(_array(ids), return_index=True)
    return number, np.asarray(lon, dtype=float)[first], np.asarray(lat, dtype=float)[first]


def _array(values: Iterable[int]) -> Ints:
    return np.asarray(values, dtype=np.int64)


def _cut(ways: _Ways) -> tuple[Ints, Ints, Ints]:
    """Cut ways between neighbouring nodes: first node, last node, position of the way.

    A piece that a way passes twice counts once, and a node that is named twice running is one.
    """
    owner = np.repeat(np.arange(len(ways.ids)), ways.count)
    within = owner[1:] == owner[:-1]
    first, last, way = ways.refs[:-1][within], ways.refs[1:][within], owner[1:][within]
    real = first != last
    first, last, way = first[real], last[real], way[real]
    turned = ways.oneway[way] & ways.backwards[way] | ~ways.oneway[way] & (first > last)
    first, last = np.where(turned, last, first), np.where(turned, first, last)
    low, high = np.minimum(first, last), np.maximum(first, last)
    order = np.lexsort((last, first, ways.ids[way], high, low))
    first, last, way, low, high = (values[order] for values in (first, last, way, low, high))
    fresh = np.ones(len(way), dtype=bool)
    fresh[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1]) | (way[1:] != way[:-1])
    return first[fresh], last[fresh], way[fresh]
