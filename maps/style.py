"""One look for every map, page and document: classes, colours, sizes of type, marks of grades.

Shares are drawn in the same six classes of cividis everywhere, dark where the gap is. A grade is
a mark as well as a word (solid, hatched, dotted), so that nothing rests on colour alone.
"""

from __future__ import annotations

import math
from typing import Any

__all__ = [
    "BREAKS_PCT",
    "CLASS_COLOURS",
    "GRADES",
    "GRADE_WORDS",
    "class_of",
    "colour",
    "hatch_colour",
    "label",
    "legend_entries",
    "page_css",
]

INK = "#0b0c0c"
BLUE = "#00204d"
VERMILION = "#d55e00"
AMBER = "#e69f00"
AMBER_GROUND = "#fff6e5"
QUIET = "#505a5f"
HAIRLINE = "#b1b4b6"
ROAD = "#8d949a"
PAPER = "#ffffff"
# In the dark, and on paper, the same names stand for these.
DARK = {"paper": "#101418", "ink": "#f3f2f1", "blue": "#9ec5ff", "quiet": "#b4bcc2", "hairline": "#5b646b",
        "vermilion": "#ff8a3c", "amber-ground": "#33290f", "sheet": "#cdd2d6"}  # fmt: skip
PRINTED = {"paper": "#fff", "ink": "#000", "blue": BLUE, "quiet": "#333", "hairline": HAIRLINE,
           "vermilion": VERMILION, "amber-ground": AMBER_GROUND, "sheet": "#fff"}  # fmt: skip
NO_DATA = "no data"
NO_DATA_GROUND = "#f3f2f1"

# Okabe and Ito's palette, for categories.
CATEGORIES = (
    "#e69f00",
    "#56b4e9",
    "#009e73",
    "#f0e442",
    "#0072b2",
    "#d55e00",
    "#cc79a7",
    "#000000",
)

BREAKS_PCT = (0, 25, 50, 75, 90, 95, 100)
# cividis at 0, 0.2, ... 1.
CLASS_COLOURS = ("#00224e", "#35456c", "#666970", "#948e77", "#c8b866", "#fee838")

GRADES = ("measured", "estimated", "modelled")
GRADE_WORDS = {
    "measured": "measured: as published for this area",
    "estimated": "estimated: published for a larger area, or shared out",
    "modelled": "modelled, indicative: computed",
}
# matplotlib's hatches; the web map draws the same marks as SVG patterns.
HATCHES = {"measured": "", "estimated": "////", "modelled": "...."}
NO_DATA_HATCH = "xxxx"

FONT_SCREEN = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
SCREEN_PX = {"title": 30, "heading": 21, "lead": 16, "body": 14, "small": 13}
PAPER_PT = {"title": 19.0, "subtitle": 10.5, "body": 9.0, "small": 8.0}


def class_of(share_pct: Any, *, deficit: bool = False) -> int | None:
    """Return the class of a share, 0 (the widest gap) to 5, or `None` where there is no data.

    Parameters
    ----------
    share_pct
        Percent, 0 to 100; missing values have no class.
    deficit
        Whether the value is the gap itself; its classes are the same ones mirrored, so that dark
        always means the gap.

    >>> class_of(24.9), class_of(25.0), class_of(100.0), class_of(float("nan"))
    (0, 1, 5, None)
    >>> class_of(80.0, deficit=True), class_of(75.0, deficit=True), class_of(5.0, deficit=True)
    (0, 1, 5)
    """
    try:
        value = float(share_pct)
    except (TypeError, ValueError):
        return None
    if math.isnan(value):
        return None
    covered = 100 - value if deficit else value
    return sum(covered >= edge for edge in BREAKS_PCT[1:-1])


def label(index: int | None, *, deficit: bool = False) -> str:
    """Return the words for a class in a legend.

    >>> label(0), label(3), label(5), label(None)
    ('under 25 %', '75 to 90 %', '95 % and over', 'no data')
    >>> label(0, deficit=True), label(3, deficit=True), label(5, deficit=True)
    ('over 75 %', '10 to 25 %', '5 % and under')
    """
    if index is None:
        return NO_DATA
    low, high = BREAKS_PCT[index], BREAKS_PCT[index + 1]
    if deficit:
        low, high = 100 - high, 100 - low
        first, last = f"over {low} %", f"{high} % and under"
    else:
        first, last = f"under {high} %", f"{low} % and over"
    if index == 0:
        return first
    return last if index == len(CLASS_COLOURS) - 1 else f"{low} to {high} %"


def colour(index: int | None) -> str:
    """Return the fill of a class."""
    return NO_DATA_GROUND if index is None else CLASS_COLOURS[index]


def hatch_colour(index: int | None) -> str:
    """Return the colour of the marks drawn over a class to show its grade."""
    if index is None:
        return "#8a9196"
    return "#b9bec9" if index < 3 else "#4a4636"


def legend_entries(*, deficit: bool = False) -> list[tuple[int | None, str]]:
    """Return class and words in the order every legend has, `no data` last."""
    classes: list[int | None] = [*range(len(CLASS_COLOURS)), None]
    return [(index, label(index, deficit=deficit)) for index in classes]


def _named(colours: dict[str, str]) -> str:
    return ":root{" + "".join(f"--{name}:{value};" for name, value in colours.items()) + "}"


def page_css() -> str:
    """Return the style shared by every page: colours, type, ribbon, badges of grades, focus.

    Also what every page does in the dark, on paper, and for readers who want no movement. A map is
    a light sheet (`--sheet`) in the dark too, because its classes are told apart by lightness.
    """
    sizes = "".join(f"--{name}:{px}px;" for name, px in SCREEN_PX.items())
    return (
        f":root{{--ink:{INK};--blue:{BLUE};--vermilion:{VERMILION};--amber:{AMBER};"
        f"--amber-ground:{AMBER_GROUND};--quiet:{QUIET};--hairline:{HAIRLINE};"
        f"--paper:{PAPER};--sheet:{PAPER};{sizes}}}\n"
        "html{color-scheme:light dark}\n"
        "*{box-sizing:border-box}\n"
        f"html{{background:var(--paper);color:var(--ink);font-family:{FONT_SCREEN};"
        "font-size:var(--body);line-height:1.45;font-variant-numeric:tabular-nums}\n"
        "body{margin:0}\n"
        "h1{font-size:var(--title);line-height:1.2;margin:0}\n"
        "h2{font-size:var(--heading);line-height:1.25;margin:0 0 8px}\n"
        "h3{font-size:var(--lead);margin:0 0 4px}\n"
        "a{color:var(--blue)}\n"
        ":focus-visible{outline:3px solid var(--blue);outline-offset:2px;"
        "box-shadow:0 0 0 2px var(--paper)}\n"
        ".ribbon{background:#0b0c0c;color:#fff;text-align:center;font-weight:700;"
        "letter-spacing:.04em;padding:6px 12px}\n"
        ".skip{position:absolute;left:-9999px}\n"
        ".skip:focus{left:8px;top:8px;background:var(--paper);padding:8px 12px;z-index:2000}\n"
        ".badge{display:inline-block;font-size:var(--small);line-height:1;padding:2px 6px;"
        "border:1px solid var(--ink);border-radius:3px;white-space:nowrap}\n"
        ".badge.estimated{border-style:dashed}\n"
        ".badge.modelled{border-style:dotted;border-width:2px;padding:1px 5px}\n"
        ".caution{border-left:4px solid var(--amber);background:var(--amber-ground);"
        "padding:8px 12px;margin:12px 0}\n"
        ".quiet{color:var(--quiet)}\n"
        f"@media (prefers-color-scheme:dark){{{_named(DARK)}.ribbon{{border-bottom:1px solid var(--ink)}}}}\n"
        "@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important;"
        "scroll-behavior:auto!important}}\n"
        f"@page{{margin:12mm}}@media print{{{_named(PRINTED)}html{{color-scheme:light}}nav,.skip{{display:none}}"
        ".ribbon,.badge,svg,img{print-color-adjust:exact}}\n"
    )
