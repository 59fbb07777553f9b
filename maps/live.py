"""What the board page needs to rank the sites again under other weights, and the proof that it can.

The page's script does what `scenarios.ranking` does. Before a case's table is written into the
page, the ranking is made again here from that table alone; where it is not the printed ranking
the table is left out, because sliders that start somewhere else would mislead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from maps.listing import kind_words
from maps.passages import clean
from maps.view import CaseView
from scenarios.ranking import additive_score, rank_ranges, ranking_order, ranks, walk_down

__all__ = ["LiveTable", "Ranked", "live_data", "live_table", "rerank", "why_not"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
UNITS = 10_000  # values have four decimals and travel as whole numbers
MINIMUM_COMPLETENESS_PCT = 60.0
SLIDER_STEPS = (1.0, 0.5, 0.1, 0.01)
ENDS = ("", "_low", "_high")


@dataclass(frozen=True)
class LiveTable:
    """Everything that decides a ranking, in the order that breaks ties: cost, then id.

    Attributes
    ----------
    frame
        Rows of the case's ranking in that order.
    criteria, labels, weights
        Keys of the criteria in the profile's order, their names, and their weights in the bid.
    scales
        Array of shape (sites, criteria, 3): value, lowest and highest, in whole units of 1/10,000.
    missing
        Array of shape (sites, criteria): where the value only stands for its range.
    state
        One letter a site: `p` every gate passed, `v` a gate to verify, `x` a gate failed.
    cost_gbp
        Capital cost, NaN where it is unknown.
    """

    frame: pd.DataFrame
    criteria: tuple[str, ...]
    labels: tuple[str, ...]
    weights: Floats
    scales: NDArray[np.int64]
    missing: Mask
    state: NDArray[np.str_]
    cost_gbp: Floats
    budget_gbp: float
    minimum_pct: float


@dataclass(frozen=True)
class Ranked:
    """A ranking, site by site in the table's order; ranks are NaN for sites that do not rank."""

    status: NDArray[np.str_]
    score: Floats
    score_low: Floats
    score_high: Floats
    rank: Floats
    rank_best: Floats
    rank_worst: Floats
    chosen: Mask
    chosen_if_verified: Mask


def _texts(frame: pd.DataFrame, column: str) -> list[str]:
    return [clean(text) for text in frame[column].fillna("").astype(str).tolist()]


def live_table(view: CaseView) -> LiveTable | None:
    """Return the table of a case, or `None` where a column or a value it needs is not there."""
    frame = view.ranking.frame
    keys = tuple(view.criteria.frame["criterion"].astype(str))
    needed = [f"value_{key}{end}" for key in keys for end in ENDS]
    needed += [*(f"grade_{key}" for key in keys), "gates_failed", "gates_unknown", "cost_gbp"]
    if not keys or frame.empty or any(name not in frame for name in needed):
        return None
    if "budget_gbp" not in view.summary or pd.isna(view.summary.cell("budget_gbp", "value")):
        return None
    cost = frame["cost_gbp"].to_numpy(dtype=np.float64)
    ids = [str(site) for site in frame[view.ranking.key].tolist()]
    frame = frame.iloc[ranking_order(np.zeros(len(frame)), cost, ids)].reset_index(drop=True)
    real = np.stack(
        [frame[[f"value_{key}{end}" for key in keys]].to_numpy(dtype=np.float64) for end in ENDS],
        axis=2,
    )
    if np.isnan(real).any():
        return None
    failed = np.array([text != "" for text in _texts(frame, "gates_failed")])
    unknown = np.array([text != "" for text in _texts(frame, "gates_unknown")])
    return LiveTable(
        frame=frame,
        criteria=keys,
        labels=tuple(clean(view.criteria.cell(key, "label")) for key in keys),
        weights=np.array([float(view.criteria.cell(key, "weight")) for key in keys]),
        scales=np.rint(real * UNITS).astype(np.int64),
        missing=np.column_stack([frame[f"grade_{k}"].fillna("").astype(str) == "" for k in keys]),
        state=np.where(failed, "x", np.where(unknown, "v", "p")),
        cost_gbp=frame["cost_gbp"].to_numpy(dtype=np.float64),
        budget_gbp=float(view.summary.cell("budget_gbp", "value")),
        minimum_pct=float(
            getattr(view.profile, "minimum_completeness_pct", MINIMUM_COMPLETENESS_PCT)
        ),
    )


def rerank(table: LiveTable, weights: ArrayLike) -> Ranked:
    """Return the ranking under some weights, by the rules of `scenarios.ranking`.

    Parameters
    ----------
    table
        A case.
    weights
        One per criterion, summing to one.
    """
    given = np.asarray(weights, dtype=np.float64)
    score, low, high = (
        additive_score(table.scales[:, :, end] / UNITS, given) for end in range(len(ENDS))
    )
    known_pct = np.round(100 * (~table.missing * given).sum(axis=1), 6)
    status = np.where(table.state == "v", "to verify", "ranked").astype("<U10")
    status[known_pct < table.minimum_pct] = "not ranked"
    status[table.state == "x"] = "excluded"
    listed = np.flatnonzero(np.isin(status, ("ranked", "to verify")))
    rank, best, worst = (np.full(len(score), np.nan) for _ in range(3))
    rank[listed] = ranks(score[listed])
    best[listed], worst[listed] = rank_ranges(low[listed], high[listed])
    order = listed[np.argsort(rank[listed], kind="stable")]
    money = (table.cost_gbp, table.budget_gbp)
    return Ranked(
        status=status,
        score=score,
        score_low=low,
        score_high=high,
        rank=rank,
        rank_best=best,
        rank_worst=worst,
        chosen=walk_down(order, status == "ranked", *money),
        chosen_if_verified=walk_down(order, np.isin(status, ("ranked", "to verify")), *money),
    )


def why_not(table: LiveTable | None) -> str:
    """Return why the page cannot rank a case again; empty where it can."""
    if table is None:
        return "a value, a cost or the budget is not in the ranking's table"
    made = rerank(table, table.weights)
    frame = table.frame
    rank = frame["rank"].to_numpy(dtype=np.float64, na_value=np.nan)
    same = (
        np.array_equal(made.status, frame["status"].astype(str).to_numpy())
        and np.array_equal(made.rank, rank, equal_nan=True)
        and np.array_equal(made.chosen, frame["chosen"].fillna(value=False).to_numpy(dtype=bool))
    )
    return "" if same else "the table does not give the printed ranking"


def _coded(words: list[str]) -> dict[str, Any]:
    codes, held = pd.factorize(pd.Series(words, dtype=object))
    return {"words": list(held), "at": codes.tolist()}


def _bits(flags: NDArray[Any]) -> str:
    return "".join("1" if flag else "0" for flag in flags)


def slider_step(weights: Floats) -> float:
    """Return the coarsest step, in hundredths of the score, on which every weight stands.

    >>> slider_step(np.array([0.25, 0.75])), slider_step(np.array([0.125, 0.875]))
    (1.0, 0.5)
    """
    for step in SLIDER_STEPS:
        points = weights * 100 / step
        if np.allclose(points, np.rint(points), rtol=0, atol=1e-6):
            return step
    return SLIDER_STEPS[-1]


def live_data(view: CaseView, table: LiveTable, at: list[list[int] | None]) -> dict[str, Any]:
    """Return a case as the page's script reads it, ready for JSON.

    Parameters
    ----------
    view, table
        The case; `why_not` must have found nothing.
    at
        Where each site of `table.frame` stands on the case's map, in its units.
    """
    frame = table.frame
    middle = table.scales[:, :, 0]
    made = rerank(table, table.weights)
    listed = int(np.isfinite(made.rank).sum())
    return {
        "key": view.key,
        "title": clean(view.title),
        "profile": clean(view.profile.key),
        "sample": view.study.sample,
        "date": view.study.as_of.isoformat(),
        "budget": table.budget_gbp,
        "minimum": table.minimum_pct,
        "step": slider_step(table.weights),
        "listed": listed,
        "criteria": [
            {
                "key": key,
                "label": table.labels[c],
                "weight": float(table.weights[c]),
                "mid": middle[:, c].tolist(),
                "below": (middle[:, c] - table.scales[:, c, 1]).tolist(),
                "above": (table.scales[:, c, 2] - middle[:, c]).tolist(),
                "missing": _bits(table.missing[:, c]) if table.missing[:, c].any() else "",
            }
            for c, key in enumerate(table.criteria)
        ],
        "name": _texts(frame, "name"),
        "kind": _coded([kind_words(kind) for kind in _texts(frame, "kind")]),
        "district": _coded(_texts(frame, "lad_name")),
        "cost": [None if np.isnan(c) else float(c) for c in table.cost_gbp],
        "state": "".join(table.state),
        "at": at,
    }
