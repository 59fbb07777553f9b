"""What sets of sites cost together: the bill of quantities, and each site's part of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from layers.lineage import Column, Recipe, Table
from scenarios.costs import CAPITAL
from scenarios.recipes import set_quantities
from scenarios.site_measures import measure_columns

if TYPE_CHECKING:
    from scenarios.costs import Priced
    from scenarios.tables import Made

__all__ = ["SETS", "bill_table", "part_columns"]

SETS = {
    "chosen": "the chosen sites",
    "chosen_if_verified": "the sites chosen if every gate to verify were confirmed",
}
ENDS = {"_low": ", low", "": "", "_high": ", high"}
PARTS = {"chosen": "part_gbp", "chosen_if_verified": "part_if_verified_gbp"}
SPLIT = (
    "the set's cost split: a stretch of trench and a premises evenly among the sites that use it, "
    "connections their own, on-costs in proportion, nobody more than alone"
)


def _asked(priced: Priced) -> bool:
    line = priced.line
    return not line.optional or bool(line.quantity_high[0] > 0 or line.quantity[0] > 0)


def bill_table(made: Made) -> Table:
    """Return the `bill` table: one row a set of sites and cost line, work that is shared once."""
    rows = [
        {
            "row": f"{name}|{p.line.item}",
            "set": name,
            "item": p.line.item,
            "timing": p.line.timing,
            "quantity": p.line.quantity[0],
            "unit": p.line.unit,
            "rate_gbp": p.rate_gbp,
            "amount_gbp": p.amount[0],
            "amount_gbp_low": p.low[0],
            "amount_gbp_high": p.high[0],
            "optimism_bias_pct": p.optimism_bias_pct,
            "basis": p.basis,
            "parameter": p.line.rate,
        }
        for name, cost in made.sets.items()
        for p in cost.priced
        if _asked(p)
    ]
    quantities: dict[str, Recipe] = {}
    amounts: dict[str, Recipe] = {}
    rates: dict[str, Recipe] = {}
    biases: dict[str, Recipe] = {}
    for name, cost in made.sets.items():
        flag = f"ranking.{name}"
        shared = set_quantities(made.options, made.scenario, flag)
        for p in cost.priced:
            row, line = f"{name}|{p.line.item}", p.line
            bias = (line.bias,) if line.bias else ()
            each = ("bill.quantity", "bill.rate_gbp", "bill.optimism_bias_pct")
            quantities[row] = (
                shared[line.item]
                if cost.shared
                else Recipe("sum over the set", ("costs.quantity", flag))
            )
            amounts[row] = (
                Recipe("quantity x rate x (1 + optimism bias)", each, (line.rate, *bias))
                if cost.shared
                else Recipe("sum over the set", ("costs.amount_gbp", flag))
            )
            rates[row] = Recipe("the rate in force", (), (line.rate,))
            biases[row] = (
                Recipe("the bias in force", (), bias)
                if bias
                else Recipe("none on this line", settings=("profile.scenario",))
            )
    columns = {
        "row": Column("set and item"),
        "set": Column("chosen, or chosen_if_verified"),
        "item": Column("cost line"),
        "timing": Column("capital in year 0, or running in each year of the horizon"),
        "quantity": Column("quantity", decimals=2, unit_of="unit", recipes=quantities),
        "unit": Column("unit of the quantity"),
        "rate_gbp": Column("rate per unit", "GBP", 2, recipes=rates),
        "amount_gbp": Column("amount", "GBP", 0, "estimated", recipes=amounts, low_of="amount_gbp_low", high_of="amount_gbp_high"),
        "amount_gbp_low": Column("low amount", "GBP", 0, "estimated", recipes=amounts),
        "amount_gbp_high": Column("high amount", "GBP", 0, "estimated", recipes=amounts),
        "optimism_bias_pct": Column("optimism bias of the line", "%", 0, recipes=biases),
        "basis": Column("stated (a quote or decision) or assumed (a shipped default: unquoted)"),
        "parameter": Column("key of the rate in the register"),
    }  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(columns))
    about = "Bill of quantities of the chosen sites together, real prices"
    return made.table("bill", "row", frame, columns, about)


def part_columns(made: Made) -> tuple[pd.DataFrame, dict[str, Column]]:
    """Return each site's part of what its set costs, as columns of the ranking."""
    frame = pd.DataFrame(index=range(len(made.options.sites)))
    columns: dict[str, Column] = {}
    for name, cost in made.sets.items():
        stem = PARTS[name]
        for (end, words), part in zip(ENDS.items(), cost.part, strict=True):
            frame[f"{stem}{end}"] = part
            columns[f"{stem}{end}"] = Column(
                f"the site's part of the cost of {SETS[name]}{words}; the parts sum to it",
                "GBP",
                0,
                "estimated",
                SPLIT if cost.shared else f"the site's own lines '{CAPITAL}'",
                (f"bill.amount_gbp{end}", "ranking.cost_gbp", f"ranking.{name}"),
                low_of=None if end else f"{stem}_low",
                high_of=None if end else f"{stem}_high",
            )
    more = made.options.set_measures
    if more is not None:
        for name, suffix in (("chosen", ""), ("chosen_if_verified", "_if_verified")):
            found = more(getattr(made.judgement, name))
            told = {
                f"{key}{suffix}": replace(m, label=f"{m.label} ({SETS[name]})")
                for key, m in found.items()
            }
            beside, described = measure_columns(told, frame.index)
            frame = pd.concat([frame, beside], axis=1)
            columns |= described
    order = [f"{stem}{end}" for stem in PARTS.values() for end in ("", "_low", "_high")]
    order += [name for name in columns if name not in order]
    return frame[order], {name: columns[name] for name in order}
