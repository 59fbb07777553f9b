"""Public-transport stops in use, in and just outside the study area."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.boundaries import Ground
from layers.ledger import Ledger, apart, newest_first, stack
from layers.parameters import Parameters

__all__ = ["MARGIN", "stops", "telecom"]

MARGIN = "catchment.margin_m"
STOP_COLUMNS = ("id", "src", "record", "name", "stop_type", "easting", "northing")
POINT_COLUMNS = ("id", "src", "record", "name", "kind", "easting", "northing")


def stops(ledger: Ledger, ground: Ground, parameters: Parameters) -> pd.DataFrame | None:
    """Return active stops within `catchment.margin_m` of the study area.

    Stops say nothing about how often anything calls there.

    Returns
    -------
    DataFrame or None
        `id src record name stop_type easting northing` (EPSG:27700), ordered by `id`.
    """
    margin = parameters.value(MARGIN)
    parts: list[pd.DataFrame] = []
    known: set[str] = set()
    for reading in newest_first(ledger.of("naptan")):
        frame = reading.frame
        x, y = frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
        reasons = np.where(ground.near(x, y, margin), "", _beyond(margin)).astype(object)
        reasons[~(np.isfinite(x) & np.isfinite(y))] = "no position"
        again = frame["stop_id"].isin(known) | frame["stop_id"].duplicated()
        reasons[again.to_numpy(dtype=bool)] = "same stop in another file or row"
        if "active" in frame:
            reasons[~frame["active"].to_numpy(dtype=bool)] = "stop not in use"
        kept = frame.loc[reasons == ""].rename(columns={"stop_id": "id"})
        known |= set(kept["id"])
        parts.append(kept)
        ledger.settle(apart(reading, reasons))
    made = stack(parts, STOP_COLUMNS)
    return made.sort_values("id", ignore_index=True) if len(made) else None


def telecom(ledger: Ledger, ground: Ground, parameters: Parameters) -> dict[str, pd.DataFrame]:
    """Return OpenStreetMap's masts, coworking spaces and fibre points near the study area.

    OpenStreetMap is incomplete for all of them: counts are minimums. A node and a building of the
    same name and kind within 50 m are one.

    Returns
    -------
    dict
        `masts`, `coworking`, `fibre` (exchanges, cabinets, ducts), each with
        `id src record name kind easting northing`; a layer without any point is left out.
    """
    margin = parameters.value(MARGIN)
    parts: list[pd.DataFrame] = []
    known: set[str] = set()
    for reading in newest_first(ledger.of("osm_xml")):
        frame = reading.frame
        x, y = frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
        reasons = np.where(ground.near(x, y, margin), "", _beyond(margin)).astype(object)
        reasons[frame["osm_id"].isin(known).to_numpy(dtype=bool)] = "same feature in a newer file"
        keep = reasons == ""
        twin = np.zeros(len(frame), dtype=bool)
        twin[keep] = _twins(frame.loc[keep])
        reasons[twin] = "the same feature drawn twice (same name within 50 m)"
        ledger.settle(apart(reading, reasons))
        kept = frame.loc[reasons == ""]
        known |= set(kept["osm_id"])
        parts.append(kept.assign(id="osm:" + kept["osm_id"].astype("str")))
    made = stack(parts, POINT_COLUMNS).sort_values("id", ignore_index=True)
    layers = {
        "masts": made[made["kind"] == "mast"],
        "coworking": made[made["kind"] == "coworking"],
        "fibre": made[made["kind"].isin(["exchange", "cabinet", "duct"])],
    }
    return {name: part.reset_index(drop=True) for name, part in layers.items() if len(part)}


SAME_FEATURE_M = 50.0


def _twins(frame: pd.DataFrame) -> np.ndarray:
    """Mark the later of two named features of one kind that are within 50 m of each other."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - only where there are features

    twin = np.zeros(len(frame), dtype=bool)
    name = frame["name"].fillna("").astype("str").str.casefold().to_numpy(dtype=object)
    named = np.flatnonzero(name != "")
    if len(named) < 2:
        return twin
    points = frame[["easting", "northing"]].to_numpy(float)[named]
    pairs = named[cKDTree(points).query_pairs(SAME_FEATURE_M, output_type="ndarray")]
    kind = frame["kind"].to_numpy(dtype=object)
    a, b = pairs[:, 0], pairs[:, 1]
    same = (name[a] == name[b]) & (kind[a] == kind[b])
    twin[np.maximum(a[same], b[same])] = True
    return twin


def _beyond(margin_m: float) -> str:
    return f"more than {margin_m:,.0f} m outside the study area"
