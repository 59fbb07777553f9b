"""What lies on the officer's desk: quotes make the ask quoted, and say so down to the row."""

from __future__ import annotations

import shutil
import zipfile

import numpy as np
import pytest

from infra.session import open_session
from layers.errors import StudyError
from layers.formats import load
from layers.rasters import Raster

HEADER = "item,price_gbp,unit,base_date,valid_to,confidentiality,parameter,supplier\n"
AGREED = (
    "Lead-in,3250,each,2026-05-01,2099-12-31,commercial,fibre.building_connection_gbp,Able Ltd\n"
)
ZIPPED = "Desk fee,155,GBP/desk/month,2026-05-01,,public,coworking.price_gbp_per_desk_per_month,Desk Ltd\n"
EXPIRED = "Passing,310,per premises,2020-01-01,2020-12-31,commercial,fibre.passing_dense_urban_gbp,Able Ltd\n"


START = "Economic activity status: Economically active (excluding full-time students):In employment:Self-employed"


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def desk(practice, tmp_path_factory):
    """The practice study with what an officer would put beside the publishers' files."""
    folder = shutil.copytree(practice, tmp_path_factory.mktemp("desk") / "study")
    plain = open_session(practice).evidence()
    areas, demand = plain.areas.frame, plain.demand.frame
    site = plain.sites.frame.dropna(subset=["easting"]).iloc[0]
    put(folder / "sources/desk/quotes.csv", HEADER + AGREED + EXPIRED)
    with zipfile.ZipFile(folder / "sources/desk/papers.zip", "w") as papers:
        papers.writestr("from suppliers/offers.csv", HEADER + ZIPPED)
        papers.writestr("notes.csv", "what,who\nlet us talk,you\n")
    put(folder / "sources/desk/projects.csv", f"project,owner,status,fund,site_id\nHubs,Vale Council,building,GigaHubs,{site.id}\n")  # fmt: skip
    put(folder / "sources/census/ts066.csv", f'date,geography,geography code,"{START} with employees","{START} without employees"\n' + "".join(f"2021,{i},{i},2,{n}\n" for n, i in enumerate(areas["id"])))  # fmt: skip
    put(folder / "sources/jobs/bres.csv", "DATE,GEOGRAPHY_CODE,INDUSTRY_NAME,EMPLOYMENT_STATUS_NAME,OBS_VALUE\n" + "".join(f"2024,{i},Total,Employment,100\n" for i in areas["id"]))  # fmt: skip
    put(folder / "sources/imd/indicators.csv", "lsoa21_code,digital_connectivity_broadband_download_and_upload_speeds,connectivity_score\n" + "".join(f"{i},0.5,60\n" for i in areas["id"]))  # fmt: skip
    put(folder / "sources/drive/drive.csv", f"measured_at,rsrp_dbm,easting,northing\n2026-01-01T10:00,-91,{site.easting},{site.northing}\n")  # fmt: skip
    first = demand["id"].str.removeprefix("uprn:").iloc[0]
    put(folder / "sources/ofcom/answer.json", f'{{"PostCode":"QA11AA","Availability":[{{"UPRN":{first},"EEDataOutdoor":4,"H3DataOutdoor":2}}]}}')  # fmt: skip
    west, south, east, north = areas.total_bounds
    cells = np.full((int((north - south) / 50) + 2, int((east - west) / 50) + 2), -105.0, "float32")
    load("signal_raster").write(Raster(cells, west - 25, north + 25, 50.0), folder / "sources/radio/signal.tif")  # fmt: skip
    session = open_session(folder)
    return session, session.evidence()


def test_every_desk_file_is_used(desk):
    _, evidence = desk
    names = ("quotes.csv", "offers.csv", "projects.csv", "ts066.csv", "bres.csv", "indicators.csv", "drive.csv", "answer.json", "signal.tif")  # fmt: skip
    fates = {f.name.rsplit("/", 1)[-1]: (f.status, f.reason) for f in evidence.fates}
    assert {name: fates[name] for name in names} == dict.fromkeys(names, ("used", ""))


def test_facts_stand_beside_the_gaps_with_their_grade(desk):
    _, evidence = desk
    gaps = evidence.area_gaps.frame
    row = gaps.iloc[1]
    assert (row["self_employed"], row["self_employed_grade"]) == (3, "measured")
    # rounded to 50 by the stricter rule: 75 to 125
    assert (row["jobs_low"], row["jobs"], row["jobs_high"]) == (75, 100, 125)
    assert (row["broadband_score"], row["connectivity_score"]) == (0.5, 60)
    # -105 dBm reaches -110 (high confidence) and not -100 (very high)
    assert (row["signal_low_pct"], row["signal_pct"]) == (0, 100)
    paths = {s.path.rsplit("/", 1)[-1] for s in evidence.area_gaps.sources}
    assert {"ts066.csv", "bres.csv", "indicators.csv", "signal.tif"} <= paths


def test_layers_of_the_desk_come_back_from_the_store(desk):
    _, evidence = desk
    assert evidence.projects.frame["owner"].tolist() == ["Vale Council"]
    assert evidence.signal_points.frame["rsrp_dbm"].tolist() == [-91.0]
    assert evidence.mobile_checks.frame["data_outdoor_likely"].tolist() == [1.0]
    counted = float(evidence.area_gaps.frame["self_employed"].sum())
    assert float(evidence.self_employed.frame["self_employed"].sum()) == pytest.approx(counted)
    assert [s.sensitivity for s in evidence.signal.sources] == ["commercial"]
    bounds = tuple(evidence.areas.frame.total_bounds)
    assert float(evidence.signal.read(bounds, 50.0).values[0, 0]) == -105


def test_a_quote_makes_part_of_the_ask_quoted_and_an_expired_one_does_not(desk):
    session, evidence = desk
    result = session.rank("full-fibre-fund", evidence)
    summary = result.summary.frame.set_index("item")["value"]
    # without quotes every rate is a shipped default, and the share is 100
    assert 0 < float(summary["unquoted_pct"]) < 100
    # a line is stated where its rate is quoted, and nowhere else
    costs = result.costs.frame
    lines = costs["parameter"] == "fibre.building_connection_gbp"
    assert lines.any()
    assert set(costs.loc[lines, "basis"]) == {"stated"}
    assert set(costs.loc[~lines, "basis"]) == {"assumed"}


def test_a_stated_parameter_names_file_and_row_and_its_class(desk):
    session, _ = desk
    stated = session.parameters["fibre.building_connection_gbp"]
    assert (stated.default, stated.basis, stated.sensitivity) == (3250, "stated", "commercial")
    assert "sources/desk/quotes.csv record 1" in stated.why
    assert session.parameters["fibre.passing_dense_urban_gbp"].basis == "assumed"


def test_quotes_are_found_in_an_archive_too(desk):
    session, _ = desk
    stated = session.parameters["coworking.price_gbp_per_desk_per_month"]
    assert (stated.default, stated.basis, stated.who) == (155, "stated", "Desk Ltd")
    assert "papers.zip!from suppliers/offers.csv record 1" in stated.why


def test_an_expired_quote_is_reported_and_its_row_set_aside(desk):
    _, evidence = desk
    fate = next(f for f in evidence.fates if f.name.endswith("quotes.csv"))
    assert (fate.status, fate.quality.used) == ("used", 1)
    assert fate.quality.set_aside == {"ran out on 2020-12-31": 1}
    assert any("record 2) ran out on 2020-12-31: not used" in note for note in evidence.notes)
    source = next(s for s in evidence.sources if s.path.endswith("quotes.csv"))
    assert source.sensitivity == "commercial"


def test_a_quote_in_another_unit_is_refused_before_any_work(study):
    path = study / "sources" / "quotes.csv"
    path.write_text(HEADER + AGREED.replace("each", "per metre"), encoding="utf-8")
    with pytest.raises(StudyError, match="the quote is in 'per metre'"):
        open_session(study)
