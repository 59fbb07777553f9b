"""What a public building has today and would save: from the officer's own register of circuits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.appraisal import DiscountRates, annuity_factor
from scenarios.criteria import Metric
from scenarios.recipes import DISCOUNT

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters

__all__ = ["contract_timing", "speed_shortfall", "whole_life_saving"]

Floats = NDArray[np.float64]
NEW_CIRCUIT = "fibre.new_circuit_gbp_per_year"
NO_REGISTER = "no register of circuits in the study"
NOT_LISTED = "the register of circuits does not say"
LISTED = "register of circuits"


def _columns(evidence: Evidence, sites: pd.DataFrame, *names: str) -> list[Floats] | None:
    """Return columns of the register at each site, by UPRN; None without a register."""
    if evidence.site_register is None:
        return None
    # twelve digits fit a float exactly, and a place without a UPRN joins nothing
    frame = evidence.site_register.frame.drop_duplicates("uprn")
    frame = frame.set_index(frame["uprn"].astype("float64"))
    found = frame.reindex(columns=list(names)).apply(pd.to_numeric, errors="coerce")
    uprn = pd.to_numeric(sites["uprn"], errors="coerce").astype("float64").replace(0.0, np.nan)
    at = found.reindex(uprn.to_numpy())
    return [at[name].to_numpy(dtype=np.float64) for name in names]


def _metric(
    value: Floats, unit: str, formula: str, inputs: tuple[str, ...], **more: object
) -> Metric:
    route = np.where(np.isnan(value), NOT_LISTED, LISTED).astype(object)
    parameters = more.pop("parameters", ())
    return Metric.of(
        value, unit=unit, grade="measured", route=route, formula=formula, inputs=inputs,
        parameters=parameters, **more,  # type: ignore[arg-type] # low and high, as arrays
    )  # fmt: skip


def speed_shortfall(evidence: Evidence, sites: pd.DataFrame) -> Metric:
    """Return the share of the speed a service needs that its circuit does not give."""
    held = _columns(evidence, sites, "speed_mbps", "required_mbps")
    if held is None:
        return Metric.missing(len(sites), "ratio", NO_REGISTER)
    speed, required = held
    with np.errstate(divide="ignore", invalid="ignore"):
        short = np.where(required > 0, np.clip(1 - speed / required, 0.0, 1.0), np.nan)
    inputs = ("site_register.speed_mbps", "site_register.required_mbps")
    return _metric(short, "ratio", "1 - speed / required speed, never below nil", inputs)


def contract_timing(evidence: Evidence, sites: pd.DataFrame) -> Metric:
    """Return months until the present contract ends; none where it has ended."""
    held = _columns(evidence, sites, "months_left")
    if held is None:
        return Metric.missing(len(sites), "months", NO_REGISTER)
    months = np.maximum(held[0], 0.0)
    return _metric(
        months, "months", "contract end less the study's date", ("site_register.contract_end",)
    )


def whole_life_saving(
    evidence: Evidence, sites: pd.DataFrame, years: int, parameters: Parameters
) -> Metric:
    """Return what a building saves over the horizon, discounted, less the exit charge.

    An exit charge that is not stated leaves the saving unknown: it is never taken as nil.
    """
    held = _columns(evidence, sites, "annual_cost_gbp", "exit_charge_gbp")
    if held is None:
        return Metric.missing(len(sites), "GBP", NO_REGISTER)
    annual, leave = held
    factor = annuity_factor(years, DiscountRates.of(parameters))
    low, middle, high = parameters.span(NEW_CIRCUIT)
    value, worst, best = ((annual - new) * factor - leave for new in (middle, high, low))
    return _metric(
        value, "GBP", f"(annual cost today - annual cost of the new circuit) x {factor:.3f} - exit charge",
        ("site_register.annual_cost_gbp", "site_register.exit_charge_gbp"),
        parameters=(NEW_CIRCUIT, *DISCOUNT), low=worst, high=best,
    )  # fmt: skip
