"""Every real file is recognised and read, or said to be unknown; its rows always reconcile.

Expected counts come from the README beside the files (published row counts) and from counting by
hand what the README describes: inactive stops, quality 90, repeated totals, blank rows, chattels.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from layers.peeking import peek
from layers.recognise import recognise

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data"
REAL_FILES = sorted(p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*") if p.is_file())
UNKNOWN = {
    "README.md": "no reader here takes other files",
    "anchors/points_hospitals22_wm_bbox.geojson": "'hospital22_name'",
    "boundaries/onsvisual_uk_topo.json.gz": "no field of area codes",
    "deprivation_population/coa-population-mid2015_wmca.csv.gz": "lookup",
    "deprivation_population/household_tenure21_lsoa21_wmca.csv.gz": "it lacks 'type'",
    "deprivation_population/population20_lsoa11_wmca.csv.gz": "lookup",
    "deprivation_population/ruc21_lsoa21_wmca.csv.gz": "nearest known layout",
    "instances/pmed1.txt": "no known layout has any of its columns",
    "postcodes/WM_Postcodes.csv.gz": "nearest known layout",
    "property/trafford_land_and_building_assets.csv-metadata.json": "not data",
    "terrain/SK00.gml.gz": "terrain heights (ASCII grid)",
}
FOLDERS = {
    "boundaries": "boundaries",
    "constituency_broadband": "commons_broadband",
    "lookups": "lookups",
    "naptan": "naptan",
    "ofcom_fixed": "ofcom_fixed",
    "ofcom_format_samples": "ofcom_fixed",
    "ons_local_statistics": "ons_local_statistics",
    "postcodes": "code_point_open",
    "property": "asset_register",
}
FILES = {
    "anchors/2024-07-15-BSol-GP-list.csv": "gp_practices",
    "anchors/Hospital.csv": "hospitals",
    "anchors/libraries_wmca.csv": "libraries",
    "business/daytime_employment.csv": "workplace_jobs",
    "business/ons_business-demography_wmca.csv": "ons_local_statistics",
    "deprivation_population/household_type21_lsoa21_wmca.csv.gz": "households",
    "deprivation_population/imd2019_england_lsoa11_wmca.csv.gz": "imd",
    "deprivation_population/imd2025_england_lsoa21_wmca.csv.gz": "imd",
    "deprivation_population/imd2025_england_lsoa21_indicators_wmca.csv.gz": "imd_indicators",
    "osm/its-example.osm.pbf": "osm_xml",
    "osm/WestBromwichRoads.geojson.gz": "osm_lines",
    "terrain/SK00_gridded.asc": "terrain_asc",
}
# file: rows in, used, set aside, quarantined
COUNTS = {
    "anchors/2024-07-15-BSol-GP-list.csv": (238, 238, 0, 0),
    # one hospital stands on the Isles of Scilly, which the transform does not cover
    "anchors/Hospital.csv": (1217, 1216, 0, 1),
    "anchors/libraries_wmca.csv": (152, 152, 0, 0),
    "boundaries/boundaries_lsoa21_wmca.geojson": (1719, 1719, 0, 0),
    "boundaries/boundaries_ltla24_wmca.geojson": (7, 7, 0, 0),
    "business/daytime_employment.csv": (9232, 9232, 0, 0),
    "business/ons_business-demography_wmca.csv": (351, 351, 0, 0),
    # 1,719 areas by eight types of dwelling, the total repeated on each line
    "deprivation_population/household_type21_lsoa21_wmca.csv.gz": (13752, 1719, 12033, 0),
    "deprivation_population/imd2019_england_lsoa11_wmca.csv.gz": (1680, 1680, 0, 0),
    "deprivation_population/imd2025_england_lsoa21_wmca.csv.gz": (1719, 1719, 0, 0),
    "lookups/LSOA21_WD22_LAD22_v3_wmca.csv": (1719, 1719, 0, 0),
    "lookups/lookup_lsoa11_lsoa21_ltla22_wmca.csv": (1720, 1720, 0, 0),
    "lookups/lookup_ltla23_cauth23.csv": (53, 53, 0, 0),
    "naptan/430Stops.csv.gz": (15561, 13387, 2174, 0),
    "naptan/910Stops_wm_bbox.csv": (104, 104, 0, 0),
    "naptan/940Stops_wm_bbox.csv": (145, 145, 0, 0),
    "ons_local_statistics/gigabit-capable-broadband_2024-01.csv": (374, 374, 0, 0),
    "osm/WestBromwichRoads.geojson.gz": (6353, 6353, 0, 0),
    "postcodes/codepointopen_wv.csv.gz": (10602, 10465, 137, 0),
    # two blank rows at the end; four chattels by tenure type
    "property/cheltenham_local_authority_land_and_assets_2023.csv": (461, 455, 6, 0),
    # one row has longitude and latitude swapped
    "property/trafford_land_and_building_assets.csv": (608, 607, 0, 1),
    "terrain/SK00_gridded.asc": (1, 1, 0, 0),
    **{
        f"ofcom_fixed/{name}": (650, 650, 0, 0)
        for name in (
            "201809_fixed_pcon_coverage_r01.csv",
            "201909_fixed_pcon_coverage_r01.csv",
            "202009_fixed_pcon_coverage_r01.csv",
            "202209_fixed_pcon_coverage_r02.csv",
            "202401_fixed_pcon_coverage_r01.csv",
            "202401_fixed_pcon_res_coverage_r01.csv",
        )
    },
}
WMCA = tuple(f"E080000{n}" for n in range(25, 32))


def expected_format(name: str) -> str:
    if name.endswith("Bdgs.geojson.gz"):
        return "osm_buildings"
    return FILES.get(name) or FOLDERS[name.partition("/")[0]]


@pytest.mark.parametrize("name", REAL_FILES)
def test_every_real_file_is_read_or_said_to_be_unknown(real_data, read_one, name):
    if name in UNKNOWN:
        found = recognise(peek(real_data / name, name))
        assert not found.known
        assert not found.fault
        assert UNKNOWN[name] in found.nearest
        return
    reading = read_one(real_data / name, name=name, expect=expected_format(name))
    quality = reading.quality()
    assert quality.closes
    assert {"src", "record"} <= set(reading.frame.columns)
    assert reading.frame["record"].is_unique
    assert set(reading.frame["src"]) <= {reading.source.src}
    assert len(reading.frame) or name.endswith(".pbf")  # the extract has streets only
    if name in COUNTS:
        set_aside, wrong = sum(quality.set_aside.values()), sum(quality.quarantined.values())
        assert (quality.rows_in, quality.used, set_aside, wrong) == COUNTS[name]


@pytest.mark.parametrize(
    ("name", "detail", "vintage"),
    [
        ("ofcom_fixed/201809_fixed_pcon_coverage_r01.csv", "pcon", "2018-09"),
        ("ofcom_fixed/202401_fixed_pcon_res_coverage_r01.csv", "pcon-residential", "2024-01"),
        ("ofcom_format_samples/202601_fixed_pc_coverage_r2_CR_SAMPLE.csv", "postcode", "2026-01"),
        ("ofcom_format_samples/202601_fixed_oa_res_coverage_r1_SAMPLE.csv", "oa-residential", "2026-01"),
        ("boundaries/boundaries_ltla24_wmca.geojson", "LAD", "2024"),
        ("boundaries/boundaries_wards22_wmca.geojson", "WD22", "2022"),
        ("boundaries/lsoa11/E08000025.json.gz", "LSOA11", "2011"),
        ("lookups/lookup-PCON22CD-LAD23CD.csv", "pcon10-lad", "2023"),
        ("ons_local_statistics/network-coverage-5g_2026-01.csv", "areas", "2026-01"),
        ("business/ons_business-demography_wmca.csv", "areas", "2024-01"),
        ("deprivation_population/imd2025_england_lsoa21_wmca.csv.gz", "2025", "2025"),
    ],
)  # fmt: skip
def test_details_and_vintages(real_data, read_one, name, detail, vintage):
    source = read_one(real_data / name, name=name).source
    assert (source.detail, source.vintage) == (detail, vintage)


def test_full_fibre_over_the_28_constituencies(real_data, read_one):
    """Shares the README beside the files states: 4.2, 14.3, 25.2, 42.9 and 62.4 %."""
    lookup = read_one(real_data / "lookups/lookup-PCON22CD-LAD23CD.csv").frame
    codes = set(lookup.loc[lookup["lad"].isin(WMCA), "pcon10"])
    assert len(codes) == 28
    newest = read_one(real_data / "ofcom_fixed/202401_fixed_pcon_coverage_r01.csv").frame
    names = set(newest.loc[newest["area_id"].isin(codes), "area_name"].str.upper())
    shares = []
    for release in ("201809_fixed_pcon_coverage_r01", "201909_fixed_pcon_coverage_r01",
                    "202009_fixed_pcon_coverage_r01", "202209_fixed_pcon_coverage_r02",
                    "202401_fixed_pcon_coverage_r01"):  # fmt: skip
        frame = read_one(real_data / f"ofcom_fixed/{release}.csv").frame
        here = frame[frame["area_name"].str.upper().isin(names)]
        assert len(here) == 28
        shares.append(round(100 * here["full_fibre_n"].sum() / here["premises"].sum(), 1))
    assert shares == [4.2, 14.3, 25.2, 42.9, 62.4]


def test_gigabit_by_district_as_the_ons_series_says(real_data, read_one):
    name = "ons_local_statistics/gigabit-capable-broadband_2024-01.csv"
    frame = read_one(real_data / name).frame.set_index("area_id")
    assert frame.loc[list(WMCA), "value"].tolist() == [92.1, 96.8, 91.5, 89.4, 92.7, 88.6, 95.1]
    assert set(frame["measure"]) == {"gigabit_pct"}
    assert set(frame["period"]) == {"2024-01"}


def test_all_four_layouts_of_the_ons_series_give_one_measure(real_data, read_one):
    for month in ("2022-09", "2023-05", "2024-07", "2026-01"):
        name = f"ons_local_statistics/gigabit-capable-broadband_{month}.csv"
        frame = read_one(real_data / name).frame
        assert set(frame["measure"]) == {"gigabit_pct"}
        assert set(frame["period"]) == {month}
        assert set(frame["unit"]) == {"%"}


def test_names_survive_two_encodings(real_data, read_one):
    for name in ("201809_fixed_pcon_coverage_r01", "202009_fixed_pcon_coverage_r01"):
        names = read_one(real_data / f"ofcom_fixed/{name}.csv").frame["area_name"]
        assert (names.str.upper() == "YNYS MÔN").sum() == 1


def test_superfast_of_2018_includes_ultrafast_again(real_data, read_one):
    """Aldershot, September 2018: 11.7 % superfast alone and 86.0 % ultrafast."""
    name = "ofcom_fixed/201809_fixed_pcon_coverage_r01.csv"
    row = read_one(real_data / name).frame.set_index("area_name").loc["Aldershot"]
    assert row["superfast_pct"] == pytest.approx(97.7)
    assert row["superfast_n"] == 5272 + 38760


def test_invalid_polygons_of_the_real_files_are_repaired(real_data, read_one):
    """The README counts four invalid LSOA 2011 polygons over the seven files."""
    repaired = 0
    for code in WMCA:
        reading = read_one(real_data / f"boundaries/lsoa11/{code}.json.gz")
        assert reading.frame.geometry.is_valid.all()
        assert reading.frame.crs.to_epsg() == 27700
        repaired += sum(int(note.split()[0]) for note in reading.notes if "repaired" in note)
    assert repaired == 4


def test_the_same_areas_as_geojson_and_topojson(real_data, read_one):
    plain = read_one(real_data / "boundaries/lsoa11/E08000029.json.gz").frame.set_index("id")
    packed = read_one(real_data / "boundaries/lsoa11_topojson/topo_E08000029.json").frame.set_index(
        "id"
    )
    assert set(plain.index) == set(packed.index)
    # the TopoJSON is quantised, so areas differ a little
    ratio = packed.geometry.area / plain.geometry.area.reindex(packed.index)
    assert ratio.between(0.97, 1.03).all()


def test_the_swapped_row_of_trafford_is_named(real_data, read_one):
    reading = read_one(real_data / "property/trafford_land_and_building_assets.csv")
    (row,) = reading.quarantine.to_dict("records")
    assert row["reason"] == "longitude and latitude are swapped"
    assert reading.frame["easting"].notna().sum() == 372  # 608 less 235 without and one swapped
    town_hall = reading.frame.set_index("asset_id").loc["TMBC0001/T0000003"]
    assert town_hall["floor_area_m2"] == 415.05
    assert town_hall["uprn"] == 100012797623
    assert (reading.frame["tenure_detail"] == "Vacant").sum() == 187


def test_a_register_in_grid_metres_with_padded_uprns(real_data, read_one):
    name = "property/cheltenham_local_authority_land_and_assets_2023.csv"
    reading = read_one(real_data / name)
    first = reading.frame.iloc[0]
    assert (first["easting"], first["northing"], first["uprn"]) == (395522, 223084, 10000480247)
    assert dict(reading.set_aside) == {"blank row": 2, "chattel, not property": 4}


def test_closed_libraries(real_data, read_one):
    frame = read_one(real_data / "anchors/libraries_wmca.csv").frame
    assert frame["closed"].sum() == 10
    assert (frame.loc[~frame["closed"], "run_by"] == "community").sum() == 6


def test_sectors_written_without_a_space(real_data, read_one):
    frame = read_one(real_data / "business/daytime_employment.csv").frame
    assert frame.set_index("sector").loc["AB10 1", "jobs"] == 16000
    area = frame["sector"].str.extract(r"^([A-Z]+)\d", expand=False)
    assert area.isin(["B", "CV", "DY", "WS", "WV"]).sum() == 474


def test_rail_stations_stand_where_their_degrees_say(real_data, read_one):
    frame = read_one(real_data / "naptan/910Stops_wm_bbox.csv").frame.set_index("stop_id")
    assert tuple(frame.loc["9100ACOCKSG", ["easting", "northing"]]) == (412400, 283500)


def test_households_of_the_long_file(real_data, read_one):
    name = "deprivation_population/household_type21_lsoa21_wmca.csv.gz"
    frame = read_one(real_data / name).frame.set_index("lsoa21")
    assert frame.loc["E01008881", "households"] == 584
