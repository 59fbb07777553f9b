"""1.25 million points in 1,700 areas: our grid against geopandas.sjoin."""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from measure import report

from layers.grid import assign_points

POINTS, AREAS, SIDE_M = 1_250_000, 1_700, 30_000


def prepare(folder: Path) -> None:
    """Make areas with wiggly shared borders (about 500 vertices each) and uniform points."""
    rng = np.random.default_rng(7)
    seeds = shapely.MultiPoint(rng.uniform(0, SIDE_M, (AREAS, 2)))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(seeds, extend_to=shapely.box(0, 0, SIDE_M, SIDE_M))
    )
    cells = shapely.intersection(cells, shapely.box(0, 0, SIDE_M, SIDE_M))
    cells = shapely.segmentize(cells, 6.0)

    def wiggle(xy: np.ndarray) -> np.ndarray:
        # a smooth field moves shared vertices alike, so borders stay shared
        x, y = xy[:, 0], xy[:, 1]
        return np.column_stack(
            [
                x + 40 * np.sin(y / 61) + 11 * np.sin(y / 13),
                y + 40 * np.sin(x / 67) + 11 * np.sin(x / 17),
            ]
        )

    gpd.GeoDataFrame(geometry=shapely.transform(cells, wiggle), crs=27700).to_parquet(
        folder / "areas.parquet"
    )
    np.save(folder / "points.npy", rng.uniform(0, SIDE_M, (POINTS, 2)))


def main() -> None:
    """Run `prepare`, `ours` or `peer` in a folder."""
    side, folder = sys.argv[1], Path(sys.argv[2])
    if side == "prepare":
        prepare(folder)
        return
    areas = gpd.read_parquet(folder / "areas.parquet")
    x, y = np.load(folder / "points.npy").T.copy()
    if side == "ours":
        import rasterio.features  # noqa: F401, PLC0415 - imports are not the work measured

        report(lambda: assign_points(x, y, areas.geometry.to_numpy()))
    else:
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=27700)
        report(lambda: gpd.sjoin(points, areas, predicate="within"))


if __name__ == "__main__":
    main()
