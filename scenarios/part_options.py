"""The options of a case made part by part: arrays over sites to a frame, and back to whole options.

What a set of sites does together is found from the sites of the set alone: no part holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.costs import CostLine, SetCost
from scenarios.criteria import Metric
from scenarios.gates import Gate
from scenarios.routes import text_column
from scenarios.scenario import Benefits, Options, Outcomes

__all__ = ["frame_of", "whole_options"]

Mask = NDArray[np.bool_]
METRIC = ("value", "low", "high", "grade", "route")
GATE = ("outcome", "reason")
LINE = ("quantity", "quantity_low", "quantity_high")
BENEFIT = ("low", "middle", "high", "units")


def frame_of(options: Options, own: Mask) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return what the options say of some of their sites, as a frame, and the rest as plain data.

    Parameters
    ----------
    options
        Of a part: without measures, tables or facts of their own.
    own
        Which sites.
    """
    if options.measures or options.tables or options.facts or options.set_measures:
        raise ValueError("such options cannot be made in parts")
    columns: dict[str, Any] = {"id": text_column(options.sites, "id")}
    for kind, held, names in (
        ("metric", options.metrics, METRIC),
        ("gate", options.gates, GATE),
        ("line", dict(enumerate(options.costs)), LINE),
    ):
        columns |= {
            f"{kind}|{k}|{name}": getattr(v, name) for k, v in held.items() for name in names
        }
    columns |= {f"benefit||{name}": getattr(options.benefits, name) for name in BENEFIT}
    columns["method"] = options.catchment_method
    count = len(options.sites)
    for name in ("cost_grade", "cost_route"):
        text = getattr(options, name)
        columns[name] = np.full(count, "", dtype=object) if text is None else text
    about = {
        "metrics": {
            key: {name: getattr(m, name) for name in ("unit", "formula", "inputs", "parameters")}
            for key, m in options.metrics.items()
        },
        "gates": list(options.gates),
        "costs": [
            {k: v for k, v in _plain(line).items() if k not in LINE} for line in options.costs
        ],
        "benefits_stated": options.benefits.stated,
        "told": options.cost_grade is not None and options.cost_route is not None,
        "notes": list(options.notes),
    }
    return pd.DataFrame(columns).loc[own].reset_index(drop=True), about


def _plain(line: CostLine) -> dict[str, Any]:
    return {item.name: getattr(line, item.name) for item in fields(line)}


def whole_options(
    frame: pd.DataFrame,
    about: Mapping[str, Any],
    sites: pd.DataFrame,
    notes: Sequence[str],
    of_sites: Callable[[Mask], Options],
) -> Options:
    """Return the options of all sites.

    Parameters
    ----------
    frame, about
        As `frame_of` gave them: the rows of all parts under each other, and the rest from any part.
    sites
        All candidates, in the order wanted.
    notes
        Of the whole.
    of_sites
        Makes the options of some of the sites alone, with everything that they reach.

    Raises
    ------
    ValueError
        Where a site is in no part, or in two.
    """
    ids = pd.Index(text_column(sites, "id"))
    rows = frame.set_index("id")
    if len(rows) != len(ids) or not rows.index.is_unique or not ids.isin(rows.index).all():
        raise ValueError(f"{len(ids)} sites, but the parts tell of {len(rows)}")
    rows = rows.loc[ids]

    def numbers(name: str) -> NDArray[np.float64]:
        return rows[name].to_numpy(np.float64)

    def words(name: str) -> NDArray[np.object_]:
        return rows[name].astype(object).to_numpy()

    def metric(key: str, said: Mapping[str, Any]) -> Metric:
        value, low, high = (numbers(f"metric|{key}|{name}") for name in METRIC[:3])
        grade, route = (words(f"metric|{key}|{name}") for name in METRIC[3:])
        return Metric(
            value, low, high, grade, route, said["unit"], said["formula"],
            tuple(said["inputs"]), tuple(said["parameters"]),
        )  # fmt: skip

    metrics = {key: metric(key, said) for key, said in about["metrics"].items()}
    gates = {k: Gate(*(words(f"gate|{k}|{name}") for name in GATE)) for k in about["gates"]}
    costs = []
    for number, said in enumerate(about["costs"]):
        line: dict[str, Any] = {name: numbers(f"line|{number}|{name}") for name in LINE}
        costs.append(CostLine(**said, **line))
    count = len(ids)
    low, middle, high, units = (numbers(f"benefit||{name}") for name in BENEFIT)

    sets = _Sets(count, of_sites)
    return Options(
        sites=sites,
        metrics=metrics,
        gates=gates,
        costs=tuple(costs),
        benefits=Benefits(low, middle, high, units, about["benefits_stated"]),
        outcomes=sets.outcomes,
        catchment_method=words("method"),
        notes=tuple(notes),
        together=sets.together,
        cost_grade=words("cost_grade") if about["told"] else None,
        cost_route=words("cost_route") if about["told"] else None,
    )


@dataclass(frozen=True)
class _Sets:
    """What sets of sites do together, found from the sites of the set alone."""

    count: int
    of_sites: Callable[[Mask], Options]

    def _alone(self, chosen: Mask) -> tuple[Options, NDArray[np.int64], Mask]:
        """Return the options of a set, where its sites stand, and all of them (none of no set)."""
        at = np.flatnonzero(chosen)
        some = len(at) > 0
        at = at if some else np.zeros(1, dtype=np.int64)
        mask = np.zeros(self.count, dtype=bool)
        mask[at] = True
        return self.of_sites(mask), at, np.full(len(at), some)

    def outcomes(self, chosen: Mask, ask_gbp: tuple[float, float, float]) -> Outcomes:
        """Return what the chosen sites do together."""
        own, _, every = self._alone(chosen)
        return own.outcomes(every, ask_gbp)

    def together(self, chosen: Mask) -> SetCost:
        """Return what the chosen sites cost together."""
        own, at, every = self._alone(chosen)
        if own.together is None:
            raise ValueError("such options cannot be made in parts")
        cost = own.together(every)
        low, middle, high = (np.full(self.count, np.nan) for _ in range(3))
        for whole, part in zip((low, middle, high), cost.part, strict=True):
            whole[at] = part
        return replace(cost, part=(low, middle, high))
