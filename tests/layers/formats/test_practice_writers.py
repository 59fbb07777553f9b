"""What a practice writer writes, its reader reads; and the same bytes come out twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from layers.formats import load
from layers.peeking import peek

STATUSES = ["white", "under_review", "grey_black"]
GSS = ["E01008881", "E01008882", "E01008883"]
HERE = {"easting": [406523.0, 406875.0, 412400.0], "northing": [286448.0, 286393.0, 283500.0]}
SQUARES = [shapely.box(400_000 + 1000 * i, 290_000, 401_000 + 1000 * i, 291_000) for i in range(3)]
COVERAGE = {
    "superfast": [99.0, 98.5, 90.0], "ultrafast_100": [97.0, 95.0, 80.0],
    "ultrafast": [96.0, 94.0, 70.0], "gigabit": [95.0, 90.0, 60.0],
    "full_fibre": [50.0, 40.0, 30.0], "unable_30": [1.0, 1.5, 10.0],
    "decent_unable": [0.1, 0.2, 0.3],
}  # fmt: skip


def coverage() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "area_id": ["E14001096", "E14001097", "E14001098"],
            "area_name": ["Ash, Upper", "Môr", "Cedar"],
            "premises": [1000.0, 2000.0, 3000.0],
            "matched_premises": [990.0, 2000.0, 2900.0],
        }
    )
    for name, shares in COVERAGE.items():
        frame[f"{name}_pct"] = shares
        frame[f"{name}_n"] = np.array(shares) * frame["premises"] / 100
    return frame


def postcode_coverage() -> pd.DataFrame:
    frame = coverage().drop(columns=["premises", "matched_premises", "area_name"])
    frame = frame.drop(columns=[c for c in frame if c.endswith("_n") or c.startswith("full_fibre")])
    return frame.assign(area_id=["B1 1AA", "CV1 2BB", "WS10 9ZZ"])


def mobile() -> pd.DataFrame:
    frame = coverage()[["area_id", "area_name", "premises"]]
    for family in load("ofcom_mobile").FAMILIES:
        frame = frame.assign(
            **{
                f"{family}_any_pct": [90.31, 100.0, 80.0],
                f"{family}_all_pct": [40.0, 100.0, 12.5],
                f"{family}_all_operators": 4.0,
            }
        )
    return frame


CASES: dict[str, tuple[str, pd.DataFrame, dict, str]] = {
    "street_assets": (
        "street_assets",
        pd.DataFrame({"asset_id": ["L1", "L2", "L3"], "kind": "lamp column", "owner": "Practice Council", "height_m": [8.0, 5.0, 10.0], "material": ["steel", "concrete", ""], "power": ["yes", "no", ""], "heritage": ["no", "yes", ""], "footway_clear_m": [2.0, 1.2, 1.8], "structural_test_date": ["2024-05-01", "", ""], "name": "Practice Road", **HERE}),
        {},
        "street_assets.csv",
    ),
    "ofcom_fixed pcon": ("ofcom_fixed", coverage(), {"level": "pcon"}, "202401_fixed_pcon_coverage_r01.csv"),
    "ofcom_fixed laua": (
        "ofcom_fixed",
        coverage().assign(area_id=["E08000025", "E08000026", "E08000027"]),
        {"level": "laua"},
        "202401_fixed_laua_coverage_r01.csv",
    ),
    "ofcom_fixed postcode": ("ofcom_fixed", postcode_coverage(), {"level": "postcode"}, "202601_fixed_pc_coverage_r2_B.csv"),
    "ofcom_mobile": ("ofcom_mobile", mobile(), {"level": "pcon"}, "202401_mobile_coverage_pcon_r01.csv"),
    "ons_local_statistics": (
        "ons_local_statistics",
        pd.DataFrame({"area_id": ["E08000025", "E08000026"], "area_name": ["A", "B"], "measure": ["gigabit_pct", "active_businesses"], "period": ["2026-01", "2025-01"], "value": [92.5, 31000.0], "unit": ["%", "Enterprises"]}),
        {},
        "series.csv",
    ),
    "boundaries": ("boundaries", pd.DataFrame({"id": GSS, "name": ["a", "b", "c"], "level": "LSOA21", "geometry": SQUARES}), {"level": "LSOA21"}, "lsoa.geojson"),
    "lookups": (
        "lookups",
        pd.DataFrame({"lsoa21": GSS, "lsoa21_name": ["a", "b", "c"], "msoa21": "E02001827", "lad": "E08000025", "lad_name": "A", "pcon24": "E14001096", "cauth": "E47000007"}),
        {"year": 2025},
        "lookup.csv",
    ),
    "code_changes": (
        "code_changes",
        pd.DataFrame({"old": ["E08000016", "E07000150"], "old_name": ["Barnsley", "Corby"], "new": ["E08000038", "E06000061"], "new_name": ["Barnsley", "North Northamptonshire"], "since": ["2025-04-01", "2021-04-01"]}),
        {}, "Changes.csv",
    ),
    "lookups change": ("lookups", pd.DataFrame({"lsoa11": GSS, "lsoa21": GSS, "change": ["U", "S", "M"]}), {}, "exact.csv"),
    "code_point_open": ("code_point_open", pd.DataFrame({"postcode": ["B1 1AA", "B13 0HN", "WS10 9ZZ"], "quality": [10.0, 20.0, 60.0], **HERE}), {}, "b.csv"),
    "code_point_open trimmed": ("code_point_open", pd.DataFrame({"postcode": ["B1 1AA", "B13 0HN", "WS10 9ZZ"], "quality": [10.0, 20.0, 60.0], **HERE}), {"full": False}, "b.csv"),
    "onspd": (
        "onspd",
        pd.DataFrame({"postcode": ["B1 1AA", "B13 0HN", "WS10 9ZZ"], "introduced": "198001", "terminated": "", "usertype": ["0", "1", "0"], **HERE, "lad": "E08000025", "lsoa21": GSS, "msoa21": "E02001827", "pcon24": "E14001096", "oa21": "E00045110"}),
        {"year": 2026},
        "ONSPD_FEB_2026.csv",
    ),
    "households": ("households", pd.DataFrame({"lsoa21": GSS, "households": [584.0, 600.0, 0.0]}), {}, "ts041.csv"),
    "imd 2025": ("imd", pd.DataFrame({"area_id": GSS, "decile": [1.0, 10.0, 5.0], "rank": [3.0, 33755.0, 16000.0], "score": [80.125, 1.5, 20.0], "edition": "2025"}), {}, "File_7.csv"),
    "imd 2019": ("imd", pd.DataFrame({"area_id": GSS, "decile": [1.0, 10.0, 5.0], "rank": [3.0, 32844.0, 16000.0], "edition": "2019"}), {}, "File_1.csv"),
    "naptan": ("naptan", pd.DataFrame({"stop_id": ["43000000101", "9100ACOCKSG", "9400ZZWMPI"], "name": ["A, B", "C", "D"], "stop_type": ["BCT", "RLY", "MET"], **HERE, "locality": ["x", "y", "z"], "active": True}), {}, "Stops.csv"),
    "nomis_businesses": (
        "nomis_businesses",
        pd.DataFrame({"area_id": "E02001827", "area_name": "Ashby 001", "industry": ["total", "J", "62"], "sizeband": ["total", "micro", "large"], "units": [125.0, 20.0, 0.0], "units_low": [123.0, 18.0, 0.0], "units_high": [127.0, 22.0, 2.0]}),
        {"date": "2025"},
        "nomis.csv",
    ),
    "bduk_premises": (
        "bduk_premises",
        pd.DataFrame({"uprn": [10000480247, 100012797623, 7], "postcode": ["B1 1AA", "B13 0HN", ""], "status": pd.Categorical(STATUSES, categories=STATUSES), "current_gigabit": [False, False, True], "future_gigabit": [False, True, True], "in_plan": [True, False, False], "lad": "E08000025"}),
        {},
        "202505_bduk_premises.csv",
    ),
    "open_uprn": ("open_uprn", pd.DataFrame({"uprn": [1, 10000480247, 100012797623], **HERE}), {}, "osopenuprn_202508.csv"),
    "libraries": (
        "libraries",
        pd.DataFrame({"publisher_id": ["76", "77", "78"], "name": ["A", "B", "C"], "address": ["1 x, y", "", "z"], "postcode": ["B27 7XH", "B6 6EJ", ""], **HERE, "authority_id": "7", "run_by": ["council", "community", ""], "closed": [False, False, True], "closed_year": [np.nan, np.nan, 2013.0], "replacement": [False, True, False]}),
        {},
        "libraries.csv",
    ),
    "hospitals": ("hospitals", pd.DataFrame({"publisher_id": ["NDA07", "RRK", "RXK"], "name": ["A", "Môr", "C"], "sector": ["independent", "NHS", "NHS"], "kind": ["Hospital", "", "Mental Health Hospital"], "postcode": ["B1 1AA", "B13 0HN", ""], "easting": [406523.0, 406875.0, np.nan], "northing": [286448.0, 286393.0, np.nan]}), {}, "Hospital.csv"),
    "gp_practices": ("gp_practices", pd.DataFrame({"publisher_id": ["M85006", "M85018"], "name": ["A, B", "C"], "kind": ["main", "branch"], "postcode": ["B13 0HN", "B14 4DU"]}), {}, "gp.csv"),
    "schools": (
        "schools",
        pd.DataFrame({"publisher_id": ["103100", "103101", "103102"], "name": ["A", "Môr", "C"], "phase": ["Primary", "Secondary", "Not applicable"], "status": ["Open", "Open, but proposed to close", "Open"], "uprn": pd.array([10000480247, None, 7], dtype="Int64"), "postcode": ["B1 1AA", "B13 0HN", ""], **HERE, "lad": "E08000025"}),
        {},
        "edubasealldata20250801.csv",
    ),
    "asset_register": (
        "asset_register",
        pd.DataFrame({"organisation": "Ashby Council", "asset_id": ["A1", "A2", "A3"], "uprn": pd.array([10000480247, None, 7], dtype="Int64"), "name": ["Town Hall", "", "Depot"], "street": ["1 High Street", "", "x"], "town": ["Ashby", "", ""], "postcode": ["B1 1AA", "B13", ""], "easting": [406523.0, np.nan, 412400.0], "northing": [286448.0, np.nan, 283500.0], "tenure": ["Freehold", "Leasehold", "Freehold"], "tenure_detail": ["Owner Occupied", "Vacant", "Vacant"], "other_detail": "", "holding": ["Buildings", "Land", "Land/Buildings"], "floor_area_m2": [415.05, np.nan, 12.0], "energy_band": ["E", "", "A+"], "effective_date": "2025-01-13"}),
        {},
        "assets_2025.csv",
    ),
    "epc_non_domestic": (
        "epc_non_domestic",
        pd.DataFrame({"certificate": ["a", "b", "c"], "uprn": pd.array([10000480247, None, 7], dtype="Int64"), "postcode": ["B1 1AA", "B13 0HN", ""], "property_type": ["B1 Offices and Workshop businesses", "Retail", "x"], "rating_band": ["A+", "G", ""], "floor_area_m2": [120.5, 10.0, np.nan], "lodged": ["2020-02-29", "2021-01-01", "2022-01-01"]}),
        {},
        "certificates.csv",
    ),
    "site_register": (
        "site_register",
        pd.DataFrame({"uprn": pd.array([10000480247, None], dtype="Int64"), "site_name": ["Town Hall", "Depot"], "current_circuit": ["leased line", ""], "supplier": ["x", "y"], "speed_mbps": [100.0, np.nan], "annual_cost_gbp": [5400.0, np.nan], "contract_end": ["2027-03-31", ""], "exit_charge_gbp": [0.0, np.nan], "required_mbps": [1000.0, 100.0], "service_owner": ["a", "b"]}),
        {},
        "circuits.csv",
    ),
    "ofcom_takeup": ("ofcom_takeup", pd.DataFrame({"area_id": ["E08000025", "E08000026"], "area_name": ["A", "B"], "takeup_of_covered_pct": [35.2, 41.0], "takeup_of_all_pct": [20.1, 30.0]}), {}, "202401_full_fibre_take-up_laua_r01.csv"),
    "ofcom_nations": ("ofcom_nations", pd.DataFrame({"area_id": ["E92000001", "K02000001"], "area_name": ["England", "UK"], "premises_type": "All", "rurality": "All", "speed": ["Full Fibre", "Gigabit"], "share_pct": [62.5, 80.0], "premises": [15_000_000.0, 24_000_000.0], "period": "2024-01"}), {}, "202401_fixed_coverage_uk_and_nations.csv"),
    "bres": (
        "bres",
        pd.DataFrame({"area_id": ["E02001827", "E02001828"], "area_name": ["Ashby 001", "Ashby 002"], "industry": ["total", "J"], "status": "Employment", "jobs": [3500.0, 20.0], "jobs_low": [3250.0, 15.0], "jobs_high": [3750.0, 25.0]}),
        {},
        "bres_2024.csv",
    ),
    "voa_rating": (
        "voa_rating",
        pd.DataFrame({"ba_code": "4605", "ba_reference": ["00012345", "77"], "uarn": ["123456000", "5"], "description_code": ["CO", "MT1"], "description": ["OFFICES AND PREMISES", "COMMUNICATION STATION AND PREMISES"], "name": ["Town Hall", "Mast at depot"], "street": "", "town": ["ASHBY", ""], "postcode": ["B1 1AA", "B13 0HN"], "effective_date": ["2023-04-01", ""], "rateable_value": [25000.0, np.nan], "scat": ["203G", ""], "kind": ["office", "mast"]}),
        {},
        "uk-englandwales-ndr-2023-listentries-compiled.csv",
    ),
    "display_energy": (
        "display_energy",
        pd.DataFrame({"certificate": ["a", "b"], "uprn": pd.array([10000480247, None], dtype="Int64"), "postcode": ["B1 1AA", "B13 0HN"], "property_type": ["Office", ""], "rating_band": ["D", "G"], "floor_area_m2": [1200.0, np.nan], "lodged": ["2024-05-01", "2023-01-31"]}),
        {},
        "dec_2024.csv",
    ),
    "government_estate": (
        "government_estate",
        pd.DataFrame({"property_ref": ["1001", "1002"], "property_name": ["Crown House", "Depot"], "department": "Dept", "building_ref": ["a", "b"], "postcode": ["B1 1AA", "B13"], "easting": [406523.0, np.nan], "northing": [286448.0, np.nan], "asset_type": "Building", "usage": ["Office", "Store"], "tenure": "Leasehold", "floor_area_m2": [900.0, np.nan], "vacant_area_m2": [300.0, np.nan]}),
        {},
        "estate_2025.csv",
    ),
    "rates_empties": (
        "rates_empties",
        pd.DataFrame({"ba_reference": ["00012345", "88"], "address": ["Town Hall, 1 High Street", "x"], "postcode": ["B1 1AA", "B13 0HN"], "status": ["Empty", ""], "empty_from": ["2025-01-01", ""], "relief": ["", "EPRN"], "description": "Offices and premises", "rateable_value": [25000.0, np.nan], "kind": ["empty", "relief"]}),
        {},
        "empties_2025.csv",
    ),
    "supplier_quotes": (
        "supplier_quotes",
        pd.DataFrame({"item": ["Trench in footway", "Router"], "price_gbp": [92.5, 400.0], "unit": ["GBP/m", "each"], "base_date": "2026-01-15", "valid_to": ["2026-12-31", ""], "confidentiality": "commercial", "parameter": ["fibre.footway_gbp_per_m", ""], "supplier": ["A", "B"]}),
        {},
        "quotes.csv",
    ),
    "existing_projects": (
        "existing_projects",
        pd.DataFrame({"project": ["Hubs", "Ring"], "owner": "Vale Council", "status": ["building", "planned"], "fund": ["GigaHubs", ""], "place": ["Ashby", ""], "district": ["E08000025", ""], "site_id": ["uprn:7", ""], "start": ["2025-04-01", ""], "end": ""}),
        {},
        "projects.csv",
    ),
    "fibre_list": ("fibre_list", pd.DataFrame({"fibre_id": ["F1", "F2", "F3"], "kind": ["exchange", "duct", "duct"], "name": ["a", "b", "c"], "owner": "X", **HERE, "to_easting": [np.nan, 406900.0, np.nan], "to_northing": [np.nan, 286400.0, np.nan]}), {}, "fibre.csv"),
    "mast_list": ("mast_list", pd.DataFrame({"mast_id": ["M1", "M2", "M3"], "name": ["a", "b", "c"], "operator": "X", "height_m": [15.0, 20.0, np.nan], **HERE}), {}, "masts.csv"),
    "signal_pixels": ("signal_pixels", pd.DataFrame({**HERE, "operator": "X", "technology": ["5G", "4G", "4G"], "rsrp_dbm": [-95.5, -110.0, -80.0]}), {}, "pixels.csv"),
    "drive_test": ("drive_test", pd.DataFrame({"measured_at": ["2026-01-01T10:00:00", "2", "3"], "operator": "X", "technology": "5G", "rsrp_dbm": [-95.5, -110.0, -80.0], "download_mbps": [50.0, np.nan, 3.0], **HERE}), {}, "drive.csv"),
    "imd_indicators": ("imd_indicators", pd.DataFrame({"area_id": GSS, "broadband_score": [-0.887, 3.1, np.nan], "connectivity_score": [78.281, 12.0, 50.0]}), {}, "indicators.csv"),
    "self_employed": (
        "self_employed",
        pd.DataFrame({"area_id": GSS, "area_name": ["a", "b", "c"], "residents_16_plus": [1200.0, 1300.0, 900.0], "self_employed_with_employees": [12.0, 9.0, 0.0], "self_employed_without_employees": [80.0, 61.0, 33.0], "self_employed": [92.0, 70.0, 33.0]}),
        {},
        "census2021-ts066-lsoa.csv",
    ),
    "ofcom_mobile_api": (
        "ofcom_mobile_api",
        pd.DataFrame({"uprn": pd.array([7, 10000480247], dtype="Int64"), "postcode": ["B1 1AA", "B13 0HN"], "ee_data_outdoor": [4.0, 3.0], "vo_data_outdoor": [4.0, 0.0], "data_outdoor_likely": [2.0, 0.0]}),
        {},
        "answers_2026-01.json",
    ),
}  # fmt: skip
TOLERANCE = {"easting": 0.02, "northing": 0.02}


@pytest.mark.parametrize("case", CASES)
def test_what_a_writer_writes_its_reader_reads(tmp_path, read_one, case):
    key, frame, options, name = CASES[case]
    path = load(key).write(frame, tmp_path / "in" / name, **options)
    assert path == tmp_path / "in" / name
    reading = read_one(path, expect=key)
    assert reading.rows_in == len(frame) == len(reading.frame)
    assert reading.quarantine.empty
    for column in frame:
        if column == "geometry":
            apart = shapely.hausdorff_distance(
                reading.frame["geometry"].to_numpy(), frame[column].to_numpy()
            )
            assert apart.max() < 0.02
        else:
            expected = frame[column].reset_index(drop=True)
            read = reading.frame[column]
            if isinstance(read.dtype, pd.CategoricalDtype):
                read = read.astype(expected.dtype)
            pd.testing.assert_series_equal(
                read,
                expected,
                check_dtype=False,
                check_names=False,
                atol=TOLERANCE.get(column, 1e-9),
                rtol=0,
                obj=f"{case} {column}",
            )


@pytest.mark.parametrize("case", CASES)
def test_the_same_frame_gives_the_same_bytes(tmp_path, case):
    key, frame, options, name = CASES[case]
    once = load(key).write(frame, tmp_path / "a" / name, **options).read_bytes()
    again = load(key).write(frame.copy(), tmp_path / "b" / name, **options).read_bytes()
    assert once == again


@pytest.mark.parametrize(
    ("case", "start"),
    [
        ("ofcom_fixed postcode", b"\xef\xbb\xbfpostcode,postcode_space,postcode area,"),
        ("ons_local_statistics", b"\xef\xbb\xbfareacd,areanm,geography,indicator,period,observation,measure,unit,"),
        ("lookups", b"\xef\xbb\xbfLSOA21CD,LSOA21NM,MSOA21CD,LAD25CD,LAD25NM,PCON24CD,CAUTH25CD\r\n"),
        ("code_point_open", b'"B1 1AA",10,406523,286448,"E92000001",'),
        ("onspd", b'"pcd7","pcd8","pcds","dointr","doterm","cty26cd","ced26cd","lad26cd",'),
        ("imd 2025", b"\xef\xbb\xbfLSOA code (2021),LSOA name (2021),Local Authority District code (2024),"),
        ("naptan", b"ATCOCode,NaptanCode,PlateCode,CleardownCode,CommonName,"),
        ("bduk_premises", b"uprn,struprn,bduk_recognised_premises,country,postcode,lot_id,"),
        ("open_uprn", b"\xef\xbb\xbfUPRN,X_COORDINATE,Y_COORDINATE,LATITUDE,LONGITUDE\r\n"),
        ("hospitals", "OrganisationID\u00acOrganisationCode\u00ac".encode("latin-1")),
        ("gp_practices", b"\xef\xbb\xbfLocality,Type,Practice.Code,Practice.Name,Postcode,PCN\r\n"),
        ("asset_register", b"OrganisationLabel,OrganisationURI,EffectiveDate,UPRN,AssetCode,"),
        ("epc_non_domestic", b"LMK_KEY,ADDRESS1,ADDRESS2,ADDRESS3,POSTCODE,"),
    ],
)  # fmt: skip
def test_writers_use_the_publishers_header_and_encoding(tmp_path, case, start):
    key, frame, options, name = CASES[case]
    assert load(key).write(frame, tmp_path / name, **options).read_bytes().startswith(start)


def test_terrain_tiles_round_trip(tmp_path, read_one):
    tile = pd.DataFrame({"tile": ["SP08"], "easting_min": [400_000.0], "northing_min": [280_000.0], "cell_size_m": [50.0], "columns": [4], "rows": [3]})  # fmt: skip
    path = load("terrain_asc").write(
        tile, tmp_path / "SP08.asc", heights=np.arange(12.0).reshape(3, 4)
    )
    pd.testing.assert_frame_equal(
        read_one(path, expect="terrain_asc").frame.drop(columns=["src", "record"]),
        tile,
        check_dtype=False,
    )
    with pytest.raises(ValueError, match="not 3 by 4"):
        load("terrain_asc").write(tile, path, heights=np.zeros((4, 3)))


def test_every_practice_file_is_recognised_by_its_own_format_alone(tmp_path):
    for case, (key, frame, options, name) in CASES.items():
        path: Path = load(key).write(frame, tmp_path / case.replace(" ", "_") / name, **options)
        look = peek(path)
        fits = {
            other
            for other, layout in (
                (other, layout)
                for other in ("open_uprn", "naptan", "schools", "hospitals", "bduk_premises", "imd")
                for layout in load(other).FORMAT.layouts
            )
            if layout.fits(look.header)
        }
        assert fits <= {key}, case
