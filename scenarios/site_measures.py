"""Columns of the ranking that tell of each site beside its criteria, and score nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from layers.lineage import Column

if TYPE_CHECKING:
    from scenarios.scenario import SiteMeasure

__all__ = ["measure_columns"]

ENDS = ("", "_low", "_high")


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
