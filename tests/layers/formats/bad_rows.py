"""A national file with a few rows broken, each in a way of its own, and the reason that must be given.

Thirty ways over two formats: OS Open UPRN (positions) and BDUK premises (states and codes).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from layers.formats.bduk_premises import HEADER

PIECE = 100_000
FIRST_UPRN = 10_000_000
POINTS = ("UPRN", "X_COORDINATE", "Y_COORDINATE", "LATITUDE", "LONGITUDE")


@dataclass(frozen=True)
class Way:
    """One way a row may be broken: cells that take the place of others, and what must be said."""

    name: str
    reason: str
    column: str = ""
    cells: tuple[tuple[str, str], ...] = ()
    row: str = ""


def _cell(column: str, text: str, reason: str, name: str = "") -> Way:
    return Way(name or f"{column} is {text or 'empty'}", reason, column, ((column, text),))


UPRN_WAYS = (
    Way("two cells", "row has 2 of 5 fields", row="12,34"),
    Way("six cells", "row has 6 of 5 fields", row="12,400000,280000,52,-2,9"),
    _cell("UPRN", "", "no value"),
    _cell("UPRN", "A1234", "not a UPRN"),
    _cell("UPRN", "-12", "not a UPRN"),
    _cell("UPRN", "9999999999999", "not a UPRN"),
    _cell("UPRN", "1.00062E+11", "UPRN has lost its last digits in a spreadsheet"),
    _cell("UPRN", "10000007", "duplicate", "a UPRN for the second time"),
    _cell("X_COORDINATE", "", "no value"),
    _cell("X_COORDINATE", "here", "not a number"),
    _cell("X_COORDINATE", "#N/A", "no value"),
    _cell("X_COORDINATE", "=1+1", "not a number"),
    _cell("X_COORDINATE", "9000000", "off the National Grid"),
    _cell("Y_COORDINATE", "", "no value"),
    _cell("Y_COORDINATE", "<b>1</b>", "not a number"),
    _cell("Y_COORDINATE", "-5", "off the National Grid"),
)
BDUK_WAYS = (
    Way("one cell", "row has 1 of 28 fields", row="12"),
    Way("a cell too many", "row has 29 of 28 fields", row="," * 28),
    _cell("uprn", "", "no value"),
    _cell("uprn", "12 34", "not a UPRN"),
    _cell("uprn", "10000007", "duplicate", "a UPRN for the second time"),
    _cell("uprn", "1e11", "UPRN has lost its last digits in a spreadsheet"),
    _cell("subsidy_control_status", "", "unknown subsidy control status"),
    _cell("subsidy_control_status", "Gigabit Blue", "unknown subsidy control status"),
    _cell("current_gigabit", "maybe", "neither true nor false"),
    _cell("current_gigabit", "", "no value"),
    _cell("future_gigabit", "2", "neither true nor false"),
    _cell("local_authority_district_ons_code", "Birmingham", "not in the expected form"),
    _cell("bduk_gis", "x", "neither true nor false"),
    _cell("bduk_hubs", "?", "neither true nor false"),
)


def _points(start: int, count: int, rng: np.random.Generator) -> pa.Table:
    return pa.table(
        {
            "UPRN": np.arange(start, start + count) + FIRST_UPRN,
            "X_COORDINATE": rng.uniform(380e3, 440e3, count).round(2),
            "Y_COORDINATE": rng.uniform(270e3, 310e3, count).round(2),
            "LATITUDE": np.full(count, 52.5),
            "LONGITUDE": np.full(count, -1.9),
        }
    )


def _premises(start: int, count: int, rng: np.random.Generator) -> pa.Table:
    fixed = {
        "bduk_recognised_premises": "true", "country": "England", "postcode": "B1 1AA",
        "local_authority_district_ons_code": "E08000025", "region_ons_code": "E12000005",
    }  # fmt: skip
    flags = {"bduk_gis", "bduk_vouchers", "bduk_superfast", "bduk_hubs"}
    uprns = np.arange(start, start + count) + FIRST_UPRN
    words = np.array(["Gigabit White", "Gigabit Under Review", "Gigabit Grey/Black"])
    varied = {
        "uprn": uprns,
        "struprn": np.char.add("str", uprns.astype(str)),
        "subsidy_control_status": words[rng.integers(0, 3, count)],
        "current_gigabit": np.where(rng.random(count) < 0.8, "true", "false"),
        "future_gigabit": np.where(rng.random(count) < 0.9, "true", "false"),
    }
    same = {name: fixed.get(name, "false" if name in flags else "") for name in HEADER}
    return pa.table(
        {name: varied[name] if name in varied else [same[name]] * count for name in HEADER}
    )


KINDS = {
    "osopenuprn_202608.csv": (POINTS, _points, UPRN_WAYS),
    "202505_bduk_premises_birmingham.csv": (HEADER, _premises, BDUK_WAYS),
}


def _spoilt(line: bytes, header: tuple[str, ...], way: Way) -> bytes:
    if way.row:
        return way.row.encode()
    cells = line.decode().split(",")
    for column, text in way.cells:
        cells[header.index(column)] = text
    return ",".join(cells).encode()


def write_files(folder: Path, rows_each_way: int, *, broken: bool) -> Iterator[tuple[Path, int]]:
    """Write both files, `rows_each_way` rows for each way of breaking one; yield each with its rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, (header, piece, ways)) in enumerate(KINDS.items()):
        rng = np.random.default_rng(seed)
        path = folder / name
        with path.open("wb") as file:
            file.write(",".join(header).encode() + b"\n")
            for at, way in enumerate(ways):
                sink = pa.BufferOutputStream()
                table = piece(at * rows_each_way, rows_each_way, rng)
                options = pa_csv.WriteOptions(include_header=False, quoting_style="none")
                pa_csv.write_csv(table, sink, options)
                lines = sink.getvalue().to_pybytes()
                if broken:  # the last row of each stretch
                    whole = lines.rstrip(b"\n")
                    head, _, last = whole.rpartition(b"\n")
                    lines = head + b"\n" + _spoilt(last, header, way) + b"\n"
                file.write(lines)
        yield path, len(ways) * rows_each_way
