"""What else is known of each small area: residents who work for themselves, jobs, indicators, signal.

These are shown beside the gaps and join no score of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from layers.area_counts import AreaCounts, indicators, jobs, lookup_pairs, self_employed
from layers.boundaries import Ground
from layers.formats.self_employed import PANDEMIC
from layers.heights import Heights
from layers.ledger import Ledger
from layers.lineage import Column
from layers.parameters import Parameters
from layers.signal_area import HIGH, VERY_HIGH, signal_by_area

__all__ = ["FACT_COLUMNS", "Facts", "area_facts"]

FACT_COLUMNS: dict[str, Column] = {
    "self_employed": Column(
        f"self-employed residents, full-time students left out; {PANDEMIC}",
        "residents", 0, formula="published for the area, or its share of an MSOA's count by premises",
        inputs=("self_employed.self_employed",), grade_of="self_employed_grade",
    ),
    "self_employed_grade": Column("measured or estimated; empty where there is no value"),
    "jobs": Column(
        "jobs of all industries", "jobs", 0,
        formula="published for the area, or its share of an MSOA's count by premises; rounded by the publisher",
        inputs=("jobs.jobs",), grade_of="jobs_grade", low_of="jobs_low", high_of="jobs_high",
    ),
    "jobs_low": Column(
        "jobs, least that the publisher's rounding allows", "jobs", 0,
        inputs=("jobs.jobs_low",), grade_of="jobs_grade",
    ),
    "jobs_high": Column(
        "jobs, most that the publisher's rounding allows", "jobs", 0,
        inputs=("jobs.jobs_high",), grade_of="jobs_grade",
    ),
    "jobs_grade": Column("measured or estimated; empty where there is no value"),
    "broadband_score": Column(
        "score of broadband speeds behind the Indices of Deprivation, standardised, higher is worse; not a share",
        "", 3, "measured", inputs=("imd_indicators.broadband_score",),
    ),
    "connectivity_score": Column(
        "transport connectivity behind the Indices of Deprivation, 0 to 100, higher is better",
        "", 1, "measured", inputs=("imd_indicators.connectivity_score",),
    ),
    "signal_pct": Column(
        "share of premises where the study's own signal raster reaches the threshold of high confidence",
        "%", 1, "modelled",
        formula="100 x premises on cells at or above the threshold / premises on cells with data; missing where less than half are known",
        inputs=("signal_raster.rows", "demand.premises"), parameters=(HIGH,),
        low_of="signal_low_pct", high_of="signal_high_pct",
        disclosure="commercial",
    ),
    "signal_low_pct": Column(
        "the same at the threshold of very high confidence", "%", 1, "modelled",
        inputs=("signal_raster.rows", "demand.premises"), parameters=(VERY_HIGH,),
        disclosure="commercial",
    ),
    "signal_high_pct": Column(
        "the same at the threshold of high confidence", "%", 1, "modelled",
        inputs=("signal_raster.rows", "demand.premises"), parameters=(HIGH,),
        disclosure="commercial",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """Columns by area (indexed by id), and the points that carry residents and jobs.

    `src` are the files behind them.
    """

    by_area: pd.DataFrame
    self_employed: pd.DataFrame | None
    jobs: pd.DataFrame | None
    src: frozenset[str]


def area_facts(
    ledger: Ledger,
    ground: Ground,
    demand: pd.DataFrame | None,
    signal_files: Heights | None,
    parameters: Parameters,
) -> Facts:
    """Collect what is known of each small area beside its gaps; missing stays missing."""
    index = pd.Index(ground.areas["id"], name="id")
    pairs = lookup_pairs(ledger, ground)
    residents = self_employed(ledger, ground, demand, pairs)
    work = jobs(ledger, ground, demand, pairs)
    scores = indicators(ledger, ground)
    signal = signal_by_area(signal_files, demand, index, parameters)
    made = pd.DataFrame(index=index)
    for name, held in (("self_employed", residents), ("jobs", work)):
        columns = [c for c in FACT_COLUMNS if c.startswith(name) and not c.endswith("_grade")]
        for column in columns:
            made[column] = held.by_area[column].astype(float) if held is not None else np.nan
        made[f"{name}_grade"] = held.by_area["grade"] if held is not None else ""
        made[f"{name}_grade"] = made[f"{name}_grade"].where(made[name].notna(), "")
    for name in ("broadband_score", "connectivity_score"):
        made[name] = scores[name]
    for name in ("pct", "low_pct", "high_pct"):
        made[f"signal_{name}"] = signal[name]
    src = {
        *_files(residents), *_files(work),
        *scores["src"], *(s for text in signal["src"] for s in text.split("+")),
    }  # fmt: skip
    return Facts(
        made[list(FACT_COLUMNS)],
        residents.points if residents is not None else None,
        work.points if work is not None else None,
        frozenset(src - {""}),
    )


def _files(held: AreaCounts | None) -> set[str]:
    return set(held.by_area["src"]) if held is not None else set()
