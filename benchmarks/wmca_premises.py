"""WMCA premises: BDUK joined to OS Open UPRN and assigned to small areas, against pandas and geopandas."""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from measure import report

PREMISES, AREAS, SIDE_M = 1_300_000, 1_700, 30_000
WEST, SOUTH = 390_000, 270_000
DISTRICTS = [f"E0800003{i}" for i in range(7)]
STATUS = np.array(["white", "under_review", "grey_black"])


def wiggled(shapes: np.ndarray) -> np.ndarray:
    """Bend borders by a smooth field, which moves shared vertices alike."""

    def wiggle(xy: np.ndarray) -> np.ndarray:
        x, y = xy[:, 0], xy[:, 1]
        return np.column_stack([x + 40 * np.sin(y / 61), y + 40 * np.sin(x / 67)])

    return np.asarray(shapely.transform(shapely.segmentize(shapes, 6.0), wiggle))


def prepare(folder: Path) -> None:
    """Write seven BDUK files, one of Open UPRN (a fifth of it no premises), and boundaries."""
    from layers.formats import bduk_premises, open_uprn  # noqa: PLC0415

    rng = np.random.default_rng(7)
    seeds = shapely.MultiPoint(rng.uniform(0, SIDE_M, (AREAS, 2)) + np.array([WEST, SOUTH]))
    frame = shapely.box(WEST, SOUTH, WEST + SIDE_M, SOUTH + SIDE_M)
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame))
    cells = shapely.intersection(cells, frame)
    band = np.minimum(((shapely.get_x(shapely.centroid(cells)) - WEST) / SIDE_M * 7).astype(int), 6)
    codes = [f"E0100{i:04d}" for i in range(len(cells))]
    shapes = wiggled(cells)
    whole = [shapely.union_all(shapes[band == k]) for k in range(7)]
    for name, stem, ids, drawn in (
        ("areas", "LSOA21", codes, shapes),
        ("districts", "LAD25", DISTRICTS, whole),
    ):
        table = {f"{stem}CD": ids, f"{stem}NM": ids}
        gpd.GeoDataFrame(table, geometry=drawn, crs=27700).to_file(folder / f"{name}.gpkg")

    points = PREMISES * 5 // 4
    uprn = np.sort(rng.choice(10_000_000, points, replace=False)) + 10_000_000_000
    x = rng.uniform(WEST, WEST + SIDE_M, points).round(2)
    y = rng.uniform(SOUTH, SOUTH + SIDE_M, points).round(2)
    open_uprn.write(
        pd.DataFrame({"uprn": uprn, "easting": x, "northing": y}),
        folder / "osopenuprn_202608.csv",
    )
    chosen = np.sort(rng.choice(points, PREMISES, replace=False))
    post = rng.integers(0, 80_000, PREMISES)
    frame = pd.DataFrame(
        {
            "uprn": uprn[chosen],
            "postcode": np.array([f"B{n // 4000 + 1} {n % 10}{chr(65 + n // 10 % 20)}{chr(65 + n // 200 % 20)}" for n in range(80_000)])[post],
            "status": STATUS[rng.integers(0, 3, PREMISES)],
            "current_gigabit": rng.random(PREMISES) < 0.8,
            "future_gigabit": rng.random(PREMISES) < 0.9,
            "in_plan": rng.random(PREMISES) < 0.05,
        }
    )  # fmt: skip
    at = np.minimum(((x[chosen] - WEST) / SIDE_M * 7).astype(int), 6)
    for k, code in enumerate(DISTRICTS):
        part = frame[at == k].assign(lad=code, lad_name=code)
        bduk_premises.write(part, folder / f"202601_bduk_premises_{code}.csv")


def ours(folder: Path) -> pd.DataFrame:
    """Read, join and place as the product does, every row accounted for."""
    from layers.boundaries import ground  # noqa: PLC0415
    from layers.gather import gather  # noqa: PLC0415
    from layers.ledger import Ledger  # noqa: PLC0415
    from layers.membership import Lookups  # noqa: PLC0415
    from layers.positions import positions  # noqa: PLC0415
    from layers.postcodes import gazetteer  # noqa: PLC0415
    from layers.premises import demand  # noqa: PLC0415

    files = [*sorted(folder.glob("*.csv")), *sorted(folder.glob("*.gpkg"))]
    made = gather(folder, files, districts=DISTRICTS)
    ledger = Ledger(made.readings)
    base = ground(ledger, Lookups(ledger), DISTRICTS)
    where = positions(ledger)
    found = demand(ledger, base, None, where, gazetteer(ledger), None, None)
    where.settle(ledger, base)
    ledger.close()
    return found.frame


def peer(folder: Path) -> pd.DataFrame:
    """Make the same frame as one writes it in pandas and geopandas: only the columns needed, the same rows and columns out.

    It neither hashes the files nor checks cells, and keeps no account of rows left out.
    """
    plans = ["bduk_gis", "bduk_vouchers", "bduk_superfast", "bduk_hubs"]
    status = "subsidy_control_status"
    wanted = ["uprn", status, "current_gigabit", *plans]
    parts = []
    for path in sorted(folder.glob("*bduk*.csv")):
        part = pd.read_csv(path, usecols=wanted)
        part["src"], part["record"] = path.name, np.arange(1, len(part) + 1)
        parts.append(part)
    premises = pd.concat(parts, ignore_index=True).drop_duplicates("uprn")
    del parts
    at = ["UPRN", "X_COORDINATE", "Y_COORDINATE"]
    points = pd.read_csv(folder / "osopenuprn_202608.csv", encoding="utf-8-sig", usecols=at)
    joined = premises.merge(points, left_on="uprn", right_on="UPRN", how="left")
    areas = gpd.read_file(folder / "areas.gpkg")[["LSOA21CD", "geometry"]]
    inside = areas.set_geometry(areas.representative_point())
    districts = gpd.read_file(folder / "districts.gpkg")[["LAD25CD", "geometry"]]
    areas["lad"] = inside.sjoin(districts, predicate="within")["LAD25CD"]
    shapes = gpd.points_from_xy(joined["X_COORDINATE"], joined["Y_COORDINATE"], crs=27700)
    placed = gpd.GeoDataFrame(joined, geometry=shapes).sjoin(areas, predicate="within")
    out = pd.DataFrame({"id": "uprn:" + placed["uprn"].astype("str")})
    out[["src", "record"]] = placed[["src", "record"]]
    out[["easting", "northing"]] = placed[["X_COORDINATE", "Y_COORDINATE"]]
    out[["area", "lad"]] = placed[["LSOA21CD", "lad"]]
    out["premises"] = 1.0
    white = (placed[status] == "Gigabit White") & ~placed[plans].any(axis=1)
    for end in ("", "_low", "_high"):
        out[f"without_full_fibre{end}"] = np.nan
        out[f"without_gigabit{end}"] = (~placed["current_gigabit"]).astype(float)
        out[f"uplift{end}"] = white.astype(float)
    for name, said in zip(STATUS, ("White", "Under Review", "Grey/Black"), strict=True):
        out[name] = (placed[status] == f"Gigabit {said}").astype(float)
    out["grade"], out["route"] = "measured", "BDUK premises at OS Open UPRN positions"
    return out.sort_values("id", ignore_index=True)


def same(folder: Path) -> None:
    """Hold the two frames against each other, cell by cell; `src` names the file in either way."""
    mine, theirs = ours(folder), peer(folder)
    theirs = theirs[list(mine.columns)]
    names = {source: i for i, source in enumerate(theirs["src"].unique())}
    digests = {source: i for i, source in enumerate(mine["src"].unique())}
    mine["src"], theirs["src"] = mine["src"].map(digests), theirs["src"].map(names)
    pd.testing.assert_frame_equal(mine, theirs, check_dtype=False, check_categorical=False)
    print(f"{len(mine):,} rows of {len(mine.columns)} columns are the same")


def main() -> None:
    """Run `prepare`, `ours`, `peer` or `same` in a folder."""
    side, folder = sys.argv[1], Path(sys.argv[2])
    if side == "prepare":
        prepare(folder)
    elif side == "same":
        same(folder)
    elif side == "ours":
        # imports are not the work measured, on either side; numba leaves most of its own to the first call
        import scipy.ndimage  # noqa: F401, PLC0415

        from layers import area_cells, positions, premises  # noqa: F401, PLC0415
        from layers.compiled import import_rest  # noqa: PLC0415
        from layers.formats import load_all  # noqa: PLC0415

        load_all()
        import_rest()
        report(lambda: ours(folder))
    else:
        import pyogrio  # noqa: F401, PLC0415

        report(lambda: peer(folder))


if __name__ == "__main__":
    main()
