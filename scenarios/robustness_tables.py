"""Tables on how firm a ranking is: how it was tested, the winner's limits, ranks, and other methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layers.lineage import Column, Recipe, Table
from scenarios.cross_check import CrossCheck, cross_check
from scenarios.dominance import dominated_table
from scenarios.routes import text_column
from scenarios.sensitivity import WinnerLimits, winner_limits
from scenarios.tested import DRAWS, Tested, values_of

if TYPE_CHECKING:
    from scenarios.tables import Made

__all__ = ["robustness_tables"]

Row = dict[str, Any]
NAN = float("nan")
RANKS = 20
DRAWN = {
    "uniform": "drawn evenly from all weights that sum to one",
    "ordinal": "drawn evenly from all weights that keep the criteria in the profile's order",
    "ranges": "drawn evenly from all weights within the ranges the group gave",
}


def robustness_tables(made: Made, tested: Tested, seed: int) -> list[Table]:
    """Return the tables `robustness`, `winner`, `acceptability`, `dominated`, `methods`, `method_check`."""
    sheets = _Sheets(made, tested, seed)
    poorer = dominated_table(made, sheets.listed)
    return [sheets.tests(), sheets.winner(), sheets.ranks(), poorer, *sheets.methods()]


class _Sheets:
    def __init__(self, made: Made, tested: Tested, seed: int) -> None:
        self.made, self.tested, self.seed = made, tested, seed
        self.keys = list(made.profile.criterion)
        self.labels = [made.profile.criterion[key].label for key in self.keys]
        self.weights = np.asarray([made.profile.criterion[key].weight for key in self.keys])
        sites = made.options.sites
        self.site = [str(s) for s in text_column(sites, "id")]
        self.name = [str(s) for s in text_column(sites, "name")]
        order = made.judgement.order
        self.listed = order[np.isin(order, tested.listed)]
        self.values = values_of(made.judgement, made.profile)[1][self.listed]
        self.inputs = tuple(f"ranking.value_{key}" for key in self.keys)
        cost = made.judgement.capital[1][self.listed]
        names = [self.site[i] for i in self.listed]
        self.limits: WinnerLimits = winner_limits(
            self.values, self.weights, costs_gbp=cost, site_id=names
        )
        self.where = made.scenario.place_disclosure

    def called(self, position: int) -> str:
        """Return the name of a listed site; empty where there is none."""
        return self.name[self.listed[position]] if position >= 0 else ""

    def column(self, text: str, unit: str, decimals: int, formula: str) -> Column:
        """Return the lineage of a number that the tested weightings give."""
        ends = tuple(f"{name}{end}" for name in self.inputs for end in ("_low", "_high"))
        settings = ("study.seed", "profile.criterion")
        return Column(text, unit, decimals, "modelled", formula, (*self.inputs, *ends), settings=settings)  # fmt: skip

    def frame(self, rows: list[Row], columns: dict[str, Column]) -> pd.DataFrame:
        """Return rows as a frame whose numbers are numbers, even without rows."""
        frame = pd.DataFrame(rows, columns=list(columns))
        for name, spec in columns.items():
            if spec.decimals is not None or spec.decimals_of:
                frame[name] = frame[name].astype("float64")
        return frame

    def _smallest(self) -> tuple[float, str]:
        """Return the smallest change of one weight that puts another site first, in words too."""
        best, said = NAN, "no change of any one weight puts another site first"
        for j, label in enumerate(self.labels):
            ends = (
                (self.limits.falls_to[j], self.limits.then_below[j]),
                (self.limits.rises_to[j], self.limits.then_above[j]),
            )
            for limit, then in ends:
                change = abs(float(limit) - self.weights[j])
                if np.isfinite(limit) and not change >= best:
                    best = change
                    said = (
                        f"{label}: from {100 * self.weights[j]:.1f} % to {100 * float(limit):.1f} %, "
                        f"then {self.called(int(then))} is first"
                    )
        return 100 * best, said

    def tests(self) -> Table:
        """One row a figure on how the ranking was tested, and whose weights it rests on."""
        profile = self.made.profile
        change, said = self._smallest()
        blind = profile.weights_set_before_scores
        whose = profile.weights_set_by or "not said who"
        when = f", {profile.weights_set_on}" if profile.weights_set_on else ", no date given"
        first = self.called(self.limits.winner)
        items: list[tuple[str, str, float, str, int, str]] = [
            ("draws", "Weightings tested", DRAWS, "weightings", 0, DRAWN[profile.weights_drawn]),
            ("seed", "Seed of the draws", self.seed, "", 0, "the same seed gives the same draws on any machine"),
            ("criteria", "Criteria weighed", len(self.keys), "criteria", 0, ""),
            ("uncertain_values", "Values drawn from a range", self.tested.found.uncertain_cells, "values", 0, "triangular between low and high with the peak at the value; missing ones uniform over their range"),
            ("weights_set_before_scores", "Weights set before the scores were seen (1 yes, 0 no)", float(blind), "", 0, f"set by {whose}{when}; {'before' if blind else 'after'} the scores were seen"),
            ("smallest_change", "Smallest change of one weight that puts another site first", change, "percentage points", 1, f"first is {first}; {said}" if first else "no site is ranked"),
        ]  # fmt: skip
        names = ("item", "label", "value", "unit", "decimals", "note")
        rows = [dict(zip(names, item, strict=True)) for item in items]
        settings = {
            "draws": ("profile.weights_drawn",), "seed": ("study.seed",),
            "criteria": ("profile.criterion",), "uncertain_values": (),
            "weights_set_before_scores": ("profile.weights_set_before_scores",),
            "smallest_change": ("profile.criterion",),
        }  # fmt: skip
        recipes = {
            str(row["item"]): Recipe(
                str(row["label"]),
                self.inputs if row["item"] in ("uncertain_values", "smallest_change") else (),
                (),
                settings[str(row["item"])],
            )
            for row in rows
        }
        columns = {
            "item": Column("key of the figure"),
            "label": Column("what it is"),
            "value": Column("value", unit_of="unit", decimals_of="decimals", recipes=recipes),
            "unit": Column("unit"),
            "decimals": Column("digits after the point", formula="fixed for the item", inputs=("robustness.value",)),
            "note": Column("what to know about it", disclosure=self.where),
        }  # fmt: skip
        frame = self.frame(rows, columns)
        frame["value"] = [
            round(v, int(d)) + 0.0 for v, d in zip(frame["value"], frame["decimals"], strict=True)
        ]
        return self.made.table("robustness", "item", frame, columns, "How the ranking was tested")

    def winner(self) -> Table:
        """One row a criterion: the weights between which the first site stays first."""
        rows = [
            {
                "criterion": key, "label": self.labels[j], "weight": self.weights[j],
                "falls_to": self.limits.falls_to[j],
                "then_below": self.called(int(self.limits.then_below[j])),
                "rises_to": self.limits.rises_to[j],
                "then_above": self.called(int(self.limits.then_above[j])),
            }
            for j, key in enumerate(self.keys)
        ]  # fmt: skip
        how = "exact: against each other site the lead is a straight line in the weight, the other weights in proportion"
        columns = {
            "criterion": Column("criterion"),
            "label": Column("its name"),
            "weight": Column("its weight", "", 4, settings=("profile.criterion",), formula="the profile's"),
            "falls_to": self.column("the lower weight at which another site takes the lead; none where it keeps it", "", 4, how),
            "then_below": Column("the site that then leads", disclosure=self.where),
            "rises_to": self.column("the higher weight at which another site takes the lead; none where it keeps it", "", 4, how),
            "then_above": Column("the site that then leads", disclosure=self.where),
        }  # fmt: skip
        return self.made.table("winner", "criterion", self.frame(rows, columns), columns, "Between which weights the first site stays first")  # fmt: skip

    def ranks(self) -> Table:
        """One row a listed site: how often it has each rank, and the weights that favour it."""
        found = self.tested.found
        kept = found.acceptability_pct.shape[1]
        rows = []
        for i in self.listed:
            row: Row = {
                "site_id": self.site[i], "name": self.name[i], "first_pct": found.first_pct[i],
                "confidence_pct": found.confidence_pct[i],
            }  # fmt: skip
            row |= {f"rank_{r + 1}_pct": found.acceptability_pct[i, r] for r in range(kept)}
            row["beyond_pct"] = found.beyond_pct[i]
            row |= {f"weight_{key}": found.central_weights[i, j] for j, key in enumerate(self.keys)}
            rows.append(row)
        over = f"over {DRAWS:,} tested weightings"
        columns = {
            "site_id": Column("stable id of the site", disclosure=self.where),
            "name": Column("its name", disclosure=self.where),
            "first_pct": self.column("share of tested weightings in which it is first", "%", 1, over),
            "confidence_pct": self.column("confidence factor: share of drawn values with which its central weights put it first", "%", 1, "with its central weights, values drawn 2,000 times; none where it is first in under 1 %"),
            **{f"rank_{r + 1}_pct": self.column(f"share with rank {r + 1}", "%", 1, over) for r in range(kept)},
            "beyond_pct": self.column(f"share with a rank beyond {kept}", "%", 1, over),
            **{f"weight_{key}": self.column(f"central weight of {self.labels[j].lower()}: the mean of the weights that put the site first", "", 4, over) for j, key in enumerate(self.keys)},
        }  # fmt: skip
        return self.made.table("acceptability", "site_id", self.frame(rows, columns), columns, "Rank acceptability and central weights (SMAA-2)")  # fmt: skip

    def methods(self) -> list[Table]:
        """Return the method annex: one row a method, and one a site and method."""
        checks = cross_check(self.values, self.weights) if len(self.listed) else ()
        totals = [self._method(check) for check in checks]
        rows = [
            {
                "row": f"{check.method}|{self.site[i]}", "method": check.method,
                "site_id": self.site[i], "name": self.name[i], "rank": check.rank[at] - check.gap[at],
                "rank_there": check.rank[at], "gap": check.gap[at],
                "cause": self._caused(int(check.cause[at])),
            }
            for check in checks
            for at, i in enumerate(self.listed)
        ]  # fmt: skip
        how = "on the same values and weights; never used to choose"
        columns = {
            "method": Column("the other method"),
            "sites": self.column("sites compared: all that are ranked", "sites", 0, "counted"),
            "tau": self.column("Kendall's tau-b of its ranking and ours; 1 where they agree throughout", "", 3, how),
            "big": self.column("gap from which a disagreement counts as big", "ranks", 0, "a tenth of the sites, at least 3"),
            "disagreements": self.column("sites with a big gap", "sites", 0, how),
            "cause": Column("the criterion behind most of them: leaving it out narrows the gap most"),
        }  # fmt: skip
        by_site = {
            "row": Column("method and site", disclosure=self.where),
            "method": Column("the other method"),
            "site_id": Column("stable id of the site", disclosure=self.where),
            "name": Column("its name", disclosure=self.where),
            "rank": Column("its rank by score among the sites compared", "", 0, formula="ranks of the sites compared, best 1", inputs=("ranking.rank",)),
            "rank_there": self.column("its rank by the other method", "", 0, how),
            "gap": self.column("rank there less rank by score", "ranks", 0, how),
            "cause": Column("where the gap is big, the criterion whose leaving out narrows it most"),
        }  # fmt: skip
        return [
            self.made.table("methods", "method", self.frame(totals, columns), columns, "Agreement with other methods"),
            self.made.table("method_check", "row", self.frame(rows, by_site), by_site, "Other methods site by site"),
        ]  # fmt: skip

    def _caused(self, criterion: int) -> str:
        return self.labels[criterion] if criterion >= 0 else ""

    def _method(self, check: CrossCheck) -> Row:
        far = np.abs(check.gap) >= check.big
        causes = check.cause[far & (check.cause >= 0)]
        most = int(np.bincount(causes).argmax()) if len(causes) else -1
        return {
            "method": check.method, "sites": len(check.rank), "tau": check.tau, "big": check.big,
            "disagreements": int(far.sum()), "cause": self._caused(most),
        }  # fmt: skip
