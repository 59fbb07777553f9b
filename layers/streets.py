"""The street network as arrays: nodes, edges, true lengths, and where the network covers the study.

Built from OpenStreetMap extracts by a streaming reader, or from street lines (OS Open Roads, line
exports), where ways meet at the coordinates they share. Ways keep every vertex as a node, so that a place joins the network close
to where it stands. Lengths are geometric, in EPSG:27700.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from layers.boundaries import Ground
from layers.errors import Fault, SourceError
from layers.fibre import DUCT_MATCH, along_ducts, duct_lines
from layers.ledger import Ledger, apart, newest_first
from layers.osm_streets import ExtractStreets, extract_streets
from layers.parameters import Parameters
from layers.peeking import Peek
from layers.source import Reading, SourceFile
from layers.street_access import NO_WALK
from layers.street_pieces import HIGHWAYS, Segments, joined, segments_of
from layers.transport import MARGIN

__all__ = ["HIGHWAYS", "NOT_WALKABLE", "SMALLEST_PART", "Streets", "from_lines", "streets"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOT_WALKABLE = ("motorway", "motorway_link", "construction")
SMALLEST_PART = 100
COVER_CELL_M = 200.0
MILLIMETRES = 1000


@dataclass(frozen=True)
class Streets:
    """A street network.

    Attributes
    ----------
    node_easting, node_northing
        Metres, EPSG:27700, one a node.
    start, end
        Node numbers of each edge; an edge stands once, whichever way it may be driven.
    length_m
        Geometric length of each edge.
    highway
        Class of each edge, a position in `HIGHWAYS`.
    oneway
        Whether an edge may be driven from `start` to `end` only; people walk both ways.
    walkable
        Whether people may walk along it: motorways, building sites and private ways are kept, but not
        for them.
    component
        For each node, the number of the connected part of the walkable network it belongs to;
        part 0 is the largest.
    covered
        Where the network reaches: outside it, straight lines stand in.
    counts
        `nodes edges ways parts largest_part_nodes`.
    access
        Who may use an edge beyond what its class says: bits of `layers.street_access`.
    duct
        Whether an existing duct runs along an edge; `None` where no duct is known.
    """

    node_easting: Floats
    node_northing: Floats
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    length_m: Floats
    highway: NDArray[np.int8]
    oneway: NDArray[np.bool_]
    walkable: NDArray[np.bool_]
    component: NDArray[np.int32]
    covered: Any
    counts: Mapping[str, int]
    sources: tuple[SourceFile, ...] = ()
    notes: tuple[str, ...] = ()
    duct: NDArray[np.bool_] | None = None
    access: NDArray[np.int8] | None = None
    _cache: dict[float, Any] = field(default_factory=dict, repr=False, compare=False)

    def covers(self, easting: Floats, northing: Floats, within_m: float = 0.0) -> NDArray[np.bool_]:
        """Whether the network covers positions, with `within_m` of streets around them."""
        if within_m not in self._cache:
            shape = self.covered.buffer(-within_m) if within_m else self.covered
            shapely.prepare(shape)
            self._cache[within_m] = shape
        found: NDArray[np.bool_] = shapely.contains_xy(
            self._cache[within_m], np.asarray(easting, float), np.asarray(northing, float)
        )
        return found

    def to_frames(self) -> dict[str, pd.DataFrame]:
        """Return `nodes`, `edges` and `about` for storing as Parquet."""
        nodes = pd.DataFrame(
            {
                "easting": self.node_easting,
                "northing": self.node_northing,
                "component": self.component,
            }
        )
        names = ["start", "end", "length_m", "highway", "oneway", "walkable"]
        names += [name for name in ("duct", "access") if getattr(self, name) is not None]
        edges = pd.DataFrame({name: getattr(self, name) for name in names})
        about = {
            "covered": shapely.to_wkb(self.covered, hex=True),
            "counts": json.dumps(dict(self.counts), sort_keys=True),
            "notes": json.dumps(list(self.notes)),
        }
        return {
            "nodes": nodes,
            "edges": edges,
            "about": pd.DataFrame({"name": list(about), "value": list(about.values())}),
        }

    @classmethod
    def from_frames(
        cls, frames: Mapping[str, pd.DataFrame], sources: Sequence[SourceFile] = ()
    ) -> Streets:
        """Make a network from what `to_frames` returned."""
        nodes, edges = frames["nodes"], frames["edges"]
        about = dict(zip(frames["about"]["name"], frames["about"]["value"], strict=True))
        return cls(
            nodes["easting"].to_numpy(float),
            nodes["northing"].to_numpy(float),
            edges["start"].to_numpy(np.int32),
            edges["end"].to_numpy(np.int32),
            edges["length_m"].to_numpy(float),
            edges["highway"].to_numpy(np.int8),
            edges["oneway"].to_numpy(bool),
            edges["walkable"].to_numpy(bool),
            nodes["component"].to_numpy(np.int32),
            shapely.from_wkb(about["covered"]),
            json.loads(about["counts"]),
            tuple(sources),
            tuple(json.loads(about["notes"])),
            edges["duct"].to_numpy(bool) if "duct" in edges else None,
            edges["access"].to_numpy(np.int8) if "access" in edges else None,
        )


def streets(
    ledger: Ledger,
    looks: Mapping[str, Peek],
    ground: Ground,
    parameters: Parameters,
    fibre: pd.DataFrame | None = None,
    read: Callable[[Path, str], ExtractStreets] = extract_streets,
) -> Streets | None:
    """Make the street network of the study from its street files.

    OpenStreetMap extracts are taken where there are any (they know one-way streets and footways), else
    line exports of OpenStreetMap, else OS Open Roads.

    Parameters
    ----------
    fibre
        The study's own list of fibre, whose ducts count with those of the extracts.
    read
        Reads the streets of an OpenStreetMap extract, or knows them already.

    Returns
    -------
    Streets or None
        `None` where the study has no street file, or none of its streets is near the study area.

    Raises
    ------
    SourceError
        When a file has neither streets nor features.
    """
    margin = parameters.value(MARGIN)
    extracts = newest_first(ledger.of("osm_xml"))
    exports, roads = (newest_first(ledger.of(name)) for name in ("osm_lines", "open_roads"))
    lines = exports or roads
    parts: list[Segments] = []
    used: list[SourceFile] = []
    ducts = [duct_lines(fibre)]
    for reading in extracts:
        segments, lines_there = _extracted(
            looks[reading.source.src], reading, ledger, ground, margin, read
        )
        ducts.append(lines_there)
        if segments is not None:
            parts.append(segments)
            used.append(reading.source)
    if parts:
        for reading in [*exports, *roads]:
            ledger.leave(reading, "an OpenStreetMap extract in the study has the streets")
    else:
        for reading in roads if exports else []:
            ledger.leave(
                reading, "an export of OpenStreetMap in the study has the streets and paths"
            )
        for reading in lines:
            kept = _settle_lines(reading, ledger, ground, margin)
            if len(kept):
                parts.append(segments_of(kept))
                used.append(reading.source)
    made = _assemble(joined(parts), ground, margin) if parts else None
    if made is None:
        if lines or parts:
            ledger.note(
                "the street files have no street near the study area: distances are straight lines"
            )
        return None
    network, notes = made
    finished = _told(_finish(network, tuple(used), notes), ledger)
    return _with_ducts(finished, np.concatenate(ducts), parameters.value(DUCT_MATCH))


def _told(made: Streets, ledger: Ledger) -> Streets:
    """Say in the notes what was left out, and into how many parts the streets fall."""
    for text in (*made.notes, _parts_text(made)):
        ledger.note(text)
    return made


def _parts_text(made: Streets) -> str:
    """Return in words into how many parts the streets fall, and what is joined by nobody."""
    on_foot = np.zeros(len(made.node_easting), dtype=bool)
    on_foot[made.start[made.walkable]] = on_foot[made.end[made.walkable]] = True
    sizes = np.bincount(made.component[on_foot])
    sizes = sizes[sizes > 0]
    if not len(sizes):
        return "the street files hold no street that people may walk along"
    text = f"streets: {sizes.sum():,} nodes"
    if len(sizes) == 1:
        return f"{text}, all connected on foot"
    small = sizes[(sizes < SMALLEST_PART) & (np.arange(len(sizes)) > 0)]
    text += (
        f" in {len(sizes):,} parts that no street on foot connects; the largest holds "
        f"{100 * sizes.max() / sizes.sum():.1f} %"
    )
    if len(small):
        text += (
            f"; {len(small):,} parts of under {SMALLEST_PART} nodes ({small.sum():,} together) are taken "
            "for breaks in the map, and nobody joins them"
        )
    return text


def _with_ducts(made: Streets, ducts: NDArray[Any], within_m: float) -> Streets:
    if not len(ducts):
        return made
    found = along_ducts(
        made.node_easting, made.node_northing, made.start, made.end, ducts, within_m
    )
    return replace(made, duct=found)


def _extracted(
    look: Peek,
    reading: Reading,
    ledger: Ledger,
    ground: Ground,
    margin: float,
    read: Callable[[Path, str], ExtractStreets],
) -> tuple[Segments | None, NDArray[Any]]:
    """Read an extract's streets (`None` where it has none near the study) and its ducts."""
    found = read(look.path, look.name)
    segments = found.segments
    for text in found.notes:
        ledger.note(f"{look.name}: {text}")
    if segments is None:
        if reading.rows_in == 0:
            problem = "the extract holds no street, mast, cabinet, exchange or coworking space"
            mend = "export the study area with its highways from OpenStreetMap"
            raise SourceError(Fault(look.name, problem, mend))
        return None, found.ducts
    if ground.near(segments.x1, segments.y1, margin).any():
        return segments, found.ducts
    if not len(reading.frame):
        ledger.leave(reading, "none of its streets is near the study area")
    return None, found.ducts


def from_lines(frame: pd.DataFrame) -> Streets:
    """Make a network from street lines.

    Parameters
    ----------
    frame
        `osm_id highway geometry` (LineString or MultiLineString, EPSG:27700), `oneway` where known.
        Ways meet where they share a coordinate to the millimetre.
    """
    return _finish(_nodes(segments_of(frame)), (), ())


@dataclass(frozen=True)
class _Network:
    x: Floats
    y: Floats
    start: Ints
    end: Ints
    segments: Segments


def _settle_lines(reading: Reading, ledger: Ledger, ground: Ground, margin: float) -> pd.DataFrame:
    frame = reading.frame
    shapes = frame["geometry"].to_numpy()
    if not len(frame):
        raise SourceError(
            Fault(
                reading.source.path,
                "there is no street in the file",
                "export the streets of the study area again",
            )
        )
    wide = ground.outline.buffer(margin)
    shapely.prepare(wide)
    reasons = np.where(
        shapely.intersects(wide, shapes), "", f"more than {margin:,.0f} m outside the study area"
    ).astype(object)
    reasons[frame["osm_id"].duplicated().to_numpy()] = "same way earlier in the file"
    ledger.settle(apart(reading, reasons))
    kept: pd.DataFrame = frame.loc[reasons == ""]
    return kept


def _assemble(
    segments: Segments, ground: Ground, margin: float
) -> tuple[_Network, tuple[str, ...]] | None:
    near = ground.near(segments.x1, segments.y1, margin) | ground.near(
        segments.x2, segments.y2, margin
    )
    near &= np.isfinite(segments.x1 + segments.y1 + segments.x2 + segments.y2)
    if not near.any():
        return None
    part = Segments(
        **{name: getattr(segments, name)[near] for name in segments.__dataclass_fields__}
    )
    left_out = int((~near).sum())
    notes = (
        (
            f"{left_out:,} pieces of street farther than {margin:,.0f} m from the study area are left out",
        )
        if left_out
        else ()
    )
    return _nodes(part), notes


def _nodes(segments: Segments) -> _Network:
    """Give nodes numbers; ends of pieces at one coordinate, to the millimetre, are one node."""
    x = np.concatenate([segments.x1, segments.x2])
    y = np.concatenate([segments.y1, segments.y2])
    keys = np.round(x * MILLIMETRES).astype(np.int64) * 2_000_000_000 + np.round(
        y * MILLIMETRES
    ).astype(np.int64)
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    size = len(segments.x1)
    return _Network(x[first], y[first], number[:size], number[size:], segments)


def _finish(network: _Network, sources: tuple[SourceFile, ...], notes: tuple[str, ...]) -> Streets:
    part = network.segments
    length = np.hypot(part.x2 - part.x1, part.y2 - part.y1)
    real = network.start != network.end
    # segments drawn twice (a street shared by two ways at a square) are kept: both are real ways
    barred = np.isin(part.highway, [HIGHWAYS.index(name) for name in NOT_WALKABLE])
    walkable = ~(barred | (part.access & NO_WALK > 0))[real]
    start, end = network.start[real].astype(np.int32), network.end[real].astype(np.int32)
    size = len(network.x)
    links = coo_matrix(
        (np.ones(int(walkable.sum()), np.int8), (start[walkable], end[walkable])),
        shape=(size, size),
    )
    component = _ranked(np.asarray(connected_components(links, directed=False)[1]))
    on_foot = np.zeros(size, dtype=bool)
    on_foot[start[walkable]] = True
    on_foot[end[walkable]] = True
    used = component[on_foot]
    sizes = np.bincount(used) if len(used) else np.zeros(1, np.int64)
    counts = {
        "nodes": size,
        "edges": int(real.sum()),
        "ways": len(np.unique(part.way)),
        "parts": int((sizes > 0).sum()),
        "largest_part_nodes": int(sizes.max()),
    }
    covered = _cover(network.x[on_foot], network.y[on_foot])
    return Streets(
        network.x, network.y, start, end, length[real], part.highway[real], part.oneway[real],
        walkable, component.astype(np.int32), covered, counts, sources, notes,
        access=part.access[real] if part.access.any() else None,
    )  # fmt: skip


def _ranked(labels: NDArray[Any]) -> Ints:
    """Return numbers of connected parts by size, the largest 0; equal ones by first node."""
    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    ranked: Ints = rank[labels]
    return ranked


def _cover(x: Floats, y: Floats) -> Any:
    """Return the area within about 200 m of a street, holes filled."""
    if not len(x):
        return shapely.Polygon()
    cell = COVER_CELL_M
    left, bottom = np.floor(x.min() / cell) - 2, np.floor(y.min() / cell) - 2
    column, row = (
        (np.floor(x / cell) - left).astype(np.int64),
        (np.floor(y / cell) - bottom).astype(np.int64),
    )
    grid = np.zeros((int(row.max()) + 3, int(column.max()) + 3), dtype=bool)
    grid[row, column] = True
    grid = binary_dilation(grid, structure=np.ones((3, 3), dtype=bool))
    i, j = np.nonzero(grid)
    boxes = shapely.box(
        (left + j) * cell, (bottom + i) * cell, (left + j + 1) * cell, (bottom + i + 1) * cell
    )
    whole = shapely.get_parts(shapely.union_all(boxes))
    return shapely.union_all(shapely.polygons(shapely.get_exterior_ring(whole)))
