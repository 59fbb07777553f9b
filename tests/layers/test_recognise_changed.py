"""Real files with one column renamed: never half read, and told by name what is missing."""

from __future__ import annotations

import csv
import io

import pytest

from layers.layouts import resolve
from layers.peeking import peek
from layers.recognise import recognise

FILES = (
    "ofcom_fixed/202401_fixed_pcon_coverage_r01.csv",
    "ofcom_format_samples/202209_fixed_laua_coverage_r02_SAMPLE.csv",
    "ofcom_format_samples/202601_fixed_oa_coverage_r1_SAMPLE.csv",
    "ons_local_statistics/gigabit-capable-broadband_2026-01.csv",
    "constituency_broadband/BroadbandDashboardDataFile_2025-04-29_pcon2024.csv",
    "deprivation_population/imd2025_england_lsoa21_wmca.csv.gz",
    "anchors/libraries_wmca.csv",
    "anchors/Hospital.csv",
    "naptan/910Stops_wm_bbox.csv",
    "property/trafford_land_and_building_assets.csv",
    "property/cheltenham_local_authority_land_and_assets_2023.csv",
)
# the file then fits another published layout of the format, which its reader refuses by year or kind
ANOTHER = {("ofcom_fixed/202401_fixed_pcon_coverage_r01.csv", "area_id")}


def first_rows(look):
    text = look.head.decode(look.encoding, errors="replace").lstrip("\ufeff")
    rows = list(csv.reader(io.StringIO(text), delimiter=look.delimiter))[:8]
    at = next(i for i, row in enumerate(rows) if [c.strip() for c in row] == list(look.header))
    return rows, at


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_with_a_renamed_column_is_not_read(real_data, tmp_path, name):
    look = peek(real_data / name)
    layout = recognise(look).layout
    found = resolve(layout.fields, look.header)
    rows, at = first_rows(look)
    for field in (f for f in layout.fields if f.required):
        if (name, field.name) in ANOTHER:
            continue
        changed = [list(row) for row in rows]
        changed[at][found[field.name]] = "A new name"
        path = tmp_path / look.stem
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream, delimiter=look.delimiter).writerows(changed)
        again = recognise(peek(path))
        told = " ".join(map(str, again.fault)) + again.nearest
        assert not again.known, field.name
        assert "this looks like" in told or "nearest known layout" in told
        assert field.title.lower() in told.lower(), (field.name, told)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("terrain/SK00.gml.gz", "nearest known layout: terrain heights (ASCII grid)"),
        ("property/trafford_land_and_building_assets.csv-metadata.json", "not data"),
        ("boundaries/onsvisual_uk_topo.json.gz", "no field of area codes like LAD25CD"),
        ("anchors/points_hospitals22_wm_bbox.geojson", "its features have 'hospital22_name'"),
        ("deprivation_population/household_tenure21_lsoa21_wmca.csv.gz", "Census 2021 households"),
        ("instances/pmed1.txt", "no known layout has any of its columns"),
    ],
)
def test_a_real_file_that_nobody_reads_names_what_is_nearest(real_data, name, said):
    found = recognise(peek(real_data / name))
    assert not found.known
    assert said in found.nearest


def test_postcodes_of_another_source_are_not_taken_for_a_list_of_masts(real_data):
    assert "masts" not in recognise(peek(real_data / "postcodes/WM_Postcodes.csv.gz")).nearest
