"""Columns of the ranking that tell of each site beside its criteria, and score nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.lineage import Column
from scenarios.criteria import Metric
from scenarios.scenario import SiteMeasure

if TYPE_CHECKING:
    from scenarios.catchment import Membership

__all__ = ["measure_columns", "street_snap"]

ENDS = ("", "_low", "_high")


def street_snap(members: Membership) -> dict[str, SiteMeasure]:
    """Return how far each site is from the street that its catchment follows; none off the streets."""
    if members.snap_m is None or np.isnan(members.snap_m).all():
        return {}
    snap = Metric.of(
        members.snap_m,
        unit="m",
        grade="measured",
        route="",
        formula="straight distance from the site to the nearest point of the nearest street",
        inputs=("sites.easting", "sites.northing", "streets.start", "streets.length_m"),
        parameters=("catchment.street_snap_m",),
    )
    return {"street_snap_m": SiteMeasure("distance from its street", snap, "measured")}


def measure_columns(
    measures: Mapping[str, SiteMeasure], index: pd.Index
) -> tuple[pd.DataFrame, dict[str, Column]]:
    """Return the measures as columns with their ranges, `key`, `key_low` and `key_high`.

    Parameters
    ----------
    index
        Of the sites, in the order of the measures.
    """
    frame = pd.DataFrame(index=index)
    columns: dict[str, Column] = {}
    for key, measure in measures.items():
        metric = measure.metric
        for end, value in zip(ENDS, (metric.value, metric.low, metric.high), strict=True):
            frame[f"{key}{end}"] = value
            columns[f"{key}{end}"] = Column(
                f"{measure.label}{end.replace('_', ', ')}",
                metric.unit,
                measure.decimals,
                measure.grade,
                metric.formula,
                metric.inputs,
                metric.parameters,
                low_of=None if end else f"{key}_low",
                high_of=None if end else f"{key}_high",
            )
    return frame, columns
