"""What addresses need to know of a study: its districts, their names, areas and bounds."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from infra.study import Study
from layers.errors import Fault, InputError, StudyError
from layers.gather import gather
from layers.grid import to_lonlat
from layers.peeking import peek
from layers.recognise import recognise

__all__ = ["Place", "filled"]

SLOT = re.compile(r"\{(districts|bbox|names:[A-Z0-9]+|codes:[A-Z0-9]+)\}")
MARGIN_M = 2_000.0
WITHOUT = "put the boundaries of the study's districts into the sources folder, or fetch ons-boundaries first"


class Place:
    """The study's area, read from the boundaries that are in its sources folder when it is asked."""

    def __init__(self, study: Study) -> None:
        self.study = study

    @property
    def districts(self) -> tuple[str, ...]:
        """GSS codes."""
        return self.study.model.area.districts

    @cached_property
    def _boundaries(self) -> pd.DataFrame:
        """All boundaries in the sources folder: `id name level geometry`."""
        folder = self.study.sources_folder
        files = sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else []
        wanted = [path for path in files if _is_boundary(path)]
        found = gather(self.study.root, wanted).readings.get("boundaries", ())
        parts = [r.frame[["id", "name", "level", "geometry"]] for r in found]
        columns = ["id", "name", "level", "geometry"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

    def forget(self) -> None:
        """Read the boundaries anew when they are asked for next."""
        self.__dict__.pop("_boundaries", None)

    def _held(self) -> pd.DataFrame:
        frame = self._boundaries
        held = frame[(frame["level"] == "LAD") & frame["id"].isin(self.districts)]
        missing = sorted(set(self.districts) - set(held["id"]))
        if missing:
            problem = f"the bounds of {', '.join(missing[:5])} are not known yet"
            raise StudyError(Fault(self.study.model.sources.folder, problem, WITHOUT))
        return held.drop_duplicates("id")

    def names(self, column: str) -> str:
        """Return a condition that a column begins with the name of one of the districts."""
        names = sorted({str(n) for n in self._held()["name"]})
        quoted = (name.replace("'", "''") for name in names)
        # an area is called after its district, then a number: Dudley 001A, never Dudleyfield 001A
        return "(" + " OR ".join(f"{column} LIKE '{name} 0%'" for name in quoted) + ")"

    def codes(self, level: str) -> str:
        """Return the codes of the areas of a level that are in the sources folder."""
        frame = self._boundaries
        held = sorted({str(i) for i in frame.loc[frame["level"] == level, "id"]})
        if not held:
            problem = f"the boundaries of level {level} are not there yet"
            raise StudyError(Fault(self.study.model.sources.folder, problem, WITHOUT))
        return ",".join(held)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees, a margin of 2 km around the districts."""
        shapes = gpd.GeoSeries(self._held()["geometry"].to_numpy(), crs=27700)
        west, south, east, north = shapes.total_bounds
        xs = np.asarray([west, west, east, east]) + MARGIN_M * np.asarray([-1, -1, 1, 1])
        ys = np.asarray([south, north, south, north]) + MARGIN_M * np.asarray([-1, 1, -1, 1])
        lon, lat = to_lonlat(xs, ys)
        return (
            round(float(lon.min()), 5),
            round(float(lat.min()), 5),
            round(float(lon.max()), 5),
            round(float(lat.max()), 5),
        )


def _is_boundary(path: Path) -> bool:
    try:
        return recognise(peek(path)).format_key == "boundaries"
    except InputError:
        return False


def filled(text: str, place: Place, *, quoted: bool = False) -> str:
    """Return an address or a condition with the study's own values in it.

    Raises
    ------
    StudyError
        When the boundaries that it needs are not there yet.
    """

    def fill(match: re.Match[str]) -> str:
        what, _, of = match[1].partition(":")
        if what == "districts":
            return ",".join(f"'{c}'" if quoted else c for c in place.districts)
        if what == "bbox":
            return ",".join(str(edge) for edge in place.bounds)
        return place.names(of) if what == "names" else place.codes(of)

    return SLOT.sub(fill, text)
