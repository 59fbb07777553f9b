"""The web map in a real browser: search, a link that keeps the view, layers, keyboard, names."""

from __future__ import annotations

import re

import pytest

MAP = "full-fibre-fund/map.html"
OVERLAPS = """
(() => { const boxes = [...document.querySelectorAll(".place:not(.hid) span")].map(n => n.getBoundingClientRect());
  const pins = [...document.querySelectorAll(".pin")].map(n => n.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right - 2 && a.right > b.left + 2 && a.top < b.bottom - 2 && a.bottom > b.top + 2;
  let n = 0;
  boxes.forEach((a, i) => { boxes.slice(i + 1).forEach(b => { n += meet(a, b); }); pins.forEach(p => { n += meet(a, p); }); });
  return [boxes.length, n]; })()
"""


@pytest.fixture
def chart(out, opened):
    page = opened(out / MAP, height=1000)
    page.settle(0.2)
    return page


def choose(page, words):
    page.run(
        "[...document.querySelectorAll('#layers label')].find(l => l.textContent.includes("
        f"'{words}')).querySelector('input').click()"
    )
    page.settle(0.2)


def popup(page):
    return page.run("(document.querySelector('.leaflet-popup h3') || {}).textContent || ''")


def test_search_by_name_goes_to_the_site(chart):
    chart.run("document.getElementById('find').focus()")
    chart.type("st agnes")
    chart.settle(0.2)
    assert chart.run("document.getElementById('found-count').textContent") == "1 found."
    chart.press("Enter")
    chart.settle(0.3)
    assert popup(chart) == "St Agnes Library"
    assert chart.run("document.activeElement.getAttribute('role')") == "dialog"
    chart.press("Escape")
    chart.settle(0.5)
    assert popup(chart) == ""
    assert chart.run("document.activeElement.id") == "find", "the keyboard goes back"


def test_search_by_postcode_ignores_spaces_and_case(chart):
    chart.run("document.getElementById('find').focus()")
    chart.type("zz22ab")
    chart.settle(0.2)
    found = chart.run("[...document.querySelectorAll('#found button')].map(b => b.textContent)")
    assert len(found) == 1
    assert "ZZ2 2AB" in found[0]


def test_search_reaches_the_value_of_an_area(chart):
    chart.run("document.getElementById('find').focus()")
    chart.type("ashmoor 001")
    chart.settle(0.2)
    chart.press("Tab")
    assert chart.run("document.activeElement.textContent").endswith("(small area)")
    chart.press("Enter")
    chart.settle(0.3)
    assert popup(chart).startswith("Ashmoor 001")
    assert "Full fibre" in chart.run("document.querySelector('.leaflet-popup').textContent")


def test_search_finds_nothing_and_says_so(chart):
    chart.run("document.getElementById('find').focus()")
    chart.type("<img src=x>zzzz")
    chart.settle(0.2)
    assert chart.run("document.getElementById('found-count').textContent") == "Nothing found."


def test_a_link_keeps_the_view_and_the_layer(out, opened, chart):
    choose(chart, "deprivation")
    chart.run("document.querySelector('.leaflet-control-zoom-in').click()")
    chart.settle(0.6)
    link = chart.run("location.hash")
    assert re.fullmatch(r"#map=[\d.]+/[\d.]+/-?[\d.]+/need", link)
    again = opened((out / MAP).resolve().as_uri() + link, height=1000)
    again.settle(0.3)
    assert again.run("location.hash") == link
    assert again.run("document.querySelector('[data-legend=need]').hidden") is False
    assert again.run("document.querySelectorAll('path.b22, path.b00, path.b11').length") > 0


@pytest.mark.parametrize("broken", ["#map=x/1/2/need", "#map=9/999/0/need", "#map=9/1/1/__proto__"])
def test_a_broken_link_shows_the_whole_map(out, opened, broken):
    page = opened((out / MAP).resolve().as_uri() + broken)
    page.settle(0.2)
    assert page.complaints() == []
    assert page.run("document.querySelectorAll('path.area').length") == 40


def test_gap_and_need_are_drawn_and_explained(chart):
    choose(chart, "deprivation")
    drawn = chart.run(
        "[...document.querySelectorAll('path.area')].map(p => getComputedStyle(p).fill)"
    )
    assert len(drawn) == 40
    assert len(set(drawn)) >= 5
    chart.run(
        "(() => { const p = document.querySelector('path.b20, path.b21, path.b22');"
        "const b = p.getBoundingClientRect();"
        "p.dispatchEvent(new MouseEvent('click', {bubbles: true, clientX: b.x + b.width / 2,"
        "clientY: b.y + b.height / 2})); })()"
    )
    chart.settle(0.3)
    words = chart.run("document.querySelector('.leaflet-popup').textContent")
    assert "under 50 % have it" in words
    assert "Deprivation decile, 1 is most deprived" in words
    assert len(re.findall(r"F-[A-Z2-7]{8}", words)) == 2


def test_a_numbered_site_opens_by_keyboard(chart):
    chart.run("document.querySelector('.pin').focus()")
    name = chart.run("document.activeElement.title")
    chart.press("Enter")
    chart.settle(0.3)
    assert popup(chart)
    assert popup(chart) in name
    assert chart.run("document.activeElement.getAttribute('role')") == "dialog"
    chart.press("Tab")
    assert chart.run("document.querySelector('.leaflet-popup').contains(document.activeElement)")


def test_the_list_opens_the_map_and_escape_returns(chart):
    chart.run("document.querySelector('button[data-site]').focus()")
    chart.press("Enter")
    chart.settle(0.3)
    assert popup(chart)
    chart.press("Escape")
    chart.settle(0.5)
    assert chart.run("document.activeElement.dataset.site") == "0"


@pytest.mark.parametrize("width", [320, 480, 1280])
def test_names_of_districts_never_run_into_each_other(out, opened, width):
    page = opened(out / MAP, width=width, height=800)
    page.settle(0.3)
    _, met = page.run(OVERLAPS)
    assert met == 0
    page.run("document.querySelector('.leaflet-control-zoom-in').click()")
    page.settle(0.5)
    page.wait_while("document.querySelector('.leaflet-zoom-anim')")
    assert page.run(OVERLAPS)[1] == 0


def test_a_postcode_that_is_no_site_is_found(chart):
    chart.run("document.getElementById('find').focus()")
    chart.type("zz1 1ab")
    chart.settle(0.2)
    found = chart.run("[...document.querySelectorAll('#found button')].map(b => b.textContent)")
    assert found == ["ZZ1 1AB (postcode)"]
    chart.press("Enter")
    chart.settle(0.4)
    assert popup(chart) == "ZZ1 1AB (postcode)"
    assert chart.run("+window.location.hash.split('=')[1].split('/')[0]") == 16
    chart.run("document.getElementById('find').value = 'zz109'")
    chart.run("document.getElementById('find').dispatchEvent(new Event('input'))")
    found = chart.run("[...document.querySelectorAll('#found button')].map(b => b.textContent)")
    assert found == ["ZZ10 9 (postcode sector)"]


def test_routes_reach_and_coverage_are_drawn_and_can_be_put_away(chart):
    assert chart.run("document.querySelectorAll('path.route').length") == 2
    assert chart.run("document.querySelectorAll('path.route.duct').length") == 1
    image = "document.querySelector('img.raster')"
    assert chart.run(f"{image}.complete && {image}.naturalWidth > 50"), "the policy lets it show"
    assert chart.run(f"{image}.alt").startswith("Coverage, probability")
    assert chart.run("document.querySelectorAll('path.reach').length") == 0
    choose(chart, "In reach")
    assert chart.run("document.querySelectorAll('path.reach').length") == 1
    choose(chart, "Routes of new fibre")
    choose(chart, "Coverage, probability")
    assert chart.run("document.querySelectorAll('path.route, img.raster').length") == 0
    assert chart.complaints() == []


def test_water_and_the_names_of_places_are_drawn_found_and_put_away(chart):
    assert chart.run("document.querySelectorAll('path.lake').length") == 1
    assert chart.run("document.querySelectorAll('path.river').length") == 1
    names = "[...document.querySelectorAll('.place.small span')].map(n => n.textContent)"
    assert {"Alderwick", "<b>Bold</b>", "Crakeley"} >= set(chart.run(names)) != set()
    assert "Alderwick on the same spot" not in chart.run(names), "it would hide the larger place"
    chart.run("document.getElementById('find').focus()")
    chart.type("crakel")
    chart.settle(0.2)
    chart.press("Enter")
    chart.settle(0.3)
    assert popup(chart) == "Crakeley (place)"
    assert chart.run("+window.location.hash.split('=')[1].split('/')[0]") == 14
    choose(chart, "Names of places")
    choose(chart, "Water")
    drawn = "document.querySelectorAll('.place.small, path.lake, path.river').length"
    assert chart.run(drawn) == 0
    assert chart.complaints() == []


def test_the_grade_is_drawn_over_gap_and_need(chart):
    choose(chart, "deprivation")
    fills = chart.run(
        "[...new Set([...document.querySelectorAll('path.area:not(.knone)')].map(p => getComputedStyle(p).fill))]"
    )
    assert fills
    assert all(fill.startswith('url("#kb') for fill in fills), (
        "estimated or modelled: hatched or dotted"
    )
    assert len({fill[-3] for fill in fills}) == 2


def test_a_printed_map_shows_what_the_screen_showed(chart):
    view = """(() => { const m = document.querySelector('.folium-map').getBoundingClientRect();
      const d = [...document.querySelectorAll('path.district')].map(p => p.getBoundingClientRect());
      return [Math.min(...d.map(b => b.left - m.left)), Math.min(...d.map(b => m.right - b.right))]; })()"""
    chart.media("print")
    chart.size(700, 1000)
    chart.settle(0.4)
    left, right = chart.run(view)
    assert left >= 0
    assert right >= 0
    assert chart.run("getComputedStyle(document.querySelector('.credits')).display") == "block"


def test_districts_alone_leave_the_rest_in_peace(chart):
    choose(chart, "Districts only")
    assert chart.run("document.querySelectorAll('path.area, path.seat').length") == 0
    assert chart.run("document.querySelectorAll('path.district').length") > 0
    assert chart.run("window.location.hash").endswith("/plain")


def test_rules_between_small_areas_are_drawn_when_the_reader_comes_near(chart):
    lines = (
        "[...new Set([...document.querySelectorAll('path.area:not(.b22)')].map("
        "p => getComputedStyle(p).stroke))]"
    )
    choose(chart, "deprivation")
    assert chart.run(lines) == ["rgb(255, 255, 255)"]
    for _ in range(8):  # until an area is a few pixels wide
        chart.run("document.querySelector('.leaflet-control-zoom-out').click()")
        chart.settle(0.4)
    assert chart.run(lines) == ["none"]
    bold = "[...document.querySelectorAll('path.area.b22')].map(p => getComputedStyle(p).stroke)"
    assert set(chart.run(bold)) == {"rgb(11, 12, 12)"}
