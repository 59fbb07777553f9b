"""5G coverage as published by local authority, and a screen by distance where masts are listed.

No postcode-level mobile file is published: the figure for a local authority is the same for every
place in it and never ranks sites. Where the study has a mast list, the share of an area's premises
farther than a radius from every mast on it says where to look first: a screen, not a coverage model
(that is `scenarios/deficit_5g.py`). Missing masts look like missing coverage, so it is indicative, and
unknown without a list.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from layers.boundaries import Ground
from layers.full_fibre import published
from layers.ledger import OUTSIDE, Ledger, apart, stack
from layers.parameters import Parameters

__all__ = ["DEFICIT_NOTE", "RADIUS", "deficit", "ofcom_mobile"]

RADIUS = "mobile.modelled_radius_m"
DEFICIT_NOTE = (
    "a screen by distance, not a coverage model; indicative, assumes the mast list is complete"
)
# Ofcom's columns, and how a measure reads in the coverage table
COLUMNS = {
    "5g_high_geo_out_any_pct": "area_5g_any_pct",
    "5g_high_prem_out_any_pct": "premises_5g_any_high_confidence_pct",
    "5g_high_prem_out_all_pct": "premises_5g_all_high_confidence_pct",
    "5g_very_high_geo_out_any_pct": "area_5g_any_very_high_confidence_pct",
    "5g_very_high_prem_out_any_pct": "premises_5g_any_very_high_confidence_pct",
    "5g_very_high_prem_out_all_pct": "all_operators_5g_pct",
    "4g_geo_out_any_pct": "area_4g_any_pct",
    "4g_prem_in_all_pct": "premises_4g_indoor_all_pct",
    "4g_prem_out_all_pct": "premises_4g_outdoor_all_pct",
}


def ofcom_mobile(ledger: Ledger, ground: Ground, columns: Sequence[str]) -> pd.DataFrame:
    """Return coverage rows from Ofcom's mobile files by local authority.

    "Any" is at least one operator (100 less the bucket of none); "all" is the highest bucket
    published, and the method says how many operators that is. Confidence is Ofcom's: `high` is the
    network likely outdoors, `very high` the stricter threshold.

    Returns
    -------
    DataFrame
        The named coverage columns; shares in percent of premises or of land area.
    """
    parts: list[pd.DataFrame] = []
    for reading in ledger.of("ofcom_mobile"):
        if reading.source.detail != "laua":
            ledger.leave(reading, "mobile coverage is taken by local authority only")
            continue
        inside = reading.frame["area_id"].isin(ground.districts["id"])
        ledger.settle(apart(reading, np.where(inside, "", OUTSIDE)))
        frame = reading.frame.loc[inside]
        for column, measure in COLUMNS.items():
            if column not in frame:
                continue
            operators = frame.get(column.replace("_pct", "_operators"))
            said = published(frame)
            method = pd.Series(said["method"], index=frame.index)
            basis = pd.Series(said["basis"], index=frame.index)
            if column.endswith("all_pct") and operators is not None:
                # the reader names the bucket after its number of operators
                basis = "all " + operators.astype("Int64").astype(str) + " operators"
                method = method + ": coverage from " + basis
            part = frame.reindex(columns=["area_id", "area_name", "premises", "src", "record"])
            parts.append(
                part.assign(
                    level="LAD", measure=measure, release=reading.source.vintage, count=np.nan,
                    share_pct=frame[column], grade="measured", method=method, basis=basis,
                )
            )  # fmt: skip
    return stack(parts, columns)


def deficit(
    demand: pd.DataFrame | None,
    masts: pd.DataFrame | None,
    areas: pd.DataFrame,
    parameters: Parameters,
) -> pd.DataFrame:
    """Return the share of each area's premises farther than a radius from every mast on the list.

    Parameters
    ----------
    demand
        `easting northing area premises`, metres in EPSG:27700.
    masts
        `easting northing` of communication masts, those just outside the study included.
    areas
        With `id`.

    Returns
    -------
    DataFrame
        Indexed by area id: `pct low_pct high_pct`; missing throughout without masts or premises
        (unknown, never zero). A longer radius gives the lower deficit.
    """
    index = pd.Index(areas["id"], name="id")
    unknown = pd.DataFrame(np.nan, index=index, columns=["pct", "low_pct", "high_pct"])
    if demand is None or masts is None or masts.empty or demand.empty:
        return unknown
    low, usual, high = parameters.span(RADIUS)
    tree = cKDTree(masts[["easting", "northing"]].to_numpy(float))
    points = demand[["easting", "northing"]].to_numpy(float)
    distance, _ = tree.query(points, distance_upper_bound=high)
    weight = demand["premises"].to_numpy(float)
    area = demand["area"].to_numpy()
    whole = pd.Series(weight).groupby(area).sum(min_count=1).reindex(index)
    made = {}
    for name, radius in (("pct", usual), ("low_pct", high), ("high_pct", low)):
        far = np.where(distance > radius, weight, 0.0)
        far = np.where(np.isnan(weight), np.nan, far)
        total = pd.Series(far).groupby(area).sum(min_count=1).reindex(index)
        made[name] = 100 * total / whole.where(whole > 0)
    return pd.DataFrame(made, index=index)
