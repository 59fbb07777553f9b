"""VOA compiled rating list: offices and communication stations.

No header, cells separated by `*`, Latin-1, 28 cells a row; a row may end with one more separator
and so with an empty 29th cell. Canonical columns: `ba_code ba_reference uarn description_code
description name street town postcode effective_date rateable_value scat kind` (`kind` is `office`,
description code CO, or `mast`, code MT1). Other properties are set aside. The firm's name (the
ninth cell, which may be a person's) is never taken in. The list does not say whether a property is
empty, and has no UPRN.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from layers.cells import read_cells
from layers.errors import Fault, SourceError
from layers.formats import Format
from layers.formats._vintage import vintage_in_name
from layers.layouts import Field, Layout
from layers.peeking import Peek, read_bytes
from layers.source import QUARANTINE_COLUMNS, Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

CELLS = 28
KINDS = {"CO": "office", "MT1": "mast"}
# position in a row, from 0, and how the cell is read
TAKEN = {
    "ba_code": 1, "ba_reference": 3, "description_code": 4, "description": 5, "uarn": 6,
    "number": 9, "street": 10, "town": 11, "postcode": 14, "effective_date": 15,
    "rateable_value": 17, "scat": 21,
}  # fmt: skip
FIELDS = {
    "postcode": Field("postcode", kind="postcode"),
    "rateable_value": Field("rateable_value", kind="count"),
    "effective_date": Field("effective_date", kind="date"),
}
ORDER = (
    "ba_code", "ba_reference", "uarn", "description_code", "description", "name", "street", "town",
    "postcode", "effective_date", "rateable_value", "scat", "kind",
)  # fmt: skip
EMPTY_CELL = (pa.scalar("*", pa.large_string()), pa.scalar("", pa.large_string()))
DATE = re.compile(r"\d{2}-[A-Za-z]{3}-\d{4}|")


def _looks_like(look: Peek) -> str | None:
    cells = look.header
    if look.kind != "csv" or look.delimiter != "*" or len(cells) not in {CELLS, CELLS + 1}:
        return None
    digits = all(re.fullmatch(r"\d*", cells[i]) for i in (0, 1, 6, 17))
    return "list" if digits and cells[6] and DATE.fullmatch(cells[15]) else None


FORMAT = Format(
    key="voa_rating",
    title="VOA compiled rating list",
    dataset=lambda _detail: "voa-rating-list",
    looks_like=_looks_like,
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout | None = None) -> Reading:  # noqa: ARG001 - every format's `read` takes a layout
    """Read one file; see the module for the canonical columns.

    Raises
    ------
    SourceError
        When the file holds NUL bytes or no rows.
    """
    data = read_bytes(look.path, look.name)
    if b"\x00" in data:
        problem = "the file holds NUL bytes and is not plain text"
        raise SourceError(Fault(look.name, problem, "download the list again"))
    lines = [line for line in data.decode("latin-1").replace("\r\n", "\n").split("\n") if line]
    if not lines:
        raise SourceError(Fault(look.name, "the file holds no rows", "download the list again"))
    rows = pa.array(lines, pa.large_string())
    marks = pc.count_substring(rows, "*").to_numpy(zero_copy_only=False)
    whole = (marks == CELLS - 1) | (marks == CELLS)
    rows = rows.filter(pa.array(whole))
    short = pa.array(marks[whole] == CELLS - 1)
    rows = pc.if_else(short, pc.binary_join_element_wise(rows, *EMPTY_CELL), rows)
    table = pc.list_flatten(pc.split_pattern(rows, "*")).to_numpy(zero_copy_only=False)
    table = table.reshape(-1, CELLS + 1)
    record = np.arange(1, len(lines) + 1, dtype=np.int64)
    # a row in pieces may show the name of a person anywhere: none of it is kept
    bad = pd.DataFrame(
        {
            "file": source.path, "src": source.src, "record": record[~whole],
            "reason": [f"row has {n + 1} of {CELLS} fields" for n in marks[~whole]],
            "column": "", "value": "",
        },
        columns=list(QUARANTINE_COLUMNS),
    )  # fmt: skip
    frame = pd.DataFrame({"src": source.src, "record": record[whole]})
    for name, at in TAKEN.items():
        frame[name] = pd.Series(table[:, at], dtype="str").str.strip()
    frame["name"] = (frame["number"] + " " + frame["street"]).str.strip()
    frame["kind"] = frame["description_code"].map(KINDS).fillna("").astype("str")
    reading = Reading(source, frame, len(lines), {}, bad)
    reading = reading.without(frame["kind"] == "", "neither an office nor a communication station")
    return _valued(reading)


def _valued(reading: Reading) -> Reading:
    """Turn the cells of the wanted properties into values."""
    for name, field in FIELDS.items():
        cells = read_cells(reading.frame[name], field)
        for reason, wrong in cells.wrong:
            reading = reading.without_bad(wrong, reason, name)
        values = read_cells(reading.frame[name], field).series
        frame = reading.frame.assign(**{name: values})
        reading = Reading(
            reading.source, frame, reading.rows_in, reading.set_aside, reading.quarantine,
            reading.notes,
        )  # fmt: skip
    again = reading.frame.duplicated(["ba_code", "ba_reference", "uarn"])
    reading = reading.without(again, "the same property again")
    frame = reading.frame[["src", "record", *ORDER]]
    return Reading(
        reading.source, frame, reading.rows_in, reading.set_aside, reading.quarantine, reading.notes
    )


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice list as published; `name` fills the number and no firm is named."""
    rows: list[str] = []
    codes = {kind: code for code, kind in KINDS.items()}
    for item in frame.astype(object).where(frame.notna(), "").itertuples():
        cells = [""] * (CELLS + 1)
        day = pd.Timestamp(str(item.effective_date)).strftime("%d-%b-%Y").upper() if item.effective_date else ""  # fmt: skip
        cells[0], cells[4] = str(len(rows) + 1), codes[str(item.kind)]
        for name in ("ba_code", "ba_reference", "description", "uarn", "postcode", "scat", "town"):
            cells[TAKEN[name]] = str(getattr(item, name))
        cells[TAKEN["number"]] = str(item.name)
        cells[TAKEN["effective_date"]] = day
        cells[TAKEN["rateable_value"]] = "" if item.rateable_value == "" else f"{item.rateable_value:.0f}"  # fmt: skip
        rows.append("*".join(cells))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\r\n".join(rows) + "\r\n").encode("latin-1", errors="replace"))
    return path
