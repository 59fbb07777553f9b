"""What a radio engineer needs of the practice county: street assets, and a surface of its centre.

A quarter of the lamp columns are in a register of one district's council, with gaps as real registers have;
the rest of what stands in streets is on the map only, and says less. The surface covers two kilometres around
the middle of the county: line of sight is decided over it there, and by its probability elsewhere.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infra.sample_streets import Premises
from infra.sample_world import Areas, Plane, rng_of, smooth_field
from layers.formats import load
from layers.rasters import Raster

__all__ = ["ground_m", "make_street_assets", "write_radio"]

Floats = NDArray[np.float64]
REGISTER_DISTRICT = 0
SIDE_M, CELL_M = 2_000.0, 10.0
STOREYS_M = (5.0, 9.0)  # eaves of houses; twice that and more near the middle
WAVELENGTHS_M = (9_000.0, 3_500.0, 1_600.0)


def ground_m(plane: Plane, easting: Floats, northing: Floats, seed: int) -> Floats:
    """Return the height of the ground, gentle hills around 130 m."""
    hills = smooth_field(
        easting - plane.centre[0], northing - plane.centre[1], rng_of(seed, 13), wavelengths_m=WAVELENGTHS_M
    )  # fmt: skip
    return np.asarray(np.round(130 + 22 * hills, 1))


def make_street_assets(premises: Premises, areas: Areas, seed: int) -> pd.DataFrame:
    """Return the council's lamp columns: the canonical columns of `layers.formats.street_assets`.

    They stand a few metres from some premises of one district. Material, power and footway are blank in
    many rows, the structural test in most.
    """
    rng = rng_of(seed, 31)
    frame = premises.frame
    members = np.flatnonzero(areas.lad[frame["area"].to_numpy()] == REGISTER_DISTRICT)
    count = min(len(members), 60 + len(members) // 25)
    at = np.sort(rng.choice(members, count, replace=False))
    spread = rng.uniform(-4, 4, (2, count))

    def some(values: tuple[str, ...], shares: tuple[float, ...]) -> NDArray[np.str_]:
        return np.asarray(rng.choice(values, count, p=shares))

    return pd.DataFrame(
        {
            "asset_id": [f"PL{i + 1:05d}" for i in range(count)],
            "kind": "lamp column",
            "owner": "Practice Council",
            "height_m": rng.choice([5.0, 6.0, 8.0, 10.0, np.nan], count, p=[0.3, 0.25, 0.25, 0.1, 0.1]),
            "material": some(("steel", "aluminium", "concrete", ""), (0.5, 0.1, 0.2, 0.2)),
            "power": some(("yes", ""), (0.7, 0.3)),
            "heritage": some(("no", "yes", ""), (0.6, 0.1, 0.3)),
            "footway_clear_m": rng.choice([1.2, 1.8, 2.4, np.nan], count, p=[0.2, 0.3, 0.2, 0.3]),
            "structural_test_date": some(("2023-06-14", ""), (0.2, 0.8)),
            "name": "Practice Street",
            "easting": np.round(frame["easting"].to_numpy()[at] + spread[0], 1),
            "northing": np.round(frame["northing"].to_numpy()[at] + spread[1], 1),
        }
    )  # fmt: skip


def _surface(plane: Plane, premises: Premises, seed: int) -> Raster:
    """Return ground and roofs around the middle of the county, in cells of 10 m."""
    rng = rng_of(seed, 32)
    left, top = (np.floor(c / CELL_M) * CELL_M for c in (plane.centre[0] - SIDE_M / 2, plane.centre[1] + SIDE_M / 2))  # fmt: skip
    size = int(SIDE_M / CELL_M)
    grid = Raster(np.zeros((size, size), dtype=np.float32), float(left), float(top), CELL_M)
    east, north = np.meshgrid(*grid.centres())
    heights = ground_m(plane, east.ravel(), north.ravel(), seed).reshape(size, size)
    x, y = premises.frame["easting"].to_numpy(), premises.frame["northing"].to_numpy()
    row, column, inside = grid.cells_of(x, y)
    central = np.hypot(x - plane.centre[0], y - plane.centre[1]) < SIDE_M / 8
    tall = rng.uniform(*STOREYS_M, len(x)) * np.where(central, 2.5, 1.0)
    roofs = np.zeros((size, size))
    np.maximum.at(roofs, (row[inside], column[inside]), tall[inside])
    return grid.like(heights + roofs)


def write_radio(
    plane: Plane, premises: Premises, areas: Areas, seed: int, folder: Path
) -> list[Path]:
    """Write the register of street assets and the surface raster."""
    assets = make_street_assets(premises, areas, seed)
    return [
        load("street_assets").write(assets, folder / "property" / "street_assets.csv"),
        load("height_raster").write(
            _surface(plane, premises, seed), folder / "surface" / "practice_dsm_10m.tif"
        ),
    ]
