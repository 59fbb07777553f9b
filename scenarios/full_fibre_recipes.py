"""How the cost lines and outcomes of the full-fibre funds were made (see `scenarios.origins`)."""

from __future__ import annotations

from layers.lineage import Recipe
from scenarios.origins import CATCHMENT, REACHED, Origins

__all__ = ["ORIGINS", "WORTH"]

WORTH = ("appraisal.benefit_residential_gbp_per_year", "appraisal.benefit_sme_gbp_per_year")

NEAR, WIDE, CLOSE = "fibre.catchment_m", "fibre.catchment_wide_m", "fibre.catchment_near_m"
DEADWEIGHT = ("appraisal.deadweight_white_pct", "appraisal.deadweight_unclassed_pct")
FIBRE = ("fibre.easting", "fibre.northing")
SITES = ("sites.easting", "sites.northing")
STREETS = ("streets.start", "streets.length_m", "streets.highway")
SURFACED = (
    "fibre.pia_duct_gbp_per_m", "fibre.footway_gbp_per_m", "fibre.carriageway_gbp_per_m",
    "fibre.soft_verge_gbp_per_m",
)  # fmt: skip
ROUTED = ("catchment.street_snap_m", "fibre.mapped_fibre_limit_m", *SURFACED)
TRENCHES = (
    "re-used duct, sub-duct and cable", "trench in footway", "trench in carriageway",
    "trench in soft verge", "rental of re-used duct",
)  # fmt: skip
WORKS = (*ROUTED, "fibre.chamber_spacing_m", "fibre.chamber_gbp")
ABOVE = (*WORKS, "fibre.building_connection_gbp", "fibre.street_works_pct")


ALONG = ("demand.easting", "demand.northing", "demand.uplift", *SITES, *FIBRE, *STREETS)
NET = tuple(f"appraisal.{name}_pct" for name in ("leakage", "displacement", "substitution"))


def _route_lines(way: str) -> dict[str, Recipe]:
    """Return how the lines of a route's bill of quantities are made."""
    on = (*SITES, *FIBRE, *STREETS)
    return {
        **{item: Recipe(f"metres by surface of {way}", on, ROUTED) for item in TRENCHES},
        "chambers and joints": Recipe(
            f"metres dug of {way} / spacing, and one at each joint", on, (*ROUTED, "fibre.chamber_spacing_m")
        ),
        "building connection": Recipe(f"sites joined by {way}", on, ROUTED),
        "street works, traffic management, permits": Recipe(f"civils of {way}", on, WORKS),
        "design and project management": Recipe(f"civils, connections and street works of {way}", on, ABOVE),
    }  # fmt: skip


OWN_WAY = "the cheapest way along streets to known fibre"
SHARED_WAY = "the cheapest shared network found along streets to known fibre"
LINES = {
    **_route_lines(OWN_WAY),
    "public site connected": Recipe("one for each site", ("ranking.site_id",)),
    "passing the premises uplifted": Recipe(
        "premises uplifted by the site", ("ranking.metric_uplift",)
    ),
}
# of a set that shares its route; what marks the sites of the set is put in by `recipes`
SHARED = {
    "public site connected": Recipe("number of sites without a route", ("ranking.site_id",)),
    "passing the premises uplifted": Recipe(REACHED, ("demand.uplift",), (NEAR, *CATCHMENT)),
    **_route_lines(SHARED_WAY),
}
OUTCOMES = {
    "sharing_saves_gbp": Recipe(
        "sum of the chosen sites' own costs less the ask", ("ranking.cost_gbp", "summary.value[ask_gbp]")
    ),
    "routed_sites": Recipe("number of chosen sites with a route", ("ranking.fibre_route_m",)),
    "route_alone_km": Recipe("sum of the chosen sites' own ways", ("ranking.fibre_route_m",)),
    "route_shared_km": Recipe(f"length of {SHARED_WAY}", (*SITES, *FIBRE, *STREETS), ROUTED),
    "route_reused_km": Recipe(f"metres in existing duct of {SHARED_WAY}", (*SITES, *FIBRE, *STREETS), ROUTED),
    "premises_passed": Recipe(
        "sum over the points near the shared route, each once", ALONG, ("fibre.passed_within_m", *ROUTED)
    ),
    "premises_passed_additional": Recipe(
        "sum over the points near the shared route, each once, less deadweight",
        (*ALONG, "demand.white"), ("fibre.passed_within_m", *ROUTED, *DEADWEIGHT),
    ),
    "premises_passed_net": Recipe(
        "additional premises passed x (1 - leakage) x (1 - displacement) x (1 - substitution)",
        ("summary.value[premises_passed_additional]",), NET,
    ),
    "premises_uplifted": Recipe(REACHED, ("demand.uplift",), (NEAR, *CATCHMENT)),
    "premises_additional": Recipe(
        f"{REACHED}, less deadweight", ("demand.uplift", "demand.white"), (NEAR, *CATCHMENT, *DEADWEIGHT)
    ),
    "premises_uplifted_50m": Recipe(REACHED, ("demand.uplift",), (CLOSE, *CATCHMENT)),
    "premises_uplifted_500m": Recipe(REACHED, ("demand.uplift",), (WIDE, *CATCHMENT)),
    "premises_under_review": Recipe(REACHED, ("demand.under_review",), (NEAR, *CATCHMENT)),
    "business_units_reached": Recipe(REACHED, ("businesses.units",), (NEAR, *CATCHMENT)),
    "cost_per_premises_gbp": Recipe(
        "ask / premises uplifted", ("summary.value[ask_gbp]", "summary.value[premises_uplifted]")
    ),
    "cost_per_additional_premises_gbp": Recipe(
        "ask / additional premises", ("summary.value[ask_gbp]", "summary.value[premises_additional]")
    ),
}  # fmt: skip

ORIGINS = Origins(
    lines=LINES,
    shared=SHARED,
    outcomes=OUTCOMES,
    benefits=(*WORTH, *DEADWEIGHT),
)
