"""National files read once, in pieces, and sorted into buckets by UPRN; buckets joined and placed.

All rows of a UPRN, of whatever file, are in one bucket. So a bucket is joined on its own, whatever
the others hold, and every row keeps its file and its record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from layers.formats import load
from layers.ledger import Ledger, stack
from layers.peeking import Peek
from layers.positions import Positions, positions
from layers.postcodes import Gazetteer
from layers.premises import STATUSES, Counted, counted_one_by_one, in_order_of_text
from layers.reading import REPEATED, Layout, read_in_pieces
from layers.row_groups import Groups, by_key, read_groups, write_groups, write_table
from layers.shared import Shared
from layers.source import QUARANTINE_COLUMNS, Reading, SourceFile

__all__ = [
    "SPLIT",
    "Account",
    "Bucketed",
    "counted_of",
    "join_bucket",
    "layout_of",
    "named_of",
    "split_file",
    "title_of",
    "wrong_of",
]

# formats whose national files are split: what they hold of a row, and the header of its UPRN
SPLIT: dict[str, dict[str, type]] = {
    "bduk_premises": {
        "record": np.int64,
        "uprn": np.int64,
        "status": np.int8,
        "current_gigabit": np.bool_,
        "in_plan": np.bool_,
    },
    "open_uprn": {
        "record": np.int64,
        "uprn": np.int64,
        "easting": np.float64,
        "northing": np.float64,
    },
}
PIECE_ROWS = 400_000
LOST = "no position in OS Open UPRN"


@dataclass(frozen=True)
class Account:
    """What became of the rows of one file so far; rows in = kept + set aside + quarantined."""

    rows_in: int
    kept: int
    set_aside: Mapping[str, int]
    quarantined: int


@dataclass(frozen=True)
class Bucketed:
    """The rows of one file in one bucket: the file, where they are, and the header of the UPRN."""

    source: SourceFile
    path: Path
    groups: Sequence[int]
    title: str


def layout_of(source: SourceFile, name: str) -> Layout:
    """Return the layout of a format by its name."""
    known: tuple[Layout, ...] = load(source.format_key).FORMAT.layouts
    return next(layout for layout in known if layout.name == name)


def title_of(source: SourceFile, layout: Layout | None) -> str:
    """Return what the header of the UPRN is called."""
    known: tuple[Layout, ...] = load(source.format_key).FORMAT.layouts
    field = next(f for f in (layout or known[0]).fields if f.name == "uprn")
    return str(field.title)


def split_file(
    look: Peek,
    source: SourceFile,
    layout: Layout,
    target: Path,
    buckets: int,
    *,
    rows: int = PIECE_ROWS,
) -> tuple[Account, Groups]:
    """Read one file in pieces and write its rows by bucket.

    Returns
    -------
    tuple
        What became of its rows, and which row group of `target` is of which bucket. Rows that are
        wrong stand beside it, in `<target's name>-wrong.parquet`.
    """
    finish: Callable[[Reading, Layout], Reading] = load(source.format_key).finish
    counts = {"in": 0, "kept": 0}
    aside: dict[str, int] = {}
    wrong: list[pd.DataFrame] = []

    def pieces() -> Iterator[tuple[int, pa.Table]]:
        for piece in read_in_pieces(look, source, layout, rows=rows):
            reading = finish(piece, layout)
            counts["in"] += reading.rows_in
            counts["kept"] += len(reading.frame)
            for reason, number in reading.set_aside.items():
                aside[reason] = aside.get(reason, 0) + number
            if len(reading.quarantine):
                wrong.append(reading.quarantine)
            uprn = reading.frame["uprn"].to_numpy(np.int64)
            yield from by_key(_narrow(reading.frame, source.format_key), uprn % buckets)

    groups = write_groups(target, pieces())
    bad = (
        pd.concat(wrong, ignore_index=True)
        if wrong
        else pd.DataFrame(columns=list(QUARANTINE_COLUMNS))
    )
    write_table(wrong_of(target), bad.astype({"value": "str", "column": "str"}))
    return Account(counts["in"], counts["kept"], aside, len(bad)), groups


def wrong_of(path: Path) -> Path:
    """Return where the rows are that are wrong, beside a file of those that are not."""
    return path.with_name(f"{path.stem}-wrong.parquet")


def _narrow(frame: pd.DataFrame, format_key: str) -> pa.Table:
    """Return the columns that a join needs, statuses as small numbers."""
    kinds = SPLIT[format_key]
    columns: dict[str, Any] = {name: frame[name] for name in kinds}
    if "status" in columns:
        status = columns["status"].astype("category")
        place = pd.Index(STATUSES).get_indexer(status.cat.categories).astype(np.int8)
        columns["status"] = np.append(place, np.int8(-1))[status.cat.codes]
        columns["in_plan"] = columns["in_plan"].fillna(value=False)
    return pa.table({name: np.asarray(columns[name], kind) for name, kind in kinds.items()})


def join_bucket(
    premises: Sequence[Bucketed],
    points: Sequence[Bucketed],
    named: NDArray[np.int64],
    shared: Shared,
    target: Path,
) -> tuple[dict[str, Account], Groups]:
    """Join the premises of a bucket to their positions, and place them in small areas.

    Parameters
    ----------
    premises, points
        BDUK's rows and OS Open UPRN's.
    named
        UPRNs of the bucket that registers name: their positions go to `<target>-named.parquet`.
    shared
        Of the whole study.
    target
        Premises in use, a row group a part, ordered by UPRN as text within it.

    Returns
    -------
    tuple
        What became of each file's rows in this bucket, by its path; and the row groups.
    """
    wrong: list[pd.DataFrame] = []
    held = {
        "bduk_premises": tuple(_reading(item, wrong) for item in premises),
        "open_uprn": tuple(_reading(item, wrong) for item in points),
    }
    entered = {r.source.path: r for readings in held.values() for r in readings}
    ledger = Ledger(held)
    where = positions(ledger)
    asked = where.rows(named)
    found = None
    if len(where):
        found = counted_one_by_one(ledger, shared.ground, where, Gazetteer(pd.DataFrame()))
    else:
        for reading in ledger.of("bduk_premises"):
            ledger.leave(reading, LOST)
    for reading, why in where.reasons(shared.ground):
        ledger.settle_rows(reading, why)
    final, _ = ledger.close()
    accounts = {
        r.source.path: Account(
            entered[r.source.path].rows_in,
            len(r.frame),
            r.set_aside,
            len(entered[r.source.path].quarantine),
        )
        for r in final
    }
    _write_named(where, asked, named_of(target))
    bad = (
        pd.concat(wrong, ignore_index=True)
        if wrong
        else pd.DataFrame(columns=list(QUARANTINE_COLUMNS))
    )
    write_table(wrong_of(target), bad)
    return accounts, write_groups(target, _by_part(found, [i.source.src for i in premises], shared))


def named_of(path: Path) -> Path:
    """Return where the positions are of UPRNs that registers name."""
    return path.with_name(f"{path.stem}-named.parquet")


def _reading(item: Bucketed, wrong: list[pd.DataFrame]) -> Reading:
    """Return a file's rows of a bucket; a UPRN that an earlier row of the file has is quarantined."""
    table = read_groups([(item.path, item.groups)])
    kinds = SPLIT[item.source.format_key]
    empty = pd.DataFrame({name: np.empty(0, kind) for name, kind in kinds.items()})
    frame = empty if table is None else table.to_pandas()
    frame.insert(0, "src", item.source.src)
    if "status" in frame:
        frame["status"] = pd.Categorical.from_codes(
            frame["status"].astype(np.int8), categories=pd.Index(STATUSES)
        )
    again = frame["uprn"].duplicated()
    reading = Reading(item.source, frame, len(frame)).without_bad(again, REPEATED, "uprn")
    if len(reading.quarantine):
        wrong.append(reading.quarantine.assign(column=item.title))
    return reading


def _by_part(
    found: Counted | None, srcs: Sequence[str], shared: Shared
) -> Iterator[tuple[int, pa.Table]]:
    """Return the premises in use by part; `file` is the place in the files of the whole plan."""
    if found is None:
        return
    place = pd.Index(srcs).get_indexer(pd.Index(found.files)).astype(np.int16)
    columns = {**found.columns, "file": place[found.columns["file"]]}
    columns["status"] = columns["status"].astype(np.int8)
    columns["place"] = columns["place"].astype(np.int32)
    yield from by_key(pa.table(columns), shared.part[found.columns["place"]])


def _write_named(where: Positions, rows: NDArray[np.int64], path: Path) -> None:
    hit = rows[rows >= 0]
    names = ["src", "record", "uprn", "easting", "northing"]
    whole = stack([r.frame for r in where.readings], names)
    write_table(path, whole.iloc[hit])


def counted_of(
    held: Sequence[tuple[Path, Sequence[int]]], files: Sequence[str], route: str
) -> Counted | None:
    """Return the premises of a part from all buckets, in the order of their UPRN as text."""
    table = read_groups(held)
    if table is None:
        return None
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    order = in_order_of_text(columns["number"])
    return Counted({name: column[order] for name, column in columns.items()}, tuple(files), route)
