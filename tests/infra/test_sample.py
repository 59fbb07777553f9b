from __future__ import annotations

import csv
import hashlib
import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment

from infra.sample import write_sample
from infra.sample_files import tile_name
from infra.sample_ofcom import spoil
from infra.sample_streets import make_premises, make_streets
from infra.sample_truth import MEASURES, RELEASES, coverage_table, make_truth
from infra.sample_world import codes, make_areas, make_plane, shared_out
from layers.checksum import sha256_of
from layers.errors import StudyError
from layers.formats import load
from layers.grid import in_britain
from layers.peeking import peek
from layers.recognise import recognise
from layers.source import SourceFile

PREMISES = 3_000
# the publisher's header, domain brief section A4
BDUK_HEADER = (
    "uprn,struprn,bduk_recognised_premises,country,postcode,lot_id,lot_name,"
    "subsidy_control_status,current_gigabit,future_gigabit,local_authority_district_ons_code,"
    "local_authority_district_ons,region_ons_code,region_ons,bduk_gis,bduk_gis_contract_scope,"
    "bduk_gis_final_coverage_date,bduk_gis_contract_name,bduk_gis_supplier,bduk_vouchers,"
    "bduk_vouchers_contract_name,bduk_vouchers_supplier,bduk_superfast,"
    "bduk_superfast_contract_name,bduk_superfast_supplier,bduk_hubs,bduk_hubs_contract_name,"
    "bduk_hubs_supplier"
)
FORMATS = {
    "bduk": "bduk_premises",
    "boundaries": "boundaries",
    "business": "nomis_businesses",
    "census": "households",
    "deprivation": "imd",
    "lookups": "lookups",
    "naptan": "naptan",
    "ofcom": "ofcom_fixed",
    "ons_local_statistics": "ons_local_statistics",
    "osm": "osm_xml",
    "surface": "height_raster",
    "terrain": "terrain_asc",
    "uprn": "open_uprn",
}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    return folder, write_sample(folder, premises=PREMISES, seed=7)


@pytest.fixture(scope="module")
def readings(study):
    folder, summary = study
    found = {}
    for name in summary.files:
        look = peek(folder / name, name)
        seen = recognise(look)
        assert seen.known, (name, seen.nearest, seen.fault)
        source = SourceFile(
            name, sha256_of(folder / name), 1, seen.format_key, "", "", "", "", "",
            vintage=seen.format.vintage(look), detail=seen.detail,
        )  # fmt: skip
        found[name] = load(seen.format_key).read(look, source, seen.layout)
    return found


def rows(readings, fragment):
    frames = [r.frame for name, r in readings.items() if fragment in name]
    assert frames, fragment
    return pd.concat(frames, ignore_index=True)


def hashes(folder, files):
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}


def text(study, fragment, encoding="utf-8-sig"):
    folder, summary = study
    name = next(n for n in summary.files if fragment in n)
    return (folder / name).read_bytes().decode(encoding)


def test_every_file_is_recognised_as_what_it_is(readings):
    for name, reading in readings.items():
        expected = FORMATS.get(name.split("/")[1])
        if expected and "mobile" not in name:
            assert reading.source.format_key == expected, name
        assert reading.rows_in > 0, name
    assert {r.source.format_key for r in readings.values()} >= {
        *FORMATS.values(), "ofcom_mobile", "onspd", "code_point_open", "schools", "gp_practices",
        "libraries", "hospitals", "asset_register", "epc_non_domestic",
    }  # fmt: skip


def test_the_summary_is_what_lies_on_disk(study):
    folder, summary = study
    on_disk = sorted(
        p.relative_to(folder).as_posix() for p in (folder / "sources").rglob("*") if p.is_file()
    )
    assert list(summary.files) == on_disk
    assert summary.area_code == "E47999901"
    assert [code for code, _ in summary.districts] == [f"E089999{k:02d}" for k in range(1, 8)]
    assert summary.premises == PREMISES
    assert summary.sites == pytest.approx(PREMISES / 600 + 40, abs=3)
    assert summary.street_nodes == pytest.approx(0.24 * PREMISES, rel=0.08)
    assert summary.vacant_offices >= 9


def test_the_same_number_and_seed_give_the_same_bytes(study, tmp_path):
    folder, summary = study
    again = write_sample(tmp_path / "again", premises=PREMISES, seed=7)
    assert again == summary
    assert hashes(folder, summary.files) == hashes(tmp_path / "again", again.files)
    other = write_sample(tmp_path / "other", premises=PREMISES, seed=8)
    changed = hashes(tmp_path / "other", other.files)
    assert (
        changed["sources/osm/streets.osm"]
        != hashes(folder, summary.files)["sources/osm/streets.osm"]
    )


@pytest.mark.parametrize("premises", [500, 12_345])
def test_everything_scales_with_the_premises(tmp_path, premises):
    summary = write_sample(tmp_path, premises=premises, seed=1)
    assert summary.premises == premises
    lines = sum(
        (tmp_path / name).read_bytes().count(b"\n") - 1
        for name in summary.files
        if "/bduk/" in name
    )
    assert lines == premises
    assert summary.sites == pytest.approx(premises / 600 + 40, abs=3)
    assert summary.street_nodes == pytest.approx(0.24 * premises, rel=0.1)


@pytest.mark.parametrize(("premises", "seed"), [(499, 1), (5_000_001, 1), (1_000, -1)])
def test_numbers_out_of_range_are_refused(tmp_path, premises, seed):
    with pytest.raises(StudyError):
        write_sample(tmp_path, premises=premises, seed=seed)
    assert not any(tmp_path.iterdir())


def test_codes_of_many_areas_have_the_length_of_their_kind():
    # three digits as of old; a fourth only where there are a thousand, all beyond what the ONS has given out
    few, many = codes("E02", np.arange(999)), codes("E02", np.arange(1_362))
    assert (few[0], few[-1]) == ("E02999001", "E02999999")
    assert (many[0], many[-1]) == ("E02990001", "E02991362")
    assert codes("E14", np.arange(111))[-1] == "E14999111"


def test_districts_are_shared_out_at_the_least_cost():
    cost = np.random.default_rng(5).random((40, 4))
    sizes = np.array([16, 10, 8, 6])
    owner = shared_out(cost, sizes)
    best = linear_sum_assignment(np.repeat(cost, sizes, axis=1))[1]
    assert np.array_equal(owner, np.repeat(np.arange(4), sizes)[best])


def test_codes_and_postcodes_are_invented(study):
    folder, summary = study
    allowed = re.compile(
        r"E92000001|E089999\d\d|E47999901|E149999\d\d|E0[25]999\d{3}|E0099\d{4}|E01999\d{3}"
    )
    for name in summary.files:
        content = (folder / name).read_bytes().decode("latin-1")
        codes = set(re.findall(r"(?<![A-Z0-9])[EWSNK]\d{8}(?!\d)", content))
        assert not {c for c in codes if not allowed.fullmatch(c)}, name
        if not name.endswith((".osm", ".asc", ".geojson")):
            postcodes = set(
                re.findall(r"(?<![A-Z0-9-])[A-Z]{1,2}\d{1,2} {1,2}\d[A-Z]{2}(?![A-Z0-9])", content)
            )
            assert all(p.startswith("Q") for p in postcodes), name


def test_the_county_lies_in_the_north_sea(readings):
    for name, reading in readings.items():
        frame = reading.frame
        if "easting" in frame and len(frame):
            east, north = frame["easting"].dropna(), frame["northing"].dropna()
            assert in_britain(east.to_numpy(), north.to_numpy()).all()
            assert east.between(560_000, 600_000).all(), name
            assert north.between(480_000, 520_000).all(), name


def test_headers_are_the_publishers(study):
    assert text(study, "bduk_premises_ashmere").splitlines()[0] == BDUK_HEADER
    assert text(study, "osopenuprn", "utf-8").startswith("\ufeffUPRN,X_COORDINATE,Y_COORDINATE")
    laua = next(csv.reader([text(study, "202507_fixed_laua", "cp1252").splitlines()[0]]))
    assert laua[:4] == ["laua", "laua_name", "All Premises", "All Matched Premises"]
    assert "Full Fibre availability (% premises)" in laua
    assert "Number of premises with Gigabit availability" in laua
    postcode = next(csv.reader([text(study, "r02_QA").splitlines()[0]]))
    assert postcode[:3] == ["postcode", "postcode_space", "postcode area"]
    assert not any("Full Fibre" in h or h.startswith("Number") for h in postcode)
    assert text(study, "/qa.csv").startswith('"Q')
    assert text(study, "terrain/").splitlines()[0] == "ncols 200"
    council = text(study, "ashmere_council", "cp1252").splitlines()[0].split(",")
    assert council.count("Organisation") == council.count("OrganisationLabel") == 2


def test_the_traps_are_there(study, readings):
    folder, summary = study
    assert "\nand Annexe" in text(study, "ashmere_council", "cp1252")
    assert "Caf\u00e9" in text(study, "ashmere_council", "cp1252")
    assert "C\u00d4TE FEN" in text(study, "202507_fixed_pcon", "cp1252")
    assert ",<4," in text(study, "r02_QB")
    assert ",N/A," in text(study, "r02_QB")
    assert ",,," in text(study, "mobile")  # blank buckets
    assert "99.999999" in text(study, "ONSPD")
    outward = rows(readings, "ashmere_council")
    assert (outward["postcode"].str.fullmatch(r"Q[A-Z]\d+") & (outward["name"] == "")).sum() == 1
    assert any("swapped" in r for r in readings[
        next(n for n in summary.files if "coldharrow_land" in n)].quarantine["reason"])  # fmt: skip
    names = {n.split("/")[-1]: folder / n for n in summary.files}
    r01 = "202507_fixed_postcode_coverage_r01_{}.csv"
    assert names[r01.format("QA")].read_bytes() == names[r01.format("QB")].read_bytes()
    assert "202507_fixed_laua_coverage_r01.csv" in names
    assert "202507_fixed_laua_coverage_r02.csv" in names
    bduk = "".join(p.read_text() for n, p in names.items() if "bduk" in n)
    assert re.search(r"^999\d{8},str999", bduk, re.MULTILINE)
    assert re.search(r"^0999\d{8},str0999", bduk, re.MULTILINE)
    aside = {reason for r in readings.values() for reason in r.set_aside}
    assert {"ended postcode", "inactive stop", "blank row"} <= aside
    libraries = rows(readings, "libraries")
    assert libraries["closed"].any()
    assert not libraries["closed"].all()


def test_uprns_join_across_files(readings):
    bduk, points = rows(readings, "/bduk/"), rows(readings, "osopenuprn")
    assert bduk["uprn"].is_unique
    assert set(bduk["uprn"]) < set(points["uprn"])
    others = set(points["uprn"]) - set(bduk["uprn"])
    assert len(others) == PREMISES // 30


def test_ofcom_and_bduk_count_the_same_premises_on_their_own_bases(readings):
    bduk = rows(readings, "/bduk/").groupby("lad")
    ofcom = rows(readings, "202507_fixed_laua_coverage_r02").set_index("area_id")
    # Ofcom lacks about 0.4 % of premises, and could not match about 1 % of the others
    gap = 1 - ofcom["premises"] / bduk.size()
    assert gap.between(0, 0.03).all()
    assert (ofcom["matched_premises"] <= ofcom["premises"]).all()
    apart = bduk["current_gigabit"].sum() - ofcom["gigabit_n"]
    assert (apart.abs() <= 0.04 * bduk.size()).all()


def test_bduk_status_agrees_with_what_is_built(readings):
    bduk = rows(readings, "/bduk/")
    assert set(bduk["status"]) == {"white", "under_review", "grey_black"}
    assert (bduk.loc[bduk["current_gigabit"], "status"] == "grey_black").all()
    assert (
        not bduk.loc[bduk["status"] == "white", ["current_gigabit", "future_gigabit"]].any().any()
    )
    assert bduk.loc[bduk["in_plan"], "status"].eq("white").all()
    assert bduk["in_plan"].any()


def test_fibre_never_exceeds_gigabit_and_what_is_built_stays(readings):
    tables = [
        rows(readings, f"{r.replace('-', '')}_fixed_laua_coverage_{v}").set_index("area_id")
        for r, v in zip(RELEASES, ("r01", "r01", "r01", "r02"), strict=True)
    ]
    for table in tables:
        assert (table["full_fibre_n"] <= table["gigabit_n"]).all()
        assert (table["gigabit_n"] <= table["ultrafast_n"]).all()
        assert (table["ultrafast_n"] <= table["ultrafast_100_n"]).all()
        assert (table["ultrafast_100_n"] <= table["superfast_n"]).all()
        assert (table["superfast_n"] + table["unable_30_n"] == table["matched_premises"]).all()
        share = 100 * table["full_fibre_n"] / table["premises"]
        assert (share - table["full_fibre_pct"]).abs().max() <= 0.0500001
    for earlier, later in pairwise(tables):
        assert (earlier["full_fibre_n"] <= later["full_fibre_n"]).all()
        assert (earlier["gigabit_n"] <= later["gigabit_n"]).all()
    spread = tables[-1]["full_fibre_pct"]
    assert spread.max() - spread.min() > 40


def test_constituencies_and_districts_add_up_to_the_same(readings):
    for release in RELEASES:
        month = release.replace("-", "")
        revision = "r02" if release == RELEASES[-1] else "r01"
        lad = rows(readings, f"{month}_fixed_laua_coverage_{revision}")
        seat = rows(readings, f"{month}_fixed_pcon_coverage_r01")
        for column in ("premises", "matched_premises", *(f"{m}_n" for m in MEASURES)):
            assert lad[column].sum() == seat[column].sum()


def test_the_first_revision_is_wrong_in_one_district(readings):
    first = rows(readings, "202507_fixed_laua_coverage_r01").set_index("area_id")
    second = rows(readings, "202507_fixed_laua_coverage_r02").set_index("area_id")
    differs = (first["full_fibre_n"] != second["full_fibre_n"]).to_numpy()
    assert first.index[differs].tolist() == ["E08999905"]


def test_the_ons_series_repeats_ofcom(readings):
    series = rows(readings, "gigabit-capable-broadband_2025-07").set_index("area_id")["value"]
    ofcom = rows(readings, "202507_fixed_laua_coverage_r02").set_index("area_id")["gigabit_pct"]
    assert (series[ofcom.index] - ofcom).abs().max() < 0.11


def test_postcodes_of_every_file_are_in_the_directory(readings):
    directory = set(rows(readings, "ONSPD")["postcode"])
    for fragment in ("/bduk/", "codepo", "coverage_r02_Q", "edubase", "gp_practices", "libraries"):
        frame = rows(readings, fragment)
        column = "area_id" if fragment.startswith("coverage") else "postcode"
        assert set(frame[column]) <= directory, fragment


def test_areas_tile_the_county(readings):
    small = rows(readings, "Lower_layer").geometry.tolist()
    whole = rows(readings, "Combined_Auth").geometry.tolist()
    assert len(whole) == 1
    assert sum(g.area for g in small) == pytest.approx(whole[0].area, rel=1e-4)
    assert whole[0].area / 1e6 == pytest.approx(PREMISES / 1_386, rel=0.15)
    lads = rows(readings, "LSOA21_WD25").groupby("lad").size()
    assert len(lads) == 7
    assert lads.min() >= 4
    seats = rows(readings, "LSOA21_PCON24").groupby("pcon24")["lad"].nunique()
    assert (seats > 1).any()  # some straddle districts


def test_counts_by_postcode_add_up_to_the_district(study):
    plane = make_plane(PREMISES)
    areas = make_areas(plane, PREMISES, 7)
    premises = make_premises(make_streets(plane, areas, 7), areas, PREMISES, 7)
    truth = make_truth(plane, areas, premises, 7)
    area, postcode = premises.frame["area"].to_numpy(), premises.frame["postcode"].to_numpy()
    lad = areas.lad[area]
    by_lad = coverage_table(truth, lad, 7, RELEASES[-1])
    by_postcode = coverage_table(truth, postcode, len(premises.postcodes), RELEASES[-1])
    owner = areas.lad[premises.postcodes["area"].to_numpy()]
    for measure in MEASURES:
        summed = np.bincount(owner, by_postcode[f"{measure}_n"], minlength=7)
        assert (summed == by_lad[f"{measure}_n"]).all()
    # no postcode crosses an area's edge
    assert (premises.postcodes["area"].to_numpy()[postcode] == area).all()


def test_one_register_office_in_six_is_vacant_or_surplus(readings):
    assets = rows(readings, "land")
    idle = assets["tenure_detail"].str.casefold().isin(["vacant", "surplus"])
    idle |= assets["holding"].str.contains("Surplus")
    office = assets["holding"].eq("Offices") | assets["other_detail"].eq("Offices")
    office |= assets["holding"].str.contains("Surplus")
    assert (idle & office).sum() / office.sum() == pytest.approx(1 / 6, abs=0.04)
    assert (idle & ~office).any()  # vacant is not the same as usable office


def test_spoil_changes_one_cell_and_no_other_byte(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeffa,"b, c",d\r\n1,"x, y",3\r\n4,5,6\r\n'.encode())
    spoil(path, {1: {"d": "<4"}})
    assert path.read_bytes() == '\ufeffa,"b, c",d\r\n1,"x, y",<4\r\n4,5,6\r\n'.encode()


@pytest.mark.parametrize(
    ("easting", "northing", "name"),
    [
        (400_000, 300_000, "SK00"),  # the tile of the shared real data
        (530_000, 180_000, "TQ38"),  # London
        (216_600, 771_200, "NN17"),  # Ben Nevis
        (560_000, 480_000, "TA68"),
        (560_000, 500_000, "OV60"),
    ],
)
def test_tiles_are_named_as_the_ordnance_survey_names_them(easting, northing, name):
    assert tile_name(easting, northing) == name
