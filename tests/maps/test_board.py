"""The board page: complete in itself, in order, accessible, and honest about what it lacks."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from live_cases import ranked_case, with_frame
from PIL import Image
from test_bid_docx import bare
from views import HOSTILE, SCENARIOS, case_view, study_view

from layers.lineage import Column, Figures, Table
from maps.assets import template_text
from maps.board import write_board
from maps.board_course import panel
from maps.board_decisions import decisions
from maps.measures import MEASURES
from maps.prose import releases

RIBBON = "SAMPLE DATA - NOT FOR BIDS"
VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Elements in order, with attributes and text; fails on tags that do not nest."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "text": "", "inside": [e["tag"] for e in self.open], **dict(attrs)}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        self.text.append(data)
        for element in self.open:
            element["text"] += data

    def all(self, *tags):
        return [e for e in self.elements if e["tag"] in tags]


def render(path, study, cases, **options):
    write_board(study, cases, path, **options)
    text = path.read_text(encoding="utf-8")
    return text, Page(text)


@pytest.fixture
def study():
    return study_view()


@pytest.fixture
def cases():
    return [case_view(scenario) for scenario in SCENARIOS]


@pytest.fixture
def page(tmp_path, study, cases):
    return render(tmp_path / "index.html", study, cases)


def test_no_request_can_leave_the_page(page):
    text, parsed = page
    assert "http://" not in text
    assert "https://" not in text
    assert "url(http" not in text
    assert not parsed.all("link", "iframe", "object", "embed")
    for element in parsed.elements:
        assert not [name for name in element if name.startswith("on") or name == "style"]
        if "src" in element:
            assert element["src"].startswith("data:")
        if "href" in element:
            assert not element["href"].startswith(("//", "javascript"))
    policy = next(e["content"] for e in parsed.all("meta") if e.get("http-equiv"))
    css = parsed.all("style")[0]["text"]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert policy.startswith("default-src 'none';")
    assert f"'sha256-{digest}'" in policy
    assert f"default-src 'none'; script-src 'none'; style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_script_is_ours_alone_and_named_by_its_hash(tmp_path, study):
    text, parsed = render(tmp_path / "live.html", study, [ranked_case(s) for s in SCENARIOS])
    scripts = parsed.all("script")
    assert [e.get("type") for e in scripts] == ["application/json"] * 3 + [None]
    assert scripts[-1]["text"] == template_text("live.js")
    assert "src" not in scripts[-1]
    policy = next(e["content"] for e in parsed.all("meta") if e.get("http-equiv"))
    digest = base64.b64encode(hashlib.sha256(scripts[-1]["text"].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy
    assert "unsafe" not in policy
    for element in scripts[:-1]:
        data = json.loads(element["text"])
        assert {"<", ">", "&"}.isdisjoint(element["text"])
        assert len(data["name"]) == len(data["cost"]) == len(data["state"]) == len(data["at"])
    assert HOSTILE in json.loads(scripts[0]["text"])["name"]
    assert text.count("<script") == 4


def test_sliders_are_hidden_until_the_script_shows_them(tmp_path, study):
    text, parsed = render(tmp_path / "live.html", study, [ranked_case()])
    live = [e for e in parsed.elements if "data-live" in e]
    assert live
    assert all("hidden" in e for e in live)
    inputs = parsed.all("input")
    assert [e["value"] for e in inputs] == ["25", "20", "15", "15", "10", "10", "5"]
    labels = {e["for"] for e in parsed.all("label") if "for" in e}
    assert {e["id"] for e in inputs} == labels
    said = next(e for e in parsed.elements if e.get("data-part") == "said")
    assert (said["role"], said["aria-live"]) == ("status", "polite")
    assert "no longer the bid&#39;s" in text or "no longer the bid's" in text


def test_a_ranking_that_cannot_be_made_again_has_no_sliders(page):
    assert not page[1].all("input", "script")
    assert page[0].count("The weights of this case cannot be moved in the page") == 3


def test_language_title_and_skip_link(page):
    _, parsed = page
    assert parsed.all("html")[0]["lang"] == "en-GB"
    assert "58.4" in parsed.all("title")[0]["text"]
    skip = parsed.all("a")[0]
    assert (skip["class"], skip["href"]) == ("skip", "#main")
    ids = [e["id"] for e in parsed.elements if "id" in e]
    assert len(ids) == len(set(ids))
    assert {e["href"][1:] for e in parsed.all("a") if e["href"].startswith("#")} <= set(ids)
    assert {e["aria-labelledby"] for e in parsed.elements if "aria-labelledby" in e} <= set(ids)


def test_headings_are_in_order(page):
    levels = [int(e["tag"][1]) for e in page[1].all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_tables_have_captions_and_scoped_headers(page):
    _, parsed = page
    assert len(parsed.all("table")) == len(parsed.all("caption"))
    assert all(e.get("scope") in {"col", "row"} for e in parsed.all("th"))
    regions = [e for e in parsed.elements if e.get("class") == "scroll"]
    assert all(e["tabindex"] == "0" and e["aria-label"] for e in regions)
    labels = [e["aria-label"] for e in regions]
    assert len(labels) == len(set(labels))


def test_pictures_have_text_alternatives(page):
    for element in page[1].all("svg", "img"):
        described = element.get("aria-label") or element.get("alt")
        assert described or element.get("aria-hidden") == "true"
    figure = next(e for e in page[1].all("svg") if e.get("role") == "img")
    assert "The table gives the same numbers" in figure["aria-label"]


def test_numbers_are_figures(page, study, cases):
    known = {
        fig_id: value
        for figures in (study.figures, *(c.figures for c in cases))
        for fig_id, value in figures.frame()[["fig_id", "value"]].itertuples(index=False)
    }
    quoted = [e for e in page[1].all("span") if "data-figure" in e]
    assert len(quoted) > 150
    assert {e["data-figure"] for e in quoted} <= set(known)
    shown = {e["text"] for e in quoted} | {"no data", "–"}
    cells = [c["text"].strip() for c in page[1].all("td") if c.get("class") in {"num", "score"}]
    assert len(cells) > 100
    assert {re.sub(r" \(.*\)$", "", text) for text in cells} <= shown


def test_three_numbers_with_their_grades(page):
    values = [e["text"] for e in page[1].all("span") if e.get("class") == "value"]
    assert values[:3] == ["58.4\u00a0%", "38.0\u00a0%", "4,083"]
    assert values[3::3] == ["6"] * 3
    assert values[5::3] == ["4,180", "31", "214"]
    badges = [
        e["class"]
        for e in page[1].all("span")
        if e.get("class", "").startswith("badge") and "dt" in e["inside"]
    ]
    assert badges[:3] == ["badge measured", "badge measured", "badge estimated"]


def test_old_data_say_their_month(page):
    assert "January 2024, over 12 months old" in page[0]
    assert "more than twelve months before 2 March 2026" in page[0]


def test_rankings_link_to_their_files(page, cases):
    links = {e["href"] for e in page[1].all("a")}
    for case in cases:
        assert {
            f"{case.key}/{f}" for f in ("map.html", "ranking.csv", "bid.docx", "bid.xlsx")
        } <= links


def test_legend_has_every_class_and_no_data(page):
    words = [e["text"].strip() for e in page[1].all("li") if "figure" in e["inside"]]
    assert words[7:] == ["chosen", "other sites that rank"] * 3
    assert words[:7] == [
        "under 25 %", "25 to 50 %", "50 to 75 %", "75 to 90 %", "90 to 95 %", "95 % and over", "no data",
    ]  # fmt: skip


def test_sample_ribbon_only_when_sample(tmp_path, page):
    assert RIBBON not in page[0]
    text, parsed = render(tmp_path / "s.html", study_view(sample=True), [case_view(sample=True)])
    assert text.count(RIBBON) == 2
    assert parsed.all("title")[0]["text"].startswith(RIBBON)


def test_names_from_files_are_inert(page, tmp_path, study, cases):
    assert HOSTILE not in page[0]
    assert "&lt;script&gt;" in page[0]
    study.districts.loc[0, "name"] = "{{ 7*7 }}</title><img src=x onerror=alert(1)>"
    text, parsed = render(tmp_path / "h.html", study, cases)
    assert "{{ 7*7 }}&lt;/title&gt;" in text
    assert not parsed.all("img")


def test_no_words_about_the_funder(page):
    text = "".join(page[1].text).lower()
    assert "chance" not in text
    assert "probability" not in text


def test_without_constituencies_the_small_areas_are_drawn(tmp_path, study, cases):
    text, _ = render(tmp_path / "a.html", replace(study, constituencies=None), cases)
    assert "by small area" in text
    assert "url(#estimated-" in text
    assert "url(#no-data)" in text


def test_many_areas_are_drawn_by_class(tmp_path, study, cases, monkeypatch):
    monkeypatch.setattr("maps.board_svg.FEW", 10)
    monkeypatch.setattr("maps.board.FEW", 10)
    text, _ = render(tmp_path / "m.html", replace(study, constituencies=None), cases)
    assert text.count('stroke="#ffffff" stroke-width="1.2"') < 14
    assert "coverage/area_gaps.csv" in text


def test_a_picture_can_stand_in_for_the_map(tmp_path, study, cases):
    Image.new("RGB", (4, 4)).save(tmp_path / "gap.png")
    _, parsed = render(tmp_path / "p.html", study, cases, gap_map_svg_or_png=tmp_path / "gap.png")
    image = parsed.all("img")[0]
    assert image["src"].startswith("data:image/png;base64,")
    assert image["alt"]


def test_nothing_known_is_said(tmp_path, study):
    case = bare(case_view())
    empty = case.study.area_gaps.frame
    empty = empty.assign(**{c: float("nan") for c in empty.select_dtypes("number")})
    gaps = Table("area_gaps", case.study.area_gaps.key, empty, case.study.area_gaps.columns)
    study = replace(case.study, area_gaps=gaps, constituencies=None)
    tables = [gaps if t.name == "area_gaps" else t for t in study.figures.tables.values()]
    study = replace(study, figures=Figures(tables, "study"))
    text, _ = render(tmp_path / "n.html", study, [case])
    assert "Coverage gap: no data" in text
    assert "No district has a value." in text
    assert "No site ranks yet." in text
    assert ">nan<" not in text
    assert "None" not in text
    text, _ = render(tmp_path / "c.html", study, [])
    assert "The study has no case." in text


def test_same_bytes_twice(tmp_path):
    for name in ("one", "two"):
        render(tmp_path / f"{name}.html", study_view(), [case_view()])
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def with_tables(study, **changed):
    """The study with some of its tables replaced, in its figures too."""
    tables = {**study.figures.tables, **changed}.values()
    return replace(study, **changed, figures=Figures(tables, "study"))


def with_england(study, release="2024-01"):
    """The study with England's share, published a year apart, and a target that it states."""
    held = study.coverage
    row = held.frame[held.frame["level"] == "study"].iloc[-2].to_dict()
    england = [
        row
        | {
            "row": f"E92000001|full_fibre_pct|{when}",
            "area_id": "E92000001",
            "area_name": "England",
            "level": "country",
            "measure": "full_fibre_pct",
            "release": when,
            "share_pct": share,
        }
        for when, share in (("2022-09", 40.2), (release, 62.3))
    ]
    coverage = replace(
        held, frame=pd.concat([held.frame, pd.DataFrame(england)], ignore_index=True)
    )
    aim = {"measure": "full_fibre_pct", "value": 95.0, "by": "2030", "source": "the digital plan"}
    columns = {
        "measure": Column(""),
        "value": Column("", "%", 1),
        "by": Column(""),
        "source": Column(""),
    }
    targets = Table("targets", "measure", pd.DataFrame([aim]), columns)
    return with_tables(study, coverage=coverage, targets=targets)


def words_of(parsed):
    return " ".join("".join(parsed.text).replace("\u00a0", " ").split())


def test_england_and_the_target_stand_beside_the_shares(tmp_path, study, cases):
    _, parsed = render(tmp_path / "e.html", with_england(study), cases)
    words = words_of(parsed)
    beside = "England 62.3 % and target 95.0 % (by 2030, the digital plan)."
    assert words.count(beside) == 5, "two of the three numbers, the map, and two courses"
    assert "The dashed line is England." in words
    rows = [e["text"].strip() for e in parsed.all("tr")]
    assert "Englandno datano data40.262.3" in "".join(r for r in rows if r.startswith("England"))
    assert any(row.startswith("Target") and "95.0" in row for row in rows)


def test_a_country_of_another_month_says_its_month(tmp_path, study):
    _, parsed = render(tmp_path / "e.html", with_england(study, "2023-05"), [])
    assert "England 62.3 % in May 2023" in words_of(parsed)


def test_no_country_and_no_target_is_said_once(page):
    words = words_of(page[1])
    assert words.count("England: no data in this study") == 1
    assert words.count("no target is stated in the study") == 1


def test_small_lines_say_their_first_and_last_value_on_one_scale(study):
    full_fibre = MEASURES[0]
    rows = releases(study, full_fibre)
    rows = rows[rows["level"] == "LAD"]
    shown = sorted(set(rows["release"]))
    for _, area in rows.groupby("area_id"):
        values = {
            r: study.figures.cite("coverage", row, "share_pct")
            for r, row in zip(area["release"], area["row"], strict=True)
        }
        drawn = str(panel(shown, values, {}))
        texts = re.findall(r'<text class="(\w+)"[^>]*>([^<]*)', drawn)
        assert texts[0] == ("last", values[shown[-1]].text.replace(" %", "\u00a0%"))
        assert texts[1] == ("first", values[shown[0]].text.replace(" %", "\u00a0%"))
        assert [t for name, t in texts if name == "when"] == ["2018", "2024"]
        low = float(re.search(r'<circle[^>]*cy="([\d.]+)"', drawn).group(1))
        # 92 units stand for 100 %, from 110 at the foot
        assert low == pytest.approx(110 - 0.92 * float(values[shown[-1]].value), abs=0.06)


def test_decisions_follow_from_the_tables(study, cases):
    blocks = decisions(study, cases)
    assert [b["title"] for b in blocks] == [c.title for c in cases] + ["Data"]
    said = [re.sub(r"<[^>]+>", "", str(item)) for b in blocks for item in b["items"]]
    assert said[0].startswith("Approve, change or refuse an ask of £")
    assert "against a budget of £2,000,000." in said[0]
    assert "Have 5 sites checked." in said[1]
    assert "“Match funding is in writing” (2)" in said[1]
    assert "71\u00a0% of the ask rests on assumed rates" in said[2]
    assert (
        said[3]
        == "The Practice fund is closed. Name an open fund to write this bid for, or keep it as practice.".replace(
            "The Practice", "The Practice"
        )
    )
    assert "the figures describe January 2024, over twelve months ago" in said[-1]


def test_nothing_is_asked_that_no_table_says(study):
    view = case_view()
    frame = view.ranking.frame.assign(status="ranked", gates_unknown="")
    summary = view.summary.frame[
        ~view.summary.frame["item"].isin(("ask_gbp", "unquoted_pct", "sites_to_verify"))
    ]
    view = with_frame(view, frame)
    tables = [
        replace(t, frame=summary) if t.name == "summary" else t
        for t in view.figures.tables.values()
    ]
    view = replace(
        view,
        summary=next(t for t in tables if t.name == "summary"),
        profile=replace(view.profile, status="open"),
        figures=Figures(tables, view.key),
    )
    blocks = decisions(replace(study, as_of=study.as_of.replace(year=2024)), [view])
    assert blocks == []


def test_tables_say_what_kind_of_place_a_site_is(page):
    heads = [e["text"] for e in page[1].all("th") if e.get("scope") == "col"]
    assert heads.count("Kind") == 3
    kinds = {e["text"] for e in page[1].all("td")}
    assert {"library", "GP surgery", "civic building"} <= kinds


def test_robustness_is_shown_where_the_ranking_has_it(tmp_path, study):
    view = case_view()
    frame = view.ranking.frame.copy()
    frame["chosen_pct"] = np.linspace(100, 0, len(frame))
    _, parsed = render(tmp_path / "r.html", study, [with_frame(view, frame)])
    assert "chosen in 96\u00a0% of tested weightings" in "".join(parsed.text)
    frame["robustness_sentence"] = "Chosen in 94 % of 10,000 tested weightings; <b>firm</b>."
    text, _ = render(tmp_path / "r.html", study, [with_frame(view, frame)])
    assert "10,000 tested weightings; &lt;b&gt;firm&lt;/b&gt;." in text
