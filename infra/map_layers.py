"""What the web maps draw besides tables: catchments, coverage rasters, postcodes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio

from layers.density import summed_on_grid
from layers.evidence import Evidence
from maps.view import CaseView, RasterView, StudyView

__all__ = ["with_case_layers", "with_study_layers"]

SQUARE_M = 250.0
SQUARES = ("easting", "northing", "without_full_fibre")
PREMISES_BREAKS = (1.0, 5.0, 20.0, 50.0, 100.0)
SHARE_BREAKS = (25.0, 50.0, 75.0, 90.0, 95.0)
COVERAGE = "coverage.tif"


def with_study_layers(study: StudyView, evidence: Evidence) -> StudyView:
    """Return the study with its postcodes and the raster of premises without full fibre."""
    posts = evidence.postcodes
    rasters: tuple[RasterView, ...] = ()
    if evidence.demand is not None:
        made = summed_on_grid(evidence.demand.some(SQUARES), "without_full_fibre", SQUARE_M)
        if made is not None:
            values, left, top = made
            rasters = (
                RasterView(
                    "without_full_fibre",
                    f"Premises without full fibre, by square of {SQUARE_M:g} m",
                    "premises",
                    "Shared out from larger areas (estimated): it shows where to look, and no square "
                    "is a count.",
                    values, left, top, SQUARE_M, PREMISES_BREAKS, deficit=True,
                ),
            )  # fmt: skip
    return replace(
        study,
        postcodes=posts.some(["id", "easting", "northing"]) if posts else None,
        rasters=rasters,
    )


def _coverage(path: Path) -> tuple[RasterView, ...]:
    """Return the modelled coverage that the ranking wrote, where there is one."""
    if not path.is_file():
        return ()
    with rasterio.open(path) as file:
        held = file.read(1, masked=True).filled(np.nan)
        box, cell = file.bounds, float(file.res[0])
    return (
        RasterView(
            "coverage",
            "5G outdoors from the proposed small cells, probability",
            "%",
            "Modelled, indicative: not an operator's prediction. No colour: beyond reach, or under "
            f"{SHARE_BREAKS[0]:g} %.",
            np.asarray(held), float(box.left), float(box.top), cell, SHARE_BREAKS,
        ),
    )  # fmt: skip


def with_case_layers(view: CaseView, reach: gpd.GeoDataFrame, folder: Path) -> CaseView:
    """Return the case with its catchments and coverage.

    Parameters
    ----------
    reach
        What lies in reach of its chosen sites.
    folder
        Of the case's outputs: the ranking has written its rasters there.
    """
    catchments = reach if len(reach) else None
    return replace(view, catchments=catchments, rasters=_coverage(folder / COVERAGE))
