"""How codes of local authorities changed: ONS Code History Database, and lookups from one year to another.

Canonical columns: `old old_name new new_name since` (codes, names as published, and the day from which the
new code holds, ISO, empty where the file does not say). One row a change; an authority that was merged has
the new one's code, one that was split has several rows. Of the Code History Database only local
authorities are kept: it lists every kind of area.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import CRLF, write_table
from layers.join_keys import DISTRICT_CODE
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

CODE_COLUMN = re.compile(r"([a-z]{2,6})(\d\d)(?:cd|_code)", re.IGNORECASE)
DISTRICTS = ("lad", "la", "ltla")
# a table that also places authorities in other areas is a lookup between areas (`lookups`)
LEVELS = ("OA", "LSOA", "MSOA", "WD", "PCON", "CAUTH", "CTY", "UTLA", "RGN", "CTRY", "ITL3")
OTHERS = tuple(f"{level}{year:02d}CD" for level in LEVELS for year in range(11, 41))
HISTORY, LOOKUP = "history", "lookup"


def _codes(old: str, new: str) -> tuple[Field, ...]:
    return (
        Field("old", (old,), "code"),
        Field("old_name", (re.sub("CD", "NM", old, flags=re.IGNORECASE),), required=False),
        Field("new", (new,), "code"),
        Field("new_name", (re.sub("CD", "NM", new, flags=re.IGNORECASE),), required=False),
    )


LAYOUTS = (
    Layout(
        "ONS Code History Database, changes",
        (*_codes("GEOGCD_P", "GEOGCD"), Field("since", ("OPER_DATE",), "date", required=False)),
        detail=HISTORY,
    ),
    Layout(
        "ONS lookup from local authorities of one year to another",
        _codes("LAD22CD", "LAD23CD"),
        never_has=OTHERS,
        detail=LOOKUP,
    ),
)


def _years(look: Peek) -> dict[int, str]:
    """Return the headers of local authorities' codes by year, where there are codes of nothing else."""
    found: dict[int, str] = {}
    for header in look.header:
        match = CODE_COLUMN.fullmatch(header.strip().lstrip("\ufeff"))
        if match is None:
            continue
        if match[1].lower() not in DISTRICTS:
            return {}
        found[int(match[2])] = header
    return found


def _looks_like(look: Peek) -> str | None:
    return LOOKUP if look.kind == "csv" and len(_years(look)) == 2 else None


def _vintage(look: Peek) -> str:
    years = _years(look)
    return f"20{max(years):02d}" if years else vintage_in_name(look)


FORMAT = Format(
    key="code_changes",
    title="ONS changes of local authorities' codes",
    dataset=lambda _detail: "ons-code-history",
    layouts=LAYOUTS,
    looks_like=_looks_like,
    vintage=_vintage,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    years = _years(look)
    if layout.detail == LOOKUP and len(years) == 2:
        old, new = (header for _, header in sorted(years.items()))
        layout = replace(layout, fields=_codes(old, new))
    reading = read_layout(look, source, layout)
    reading = reading.without(reading.frame["old"] == "", "nothing came before it")
    frame = reading.frame
    ours = frame["old"].str.fullmatch(DISTRICT_CODE) & frame["new"].str.fullmatch(DISTRICT_CODE)
    reading = reading.without(~ours, "not local authorities")
    frame = reading.frame
    reading = reading.without(frame["old"] == frame["new"], "its code did not change")
    reading = reading.without(
        reading.frame.duplicated(["old", "new"]), "the same change in another row"
    )
    missing = {n: "" for n in ("old_name", "new_name", "since") if n not in reading.frame}
    columns = ["src", "record", "old", "old_name", "new", "new_name", "since"]
    return replace(reading, frame=reading.frame.assign(**missing)[columns])


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice file in the layout of the Code History Database.

    Parameters
    ----------
    frame
        Canonical columns.
    path
        Target.
    """
    out = pd.DataFrame(
        {
            "GEOGCD": frame["new"], "GEOGNM": frame["new_name"], "OPER_DATE": frame["since"],
            "GEOGCD_P": frame["old"], "GEOGNM_P": frame["old_name"], "ENTITYCD": frame["new"].str[:3],
        }
    )  # fmt: skip
    return write_table(out, path, encoding="utf-8-sig", newline=CRLF)
