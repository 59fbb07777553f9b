"""Coverage by the small cells of a set of sites as GeoTIFF: probability of 5G outdoors, in percent.

The statistical chain on small cells' pixels (10 m), as far from each site as a cell can reach at all;
beyond, nothing was modelled and the raster has no data there, which is not the same as no coverage.
Low, default and high are three files: a coverage without its range is not to be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from layers.geotiff import write_geotiff
from layers.rasters import Raster
from scenarios.coverage_points import reach_m
from scenarios.coverage_raster import check_radius, site_specific, statistical
from scenarios.coverage_result import SITE_SPECIFIC, blank_cells
from scenarios.small_cell_coverage import cell_carrier, cell_reach_m, cells_at
from scenarios.study_relief import StudyHeights, in_the_open
from scenarios.transmitters import CASES, Carrier, Masts

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from scenarios.engine import CaseResult

__all__ = ["coverage_of_cells", "write_case_coverage"]

PIXEL = "radio.pixel_small_m"
TILE_CELLS = 512  # a study is mostly land without a site: only tiles near one are modelled
CELLS_AT_MOST = 20_000_000
SETS = {"chosen": "coverage", "chosen_if_verified": "coverage_if_verified"}


def _some(cells: Masts, keep: NDArray[np.bool_]) -> Masts:
    return Masts(
        cells.id[keep], cells.easting[keep], cells.northing[keep], cells.height_m[keep],
        cells.assumed[keep], cells.notes,
    )  # fmt: skip


def _pixel_m(extent_m: tuple[float, float], pixel_m: float) -> float:
    """Return the side of a pixel: doubled until the raster can be held."""
    while (extent_m[0] / pixel_m) * (extent_m[1] / pixel_m) > CELLS_AT_MOST:
        pixel_m *= 2
    return pixel_m


def coverage_of_cells(
    cells: Masts,
    carrier: Carrier,
    pixel_m: float,
    radius_m: float | None = None,
    heights: StudyHeights | None = None,
) -> dict[str, Raster]:
    """Return the probability of coverage in percent by case: `low`, `default` and `high`.

    Parameters
    ----------
    cells
        At least one small cell, metres, EPSG:27700.
    pixel_m
        Side of a pixel; twice that, or more, where sites lie so far apart that the raster would
        have over twenty million.
    radius_m
        How far from a site to look; as far as its link budget can reach when not given.
    heights
        The study's: where they have a surface, line of sight is decided by rays over it.

    Returns
    -------
    dict
        Rasters on the same pixels, whose edges are whole multiples of the side. Each pixel takes its
        best server; NaN beyond the radius of every site.

    Raises
    ------
    StudyError
        When the radius exceeds the model's validity (5 km).
    """
    radius = reach_m(carrier) if radius_m is None else radius_m
    check_radius(radius)
    west, east = float(cells.easting.min()) - radius, float(cells.easting.max()) + radius
    south, north = float(cells.northing.min()) - radius, float(cells.northing.max()) + radius
    frame = blank_cells((west, south, east, north), _pixel_m((east - west, north - south), pixel_m))
    rows, columns = frame.values.shape
    made = {case: np.full((rows, columns), np.nan, dtype=np.float32) for case in CASES}
    side = TILE_CELLS * frame.cell_size_m
    for top in range(0, rows, TILE_CELLS):
        for left in range(0, columns, TILE_CELLS):
            x = frame.easting_min + left * frame.cell_size_m
            y = frame.northing_max - top * frame.cell_size_m
            near = _distance_to_box(cells, (x, y - side, x + side, y)) <= radius
            if not near.any():
                continue
            part = np.s_[top : top + TILE_CELLS, left : left + TILE_CELLS]
            tile = Raster(np.zeros_like(frame.values[part]), x, y, frame.cell_size_m)
            found = _tile(_some(cells, near), carrier, tile, radius, heights)
            for case, chance in zip(CASES, found, strict=True):
                made[case][part] = 100 * chance
    return {case: frame.like(values) for case, values in made.items()}


def _tile(
    cells: Masts, carrier: Carrier, tile: Raster, radius_m: float, heights: StudyHeights | None
) -> NDArray[np.float32]:
    """Return the probability of coverage of one tile, shape (3, rows, columns)."""
    size = tile.cell_size_m
    wide = int(np.ceil(radius_m / size)) * size  # rays start at cells outside the tile too
    left, bottom, right, top = tile.bounds
    around = (left - wide, bottom - wide, right + wide, top + wide)
    relief = heights.relief(around, size) if heights is not None else None
    by_site = heights is not None and heights.chain == SITE_SPECIFIC
    if by_site and (relief is None or relief.ground.cell_size_m != size):
        return np.full((len(CASES), *tile.values.shape), np.nan, dtype=np.float32)
    if relief is None or relief.ground.cell_size_m != size:
        return statistical(cells, carrier, tile, radius_m=radius_m).probability
    moved, _, _ = in_the_open(cells, relief)
    found = (
        site_specific(moved, carrier, relief, radius_m=radius_m)
        if by_site
        else statistical(moved, carrier, relief.ground, radius_m=radius_m, relief=relief)
    )
    rows, columns = tile.values.shape
    edge = round(wide / size)
    return found.probability[:, edge : edge + rows, edge : edge + columns]


def _distance_to_box(cells: Masts, box: tuple[float, float, float, float]) -> NDArray[np.float64]:
    west, south, east, north = box
    dx = np.maximum(np.maximum(west - cells.easting, cells.easting - east), 0.0)
    dy = np.maximum(np.maximum(south - cells.northing, cells.northing - north), 0.0)
    return np.asarray(np.hypot(dx, dy), dtype=np.float64)


def write_case_coverage(
    result: CaseResult, folder: Path, parameters: Parameters, evidence: Evidence
) -> tuple[Path, ...]:
    """Write what the small cells of a case would cover, for each set of sites that it names.

    `coverage.tif` is the set chosen under the budget, `coverage_if_verified.tif` the one that would be
    if every open gate were confirmed, where that is another; `_low` and `_high` stand beside each.

    Parameters
    ----------
    result
        Of a case of the scenario `testbed_5g`.
    evidence
        The study's layers: its surface decides line of sight where it has one.
    folder
        Where to write; older rasters of these names are removed first, so that none outlives its set.

    Returns
    -------
    tuple of Path
        Files written, in order; none where no site of a set has a position, or none is chosen.
    """
    carrier = cell_carrier(parameters)
    heights = StudyHeights.of(evidence, parameters)
    ranking = result.ranking.frame
    points = result.sites.set_index("site_id").geometry.reindex(ranking["site_id"])
    xy = np.column_stack([points.x.to_numpy(float), points.y.to_numpy(float)])
    written: list[Path] = []
    before: NDArray[np.bool_] | None = None
    for column, stem in SETS.items():
        names = {case: f"{stem}{'' if case == 'default' else f'_{case}'}.tif" for case in CASES}
        for name in names.values():
            (folder / name).unlink(missing_ok=True)
        wanted = ranking[column].to_numpy(dtype=bool) & ~np.isnan(xy).any(axis=1)
        same = before is not None and bool((wanted == before).all())
        before = wanted
        if same or not wanted.any():
            continue
        ids = ranking["site_id"].to_numpy(dtype=object)
        at = np.flatnonzero(wanted)
        at = at[np.argsort(ids[at].astype(str), kind="stable")]
        cells, _ = cells_at(ids[at], xy[at], carrier)
        made = coverage_of_cells(
            cells,
            carrier,
            parameters.value(PIXEL),
            cell_reach_m(heights, carrier) if heights.chain == SITE_SPECIFIC else None,
            heights,
        )
        told = {case: _words(result, column, case, carrier, len(cells), heights) for case in CASES}
        written += _write_cases(made, {case: folder / name for case, name in names.items()}, told)
    return tuple(written)


def _write_cases(
    made: Mapping[str, Raster], paths: Mapping[str, Path], told: Mapping[str, str]
) -> list[Path]:
    """Write a raster for each case, two at a time: packing lets other threads run."""
    with ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(write_geotiff, made[case], paths[case], unit="%", description=told[case])
            for case in CASES
        ]
        return [answer.result() for answer in asked]


def _words(
    result: CaseResult, column: str, case: str, carrier: Carrier, count: int, heights: StudyHeights
) -> str:
    by = "its probability" if heights.bounds is None else "rays over the surface where it is known"
    how = f"statistical chain, TR 38.901 {carrier.environment}, line of sight by {by}"
    if heights.chain == SITE_SPECIFIC:
        how = "site-specific chain, free space and Bullington over the study's heights"
    chosen = "chosen" if column == "chosen" else "that would be chosen if every gate were confirmed"
    practice = "PRACTICE DATA. " if any(s.sample for s in result.ranking.sources) else ""
    return (
        f"{practice}Probability of 5G outdoors at {carrier.threshold_dbm:g} dBm SS-RSRP, {case} case, from small cells "
        f"at {carrier.frequency_ghz:g} GHz on the {count} sites {chosen}; {how}; "
        f"no data beyond their reach; modelled, indicative coverage, not a network "
        "operator prediction"
    )
