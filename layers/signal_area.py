"""How many of an area's premises a user's raster of signal strength reaches."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.heights import Heights
from layers.parameters import Parameters

__all__ = ["HIGH", "VERY_HIGH", "signal_by_area"]

HIGH, VERY_HIGH = "radio.threshold_5g_high_dbm", "radio.threshold_5g_very_high_dbm"


def signal_by_area(
    signal: Heights | None,
    demand: pd.DataFrame | None,
    index: pd.Index,
    parameters: Parameters,
) -> pd.DataFrame:
    """Return the share of each area's premises where the study's signal rasters reach a threshold.

    `pct` takes the threshold of high confidence, `low_pct` that of very high; premises outside the
    rasters or on cells without data are unknown and not counted. An area of which less than half
    the premises are known stays missing.

    Returns
    -------
    DataFrame
        Indexed by area id: `pct low_pct high_pct` in percent, and `src`.
    """
    made = pd.DataFrame(np.nan, index=index, columns=["pct", "low_pct", "high_pct"])
    made["src"] = ""
    if signal is None or demand is None or demand.empty:
        return made
    x, y = demand["easting"].to_numpy(float), demand["northing"].to_numpy(float)
    bounds = (x.min() - 1, y.min() - 1, x.max() + 1, y.max() + 1)
    raster = signal.read(bounds, min(f.cell_size_m for f in signal.files))
    if raster is None:
        return made
    dbm = raster.sample(x, y, "nearest")
    premises = demand["premises"].to_numpy(float)
    known = np.isfinite(dbm)
    sums = pd.DataFrame(
        {
            "all": premises,
            "known": np.where(known, premises, 0.0),
            "high": np.where(known & (dbm >= parameters.value(HIGH)), premises, 0.0),
            "very": np.where(known & (dbm >= parameters.value(VERY_HIGH)), premises, 0.0),
        }
    ).groupby(demand["area"].to_numpy()).sum().reindex(index)  # fmt: skip
    enough = sums["known"] >= 0.5 * sums["all"]
    whole = sums["known"].where(enough & (sums["known"] > 0))
    made["pct"] = 100 * sums["high"] / whole
    made["low_pct"] = 100 * sums["very"] / whole
    made["high_pct"] = made["pct"]
    made.loc[made["pct"].notna(), "src"] = "+".join(s.src for s in signal.sources)
    return made
