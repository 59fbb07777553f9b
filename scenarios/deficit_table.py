"""The modelled 5G deficit in the gap tables, with the published figure beside it.

Published figures are for whole districts and saturate; the model tells small areas apart. It claims nothing
until the study states that the completeness of its mast list was tested: until then the columns are there
and empty, and say why.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.lineage import Column, Table
from scenarios.coverage_gap import ANY, COMPLETE, EVERY, no_claim
from scenarios.deficit_5g import area_deficit, point_deficit
from scenarios.routes import district_share, positions, text_column
from scenarios.signal_check import check_signal, listed_masts

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from scenarios.signal_check import SignalCheck

__all__ = ["PUBLISHED", "STEM", "with_modelled_deficit"]

STEM, PUBLISHED = "no_5g_modelled", "no_5g_published_pct"
WHAT = "share of premises expected to have no 5G outdoors, modelled from the mast list"
FORMULA = (
    "100 x premises x probability of no coverage outdoors at high confidence / premises; TR 38.901 "
    "from the nearest masts listed, every mast taken to carry 5G; low and high follow the link budget"
)
INPUTS = ("demand.premises", "demand.easting", "demand.northing", "masts.easting", "masts.northing")
# the most alike first: any mast of the list serves, outdoors, at high confidence
PUBLISHED_MEASURES = (
    ("premises_5g_any_high_confidence_pct", "premises without 5G from any operator"),
    (ANY, "land without 5G from any operator"),
    (EVERY, "premises without 5G from all operators"),
)
ENDS = {"pct": f"{STEM}_pct", "low_pct": f"{STEM}_low_pct", "high_pct": f"{STEM}_high_pct"}


def with_modelled_deficit(
    areas: Table, districts: Table, evidence: Evidence, parameters: Parameters
) -> tuple[Table, Table]:
    """Return the gap tables of small areas and of districts with the modelled deficit added.

    Parameters
    ----------
    areas, districts
        `area_gaps` with `id lad`, `district_gaps` with `id`.

    Returns
    -------
    tuple of Table
        Both with `no_5g_modelled_pct` (with `_low`, `_high`, `_grade`), `no_5g_published_pct` (of the whole
        district, the same for all its areas) and `no_5g_note`, which says what either is, or why it is
        unknown. Missing is unknown, never zero.
    """
    check = check_signal(evidence, parameters)
    claimed = no_claim(evidence, parameters)
    if evidence.demand is None and not claimed:
        claimed = "no premises in the study"
    frames = []
    for table, column in ((areas, "area"), (districts, "lad")):
        found = None if claimed else _modelled(evidence, check, table, column)
        lad = text_column(table.frame, "lad" if column == "area" else "id")
        frames.append(_added(table, found, lad, evidence, check, claimed))
    return frames[0], frames[1]


def _modelled(
    evidence: Evidence, check: SignalCheck, table: Table, column: str
) -> pd.DataFrame | None:
    """Return the deficit by the rows of a table; None where demand does not say the area."""
    demand = evidence.demand.frame if evidence.demand is not None else pd.DataFrame()
    if column not in demand:
        return None
    masts = listed_masts(evidence, check.carrier)
    points = point_deficit(positions(demand), masts, check.carrier, list_tested=True)
    return area_deficit(
        points, text_column(demand, column), demand["premises"], table.frame[table.key]
    )


def _added(
    table: Table,
    found: pd.DataFrame | None,
    lads: np.ndarray,
    evidence: Evidence,
    check: SignalCheck,
    claimed: str,
) -> Table:
    frame = table.frame.copy()
    for name, column in ENDS.items():
        frame[column] = np.nan if found is None else found[name].to_numpy(dtype=np.float64)
    known = frame[ENDS["pct"]].notna().to_numpy()
    frame[f"{STEM}_grade"] = np.where(known, "modelled", "")
    share, words = _published(evidence, lads)
    frame[PUBLISHED] = share
    frame["no_5g_note"] = np.where(
        known,
        f"{check.label}{words}",
        f"{claimed or 'no premises or no masts known'}: no deficit is claimed{words}",
    )
    return replace(table, frame=frame, columns={**table.columns, **_columns(check)}, _position={})


def _published(evidence: Evidence, lads: np.ndarray) -> tuple[np.ndarray, str]:
    """Return what is published for each row's district as a share without 5G, and what that is."""
    for measure, words in PUBLISHED_MEASURES:
        share, release = district_share(evidence, measure)
        gap = 100 - share.reindex(pd.Index(lads)).to_numpy(dtype=np.float64)
        if not np.isnan(gap).all():
            return gap, f"; published ({release}) is the share of {words}, of the whole district"
    return np.full(len(lads), np.nan), ""


def _columns(check: SignalCheck) -> dict[str, Column]:
    inputs = (*INPUTS, *check.inputs)
    made = {
        column: Column(
            WHAT if end == "pct" else f"{WHAT}, {end.removesuffix('_pct')}",
            "%",
            1,
            grade_of=f"{STEM}_grade",
            formula=FORMULA,
            inputs=inputs,
            parameters=(COMPLETE, *check.parameters),
            low_of=ENDS["low_pct"] if end == "pct" else None,
            high_of=ENDS["high_pct"] if end == "pct" else None,
        )
        for end, column in ENDS.items()
    }
    return {
        **made,
        f"{STEM}_grade": Column("modelled; empty where there is no value"),
        PUBLISHED: Column(
            "published share without 5G of the whole district, the same for all its areas",
            "%",
            1,
            grade="measured",
            formula="100 - published share",
            inputs=("coverage.share_pct",),
        ),
        "no_5g_note": Column(
            "what the modelled and the published share are, or why one is unknown"
        ),
    }
