"""Every page in a real browser: no request, no complaint, no overflow, contrast, axe."""

from __future__ import annotations

from importlib.resources import files

import pytest

AXE = files("axe_playwright_python") / "axe.min.js"
MAPS = ("full-fibre-fund/map.html", "5g-testbed/map.html", "co-working/map.html")
PAGES = ("index.html", *MAPS, "public/index.html", "data-quality.html", "why.html")
# the passes are not asked for: listing them takes most of the time
RUN_AXE = """
axe.run(document, {resultTypes: ["violations"]})
  .then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" | ")))
"""
# the dark changes colours and nothing else
AXE_IN_THE_DARK = RUN_AXE.replace("{", '{runOnly: ["color-contrast"], ', 1)
# Smallest and largest contrast of text, from what the browser computed. Text over pictures (SVG,
# map marks) is tested by its palette instead.
CONTRAST = """
(() => {
  const parts = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const tone = ([r, g, b]) => { const l = [r, g, b].map(v => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); });
    return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2]; };
  const ground = node => { for (; node; node = node.parentElement) {
    const c = parts(getComputedStyle(node).backgroundColor);
    if (c.length === 3 || c[3] > 0.9) return c.slice(0, 3); }
    return [255, 255, 255]; };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    if (node.closest("svg, .leaflet-pane, script, style, .skip, :disabled")) continue;
    const own = [...node.childNodes].some(c => c.nodeType === 3 && c.data.trim());
    if (!own || !node.getClientRects().length) continue;
    const style = getComputedStyle(node), a = tone(parts(style.color)), b = tone(ground(node));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(node.tagName + "." + node.className + " " + ratio.toFixed(2) + " " + node.textContent.slice(0, 40));
  }
  return found;
})()
"""
TOO_WIDE = """
[...document.querySelectorAll("body *")].filter(n => !n.closest(".scroll, .wide, .leaflet-container, svg, .skip, .visually-hidden")
  && n.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(n => n.tagName + "." + n.className).slice(0, 5)
"""
SMALL_TARGETS = """
[...document.querySelectorAll("button, select, input:not([type=radio]):not([type=checkbox]), summary")]
  .filter(n => n.getClientRects().length && n.getBoundingClientRect().height < 24)
  .map(n => n.tagName + " " + n.textContent)
"""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_and_nothing_goes_wrong(out, opened, name):
    page = opened(out / name)
    page.settle()
    assert page.requests() == [(out / name).resolve().as_uri()]
    assert page.complaints() == []
    assert page.run("document.documentElement.lang") == "en-GB"
    assert page.run("document.title").startswith("SAMPLE DATA")


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_stops_what_is_not_ours(out, opened, name):
    page = opened(out / name)
    page.run(
        "const s = document.createElement('script'); s.textContent = 'window.evil = 1';"
        "document.body.appendChild(s); document.body.setAttribute('style', 'color: red');"
        "new Image().src = 'file:///tmp/evil.png'"
    )
    page.settle(0.2)
    assert page.run("window.evil === undefined") is True
    assert page.run("getComputedStyle(document.body).color") != "rgb(255, 0, 0)"
    assert len(page.complaints()) >= 3


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "height"), [(320, 640), (320, 256), (1280, 900)])
def test_nothing_sticks_out_at_any_width(out, opened, name, width, height):
    # 320 by 256 is a screen of 1280 by 1024 at 400 %
    page = opened(out / name, width=width, height=height)
    page.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.run(TOO_WIDE) == []
    assert page.run(SMALL_TARGETS) == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_dark(out, opened, name, scheme):
    page = opened(out / name)
    page.media(color_scheme=scheme)
    page.settle(0.1)
    assert page.run(CONTRAST) == []
    ground = page.run("getComputedStyle(document.documentElement).backgroundColor")
    assert (ground == "rgb(16, 20, 24)") is (scheme == "dark")


@pytest.mark.parametrize("name", PAGES)
def test_reduced_motion_and_print(out, opened, name):
    page = opened(out / name)
    page.media(reduced_motion="reduce")
    page.open(out / name)
    if name in MAPS:
        assert page.run("infraStill") is True
    page.media("print")
    page.settle(0.1)
    hidden = page.run(
        "[...document.querySelectorAll('nav, .skip, .leaflet-control-zoom')]"
        ".map(n => getComputedStyle(n).display)"
    )
    assert hidden
    assert set(hidden) == {"none"}
    assert (
        page.run("getComputedStyle(document.documentElement).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    folded = page.run(
        "[...document.querySelectorAll('details')]"
        ".map(n => getComputedStyle(n, '::details-content').contentVisibility)"
    )
    assert set(folded) <= {"visible"}, "paper cannot be unfolded"
    assert len(page.tab.pdf(format="A4")) > 15_000


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(out, opened, name):
    page = opened(out / name)
    page.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    page.run(AXE.read_text(encoding="utf-8"))
    for width, scheme in ((1280, "light"), (1280, "dark"), (320, "light")):
        page.size(width, 900)
        page.media(color_scheme=scheme)
        page.settle(0.1)
        script = RUN_AXE if scheme == "light" else AXE_IN_THE_DARK
        assert page.run(script) == [], (width, scheme)
