"""A delimited file as chunks of text cells, each row with its ordinal, malformed rows apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from layers.errors import Fault, SourceError
from layers.peeking import Peek
from layers.streams import look_through, opened_for_parser

__all__ = ["VALUE_WIDTH", "Chunk", "Malformed", "Text", "chunks_of"]

# a row, quoted line ends and all, must fit into one block
BLOCK_BYTES = 8 << 20
VALUE_WIDTH = 200
DISTINCT = pa.dictionary(pa.int32(), pa.string())

# a row with too many or too few cells: its ordinal, what is wrong, its text
Malformed = tuple[int, str, str]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Text:
    """Cells of a column: each of its own, or the distinct ones and which of them a row has (`at`)."""

    array: pa.Array
    at: NDArray[np.int32] | None = None

    @cached_property
    def cells(self) -> pd.Series[str]:
        """The cells as pandas has text."""
        series: pd.Series[str] = self.array.to_pandas()
        return series

    def spread(self, mask: Mask) -> Mask:
        """Return a mask over rows from one over `cells`."""
        return mask if self.at is None else mask[self.at]

    def values(self, series: pd.Series[Any]) -> Any:
        """Return values of rows, as an array, from values of `cells`."""
        values = series.to_numpy() if isinstance(series.dtype, np.dtype) else series.array
        return values if self.at is None else values.take(self.at)

    def categories(self, series: pd.Series[str]) -> pd.Categorical[str]:
        """Return values of rows as categories, in order of their first cell, from values of `cells`."""
        codes, words = pd.factorize(series)
        rows = codes if self.at is None else codes[self.at]
        return pd.Categorical.from_codes(rows, categories=words)

    def shown(self, rows: NDArray[np.intp]) -> list[str]:
        """Return the cells of some rows, cut to what a quarantine keeps."""
        found = self.array.take(pa.array(rows if self.at is None else self.at[rows]))
        return [cell[:VALUE_WIDTH] for cell in found.to_pylist()]

    def empty(self, rows: NDArray[np.intp]) -> Mask:
        """Whether the cells of some rows hold nothing but white space."""
        cells = self.array.take(pa.array(rows)) if self.at is None else self.array
        bare = pc.equal(pc.binary_length(pc.utf8_trim_whitespace(cells)), 0)
        found: Mask = bare.to_numpy(zero_copy_only=False)
        return found if self.at is None else found[self.at[rows]]


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file, in order: the wanted columns by position, and each row's ordinal."""

    columns: dict[int, Text]
    record: NDArray[np.int64]


def chunks_of(
    look: Peek, width: int, distinct: Sequence[int], plain: Sequence[int], *, skip_lines: int
) -> tuple[Iterator[Chunk], list[Malformed]]:
    """Read some columns of a delimited file as text.

    Parameters
    ----------
    look
        What `peek` saw.
    width
        Number of columns.
    distinct, plain
        Positions of the columns wanted: those whose cells repeat, and those whose do not.
    skip_lines
        Physical lines before the first record.

    Returns
    -------
    tuple
        The chunks, read as they are asked for, and the malformed rows, complete once they are.
    """
    malformed: list[Malformed] = []

    # the parser numbers rows from the first line it skipped and leaves blank lines out, so that
    # its number less the lines skipped is the ordinal of the record
    def keep_bad(row: pa_csv.InvalidRow) -> str:
        why = f"row has {row.actual_columns} of {row.expected_columns} fields"
        malformed.append((row.number - skip_lines, why, row.text[:VALUE_WIDTH]))
        return "skip"

    names = [f"c{i}" for i in range(width)]
    types = dict.fromkeys(names, pa.string()) | {names[i]: DISTINCT for i in distinct}
    facts = look_through(look)
    options = {
        "read_options": pa_csv.ReadOptions(
            use_threads=False, column_names=names, skip_rows=skip_lines, block_size=BLOCK_BYTES
        ),
        "parse_options": pa_csv.ParseOptions(
            delimiter=look.byte_delimiter,
            newlines_in_values=facts.quotes > 0,
            invalid_row_handler=keep_bad,
        ),
        "convert_options": pa_csv.ConvertOptions(
            include_columns=[names[i] for i in sorted({*distinct, *plain})],
            column_types=types,
            strings_can_be_null=False,
            check_utf8=False,
        ),
    }

    def chunks() -> Iterator[Chunk]:
        start = 1
        with opened_for_parser(look, facts) as stream, _readable(look):
            for batch in pa_csv.open_csv(stream, **options):
                if batch.num_rows:
                    record = _ordinals(start, batch.num_rows, [m[0] for m in malformed])
                    start = int(record[-1]) + 1
                    columns = {
                        int(name[1:]): _text(batch.column(name)) for name in batch.schema.names
                    }
                    yield Chunk(columns, record)

    return _ahead(chunks()), malformed


def _ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Return the same chunks, each read while the one before it is made use of."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = pool.submit(next, chunks, None)
            yield chunk


@contextmanager
def _readable(look: Peek) -> Iterator[None]:
    """Say in plain words why the parser gave up; a file without rows is none of its faults."""
    try:
        yield
    except pa.ArrowInvalid as error:
        told = str(error).splitlines()[0]
        if "Empty CSV" in told:
            return
        if "straddling" in told:
            told = f"a row is longer than {BLOCK_BYTES >> 20} MiB"
        problem = f"not readable as delimited text ({told})"
        raise SourceError(Fault(look.name, problem, "export it again as CSV")) from error


def _ordinals(start: int, count: int, malformed: Sequence[int]) -> NDArray[np.int64]:
    """Return the ordinals of the next good rows: those that no malformed row has."""
    bad = np.asarray(malformed, dtype=np.int64)
    bad = np.sort(bad[bad >= start])
    between = int(np.sum(bad - start - np.arange(len(bad)) < count))
    ordinals = np.arange(start, start + count + between, dtype=np.int64)
    return np.delete(ordinals, bad[:between] - start) if between else ordinals


def _text(column: pa.Array) -> Text:
    if pa.types.is_dictionary(column.type):
        return Text(column.dictionary, column.indices.to_numpy())
    return Text(column)
