"""The invented county of the practice study: its areas, streets, premises and postcodes.

Everything is made in a plain plane of even density, then warped, so that two towns come out denser
than what lies around them while streets, areas and premises stay consistent with each other. The
county lies in the North Sea: nothing in it can be mistaken for a real place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import identity, kron, vstack
from scipy.spatial import Voronoi, cKDTree

__all__ = [
    "CAUTH",
    "CAUTH_NAME",
    "DISTRICT_NAMES",
    "Areas",
    "Plane",
    "codes",
    "make_areas",
    "make_plane",
    "rng_of",
    "shared_out",
    "smooth_field",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CAUTH = "E47999901"
CAUTH_NAME = "Practice Combined Authority"
DISTRICT_NAMES = (
    "Ashmere",
    "Brindleford",
    "Coldharrow",
    "Dunmarsh",
    "Elderwick",
    "Fenbrook",
    "Gorsley",
)
DISTRICT_SHARES = (0.26, 0.15, 0.13, 0.13, 0.11, 0.11, 0.11)
SOUTH_WEST = (560_000.0, 480_000.0)
PREMISES_PER_KM2 = 1_386
PREMISES_PER_AREA = 735
PREMISES_PER_SEAT = 45_000
MARGIN_M = 1_000.0
AREAS_PER_MSOA = 5
AREAS_PER_WARD = 8
# of the outline: how far it swells and shrinks, how many times round, and where
LOBES = ((0.07, 3, 0.6), (0.05, 5, 2.1), (0.03, 8, 4.0))


def rng_of(seed: int, topic: int) -> np.random.Generator:
    """Return the random stream of one topic, so that adding draws to one leaves others alone."""
    return np.random.default_rng(np.random.SeedSequence([seed, topic]))


@dataclass(frozen=True)
class Plane:
    """The even plane and its warp onto the ground.

    Attributes
    ----------
    radius_m
        Mean radius of the county.
    centre
        Easting and northing of its middle.
    towns
        Rows of easting offset, northing offset, spread (all in metres) and pull (0 to under 0.5).
    """

    radius_m: float
    centre: tuple[float, float]
    towns: Floats

    def inside(self, u: Floats, v: Floats) -> Floats:
        """Return how far out a point lies: under 1 inside the outline."""
        angle = np.arctan2(v, u)
        reach = 1 + sum(size * np.sin(times * angle + at) for size, times, at in LOBES)
        return np.asarray(np.hypot(u, v) / (self.radius_m * reach))

    def to_ground(self, u: Floats, v: Floats) -> tuple[Floats, Floats]:
        """Return eastings and northings (metres) of points of the plane, pulled towards towns."""
        x, y = u.copy(), v.copy()
        for east, north, spread, pull in self.towns:
            near = pull * np.exp(-((u - east) ** 2 + (v - north) ** 2) / (2 * spread**2))
            x += (east - u) * near
            y += (north - v) * near
        wave = 2 * np.pi / (0.55 * self.radius_m)
        sway = 0.012 * self.radius_m
        return (
            np.asarray(self.centre[0] + x + sway * np.sin(wave * y)),
            np.asarray(self.centre[1] + y + sway * np.sin(wave * x + 1.0)),
        )


def make_plane(premises: int) -> Plane:
    """Return a plane whose area suits the number of premises at the density of the West Midlands."""
    area_m2 = premises / PREMISES_PER_KM2 * 1e6
    radius = float(np.sqrt(area_m2 / np.pi / (1 + sum(s * s for s, _, _ in LOBES) / 2)))
    reach = radius * (1 + sum(size for size, _, _ in LOBES)) + MARGIN_M
    towns = np.array(
        [
            [-0.05 * radius, 0.02 * radius, 0.30 * radius, 0.42],
            [0.55 * radius, 0.35 * radius, 0.16 * radius, 0.34],
        ]
    )
    return Plane(radius, (SOUTH_WEST[0] + reach, SOUTH_WEST[1] + reach), towns)


def smooth_field(
    x: Floats, y: Floats, rng: np.random.Generator, *, wavelengths_m: tuple[float, ...]
) -> Floats:
    """Return a smooth random field with mean about 0 and standard deviation about 1."""
    total = np.zeros(len(x))
    for wavelength in wavelengths_m:
        for _ in range(3):
            angle, phase = rng.uniform(0, 2 * np.pi, 2)
            k = 2 * np.pi / (wavelength * rng.uniform(0.8, 1.25))
            total += np.sin(k * (x * np.cos(angle) + y * np.sin(angle)) + phase)
    return np.asarray(total * np.sqrt(2 / (3 * len(wavelengths_m))))


@dataclass(frozen=True)
class Areas:
    """The small areas (LSOA 2021), and the larger ones made of them.

    Attributes
    ----------
    frame
        One row an LSOA: `code name lad lad_name msoa msoa_name ward ward_name pcon pcon_name`.
    geometry
        Its polygon, EPSG:27700, in the same order. Neighbours share their edges exactly.
    lad
        Position of its district, 0 to 6.
    tree
        Seeds of the polygons, first those of the county, then those around it: the nearest seed
        says which polygon a point is in.
    """

    frame: pd.DataFrame
    geometry: NDArray[Any]
    lad: Ints
    tree: cKDTree

    def of(self, easting: Floats, northing: Floats) -> Ints:
        """Return the position of the area each point is in; -1 outside the county."""
        nearest = self.tree.query(np.column_stack([easting, northing]))[1].astype(np.int64)
        return np.where(nearest < len(self.frame), nearest, -1)

    def merged(self, column: str) -> pd.DataFrame:
        """Return the larger areas of a column as `id name geometry`, by code."""
        groups = self.frame.groupby(column, sort=True)
        return pd.DataFrame(
            {
                "id": list(groups.groups),
                "name": groups[f"{column}_name"].first().to_numpy(),
                "geometry": [
                    shapely.union_all(self.geometry[at]) for at in groups.indices.values()
                ],
            }
        )


def _seeds(plane: Plane, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the jittered seeds of the areas in the plane, the county's first, and their places."""
    area = np.pi * plane.radius_m**2
    side = np.sqrt(area / count * 2 / np.sqrt(3))
    steps = int(np.ceil(1.6 * plane.radius_m / side))
    i, j = np.meshgrid(np.arange(-steps, steps + 1), np.arange(-steps, steps + 1), indexing="ij")
    u = ((i + 0.5 * (j % 2)) * side).ravel()
    v = (j * side * np.sqrt(3) / 2).ravel()
    order = np.argsort(plane.inside(u, v), kind="stable")
    u, v = u[order], v[order]
    u = u + rng.uniform(-0.22, 0.22, len(u)) * side
    v = v + rng.uniform(-0.22, 0.22, len(v)) * side
    x, y = plane.to_ground(u, v)
    return np.column_stack([u, v]), np.column_stack([x, y])


def shared_out(cost: Floats, sizes: Ints) -> Ints:
    """Return the group of each row at the least cost in all, every group of its own size.

    A transport problem: each row goes somewhere whole, because the best corner of it is whole.
    """
    rows, groups = cost.shape
    each = kron(identity(rows), np.ones((1, groups)))
    filled = kron(np.ones((1, rows)), identity(groups))
    once: Any = vstack([each, filled]).tocsr()  # its stubs know of no sparse matrix
    share: Any = linprog(
        cost.ravel(),
        A_eq=once,
        b_eq=[1.0] * rows + [float(size) for size in sizes],
        method="highs-ds",
    ).x
    return np.asarray(np.reshape(share, (rows, groups)).argmax(axis=1), dtype=np.int64)


def _districts(places: Floats, radius_m: float) -> Ints:
    """Share the areas out among the districts: compact, and of the sizes wanted."""
    count = len(places)
    spare = count - 4 * len(DISTRICT_SHARES)
    sizes = 4 + np.floor(np.array(DISTRICT_SHARES) * spare).astype(int)
    sizes[0] += count - sizes.sum()
    ring = np.arange(len(sizes) - 1) * 2 * np.pi / (len(sizes) - 1) + 0.4
    centres = np.vstack([[0, 0], 0.68 * radius_m * np.column_stack([np.cos(ring), np.sin(ring)])])
    owner = np.zeros(count, dtype=np.int64)
    for _ in range(3):
        cost = ((places[:, None, :] - centres[None]) ** 2).sum(axis=2) / radius_m**2
        owner = shared_out(cost, sizes)
        centres = np.array([places[owner == k].mean(axis=0) for k in range(len(sizes))])
    return owner.astype(np.int64)


def _split(places: Floats, members: Ints, parts: int) -> list[Ints]:
    """Cut a set of places into compact parts of equal size, always across its longer side."""
    if parts <= 1:
        return [members]
    here = places[members]
    axis = int(np.argmax(np.ptp(here, axis=0)))
    order = members[np.argsort(here[:, axis], kind="stable")]
    first = parts // 2
    cut = round(len(order) * first / parts)
    return _split(places, order[:cut], first) + _split(places, order[cut:], parts - first)


def _groups(places: Floats, lad: Ints, size: int) -> tuple[Ints, Ints]:
    """Return each area's group (numbered through the county), and its number in its district."""
    group, number = np.zeros(len(lad), dtype=np.int64), np.zeros(len(lad), dtype=np.int64)
    total = 0
    for district in range(len(DISTRICT_NAMES)):
        members = np.flatnonzero(lad == district)
        parts = _split(places, members, max(1, round(len(members) / size)))
        for at, part in enumerate(parts):
            group[part], number[part] = total, at + 1
            total += 1
    return group, number


def _seats(places: Floats, lad: Ints, premises: int) -> Ints:
    """Share the areas out among constituencies, some of which straddle district edges."""
    seats = max(5, round(premises / PREMISES_PER_SEAT))
    count = len(DISTRICT_NAMES)
    middle = np.array([places[lad == k].mean(axis=0) for k in range(count)])
    along = np.zeros(len(lad))
    for k in range(count):
        way = middle[(k + 1) % count] - middle[(k - 1) % count]
        along[lad == k] = places[lad == k] @ way
    order = np.lexsort((along, lad))
    seat = np.zeros(len(lad), dtype=np.int64)
    seat[order] = np.arange(len(lad)) * seats // len(lad)
    return seat


def _polygons(points: Floats, count: int) -> NDArray[Any]:
    """Return the Voronoi cells of the first points, their corners rounded to a centimetre."""
    diagram = Voronoi(points)
    corners = np.round(diagram.vertices, 2)
    cells = [diagram.regions[diagram.point_region[i]] for i in range(count)]
    return np.array([shapely.Polygon(corners[cell]) for cell in cells], dtype=object)


def _seat_names(seat: Ints, lad: Ints) -> list[str]:
    """Return names of constituencies: of their main district, with a point of the compass.

    One carries a letter outside ASCII, as one real constituency does, and most carry a comma.
    """
    points = ("Central", "North", "South", "East", "West", "Vale", "Moor", "Hill", "Heath", "Green")
    used: dict[int, int] = {}
    names = []
    for k in range(int(seat.max()) + 1):
        counts = np.bincount(lad[seat == k], minlength=len(DISTRICT_NAMES))
        main, straddles = int(counts.argmax()), int((counts > 0).sum()) > 1
        at = used.get(main, 0)
        used[main] = at + 1
        name = f"{DISTRICT_NAMES[main]}, {points[at % len(points)]}"
        if at >= len(points):
            name += f" {points[at // len(points)]}"
        if straddles:
            counts[main] = 0
            name += f" and {DISTRICT_NAMES[int(counts.argmax())]}"
        names.append(name)
    names[-1] = f"{DISTRICT_NAMES[-1]} and C\u00f4te Fen"
    return names


def codes(kind: str, number: Ints) -> list[str]:
    """Return codes of a kind of area at the very end of its numbers, which the ONS does not use."""
    width = max(2 if kind == "E14" else 3, len(str(int(number.max()) + 1)))
    return [f"{kind}{'9' * (6 - width)}{k + 1:0{width}d}" for k in number]


def make_areas(plane: Plane, premises: int, seed: int) -> Areas:
    """Make the areas of the county, from LSOA to combined authority."""
    count = max(4 * len(DISTRICT_NAMES), round(premises / PREMISES_PER_AREA))
    seeds, points = _seeds(plane, count, rng_of(seed, 1))
    places = seeds[:count]
    lad = _districts(places, plane.radius_m)
    msoa, msoa_number = _groups(places, lad, AREAS_PER_MSOA)
    # areas are numbered in order of district and neighbourhood, as the real ones are
    order = np.lexsort((places[:, 0], msoa))
    points = np.vstack([points[:count][order], points[count:]])
    places, lad = places[order], lad[order]
    msoa, msoa_number = msoa[order], msoa_number[order]
    ward, ward_number = _groups(places, lad, AREAS_PER_WARD)
    seat = _seats(places, lad, premises)
    letter = pd.Series(msoa).groupby(msoa).cumcount().to_numpy()
    lad_names = np.array(DISTRICT_NAMES, dtype=object)[lad]
    seat_names = np.array(_seat_names(seat, lad), dtype=object)[seat]
    first = 999_001 if count <= 999 else 990_001
    stem = [f"{n} {m:03d}" for n, m in zip(lad_names, msoa_number, strict=True)]
    frame = pd.DataFrame(
        {
            "code": [f"E01{first + i:06d}" for i in range(count)],
            "name": [f"{s}{chr(65 + k)}" for s, k in zip(stem, letter, strict=True)],
            "lad": [f"E089999{k + 1:02d}" for k in lad],
            "lad_name": lad_names,
            "msoa": codes("E02", msoa),
            "msoa_name": stem,
            "ward": codes("E05", ward),
            "ward_name": [f"{n} Ward {k}" for n, k in zip(lad_names, ward_number, strict=True)],
            "pcon": codes("E14", seat),
            "pcon_name": seat_names,
            "cauth": CAUTH,
            "cauth_name": CAUTH_NAME,
        }
    )
    return Areas(frame, _polygons(points, count), lad, cKDTree(points))
