"""Rasters of heights that a study holds."""

import numpy as np
import pytest
from toy import county, reading, settled

from layers.errors import SourceError
from layers.gather import gather
from layers.geotiff import write_geotiff
from layers.heights import heights
from layers.parameters import shipped
from layers.peeking import peek
from layers.rasters import Raster


def raster(path, left, top, values, cell=10.0):
    grid = Raster(np.asarray(values, dtype=np.float32), left, top, cell)
    return write_geotiff(grid, path, unit="m", description="heights")


def one(folder, path):
    made = gather(folder, [path])
    return made.fates[0], made


@pytest.mark.parametrize(
    ("name", "detail"),
    [("SP08_DSM_1m.tif", "surface"), ("lidar/dtm/sp08.tif", "terrain"), ("surface/sp08_dtm.tif", "terrain")],
)  # fmt: skip
def test_a_raster_is_what_its_name_says_the_files_own_before_its_folders(tmp_path, name, detail):
    raster(tmp_path / name, 400_000, 300_040, np.full((4, 4), 100.0))
    fate, made = one(tmp_path, tmp_path / name)
    assert (fate.status, fate.detail) == ("used", detail)
    frame = made.readings["height_raster"][0].frame
    assert frame.loc[0, ["easting_min", "northing_max", "cell_size_m"]].tolist() == [
        400_000,
        300_040,
        10,
    ]


def test_a_raster_without_a_word_in_its_name_is_left_out_and_told_how_to_mend(tmp_path):
    raster(tmp_path / "sp08.tif", 400_000, 300_040, np.full((4, 4), 100.0))
    fate, _ = one(tmp_path, tmp_path / "sp08.tif")
    assert fate.status == "not recognised"
    assert "put DSM" in fate.reason


def test_feet_are_refused_when_the_file_is_first_read(tmp_path):
    raster(tmp_path / "dsm.tif", 400_000, 300_040, np.full((4, 4), 2_300.0))
    fate, made = one(tmp_path, tmp_path / "dsm.tif")
    assert fate.status == "refused"
    assert "from feet or centimetres" in made.faults[0].mend


def pair(folder, name, left, top, values, cell=10.0):
    path = raster(folder / name, left, top, values, cell)
    rows, columns = np.asarray(values).shape
    data = {
        "kind": ["surface"], "easting_min": [float(left)], "northing_min": [top - rows * cell],
        "easting_max": [left + columns * cell], "northing_max": [float(top)], "cell_size_m": [cell],
        "columns": [columns], "rows": [rows],
    }  # fmt: skip
    return reading("height_raster", data, name=name, detail="surface"), peek(path, name)


def test_tiles_of_mixed_cells_make_one_surface_and_far_ones_are_set_aside(tmp_path):
    fine = pair(tmp_path, "a_dsm.tif", 400_000, 300_100, np.full((10, 10), 120.0))
    coarse = pair(tmp_path, "b_dsm.tif", 400_000, 300_100, np.full((2, 4), 100.0), 50.0)
    away = pair(tmp_path, "c_dsm.tif", 500_000, 300_100, np.full((4, 4), 1.0))
    book, base = county(*(r for r, _ in (fine, coarse, away)))
    looks = {r.source.src: look for r, look in (fine, coarse, away)}
    made = heights(book, looks, base, shipped(), "surface")
    assert len(made.files) == 2
    assert settled(book, away[0]).set_aside == {"more than 2,000 m outside the study area": 1}
    grid = made.read((400_000, 300_000, 400_200, 300_100), 10.0)
    assert grid.values[5, :10].tolist() == [120.0] * 10
    assert grid.values[5, 10:].tolist() == [100.0] * 10
    assert made.read((450_000, 300_000, 450_100, 300_100), 10.0) is None
    (tmp_path / "a_dsm.tif").write_bytes(b"II*\0 not a raster")
    with pytest.raises(SourceError, match="cannot be read"):
        made.read((400_000, 300_000, 400_100, 300_100), 10.0)


def test_without_rasters_there_are_no_heights():
    book, base = county()
    assert heights(book, {}, base, shipped(), "surface") is None
