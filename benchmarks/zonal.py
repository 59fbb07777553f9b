"""Area-weighted means of a 2,700 by 1,900 raster over 1,700 areas, against rasterstats and exactextract.

All read the same GeoTIFF. rasterstats counts cell centres; ours and exactextract weigh cells by the
share of them inside, and must agree.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
from measure import handed_to_peers, report

COLUMNS, ROWS, CELL_M = 2_700, 1_900, 10.0
STATISTICS = ("mean", "min", "max", "sum")
ABSENT = 3


def prepare(folder: Path) -> None:
    """Make the areas of the other comparison on the raster, and a smooth raster."""
    import points_in_areas  # noqa: PLC0415 - not in the peers' environment
    import rasterio  # noqa: PLC0415
    import shapely  # noqa: PLC0415

    points_in_areas.SIDE_M = ROWS * CELL_M
    points_in_areas.prepare(folder)
    areas = gpd.read_parquet(folder / "areas.parquet")
    valid = shapely.make_valid(areas.geometry.to_numpy(), method="structure", keep_collapsed=False)
    areas = gpd.GeoDataFrame(
        {"id": [f"a{i:04d}" for i in range(len(areas))]}, geometry=valid, crs=27700
    )
    areas.to_parquet(folder / "areas.parquet")
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    values = (100 + 20 * np.sin(x / 90) + 10 * np.cos(y / 70) + (x * 7 + y * 13) % 11).astype(
        np.float32
    )
    with rasterio.open(
        folder / "values.tif", "w", driver="GTiff", width=COLUMNS, height=ROWS, count=1,
        dtype="float32", crs="EPSG:27700", nodata=-9999, tiled=True,
        transform=rasterio.Affine(CELL_M, 0, -400.0, 0, -CELL_M, ROWS * CELL_M),
    ) as file:  # fmt: skip
        file.write(values, 1)


def ours(path: Path, areas: gpd.GeoDataFrame):
    """Read the raster and weigh its cells."""
    import rasterio  # noqa: PLC0415

    from layers.rasters import Raster  # noqa: PLC0415
    from scenarios.zonal import zonal_statistics  # noqa: PLC0415

    with rasterio.open(path) as file:
        values = file.read(1, masked=True).filled(np.nan)
        made = Raster(values, file.transform.c, file.transform.f, CELL_M)
    return zonal_statistics(made, areas, STATISTICS)


def main() -> None:
    """Run `prepare`, `ours`, `peer` (rasterstats) or `exactextract` in a folder."""
    side, folder = sys.argv[1], Path(sys.argv[2])
    if side == "prepare":
        prepare(folder)
        return
    if side == "peer" and handed_to_peers():
        return
    areas, path = gpd.read_parquet(folder / "areas.parquet"), folder / "values.tif"
    if side == "ours":
        ours(path, areas.iloc[:2])  # compiling is not the work measured
        report(lambda: ours(path, areas))
    elif side == "exactextract":
        from exactextract import exact_extract  # noqa: PLC0415

        kept = []
        report(
            lambda: kept.append(exact_extract(str(path), areas, list(STATISTICS), output="pandas"))
        )
        mine = ours(path, areas)
        worst = max(float((mine[s] - kept[0][s]).abs().max()) for s in ("mean", "min", "max"))
        print(f"largest difference of mean, least and most: {worst:.1e}", file=sys.stderr)
    elif importlib.util.find_spec("rasterstats") is None:
        print(
            "absent: rasterstats is not installed (pip install -r benchmarks/requirements-peers-radio.txt)",
            file=sys.stderr,
        )
        sys.exit(ABSENT)
    else:
        import rasterstats  # noqa: PLC0415

        report(lambda: rasterstats.zonal_stats(areas, str(path), stats=list(STATISTICS)))


if __name__ == "__main__":
    main()
