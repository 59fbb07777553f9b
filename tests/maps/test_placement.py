"""Marks and names do not hide each other."""

import doctest

import numpy as np
import shapely

from maps import placement
from maps.placement import label_places, spread


def test_examples_hold():
    assert doctest.testmod(placement, extraglobs={"np": np}).failed == 0


def test_crowded_marks_step_apart_and_stay_near():
    points = np.zeros((8, 2))
    placed = spread(points, 10.0)
    gap = np.hypot(*(placed[:, None] - placed[None, :]).transpose(2, 0, 1))
    np.fill_diagonal(gap, np.inf)
    assert gap.min() >= 19.5
    assert np.hypot(*placed.T).max() < 60


def test_a_mark_alone_stays_where_it_is():
    points = np.array([[5.0, 5.0], [100.0, 100.0]])
    assert np.array_equal(spread(points, 10.0), points)
    assert spread(np.zeros((0, 2)), 10.0).shape == (0, 2)


def test_names_avoid_marks_and_each_other():
    # a mark sits on the middle of the first square, where the name would go
    polygons = np.array([shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)])
    sizes = np.array([[40.0, 12.0], [40.0, 12.0]])
    mark = np.array([[40.0, 40.0, 60.0, 60.0]])
    places = label_places(polygons, sizes, mark)
    boxes = np.hstack([places - sizes / 2, places + sizes / 2])
    shapes = [shapely.box(*box) for box in (*boxes, mark[0])]
    for i, one in enumerate(shapes):
        assert not any(one.intersection(other).area > 0 for other in shapes[i + 1 :])
    assert shapely.contains(polygons, shapes[:2]).all()
