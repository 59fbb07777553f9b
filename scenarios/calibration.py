"""How far the model is from measurements, and what offset would bring it nearer.

Where drive-test or operator points exist, bias, spread and root mean square error are reported, and an
offset in dB that a run may add. The error after calibration is found by hiding blocks of land in
turn, as neighbouring points are alike and would flatter it. Without points every number stays
"modelled, indicative"; with them it says on how many points it was calibrated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from layers.errors import Fault, InputError
from layers.lineage import Column, Table
from layers.rasters import Raster

__all__ = ["ENOUGH_CELLS", "Calibration", "calibrate", "median_by_cell"]

Floats = NDArray[np.float64]
# reporting range of SS-RSRP, 3GPP TS 38.133 table 10.1.6.1-1
WEAKEST_DBM, STRONGEST_DBM = -156.0, -31.0
ENOUGH_CELLS = 30
BLOCK_M = 1_000.0


@dataclass(frozen=True)
class Calibration:
    """Modelled against measured SS-RSRP.

    Attributes
    ----------
    cells
        Cells compared: points in one cell count as one, at their median.
    bias_db
        Mean of modelled less measured: above 0 the model is too hopeful.
    offset_db
        To add to modelled values; nil where there are too few cells to say.
    rmse_after_db
        Root mean square error with an offset found without the block of land it is tried on.
    used, set_aside
        Points used and, by reason, those that were not.
    """

    points: int
    used: int
    set_aside: dict[str, int]
    cells: int
    blocks: int
    bias_db: float
    spread_db: float
    rmse_db: float
    offset_db: float
    rmse_after_db: float

    @property
    def applies(self) -> bool:
        """Whether there are enough cells, in more than one block, for an offset to be used."""
        return self.cells >= ENOUGH_CELLS and self.blocks > 1

    @property
    def label(self) -> str:
        """What results of a run with this offset are called."""
        if not self.applies:
            return f"modelled, indicative coverage, not a network operator prediction (only {self.cells} measured cells)"
        return (
            f"modelled coverage calibrated on {self.used:,} measured points in {self.cells:,} cells, "
            "not a network operator prediction"
        )

    def apply(self, rsrp_dbm: ArrayLike) -> Floats:
        """Return modelled SS-RSRP with the offset."""
        return np.asarray(np.asarray(rsrp_dbm, dtype=np.float64) + self.offset_db)

    def table(self) -> Table:
        """Return the comparison as a table for the bid's annex; what cannot be said is left out."""
        rows = [
            ("points", "measured points", float(self.points), "points"),
            ("used", "measured points used", float(self.used), "points"),
            ("cells", "cells compared", float(self.cells), "cells"),
            ("bias_db", "bias, modelled less measured", self.bias_db, "dB"),
            ("spread_db", "standard deviation", self.spread_db, "dB"),
            ("rmse_db", "root mean square error", self.rmse_db, "dB"),
            ("offset_db", "offset used", self.offset_db, "dB"),
            ("rmse_after_db", "root mean square error after calibration", self.rmse_after_db, "dB"),
        ]
        frame = pd.DataFrame(rows, columns=["item", "label", "value", "unit"]).dropna(
            subset="value"
        )
        columns = {
            "item": Column("item"),
            "label": Column("what it is"),
            "value": Column("value", unit_of="unit", decimals=2, grade="modelled"),
            "unit": Column("unit"),
        }
        return Table("calibration", "item", frame, columns, description=self.label)


def median_by_cell(
    easting: Floats, northing: Floats, values: Floats, cell_size_m: float
) -> pd.DataFrame:
    """Return the median of the values in each cell, with the cell's mean position and its count."""
    frame = pd.DataFrame(
        {
            "row": np.floor(northing / cell_size_m).astype(np.int64),
            "column": np.floor(easting / cell_size_m).astype(np.int64),
            "easting": easting,
            "northing": northing,
            "value": values,
        }
    )
    return (
        frame.groupby(["row", "column"], sort=True)
        .agg(
            easting=("easting", "mean"),
            northing=("northing", "mean"),
            value=("value", "median"),
            points=("value", "size"),
        )
        .reset_index()
    )


def calibrate(
    measured: pd.DataFrame, modelled: Raster, *, where: str = "drive test"
) -> Calibration:
    """Compare measured with modelled signal strength.

    Parameters
    ----------
    measured
        `easting northing rsrp_dbm` of points outdoors: metres, EPSG:27700, and SS-RSRP.
    modelled
        SS-RSRP in dBm, of the carrier and the masts that were measured.

    Raises
    ------
    InputError
        When no point can be compared, or the values are not SS-RSRP.
    """
    x, y, value = (
        measured[n].to_numpy(dtype=np.float64) for n in ("easting", "northing", "rsrp_dbm")
    )
    blank = np.isnan(x) | np.isnan(y) | np.isnan(value)
    with np.errstate(invalid="ignore"):
        wild = ~blank & ((value < WEAKEST_DBM) | (value > STRONGEST_DBM))
    if wild.sum() > len(value) / 2:
        problem = (
            f"{int(wild.sum()):,} of {len(value):,} values are not SS-RSRP in dBm (-156 to -31)"
        )
        raise InputError(
            Fault(where, problem, "give signal per resource element (SS-RSRP), not RSSI")
        )
    at = np.full(len(value), np.nan)
    good = ~(blank | wild)
    at[good] = modelled.sample(x[good], y[good], "nearest")
    lost = good & np.isnan(at)
    used = good & ~lost
    aside = {
        "no position or no value": int(blank.sum()),
        "outside -156 to -31 dBm": int(wild.sum()),
        "nothing modelled there": int(lost.sum()),
    }
    if not used.any():
        said = ", ".join(f"{reason} {count:,}" for reason, count in aside.items() if count)
        problem = f"none of {len(value):,} points can be compared ({said or 'there are none'})"
        raise InputError(Fault(where, problem, "give points within the modelled area"))
    cells = median_by_cell(x[used], y[used], at[used] - value[used], modelled.cell_size_m)
    error = cells["value"].to_numpy(dtype=np.float64)
    after, blocks = _error_when_hidden(
        cells["easting"].to_numpy(), cells["northing"].to_numpy(), error
    )
    enough = len(error) >= ENOUGH_CELLS and blocks > 1
    bias = float(error.mean())
    return Calibration(
        points=len(value),
        used=int(used.sum()),
        set_aside={reason: count for reason, count in aside.items() if count},
        cells=len(error),
        blocks=blocks,
        bias_db=bias,
        spread_db=float(error.std(ddof=1)) if len(error) > 1 else float("nan"),
        rmse_db=float(np.sqrt(np.mean(error**2))),
        offset_db=-bias if enough else 0.0,
        rmse_after_db=after if enough else float("nan"),
    )


def _error_when_hidden(easting: Floats, northing: Floats, error: Floats) -> tuple[float, int]:
    """Return the error left in each block of 1 km by the mean of all others, and how many blocks."""
    key = np.floor(northing / BLOCK_M) * 1e6 + np.floor(easting / BLOCK_M)
    _, block = np.unique(key, return_inverse=True)
    count = np.bincount(block).astype(np.float64)
    if len(count) < 2:
        return float("nan"), len(count)
    total = np.bincount(block, weights=error)
    others = (total.sum() - total) / (count.sum() - count)
    return float(np.sqrt(np.mean((error - others[block]) ** 2))), len(count)
