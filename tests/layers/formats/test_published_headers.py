"""Every layout that the domain brief names (section A), by its publisher's exact header.

Each file here has the published header and a row or two in the published form, so that a change to a
reader that no longer takes a release is seen at once.
"""

from __future__ import annotations

import pytest

BANDS = ("0<2", "2<5", "5<10", "10<30", "30<300", ">=300")
LAUA_2020 = [
    "laua", "laua_name", "All Premises", "All Matched Premises", "SFBB availability (% premises)",
    "UFBB (100Mbit/s) availability (% premises)", "UFBB availability (% premises)",
    "Full Fibre availability (% premises)", "Gigabit availability (% premises)",
    *(f"% of premises unable to receive {n}Mbit/s" for n in (2, 5, 10, 30)),
    "% of premises below the USO", "% of premises with NGA",
    "% of premises able to receive decent broadband from FWA",
    "Number of premises with SFBB availability",
    "Number of premises with UFBB (100Mbit/s) availability",
    "Number of premises with UFBB availability",
    *(f"Number of premises unable to receive {n}Mbit/s" for n in (2, 5, 10, 30)),
    "Number of premises with Full Fibre availability", "Number of premises with Gigabit availability",
    "Number of premises below the USO", "Number of premises with NGA",
    "Number of premises able to receive decent broadband from FWA",
    *(f"% of premises with {b}Mbit/s download speed" for b in BANDS),
    *(f"Number of premises with {b}Mbit/s download speed" for b in BANDS),
]  # fmt: skip
ROW_2020 = {
    "All Premises": "100", "All Matched Premises": "99", "SFBB availability (% premises)": "97",
    "UFBB (100Mbit/s) availability (% premises)": "90", "UFBB availability (% premises)": "80",
    "Full Fibre availability (% premises)": "40", "Gigabit availability (% premises)": "75",
    "% of premises unable to receive 30Mbit/s": "2", "% of premises below the USO": "0",
    "Number of premises with SFBB availability": "97",
    "Number of premises with UFBB (100Mbit/s) availability": "90",
    "Number of premises with UFBB availability": "80",
    "Number of premises unable to receive 30Mbit/s": "2",
    "Number of premises with Full Fibre availability": "40",
    "Number of premises with Gigabit availability": "75", "Number of premises below the USO": "0",
    "Number of premises with 10<30Mbit/s download speed": "2",
    "Number of premises with 30<300Mbit/s download speed": "17",
    "Number of premises with >=300Mbit/s download speed": "80",
    "Number of premises with 0<2Mbit/s download speed": "0",
    "Number of premises with 2<5Mbit/s download speed": "0",
    "Number of premises with 5<10Mbit/s download speed": "0",
}  # fmt: skip
LAUA_2026 = [
    h.replace("below the USO", "unable to receive decent broadband from fixed or FWA")
    for h in LAUA_2020
]
POSTCODE_2020 = [
    "postcode", "postcode_space", "postcode area",
    *(h for h in LAUA_2020[4:] if h.startswith("%") or "(% premises)" in h),
]  # fmt: skip
POSTCODE_2020.remove("Full Fibre availability (% premises)")
POSTCODE_2018 = [
    "postcode", "pcds", "pca", "SFBB availability (% premises)", "UFBB availability (% premises)",
    "FTTP availability (% premises)",
    *(f"% of premises unable to receive {n}Mbit/s" for n in (2, 5, 10, 30)),
    "% of premises unable meet USO", "% of premises able to receive NGA",
    "% of premises able to receive decent broadband from FWA",
    "% of premises able to receive SFBB from FWA",
]  # fmt: skip
OA_2018 = [
    "oa11", "All Premises", "All Matched Premises", *POSTCODE_2018[3:],
    *(f"{m} availability (Count premises)" for m in ("SFBB", "UFBB", "FTTP")),
    *(f"Count of premises unable to receive {n}Mbit/s" for n in (2, 5, 10, 30)),
    "Count of premises unable meet USO", "Number of premises able to receive NGA",
    "Number of premises able to receive decent broadband from FWA",
    "Number of premises able to receive SFBB from FWA",
]  # fmt: skip
ROW_2018 = {
    "oa11": "E00045678", "All Premises": "100", "All Matched Premises": "99",
    "SFBB availability (% premises)": "17", "UFBB availability (% premises)": "80",
    "FTTP availability (% premises)": "1", "% of premises unable to receive 30Mbit/s": "2",
    "SFBB availability (Count premises)": "17", "UFBB availability (Count premises)": "80",
    "FTTP availability (Count premises)": "1", "Count of premises unable to receive 30Mbit/s": "2",
}  # fmt: skip
PLACED = {"postcode": "B11AA", "postcode_space": "B1 1AA", "postcode area": "B"}
SHARES = {k: v for k, v in ROW_2020.items() if k.startswith("%") or "(% premises)" in k}
BDUK = [
    "uprn",
    "struprn",
    "bduk_recognised_premises",
    "country",
    "postcode",
    "lot_id",
    "lot_name",
    "subsidy_control_status",
    "current_gigabit",
    "future_gigabit",
    "local_authority_district_ons_code",
    "local_authority_district_ons",
    "region_ons_code",
    "region_ons",
    "bduk_gis",
    "bduk_gis_contract_scope",
    "bduk_gis_final_coverage_date",
    "bduk_gis_contract_name",
    "bduk_gis_supplier",
    "bduk_vouchers",
    "bduk_vouchers_contract_name",
    "bduk_vouchers_supplier",
    "bduk_superfast",
    "bduk_superfast_contract_name",
    "bduk_superfast_supplier",
    "bduk_hubs",
    "bduk_hubs_contract_name",
    "bduk_hubs_supplier",
]
BDUK_ROW = {
    "uprn": "45678901", "struprn": "str45678901", "postcode": "B1 1AA", "bduk_gis": "false",
    "subsidy_control_status": "Gigabit Grey/Black", "current_gigabit": "true",
    "future_gigabit": "true", "local_authority_district_ons_code": "E08000025",
    "bduk_vouchers": "false", "bduk_superfast": "true", "bduk_hubs": "false",
}  # fmt: skip
ONSPD_2024 = [
    "pcd",
    "pcd2",
    "pcds",
    "dointr",
    "doterm",
    "oscty",
    "ced",
    "oslaua",
    "osward",
    "parish",
    "usertype",
    "oseast1m",
    "osnrth1m",
    "osgrdind",
    "ctry",
    "rgn",
    "pcon",
    "oa11",
    "lsoa11",
    "msoa11",
    "ru11ind",
    "lat",
    "long",
    "imd",
    "oa21",
    "lsoa21",
    "msoa21",
]
ONSPD_2025 = [
    "pcd7",
    "pcd8",
    "pcds",
    "dointr",
    "doterm",
    "cty25cd",
    "ced25cd",
    "lad25cd",
    "wd25cd",
    "parncp25cd",
    "usrtypind",
    "east1m",
    "north1m",
    "gridind",
    "ctry25cd",
    "rgn25cd",
    "pcon24cd",
    "ttwa15cd",
    "oa21cd",
    "lsoa21cd",
    "msoa21cd",
    "ruc21ind",
    "lat",
    "long",
]
ONSPD_ROW = {
    "pcds": "B1 1AA", "dointr": "199601", "doterm": "", "oslaua": "E08000025", "usertype": "0",
    "oseast1m": "406500", "osnrth1m": "286500", "pcon": "E14001096", "lsoa21": "E01033561",
    "lad25cd": "E08000025", "lad26cd": "E08000025", "usrtypind": "0", "east1m": "406500",
    "north1m": "286500", "pcon24cd": "E14001096", "lsoa21cd": "E01033561", "lat": "52.47",
    "long": "-1.9",
}  # fmt: skip
NOMIS = [
    "DATE",
    "DATE_NAME",
    "DATE_CODE",
    "DATE_TYPE",
    "GEOGRAPHY",
    "GEOGRAPHY_NAME",
    "GEOGRAPHY_CODE",
    "GEOGRAPHY_TYPE",
    "INDUSTRY",
    "INDUSTRY_NAME",
    "INDUSTRY_CODE",
    "EMPLOYMENT_SIZEBAND",
    "EMPLOYMENT_SIZEBAND_NAME",
    "LEGAL_STATUS",
    "LEGAL_STATUS_NAME",
    "MEASURES",
    "MEASURES_NAME",
    "OBS_VALUE",
    "OBS_STATUS",
    "OBS_STATUS_NAME",
    "RECORD_OFFSET",
    "RECORD_COUNT",
]
NOMIS_ROW = {
    "DATE": "2025", "GEOGRAPHY_NAME": "Birmingham 001", "GEOGRAPHY_CODE": "E02001827",
    "INDUSTRY": "37748736", "INDUSTRY_NAME": "Total", "EMPLOYMENT_SIZEBAND": "0",
    "EMPLOYMENT_SIZEBAND_NAME": "Total", "LEGAL_STATUS": "0", "MEASURES": "20100", "OBS_VALUE": "125",
}  # fmt: skip
CHELTENHAM = [
    "Organisation",
    "OrganisationLabel",
    "Organisation",
    "OrganisationLabel",
    "UPRN",
    "AssetCode",
    "PropertyName",
    "StreetName",
    "PostTown",
    "PostCode",
    "GeoX",
    "GeoY",
    "TenureType",
    "TenureDetail",
    "HoldingType",
]
EPC = [
    "LMK_KEY",
    "ADDRESS1",
    "ADDRESS2",
    "ADDRESS3",
    "POSTCODE",
    "BUILDING_REFERENCE_NUMBER",
    "ASSET_RATING",
    "ASSET_RATING_BAND",
    "PROPERTY_TYPE",
    "INSPECTION_DATE",
    "LOCAL_AUTHORITY",
    "CONSTITUENCY",
    "COUNTY",
    "LODGEMENT_DATE",
    "TRANSACTION_TYPE",
    "NEW_BUILD_BENCHMARK",
    "EXISTING_STOCK_BENCHMARK",
    "BUILDING_LEVEL",
    "MAIN_HEATING_FUEL",
    "OTHER_FUEL_DESC",
    "SPECIAL_ENERGY_USES",
    "RENEWABLE_SOURCES",
    "FLOOR_AREA",
    "STANDARD_EMISSIONS",
    "TARGET_EMISSIONS",
    "TYPICAL_EMISSIONS",
    "BUILDING_EMISSIONS",
    "AIRCON_PRESENT",
    "AIRCON_KW_RATING",
    "ESTIMATED_AIRCON_KW_RATING",
    "AC_INSPECTION_COMMISSIONED",
    "BUILDING_ENVIRONMENT",
    "ADDRESS",
    "LOCAL_AUTHORITY_LABEL",
    "CONSTITUENCY_LABEL",
    "POSTTOWN",
    "LODGEMENT_DATETIME",
    "PRIMARY_ENERGY_VALUE",
    "UPRN",
    "UPRN_SOURCE",
    "REPORT_TYPE",
]
EPC_ROW = {
    "LMK_KEY": "k1", "POSTCODE": "B1 1AA", "ASSET_RATING_BAND": "d", "FLOOR_AREA": "812",
    "PROPERTY_TYPE": "B1 Offices and Workshop businesses", "LODGEMENT_DATE": "2021-03-04",
    "UPRN": "45678901", "ASSET_RATING": "88",
}  # fmt: skip
IMD_RANK = "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)"
IMD_DECILE = "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)"
NAPTAN = [
    "ATCOCode",
    "NaptanCode",
    "PlateCode",
    "CleardownCode",
    "CommonName",
    "CommonNameLang",
    "ShortCommonName",
    "ShortCommonNameLang",
    "Landmark",
    "LandmarkLang",
    "Street",
    "StreetLang",
    "Crossing",
    "CrossingLang",
    "Indicator",
    "IndicatorLang",
    "Bearing",
    "NptgLocalityCode",
    "LocalityName",
    "ParentLocalityName",
    "GrandParentLocalityName",
    "Town",
    "TownLang",
    "Suburb",
    "SuburbLang",
    "LocalityCentre",
    "GridType",
    "Easting",
    "Northing",
    "Longitude",
    "Latitude",
    "StopType",
    "BusStopType",
    "TimingStatus",
    "DefaultWaitTime",
    "Notes",
    "NotesLang",
    "AdministrativeAreaCode",
    "CreationDateTime",
    "ModificationDateTime",
    "RevisionNumber",
    "Modification",
    "Status",
]
SPLIT = {"Easting": "406500", "Northing": "286500"}
MOBILE_2026 = ["laua", "laua_name", "prem_count"] + [
    f"{tech}_{measure}_{place}_{n}"
    for tech in ("2G", "3G", "4G", "Voice", "5G_high_confidence", "5G_very_high_confidence",
                 "5G_SA_high_confidence", "5G_SA_very_high_confidence")
    for measure in ("prem", "geo", "abrd", "mway")
    for place in ("in", "out")
    if not (tech.startswith("5G") and place == "in")
    for n in range(5)
]  # fmt: skip
MOBILE_ROW = {h: "100" if h.endswith("_4") else "" for h in MOBILE_2026[3:]}
MOBILE_OLD = ["laua", "laua_name", "prem_count"] + [
    f"{tech}_{measure}_{place}_{n}"
    for tech in ("2G", "3G", "4G")
    for measure in ("prem", "geo")
    for place in ("in", "out")
    for n in ("None", "All")
]
AREA = {"laua": "E08000025", "laua_name": "Birmingham", "prem_count": "480000"}
PCON = {"parl_const": "E14001096", "parliamentary_constituency_name": "BIRMINGHAM, LADYWOOD"}
ASSET = {
    "AssetCode": "A1", "PropertyName": "Office", "GeoX": "406500", "GeoY": "286500",
    "TenureType": "Freehold", "TenureDetail": "Vacant", "PostCode": "B1",
}  # fmt: skip
TAKEUP = [
    "laua", "laua_name", "Full-fibre take-up (% of full-fibre coverage)",
    "Full-fibre take-up (% of all premises)",
]  # fmt: skip


def pcon(header: list[str]) -> list[str]:
    return ["parl_const", "parliamentary_constituency_name", *header[2:]]


# name, header, cells by header, format, detail, vintage
CASES = [
    ("202507_fixed_laua_coverage_r01.csv", LAUA_2020, AREA | ROW_2020, "ofcom_fixed", "laua", "2025-07"),
    ("202601_fixed_laua_coverage_r1.csv", LAUA_2026, AREA | ROW_2020, "ofcom_fixed", "laua", "2026-01"),
    ("202401_fixed_laua_res_coverage_r01.csv", LAUA_2020, AREA | ROW_2020, "ofcom_fixed", "laua-residential", "2024-01"),
    ("202009_fixed_pcon_coverage_r02.csv", pcon(LAUA_2020), PCON | ROW_2020, "ofcom_fixed", "pcon", "2020-09"),
    ("202601_fixed_pcon_coverage_r1.csv", pcon(LAUA_2026), PCON | ROW_2020, "ofcom_fixed", "pcon", "2026-01"),
    ("201809_fixed_pc_coverage_r01.csv", POSTCODE_2018, {**SHARES, "postcode": "B11AA", "pcds": "B1 1AA", "pca": "B", "FTTP availability (% premises)": "1", "SFBB availability (% premises)": "15"}, "ofcom_fixed", "postcode", "2018-09"),
    ("202401_fixed_pc_coverage_r01_B.csv", POSTCODE_2020, PLACED | SHARES, "ofcom_fixed", "postcode", "2024-01"),
    ("202305_fixed_pc_coverage_r01.csv", ["postcode (8 char)" if h == "postcode_space" else h for h in POSTCODE_2020], {**PLACED, **SHARES, "postcode (8 char)": "B1 1AA"}, "ofcom_fixed", "postcode", "2023-05"),
    ("201809_fixed_oa11_coverage_r01.csv", OA_2018, ROW_2018, "ofcom_fixed", "oa", "2018-09"),
    ("202507_full_fibre_take-up_laua_r01.csv", TAKEUP, AREA | {TAKEUP[2]: "40", TAKEUP[3]: "30"}, "ofcom_takeup", "laua", "2025-07"),
    ("202507_full_fibre_take-up_laua_r01.csv", [h.lower() for h in TAKEUP], AREA | {TAKEUP[2].lower(): "40", TAKEUP[3].lower(): "30"}, "ofcom_takeup", "laua", "2025-07"),
    ("202507_fixed_coverage_uk_and_nations_r01.csv", ["location", "premise type", "rurality", "speed", "% premises", "premises", "date"], {"location": "England", "premise type": "All", "rurality": "All", "speed": "Full Fibre", "% premises": "70", "premises": "17000000", "date": "2025-07"}, "ofcom_nations", "nations", "2025-07"),
    ("202601_mobile_coverage_laua_r01.csv", MOBILE_2026, AREA | MOBILE_ROW, "ofcom_mobile", "laua", "2026-01"),
    ("201809_mobile_laua_r01.csv", MOBILE_OLD, AREA | dict.fromkeys(MOBILE_OLD[3:], "50"), "ofcom_mobile", "laua", "2018-09"),
    ("202601_mobile_coverage_pcon_r01.csv", ["parl_const", "parl_const_name", *MOBILE_2026[2:]], {"parl_const": "E14001096", "parl_const_name": "A", "prem_count": "9"} | MOBILE_ROW, "ofcom_mobile", "pcon", "2026-01"),
    ("bduk.csv", BDUK, BDUK_ROW, "bduk_premises", "2025", ""),
    ("bduk_2024.csv", ["UPRN", "struprn", "Country", "Postcode", "Lot_Name", "Local_Authority_District", "subsidy_control_status", "current_gigabit", "future_gigabit", "gis_final_coverage_date", "supplier", "contract_name"], {"UPRN": "45678901", "Postcode": "B1 1AA", "subsidy_control_status": "Gigabit White", "current_gigabit": "false", "future_gigabit": "false"}, "bduk_premises", "2024", "2024"),
    ("osopenuprn_202605.csv", ["\ufeffUPRN", "X_COORDINATE", "Y_COORDINATE", "LATITUDE", "LONGITUDE"], {"\ufeffUPRN": "45678901", "X_COORDINATE": "406500.0", "Y_COORDINATE": "286500.0"}, "open_uprn", "points", "2026-05"),
    ("ONSUD.csv", ["UPRN", "GRIDGB1E", "GRIDGB1N", "PCDS", "CTRY25CD", "RGN25CD", "CTY25CD", "LAD25CD", "WD25CD", "LSOA21CD"], {"UPRN": "45678901", "GRIDGB1E": "406500", "GRIDGB1N": "286500", "PCDS": "B1 1AA", "LAD25CD": "E08000025"}, "onsud", "uprn", ""),
    ("onsud_lower.csv", ["uprn", "gridgb1e", "gridgb1n", "pcds", "lad26cd", "wd26cd", "lsoa21cd"], {"uprn": "45678901", "gridgb1e": "406500", "gridgb1n": "286500", "lad26cd": "E08000025"}, "onsud", "uprn", ""),
    ("ONSPD_NOV_2024_UK.csv", ONSPD_2024, ONSPD_ROW, "onspd", "2024", "2024-11"),
    ("ONSPD_MAY_2025_UK.csv", ONSPD_2025, ONSPD_ROW, "onspd", "2025", "2025-05"),
    ("ONSPD_FEB_2026_UK.csv", [h.replace("lad25cd", "lad26cd") for h in ONSPD_2025], ONSPD_ROW, "onspd", "2025", "2026-02"),
    ("labels.csv", ["Postcode 7 char", "Latitude", "Longitude"], {"Postcode 7 char": "B1 1AA", "Latitude": "52.47", "Longitude": "-1.9"}, "onspd", "labels", ""),
    ("nomis.csv", NOMIS, NOMIS_ROW, "nomis_businesses", "local-units", "2025"),
    ("register.csv", CHELTENHAM, ASSET, "asset_register", "register", ""),
    ("certificates.csv", EPC, EPC_ROW, "epc_non_domestic", "legacy", ""),
    ("imd2025.csv", ["LSOA code (2021)", "LSOA name (2021)", "Local Authority District code (2024)", "Local Authority District name (2024)", IMD_RANK, IMD_DECILE], {"LSOA code (2021)": "E01033561", IMD_RANK: "5", IMD_DECILE: "1"}, "imd", "2025", "2025"),
    ("imd2019.csv", ["LSOA code (2011)", "LSOA name (2011)", "Local Authority District code (2019)", "Local Authority District name (2019)", IMD_RANK, IMD_DECILE], {"LSOA code (2011)": "E01033561", IMD_RANK: "5", IMD_DECILE: "1"}, "imd", "2019", "2019"),
    ("Stops.csv", NAPTAN, SPLIT | {"ATCOCode": "43000100101", "CommonName": "High St", "StopType": "BCT", "Status": "active"}, "naptan", "stops", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "header", "cells", "key", "detail", "vintage"), CASES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CASES)]
)  # fmt: skip
def test_a_published_header_is_read_whole(
    tmp_path, read_one, name, header, cells, key, detail, vintage
):
    path = tmp_path / name
    row = [f'"{c}"' if "," in (c := cells.get(h, "")) else c for h in header]
    titles = [f'"{h}"' if "," in h else h for h in header]
    path.write_bytes((",".join(titles) + "\r\n" + ",".join(row) + "\r\n").encode())
    reading = read_one(path, expect=key)
    assert (reading.rows_in, len(reading.frame)) == (1, 1), reading.quarantine.to_dict("records")
    assert (reading.source.detail, reading.source.vintage) == (detail, vintage)


# worked by hand: 2 + 17 + 80 in the bands make the 99 matched premises, of which 97 have 30 Mbit/s
@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("Number of premises with 10<30Mbit/s download speed", "3", "the speed bands do not sum to matched premises"),
        ("Number of premises unable to receive 30Mbit/s", "1", "superfast and unable to receive 30 Mbit/s do not sum to matched premises"),
        ("Gigabit availability (% premises)", "76", "gigabit_pct is not its count over all premises"),
        ("UFBB (100Mbit/s) availability (% premises)", "98", "a larger share has ultrafast_100 than superfast"),
        ("Full Fibre availability (% premises)", "80", "a larger share has full_fibre than gigabit"),
    ],
)  # fmt: skip
def test_sums_and_orderings_are_checked(tmp_path, read_one, column, value, reason):
    path = tmp_path / "202507_fixed_laua_coverage_r01.csv"
    cells = AREA | ROW_2020 | {column: value}
    lines = [",".join(LAUA_2020), ",".join(cells.get(h, "") for h in LAUA_2020)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    reading = read_one(path)
    assert reading.quality().quarantined == {reason: 1}


def test_superfast_of_2018_is_added_up_with_its_count(tmp_path, read_one):
    path = tmp_path / "201809_fixed_oa11_coverage_r01.csv"
    path.write_text(f"{','.join(OA_2018)}\n{','.join(ROW_2018.get(h, '') for h in OA_2018)}\n")
    reading = read_one(path)
    assert reading.frame[["superfast_pct", "superfast_n"]].iloc[0].tolist() == [97.0, 97.0]
    assert any("ultrafast was added back" in note for note in reading.notes)
