"""Cases whose printed ranking follows from their values, so that the page can rank them again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from views import CRITERIA, case_view

from layers.lineage import Column, Figures, Table
from maps.live import LiveTable, live_table, rerank
from maps.view import CaseView

ENDS = ("", "_low", "_high")


def with_frame(view: CaseView, frame: pd.DataFrame) -> CaseView:
    """The case with another ranking; new columns are plain text."""
    columns = dict(view.ranking.columns)
    columns |= {
        str(c): Column(str(c), "%", 0) if str(c).endswith("_pct") else Column(str(c))
        for c in frame
        if c not in columns
    }
    columns = {name: held for name, held in columns.items() if name in frame}
    columns |= {
        name: replace(held, decimals=4)
        for name, held in columns.items()
        if name.startswith(("value_", "score"))
    }
    ranking = Table("ranking", "site_id", frame, columns)
    tables = [ranking if t.name == "ranking" else t for t in view.figures.tables.values()]
    return replace(view, ranking=ranking, figures=Figures(tables, view.key))


def ranked_case(scenario: str = "full_fibre_fund", *, sample: bool = False) -> CaseView:
    """The invented case, ranked from its own values under its own budget."""
    view = case_view(scenario, sample)
    frame = view.ranking.frame.copy()
    rng = np.random.default_rng(7)
    for name, *_ in CRITERIA[scenario]:
        middle = rng.integers(0, 10_001, len(frame)) / 10_000
        gone = frame[f"grade_{name}"].eq("")
        frame[f"value_{name}"] = np.where(gone, 0.5, middle)
        frame[f"value_{name}_low"] = np.where(gone, 0, np.clip(middle - 0.1, 0, 1)).round(4)
        frame[f"value_{name}_high"] = np.where(gone, 1, np.clip(middle + 0.1, 0, 1)).round(4)
    view = with_frame(view, frame)
    held = live_table(view)
    assert held is not None
    made = rerank(held, held.weights)
    frame = held.frame.copy()
    frame["status"], frame["rank"] = made.status, made.rank
    frame["rank_best"], frame["rank_worst"] = made.rank_best, made.rank_worst
    scored = frame["status"] != "not ranked"
    frame["score"] = np.where(scored, made.score, np.nan)
    frame["score_low"], frame["score_high"] = made.score_low, made.score_high
    frame["chosen"], frame["chosen_if_verified"] = made.chosen, made.chosen_if_verified
    return with_frame(view, frame)


def random_table(
    sites: int, criteria: int, seed: int, *, coarse: bool = False, budget_gbp: float = 4e6
) -> LiveTable:
    """A table of any size; coarse values make many ties."""
    rng = np.random.default_rng(seed)
    middle = rng.integers(0, 11, (sites, criteria)) * 1000 if coarse else None
    if middle is None:
        middle = rng.integers(0, 10_001, (sites, criteria))
    low = np.maximum(middle - rng.integers(0, 1500, middle.shape), 0)
    high = np.minimum(middle + rng.integers(0, 1500, middle.shape), 10_000)
    cost = np.sort(np.round(rng.uniform(10_000, 200_000, sites), -3))
    cost[sites - sites // 20 :] = np.nan
    weights = rng.dirichlet(np.ones(criteria))
    return LiveTable(
        frame=pd.DataFrame(
            {
                "site_id": [f"s{i:06d}" for i in range(sites)],
                "name": [f"Site {i}" for i in range(sites)],
                "kind": "library",
                "lad_name": "Ashmoor",
            }
        ),
        criteria=tuple(f"c{i}" for i in range(criteria)),
        labels=tuple(f"Criterion {i}" for i in range(criteria)),
        weights=weights,
        scales=np.stack([middle, low, high], axis=2),
        missing=rng.random((sites, criteria)) < 0.15,
        state=np.asarray(rng.choice(list("ppppvx"), sites)),
        cost_gbp=cost,
        budget_gbp=budget_gbp,
        minimum_pct=60.0,
    )
