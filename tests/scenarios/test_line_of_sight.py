"""What masts see: flat ground, walls, a horizon, missing heights, and GDAL's viewshed program."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
import rasterio
from hills import LEFT, TOP, at, flat, hills, raster

from scenarios.coverage_kernels import ray_is_clear
from scenarios.line_of_sight import HIDDEN, OUTSIDE, UNKNOWN, VISIBLE, line_of_sight


def look(surface, row, column, height=25.0, **options):
    x, y = at(row, column, surface.cell_size_m)
    options.setdefault("radius_m", 300)
    return line_of_sight(surface, [x], [y], [height], **options)


def test_on_flat_ground_every_cell_within_the_radius_is_seen():
    found = look(flat(), 50, 50)
    window = found.window[0]
    span = np.arange(-30, 31)
    circle = span[:, None] ** 2 + span[None, :] ** 2 <= 30**2
    assert (window[circle] == VISIBLE).all()
    assert (window[~circle] == OUTSIDE).all()
    assert found.visible_cells().tolist() == [int(circle.sum())]
    assert found.unknown_pct.tolist() == [0.0]


def test_a_wall_hides_what_is_behind_it():
    """Antenna at 10 m, wall of 8 m five cells east: its shadow at 1.5 m starts where similar triangles say.

    The ray over the wall's top falls 2 m in 50 m, so it is at 1.5 m after 212.5 m: cells 6 to 21 east
    are in shadow, cell 22 is lit again.
    """
    values = np.zeros((41, 81))
    values[:, 25] = 8.0
    window = look(raster(values), 20, 20, 10.0, radius_m=400, earth_factor=None).window[0]
    row = window[40, 40:]
    assert (row[:6] == VISIBLE).all()  # the wall's own top is seen
    assert (row[6:22] == HIDDEN).all()
    assert (row[22:41] == VISIBLE).all()
    assert (window[40, 20:40] == VISIBLE).all()  # nothing stands to the west


def test_the_horizon_hides_a_low_receiver():
    """With k = 4/3 an antenna at 2 m sees a receiver at 0 m as far as sqrt(2 k a 2) = 5.83 km."""
    surface = raster(np.zeros((1, 150)), cell=100.0)
    row = look(surface, 0, 0, 2.0, radius_m=12_000, receiver_m=0.0).window[0][120, 120:]
    assert row[58] == VISIBLE
    assert row[61] == HIDDEN
    curved = look(surface, 0, 0, 2.0, radius_m=12_000, receiver_m=0.0, earth_factor=None).window[0]
    assert (curved[120, 120:240] == VISIBLE).all()


def test_a_receiver_in_a_building_is_hidden_by_its_roof():
    ground, top = np.zeros((21, 21)), np.zeros((21, 21))
    top[10, 15] = 6.0
    on_roof = look(raster(top), 10, 10, radius_m=100).window[0][10, 15]
    inside = look(raster(top), 10, 10, radius_m=100, ground=raster(ground)).window[0][10, 15]
    assert (on_roof, inside) == (VISIBLE, HIDDEN)


def test_what_is_not_known_is_neither_seen_nor_hidden():
    values = np.full((41, 41), 10.0)
    values[20, 30] = np.nan
    values[0, 0] = np.nan
    found = line_of_sight(
        raster(values), *np.transpose([at(20, 20), at(0, 0), (0.0, 0.0), at(20, 0)]), [25.0] * 4,
        radius_m=150,
    )  # fmt: skip
    assert found.window[0, 15, 25] == UNKNOWN
    assert found.window[0, 15, 26] == VISIBLE  # a missing height blocks nothing
    assert found.flags.tolist() == ["", "no height at its place", "off the surface", ""]
    assert found.visible_cells()[1:3].tolist() == [0, 0]
    assert found.unknown_pct[2] == 100
    assert 45 < found.unknown_pct[3] < 50  # half of its circle lies beyond the edge
    assert found.seen_by()[20, 20] == 1
    assert found.seen_by()[20, 12] == 2


def test_an_antenna_below_its_surface_is_flagged():
    found = look(
        raster(np.full((9, 9), 30.0)), 4, 4, 5.0, radius_m=40, ground=raster(np.zeros((9, 9)))
    )
    assert found.flags[0] == "antenna below the surface at its place"


def test_a_higher_mast_never_sees_less():
    _, surface = hills()
    low, high = (look(surface, 60, 60, h, radius_m=500).window[0] == VISIBLE for h in (10.0, 40.0))
    assert (low & ~high).sum() == 0


def test_many_masts_see_what_each_sees_alone():
    _, surface = hills()
    rng = np.random.default_rng(3)
    x, y = (
        np.asarray(v)
        for v in zip(*(at(r, c) for r, c in rng.integers(0, 120, (40, 2))), strict=True)
    )
    height = np.full(40, 20.0)
    together = line_of_sight(surface, x, y, height, radius_m=300)
    alone = [
        line_of_sight(surface, [a], [b], [20.0], radius_m=300).window[0]
        for a, b in zip(x, y, strict=True)
    ]
    np.testing.assert_array_equal(together.window, alone)


def test_rays_agree_with_a_ray_to_each_cell():
    _, surface = hills()
    window = look(surface, 60, 60, radius_m=500, earth_factor=None).window[0]
    values = surface.values
    same = total = 0
    for r, c in np.argwhere(window != OUTSIDE):
        if (r, c) == (50, 50):
            continue
        row, column = 10 + r, 10 + c
        ends = float(values[60, 60] + 25), float(values[row, column] + 1.5)
        clear = ray_is_clear(values, 60, 60, row, column, *ends, 0.0)
        same += clear == (window[r, c] == VISIBLE)
        total += 1
    assert same / total > 0.95


@pytest.mark.skipif(
    shutil.which("gdal_viewshed") is None, reason="the gdal_viewshed program is not installed"
)
@pytest.mark.parametrize("built", [False, True])
def test_visible_cells_are_within_three_per_cent_of_gdals(tmp_path, built):
    surface = hills(420)[1 if built else 0]
    path = tmp_path / "surface.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=420, height=420, count=1, dtype="float32", crs="EPSG:27700",
        transform=rasterio.Affine(10, 0, LEFT, 0, -10, TOP),
    ) as file:  # fmt: skip
        file.write(surface.values, 1)
    ours = theirs = same = total = 0
    for row, column in ((160, 170), (210, 210), (250, 190), (200, 260), (170, 250), (240, 240)):
        x, y = at(row, column)
        found = look(surface, row, column, radius_m=1500).window[0]
        out = tmp_path / f"{row}.tif"
        command = [
            "gdal_viewshed", "-q", "-ox", str(x), "-oy", str(y), "-oz", "25", "-tz", "1.5", "-md",
            "1500", "-cc", "0.75", str(path), str(out),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
        with rasterio.open(out) as file:
            top, left = round((TOP - file.transform.f) / 10), round((file.transform.c - LEFT) / 10)
            whole = np.zeros((420, 420), dtype=bool)
            whole[top : top + file.height, left : left + file.width] = file.read(1) > 0
        seen = whole[row - 150 : row + 151, column - 150 : column + 151]
        inside = found != OUTSIDE
        ours += int((found == VISIBLE).sum())
        theirs += int((seen & inside).sum())
        same += int(((found == VISIBLE) == seen)[inside].sum())
        total += int(inside.sum())
    assert ours == pytest.approx(theirs, rel=0.03)
    assert same / total > (0.85 if built else 0.98)
