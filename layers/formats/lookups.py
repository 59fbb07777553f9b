"""ONS lookups between areas: one row says which areas of other kinds an area belongs to.

Canonical columns: one text column per level present, of `lsoa11 lsoa21 msoa11 msoa21 ward lad
pcon10 pcon24 cauth`, each with `<level>_name` where given; `overlap` (share, 0 to 1) and `change` (`U`
unchanged, `S` split, `M` merged, `X` irregular) where given. Headers carry the year (`LAD25CD`);
constituency codes of up to 2023 are those of the 2010 boundaries.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._writing import CRLF, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "LEVELS", "read", "write"]

LEVELS = {
    "lsoa11": r"lsoa11",
    "lsoa21": r"lsoa21",
    "msoa11": r"msoa11",
    "msoa21": r"msoa21",
    "ward": r"(?:wd|ward)\d\d",
    "lad": r"(?:lad|la|ltla)\d\d",
    "pcon10": r"pcon(?:1\d|2[0-3])",
    "pcon24": r"pcon(?:2[4-9]|3\d)",
    "cauth": r"cauth\d\d",
}
PREFIX = {
    "lsoa11": "LSOA11",
    "lsoa21": "LSOA21",
    "msoa11": "MSOA11",
    "msoa21": "MSOA21",
    "pcon10": "PCON10",
    "pcon24": "PCON24",
}
TITLES = {"ward": "WD", "lad": "LAD", "cauth": "CAUTH"}
PAIRS = (
    ("lsoa11", "lsoa21"), ("lsoa21", "lad"), ("lsoa21", "msoa21"), ("lsoa21", "ward"),
    ("lsoa11", "lad"), ("msoa21", "lad"), ("ward", "lad"), ("pcon24", "lad"), ("pcon10", "lad"),
    ("lad", "cauth"), ("msoa11", "msoa21"),
)  # fmt: skip
OTHER_FILES = ("pcds", "postcode", "uprn", "pcd7", "obs_value")
CODE = re.compile(r"(?:cd|_code)$", re.IGNORECASE)


def _layout(first: str, second: str) -> Layout:
    fields: list[Field] = []
    for level, rule in LEVELS.items():
        needed = level in {first, second}
        title = PREFIX.get(level, TITLES.get(level, "") + "25")
        fields.append(
            Field(
                level, (f"{title}CD",), "code", required=needed, fill_required=needed,
                pattern=rf"{rule}(?:cd|_code)", matches=r"[EWSNK]\d{8}",
            )
        )  # fmt: skip
        fields.append(
            Field(f"{level}_name", (f"{title}NM",), pattern=rf"{rule}(?:nm|_name)", required=False)
        )
    fields.append(Field("overlap", ("overlap",), "number", required=False, low=0, high=1))
    fields.append(
        Field("change", ("CHGIND", "CHNGIND", "change_code"), required=False, matches="[USMX]")
    )
    ordered = sorted(fields, key=lambda f: not f.required)
    # exact-fit lookups have a row for each pair; best-fit lookups one for each smaller area
    unique = (first, second) if first in {"lsoa11", "msoa11", "pcon10", "pcon24"} else (first,)
    return Layout(
        f"ONS lookup from {first} to {second}", tuple(ordered), unique=unique,
        never_has=OTHER_FILES, detail=f"{first}-{second}",
    )  # fmt: skip


LAYOUTS = tuple(_layout(first, second) for first, second in PAIRS)


def _vintage(look: Peek) -> str:
    """Return the latest year that a code column's header states."""
    years = [int(m[1]) for h in look.header if CODE.search(h) and (m := re.search(r"(\d\d)", h))]
    return f"20{max(years):02d}" if years else ""


FORMAT = Format(
    key="lookups",
    title="ONS lookup between areas",
    dataset=lambda _detail: "ons-lookups",
    layouts=LAYOUTS,
    vintage=_vintage,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    return read_layout(look, source, layout)


def write(frame: pd.DataFrame, path: Path, *, year: int = 2025) -> Path:
    """Write a practice lookup with ONS headers of a year (`LAD25CD`, `WD25CD`).

    Parameters
    ----------
    frame
        Canonical columns.
    path
        Target.
    year
        Of the local authority, ward and combined authority codes.
    """
    out = pd.DataFrame(index=frame.index)
    for level in LEVELS:
        title = PREFIX.get(level, f"{TITLES.get(level, '')}{year % 100:02d}")
        for column, ending in ((level, "CD"), (f"{level}_name", "NM")):
            if column in frame:
                out[title + ending] = frame[column]
    if "change" in frame:
        out["CHGIND"] = frame["change"]
    if "overlap" in frame:
        out["overlap"] = frame["overlap"]
    return write_table(out, path, encoding="utf-8-sig", newline=CRLF)
