"""The web map: one file, no request, inert names, quoted numbers, the same bytes twice."""

import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import folium
import pytest
from folium.plugins import Fullscreen
from live_cases import with_frame
from views import HOSTILE, SCENARIOS, case_view

from maps.assets import AssetError, content_security_policy, template_text
from maps.listing import kind_words, named
from maps.passages import coarse
from maps.style import CLASS_COLOURS
from maps.web import case_page, write_case_map
from maps.web_need import COLOURS, class_at, grade_letters, need_hatch

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
    columns += [data["need"]["share"], data["need"]["decile"]]
    checked = 0
    for column in columns:
        ids = re.findall("." * 8, column["ids"])
        assert len(ids) == len(column["text"])
        for position, (short, text) in enumerate(zip(ids, column["text"], strict=True)):
            figure = held[f"F-{short}"]
            assert text in {coarse(figure, places).text for places in (1, 2, 3, 9)}
            if "range" in column:
                spans = {coarse(figure, places).range_text for places in (1, 2, 3, 9)}
                assert column["range"][position] in spans
            checked += 1
    assert checked > 300


def test_every_number_in_the_lists_is_quoted(pages):
    view, page = pages["full_fibre_fund"]
    held = list(view.figures._cited.values())
    said = {f.text for f in held} | {f.number for f in held} | {f.range_text for f in held}
    said |= {coarse(f, 2).number for f in held}
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


def test_gap_and_need_are_nine_classes_with_a_square_legend(pages):
    view, page = pages["full_fibre_fund"]
    data = data_of(page)
    frame = view.study.area_gaps.frame.set_index("id")
    letters = grade_letters(view.study)
    assert {"e", "o"} <= set(letters)
    for identity, mark, letter in zip(
        view.study.areas["id"], data["need"]["marks"], letters, strict=True
    ):
        row = frame.loc[identity]
        found = class_at(row["full_fibre_pct"], row["imd_decile"])
        assert mark == ("" if found is None else f"{found[0]}{found[1]}{letter}")
    assert "" in data["need"]["marks"], "no data stays no data"
    marks = re.findall(r'<rect class="b(\d\d)e"', page)
    assert marks == ["20", "21", "22", "10", "11", "12", "00", "01", "02"]
    assert "no data for one of the two" in page
    for gap in range(3):
        for need in range(3):
            assert f".b{gap}{need}m{{fill:{COLOURS[gap][need]}}}" in page, "measured is solid"
            for letter in "eo":
                assert f".b{gap}{need}{letter}{{fill:url(#kb{gap}{need}{letter})}}" in page
                assert f'<pattern id="kb{gap}{need}{letter}"' in page


def test_a_study_without_deprivation_has_no_second_square(tmp_path):
    view = case_view()
    frame = view.study.area_gaps.frame.assign(imd_decile=float("nan"))
    gaps = replace(view.study.area_gaps, frame=frame)
    view = replace(view, study=replace(view.study, area_gaps=gaps))
    write_case_map(view, tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "need" not in data_of(page)
    assert "gap and deprivation" not in page


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Ratio of WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_class_can_be_told_from_the_marks_drawn_on_it():
    for fill in (*CLASS_COLOURS, *(c for line in COLOURS for c in line), "#f3f2f1"):
        # districts are outlined in ink, areas in white: one of the two stands out by 3 to 1
        assert max(contrast(fill, "#ffffff"), contrast(fill, "#0b0c0c")) >= 3, fill
        # a chosen site is vermilion between a white and a black ring
        assert max(contrast(fill, "#ffffff"), contrast(fill, "#0b0c0c"), 1) >= 3
    assert contrast("#d55e00", "#0b0c0c") >= 4.5, "the rank written in a chosen site's mark"
    assert contrast("#505a5f", "#ffffff") >= 4.5
    assert contrast("#00204d", "#ffffff") >= 4.5


def test_the_marks_of_a_grade_stand_out_from_every_class_of_gap_and_need():
    # WCAG 2.2, 1.4.11: 3 to 1 for what a picture is understood by
    for gap, line in enumerate(COLOURS):
        for need, fill in enumerate(line):
            assert contrast(fill, need_hatch(gap, need)) >= 3, (gap, need)


def test_classes_of_gap_and_need_grow_darker_both_ways():
    tones = [[luminance(colour) for colour in line] for line in COLOURS]
    for i in range(3):
        assert tones[i] == sorted(tones[i], reverse=True)
        assert [line[i] for line in tones] == sorted((line[i] for line in tones), reverse=True)


def test_kinds_are_words_and_stand_where_a_name_does_not_say_them(page):
    assert '<th scope="col">Kind</th>' in page
    assert "GP surgery" in data_of(page)["sites"]["kind"]["words"]
    assert named("Birmingham Central", "library") == "Birmingham Central (library)"
    assert named("Mill Lane Surgery", "gp") == "Mill Lane Surgery"
    assert named("", "hospital") == " (hospital)"
    assert kind_words(None) == "public building"


def test_robustness_reaches_popups_and_the_list(tmp_path):
    view = case_view()
    frame = view.ranking.frame.copy()
    frame["robustness_sentence"] = "Chosen in all 10,000 tested weightings; <i>firm</i>."
    frame["chosen_pct"] = 100.0
    write_case_map(with_frame(view, frame), tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    sites = data_of(page)["sites"]
    assert sites["robustness"]["words"] == ["Chosen in all 10,000 tested weightings; <i>firm</i>."]
    assert set(sites["often"]["text"]) == {"100 %"}
    assert "tested weightings; &lt;i&gt;firm&lt;/i&gt;." in page


def test_search_is_there_for_those_who_have_the_script(page):
    found = Elements(page).found
    box = next(a for t, a in found if t == "div" and a.get("id") == "search")
    assert "hidden" in box
    assert box["role"] == "search"
    field = next(a for t, a in found if t == "input")
    assert (field["type"], field["id"]) == ("search", "find")
    assert ("label", {"for": "find"}) in found
