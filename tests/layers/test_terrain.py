"""Heights of the ground."""

import numpy as np
import pytest
from toy import county, reading

from layers.errors import SourceError
from layers.parameters import shipped
from layers.peeking import peek
from layers.terrain import terrain


def tile(folder, name, left, bottom, heights, cell=50):
    rows, columns = len(heights), len(heights[0])
    head = f"ncols {columns}\nnrows {rows}\nxllcorner {left}\nyllcorner {bottom}\ncellsize {cell}\nNODATA_value -9999\n"
    path = folder / name
    path.write_text(head + "\n".join(" ".join(str(h) for h in row) for row in heights) + "\n")
    data = {
        "tile": [name],
        "easting_min": [float(left)],
        "northing_min": [float(bottom)],
        "cell_size_m": [float(cell)],
        "columns": [columns],
        "rows": [rows],
    }
    return reading("terrain_asc", data, name=name), peek(path, name)


def made(*pairs):
    book, base = county(*(r for r, _ in pairs))
    return terrain(book, {r.source.src: look for r, look in pairs}, base, shipped()), book


def test_rows_run_from_north_to_south_and_bilinear_meets_the_cell_centres(tmp_path):
    ground, _ = made(tile(tmp_path, "a.asc", 400_000, 300_000, [[10, 20], [30, 40]]))
    x = np.array([400_025.0, 400_075, 400_025, 400_075, 400_050, 400_050, 399_999])
    y = np.array([300_075.0, 300_075, 300_025, 300_025, 300_050, 300_025, 300_050])
    assert ground.sample(x, y)[:6].tolist() == [10, 20, 30, 40, 25, 35]
    assert np.isnan(ground.sample(x, y)[6])
    assert ground.sample(x, y, "nearest")[:4].tolist() == [10, 20, 30, 40]


def test_heights_run_on_across_the_edge_of_two_tiles(tmp_path):
    ground, _ = made(
        tile(tmp_path, "a.asc", 400_000, 300_000, [[10, 10], [10, 10]]),
        tile(tmp_path, "b.asc", 400_100, 300_000, [[20, 20], [20, 20]]),
    )
    assert ground.sample(np.array([400_100.0]), np.array([300_050.0])).tolist() == [15]


def test_missing_cells_are_missing_and_do_not_weigh(tmp_path):
    ground, _ = made(tile(tmp_path, "a.asc", 400_000, 300_000, [[10, -9999], [10, 10]]))
    found = ground.sample(np.array([400_049.0, 400_075]), np.array([300_074.0, 300_075]))
    assert found[0] == 10
    assert np.isnan(found[1])


def test_tiles_far_from_the_study_are_set_aside(tmp_path):
    pair = tile(tmp_path, "a.asc", 500_000, 300_000, [[1, 1], [1, 1]])
    ground, book = made(pair)
    assert ground is None
    assert book.close()[0][-1].set_aside or book.close()[1]


def test_tiles_of_two_cell_sizes_are_refused(tmp_path):
    with pytest.raises(SourceError, match="cell sizes"):
        made(
            tile(tmp_path, "a.asc", 400_000, 300_000, [[1, 1], [1, 1]]),
            tile(tmp_path, "b.asc", 401_000, 300_000, [[1, 1], [1, 1]], cell=25),
        )
