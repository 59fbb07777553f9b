"""Marks and names do not hide each other."""

import doctest

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

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


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), spiky=st.booleans())
def test_the_box_that_is_found_is_the_one_that_cutting_every_box_would_find(seed, spiky):
    """What is left uncut could not have won; of equals the first is taken."""
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 12))
    reach = rng.uniform(5 if spiky else 40, 50, 12)
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * reach[:, None]
    polygon = shapely.make_valid(shapely.polygons(ring))
    left, bottom = rng.integers(-60, 50, (2, 40)).astype(float)
    boxes = shapely.box(left, bottom, left + 12, bottom + 8)
    cost = rng.integers(0, 4, 40) / 2
    outside = 1 - shapely.area(shapely.intersection(boxes, polygon)) / shapely.area(boxes)
    assert placement._least(cost, boxes, polygon) == int(np.argmin(cost + 1.5 * outside))
