"""What the desk knows of a site beside its criteria: people near, grades checked, projects there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.formats.self_employed import PANDEMIC
from layers.projects import COMMITTED
from scenarios.criteria import Metric
from scenarios.gates import FAIL, UNKNOWN, Gate
from scenarios.routes import Points, catchment_total, positions, text_column
from scenarios.scenario import SiteMeasure

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from scenarios.unused_offices import Buildings

__all__ = ["checked_operators", "people_near", "with_projects"]

CHECKED = "testbed.check_m"


def people_near(g: Buildings) -> dict[str, SiteMeasure]:
    """Return self-employed residents and jobs within the time people take, where the study has them.

    Freelancers are demand that business counts leave out: firms with neither VAT nor PAYE. They are
    told beside the criterion of micro-business demand and not added to it, as some of them have a
    firm that is counted there.
    """
    made: dict[str, SiteMeasure] = {}
    for name, label, unit in (
        ("self_employed", f"self-employed residents within {g.way_text}; {PANDEMIC}", "residents"),
        ("jobs", f"jobs within {g.way_text}; published counts are rounded", "jobs"),
    ):
        layer = getattr(g.evidence, name)
        if layer is None:
            continue
        metric = catchment_total(
            g.who_come(layer.frame), Points(layer.frame), name, unit=unit, layer=name,
            parameters=g.travel.parameters,
        )  # fmt: skip
        made[f"{name}_near"] = SiteMeasure(label, metric, "estimated")
    return made


def checked_operators(
    evidence: Evidence, sites: pd.DataFrame, parameters: Parameters
) -> dict[str, SiteMeasure]:
    """Return how many operators Ofcom grades as likely outdoors at the nearest checked address."""
    layer = evidence.mobile_checks
    if layer is None:
        return {}
    from scipy.spatial import cKDTree  # noqa: PLC0415 - only where there are answers

    at = positions(sites)
    placed = np.isfinite(at).all(axis=1)
    value = np.full(len(sites), np.nan)
    if placed.any():
        limit = parameters.value(CHECKED)
        _, nearest = cKDTree(positions(layer.frame)).query(at[placed], distance_upper_bound=limit)
        grades = np.append(layer.frame["data_outdoor_likely"].to_numpy(dtype=np.float64), np.nan)
        value[placed] = grades[nearest]  # past the last one where none is near
    metric = Metric.of(
        value,
        unit="operators",
        grade="estimated",
        route="Ofcom's grade at the nearest checked address; stricter than Connected Nations",
        formula="operators of grade 4 for data outdoors at the nearest address of a saved answer",
        inputs=("mobile_checks.data_outdoor_likely",),
        parameters=(CHECKED,),
    )
    label = "operators likely outdoors at the nearest address that was checked with Ofcom"
    return {"operators_checked": SiteMeasure(label, metric, "estimated")}


def with_projects(gate: Gate, evidence: Evidence, sites: pd.DataFrame) -> Gate:
    """Return a gate on existing plans, unknown where a project is paid for at the site itself.

    Nobody can tell from a list whether a project pays for the same thing, so it never fails a site.
    """
    if evidence.projects is None:
        return gate
    frame = evidence.projects.frame
    live = frame[frame["status"].isin(COMMITTED) & (frame["site_id"] != "")]
    if live.empty:
        return gate
    told = live["project"] + " of " + live["owner"] + " (" + live["status"] + ")"
    said = told.groupby(live["site_id"]).agg("; ".join)
    here = pd.Series(text_column(sites, "id")).map(said)
    outcome, reason = gate.outcome.copy(), gate.reason.copy()
    for i in np.flatnonzero(here.notna().to_numpy() & (outcome != FAIL)):
        before = f" ({reason[i]})" if reason[i] else ""
        outcome[i] = UNKNOWN
        reason[i] = f"already a project here, confirm that it does not pay for this: {here[i]}{before}"  # fmt: skip
    return Gate(outcome, reason)
