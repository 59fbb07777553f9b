"""The tables of a case, with the lineage of every column: ranking, gates, costs, criteria."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.lineage import Column, Recipe, Table
from scenarios.costs import CAPITAL
from scenarios.criteria import POINTS_DECIMALS, VALUE_DECIMALS
from scenarios.gates import FAIL, UNKNOWN
from scenarios.judgement import GRADES
from scenarios.ranking import SCORE_DECIMALS
from scenarios.recipes import DISCOUNT, benefit_parameters, measured, quantities
from scenarios.routes import text_column
from scenarios.set_tables import part_columns
from scenarios.site_measures import measure_columns

if TYPE_CHECKING:
    from layers.source import SourceFile
    from scenarios.costs import SetCost
    from scenarios.judgement import Judgement
    from scenarios.profile import Profile
    from scenarios.scenario import Options, Outcomes, Scenario

__all__ = ["Made", "costs_table", "criteria_table", "gates_table", "ranking_table"]

ENDS = ("", "_low", "_high")
Span = tuple[float, float, float]


@dataclass(frozen=True)
class Made:
    """What the tables of a case are made from."""

    scenario: Scenario
    profile: Profile
    options: Options
    judgement: Judgement
    layer: str
    district_names: dict[str, str]
    sources: tuple[SourceFile, ...]
    sets: dict[str, SetCost]
    _found: dict[tuple[bytes, Span], Outcomes] = field(default_factory=dict, repr=False)

    def outcomes(self, chosen: NDArray[np.bool_], ask_gbp: Span) -> Outcomes:
        """Return what a set does together, found once however many tables tell of it."""
        key = chosen.tobytes(), ask_gbp
        if key not in self._found:
            self._found[key] = self.options.outcomes(chosen, ask_gbp)
        return self._found[key]

    def table(
        self, name: str, key: str, frame: pd.DataFrame, columns: dict[str, Column], about: str
    ) -> Table:
        """Return a table whose columns stand in the order of their lineage."""
        return Table(name, key, frame[list(columns)], columns, self.sources, about)


def _place_columns(made: Made) -> tuple[pd.DataFrame, dict[str, Column]]:
    """Return who and where each site is."""
    sites, layer = made.options.sites, made.layer
    where = made.scenario.place_disclosure
    frame = pd.DataFrame({"site_id": text_column(sites, "id")})
    columns = {
        "site_id": Column("stable id of the site", inputs=(f"{layer}.id",), disclosure=where)
    }
    words = {
        "name": "name in its register",
        "kind": "kind of place",
        "owner": "owner or operator as registered",
        "lad": "code of its district",
        "postcode": "postcode as published",
        "location": "how exactly the place is known: exact, postcode or area-only",
    }
    hidden = {"name", "owner", "postcode"}
    for name, text in words.items():
        frame[name] = text_column(sites, name)
        columns[name] = Column(
            text, inputs=(f"{layer}.{name}",), disclosure=where if name in hidden else "public"
        )
    frame["lad_name"] = [made.district_names.get(code, "") for code in frame["lad"]]
    columns["lad_name"] = Column("name of its district", inputs=("districts.name",))
    for name in ("easting", "northing"):
        frame[name] = pd.to_numeric(sites[name], errors="coerce").astype("float64").to_numpy()
        columns[name] = Column(
            f"{name}, EPSG:27700", "m", 0, inputs=(f"{layer}.{name}",), disclosure=where
        )
    return frame, columns


def _standing_columns(made: Made) -> tuple[dict[str, object], dict[str, Column]]:
    """Return rank, status, score and cost."""
    j, criteria = made.judgement, made.profile.criterion
    values = tuple(f"ranking.value_{key}" for key in criteria)
    rates = tuple(dict.fromkeys(p.line.rate for p in j.priced if p.line.timing == CAPITAL))
    biases = tuple(dict.fromkeys(p.line.bias for p in j.priced if p.line.bias))
    frame: dict[str, object] = {
        "rank": j.rank,
        "rank_best": j.rank_best,
        "rank_worst": j.rank_worst,
        "status": j.status,
        "chosen": j.chosen,
        "chosen_if_verified": j.chosen_if_verified,
        "score": j.score,
        "score_low": j.score_low,
        "score_high": j.score_high,
        "completeness_pct": j.completeness_pct,
        **{f"{grade}_pct": j.grade_pct[grade] for grade in GRADES},
        "cost_gbp": j.capital[1],
        "cost_gbp_low": j.capital[0],
        "cost_gbp_high": j.capital[2],
        "cost_grade": _cost_text(made.options.cost_grade, made, "estimated"),
        "cost_route": _cost_text(made.options.cost_route, made, "rates of the register"),
        "npsv_gbp": j.npsv,
        "bcr": j.bcr,
    }
    by_range = ("ranking.score_low", "ranking.score_high")
    metrics = tuple(f"ranking.metric_{key}" for key in criteria)
    graded = tuple(f"ranking.grade_{key}" for key in criteria)
    weights = ("profile.criterion",)
    appraised = ("costs.amount_gbp", *measured(made.options).inputs)
    worth = (*DISCOUNT, *benefit_parameters(made.profile.scenario))
    horizon = ("profile.horizon_years",)
    total = Column(
        "capital cost of the site on its own, with optimism bias",
        "GBP",
        0,
        formula="sum of the site's capital lines",
        inputs=("costs.amount_gbp",),
        parameters=(*rates, *biases),
        grade_of="cost_grade",
        low_of="cost_gbp_low",
        high_of="cost_gbp_high",
    )
    columns = {
        "rank": Column("rank by score; equal scores share it", "", 0, formula="1 + sites with a higher score", inputs=("ranking.score",), low_of="rank_best", high_of="rank_worst"),
        "rank_best": Column("best rank the ranges of the scores allow", "", 0, formula="1 + sites certain to score higher", inputs=by_range),
        "rank_worst": Column("worst rank the ranges of the scores allow", "", 0, formula="1 + sites that may score higher", inputs=by_range),
        "status": Column("ranked, to verify (an unknown gate), not ranked (too little known) or excluded (a failed gate)", inputs=("gates.outcome", "ranking.completeness_pct")),
        "chosen": Column("chosen under the budget", formula="down the ranking, skipping what no longer fits, within the rules laid down; never one to verify", inputs=("ranking.rank", "ranking.status", "ranking.cost_gbp")),
        "chosen_if_verified": Column("would be chosen if every unknown gate were confirmed", formula="as chosen, with those to verify", inputs=("ranking.rank", "ranking.status", "ranking.cost_gbp")),
        "score": Column("score, 0 to 1", "", SCORE_DECIMALS, formula="sum of weight x value", inputs=values, settings=weights, low_of="score_low", high_of="score_high"),
        "score_low": Column("score with every value at its worst", "", SCORE_DECIMALS, formula="sum of weight x lowest value", inputs=tuple(f"{v}_low" for v in values), settings=weights),
        "score_high": Column("score with every value at its best", "", SCORE_DECIMALS, formula="sum of weight x highest value", inputs=tuple(f"{v}_high" for v in values), settings=weights),
        "completeness_pct": Column("share of weight with a value", "%", 1, formula="100 x weight of the criteria with a value", inputs=metrics, settings=weights),
        **{f"{grade}_pct": Column(f"share of weight that rests on {grade} values", "%", 1, formula="100 x weight of the criteria of that grade", inputs=graded, settings=weights) for grade in GRADES},
        "cost_gbp": total,
        "cost_gbp_low": Column("low capital cost", "GBP", 0, "estimated", "sum of the site's capital lines, low", ("costs.amount_gbp_low",), (*rates, *biases)),
        "cost_gbp_high": Column("high capital cost", "GBP", 0, "estimated", "sum of the site's capital lines, high", ("costs.amount_gbp_high",), (*rates, *biases)),
        "cost_grade": Column("evidence grade of the cost; empty where it is unknown"),
        "cost_route": Column("how the site was priced"),
        "npsv_gbp": Column("net present social value of the site on its own", "GBP", 0, "estimated", f"present value of benefits less costs over {made.profile.horizon_years} years; {made.scenario.benefits_note}", appraised, worth, horizon),
        "bcr": Column("benefit-cost ratio; the denominator is net present public-sector cost", "", 2, "estimated", f"present value of benefits / of public costs; {made.scenario.benefits_note}", appraised, worth, horizon),
    }  # fmt: skip
    return frame, columns


def _cost_text(told: NDArray[np.object_] | None, made: Made, default: str) -> list[str]:
    """Return what is told of each site's cost; empty where the cost is unknown."""
    known = ~np.isnan(made.judgement.capital[1])
    texts = np.full(len(known), default, dtype=object) if told is None else told
    return [str(text) if there else "" for text, there in zip(texts, known, strict=True)]


def _criterion_columns(made: Made, key: str) -> tuple[dict[str, object], dict[str, Column]]:
    """Return metric, value and points of a criterion, with ranges, grade and route."""
    item, scored = made.profile.criterion[key], made.judgement.scored[key]
    metric = made.options.metrics[key]
    grade = f"grade_{key}"
    frame: dict[str, object] = {}
    columns: dict[str, Column] = {}
    for end, words in zip(ENDS, ("", ", low", ", high"), strict=True):
        name = f"metric_{key}{end}"
        frame[name] = getattr(scored, f"metric{end}")
        columns[name] = Column(
            f"{item.label}{words}: {item.description}" if not end else f"{item.label}{words}",
            item.unit,
            item.decimals,
            formula=metric.formula,
            inputs=metric.inputs,
            parameters=metric.parameters,
            grade_of=grade,
            low_of=None if end else f"{name}_low",
            high_of=None if end else f"{name}_high",
        )
    for end, words in zip(ENDS, ("", ", worst", ", best"), strict=True):
        name = f"value_{key}{end}"
        frame[name] = getattr(scored, f"value{end}")
        columns[name] = Column(
            f"{item.label} on its scale{words}",
            "",
            VALUE_DECIMALS,
            formula=(
                f"linear from {item.anchor_zero:g} (0) to {item.anchor_one:g} (1) {item.unit}, capped; "
                "missing takes the midpoint of its range"
            ),
            inputs=(f"ranking.metric_{key}{end}",),
            settings=(
                f"profile.criterion.{key}.anchor_zero",
                f"profile.criterion.{key}.anchor_one",
            ),
            grade_of=grade,
            low_of=None if end else f"{name}_low",
            high_of=None if end else f"{name}_high",
        )
    frame[f"points_{key}"] = scored.points
    columns[f"points_{key}"] = Column(
        f"points from {item.label.lower()}",
        "",
        POINTS_DECIMALS,
        formula=f"weight {item.weight:g} x value",
        inputs=(f"ranking.value_{key}", f"criteria.weight[{key}]"),
        grade_of=grade,
    )
    frame[grade], frame[f"route_{key}"] = metric.grade, metric.route
    columns[grade] = Column(f"evidence grade of {item.label.lower()}; empty where it is missing")
    columns[f"route_{key}"] = Column(
        f"where {item.label.lower()} comes from",
        disclosure="vacancy" if key == "vacancy_confidence" else "public",
    )
    return frame, columns


def ranking_table(made: Made) -> Table:
    """Return the `ranking` table: one row a candidate, in the order of print."""
    frame, columns = _place_columns(made)
    more, words = _standing_columns(made)
    parts = [pd.DataFrame(more)]
    columns |= words
    for key in made.profile.criterion:
        more, words = _criterion_columns(made, key)
        parts.append(pd.DataFrame(more))
        columns |= words
    beside, words = measure_columns(made.options.measures, frame.index)
    parts.append(beside)
    columns |= words
    split, words = part_columns(made)
    parts.append(split)
    columns |= words
    gates, rules = made.judgement.gates, made.profile.gate
    for outcome, name in ((FAIL, "gates_failed"), (UNKNOWN, "gates_unknown")):
        listed = [np.where(g.outcome == outcome, rules[k].label, "") for k, g in gates.items()]
        rows = zip(*listed, strict=True) if listed else [() for _ in range(len(frame))]
        parts.append(pd.DataFrame({name: ["; ".join(t for t in row if t) for row in rows]}))
        columns[name] = Column(f"gates whose outcome is {outcome}", inputs=("gates.outcome",))
    parts.append(pd.DataFrame({"catchment_method": made.options.catchment_method}))
    columns["catchment_method"] = Column("how distance around the site was measured")
    whole = pd.concat([frame, *parts], axis=1).iloc[made.judgement.order]
    first = ("site_id", "rank", "rank_best", "rank_worst", "name", "kind", "owner", "lad", "lad_name", "postcode", "easting", "northing", "location")  # fmt: skip
    columns = {name: columns[name] for name in (*first, *(c for c in columns if c not in first))}
    return made.table("ranking", "site_id", whole, columns, "Candidate sites in order of rank")


def gates_table(made: Made) -> Table:
    """Return the `gates` table: one row a site and gate."""
    order, gates, rules = made.judgement.order, made.judgement.gates, made.profile.gate
    sites = text_column(made.options.sites, "id")[order]
    blocks = [
        pd.DataFrame(
            {
                "at": np.arange(len(order)),
                "site_id": sites,
                "gate": key,
                "label": rules[key].label,
                "outcome": gate.outcome[order],
                "reason": gate.reason[order],
            }
        )
        for key, gate in gates.items()
    ]
    names = ["at", "site_id", "gate", "label", "outcome", "reason"]
    frame = (
        pd.concat(blocks) if blocks else pd.DataFrame({n: pd.Series(dtype=object) for n in names})
    )
    frame = frame.sort_values("at", kind="stable")
    frame["row"] = frame["site_id"] + "|" + frame["gate"]
    where = made.scenario.place_disclosure
    columns = {
        "row": Column("site and gate", disclosure=where),
        "site_id": Column("stable id of the site", disclosure=where),
        "gate": Column("key of the gate"),
        "label": Column("the gate"),
        "outcome": Column("pass, fail or unknown; unknown never counts as either"),
        "reason": Column("why, and who confirmed it", disclosure=where),
    }
    return made.table("gates", "row", frame, columns, "Gates of every candidate")


def costs_table(made: Made) -> Table:
    """Return the `costs` table: one row a site and cost line."""
    order = made.judgement.order
    sites = text_column(made.options.sites, "id")[order]
    blocks = [
        pd.DataFrame(
            {
                "at": np.arange(len(order)),
                "site_id": sites,
                "item": p.line.item,
                "timing": p.line.timing,
                "quantity": p.line.quantity[order],
                "unit": p.line.unit,
                "rate_gbp": p.rate_gbp,
                "amount_gbp": p.amount[order],
                "amount_gbp_low": p.low[order],
                "amount_gbp_high": p.high[order],
                "optimism_bias_pct": p.optimism_bias_pct,
                "basis": p.basis,
                "parameter": p.line.rate,
                "optional": p.line.optional,
            }
        )
        for p in made.judgement.priced
    ]
    frame = pd.concat(blocks).sort_values("at", kind="stable")
    frame = frame[~(frame["optional"] & (frame["quantity"] == 0) & (frame["amount_gbp_high"] == 0))]
    frame["row"] = frame["site_id"] + "|" + frame["item"]
    where = made.scenario.place_disclosure
    formula = "quantity x rate x (1 + optimism bias), in whole pounds"
    lines = {p.line.item: p.line for p in made.judgement.priced}
    made_of = quantities(made.options, made.scenario)
    rates = {item: Recipe("the rate in force", (), (line.rate,)) for item, line in lines.items()}
    biases = {
        item: Recipe("the bias in force", (), (line.bias,))
        if line.bias
        else Recipe("the cost model puts none on this line", settings=("profile.scenario",))
        for item, line in lines.items()
    }
    amounts = {
        item: Recipe(
            formula,
            ("costs.quantity", "costs.rate_gbp", "costs.optimism_bias_pct"),
            (line.rate, *((line.bias,) if line.bias else ())),
        )
        for item, line in lines.items()
    }
    columns = {
        "row": Column("site and item", disclosure=where),
        "site_id": Column("stable id of the site", disclosure=where),
        "item": Column("cost line"),
        "timing": Column("capital in year 0, or running in each year of the horizon"),
        "quantity": Column("quantity", decimals=2, unit_of="unit", recipes=made_of, recipe_of="item"),
        "unit": Column("unit of the quantity"),
        "rate_gbp": Column("rate per unit", "GBP", 2, recipes=rates, recipe_of="item"),
        "amount_gbp": Column("amount", "GBP", 0, "estimated", formula, recipes=amounts, recipe_of="item", low_of="amount_gbp_low", high_of="amount_gbp_high"),
        "amount_gbp_low": Column("low amount", "GBP", 0, "estimated", f"{formula}, each at its low end", recipes=amounts, recipe_of="item"),
        "amount_gbp_high": Column("high amount", "GBP", 0, "estimated", f"{formula}, each at its high end", recipes=amounts, recipe_of="item"),
        "optimism_bias_pct": Column("optimism bias of the line", "%", 0, recipes=biases, recipe_of="item"),
        "basis": Column("stated (a quote or decision) or assumed (a shipped default: unquoted)"),
        "parameter": Column("key of the rate in the register"),
    }  # fmt: skip
    return made.table("costs", "row", frame, columns, "Cost lines of every candidate, real prices")


def criteria_table(made: Made) -> Table:
    """Return the `criteria` table: one row a criterion of the profile."""
    rows = [
        {
            "criterion": key,
            "label": item.label,
            "unit": item.unit,
            "weight": item.weight,
            "anchor_zero": item.anchor_zero,
            "anchor_one": item.anchor_one,
            "missing_rule": item.missing,
            "description": item.description,
            "sites_with_value": int((~made.judgement.scored[key].missing).sum()),
            "sites_capped": made.judgement.scored[key].capped,
        }
        for key, item in made.profile.criterion.items()
    ]

    def set_by(name: str) -> dict[str, Recipe]:
        keys = made.profile.criterion
        return {
            k: Recipe("set by the profile", (), (), (f"profile.criterion.{k}.{name}",))
            for k in keys
        }

    counted = {
        key: Recipe(
            "number of sites", (f"ranking.metric_{key}",), (), (f"profile.criterion.{key}",)
        )
        for key in made.profile.criterion
    }
    columns = {
        "criterion": Column("key of the criterion"),
        "label": Column("the criterion"),
        "unit": Column("unit of its metric"),
        "weight": Column(
            f"share of the score. {made.profile.weights_note}", decimals=4, recipes=set_by("weight")
        ),
        "anchor_zero": Column(
            "metric worth 0, fixed by the profile", unit_of="unit", recipes=set_by("anchor_zero")
        ),
        "anchor_one": Column(
            "metric worth 1, fixed by the profile", unit_of="unit", recipes=set_by("anchor_one")
        ),
        "missing_rule": Column("interval: worst and best anchor bound it, the midpoint ranks"),
        "description": Column("what is measured"),
        "sites_with_value": Column("candidates with a value", "sites", 0, recipes=counted),
        "sites_capped": Column(
            "candidates whose metric lies beyond an anchor", "sites", 0, recipes=counted
        ),
    }
    return made.table("criteria", "criterion", pd.DataFrame(rows), columns, "Criteria and weights")
