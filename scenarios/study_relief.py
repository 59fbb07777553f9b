"""The heights that a study holds, as the radio chains want them: bare earth and surface on one grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from layers.rasters import Bounds, Raster, from_terrain
from scenarios.coverage_result import (
    SITE_SPECIFIC,
    STATISTICAL,
    Relief,
    blank_cells,
    open_cells,
)

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from scenarios.transmitters import Masts

__all__ = ["CELLS_AT_MOST", "CHAIN", "StudyHeights", "in_the_open"]

CELLS_AT_MOST = 40_000_000
CHAIN = "radio.site_specific"
NO_GROUND = (
    "a surface raster is in the study but no bare earth under it: line of sight is left to its "
    "probability (OS Terrain 50 or a DTM would settle who stands under a roof)"
)


NO_HEIGHTS = (
    "the site-specific chain was asked for, and the study has no heights of the ground: the statistical "
    "chain is used (OS Terrain 50 is open)"
)


@dataclass(frozen=True)
class StudyHeights:
    """Which heights a study has for its small cells, the chain they serve, and how to read a part.

    Attributes
    ----------
    asked
        Whether the study asks for the site-specific chain.
    """

    evidence: Evidence
    asked: bool = False

    @classmethod
    def of(cls, evidence: Evidence, parameters: Parameters) -> StudyHeights:
        """Return the heights of a study, for the chain that its parameters ask for."""
        return cls(evidence, parameters.value(CHAIN) >= 1)

    @property
    def chain(self) -> Literal["statistical", "site-specific"]:
        """The one chain of the run: site-specific where it is asked for and there is ground."""
        e = self.evidence
        grounded = e.bare_earth is not None or e.terrain is not None
        return SITE_SPECIFIC if self.asked and grounded else STATISTICAL

    @property
    def bounds(self) -> Bounds | None:
        """Bounds of the heights in use; `None` where the chain has none to use."""
        e = self.evidence
        ground = e.bare_earth if e.bare_earth is not None else e.terrain
        if ground is None:
            return None
        if e.surface is not None:
            return e.surface.bounds
        return ground.bounds if self.chain == SITE_SPECIFIC else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of the heights; empty where the study has no surface."""
        e = self.evidence
        lacking = (NO_HEIGHTS,) if self.asked and self.chain == STATISTICAL else ()
        if self.chain == SITE_SPECIFIC:
            return (self._site_words(),)
        if e.surface is None:
            return lacking
        if self.bounds is None:
            return (*lacking, NO_GROUND)
        under = "a bare-earth raster" if e.bare_earth is not None else "OS Terrain"
        text = (
            f"line of sight is decided over the study's surface ({', '.join(e.surface.notes)}; "
            f"ground from {under}) where it has heights, trees standing in the way like walls, and by "
            "its probability elsewhere"
        )
        return (text,)

    def _site_words(self) -> str:
        e = self.evidence
        over = (
            f"over the study's surface ({', '.join(e.surface.notes)}), trees standing in the way like walls"
            if e.surface is not None
            else "over bare earth, with P.2108 at the receiver"
        )
        return (
            f"small cells are modelled by the site-specific chain {over}; sites and premises without "
            "heights are unknown, and count as not covered"
        )

    @property
    def inputs(self) -> tuple[str, ...]:
        """The evidence that the heights come from, for lineage."""
        e = self.evidence
        held = {"surface": e.surface, "bare_earth": e.bare_earth, "terrain": e.terrain}
        return tuple(f"{name}.heights" for name, item in held.items() if item is not None)

    def relief(self, wanted: Bounds, cell_m: float) -> Relief | None:
        """Return heights over an area, on cells of this side or, for a large area, twice that or more.

        Cells where the surface is unknown have no ground either: there line of sight is left to its
        probability, as bare ground would let every ray pass. `None` where the surface is unknown
        throughout.

        Raises
        ------
        SourceError
            When a raster cannot be read, or surface and bare earth cannot be of one unit and datum.
        """
        held = self.bounds
        if held is None:
            return None
        if not (
            wanted[0] < held[2]
            and held[0] < wanted[2]
            and wanted[1] < held[3]
            and held[1] < wanted[3]
        ):
            return None
        area = (wanted[2] - wanted[0]) * (wanted[3] - wanted[1])
        while area / cell_m**2 > CELLS_AT_MOST:
            cell_m *= 2
        if self.evidence.surface is None:
            bare = self._ground(wanted, cell_m)
            return None if np.isnan(bare.values).all() else Relief(bare)
        surface = self.evidence.surface.read(wanted, cell_m)
        if surface is None:
            return None
        ground = self._ground(surface.bounds, cell_m)
        known = ~(np.isnan(surface.values) | np.isnan(ground.values))
        if not known.any():
            return None
        return Relief(
            ground.like(np.where(known, ground.values, np.nan)),
            surface.like(np.where(known, surface.values, np.nan)),
        )

    def _ground(self, area: Bounds, cell_m: float) -> Raster:
        """Return bare earth: a raster of it first, OS Terrain where it has none."""
        e = self.evidence
        made = e.bare_earth.read(area, cell_m) if e.bare_earth is not None else None
        if e.terrain is not None:
            coarse = from_terrain(e.terrain, area, cell_m)
            if made is None:
                return coarse
            return made.like(np.where(np.isnan(made.values), coarse.values, made.values))
        if made is not None:
            return made
        empty = blank_cells(area, cell_m)
        return empty.like(np.full(empty.values.shape, np.nan))


def in_the_open(cells: Masts, relief: Relief) -> tuple[Masts, int, int]:
    """Move antennas that stand in a building to the nearest open cell within 50 m.

    Registers give the middle of a building; a small cell hangs on a column or wall beside it.

    Returns
    -------
    Masts, int, int
        The antennas, how many were moved, and how many stay inside, with nothing open near them.
    """
    ground = relief.ground
    row, column, inside = ground.cells_of(cells.easting, cells.northing)
    shut = inside & relief.built[row, column]
    r, c = open_cells(relief.built, ground.cell_size_m, row, column)
    moved = shut & ~relief.built[r, c]
    east, north = ground.centres()
    return (
        replace(
            cells,
            easting=np.where(moved, east[c], cells.easting),
            northing=np.where(moved, north[r], cells.northing),
        ),
        int(moved.sum()),
        int((shut & ~moved).sum()),
    )
