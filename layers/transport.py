"""Public-transport stops in use, in and just outside the study area."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.boundaries import Ground
from layers.formats.osm_xml import ASSET_KINDS
from layers.ledger import Ledger, apart, newest_first, stack
from layers.parameters import Parameters

__all__ = ["MARGIN", "stops", "telecom"]

MARGIN = "catchment.margin_m"
STOP_COLUMNS = ("id", "src", "record", "name", "stop_type", "easting", "northing")
FIBRE_KINDS = ("exchange", "cabinet", "duct")
POINT_COLUMNS = ("id", "src", "record", "name", "kind", "easting", "northing")
ASSETS = "street_assets"
SAME_ASSET_M = 5.0


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


def telecom(
    ledger: Ledger,
    ground: Ground,
    parameters: Parameters,
    assets: pd.DataFrame | None = None,
    masts: pd.DataFrame | None = None,
    fibre: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Return OpenStreetMap's masts, coworking spaces, fibre points and street assets near the study area.

    OpenStreetMap is incomplete for all of them: counts are minimums. A node and a building of the
    same name and kind within 50 m are one.

    Parameters
    ----------
    assets, masts
        Of the study's own registers and lists: one of the map within 5 m of an asset, or 50 m of a mast,
        is the same, and theirs is kept, as it says more.
    fibre
        Of the study's own list, which stands in for all of the map's exchanges, cabinets and ducts.

    Returns
    -------
    dict
        `masts`, `coworking`, `fibre` (exchanges, cabinets, ducts) and `street_assets`, each with
        `id src record name kind easting northing`, masts and assets with `height_m`, assets with
        `material owner` too; a layer without any point is left out.
    """
    margin = parameters.value(MARGIN)
    parts: list[pd.DataFrame] = []
    known: set[str] = set()
    for reading in newest_first(ledger.of("osm_xml")):
        frame = reading.frame
        x, y = frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
        reasons = np.where(ground.near(x, y, margin), "", _beyond(margin)).astype(object)
        reasons[frame["osm_id"].isin(known).to_numpy(dtype=bool)] = "same feature in a newer file"
        asset = frame["kind"].isin(ASSET_KINDS).to_numpy(dtype=bool)
        mast = (frame["kind"] == "mast").to_numpy(dtype=bool)
        reasons[mast & _near(frame, masts, SAME_FEATURE_M)] = (
            f"the same mast as in the study's own list (within {SAME_FEATURE_M:.0f} m)"
        )
        if fibre is not None:
            cables = frame["kind"].isin(FIBRE_KINDS).to_numpy(dtype=bool)
            reasons[cables] = "the study's own list of fibre stands in for the map's"
        reasons[asset & _near(frame, assets, SAME_ASSET_M)] = (
            f"the same street asset as in a register (within {SAME_ASSET_M:.0f} m)"
        )
        keep = (reasons == "") & ~asset  # shelters on both sides of a road share a name
        twin = np.zeros(len(frame), dtype=bool)
        twin[keep] = _twins(frame.loc[keep])
        reasons[twin] = "the same feature drawn twice (same name within 50 m)"
        ledger.settle(apart(reading, reasons))
        kept = frame.loc[reasons == ""]
        known |= set(kept["osm_id"])
        parts.append(kept.assign(id="osm:" + kept["osm_id"].astype("str")))
    told = ("height_m", "material", "owner")
    made = stack(parts, (*POINT_COLUMNS, *told)).sort_values("id", ignore_index=True)
    points = made[list(POINT_COLUMNS)]
    layers = {
        "masts": made.loc[made["kind"] == "mast", [*POINT_COLUMNS, "height_m"]],
        "coworking": points[made["kind"] == "coworking"],
        "fibre": points[made["kind"].isin(FIBRE_KINDS)],
        ASSETS: made[made["kind"].isin(ASSET_KINDS)],
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


def _near(frame: pd.DataFrame, others: pd.DataFrame | None, within_m: float) -> np.ndarray:
    """Whether each row is within a distance of any of some other points."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - only where there are features

    near = np.zeros(len(frame), dtype=bool)
    xy = frame[["easting", "northing"]].to_numpy(float)
    placed = np.isfinite(xy).all(axis=1)
    if others is None or others.empty or not placed.any():
        return near
    distance, _ = cKDTree(others[["easting", "northing"]].to_numpy(float)).query(xy[placed])
    near[placed] = distance <= within_m
    return near


def _beyond(margin_m: float) -> str:
    return f"more than {margin_m:,.0f} m outside the study area"
