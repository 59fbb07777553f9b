"""Rasters in the wrong unit are refused: feet, centimetres, heights above the ellipsoid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from layers.errors import Fault, SourceError

if TYPE_CHECKING:
    from layers.rasters import Raster

__all__ = ["Kind", "check_heights_agree", "check_unit", "check_values", "check_vertical_unit"]

Kind = Literal["terrain", "surface", "signal"]

PLAUSIBLE = {
    # Ben Nevis is 1,345 m; the lowest fen and quarry floors are above -100 m
    "terrain": (-100.0, 1_400.0),
    "surface": (-100.0, 1_800.0),
    # reporting range of SS-RSRP, 3GPP TS 38.133 table 10.1.6.1-1
    "signal": (-156.0, -31.0),
}
UNIT_NAMES = {
    "terrain": ("", "m", "metre", "metres", "meter", "meters"),
    "surface": ("", "m", "metre", "metres", "meter", "meters"),
    "signal": ("", "dbm"),
}
METRES_PER_FOOT = 0.3048
GEOID_M = (40.0, 60.0)  # ellipsoid minus Ordnance Datum Newlyn, over Great Britain


def check_unit(unit: str, name: str, kind: Kind) -> None:
    """Refuse a band whose declared unit is not metres (dBm for signal)."""
    wanted = "dBm" if kind == "signal" else "metres"
    if unit.strip().lower() not in UNIT_NAMES[kind]:
        mend = f"convert the raster to {wanted} and say so in its band unit"
        raise SourceError(Fault(name, f"values are in '{unit}', not {wanted}", mend))


def check_vertical_unit(unit: str, name: str) -> None:
    """Refuse a coordinate system whose heights are not in metres."""
    if unit and "metre" not in unit and "meter" not in unit:
        mend = "convert the heights to metres above Ordnance Datum Newlyn"
        raise SourceError(Fault(name, f"heights are in {unit}, not metres", mend))


def check_values(values: NDArray[Any], name: str, kind: Kind) -> None:
    """Refuse values that cannot be metres above sea level in Britain, or SS-RSRP in dBm."""
    low, high = PLAUSIBLE[kind]
    if not np.isfinite(values).any():
        return
    least, most = float(np.nanmin(values)), float(np.nanmax(values))
    if low <= least and most <= high:
        return
    if kind == "signal":
        problem = f"values run from {least:,.1f} to {most:,.1f}, which is not SS-RSRP in dBm"
        mend = "give signal strength per resource element in dBm, with its no-data value declared"
    else:
        problem = f"heights run from {least:,.1f} to {most:,.1f}, which are not metres in Britain"
        mend = "convert the heights to metres (from feet or centimetres?) and declare the no-data value"
    raise SourceError(Fault(name, problem, mend))


def check_heights_agree(terrain: Raster, surface: Raster) -> None:
    """Refuse a surface and a terrain whose heights cannot be of one unit and one datum.

    Raises
    ------
    SourceError
        When one is about 3.28 times the other (feet against metres), when they differ everywhere by
        40 to 60 m (heights above the ellipsoid), or when the surface mostly lies under the ground.
    """
    east, north = surface.centres()
    x, y = np.meshgrid(east[:: max(1, len(east) // 300)], north[:: max(1, len(north) // 300)])
    top = surface.sample(x.ravel(), y.ravel(), "nearest")
    ground = terrain.sample(x.ravel(), y.ravel())
    both = np.isfinite(top) & np.isfinite(ground)
    if not both.any():
        return
    top, ground = top[both], ground[both]
    above = float(np.median(top - ground))
    lowest, raised = np.percentile(top - ground, [2, 25])
    high = np.abs(ground) > 20
    ratio = float(np.median(top[high] / ground[high])) if high.any() else 1.0
    problem = ""
    for factor, said in ((1 / METRES_PER_FOOT, "surface"), (METRES_PER_FOOT, "terrain")):
        if abs(ratio / factor - 1) < 0.08:
            problem = f"the {said} looks to be in feet and the other in metres (ratio {ratio:.2f})"
    if not problem and GEOID_M[0] <= lowest and above <= GEOID_M[1] and raised - lowest < 5:
        problem = f"the surface lies {above:.0f} m above the terrain everywhere: heights above the ellipsoid"
    if not problem and above < -2:
        problem = f"the surface lies {-above:.1f} m under the terrain at most places"
    if problem:
        mend = "give both in metres above Ordnance Datum Newlyn"
        raise SourceError(Fault("terrain and surface", problem, mend))
