"""Area-weighted statistics: by hand, against exactextract, and where a raster does not reach."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hills import LEFT, TOP, raster

from scenarios.zonal import zonal_statistics

EVERY = ("mean", "min", "max", "sum", "stdev")


def areas(*shapes):
    return gpd.GeoDataFrame(
        {"id": [f"a{i}" for i in range(len(shapes))]}, geometry=list(shapes), crs=27700
    )


def test_cells_count_by_the_share_of_them_inside():
    """A square over a quarter of the cell worth 1, half of the one worth 3: (0.25 + 1.5) / 0.75."""
    values = raster([[1.0, 3.0], [9.0, 9.0]])
    square = shapely.box(LEFT + 5, TOP - 5, LEFT + 15, TOP)
    found = zonal_statistics(values, areas(square), EVERY)
    assert found["mean"].tolist() == [pytest.approx(2.0)]  # a quarter... of both: 25 m2 each
    wide = shapely.box(LEFT + 5, TOP - 5, LEFT + 20, TOP)
    found = zonal_statistics(values, areas(wide), EVERY)
    assert found["mean"].iat[0] == pytest.approx((0.25 * 1 + 0.5 * 3) / 0.75)
    assert found["sum"].iat[0] == pytest.approx(0.25 * 1 + 0.5 * 3)
    assert found[["min", "max"]].to_numpy().tolist() == [[1.0, 3.0]]
    assert found["known_pct"].iat[0] == pytest.approx(100)
    assert found["flag"].tolist() == [""]


def test_a_slanting_edge_cuts_cells_exactly():
    triangle = shapely.Polygon([(LEFT, TOP), (LEFT + 20, TOP), (LEFT, TOP - 10)])
    found = zonal_statistics(raster([[2.0, 4.0]]), areas(triangle), EVERY)
    assert found["sum"].iat[0] == pytest.approx(0.75 * 2 + 0.25 * 4)


def test_holes_multipolygons_and_rings_of_either_turn():
    outer = shapely.box(LEFT + 1, TOP - 39, LEFT + 39, TOP - 1)
    hole = shapely.box(LEFT + 12, TOP - 27, LEFT + 25, TOP - 13)
    ring = shapely.Polygon(outer.exterior.coords, [hole.exterior.coords])
    turned = shapely.Polygon(list(outer.exterior.coords)[::-1], [hole.exterior.coords])
    pair = shapely.MultiPolygon([shapely.box(LEFT, TOP - 5, LEFT + 5, TOP), hole])
    values = np.arange(16.0).reshape(4, 4)
    found = zonal_statistics(raster(values), areas(ring, turned, pair), ("mean", "sum"))
    assert found["sum"].iat[0] == pytest.approx(found["sum"].iat[1])
    np.testing.assert_allclose(found["known_pct"], 100)
    both = zonal_statistics(raster(values), areas(outer, hole), ("sum",))["sum"]
    assert found["sum"].iat[0] == pytest.approx(both[0] - both[1])


def test_what_the_raster_does_not_cover_is_said_and_never_nil():
    values = np.ones((4, 4))
    values[:, 3] = np.nan
    half_off = shapely.box(LEFT - 20, TOP - 40, LEFT + 20, TOP)
    found = zonal_statistics(
        raster(values),
        areas(
            half_off,
            shapely.box(LEFT + 25, TOP - 40, LEFT + 40, TOP),
            shapely.box(0, 0, 50, 50),
            shapely.Polygon(),
        ),
    )
    assert found["known_pct"].tolist() == pytest.approx([50, 100 / 3, 0, 0])
    assert found["flag"].tolist() == ["partly known", "partly known", "not covered", "not covered"]
    assert found["mean"].iloc[:2].tolist() == [1.0, 1.0]
    assert found["mean"].iloc[2:].isna().all()


def test_other_coordinate_systems_and_operations_are_refused():
    with pytest.raises(ValueError, match="EPSG:27700"):
        zonal_statistics(raster([[1.0]]), areas(shapely.box(0, 0, 1, 1)).to_crs(4326))
    with pytest.raises(ValueError, match="no operation median"):
        zonal_statistics(raster([[1.0]]), areas(shapely.box(0, 0, 1, 1)), ("median",))


def test_random_areas_agree_with_exactextract():
    exactextract = pytest.importorskip("exactextract")
    from exactextract.raster import NumPyRasterSource

    rng = np.random.default_rng(8)
    values = rng.normal(size=(60, 80)).astype(np.float32)
    values[rng.random((60, 80)) < 0.05] = np.nan
    made = raster(values)
    seeds = shapely.MultiPoint(
        np.column_stack([LEFT + rng.uniform(-50, 850, 60), TOP - rng.uniform(-50, 650, 60)])
    )
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds))
    blobs = [shapely.Point(LEFT + x, TOP - y).buffer(r) for x, y, r in rng.uniform(5, 500, (40, 3))]
    shapes = areas(*cells, *[b.difference(b.centroid.buffer(3)) for b in blobs])
    source = NumPyRasterSource(values, *made.bounds, nodata=np.nan, srs_wkt=shapes.crs.to_wkt())
    theirs = exactextract.exact_extract(source, shapes, [*EVERY, "count"], output="pandas")
    ours = zonal_statistics(made, shapes, EVERY)
    some = (theirs["count"] > 0).to_numpy()  # where there is none, theirs says nil and ours nothing
    assert ours.loc[~some, "sum"].isna().all()
    ours, theirs = ours[some], theirs[some]
    for name in EVERY:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-6, atol=1e-6, err_msg=name)
