"""Downloads of the Nomis wizard: title rows, what was asked for, then one column a category.

The table has the areas in its first column, their codes under `mnemonic` (an option of the wizard)
and a count under each category. Notes of the publisher stand below it. Rows in counts values: an
area has one for each category.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pandas as pd

from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["asked_for", "is_wizard", "read_wizard", "wizard_vintage"]

CODE = "mnemonic"
GSS = r"[EWSNK]\d{8}"
NOTE = "a note of the publisher below the table"
YEAR = re.compile(r"(20\d\d)")


def _titles(look: Peek) -> list[list[str]]:
    """Return the filled rows above the header."""
    lines = look.head.decode("utf-8", errors="replace").removeprefix("\ufeff").splitlines()
    above = io.StringIO("\n".join(lines[: max(look.skip_lines - 1, 0)]))
    return [row for row in csv.reader(above) if any(cell.strip() for cell in row)]


def is_wizard(look: Peek, title: str) -> bool:
    """Whether a file is a wizard's table whose title begins so (whatever the case)."""
    if look.kind != "csv" or CODE not in [h.lower() for h in look.header]:
        return False
    first = next(iter(_titles(look)), [""])
    return first[0].strip().lower().startswith(title.lower())


def asked_for(look: Peek) -> dict[str, str]:
    """Return what the rows above the header say was asked for, in lower case: `date`, `industry`."""
    pairs = [[c.strip() for c in row if c.strip()] for row in _titles(look)]
    return {p[0].lower().rstrip(":"): p[1] for p in pairs if len(p) == 2}


def wizard_vintage(look: Peek) -> str:
    """Return the year that was asked for; empty where the file does not say."""
    match = YEAR.search(asked_for(look).get("date", ""))
    return match[1] if match else ""


def read_wizard(look: Peek, source: SourceFile, name: str) -> Reading:
    """Read a wizard's table: `area_id area_name category value`, one row a value."""
    at = [h.lower() for h in look.header].index(CODE)
    # the wizard may put a flag beside each count, in a column without a name
    kinds = [(i, h) for i, h in enumerate(look.header) if i not in {0, at} and h]
    fields = (
        Field("area_name", (look.header[0],)),
        Field("area_id", (look.header[at],), "code", matches=GSS, fill_required=True),
        *(Field(f"value {i}", (h,), "count") for i, h in kinds),
    )
    reading = read_layout(look, source, Layout(name, fields, unique=("area_id",)))
    notes = reading.quarantine["reason"].str.startswith("row has 1 of").to_numpy(dtype=bool)
    notes = notes | (
        reading.quarantine["column"].eq(look.header[at])
        & reading.quarantine["reason"].eq("no value")
    ).to_numpy(dtype=bool)
    aside = dict(reading.set_aside)
    if notes.any():
        aside[NOTE] = int(notes.sum())
    long = reading.frame.melt(
        id_vars=["src", "record", "area_id", "area_name"],
        value_vars=[f"value {i}" for i, _ in kinds],
        var_name="category",
    )
    long["category"] = long["category"].map({f"value {i}": h for i, h in kinds}).astype("str")
    long = long.sort_values(["record"], kind="stable", ignore_index=True)
    kept: pd.DataFrame = reading.quarantine.loc[~notes].reset_index(drop=True)
    rows_in = len(long) + sum(aside.values()) + len(kept)
    made = replace(reading, frame=long, rows_in=rows_in, set_aside=aside, quarantine=kept)
    return made.without(long["value"].isna(), "no value published")
