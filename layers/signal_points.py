"""Signal strength at points: measured on a drive test, or predicted by an operator on its grid.

Commercially sensitive: the layer serves calibration and never stands in an output by itself.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.boundaries import Ground
from layers.ledger import Ledger, apart, newest_first, stack
from layers.parameters import Parameters
from layers.transport import MARGIN

__all__ = ["MEASURED", "PREDICTED", "signal_points"]

MEASURED, PREDICTED = "measured", "predicted"
KINDS = {"drive_test": MEASURED, "signal_pixels": PREDICTED}
COLUMNS = (
    "id", "src", "record", "kind", "operator", "technology", "measured_at", "rsrp_dbm", "download_mbps",
    "easting", "northing",
)  # fmt: skip


def signal_points(ledger: Ledger, ground: Ground, parameters: Parameters) -> pd.DataFrame | None:
    """Return every point near the study area where a signal strength is known.

    Returns
    -------
    DataFrame or None
        `id src record kind operator technology measured_at rsrp_dbm download_mbps easting northing`
        (metres, EPSG:27700; SS-RSRP or RSRP in dBm), `kind` being `measured` or `predicted`; text a file
        does not give is empty. Ordered by `id`.
    """
    margin = parameters.value(MARGIN)
    parts = []
    for key, kind in KINDS.items():
        for reading in newest_first(ledger.of(key)):
            frame = reading.frame
            near = ground.near(
                frame["easting"].to_numpy(float), frame["northing"].to_numpy(float), margin
            )
            reason = f"more than {margin:,.0f} m outside the study area"
            kept = ledger.settle(apart(reading, np.where(near, "", reason).astype(object))).frame
            ids = "signal:" + reading.source.src + "/" + kept["record"].astype("str")
            parts.append(kept.assign(id=ids, kind=kind))
    made = stack(parts, COLUMNS)
    for name in ("operator", "technology", "measured_at"):
        made[name] = made[name].astype("object").where(made[name].notna(), "").astype("str")
    made["download_mbps"] = pd.to_numeric(made["download_mbps"])
    return made.sort_values("id", ignore_index=True) if len(made) else None
