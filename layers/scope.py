"""What of a national file a study may need: places near it, and whatever its other files name.

A row is left out while its file is read only where no layer could use it: it is far from the study,
and no premises, register or postcode of the study names it. Rows without a position are kept, so
that what is wrong with them is still found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.district_codes import changes_of
from layers.grid import in_britain
from layers.join_keys import among
from layers.source import Reading

__all__ = ["Scope", "scope_of"]

# boundaries of two levels are generalised differently, by far less than this
MARGIN_M = 2_000
POSTCODE_FORMATS = ("onspd", "code_point_open")

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Scope:
    """The surroundings of a study.

    Attributes
    ----------
    box
        Left, bottom, right and top in metres (EPSG:27700), with a margin.
    districts
        Codes of the study's districts and of those whose boxes touch it.
    readings
        The files read so far: what they name is kept, wherever it is.
    """

    box: tuple[float, float, float, float]
    districts: frozenset[str]
    readings: tuple[Reading, ...]

    @cached_property
    def uprns(self) -> NDArray[np.int64]:
        """Named by files read so far, in order."""
        held = [_numbers(r.frame["uprn"]) for r in self.readings if "uprn" in r.frame]
        return np.sort(np.concatenate(held)) if held else np.empty(0, np.int64)

    @cached_property
    def postcodes(self) -> frozenset[str]:
        """Named by files read so far."""
        return _every(self.readings, "postcode")

    @cached_property
    def output_areas(self) -> frozenset[str]:
        """Of the postcodes read so far."""
        return _every([r for r in self.readings if r.source.format_key in POSTCODE_FORMATS], "oa21")

    def places(self, frame: pd.DataFrame, key: str) -> Mask:
        """Keep rows in the box, rows whose key (`uprn` or `postcode`) is named, and rows without position."""
        if "easting" not in frame or "northing" not in frame:
            return np.ones(len(frame), dtype=bool)
        x, y = frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
        left, bottom, right, top = self.box
        inside = (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
        keep = inside | ~in_britain(x, y)
        far = np.flatnonzero(~keep)
        if key == "uprn" and len(far) and len(self.uprns):
            asked = frame["uprn"].iloc[far].to_numpy(dtype=np.int64, na_value=0)
            at = np.minimum(np.searchsorted(self.uprns, asked), len(self.uprns) - 1)
            keep[far] = self.uprns[at] == asked
        elif key == "postcode" and len(far):
            keep[far] = among(frame["postcode"].iloc[far], self.postcodes)
        return keep

    def premises(self, frame: pd.DataFrame) -> Mask:
        """Keep rows whose district is near the study or not said."""
        if "lad" not in frame:
            return np.ones(len(frame), dtype=bool)
        return frame["lad"].isin(self.districts | {""}).to_numpy(dtype=bool)

    def units(self, frame: pd.DataFrame, level: str) -> Mask:
        """Keep the postcodes or output areas that the study's own postcodes name."""
        known = {"postcode": self.postcodes, "oa": self.output_areas}.get(level)
        if not known or "area_id" not in frame:
            return np.ones(len(frame), dtype=bool)
        return among(frame["area_id"], known)


def scope_of(readings: Iterable[Reading], districts: Sequence[str]) -> Scope | None:
    """Return the surroundings of a study, as far as the files read so far tell.

    Returns
    -------
    Scope or None
        `None` where some district of the study has no boundary yet: nothing is then left out.
    """
    held = list(readings)
    boxes = _boxes(r for r in held if r.source.format_key == "boundaries")
    if not districts or not set(districts) <= set(boxes):
        return None
    own = np.asarray([boxes[code] for code in districts])
    left, bottom = own[:, :2].min(axis=0) - MARGIN_M
    right, top = own[:, 2:].max(axis=0) + MARGIN_M
    near = {
        code
        for code, (x0, y0, x1, y1) in boxes.items()
        if x0 <= right and x1 >= left and y0 <= top and y1 >= bottom
    }
    changes = changes_of([r for r in held if r.source.format_key == "code_changes"])
    near |= set(changes.into(sorted(near)))
    return Scope(
        (float(left), float(bottom), float(right), float(top)), frozenset(near), tuple(held)
    )


def _every(readings: Iterable[Reading], column: str) -> frozenset[str]:
    found = [r.frame[column] for r in readings if column in r.frame]
    return frozenset(word for cells in found for word in cells.unique())


def _boxes(readings: Iterable[Reading]) -> Mapping[str, Any]:
    """Return the box of each district, over all files that draw it."""
    found: dict[str, NDArray[np.float64]] = {}
    for reading in readings:
        frame = reading.frame[reading.frame["level"] == "LAD"]
        bounds = shapely.bounds(frame["geometry"].to_numpy())
        for code, box in zip(frame["id"], bounds, strict=True):
            old = found.get(code, box)
            found[code] = np.r_[np.minimum(old[:2], box[:2]), np.maximum(old[2:], box[2:])]
    return found


def _numbers(uprn: pd.Series[Any]) -> NDArray[np.int64]:
    numbers = pd.to_numeric(uprn, errors="coerce").fillna(0)
    return numbers.to_numpy().astype(np.int64)
