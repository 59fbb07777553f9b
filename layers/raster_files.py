"""The rasters of a study: surface models, bare earth and signal strength, kept where they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from layers.archives import real
from layers.boundaries import Ground
from layers.ledger import Ledger, apart
from layers.parameters import Parameters
from layers.peeking import Peek
from layers.raster_checks import Kind
from layers.rasters import Bounds, Raster, read_rasters
from layers.source import SourceFile
from layers.transport import MARGIN

__all__ = ["RasterFiles", "raster_files", "signal_by_area"]

Floats = np.ndarray
HIGH, VERY_HIGH = "radio.threshold_5g_high_dbm", "radio.threshold_5g_very_high_dbm"


@dataclass(frozen=True)
class RasterFiles:
    """GeoTIFFs of one kind that reach into the study area or near it.

    Attributes
    ----------
    kind
        `surface`, `terrain` or `signal`.
    paths
        Where they are; inside an archive, the archive's path and the member's name.
    """

    kind: Kind
    paths: tuple[Path, ...]
    sources: tuple[SourceFile, ...] = ()

    def read(self, bounds: Bounds, cell_size_m: float | None = None) -> Raster:
        """Return the part within bounds (EPSG:27700) as `layers.rasters.read_rasters` reads it.

        Raises
        ------
        SourceError
            When no file covers any of it, or a file has changed and cannot be read.
        """
        found = [real(path) for path in self.paths]
        return read_rasters(found, bounds, kind=self.kind, cell_size_m=cell_size_m)


def raster_files(
    ledger: Ledger, looks: Mapping[str, Peek], ground: Ground, parameters: Parameters
) -> tuple[RasterFiles, ...]:
    """Return the study's GeoTIFFs by kind; those far outside the study are set aside."""
    margin = parameters.value(MARGIN)
    left, bottom, right, top = ground.outline.bounds
    held: dict[Kind, list[tuple[Path, SourceFile]]] = {}
    for reading in (*ledger.of("height_raster"), *ledger.of("signal_raster")):
        row = reading.frame.iloc[0]
        far = (
            row["easting_min"] > right + margin
            or row["northing_min"] > top + margin
            or row["easting_max"] < left - margin
            or row["northing_max"] < bottom - margin
        )
        reason = f"more than {margin:,.0f} m outside the study area" if far else ""
        ledger.settle(apart(reading, [reason]))
        if not far:
            look = looks[reading.source.src]
            kind: Kind = "signal" if reading.source.detail == "signal" else row["kind"]
            held.setdefault(kind, []).append((look.home or look.path, reading.source))
    return tuple(
        RasterFiles(kind, tuple(p for p, _ in held[kind]), tuple(s for _, s in held[kind]))
        for kind in sorted(held)
    )


def signal_by_area(
    files: tuple[RasterFiles, ...],
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
    signal = next((f for f in files if f.kind == "signal"), None)
    if signal is None or demand is None or demand.empty:
        return made
    x, y = demand["easting"].to_numpy(float), demand["northing"].to_numpy(float)
    bounds = (x.min() - 1, y.min() - 1, x.max() + 1, y.max() + 1)
    dbm = signal.read(bounds).sample(x, y, "nearest")
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
