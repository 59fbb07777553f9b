"""Water and names of places of the practice county, as OpenStreetMap has them. All invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infra.sample_streets import FIRST_OSM_ID
from infra.sample_world import Areas, Plane

__all__ = ["Drawn", "make_drawn"]

FIRST_NODE = FIRST_OSM_ID + 30_000_000_000
FIRST_WAY = FIRST_OSM_ID + 40_000_000_000
FIRST_PLACE = FIRST_OSM_ID + 50_000_000_000
STEMS = ("Alder", "Bramble", "Crake", "Dray", "Ember", "Fallow", "Gorse", "Hollin", "Ibber", "Juniper",
         "Kestrel", "Larch", "Mallow", "Nettle", "Osier", "Pepper", "Quill", "Rowan", "Sedge", "Teasel",
         "Umber", "Vetch", "Willow", "Yarrow")  # fmt: skip
ENDS = ("wick", "ley", "ford", "stead", "combe", "thorpe", "holm", "mere", "bourne", "garth", "low", "wold",
        "beck", "hurst", "croft", "dale", "fleet", "shaw")  # fmt: skip
STEPS = 60
LAKE_SHARE = 0.035


@dataclass(frozen=True)
class Drawn:
    """Elements for `layers.formats.osm_xml.write`: nodes, ways and tagged nodes."""

    nodes: pd.DataFrame
    ways: pd.DataFrame
    features: pd.DataFrame


def make_drawn(plane: Plane, areas: Areas) -> Drawn:
    """Make a river, a canal, a lake, and a name for every neighbourhood of the county."""
    along = np.linspace(-1.3, 1.3, STEPS)
    round_ = np.linspace(0, 2 * np.pi, STEPS)[:-1]
    shapes = (
        ("river", "Practice River", along, 0.22 * np.sin(2.4 * along) - 0.12),
        ("canal", "Practice Canal", 0.18 - 0.1 * along, along),
        ("", "Practice Mere", 0.42 + LAKE_SHARE * np.cos(round_), -0.3 + LAKE_SHARE * 1.6 * np.sin(round_)),
    )  # fmt: skip
    nodes, ways = [], []
    count = 0
    for at, (kind, name, u, v) in enumerate(shapes):
        x, y = plane.to_ground(plane.radius_m * u, plane.radius_m * v)
        ids = FIRST_NODE + count + np.arange(len(x), dtype=np.int64)
        count += len(x)
        nodes.append(pd.DataFrame({"osm_id": ids, "easting": x.round(2), "northing": y.round(2)}))
        closed = [*ids.tolist(), int(ids[0])] if not kind else ids.tolist()
        ways.append(
            {"osm_id": FIRST_WAY + at, "nodes": closed, "name": name, "waterway": kind,
             "natural": "" if kind else "water"}
        )  # fmt: skip
    return Drawn(pd.concat(nodes, ignore_index=True), pd.DataFrame(ways), _names(areas))


def _names(areas: Areas) -> pd.DataFrame:
    """Return a place for every neighbourhood, in its middle; the first of each district is a town."""
    held = pd.DataFrame(
        {
            "msoa": areas.frame["msoa"],
            "lad": areas.lad,
            "easting": [shape.centroid.x for shape in areas.geometry],
            "northing": [shape.centroid.y for shape in areas.geometry],
        }
    )
    middle = held.groupby("msoa", sort=True).mean().reset_index()
    at = np.arange(len(middle))
    turn, stem = at // len(STEMS), at % len(STEMS)
    names = [f"{STEMS[s]}{ENDS[(s + t) % len(ENDS)]}" for s, t in zip(stem, turn, strict=True)]
    first = ~middle["lad"].round().duplicated()
    return pd.DataFrame(
        {
            "osm_id": FIRST_PLACE + at.astype(np.int64),
            "easting": middle["easting"].round(2),
            "northing": middle["northing"].round(2),
            "place": np.where(first, "town", np.where(at % 3 == 0, "village", "suburb")),
            "name": names,
        }
    )
