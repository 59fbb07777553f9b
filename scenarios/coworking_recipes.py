"""How the cost lines and outcomes of the co-working scenario were made (see `scenarios.origins`)."""

from __future__ import annotations

from layers.lineage import Recipe
from scenarios.origins import CATCHMENT, REACHED, Origins

__all__ = ["BENEFIT", "ORIGINS"]

BENEFIT = "appraisal.benefit_desk_gbp_per_year"

DESKS = ("coworking.m2_per_desk", "coworking.nia_of_gia")
FLOORS = ("offices.floor_area_m2", "offices.floor_area_basis")
VIABILITY = (
    "coworking.price_gbp_per_desk_per_month", "coworking.running_gbp_per_m2_per_year",
    "coworking.fit_out_gbp_per_m2", "coworking.occupier_gbp_per_m2_per_year", "coworking.fit_out_years",
)  # fmt: skip

LINES = {
    "fit-out": Recipe("net internal area", FLOORS, ("coworking.nia_of_gia",)),
    "running the building": Recipe("net internal area", FLOORS, ("coworking.nia_of_gia",)),
}
OUTCOMES = {
    "break_even_occupancy_pct": Recipe(
        "yearly cost / income with every desk let, over the chosen buildings", FLOORS, (*DESKS, *VIABILITY)
    ),
    "desks": Recipe("sum over the chosen buildings", ("ranking.metric_space",), DESKS),
    "micro_units_reached": Recipe(
        REACHED, ("businesses.micro_weighted", "businesses.units"), CATCHMENT
    ),
    "stops_reached": Recipe(REACHED, ("stops.stop_type",), ("coworking.stops_m", *CATCHMENT)),
    "cost_per_desk_gbp": Recipe("ask / desks", ("summary.value[ask_gbp]", "summary.value[desks]")),
    "running_gbp_per_year": Recipe("sum of running lines of the chosen sites", ("costs.amount_gbp", "ranking.chosen")),
}  # fmt: skip

ORIGINS = Origins(
    lines=LINES,
    outcomes=OUTCOMES,
    as_measured={"micro_units_reached": "micro_business_demand"},
    benefits=(BENEFIT,),
)
