"""What is this file? Recognition by header and content, never by name alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from layers.cells import normal_postcode_text
from layers.errors import Fault
from layers.formats import Format, load, load_all
from layers.layouts import Field, Layout, fold, resolve
from layers.peeking import Peek
from layers.reading import changed_column

__all__ = ["Recognition", "recognise"]

RESEMBLES = 0.6
FEWEST_FIELDS = 3
OWN_LIST = 0.75  # share of the everyday words of a user's list that makes a file look like one
SHOWN = 4
# files that publishers give beside the data, or other products of the same data, by a mark in them
UNUSED = {
    b"http://www.w3.org/ns/csvw": "a description of a table (CSVW), not data: the table itself is what is read",
    b"ordnancesurvey.co.uk/elevation/": (
        "OS contours or spot heights (GML); nearest known layout: terrain heights (ASCII grid). Download OS "
        "Terrain 50 as ASCII grid"
    ),
}


@dataclass(frozen=True)
class Recognition:
    """What a file was recognised as, or why it was not.

    `fault` is set where a file is of a known kind but its columns have changed: it is refused.
    `nearest` describes the nearest layout where nothing fits: the file is left out, and said.
    """

    look: Peek
    format_key: str = ""
    layout: Layout | None = None
    detail: str = ""
    fault: tuple[Fault, ...] = ()
    nearest: str = ""

    @property
    def known(self) -> bool:
        """Whether a reader understands the file."""
        return bool(self.format_key) and not self.fault

    @property
    def format(self) -> Format:
        """The format's description."""
        described: Format = load(self.format_key).FORMAT
        return described


def recognise(look: Peek) -> Recognition:
    """Find the format whose header or content a file has.

    Parameters
    ----------
    look
        The first look at the file.

    Returns
    -------
    Recognition
        The layout that fits with the most fields found; else a refusal where a known layout has
        changed columns; else the nearest layout and what differs.
    """
    for key, module in load_all().items():
        described: Format = module.FORMAT
        detail = described.looks_like(look) if described.looks_like is not None else None
        if detail is not None:
            layout = next((item for item in described.layouts if item.detail == detail), None)
            return _known(look, key, layout, detail)
    layouts = _layouts() if look.kind == "csv" else ()
    for key, layout in layouts:
        if layout.headerless and _fits_headerless(look, layout):
            return _known(look, key, layout, layout.detail)
    best = _fitting(look.header) if look.kind == "csv" else None
    if best is not None:
        return _known(look, best[0], best[1], best[1].detail)
    named = [(key, layout) for key, layout in layouts if not layout.headerless]
    return _unknown_table(look, named) if look.kind == "csv" else _unknown_file(look)


@cache
def _layouts() -> tuple[tuple[str, Layout], ...]:
    return tuple((key, layout) for key, m in load_all().items() for layout in m.FORMAT.layouts)


@lru_cache(maxsize=256)
def _fitting(header: tuple[str, ...]) -> tuple[str, Layout] | None:
    """Return the layout that fits a header with the most fields; files of one set have the same header."""
    fitting = [
        (key, layout) for key, layout in _layouts() if not layout.headerless and layout.fits(header)
    ]
    return max(fitting, key=lambda item: _size(item[1])) if fitting else None


def _size(layout: Layout) -> int:
    return sum(f.required for f in layout.fields) + len(layout.also_expects)


def _known(look: Peek, key: str, layout: Layout | None, detail: str) -> Recognition:
    described: Format = load(key).FORMAT
    variant = described.variant(look)
    return Recognition(look, key, layout, f"{detail}-{variant}" if variant else detail)


def _unknown_table(look: Peek, layouts: list[tuple[str, Layout]]) -> Recognition:
    """Refuse a table whose columns changed; else say which layout is nearest."""
    held = {fold(h) for h in look.header}

    def likeness(item: tuple[str, Layout]) -> tuple[float, int, int]:
        # layouts of one publisher differ in columns that are not read
        beside = sum(fold(h) in held for h in item[1].also_expects)
        return item[1].likeness(look.header), beside, _size(item[1])

    def overlap(item: tuple[str, Layout]) -> tuple[bool, int, int, float]:
        # what a layout needs tells more than what it may have, and everyday words tell nothing
        found = resolve(item[1].fields, look.header)
        needed = sum(f.required and f.name in found for f in item[1].fields)
        everyday = item[1].everyday and item[1].likeness(look.header) < OWN_LIST
        return not everyday and bool(found), needed, len(found), item[1].likeness(look.header)

    like = [
        item
        for item in layouts
        if sum(f.required for f in item[1].fields) >= FEWEST_FIELDS and not item[1].everyday
    ]
    key, layout = max(like, key=likeness)
    missing = layout.missing(look.header)
    if missing and layout.likeness(look.header) >= RESEMBLES:
        return Recognition(look, key, fault=tuple(changed_column(look, layout, f) for f in missing))
    _, layout = max(layouts, key=overlap)
    if not resolve(layout.fields, look.header):
        has = ", ".join(map(repr, look.header[:SHOWN]))
        more = ", ..." if len(look.header) > SHOWN else ""
        return Recognition(look, nearest=f"no known layout has any of its columns ({has}{more})")
    read = set(resolve(layout.fields, look.header).values())
    expected = {fold(h) for h in layout.also_expects}
    strange = [h for i, h in enumerate(look.header) if i not in read and fold(h) not in expected][
        :SHOWN
    ]
    lacking = layout.lacks(look.header)[:SHOWN]
    extra = f" and has {', '.join(map(repr, strange))} instead" if strange else ""
    lacks = f"; it lacks {', '.join(map(repr, lacking))}" if lacking else ""
    return Recognition(look, nearest=f"nearest known layout: {layout.name}{lacks}{extra}")


def _unknown_file(look: Peek) -> Recognition:
    """Say what a file that is no table holds."""
    from layers.formats._vector import feature_fields, vector_layers  # noqa: PLC0415 - slow to import

    fields = feature_fields(look)
    layers = vector_layers(look) if not fields else {}
    if not fields and layers:
        fields = next(iter(layers.values()))
    if fields:
        shown = ", ".join(map(repr, fields[:SHOWN]))
        return Recognition(
            look,
            nearest=(
                f"nearest known layout: area boundaries; its features have {shown}, "
                "but no field of area codes like LAD25CD or LSOA21CD"
            ),
        )
    if look.kind == "tif":
        return Recognition(
            look,
            nearest=(
                "a raster whose name does not say what it holds: put DSM (surface with buildings and "
                "trees) or DTM (bare earth) in it where it holds heights; signal strength is known by its unit, dBm"
            ),
        )
    for mark, reason in UNUSED.items():
        if mark in look.head:
            return Recognition(look, nearest=reason)
    if b'"FeatureCollection"' in look.head:
        return Recognition(
            look, nearest="a GeoJSON file whose first feature cannot be read: it may be cut short"
        )
    return Recognition(look, nearest=f"no reader here takes {look.kind} files of this content")


def _fits_headerless(look: Peek, layout: Layout) -> bool:
    """Whether the first row's cells have the form that a header-less layout's fields say."""
    required = [f for f in layout.fields if f.required]
    if len(look.header) < len(required):
        return False
    checks = [(f, look.header[i]) for i, f in enumerate(layout.fields) if f.matches]
    return bool(checks) and all(_has_form(item, cell) for item, cell in checks)


def _has_form(item: Field, cell: str) -> bool:
    text = normal_postcode_text(cell) if item.kind == "postcode" else cell.strip()
    return re.fullmatch(item.matches or "", text) is not None
