"""Street assets that could carry a small cell: registers first, then what OpenStreetMap has.

OpenStreetMap is incomplete for lamps, signals and shelters, and says little of each: counts are minimums,
and what it does not say stays unknown.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.boundaries import Ground
from layers.ledger import Ledger, apart, newest_first, stack
from layers.parameters import Parameters
from layers.transport import MARGIN

__all__ = ["ASSET_COLUMNS", "listed_assets", "street_assets"]

# what registers of digital-connectivity assets say; all but the first five may be missing
ASSET_COLUMNS = (
    "id", "src", "record", "easting", "northing", "kind", "owner", "height_m", "material", "power",
    "heritage", "footway_clear_m", "structural_test_date", "name",
)  # fmt: skip
TEXTS = ("kind", "owner", "material", "power", "heritage", "structural_test_date", "name")
NUMBERS = ("height_m", "footway_clear_m")


def listed_assets(ledger: Ledger, ground: Ground, parameters: Parameters) -> pd.DataFrame | None:
    """Return the assets of the study's own registers near the study area, each id once."""
    margin = parameters.value(MARGIN)
    parts: list[pd.DataFrame] = []
    for reading in newest_first(ledger.of("street_assets")):
        frame = reading.frame
        near = ground.near(
            frame["easting"].to_numpy(float), frame["northing"].to_numpy(float), margin
        )
        reason = f"more than {margin:,.0f} m outside the study area"
        kept = ledger.settle(apart(reading, np.where(near, "", reason).astype(object))).frame
        ids = "asset:" + reading.source.src + "/" + kept["asset_id"].astype("str")
        parts.append(kept.assign(id=ids))
    made = stack(parts, ASSET_COLUMNS)
    return made if len(made) else None


def street_assets(listed: pd.DataFrame | None, mapped: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return the assets of registers and of OpenStreetMap as one layer, ordered by `id`.

    Parameters
    ----------
    listed, mapped
        From `listed_assets` and from `layers.transport.telecom`.

    Returns
    -------
    DataFrame or None
        `ASSET_COLUMNS`; missing numbers are NaN and missing words empty: unknown, never no.
    """
    made = stack([f for f in (listed, mapped) if f is not None], ASSET_COLUMNS)
    if not len(made):
        return None
    for name in TEXTS:
        made[name] = made[name].astype("object").where(made[name].notna(), "").astype("str")
    for name in NUMBERS:
        made[name] = pd.to_numeric(made[name], errors="coerce").astype(float)
    return made.sort_values("id", ignore_index=True)
