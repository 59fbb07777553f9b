"""Where the pixels of a raster lie on the National Grid, whatever its coordinate system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from layers.errors import Fault, SourceError
from layers.grid import from_lonlat, in_britain, to_lonlat

__all__ = ["Placer"]

Floats = NDArray[np.float64]
BRITISH_GRID = 27700
BRITISH_DATUM = "ordnance survey of great britain 1936"
# datums that agree with WGS84 to better than a metre in Britain
MODERN = ("world geodetic system 1984", "european terrestrial reference system 1989", "wgs 84")
EDGE_POINTS = 21


@dataclass(frozen=True)
class Placer:
    """The way between pixels (column, row, counted from the upper left corner) and the grid.

    Coordinate systems on WGS84 or ETRS89 go through OSTN15; those on the British datum are
    projected only; any other datum goes by the best transformation at hand.
    """

    affine: Affine
    width: int
    height: int
    crs: CRS
    route: str
    inward: Transformer | None
    outward: Transformer | None

    @classmethod
    def of(cls, file: Any, name: str) -> tuple[Placer, bool]:
        """Return the placer of an open raster, and whether its coordinate system was assumed.

        Raises
        ------
        SourceError
            When it has no coordinate system, or one that cannot be read.
        """
        assumed = file.crs is None
        if assumed:
            left, bottom, right, top = file.bounds
            corners = in_britain(np.asarray([left, right]), np.asarray([bottom, top]))
            if file.driver != "AAIGrid" or not corners.all() or abs(file.transform.a) < 0.1:
                problem = "the raster does not say its coordinate system"
                mend = "save it again with one, for example EPSG:27700"
                raise SourceError(Fault(name, problem, mend))
            crs = CRS.from_epsg(BRITISH_GRID)
        else:
            crs = CRS.from_wkt(file.crs.to_wkt())
        flat = crs.sub_crs_list[0] if crs.is_compound else crs
        geodetic = flat.geodetic_crs
        if geodetic is None:
            problem = "its coordinate system is local and cannot be placed on the map"
            raise SourceError(Fault(name, problem, "save it again in EPSG:27700"))
        datum = str(geodetic.datum.name if geodetic.datum else "").lower()
        grid = CRS.from_epsg(BRITISH_GRID)
        if _is_national_grid(flat, datum):
            route, inward, outward = "grid", None, None
        elif BRITISH_DATUM in datum or "osgb" in datum:
            route = "projected"
            inward = Transformer.from_crs(grid, flat, always_xy=True)
            outward = Transformer.from_crs(flat, grid, always_xy=True)
        else:
            route = "lonlat"
            base = geodetic if any(m in datum for m in MODERN) else CRS.from_epsg(4326)
            inward = Transformer.from_crs(base, flat, always_xy=True)
            outward = Transformer.from_crs(flat, base, always_xy=True)
        return cls(file.transform, file.width, file.height, crs, route, inward, outward), assumed

    def pixel(self, easting: Floats, northing: Floats) -> tuple[Floats, Floats]:
        """Return column and row, with fractions, of positions on the National Grid."""
        if self.inward is None:
            x, y = easting, northing
        elif self.route == "projected":
            x, y = self.inward.transform(easting, northing)
        else:
            x, y = self.inward.transform(*to_lonlat(easting, northing))
        back = ~self.affine
        column = back.a * np.asarray(x) + back.b * np.asarray(y) + back.c
        row = back.d * np.asarray(x) + back.e * np.asarray(y) + back.f
        # a position on a cell edge must not fall to either side by rounding in the inverse
        return np.round(column, 7), np.round(row, 7)

    def position(self, column: Floats, row: Floats) -> tuple[Floats, Floats]:
        """Return easting and northing of pixels; NaN where OSTN15 does not reach."""
        a = self.affine
        x = a.a * np.asarray(column, float) + a.b * np.asarray(row, float) + a.c
        y = a.d * np.asarray(column, float) + a.e * np.asarray(row, float) + a.f
        if self.outward is None:
            return x, y
        if self.route == "projected":
            east, north = self.outward.transform(x, y)
            return np.asarray(east), np.asarray(north)
        lon, lat = self.outward.transform(x, y)
        return from_lonlat(np.asarray(lon), np.asarray(lat))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right and top on the National Grid, in metres."""
        column, row = np.meshgrid(
            np.linspace(0, self.width, EDGE_POINTS), np.linspace(0, self.height, EDGE_POINTS)
        )
        x, y = self.position(column.ravel(), row.ravel())
        known = np.isfinite(x) & np.isfinite(y)
        if not known.any():
            return (0.0, 0.0, 0.0, 0.0)
        return (
            float(x[known].min()),
            float(y[known].min()),
            float(x[known].max()),
            float(y[known].max()),
        )

    @property
    def cell_m(self) -> float:
        """Side of a pixel on the ground in metres; of oblong ones, that of a square of equal area."""
        if self.inward is None:
            return float(np.sqrt(abs(self.affine.determinant)))
        column = np.asarray([self.width / 2, self.width / 2 + 1, self.width / 2])
        row = np.asarray([self.height / 2, self.height / 2, self.height / 2 + 1])
        x, y = self.position(column, row)
        area = abs((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0]))
        side = float(np.sqrt(area)) if np.isfinite(area) and area > 0 else 1.0
        return float(f"{side:.2g}")

    @property
    def vertical_unit(self) -> str:
        """Unit of the coordinate system's heights, where it has any."""
        for part in self.crs.sub_crs_list or [self.crs]:
            for axis in part.axis_info:
                if axis.direction in ("up", "down"):
                    return str(axis.unit_name).lower()
        return ""


def _is_national_grid(crs: CRS, datum: str) -> bool:
    if crs.to_epsg() == BRITISH_GRID:
        return True
    if not crs.is_projected or not (BRITISH_DATUM in datum or "osgb" in datum):
        return False
    name = str(crs.name).lower()
    return "british national grid" in name and all(a.unit_name == "metre" for a in crs.axis_info)
