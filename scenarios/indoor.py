"""What is lost on the way into a building, for coverage indoors (3GPP TR 38.901, section 7.4.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scenarios.coverage_result import COVERED_AT
from scenarios.link_budget import shadow_margin_db
from scenarios.radio import SIGMA_DB, building_entry_loss_db
from scenarios.transmitters import Carrier

if TYPE_CHECKING:
    from layers.parameters import Parameters

__all__ = ["DEPTH", "PER_M", "entry_loss_db", "indoor_carrier"]

DEPTH, PER_M = "radio.indoor_depth_m", "radio.indoor_loss_db_per_m"
# spread of the loss through standard and through coated glass, table 7.4.3-2
SPREAD_DB = {False: 4.4, True: 6.5}
# which cases are behind coated glass: the careful one
COATED = {"low": True, "default": False, "high": False}


def entry_loss_db(carrier: Carrier, parameters: Parameters) -> tuple[float, float, float]:
    """Return what a signal loses from the street to some metres inside: low, default, high coverage.

    Wall, metres indoors, and the margin that the wall's own spread takes at the probability from which
    a place counts as covered. The margin is that beside the smallest spread outdoors, where it is
    largest: a careful choice.

    Notes
    -----
    Low is behind coated glass and deepest inside; default and high behind standard glass.
    """
    shallow, usual, deep = parameters.span(DEPTH)
    each = parameters.value(PER_M)
    outdoors = SIGMA_DB[f"{carrier.environment}_los"]
    losses = []
    for coated, depth in zip(COATED.values(), (deep, usual, shallow), strict=True):
        wall = float(building_entry_loss_db(carrier.frequency_ghz, high_loss=coated))
        both = float(np.hypot(outdoors, SPREAD_DB[coated]))
        margin = shadow_margin_db(both, COVERED_AT) - shadow_margin_db(outdoors, COVERED_AT)
        losses.append(wall + each * depth + margin)
    return losses[0], losses[1], losses[2]


def indoor_carrier(carrier: Carrier, parameters: Parameters) -> Carrier:
    """Return a carrier as it arrives indoors."""
    lost = entry_loss_db(carrier, parameters)
    low, middle, high = (e - loss for e, loss in zip(carrier.element_dbm, lost, strict=True))
    return replace(
        carrier,
        element_dbm=(low, middle, high),
        parameters=(*carrier.parameters, DEPTH, PER_M),
    )
