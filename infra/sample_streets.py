"""Streets of the practice county, the premises along them, and their postcodes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infra.sample_world import PREMISES_PER_KM2, Areas, Plane, rng_of

__all__ = ["Premises", "Streets", "make_premises", "make_streets", "ways_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NODES_PER_PREMISES = 0.24
PRIMARY_EVERY, TERTIARY_EVERY = 16, 5
FIRST_OSM_ID = 990_000_000_001
CLASSES = ("residential", "tertiary", "primary", "footway")
RESIDENTIAL, TERTIARY, PRIMARY, FOOTWAY = range(4)
WAY_NODES = 8
FIRST_UPRN = 900_000_000_000
# real UPRNs may begin with a nought that spreadsheets drop; these do
FIRST_SHORT_UPRN = 99_900_000_000
SHORT_UPRN_SHARE = 0.02
UNIT_LETTERS = np.array(list("ABDEFGHJLNPQRSTUWXYZ"))
PREMISES_PER_POSTCODE = 17
OUTPUT_AREA_POSTCODES = 8
MOST_OUTWARD = 97
MOST_OUTPUT_AREAS = 9_999  # whose codes begin with E00990; those of a larger county with E009
# no real postcode area begins with Q
POSTCODE_AREAS = ("QA", "QB", "QB", "QC", "QC", "QD", "QD")


@dataclass(frozen=True)
class Streets:
    """A street network.

    Attributes
    ----------
    easting, northing
        Of the nodes, metres, EPSG:27700.
    start, end
        Node positions of each edge.
    kind
        Position in `CLASSES` of each edge.
    line
        Number of the lattice line (a street) that each edge lies on.
    one_way
        Whether an edge may be driven from start to end only.
    """

    easting: Floats
    northing: Floats
    start: Ints
    end: Ints
    kind: Ints
    line: Ints
    one_way: Bools

    def length_m(self) -> Floats:
        """Return the length of each edge."""
        east = self.easting[self.end] - self.easting[self.start]
        north = self.northing[self.end] - self.northing[self.start]
        return np.asarray(np.hypot(east, north))


def _kinds(line: Ints, draws: Floats) -> Ints:
    """Return the class of each edge: main roads every so many streets, some paths between."""
    kind = np.where(draws < 0.05, FOOTWAY, RESIDENTIAL)
    kind = np.where(line % TERTIARY_EVERY == 2, TERTIARY, kind)
    return np.where(line % PRIMARY_EVERY == 8, PRIMARY, kind).astype(np.int64)


def _islands(i: Ints, j: Ints, rng: np.random.Generator) -> Ints:
    """Give a number to the blocks of nodes that nothing joins to the rest; 0 elsewhere."""
    island = np.zeros(len(i), dtype=np.int64)
    for number in (1, 2):
        at = int(rng.integers(len(i)))
        island[(abs(i - i[at]) <= 2) & (abs(j - j[at]) <= 1)] = number
    return island


def make_streets(plane: Plane, areas: Areas, seed: int) -> Streets:
    """Make a jittered grid of streets with missing links, one-way streets, paths and two islands."""
    rng = rng_of(seed, 2)
    side = float(np.sqrt(1e6 / (PREMISES_PER_KM2 * NODES_PER_PREMISES)))
    steps = int(1.25 * plane.radius_m / side)
    i, j = (
        a.ravel() for a in np.meshgrid(np.arange(2 * steps), np.arange(2 * steps), indexing="ij")
    )
    u = (i - steps + rng.uniform(-0.2, 0.2, len(i))) * side
    v = (j - steps + rng.uniform(-0.2, 0.2, len(i))) * side
    x, y = plane.to_ground(u, v)
    x, y = np.round(x, 2), np.round(y, 2)
    inside = areas.of(x, y) >= 0
    number = np.full(len(i), -1, dtype=np.int64)
    number[inside] = np.arange(int(inside.sum()))
    lattice = number.reshape(2 * steps, 2 * steps)
    across = np.broadcast_to(np.arange(2 * steps), lattice.shape)
    along = across.T
    parts = (
        (lattice[:-1], lattice[1:], across[:-1]),  # streets that run east
        (lattice[:, :-1], lattice[:, 1:], along[:, :-1] + 2 * steps),  # streets that run north
        (lattice[:-1, :-1], lattice[1:, 1:], along[:-1, :-1] + 4 * steps),  # cut-throughs, on foot
    )
    start = np.concatenate([p[0].ravel() for p in parts])
    end = np.concatenate([p[1].ravel() for p in parts])
    line = np.concatenate([p[2].ravel() for p in parts])
    diagonal = np.arange(len(start)) >= len(start) - parts[2][0].size
    kind = np.where(diagonal, FOOTWAY, _kinds(line % (2 * steps), rng.random(len(start))))
    kept_share = np.array([0.86, 0.96, 1.0, 0.86])[kind]
    keep = (start >= 0) & (end >= 0)
    keep &= rng.random(len(start)) < np.where(diagonal, 0.03, kept_share)
    island = _islands(i[inside], j[inside], rng)
    keep[keep] = island[start[keep]] == island[end[keep]]
    start, end, kind, line = start[keep], end[keep], kind[keep], line[keep]
    used = np.unique(np.concatenate([start, end]))
    again = np.full(int(inside.sum()), -1, dtype=np.int64)
    again[used] = np.arange(len(used))
    one_way = (rng.random(len(start)) < 0.06) & (kind == RESIDENTIAL)
    return Streets(x[inside][used], y[inside][used], again[start], again[end], kind, line, one_way)


def ways_of(streets: Streets) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the streets as OpenStreetMap nodes and ways, for `layers.formats.osm_xml.write`.

    Edges that follow each other on one street and are alike make one way, up to a few nodes long.
    """
    ids = FIRST_OSM_ID + np.arange(len(streets.easting), dtype=np.int64)
    nodes = pd.DataFrame({"osm_id": ids, "easting": streets.easting, "northing": streets.northing})
    order = np.lexsort((streets.start, streets.line))
    start, end, line = streets.start[order], streets.end[order], streets.line[order]
    kind, one_way = streets.kind[order], streets.one_way[order]
    follows = np.zeros(len(start), dtype=bool)
    follows[1:] = (
        (start[1:] == end[:-1])
        & (line[1:] == line[:-1])
        & (kind[1:] == kind[:-1])
        & (one_way[1:] == one_way[:-1])
    )
    first = np.flatnonzero(~follows)
    rank = np.arange(len(start)) - np.repeat(first, np.diff(np.append(first, len(start))))
    first = np.flatnonzero(~follows | (rank % WAY_NODES == 0))
    bounds = np.append(first, len(start)).tolist()
    starts, ends = ids[start].tolist(), ids[end].tolist()
    kinds, main = kind[first], kind[first] == PRIMARY
    slow = kinds == RESIDENTIAL
    foot = kinds == FOOTWAY
    names = np.array([f"Practice Street {n}" for n in line[first]], dtype=object)
    ways = pd.DataFrame(
        {
            "osm_id": FIRST_OSM_ID + 10_000_000_000 + np.arange(len(first), dtype=np.int64),
            "nodes": [[*starts[a:b], ends[b - 1]] for a, b in pairwise(bounds)],
            "highway": np.array(CLASSES, dtype=object)[kinds],
            "name": np.where(foot, "", names),
            "oneway": np.where(one_way[first], "yes", ""),
            "maxspeed": np.where(
                foot, "", np.where(main, "40 mph", np.where(slow, "20 mph", "30 mph"))
            ),
        }
    )
    return nodes, ways


@dataclass(frozen=True)
class Premises:
    """The premises, sorted by area and street, and their postcodes.

    Attributes
    ----------
    frame
        One row a premises: `uprn easting northing area postcode line` (`area` and `postcode` are
        positions in the areas and in `postcodes`).
    postcodes
        One row a postcode: `postcode easting northing area oa outward premises large`.
    """

    frame: pd.DataFrame
    postcodes: pd.DataFrame


def _along(streets: Streets, count: int, rng: np.random.Generator) -> tuple[Ints, Floats, Floats]:
    """Place premises on both sides of the streets; return edge, easting and northing of each."""
    built = np.flatnonzero(streets.kind != FOOTWAY)
    weight = streets.length_m()[built] * rng.gamma(2.0, 0.5, len(built))
    number = rng.multinomial(count, weight / weight.sum())
    edge = np.repeat(built, number)
    rank = np.arange(count) - np.repeat(np.cumsum(number) - number, number)
    share = (rank + rng.uniform(0.2, 0.8, count)) / np.repeat(number, number)
    a, b = streets.start[edge], streets.end[edge]
    east, north = streets.easting[b] - streets.easting[a], streets.northing[b] - streets.northing[a]
    length = np.maximum(np.hypot(east, north), 1.0)
    aside = np.where(rank % 2 == 0, 1.0, -1.0) * rng.uniform(7.0, 13.0, count)
    x = streets.easting[a] + share * east - aside * north / length
    y = streets.northing[a] + share * north + aside * east / length
    return edge, np.round(x, 2), np.round(y, 2)


def make_premises(streets: Streets, areas: Areas, count: int, seed: int) -> Premises:
    """Place exactly `count` premises along the streets and give them UPRNs and postcodes."""
    rng = rng_of(seed, 3)
    edge, x, y = _along(streets, count, rng)
    area = areas.of(x, y)
    outside = np.flatnonzero(area < 0)  # the far side of a street on the county's edge
    x[outside] = streets.easting[streets.start[edge[outside]]]
    y[outside] = streets.northing[streets.start[edge[outside]]]
    area[outside] = areas.of(x[outside], y[outside])
    order = np.lexsort((edge, area))
    edge, x, y, area = edge[order], x[order], y[order], area[order]
    uprn = FIRST_UPRN + 3 * np.arange(count, dtype=np.int64) + rng.integers(0, 3, count)
    short = rng.random(count) < SHORT_UPRN_SHARE
    uprn[short] -= FIRST_UPRN - FIRST_SHORT_UPRN
    postcode = _postcode_of(area, rng)
    frame = pd.DataFrame(
        {
            "uprn": uprn,
            "easting": x,
            "northing": y,
            "area": area,
            "postcode": postcode,
            "line": streets.line[edge],
        }
    )
    return Premises(frame, _postcodes(frame, areas, rng))


def _postcode_of(area: Ints, rng: np.random.Generator) -> Ints:
    """Cut the sorted premises into runs of about 17, none of which crosses an area's edge."""
    count = len(area)
    sizes = rng.integers(7, 28, count // 7 + 1)
    cut = np.zeros(count, dtype=bool)
    ends = np.cumsum(sizes)
    cut[ends[ends < count]] = True
    cut[1:] |= area[1:] != area[:-1]
    cut[0] = False
    return np.cumsum(cut).astype(np.int64)


def _postcodes(frame: pd.DataFrame, areas: Areas, rng: np.random.Generator) -> pd.DataFrame:
    groups = frame.groupby("postcode", sort=True)
    table = groups.agg(
        easting=("easting", "mean"),
        northing=("northing", "mean"),
        area=("area", "first"),
        premises=("uprn", "size"),
    ).reset_index(drop=True)
    table["easting"], table["northing"] = table["easting"].round(), table["northing"].round()
    lad = areas.lad[table["area"].to_numpy()]
    letters = np.array(POSTCODE_AREAS)[lad]
    in_lad = pd.Series(lad).groupby(lad).cumcount().to_numpy()
    # as many postcodes to an outward code as its two digits ask for in the largest postcode area
    most = int(np.bincount(np.unique(letters, return_inverse=True)[1]).max())
    per_outward = int(np.clip(len(table) // 21, 60, max(500, -(-most // MOST_OUTWARD))))
    # a district begins a new outward code, so that outward codes do not cross district edges
    begins = np.concatenate([[0], np.flatnonzero(np.diff(lad)) + 1])
    outward_number = np.zeros(len(table), dtype=np.int64)
    last: dict[str, int] = {}
    for at, until in zip(begins, [*begins[1:], len(table)], strict=True):
        letter = str(letters[at])
        block = last.get(letter, 0) + 1 + in_lad[at:until] // per_outward
        outward_number[at:until] = block
        last[letter] = int(block[-1])
    place = in_lad % per_outward
    per_sector = -(-per_outward // 9)
    unit = place % per_sector
    first, second = UNIT_LETTERS[unit // 20], UNIT_LETTERS[unit % 20]
    outward = pd.Series(letters).astype(str) + pd.Series(outward_number).astype(str)
    inward = pd.Series(place // per_sector + 1).astype(str) + pd.Series(first) + pd.Series(second)
    table["outward"] = outward
    table["postcode"] = outward + " " + inward
    in_area = table.groupby("area").cumcount().to_numpy()
    new_oa = in_area % OUTPUT_AREA_POSTCODES == 0
    first_oa = 990_000 if new_oa.sum() <= MOST_OUTPUT_AREAS else 900_000
    table["oa"] = [f"E00{first_oa + k:06d}" for k in np.cumsum(new_oa)]
    table["large"] = rng.random(len(table)) < 0.02
    return table
