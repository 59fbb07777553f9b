"""What is drawn inside a map's frame: what the frame shows, and roads in one stroke."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from matplotlib.figure import Figure
from matplotlib.path import Path
from views import study_view

from maps.ink import choropleth, road_lines
from maps.sheet import trace

LINES = np.array(
    [
        shapely.LineString([(0, 0), (10, 0), (20, 5)]),
        shapely.MultiLineString([[(0, 50), (5, 55)], [(7, 57), (9, 59)]]),
        shapely.LineString([(500, 500), (510, 500)]),
    ]
)


@pytest.fixture
def axes():
    made = Figure().add_axes((0, 0, 1, 1))
    made.set_xlim(0, 100)
    made.set_ylim(0, 100)
    return made


def test_lines_are_one_path_that_lifts_the_pen_between_them():
    path = trace(LINES)
    starts = path.vertices[path.codes == Path.MOVETO]
    assert starts.tolist() == [[0, 0], [0, 50], [7, 57], [500, 500]]
    assert set(path.codes) == {Path.MOVETO, Path.LINETO}
    assert len(path.vertices) == 9
    assert trace(np.array([], dtype=object)) is None


def test_roads_beyond_the_frame_are_not_drawn(axes):
    road_lines(axes, LINES)
    (stroke,) = axes.patches
    assert stroke.get_path().vertices.max() == 59
    road_lines(axes, LINES[2:])
    assert len(axes.patches) == 1


def test_areas_beyond_the_frame_are_not_drawn(axes):
    """Each square of 100 m is an area; the frame shows the first and touches none but its neighbours."""
    squares = [shapely.box(x, 0, x + 100, 100) for x in range(0, 500, 100)]
    names = [f"A{n}" for n in range(5)]
    frame = gpd.GeoDataFrame({"id": names, "name": names}, geometry=squares, crs=27700)
    choropleth(axes, replace(study_view(), districts=frame), None)
    drawn = np.vstack([patch.get_path().vertices for patch in axes.patches])
    assert drawn[:, 0].max() == 200
