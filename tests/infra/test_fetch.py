"""`infra fetch`: what lands in the sources folder, what never does, and what is left alone."""

import gzip
import hashlib
import io
import json
import tomllib
import zipfile

import geopandas as gpd
import pytest
import shapely
from publisher import QUICK, Answer, publishing

from infra.fetch import FETCHED, by_hand, fetch, listed, wanted
from infra.fetch_place import Place, filled
from infra.new import new_study
from infra.study import load_study
from layers.catalogue import shipped as catalogue
from layers.downloads import DOWNLOADS, Download, shipped
from layers.errors import StudyError
from layers.formats.boundaries import write as write_boundaries
from layers.peeking import peek
from layers.recognise import recognise

STOPS = (
    b"ATCOCode,CommonName,LocalityName,Easting,Northing,StopType,Status\n"
    b"430G001,High Street,Town,407000,287000,BCT,active\n"
)
DISTRICTS = {"E08000025": "Birmingham", "E08000026": "King's Lynn"}


@pytest.fixture
def server():
    with publishing() as publisher:
        yield publisher


@pytest.fixture
def study(tmp_path):
    from datetime import date

    new_study(tmp_path / "study", "E47000007", date(2026, 11, 23))
    return load_study(tmp_path / "study")


def stops(url, **more):
    return Download("naptan", "file", url, "transport/stops.csv", "csv", **more)


def run(study, *wants, **more):
    return fetch(study, wants, lambda _: None, policy=QUICK, **more)


def what(answer):
    return [row["what"] for row in answer.data["files"]]


def held(study):
    folder = study.sources_folder
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def packed(**files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return target.getvalue()


def test_a_file_lands_whole_and_its_address_and_checksum_are_kept(server, study):
    want = stops(server.give("/stops", Answer(STOPS, headers={"ETag": '"one"'})))
    answer = run(study, want)
    assert what(answer) == ["fetched"]
    assert not answer.refused
    assert held(study) == {"transport/stops.csv": STOPS}
    record = json.loads((study.root / FETCHED).read_text())["files"]["transport/stops.csv"]
    assert record["sha256"] == hashlib.sha256(STOPS).hexdigest()
    assert (record["url"], record["etag"], record["bytes"]) == (want.url, '"one"', len(STOPS))
    assert list((study.work / "fetch").iterdir()) == []


def test_the_same_release_is_not_fetched_again_and_a_newer_one_is_only_reported(server, study):
    url = server.give("/stops", Answer(STOPS, headers={"ETag": '"one"'}))
    run(study, stops(url))
    assert what(run(study, stops(url))) == ["same"]
    newer = STOPS.replace(b"High Street", b"Low Street")
    server.give("/stops", Answer(newer, headers={"ETag": '"two"'}))
    assert what(run(study, stops(url))) == ["newer"]
    assert held(study) == {"transport/stops.csv": STOPS}
    assert what(run(study, stops(url), renew=True)) == ["fetched"]
    assert held(study) == {"transport/stops.csv": newer}


def test_a_file_of_the_users_own_or_one_they_changed_is_left_alone(server, study):
    url = server.give("/stops", Answer(STOPS))
    path = study.sources_folder / "transport" / "stops.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    assert what(run(study, stops(url), renew=True)) == ["left"]
    path.unlink()
    run(study, stops(url))
    path.write_bytes(STOPS + b"430G002,Mine,Town,407000,287000,BCT,active\n")
    assert what(run(study, stops(url), renew=True)) == ["left"]
    assert b"Mine" in path.read_bytes()


PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"


@pytest.mark.parametrize(
    ("answer", "holds", "words"),
    [
        (Answer(PAGE, headers={"Content-Type": "text/html"}), "csv", "web page"),
        (Answer(PAGE, headers={"Content-Type": "text/csv"}), "any", "web page"),
        (Answer(PAGE), "zip", "web page"),
        (Answer(STOPS), "zip", "not a zip"),
        (Answer(b"a,b\n1,2\n"), "csv", "no reader knows"),
        (Answer(STOPS.replace(b"StopType", b"Kind")), "csv", "."),
        (Answer(b""), "csv", "empty"),
        (Answer(packed(**{"../../evil.csv": STOPS})), "zip", "outside"),
        (Answer(packed(**{"a.csv": b"0" * (100 << 20)})), "zip", "times its size"),
        (Answer(packed(a=STOPS)[:-30]), "zip", "broken"),
        (Answer(STOPS, announce=len(STOPS) + 9), "csv", "did not come whole"),
        (Answer(status=302, headers={"Location": "http://example.org/"}), "csv", "not encrypted"),
        (Answer(status=404), "csv", "answers 404"),
    ],
)
def test_what_is_not_the_data_never_lands_and_is_said(server, study, answer, holds, words):
    want = Download("naptan", "file", server.give("/a", answer), "transport/stops.csv", holds)
    said = run(study, want)
    assert said.refused
    assert what(said) == ["failed"]
    assert words in said.data["faults"][0]
    assert held(study) == {}


def test_one_that_fails_does_not_stop_the_others(server, study):
    bad = Download("naptan", "file", f"{server.base}/none", "a.csv", "csv")
    good = stops(server.give("/stops", Answer(STOPS)))
    said = run(study, bad, good)
    assert what(said) == ["failed", "fetched"]
    assert said.refused
    assert said.data["ok"] is False


def test_a_checksum_that_the_study_states_must_hold(server, study):
    url = server.give("/stops", Answer(STOPS))
    assert what(run(study, stops(url, sha256="0" * 64))) == ["failed"]
    assert what(run(study, stops(url, sha256=hashlib.sha256(STOPS).hexdigest()))) == ["fetched"]


def test_the_ordnance_surveys_list_is_followed_and_its_checksum_proved(server, study):
    body = packed(**{"Data/CSV/b.csv": b'"B1 1AA",10,406000,287000\n'})
    server.give("/file", Answer(body))
    item = {
        "url": f"{server.base}/file",
        "md5": hashlib.md5(body).hexdigest().upper(),
        "fileName": "x.zip",
    }
    url = server.give("/list", Answer(json.dumps([item]).encode()))
    want = Download("os-code-point-open", "os", url, "postcodes/codepo_gb.zip", "zip")
    assert what(run(study, want)) == ["fetched"]
    assert held(study) == {"postcodes/codepo_gb.zip": body}
    assert what(run(study, want)) == ["same"]
    server.give("/list", Answer(json.dumps([{**item, "md5": "0" * 32}]).encode()))
    assert what(run(study, want)) == ["newer"]
    said = run(study, want, renew=True)
    assert "MD5" in said.data["faults"][0]
    server.give("/list", Answer(json.dumps([item, item]).encode()))
    assert "2 files where one" in run(study, want, renew=True).data["faults"][0]


def districts(study, tmp_path):
    shapes = [
        shapely.box(400_000, 280_000, 410_000, 290_000),
        shapely.box(410_000, 280_000, 420_000, 290_000),
    ]
    frame = gpd.GeoDataFrame(
        {"id": list(DISTRICTS), "name": list(DISTRICTS.values())}, geometry=shapes, crs=27700
    )
    path = study.sources_folder / "boundaries" / "lad.geojson"
    path.parent.mkdir(parents=True)
    write_boundaries(frame, path, level="LAD")
    model = study.model.model_copy(
        update={"area": study.model.area.model_copy(update={"districts": tuple(DISTRICTS)})}
    )
    study.model = model
    return path


def test_the_onss_layers_come_page_by_page_as_one_file(server, study, tmp_path):
    path = districts(study, tmp_path)
    features = json.loads(path.read_text())["features"]
    first = {
        "type": "FeatureCollection",
        "features": features[:1],
        "properties": {"exceededTransferLimit": True},
    }
    last = {"type": "FeatureCollection", "features": features[1:]}
    url = server.give("/query", *(Answer(json.dumps(p).encode()) for p in (first, last)))
    want = Download(
        "ons-boundaries", "arcgis", url, "boundaries/again.geojson", "geojson",
        where="LAD24CD IN ({districts}) AND {names:LAD24NM}", within="{bbox}", order="LAD24CD",
    )  # fmt: skip
    assert what(run(study, want)) == ["fetched"]
    made = json.loads((study.sources_folder / "boundaries" / "again.geojson").read_text())
    assert made["features"] == features
    asked = [where for where, _ in server.asked]
    assert "resultOffset=0" in asked[0]
    assert "resultOffset=1" in asked[1]
    assert "E08000025%27%2C%27E08000026" in asked[0]
    assert what(run(study, want)) == ["there"]
    server.give("/query", Answer(json.dumps({"error": {"message": "Invalid URL"}}).encode()))
    assert "Invalid URL" in run(study, want, renew=True).data["faults"][0]


def test_addresses_are_filled_from_the_boundaries_of_the_study(study, tmp_path):
    with pytest.raises(StudyError, match="not known yet"):
        filled("{bbox}", Place(study))
    districts(study, tmp_path)
    place = Place(study)
    assert filled("x IN ({districts})", place, quoted=True) == "x IN ('E08000025','E08000026')"
    # a quote in a name is doubled, and Dudleyfield is not Dudley
    assert (
        filled("{names:LSOA21NM}", place)
        == "(LSOA21NM LIKE 'Birmingham 0%' OR LSOA21NM LIKE 'King''s Lynn 0%')"
    )
    west, south, east, north = map(float, filled("{bbox}", place).split(","))
    # 400 km east, 280 km north lies at about 2.0 W, 52.4 N
    assert (west, south) == pytest.approx((-2.03, 52.40), abs=0.01)
    assert (east, north) == pytest.approx((-1.67, 52.53), abs=0.01)


def test_a_table_of_nomis_comes_in_pages_with_one_header(server, study, monkeypatch):
    from infra import fetch_kinds

    monkeypatch.setattr(fetch_kinds, "ROWS_PER_PAGE", 2)
    header = b"DATE,GEOGRAPHY_CODE,GEOGRAPHY_NAME,INDUSTRY,EMPLOYMENT_SIZEBAND,LEGAL_STATUS,MEASURES,OBS_VALUE\n"
    row = b"2025,E02001827,Birmingham 001,37748736,0,0,20100,%d\n"
    for offset, numbers in ((0, (5, 10)), (2, (15,))):
        server.give(
            f"/nomis?a=1&RecordOffset={offset}", Answer(header + b"".join(row % n for n in numbers))
        )
    want = Download(
        "nomis-business-counts", "nomis", f"{server.base}/nomis?a=1", "business/units.csv", "csv"
    )
    said = run(study, want)
    assert what(said) == ["fetched"], said.lines
    assert held(study)["business/units.csv"] == header + b"".join(row % n for n in (5, 10, 15))


NODES = [
    {"type": "node", "id": 1, "lat": 52.45, "lon": -1.9},
    {"type": "node", "id": 2, "lat": 52.46, "lon": -1.9},
    {"type": "node", "id": 3, "lat": 52.47, "lon": -1.9, "tags": {"man_made": "mast", "tower:type": "communication", "operator": "A & <B>"}},
]  # fmt: skip
WAY = {
    "type": "way",
    "id": 9,
    "nodes": [1, 2],
    "tags": {"highway": "residential", "name": "High “Street”"},
}


def test_openstreetmap_comes_through_osmnx_as_one_file_that_is_read(server, study, tmp_path):
    import osmnx

    districts(study, tmp_path)
    streets, features = ({"elements": items} for items in ([*NODES[:2], WAY], [NODES[2], NODES[0]]))
    server.give("/api/interpreter", *(Answer(json.dumps(p).encode()) for p in (streets, features)))
    want = Download(
        "openstreetmap", "overpass", f"{server.base}/api", "osm/openstreetmap.osm.gz", "osm"
    )
    before = {
        n: getattr(osmnx.settings, n) for n in ("overpass_url", "cache_folder", "requests_kwargs")
    }
    said = run(study, want)
    assert what(said) == ["fetched"], said.lines
    path = study.sources_folder / "osm" / "openstreetmap.osm.gz"
    text = gzip.decompress(path.read_bytes()).decode()
    assert text.count("<node") == 3
    assert text.count("<way") == 1
    found = recognise(peek(path, "x.osm.gz"))
    assert found.format_key == "osm_xml"
    assert before == {n: getattr(osmnx.settings, n) for n in before}
    assert len(server.posted) == 2
    assert not list((study.work / "fetch").iterdir())
    first = path.read_bytes()
    server.give("/api/interpreter", *(Answer(json.dumps(p).encode()) for p in (features, streets)))
    run(study, want, renew=True)
    assert path.read_bytes() == first, "the same elements are the same bytes"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=302, headers={"Location": "http://example.org/api"}), "sends on"),
        (Answer(PAGE, headers={"Content-Type": "text/html"}), "web page"),
        (Answer(b"{}", stall_s=1.5), "stalled"),
        (Answer(b"not json", headers={"Content-Type": "application/json"}), "no data"),
        (Answer(b"{}", announce=2 << 20), "larger than"),
    ],
)
def test_openstreetmap_that_does_not_come_is_said(server, study, tmp_path, answer, words):
    districts(study, tmp_path)
    server.give("/api/interpreter", answer)
    want = Download("openstreetmap", "overpass", f"{server.base}/api", "osm/a.osm.gz", "osm")
    said = run(study, want)
    assert words in said.data["faults"][0]
    assert not (study.sources_folder / "osm").exists()


def test_the_shipped_addresses_are_encrypted_and_of_the_catalogue():
    listed_there = tomllib.loads(DOWNLOADS.read_text(encoding="utf-8"))["download"]
    assert len(shipped()) == len(listed_there) > 8
    assert len({d.into for d in shipped()}) == len(shipped())
    for item in shipped():
        assert item.url.startswith("https://")
        assert item.dataset in catalogue()


@pytest.mark.parametrize("into", ["../a.csv", "/a.csv", "a/../../b", "C:/a", "a\\b", ".hidden", ""])
def test_a_place_outside_the_sources_folder_is_refused(into):
    with pytest.raises(ValueError, match="not a place"):
        Download("naptan", "file", "https://example.org/", into)


def test_a_study_says_what_it_fetches(study):
    text = (study.root / "study.toml").read_text()
    more = (
        '\n[fetch]\ndatasets = ["naptan"]\n[[fetch.file]]\ndataset = "gias-schools"\n'
        'url = "https://example.org/schools.csv"\ninto = "schools.csv"\nholds = "csv"\n'
    )
    (study.root / "study.toml").write_text(text + more)
    found = load_study(study.root)
    assert [w.into for w in wanted(found)] == ["transport/naptan_stops.csv", "schools.csv"]
    assert [w.into for w in wanted(found, ["gias-schools"])] == ["schools.csv"]
    with pytest.raises(StudyError, match="nothing of 'x'"):
        wanted(found, ["x"])
    shown = listed(found, wanted(found))
    assert "https://example.org/schools.csv" in "\n".join(shown.lines)
    for bad in ('into = "../x.csv"', 'into = "a.csv"\nurl = "http://example.org"'):
        lines = more.replace('into = "schools.csv"', bad)
        lines = lines.replace('url = "https://example.org/schools.csv"\n', "", bad.count("url"))
        (study.root / "study.toml").write_text(text + lines)
        with pytest.raises(StudyError, match=r"fetch\.file"):
            load_study(study.root)


def test_the_rest_is_named_with_its_publisher_and_the_file_expected(study):
    rest = {row["dataset"]: row for row in by_hand(study)}
    ofcom = rest["ofcom-connected-nations-fixed"]
    assert ofcom["where"] == catalogue()["ofcom-connected-nations-fixed"].where
    assert "Ofcom fixed coverage by local authority" in ofcom["file"]
    assert ofcom["page"].startswith("https://www.ofcom.org.uk/")
    assert f"    page     {ofcom['page']}" in listed(study, ()).lines
    assert "naptan" not in rest
    assert "site-register" not in rest
    assert all(row["file"] and row["where"] for row in rest.values())
