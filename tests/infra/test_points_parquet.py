"""Points are written as the library for shapes writes them, and come back as they were."""

import geopandas as gpd
import numpy as np
import pandas as pd

from infra.points_parquet import write_points


def test_points_read_as_geopandas_would_have_written_them(tmp_path):
    frame = pd.DataFrame(
        {"id": ["a", "b"], "easting": [400_000.5, 400_100.0], "northing": [290_000, 290_050]}
    )
    write_points(frame, tmp_path / "points.parquet")
    found = gpd.read_parquet(tmp_path / "points.parquet")
    points = gpd.points_from_xy(frame["easting"], frame["northing"], crs=27700)
    pd.testing.assert_frame_equal(found, gpd.GeoDataFrame(frame, geometry=points))


def test_a_missing_coordinate_is_a_missing_point(tmp_path):
    frame = pd.DataFrame({"easting": [np.nan, 2.0, 3.0], "northing": [1.0, np.nan, 4.0]})
    write_points(frame, tmp_path / "points.parquet")
    found = gpd.read_parquet(tmp_path / "points.parquet").geometry
    assert found.isna().tolist() == [True, True, False]
    assert (found[2].x, found[2].y) == (3.0, 4.0)


def test_no_points_at_all(tmp_path):
    write_points(pd.DataFrame({"easting": [], "northing": []}), tmp_path / "points.parquet")
    assert len(gpd.read_parquet(tmp_path / "points.parquet")) == 0
