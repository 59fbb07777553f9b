"""Public-sector places, stops, masts, workspaces and businesses of the practice county."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infra.sample_streets import FIRST_OSM_ID, FOOTWAY, PRIMARY, RESIDENTIAL, Premises, Streets
from infra.sample_world import DISTRICT_NAMES, Areas, Plane, rng_of

__all__ = ["Places", "centrality", "make_businesses", "make_features", "make_places", "make_stops"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SITES_PER_PREMISES, SITES_AT_LEAST = 1 / 600, 40
SHARES = {"school": 0.46, "gp": 0.27, "library": 0.18, "hospital": 0.09}
LIBRARY_AUTHORITY = 901
MOST_SURGERIES = 999  # numbered from Q99001; those of a larger county from Q90001


@dataclass(frozen=True)
class Places:
    """Public-sector places in the canonical columns of their formats."""

    schools: pd.DataFrame
    gp_practices: pd.DataFrame
    libraries: pd.DataFrame
    hospitals: pd.DataFrame

    @property
    def count(self) -> int:
        """How many places there are."""
        frames = (self.schools, self.gp_practices, self.libraries, self.hospitals)
        return sum(len(frame) for frame in frames)


def centrality(plane: Plane, easting: Floats, northing: Floats) -> Floats:
    """Return how near each point is to the middle of a town, from 0 to about 1."""
    total = np.zeros(len(easting))
    for east, north, spread, _pull in plane.towns:
        # spread is of the plane; the pull draws the middle of a town in to about half of it
        x, y = easting - plane.centre[0] - east, northing - plane.centre[1] - north
        total = np.maximum(total, np.exp(-(x**2 + y**2) / (2 * (0.6 * spread) ** 2)))
    return total


def spread_out(count: int, premises: int, rng: np.random.Generator) -> Ints:
    """Return the positions of `count` different premises, spread evenly over the county."""
    share = (np.arange(count) + rng.uniform(0.1, 0.9, count)) / count
    return np.unique((share * premises).astype(np.int64))


def _at(premises: Premises, areas: Areas, index: Ints) -> pd.DataFrame:
    rows = premises.frame.iloc[index].reset_index(drop=True)
    lad = areas.lad[rows["area"].to_numpy()]
    return pd.DataFrame(
        {
            "uprn": rows["uprn"].map("{:012d}".format),
            "postcode": premises.postcodes["postcode"].to_numpy()[rows["postcode"].to_numpy()],
            "easting": rows["easting"].round().astype("int64"),
            "northing": rows["northing"].round().astype("int64"),
            "lad": [f"E089999{k + 1:02d}" for k in lad],
            "town": np.array(DISTRICT_NAMES, dtype=object)[lad],
            "number": lad,
            "line": rows["line"],
        }
    )


def _schools(at: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    secondary = rng.random(len(at)) < 0.22
    return pd.DataFrame(
        {
            "publisher_id": [str(990_001 + i) for i in range(len(at))],
            "name": [
                f"{town} Practice {'Academy' if high else 'Primary School'} {i + 1}"
                for i, (town, high) in enumerate(zip(at["town"], secondary, strict=True))
            ],
            "phase": np.where(secondary, "Secondary", "Primary"),
            "status": np.where(rng.random(len(at)) < 0.08, "Closed", "Open"),
            "uprn": at["uprn"].where(rng.random(len(at)) >= 0.05, ""),
            **{name: at[name] for name in ("postcode", "easting", "northing", "lad")},
            "lad_name": at["town"],
        }
    )


def _libraries(at: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    draw = rng.random(len(at))
    draw[0], draw[-1] = 0.05, 0.12  # always one closed and one moved
    closed, moved = draw < 0.10, (draw >= 0.10) & (draw < 0.16)
    return pd.DataFrame(
        {
            "publisher_id": [str(9_001 + i) for i in range(len(at))],
            "name": [f"{town} Practice Library {i + 1}" for i, town in enumerate(at["town"])],
            "address": [f"{i + 1} Practice Street {n}" for i, n in enumerate(at["line"])],
            "authority_id": [str(LIBRARY_AUTHORITY + k) for k in at["number"]],
            "run_by": np.where(rng.random(len(at)) < 0.85, "council", "community"),
            "closed": closed | moved,
            "closed_year": np.where(closed | moved, 2014.0, np.nan),
            "replacement": moved,
            **{name: at[name] for name in ("postcode", "easting", "northing")},
        }
    )


def make_places(premises: Premises, areas: Areas, seed: int) -> Places:
    """Place schools, GP practices, libraries and hospitals, in proportion to the premises."""
    rng = rng_of(seed, 6)
    count = len(premises.frame)
    wanted = count * SITES_PER_PREMISES + SITES_AT_LEAST
    at = {
        kind: _at(premises, areas, spread_out(max(3, round(wanted * share)), count, rng))
        for kind, share in SHARES.items()
    }
    gp, hospital = at["gp"], at["hospital"]
    private = rng.random(len(hospital)) < 0.2
    return Places(
        schools=_schools(at["school"], rng),
        gp_practices=pd.DataFrame(
            {
                "publisher_id": [
                    f"Q{(99_001 if len(gp) <= MOST_SURGERIES else 90_001) + i}"
                    for i in range(len(gp))
                ],
                "name": [f"{town} Practice Surgery {i + 1}" for i, town in enumerate(gp["town"])],
                "kind": np.where(rng.random(len(gp)) < 0.8, "main", "branch"),
                "postcode": gp["postcode"],
                "locality": gp["town"],
            }
        ),
        libraries=_libraries(at["library"], rng),
        hospitals=pd.DataFrame(
            {
                "publisher_id": [f"QP{i + 1:03d}" for i in range(len(hospital))],
                "name": [
                    f"{town} Practice Hospital {i + 1}" for i, town in enumerate(hospital["town"])
                ],
                "sector": np.where(private, "independent", "NHS"),
                "kind": "Hospital",
                **{name: hospital[name] for name in ("postcode", "easting", "northing")},
            }
        ),
    )


def make_stops(streets: Streets, areas: Areas, premises: int, seed: int) -> pd.DataFrame:
    """Place bus stops on through roads, and rail and tram stations; about one in eight inactive."""
    rng = rng_of(seed, 7)
    through = np.flatnonzero((streets.kind != RESIDENTIAL) & (streets.kind != FOOTWAY))
    chosen = np.sort(rng.choice(through, min(len(through), premises // 80 + 10), replace=False))
    main = np.flatnonzero(streets.kind == PRIMARY)
    rail = rng.choice(main, premises // 15_000 + 2, replace=False)
    tram = rng.choice(main, premises // 25_000 + 2, replace=False)
    edge = np.concatenate([chosen, np.sort(rail), np.sort(tram)])
    kind = np.repeat(["BCT", "RLY", "MET"], [len(chosen), len(rail), len(tram)])
    middle = [
        np.round(
            (a[streets.start[edge]] + a[streets.end[edge]]) / 2 + rng.uniform(-8, 8, len(edge))
        )
        for a in (streets.easting, streets.northing)
    ]
    area = areas.of(middle[0], middle[1])
    locality = np.where(area >= 0, np.array(DISTRICT_NAMES)[areas.lad[area]], DISTRICT_NAMES[0])
    word = {"BCT": "Practice Stop", "RLY": "Practice Rail Station", "MET": "Practice Tram Stop"}
    prefix = {"BCT": "9990", "RLY": "9100PRACT", "MET": "9400ZZPR"}
    return pd.DataFrame(
        {
            "stop_id": [f"{prefix[k]}{i + 1:06d}" for i, k in enumerate(kind)],
            "name": [f"{word[k]} {i + 1}" for i, k in enumerate(kind)],
            "stop_type": kind,
            "easting": middle[0].astype("int64"),
            "northing": middle[1].astype("int64"),
            "locality": locality,
            "active": (rng.random(len(edge)) >= 0.13) | (kind != "BCT"),
        }
    )


# which OpenStreetMap tags each kind of thing carries
TAGS = {
    "mast": {
        "man_made": "mast",
        "tower:type": "communication",
        "communication:mobile_phone": "yes",
        "height": "20",
    },
    "coworking": {"amenity": "coworking_space"},
    "coworking_office": {"office": "coworking"},
    "exchange": {"telecom": "exchange"},
    "cabinet": {"man_made": "street_cabinet", "street_cabinet": "telecom"},
    "lamp": {"highway": "street_lamp"},
    "signals": {"highway": "traffic_signals"},
    "shelter": {"highway": "bus_stop", "shelter": "yes"},
    "other_mast": {"man_made": "mast", "tower:type": "lighting"},
}


def make_features(plane: Plane, premises: Premises, areas: Areas, seed: int) -> pd.DataFrame:
    """Place masts, exchanges, cabinets, workspaces, lamps, signals and shelters, as OpenStreetMap has them."""
    rng = rng_of(seed, 8)
    frame = premises.frame
    count = len(frame)
    x, y = frame["easting"].to_numpy(), frame["northing"].to_numpy()
    masts = spread_out(round(count / 2_500) + 5, count, rng)
    # masts are sparse where the county is thinly served, so that 5G gaps have a pattern
    thin = np.isin(areas.lad[frame["area"].to_numpy()[masts]], (3, 6))
    masts[thin] = rng.permutation(spread_out(5 * int(thin.sum()) + 1, count, rng))[: thin.sum()]
    sample = rng.integers(0, count, 4_000)
    central = sample[np.argsort(-centrality(plane, x[sample], y[sample]), kind="stable")]
    wanted = count // 12_000 + 3
    desks = central[: 1_000 : max(1, 1_000 // wanted)][:wanted]
    index = {
        "mast": np.unique(masts),
        "coworking": desks[::2],
        "coworking_office": desks[1::2],
        "exchange": spread_out(count // 15_000 + 2, count, rng),
        "cabinet": spread_out(count // 400 + 4, count, rng),
        "lamp": spread_out(40 + count // 60, count, rng),
        "other_mast": spread_out(3, count, rng),
        "signals": spread_out(6 + count // 800, count, rng),
        "shelter": spread_out(10 + count // 250, count, rng),
    }
    named = {"coworking": "Practice Desks", "coworking_office": "Practice Workspace",
             "exchange": "Practice Exchange"}  # fmt: skip
    parts = []
    for kind, at in index.items():
        part = pd.DataFrame({"easting": x[at], "northing": y[at]})
        for key, value in TAGS[kind].items():
            part[key] = value
        if kind in named:
            part["name"] = [f"{named[kind]} {i + 1}" for i in range(len(at))]
        parts.append(part)
    features = pd.concat(parts, ignore_index=True)
    features.insert(0, "osm_id", FIRST_OSM_ID + 20_000_000_000 + np.arange(len(features)))
    return features


def make_businesses(
    plane: Plane, premises: Premises, areas: Areas, seed: int
) -> tuple[pd.DataFrame, Ints]:
    """Count local units by MSOA, industry and size, rounded to 5 as NOMIS publishes them.

    Returns
    -------
    DataFrame, ndarray
        `area_id area_name industry sizeband units`; and the unrounded number of units by LSOA.
    """
    rng = rng_of(seed, 9)
    number = np.bincount(premises.frame["area"].to_numpy(), minlength=len(areas.lad))
    middle = areas.tree.data[: len(areas.lad)]
    pull = centrality(plane, middle[:, 0], middle[:, 1])
    units = rng.poisson(number * (0.045 + 0.22 * pull**2))
    msoa = areas.frame["msoa"].to_numpy()
    codes, where = np.unique(msoa, return_inverse=True)
    names = areas.frame.groupby("msoa", sort=True)["msoa_name"].first().to_numpy()
    total = np.bincount(where, units, minlength=len(codes)).astype(np.int64)
    near = np.bincount(where, pull, minlength=len(codes)) / np.bincount(where)
    rows = []
    shares = {"J": 0.05 + 0.08 * near, "M": 0.11 + 0.12 * near}
    industries = {"total": total} | {k: rng.binomial(total, share) for k, share in shares.items()}
    for industry, units_in in industries.items():
        micro = rng.binomial(units_in, 0.88 - 0.10 * near)
        small = rng.binomial(units_in - micro, 0.78)
        medium = rng.binomial(units_in - micro - small, 0.8)
        bands = {
            "total": units_in,
            "micro": micro,
            "small": small,
            "medium": medium,
            "large": units_in - micro - small - medium,
        }
        for band, value in bands.items():
            rows.append(
                pd.DataFrame(
                    {
                        "area_id": codes,
                        "area_name": names,
                        "industry": industry,
                        "sizeband": band,
                        "units": 5 * ((value + 2) // 5),
                    }
                )
            )
    return pd.concat(rows, ignore_index=True), units.astype(np.int64)
