"""OS Terrain 50 and other heights in the ASCII grid layout, one tile a file.

Canonical columns, one row a tile: `tile` (the 10 km square, such as `SK00`), `easting_min`,
`northing_min` (lower left corner, metres, EPSG:27700), `cell_size_m`, `columns`, `rows`. Heights are
metres above Ordnance Datum Newlyn, bare earth; they are read when terrain is sampled.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.errors import Fault, SourceError
from layers.formats import Format
from layers.formats._vintage import vintage_in_name
from layers.layouts import Layout
from layers.peeking import Peek, read_bytes
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "grid_square", "read", "write"]

NEEDED = ("ncols", "nrows", "cellsize")
LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
HEADER_LINE = re.compile(r"^\s*([A-Za-z_]+)\s+(\S+)\s*$")

FORMAT = Format(
    key="terrain_asc",
    title="terrain heights (ASCII grid)",
    dataset=lambda _detail: "os-terrain-50",
    looks_like=lambda look: "tile" if look.kind == "asc" else None,
    vintage=vintage_in_name,
)


def grid_square(easting: float, northing: float) -> str:
    """Return the 10 km square of a position.

    >>> grid_square(400_000, 300_000)
    'SK00'
    """
    east, north = int(easting // 100_000), int(northing // 100_000)
    first = (19 - north) - (19 - north) % 5 + (east + 10) // 5
    second = (19 - north) * 5 % 25 + east % 5
    return f"{LETTERS[first]}{LETTERS[second]}{int(easting // 10_000) % 10}{int(northing // 10_000) % 10}"


def _header(look: Peek, lines: list[str]) -> tuple[dict[str, float], int]:
    """Return the header's values by lower-case name, and how many lines it has."""
    values: dict[str, float] = {}
    for number, line in enumerate(lines, start=1):
        match = HEADER_LINE.match(line)
        if match is None:
            break
        try:
            values[match[1].lower()] = float(match[2])
        except ValueError:
            raise SourceError(
                Fault(
                    look.name,
                    f"'{match[2]}' is not a number",
                    "download the tile again",
                    line=number,
                )
            ) from None
    corner = "xllcorner" in values and "yllcorner" in values
    centre = "xllcenter" in values and "yllcenter" in values
    absent = [name for name in NEEDED if name not in values]
    if absent or not (corner or centre):
        lacking = ", ".join(absent) or "xllcorner and yllcorner"
        raise SourceError(
            Fault(
                look.name, f"the grid's header lacks {lacking}", "download the tile again", line=1
            )
        )
    return values, len(values)


def read(look: Peek, source: SourceFile, layout: Layout | None = None) -> Reading:
    """Read the header of a tile and check that all its heights are there.

    Raises
    ------
    SourceError
        When the header is incomplete, a height is not a number, or heights are missing at the end.
    """
    del layout
    text = read_bytes(look.path, look.name).decode("ascii", errors="replace")
    values, skip = _header(look, text[:4096].splitlines())
    columns, rows = int(values["ncols"]), int(values["nrows"])
    cells = text.split()[2 * skip :]
    if len(cells) != columns * rows:
        raise SourceError(
            Fault(
                look.name,
                f"the tile holds {len(cells):,} of {columns * rows:,} heights: it is cut short or damaged",
                "download the tile again",
                line=len(text.splitlines()),
            )
        )
    try:
        heights = np.asarray(cells, dtype=np.float64)
    except ValueError as error:
        raise SourceError(
            Fault(look.name, f"a height is not a number ({error})", "download the tile again")
        ) from error
    size = values["cellsize"]
    half = 0.0 if "xllcorner" in values else size / 2
    easting = values.get("xllcorner", values.get("xllcenter", 0.0)) - half
    northing = values.get("yllcorner", values.get("yllcenter", 0.0)) - half
    frame = pd.DataFrame(
        {
            "src": [source.src],
            "record": [1],
            "tile": [grid_square(easting, northing)],
            "easting_min": [easting],
            "northing_min": [northing],
            "cell_size_m": [size],
            "columns": [columns],
            "rows": [rows],
        }
    )
    missing = heights == values["nodata_value"] if "nodata_value" in values else np.isnan(heights)
    reading = Reading(source, frame, 1)
    if missing.any():
        reading = reading.note(f"{int(missing.sum()):,} of {len(heights):,} heights are missing")
    return reading


def write(frame: pd.DataFrame, path: Path, *, heights: NDArray[Any]) -> Path:
    """Write a practice tile.

    Parameters
    ----------
    frame
        One row of canonical columns.
    path
        Target.
    heights
        Metres, `rows` by `columns`, first row northernmost; written to 0.1 m.
    """
    tile = frame.iloc[0]
    if heights.shape != (int(tile["rows"]), int(tile["columns"])):
        raise ValueError(f"heights are {heights.shape}, not {tile['rows']} by {tile['columns']}")
    lines = [
        f"ncols {int(tile['columns'])}",
        f"nrows {int(tile['rows'])}",
        f"xllcorner {tile['easting_min']:g}"
        if tile["easting_min"] % 1
        else f"xllcorner {int(tile['easting_min'])}",
        f"yllcorner {tile['northing_min']:g}"
        if tile["northing_min"] % 1
        else f"yllcorner {int(tile['northing_min'])}",
        f"cellsize {tile['cell_size_m']:g}",
        *(" ".join(f"{height:.1f}" for height in row) for row in heights.tolist()),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")
    return path
