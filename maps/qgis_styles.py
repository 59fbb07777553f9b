"""Our classes as QGIS reads them: QML for the `layer_styles` table of a GeoPackage.

Only symbols are written, as rules with plain filters, so that any QGIS from 3.16 on draws the same
classes, colours and marks of grade as the web map and the print map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from maps.style import (
    BREAKS_PCT,
    CLASS_COLOURS,
    GRADES,
    INK,
    NO_DATA,
    NO_DATA_GROUND,
    VERMILION,
    hatch_colour,
    label,
)

__all__ = [
    "Rule",
    "areas_qml",
    "fill_qml",
    "line_qml",
    "outline_qml",
    "point_qml",
    "share_rules",
    "sites_qml",
]

HEAD = (
    "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    '<qgis version="3.16.0" styleCategories="Symbology|Labeling" labelsEnabled="{labelled:d}">\n'
)
NAMED = "name"  # the column that names are written from
# Qt's brushes for the marks of grades: hatched is estimated, dotted is modelled
BRUSHES = {"estimated": "b_diagonal", "modelled": "dense6"}
WHITE = "#ffffff"
DISTRICT_PT, PLACE_PT = 10.0, 8.0  # size of names


@dataclass(frozen=True)
class Rule:
    """One class: its words, which features it takes, and the layers of its symbol (XML)."""

    words: str
    where: str
    symbol: str


def _rgba(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour[1:])
    return f"{red},{green},{blue},255"


def _layer(kind: str, **options: str) -> str:
    held = "".join(
        f'<Option name={quoteattr(name)} type="QString" value={quoteattr(value)}/>'
        for name, value in options.items()
    )
    return f'<layer class="{kind}" enabled="1" locked="0" pass="0"><Option type="Map">{held}</Option></layer>'


def _fill(colour: str, style: str, *, outline: str = WHITE, width_mm: str = "0.1") -> str:
    return _layer(
        "SimpleFill", color=_rgba(colour), style=style, outline_color=_rgba(outline),
        outline_style="solid" if width_mm != "0" else "no", outline_width=width_mm,
        outline_width_unit="MM",
    )  # fmt: skip


def _marker(shape: str, colour: str, outline: str, size_mm: str, width_mm: str = "0.4") -> str:
    return _layer(
        "SimpleMarker", name=shape, color=_rgba(colour), outline_color=_rgba(outline),
        outline_style="solid", outline_width=width_mm, size=size_mm, size_unit="MM",
    )  # fmt: skip


def _labels(size_pt: float) -> str:
    """Return labels of the column of names, with a white edge so that they can be read on any ground."""
    return (
        f'<labeling type="simple"><settings><text-style fieldName="{NAMED}" isExpression="0" '
        f'fontSize="{size_pt:g}" fontSizeUnit="Point" textOpacity="1" textColor="{_rgba(INK)}"><text-buffer bufferDraw="1" '
        f'bufferSize="0.8" bufferSizeUnits="MM" bufferOpacity="1" bufferColor="{_rgba(WHITE)}"/></text-style>'
        "</settings></labeling>"
    )


def _qml(rules: Sequence[Rule], kind: str, label_pt: float = 0.0) -> str:
    lines, symbols = [], []
    for number, rule in enumerate(rules):
        where = f" filter={quoteattr(rule.where)}" if rule.where else ""
        lines.append(
            f'<rule key="{{{number:08d}-0000-4000-8000-000000000000}}" symbol="{number}" '
            f"label={quoteattr(rule.words)}{where}/>"
        )
        symbols.append(
            f'<symbol type="{kind}" name="{number}" alpha="1" clip_to_extent="1">{rule.symbol}</symbol>'
        )
    return (
        f'{HEAD.format(labelled=label_pt > 0)}<renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">'
        f'<rules key="{{99999999-0000-4000-8000-000000000000}}">{"".join(lines)}</rules>'
        f"<symbols>{''.join(symbols)}</symbols></renderer-v2>{_labels(label_pt) if label_pt else ''}\n</qgis>\n"
    )


def _mark(index: int, grade: str) -> str:
    base = _fill(CLASS_COLOURS[index], "solid")
    if grade not in BRUSHES:
        return base
    return base + _fill(hatch_colour(index), BRUSHES[grade], width_mm="0")


def share_rules(column: str, grade: str, *, deficit: bool = False) -> list[Rule]:
    """Return the classes of a share, each in its three grades, and `no data`.

    Parameters
    ----------
    column, grade
        The share in %, and the column that holds its grade.
    deficit
        Whether the share is the gap itself.
    """
    covered = f'(100 - "{column}")' if deficit else f'"{column}"'
    rules = []
    for index in range(len(CLASS_COLOURS)):
        low, high = BREAKS_PCT[index], BREAKS_PCT[index + 1]
        top = "" if index == len(CLASS_COLOURS) - 1 else f" AND {covered} < {high}"
        floor = "" if index == 0 else f" AND {covered} >= {low}"
        for word in GRADES:
            where = f'"{column}" IS NOT NULL{floor}{top} AND "{grade}" = \'{word}\''
            words = f"{label(index, deficit=deficit)}, {word}"
            rules.append(Rule(words, where, _mark(index, word)))
    none = _fill(NO_DATA_GROUND, "solid") + _fill(hatch_colour(None), "diagonal_x", width_mm="0")
    return [*rules, Rule(NO_DATA, f'"{column}" IS NULL', none)]


def areas_qml(rules: Sequence[Rule]) -> str:
    """Return the style of areas in the classes of a share."""
    return _qml(rules, "fill")


def outline_qml(words: str) -> str:
    """Return the style of outlines without a fill, each with its name."""
    outline = _fill(WHITE, "no", outline=INK, width_mm="0.5")
    return _qml([Rule(words, "", outline)], "fill", DISTRICT_PT)


def fill_qml(words: str, colour: str) -> str:
    """Return the style of areas of one colour."""
    return _qml([Rule(words, "", _fill(colour, "solid", outline=colour))], "fill")


def line_qml(words: str, colour: str = VERMILION, width_mm: str = "0.6") -> str:
    """Return the style of lines."""
    line = _layer(
        "SimpleLine", line_color=_rgba(colour), line_style="solid", line_width=width_mm,
        line_width_unit="MM", capstyle="round", joinstyle="round",
    )  # fmt: skip
    return _qml([Rule(words, "", line)], "line")


def point_qml(words: str, colour: str = INK, *, named: bool = False) -> str:
    """Return the style of plain points, each with its name where they are `named`."""
    point = _marker("circle", colour, WHITE, "1.6", "0.2")
    return _qml([Rule(words, "", point)], "marker", PLACE_PT if named else 0.0)


def sites_qml(chosen: str, status: str) -> str:
    """Return the style of sites: chosen, ranked, to verify, and those without a rank.

    Parameters
    ----------
    chosen, status
        Columns that say so.
    """
    yes, no = f'"{chosen}"', f'NOT coalesce("{chosen}", false)'
    return _qml(
        [
            Rule("excluded or not ranked", f"\"{status}\" IN ('excluded', 'not ranked')", _marker("circle", "#c8ccd0", "#33383c", "1.6", "0.2")),
            Rule("to verify", f"\"{status}\" = 'to verify'", _marker("diamond", WHITE, VERMILION, "3")),
            Rule("ranked, not chosen", f"\"{status}\" = 'ranked' AND {no}", _marker("circle", WHITE, VERMILION, "2.6", "0.6")),
            Rule("chosen", yes, _marker("circle", VERMILION, INK, "4", "0.3")),
        ],
        "marker",
    )  # fmt: skip
