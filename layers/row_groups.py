"""Parquet files of which each row group belongs to one bucket or part, written whole or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

__all__ = [
    "Groups",
    "by_key",
    "put_in_place",
    "read_groups",
    "read_table",
    "write_groups",
    "write_table",
]

# which row group holds the rows of which key, in order
Groups = list[tuple[int, int]]


@contextmanager
def put_in_place(path: Path) -> Iterator[Path]:
    """Give a name to write to; what is written there takes its place once it is whole.

    A task that is run again, or by two workers at once, so leaves the same file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        yield aside
        os.replace(aside, path)  # noqa: PTH105 - Path.replace is the same
    finally:
        aside.unlink(missing_ok=True)


def write_groups(path: Path, parts: Iterable[tuple[int, pa.Table]]) -> Groups:
    """Write tables of one schema, each as a row group of its key; empty ones are left out.

    Returns
    -------
    Groups
        Key and number of each row group.
    """
    groups: Groups = []
    with put_in_place(path) as aside:
        writer: Any = None
        try:
            for key, table in parts:
                if writer is None:
                    writer = pq.ParquetWriter(aside, table.schema, compression="zstd")
                if len(table):
                    writer.write_table(table, row_group_size=len(table))
                    groups.append((int(key), len(groups)))
            if writer is None:
                pq.write_table(pa.table({}), aside)
        finally:
            if writer is not None:
                writer.close()
    return groups


def by_key(table: pa.Table, key: NDArray[Any]) -> Iterator[tuple[int, pa.Table]]:
    """Return the rows of each key, in the order of the keys; rows of one keep their order."""
    order = np.argsort(key, kind="stable")
    ends = np.flatnonzero(np.diff(key[order])) + 1
    table = table.take(pa.array(order))
    for start, stop in zip(np.r_[0, ends], np.r_[ends, len(order)], strict=True):
        yield (int(key[order[start]]) if len(order) else 0), table.slice(start, stop - start)


def read_groups(
    held: Iterable[tuple[Path, Sequence[int]]], columns: Sequence[str] | None = None
) -> pa.Table | None:
    """Return row groups of several files one after the other; `None` where there is none."""
    found = []
    for path, numbers in held:
        if numbers:
            file = pq.ParquetFile(path)
            found.append(file.read_row_groups(list(numbers), columns=columns, use_threads=False))
    return pa.concat_tables(found, promote_options="permissive").combine_chunks() if found else None


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame whole or not at all."""
    with put_in_place(path) as aside:
        frame.to_parquet(aside, index=False, compression="zstd")


def read_table(path: Path) -> pd.DataFrame:
    """Read a frame."""
    return pd.read_parquet(path)
