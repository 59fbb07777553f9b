"""How the cost lines and outcomes of the 5G testbed were made (see `scenarios.origins`)."""

from __future__ import annotations

from layers.lineage import Recipe
from scenarios.origins import CATCHMENT, REACHED, Origins

__all__ = ["BENEFIT", "COVERED_AREA", "ORIGINS"]

BENEFIT = "appraisal.benefit_5g_site_gbp_per_year"

SMALL_CELL, MACRO_3500, MACRO_700 = (
    tuple(f"{group}_{name}" for name in ("eirp_dbm", "interference_margin_db", "resource_blocks", "frequency_ghz", "height_m"))
    for group in ("radio.small_3500", "radio.macro_3500", "radio.macro_700")
)  # fmt: skip
MACRO_CELL = ("radio.mast_model", *MACRO_3500, *MACRO_700)
CELLS = (
    *SMALL_CELL,
    "radio.threshold_5g_high_dbm",
    "radio.receiver_height_m",
    "radio.site_specific",
)
TODAY = (*CELLS, *MACRO_CELL, "testbed.mast_list_complete")
COVERED = "sum over the points that small cells at any chosen site cover, each once"
NEWLY = f"{COVERED}, less those that the listed masts cover today"
PLACES = ("sites.easting", "sites.northing")
MASTS = ("masts.easting", "masts.northing")
HOMES = ("demand.premises", "demand.easting", "demand.northing", *PLACES)
FIRMS = ("businesses.units", "businesses.easting", "businesses.northing", *PLACES)
COMPARED = Recipe(
    "modelled less measured SS-RSRP, cell by cell",
    ("signal_points.rsrp_dbm", "signal_points.easting", "signal_points.northing", *MASTS),
    (*MACRO_CELL, "radio.threshold_5g_high_dbm", "radio.receiver_height_m", "radio.pixel_macro_m", "radio.apply_calibration"),
)  # fmt: skip
PLACES_NEAR = Recipe(
    "street assets and public buildings within reach of any candidate site, by how the rules came out",
    ("small_cells.outcome",),
    ("testbed.assets_m", "testbed.column_height_m", "testbed.footway_clear_m", "testbed.column_fibre_m", *CATCHMENT),
)  # fmt: skip
SIGNAL = ("points", "cells", "bias_db", "rmse_db", "offset_db", "rmse_after_db")

LINES = {
    "small cells installed": Recipe("cells for each site", (), ("testbed.cells_per_site",)),
    "columns replaced or strengthened": Recipe(
        "cells for each site x share of columns",
        (),
        ("testbed.cells_per_site", "testbed.columns_replaced"),
    ),
    "running the small cells": Recipe("cells for each site", (), ("testbed.cells_per_site",)),
    "share of the private core": Recipe("1 / sites per core", (), ("testbed.sites_per_core",)),
    "fibre backhaul in footway": Recipe("distance to fibre", ("ranking.metric_backhaul",)),
}
OUTCOMES = {
    "target_premises_weighted": Recipe(
        f"{REACHED}, weighted by kind",
        ("sites.kind", "stops.stop_type"),
        ("testbed.demand_m", *CATCHMENT),
    ),
    "premises_covered": Recipe(COVERED, HOMES, CELLS),
    "premises_newly_covered": Recipe(NEWLY, (*HOMES, *MASTS), TODAY),
    "business_units_covered": Recipe(COVERED, FIRMS, CELLS),
    "premises_indoors_covered": Recipe(
        f"{COVERED}, behind an outer wall", HOMES, (*CELLS, "radio.indoor_depth_m", "radio.indoor_loss_db_per_m")
    ),
    "business_units_newly_covered": Recipe(NEWLY, (*FIRMS, *MASTS), TODAY),
    **{f"cell_places_{name}": PLACES_NEAR for name in ("candidate", "to_verify", "excluded")},
    **{f"signal_{name}": COMPARED for name in SIGNAL},
    "cost_per_site_gbp": Recipe("ask / sites chosen", ("summary.value[ask_gbp]", "summary.value[sites_chosen]")),
}  # fmt: skip
COVERED_AREA = Recipe(
    "discs of the distance a small cell covers in the middle case, at every site of the set, each spot once",
    PLACES, CELLS,
)  # fmt: skip

ORIGINS = Origins(lines=LINES, outcomes=OUTCOMES, benefits=(BENEFIT,))
