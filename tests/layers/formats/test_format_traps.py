"""The traps of tabular formats: what is set aside, what is quarantined, what stays missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layers.errors import SourceError
from layers.formats import load

MOBILE = "laua,laua_name,prem_count," + ",".join(f"4G_prem_out_{n}" for n in range(5))


@pytest.fixture
def given(tmp_path, read_one):
    """Read a text under a file name."""

    def read(text: str, name: str = "file.csv", encoding: str = "utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return read_one(path)

    return read


def reasons(reading) -> dict[str, int]:
    return dict(reading.quality().quarantined)


# Ofcom mobile: worked example D03 of the domain brief


def test_any_operator_is_what_bucket_0_leaves(given):
    reading = given(f"{MOBILE}\nE08000025,A,10,9.69,5,15.31,30,40\nE08000026,B,10,,0,0,60,40\n")
    assert reading.frame["4g_prem_out_any_pct"].tolist() == pytest.approx([90.31, 100.0])
    assert reading.frame["4g_prem_out_all_pct"].tolist() == [40.0, 40.0]
    assert reading.frame["4g_prem_out_all_operators"].tolist() == [4.0, 4.0]


def test_a_family_that_is_blank_throughout_a_row_is_missing(given):
    reading = given(f"{MOBILE}\nE08000025,A,10,0,0,0,0,100\nE08000026,B,10,,,,,\n")
    assert np.isnan(reading.frame["4g_prem_out_any_pct"].iloc[1])
    assert np.isnan(reading.frame["4g_prem_out_all_pct"].iloc[1])


def test_after_a_merger_the_highest_filled_bucket_is_all_operators(given):
    reading = given(f"{MOBILE}\nE08000025,A,10,1,9,20,70,\nE08000026,B,10,2,8,90,,\n")
    assert reading.frame["4g_prem_out_all_operators"].tolist() == [3.0, 3.0]
    assert reading.frame["4g_prem_out_all_pct"].tolist() == [70.0, 0.0]


def test_buckets_that_do_not_sum_are_quarantined(given):
    reading = given(f"{MOBILE}\nE08000025,A,10,10,10,10,10,10\nE08000026,B,10,0,0,0,0,100\n")
    assert reasons(reading) == {"4G_prem_out buckets do not sum to 100": 1}


def test_very_high_confidence_is_not_taken_for_high(given):
    text = MOBILE + ",5G_very_high_confidence_prem_out_0,5G_high_confidence_prem_out_0"
    reading = given(f"{text}\nE08000025,A,10,0,0,0,0,100,30,10\n")
    row = reading.frame.iloc[0]
    assert row["5g_very_high_prem_out_any_pct"] == 70
    assert row["5g_high_prem_out_any_pct"] == 90
    assert "5g_high_prem_out_all_pct" not in row


def test_older_mobile_files_say_none_and_all(given):
    head = "laua,laua_name,prem_count,4G_prem_out_None,4G_prem_out_All"
    row = given(f"{head}\nE08000025,A,10,2.5,80\n").frame.iloc[0]
    assert (row["4g_prem_out_any_pct"], row["4g_prem_out_all_pct"]) == (97.5, 80)


# Ofcom fixed


FIXED = (
    "parl_const,parliamentary_constituency_name,All Premises,All Matched Premises,"
    "SFBB availability (% premises),UFBB availability (% premises),Full Fibre availability (% premises),"
    "Gigabit availability (% premises),% of premises unable to receive 30Mbit/s,"
    "Number of premises with Full Fibre availability,Number of premises with Gigabit availability"
)


def test_counts_that_contradict_each_other_are_quarantined(given):
    rows = (
        "E14000530,A,100,90,99,90,50,80,1,50,80\n"
        "E14000531,B,100,110,99,90,50,80,1,50,80\n"
        "E14000532,C,100,90,99,90,50,80,1,120,130\n"
        "E14000533,D,100,90,99,90,50,80,1,85,80\n"
        "E14000534,E,100,90,140,90,50,80,1,50,80\n"
        "E14000535,F,-5,0,99,90,50,80,1,0,0\n"
    )
    reading = given(f"{FIXED}\n{rows}", "202401_fixed_pcon_coverage_r01.csv")
    assert reading.frame["area_name"].tolist() == ["A"]
    assert reasons(reading) == {
        "full_fibre_n exceeds premises": 1,
        "more full fibre than gigabit": 1,
        "more matched premises than premises": 1,
        "negative": 1,
        "outside 0 to 100": 1,
    }


def test_a_release_without_a_month_in_its_name_is_refused(given):
    with pytest.raises(SourceError, match="cannot tell the snapshot"):
        given(f"{FIXED}\nE14000530,A,100,90,99,90,50,80,1,50,80\n", "coverage.csv")


def test_revisions_are_read_with_or_without_a_zero(tmp_path):
    from layers.formats.ofcom_fixed import revision
    from layers.peeking import peek

    for name, expected in (("202601_fixed_pc_coverage_r2_CV.csv", 2), ("202209_fixed_pcon_coverage_r02.csv", 2), ("x.csv", 0)):  # fmt: skip
        (tmp_path / name).write_text(f"{FIXED}\n")
        assert revision(peek(tmp_path / name)) == expected


# ONS series


ONS = "areacd,areanm,geography,indicator,period,observation,measure,unit,lci_95,uci_95,status,notes"


def test_ons_values_that_are_missing_or_impossible(given):
    rows = (
        "E08000025,A,LA,5G coverage,2026-01-01,72.81,Percentage,%,,,,\n"
        "E08000026,B,LA,5G coverage,2026-01-01,,Percentage,%,,,x,\n"
        "E08000027,C,LA,5G coverage,2026-01-01,140,Percentage,%,,,,\n"
        "E08000028,D,LA,Business growth,2024-01-01/P1Y,-3.5,Percentage,%,,,,\n"
        "E08000025,A,LA,5G coverage,2026-01-01,70,Percentage,%,,,,\n"
    )
    reading = given(f"\ufeff{ONS}\n{rows}")
    assert reading.frame["measure"].tolist() == ["area_5g_any_pct", "Business growth"]
    assert reading.frame["period"].tolist() == ["2026-01", "2024-01"]
    assert dict(reading.set_aside) == {"no value published": 1}
    assert reasons(reading) == {"duplicate id": 1, "outside 0 to 100": 1}


# postcodes


def test_code_point_rows_without_a_place(given):
    reading = given(
        "B1 1AY,10,406523,286448\nB1 1BA,90,0,0\nB1 1BB,10,0,0\nB1 1BD,10,9999999,1\nB11AY,10,1,1\n"
    )
    assert dict(reading.set_aside) == {"no position (quality 90)": 1}
    assert reasons(reading) == {"duplicate id": 1, "off the National Grid": 1}
    assert np.isnan(reading.frame["easting"].iloc[1])


OLD = "pcd,pcd2,pcds,dointr,doterm,oslaua,usertype,oseast1m,osnrth1m,osgrdind,pcon,lat,long,oa21,lsoa21,msoa21"


def test_the_directory_of_2024_and_before(given):
    rows = (
        '"B1  1AA","B1   1AA","B1 1AA","198001","","E08000025","0","406523","286448","1","E14001096","52.47","-1.90","E00045110","E01033620","E02001827"\n'
        '"B1  1AB","B1   1AB","B1 1AB","198001","199606","E08000025","0","406523","286448","1","E14001096","52.47","-1.90","E00045110","E01033620","E02001827"\n'
        '"IM1 1AA","IM1  1AA","IM1 1AA","198001","","","0","","","9","","99.999999","0.000000","","",""\n'
    )
    reading = given(f"{OLD}\n{rows}", "ONSPD_NOV_2024_UK.csv")
    assert reading.source.vintage == "2024-11"
    row = reading.frame.iloc[0]
    assert (row["postcode"], row["easting"], row["lad"], row["lsoa21"]) == (
        "B1 1AA",
        406523,
        "E08000025",
        "E01033620",
    )
    assert row["pcon24"] == "E14001096"
    assert row["terminated"] == ""
    assert dict(reading.set_aside) == {"ended postcode": 1, "no position (latitude 99.999999)": 1}


def test_constituencies_of_2010_are_not_passed_off_as_those_of_2024(given):
    row = '"B1","B1","B1 1AA","198001","","E08000025","0","406523","286448","1","E14000564","52.47","-1.90","","",""\n'
    reading = given(f"{OLD}\n{row}")
    assert "pcon24" not in reading.frame
    assert "constituencies are those of 2010 in this edition: not used" in reading.notes


def test_year_stamped_names_of_a_later_year(given):
    text = "pcds,dointr,doterm,lad27cd,east1m,north1m,lsoa21cd,pcon24cd\nB1 1AA,198001,,E08000025,406523,286448,E01033620,E14001096\n"
    reading = given(text)
    assert reading.source.format_key == "onspd"
    assert reading.frame["lad"].tolist() == ["E08000025"]


# lookups, households, deprivation


def test_a_best_fit_lookup_gives_each_area_once(given):
    reading = given(
        "LSOA21CD,LAD25CD\nE01008881,E08000025\nE01008881,E08000026\n,E08000025\nE01008882,\n"
    )
    assert reading.frame["lsoa21"].tolist() == ["E01008881"]
    assert reasons(reading) == {"duplicate id": 1, "no value": 2}


def test_an_exact_fit_lookup_may_split_an_area(given):
    text = "LSOA11CD,LSOA21CD,CHGIND\nE01008881,E01033620,S\nE01008881,E01033621,S\n"
    assert len(given(text).frame) == 2


def test_totals_that_differ_within_an_area_are_quarantined(given):
    head = "lsoa21_code,total_households,type,n,prop"
    reading = given(f"{head}\nE01008881,584,a,1,0\nE01008881,584,b,1,0\nE01008881,585,c,1,0\n")
    assert reading.frame["households"].tolist() == [584]
    assert reasons(reading) == {"total differs from the area's first": 1}
    assert dict(reading.set_aside) == {"repeat of an area's total": 1}


def test_census_tables_with_the_publishers_headers(given):
    bulk = "date,geography,geography code,Number of households\n2021,A,E01008881,584\n"
    custom = "Lower layer Super Output Areas Code,Lower layer Super Output Areas,Observation\nE01008881,A,584\n"
    for text in (bulk, custom):
        assert given(text).frame["households"].tolist() == [584]


def test_official_deprivation_headers_of_both_editions(given):
    text = (
        "LSOA code (2011),LSOA name (2011),Local Authority District code (2019),"
        "Local Authority District name (2019),Index of Multiple Deprivation (IMD) Rank,"
        "Index of Multiple Deprivation (IMD) Decile\nE01008881,A,E08000025,B,3887,2\nE01008882,A,E08000025,B,9,11\n"
    )
    reading = given(text)
    assert reading.frame[["rank", "decile", "edition"]].to_numpy().tolist() == [[3887, 2, "2019"]]
    assert reasons(reading) == {"outside 1 to 10": 1}


# stops


STOPS = "ATCOCode,CommonName,LocalityName,Easting,Northing,Longitude,Latitude,StopType,Status"


def test_stops_take_degrees_where_the_grid_is_blank(given):
    rows = (
        "1,A,x,,,-1.8189754,52.4493228,RLY,active\n2,B,x,412400,283500,,,RLY,act\n3,C,x,,,,,BCT,active\n"
        "4,D,x,412400,283500,,,BCT,inactive\n5,E,x,412400,283500,,,BCT,del\n6,F,x,1,2,,,BCT,maybe\n"
        "7,G,x,,,52.45,-1.82,BCT,active\n1,H,x,412400,283500,,,BCT,active\n"
    )
    reading = given(f"{STOPS}\n{rows}")
    assert reading.frame["stop_id"].tolist() == ["1", "2"]
    # OSTN15 puts the station within a metre of its published hundred-metre grid reference's square
    assert abs(reading.frame["easting"].iloc[0] - 412400) < 100
    assert reading.frame["active"].all()
    assert dict(reading.set_aside) == {"inactive stop": 2}
    assert reasons(reading) == {
        "duplicate id": 1,
        "longitude and latitude are swapped": 1,
        "no position": 1,
        "unknown status": 1,
    }


# businesses


NOMIS = "date,geography_name,geography_code,industry,industry_name,employment_sizeband,employment_sizeband_name,legal_status,measures,obs_value"


def test_business_counts_in_lower_case_with_title_rows(given):
    rows = (
        "2025,Ashby 001,E02001827,37748736,Total,0,Total,0,20100,125\n"
        "2025,Ashby 001,E02001827,150994954,J : Information,10,Micro (0 to 9),0,20100,0\n"
        "2025,Ashby 001,E02001827,146800702,62 : Computer programming,40,Large (250+),0,20100,5\n"
        "2025,Ashby 001,E02001827,37748736,Total,0,Total,0,20301,100\n"
        "2025,Ashby 001,E02001827,37748736,Total,0,Total,1,20100,90\n"
        "2024,Ashby 001,E02001827,37748736,Total,0,Total,0,20100,120\n"
        "2025,Ashby 002,E02001828,37748736,Total,0,Total,0,20100,\n"
        "2025,Ashby 001,E02001827,37748736,Total,0,Total,0,20100,130\n"
    )
    reading = given(f'"UK Business Counts"\n\n{NOMIS}\n{rows}')
    frame = reading.frame
    assert frame["industry"].tolist() == ["total", "J", "62"]
    assert frame["sizeband"].tolist() == ["total", "micro", "large"]
    assert frame["units_low"].tolist() == [123, 0, 3]
    assert frame["units_high"].tolist() == [127, 2, 7]
    assert dict(reading.set_aside) == {
        "an earlier date": 1, "no value published": 1, "not a count (a percentage)": 1,
        "one legal status only": 1,
    }  # fmt: skip
    assert reasons(reading) == {"duplicate id": 1}


def test_business_counts_limited_to_names(given):
    text = "GEOGRAPHY_CODE,INDUSTRY_NAME,EMPLOYMENT_SIZEBAND_NAME,OBS_VALUE\nE02001827,62 : Computer,Micro (0 to 9),15\nE02001827,Total,Total,45\n"
    frame = given(text).frame
    assert frame["industry"].tolist() == ["62", "total"]
    assert frame["sizeband"].tolist() == ["micro", "total"]


# BDUK


def test_bduk_plans_are_contracts_vouchers_and_hubs(given):
    head = (
        "uprn,struprn,bduk_recognised_premises,country,postcode,subsidy_control_status,current_gigabit,"
        "future_gigabit,local_authority_district_ons_code,bduk_gis,bduk_vouchers,bduk_superfast,bduk_hubs"
    )
    rows = (
        "10,str10,true,England,B1 1AA,Gigabit White,false,false,E08000025,false,false,false,false\n"
        "11,str11,true,England,B1 1AA,gigabit white,false,true,E08000025,false,true,false,false\n"
        "12,str12,false,England,B1 1AA,,false,false,E08000025,false,false,false,false\n"
        "13,str13,true,England,B1 1AA,Gigabit Purple,false,false,E08000025,false,false,false,false\n"
        "000000000010,str10,true,England,B1 1AA,Gigabit White,false,false,E08000025,,,,\n"
        "14,str14,true,England,B1 1AA,Gigabit White,perhaps,false,E08000025,,,,\n"
    )
    reading = given(f"{head}\n{rows}")
    assert reading.frame["uprn"].tolist() == [10, 11]
    assert reading.frame["in_plan"].tolist() == [False, True]
    assert dict(reading.set_aside) == {"not recognised by BDUK as premises": 1}
    assert reasons(reading) == {
        "duplicate id": 1, "neither true nor false": 1, "unknown subsidy control status": 1,
    }  # fmt: skip


def test_bduk_before_2025(given):
    head = "UPRN,Country,Postcode,Lot_ID,Lot_Name,Subsidy_Control_Status,Current_Gigabit,Future_Gigabit,Local_Authority_District,gis_final_coverage_date,supplier,contract_name"
    rows = (
        "10,England,B11AA,1,x,Gigabit Grey/Black,true,true,Ashby,,,\n"
        "11,England,B1 1AA,1,x,Gigabit White,false,false,Ashby,2026-03-31,Fibre Ltd,Lot 1\n"
    )
    reading = given(f"{head}\n{rows}")
    assert reading.source.detail == "2024"
    assert reading.frame["status"].tolist() == ["grey_black", "white"]
    assert reading.frame["in_plan"].tolist() == [False, True]
    assert "lad" not in reading.frame


# places


def test_open_uprn_with_a_byte_order_mark_and_a_lost_point(given):
    text = "\ufeffUPRN,X_COORDINATE,Y_COORDINATE,LATITUDE,LONGITUDE\r\n1,406523.00,286448.00,52,-1\r\n2,0,0,0,0\r\nx,1,1,1,1\r\n"
    reading = given(text)
    assert reading.frame["uprn"].tolist() == [1]
    assert reasons(reading) == {"not a UPRN (a spreadsheet may have damaged it)": 1}
    assert dict(reading.set_aside) == {"no position (0, 0)": 1}


def test_hospitals_without_a_position_keep_their_postcode(given):
    head = "OrganisationID,OrganisationCode,OrganisationType,SubType,Sector,OrganisationName,Postcode,Latitude,Longitude"
    text = f"{head}\n1,RRK,Hospital,UNKNOWN,NHS Sector,Môr,B130HN,,\n".replace(",", "\u00ac")
    row = given(text, encoding="latin-1").frame.iloc[0]
    assert (row["name"], row["sector"], row["kind"], row["postcode"]) == (
        "Môr",
        "NHS",
        "",
        "B13 0HN",
    )
    assert np.isnan(row["easting"])


def test_schools_closed_or_not_open_yet_are_set_aside(given):
    head = "URN,EstablishmentName,EstablishmentStatus (name),PhaseOfEducation (name),Postcode,Easting,Northing,UPRN,DistrictAdministrative (code)"
    rows = (
        "103100,A,Open,Primary,B1 1AA,406523,286448,10000480247,E08000025\n"
        "103101,B,Closed,Primary,B1 1AA,406523,286448,,E08000025\n"
        "103102,C,Proposed to open,Primary,B1 1AA,406523,286448,,E08000025\n"
        '103103,D,"Open, but proposed to close",Primary,B1 1AA,0,0,,999\n'
    )
    reading = given(f"{head}\n{rows}", "edubasealldata20250801.csv", "cp1252")
    assert reading.frame["publisher_id"].tolist() == ["103100", "103103"]
    assert reading.source.vintage == "2025-08-01"
    assert reading.frame["lad"].tolist() == ["E08000025", ""]
    assert np.isnan(reading.frame["easting"].iloc[1])
    assert dict(reading.set_aside) == {"closed school": 1, "school not open yet": 1}


# energy certificates


def test_the_newest_certificate_of_a_uprn_stays(given):
    head = (
        "certificate_number,uprn,postcode,property_type,asset_rating_band,floor_area,lodgement_date"
    )
    rows = (
        "a,7,B1 1AA,B1 Offices,d,120.5,2015-01-01\nb,7,B1 1AA,B1 Offices,C,130,2022-01-01\n"
        "c,,B1 1AA,Retail,INVALID!,0,2022-01-01\nd,,B1 1AA,Retail,E,5,2022-01-01\nd,,B1 1AA,Retail,E,5,2022-01-01\n"
    )
    reading = given(f"{head}\n{rows}")
    assert reading.frame["certificate"].tolist() == ["b", "c", "d"]
    assert reading.frame["rating_band"].tolist() == ["C", "", "E"]
    assert np.isnan(reading.frame["floor_area_m2"].iloc[1])
    assert dict(reading.set_aside) == {"superseded by a newer certificate of the same UPRN": 1}
    assert reasons(reading) == {"duplicate id": 1}


# terrain


def test_terrain_headers_and_tiles_cut_short(given):
    good = "ncols 2\nnrows 2\nxllcorner 400000\nyllcorner 280000\ncellsize 50\n"
    reading = given(good + "NODATA_value -9999\n1 2\n3 -9999\n", "sp08.asc")
    assert reading.frame[["tile", "columns", "rows"]].to_numpy().tolist() == [["SP08", 2, 2]]
    assert reading.notes == ("1 of 4 heights are missing",)
    centred = (
        good.replace("corner", "center").replace("400000", "400025").replace("280000", "280025")
    )
    assert given(centred + "1 2 3 4\n", "c.asc").frame["easting_min"].tolist() == [400_000]
    for text, problem in (
        (good + "1 2 3\n", "3 of 4 heights"),
        (good + "1 2 3 x\n", "not a number"),
        (good.replace("cellsize 50\n", "") + "1 2 3 4\n", "lacks cellsize"),
        (good.replace("xllcorner 400000\n", "") + "1 2 3 4\n", "lacks xllcorner"),
    ):
        with pytest.raises(SourceError, match=problem):
            given(text, "t.asc")


@pytest.mark.parametrize(
    ("easting", "northing", "square"),
    [(400_000, 300_000, "SK00"), (406_523, 286_448, "SP08"), (530_000, 180_000, "TQ38"), (325_000, 673_000, "NT27"), (1, 1, "SV00")],
)  # fmt: skip
def test_grid_squares(easting, northing, square):
    assert load("terrain_asc").grid_square(easting, northing) == square


def test_site_register_in_words(given):
    head = "UPRN,Site name,Current circuit,Speed (Mbit/s),Annual cost (GBP),Contract end"
    reading = given(f'{head}\n010000480247,Town Hall,leased,100,"£5,400",31/03/2027\n,,x,1,1,\n')
    row = reading.frame.iloc[0]
    assert (row["annual_cost_gbp"], row["contract_end"]) == (5400, "2027-03-31")
    assert reasons(reading) == {"no value": 1}


def test_frames_hold_exactly_the_promised_columns(given):
    """Spot check of the contract in docs/architecture.md."""
    reading = given(f"{STOPS}\n2,B,x,412400,283500,,,RLY,act\n")
    assert set(reading.frame) == {"src", "record", "stop_id", "name", "stop_type", "easting", "northing", "locality", "active"}  # fmt: skip
    assert isinstance(reading.frame, pd.DataFrame)
