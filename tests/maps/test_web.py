"""The web map: one file, no request, inert names, quoted numbers, the same bytes twice."""

import json
import re
from html import unescape
from html.parser import HTMLParser

import folium
import pytest
from folium.plugins import Fullscreen
from views import HOSTILE, SCENARIOS, case_view

from maps.assets import AssetError, content_security_policy, template_text
from maps.web import case_page, write_case_map

SELF_CLOSING = {"meta", "br", "link", "img", "input", "hr", "rect", "path", "circle"}


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.words = []
        self.inside = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in SELF_CLOSING:
            self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self.inside):
            self.words.append(data)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    made = {}
    for scenario in SCENARIOS:
        view = case_view(scenario, sample=scenario == "coworking")
        write_case_map(view, folder / f"{scenario}.html")
        made[scenario] = (view, (folder / f"{scenario}.html").read_text(encoding="utf-8"))
    return made


@pytest.fixture(scope="module")
def page(pages):
    return pages["full_fibre_fund"][1]


def data_of(page):
    return json.loads(re.search(r'id="infra-data">(.*?)</script>', page, re.DOTALL).group(1))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_request_leaves_the_page(pages, scenario):
    page = pages[scenario][1]
    for tag, attributes in Elements(page).found:
        assert tag not in {"link", "iframe", "object", "embed", "base", "img"}
        assert "src" not in attributes
        if "href" in attributes:
            assert attributes["href"] in {"#sites", "ranking.csv"}
    for address in re.findall(r"url\(([^)]*)\)", page):
        # in Leaflet's script: a name joined to a style, not an address
        assert address.startswith(("data:", "#")) or address in {'"+e+"', "'+t+'"}, address
    assert "@import" not in page
    for word in ("jquery", "bootstrap", "awesome", "cdn."):
        assert word not in page.lower()


def test_policy_allows_only_what_is_written_in(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
    told = unescape(policy)
    assert told == content_security_policy(page)
    assert "default-src 'none'" in told
    assert "unsafe" not in told
    for tag, attributes in Elements(page).found:
        assert "style" not in attributes, f"{tag} carries a style that the policy forbids"
        assert not any(name.startswith("on") for name in attributes)


def test_language_title_and_zooming(page):
    found = Elements(page).found
    assert ("html", {"lang": "en-GB"}) in found
    assert re.search(r"<title>6 sites chosen [^<]+</title>", page)
    view = next(a for t, a in found if t == "meta" and a.get("name") == "viewport")
    assert "user-scalable" not in view["content"]
    assert "maximum-scale" not in view["content"]


def test_same_bytes_twice(tmp_path):
    for name in ("a", "b"):
        write_case_map(case_view("testbed_5g"), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_hostile_names_are_inert(page):
    assert HOSTILE not in page
    assert "&lt;script&gt;alert" in page, "in the list, as text"
    assert HOSTILE in data_of(page)["sites"]["name"], "in the data, behind escapes"
    assert page.count("<script") == 4 == page.count("</script>")
    assert "innerHTML" not in template_text("web_map.js")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_number_in_popups_is_a_quoted_figure(pages, scenario):
    view, page = pages[scenario]
    held = {f.fig_id: f for f in view.figures._cited.values()}
    assert set(view.figures.frame()["fig_id"]) == set(held)
    data = data_of(page)
    columns = [data["sites"][name] for name in ("rank", "score", "cost", "completeness")]
    columns += [c[kind] for c in data["sites"]["criteria"] for kind in ("points", "metric")]
    columns += [
        p[kind] for p in data["pictures"].values() for kind in ("share", "without") if kind in p
    ]
    checked = 0
    for column in columns:
        ids = re.findall("." * 8, column["ids"])
        assert len(ids) == len(column["text"])
        for position, (short, text) in enumerate(zip(ids, column["text"], strict=True)):
            figure = held[f"F-{short}"]
            assert text == figure.text
            if "range" in column:
                assert column["range"][position] == figure.range_text
            checked += 1
    assert checked > 300


def test_every_number_in_the_lists_is_quoted(pages):
    view, page = pages["full_fibre_fund"]
    held = list(view.figures._cited.values())
    said = {f.text for f in held} | {f.number for f in held} | {f.range_text for f in held}
    cells = re.findall(r'<td class="n">([^<]*)', page)
    assert len(cells) > 60
    for cell in cells:
        assert cell.replace("&#39;", "'") in said


def test_legend_has_classes_no_data_and_grades(page):
    words = " ".join(Elements(page).words)
    for entry in ("under 25 %", "25 to 50 %", "95 % and over", "no data"):
        assert entry in words
    for grade in ("measured:", "estimated:", "modelled, indicative:"):
        assert grade in words
    for mark in ("chosen, with its rank", "to verify", "excluded or not ranked"):
        assert mark in words
    data = data_of(page)
    assert "" in data["pictures"]["full_fibre"]["marks"], "no data stays no data"
    assert {"e", "o"} == {m[-1] for m in data["pictures"]["full_fibre"]["marks"] if m}
    assert {m[-1] for m in data["pictures"]["published"]["marks"]} == {"m"}


def test_licences_stand_on_the_face_of_the_map(pages):
    view, page = pages["full_fibre_fund"]
    statement = re.search(r"addAttribution\((\".*?\")\)", page, re.DOTALL).group(1)
    for line in view.study.attributions:
        assert line in json.loads(statement)
        assert line in page


def test_ribbon_only_on_sample_data(pages):
    assert "SAMPLE DATA - NOT FOR BIDS" in " ".join(Elements(pages["coworking"][1]).words)
    assert "SAMPLE DATA" not in pages["full_fibre_fund"][1]


def test_vintage_and_closed_fund_are_said(page):
    assert "January 2024, more than a year before this map" in page
    assert "CLOSED: this fund no longer takes bids" in page


def test_a_place_known_only_by_postcode_district_is_listed_not_drawn(page):
    sites = data_of(page)["sites"]
    place = sites["postcode"].index("ZZ19")
    assert sites["at"][place] is None
    assert "known by postcode district only" in page


def test_small(page):
    assert len(page.encode()) < 300_000


def test_unknown_assets_fail_closed():
    page = case_page(case_view())
    chart = next(c for c in page._children.values() if isinstance(c, folium.Map))
    Fullscreen().add_to(chart)
    with pytest.raises(AssetError):
        page.render()
