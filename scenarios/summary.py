"""The summary of a case: the ask, what it buys, and what is still in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.lineage import Column, Table
from scenarios import appraisal
from scenarios.costs import CAPITAL, RUNNING
from scenarios.judgement import EXCLUDED, NOT_RANKED, RANKED, TO_VERIFY
from scenarios.recipes import summary_recipes
from scenarios.scenario import Outcomes, SummaryItem
from scenarios.set_tables import SETS

if TYPE_CHECKING:
    from scenarios.costs import SetCost
    from scenarios.tables import Made

__all__ = ["summary_table"]

Mask = NDArray[np.bool_]
NAN = float("nan")
SUFFIX, WORDS = "_if_verified", ", if every gate to verify were confirmed"
NONE_CHOSEN = "no site is chosen"
SHARED = "work that the sites share is paid for once; they are chosen at what each costs on its own"


def _money_items(made: Made, chosen: Mask, cost: SetCost, outcomes: Outcomes) -> list[SummaryItem]:
    """Return the ask and its appraisal for a set of sites."""
    j = made.judgement
    ask, running = cost.cost(CAPITAL), cost.cost(RUNNING)
    some = bool(chosen.any())
    pv_low, pv_cost, pv_high = (c + r * j.annuity for c, r in zip(ask, running, strict=True))
    low, middle, high = (
        float(np.sum(end)) * j.annuity
        for end in (outcomes.benefits.low, outcomes.benefits.middle, outcomes.benefits.high)
    )
    unquoted = 100 * cost.cost(CAPITAL, "assumed")[1] / ask[1] if ask[1] > 0 else NAN
    units = float(np.sum(outcomes.benefits.units))
    years = made.profile.horizon_years
    each = [
        float(appraisal.break_even_per_unit_year(pv, units, years, j.rates))
        for pv in (pv_low, pv_cost, pv_high)
    ]
    missing = "" if some else NONE_CHOSEN
    # a value that nobody stated is not a value of nil
    worth = missing or ("" if outcomes.benefits.stated else made.scenario.benefits_note)

    def known(*ends: float) -> tuple[float, float, float]:
        return (ends[0], ends[1], ends[2]) if not worth else (NAN, NAN, NAN)

    grade, valued = "estimated" if some else "", "" if worth else "estimated"
    value, best, worst = known(middle - pv_cost, high - pv_low, low - pv_high)
    ratio, most, least = known(
        *(
            float(appraisal.bcr(b, c))
            for b, c in ((middle, pv_cost), (high, pv_low), (low, pv_high))
        )
    )
    return [
        SummaryItem("ask_gbp", "The ask: capital with optimism bias", ask[1], ask[0], ask[2], "GBP", 0, grade, missing or (SHARED if cost.shared else "")),
        SummaryItem("npsv_gbp", f"Net present social value over {years} years, real prices", value, worst, best, "GBP", 0, valued, worth),
        SummaryItem("bcr", "Benefit-cost ratio, per pound of net present public-sector cost", ratio, least, most, "", 2, valued, worth),
        SummaryItem("unquoted_pct", "Share of the ask that rests on assumed rates", unquoted, unit="%", decimals=0, note=missing),
        SummaryItem("break_even_gbp_per_year", made.scenario.break_even_label, each[1], each[0], each[2], "GBP", 2, grade if units > 0 else "", missing),
    ]  # fmt: skip


def _count_items(made: Made) -> list[SummaryItem]:
    j = made.judgement

    def sites(item: str, label: str, mask: Mask, note: str = "") -> SummaryItem:
        return SummaryItem(item, label, float(mask.sum()), unit="sites", note=note)

    chosen_note = ""
    if not j.chosen.any() and (j.status == TO_VERIFY).any():
        chosen_note = "every site that ranks has a gate to verify; see gates for what to attach"
    return [
        sites("sites_candidates", "Candidate sites", np.ones(len(j.status), dtype=bool)),
        sites("sites_ranked", "Sites ranked, all gates passed", j.status == RANKED),
        sites("sites_to_verify", "Sites ranked, with a gate to verify", j.status == TO_VERIFY),
        sites("sites_excluded", "Sites excluded by a gate", j.status == EXCLUDED),
        sites("sites_not_ranked", "Sites not ranked, too little known", j.status == NOT_RANKED),
        sites("sites_chosen", "Sites chosen under the budget", j.chosen, chosen_note),
        sites("sites_if_verified", f"Sites chosen{WORDS}", j.chosen_if_verified),
        sites("sites_without_cost", "Sites whose cost is unknown, never funded", np.isnan(j.capital[1])),
    ]  # fmt: skip


def _renamed(items: list[SummaryItem]) -> list[SummaryItem]:
    return [
        SummaryItem(
            i.item + SUFFIX, i.label + WORDS, i.value, i.low, i.high, i.unit, i.decimals, i.grade, i.note,
        )
        for i in items
    ]  # fmt: skip


def summary_table(made: Made) -> Table:
    """Return the `summary` table: what every case has, then the scenario's own outcomes.

    Items of the chosen set come first; the same with `_if_verified` at the end follow, for the
    set that would be chosen if every unknown gate were confirmed.
    """
    j, profile = made.judgement, made.profile
    note = ""
    if profile.cap_gbp is not None:
        note = f"the fund's cap is £{profile.cap_gbp:,.0f}"
        note += f", with its match £{profile.cap_gbp / (1 - profile.match_share):,.0f}" if profile.match_share else ""  # fmt: skip
    budget = SummaryItem("budget_gbp", "Budget", j.budget_gbp, unit="GBP", note=note)
    cost, cost_would = (made.sets[name] for name in SETS)
    real = made.outcomes(j.chosen, cost.cost(CAPITAL))
    would = made.outcomes(j.chosen_if_verified, cost_would.cost(CAPITAL))
    items = _money_items(made, j.chosen, cost, real)
    items.insert(1, budget)
    items += [*_count_items(made), *real.items, *cost.items, *made.options.facts]
    if profile.match_share:
        share = profile.match_share
        low, middle, high = (end * share for end in cost.cost(CAPITAL))
        label = f"Match that others must pay, {profile.match_rate_pct:g} % of the ask"
        items.append(SummaryItem("match_gbp", label, middle, low, high, "GBP", 0, "estimated"))
    items += _renamed(_money_items(made, j.chosen_if_verified, cost_would, would))
    items += _renamed([*would.items, *cost_would.items])
    frame = pd.DataFrame(
        [
            {
                "item": i.item,
                "label": i.label,
                **{
                    end: round(float(value), i.decimals) + 0.0
                    for end, value in (("value", i.value), ("low", i.low), ("high", i.high))
                },
                "unit": i.unit,
                "decimals": i.decimals,
                "grade": i.grade,
                "note": i.note,
            }
            for i in items
        ]
    )
    recipes = summary_recipes(frame["item"], made.options, profile)
    columns = {
        "item": Column("key of the figure"),
        "label": Column("what it is"),
        **{
            end: Column(
                "value" if end == "value" else f"{end} value",
                recipes=recipes,
                unit_of="unit",
                decimals_of="decimals",
                grade_of="grade",
                low_of="low" if end == "value" else None,
                high_of="high" if end == "value" else None,
            )
            for end in ("value", "low", "high")
        },
        "unit": Column("unit"),
        "decimals": Column(
            "digits after the point", formula="fixed for the item", inputs=("summary.value",)
        ),
        "grade": Column("evidence grade"),
        "note": Column("what to know about it"),
    }
    return made.table("summary", "item", frame, columns, "The case in figures")
