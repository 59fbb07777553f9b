"""How the quantities that stand row by row in a case's tables were made.

Cost lines and items of the summary are different quantities in one column, so their lineage goes
by row. Each scenario says how its own were made (`Scenario.origins`). What it adds under a name that
is not listed there rests, for all the trace can say, on everything that the scenario measured:
complete, if not exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from layers.lineage import Recipe
from scenarios.costs import CAPITAL
from scenarios.scenario import load_scenario, scenario_names

if TYPE_CHECKING:
    from scenarios.profile import Profile
    from scenarios.scenario import Options, Scenario

__all__ = [
    "DISCOUNT",
    "benefit_parameters",
    "countable",
    "measured",
    "quantities",
    "set_quantities",
    "summary_recipes",
]

SUFFIX = "_if_verified"
DISCOUNT = (
    "appraisal.discount_years_0_30_pct",
    "appraisal.discount_years_31_75_pct",
    "appraisal.discount_years_76_125_pct",
)


def countable() -> tuple[str, ...]:
    """Return what an objective of a strategy can count: outcomes of some scenario, and the sites chosen."""
    found = [item for name in scenario_names() for item in load_scenario(name).origins.outcomes]
    return (*dict.fromkeys(found), "sites_chosen")


def benefit_parameters(scenario: str) -> tuple[str, ...]:
    """Return the register keys that value a scenario's benefits; none where it has none."""
    return load_scenario(scenario).origins.benefits


def measured(options: Options) -> Recipe:
    """Return the inputs and parameters of all that a scenario measured."""
    metrics = options.metrics.values()
    own = {"costs.amount_gbp"}  # a metric made of the cost cannot explain the cost
    inputs = tuple(dict.fromkeys(i for m in metrics for i in m.inputs if i not in own))
    parameters = tuple(dict.fromkeys(p for m in metrics for p in m.parameters))
    return Recipe("from what the scenario measured at the site", inputs, parameters)


def quantities(options: Options, scenario: Scenario) -> dict[str, Recipe]:
    """Return how the quantity of each cost line was made, by its name."""
    everything, lines = measured(options), scenario.origins.lines
    return {line.item: lines.get(line.item, everything) for line in options.costs}


def set_quantities(options: Options, scenario: Scenario, flag: str) -> dict[str, Recipe]:
    """Return how the quantity of each line of a set was made, by its name; `flag` marks its sites."""
    everything, shared = measured(options), scenario.origins.shared or {}
    made = {line.item: shared.get(line.item, everything) for line in options.costs}
    return {item: replace(recipe, inputs=(flag, *recipe.inputs)) for item, recipe in made.items()}


def summary_recipes(items: Iterable[str], options: Options, profile: Profile) -> dict[str, Recipe]:
    """Return how each item of the summary was made, by its key.

    Parameters
    ----------
    items
        Keys of the summary; the ones that end in `_if_verified` are made as those without.
    """
    costs = ("bill.amount_gbp", "ranking.chosen")
    worth = ("profile.horizon_years",)
    values = (*DISCOUNT, *benefit_parameters(profile.scenario))
    everything, origins = measured(options), load_scenario(profile.scenario).origins
    units = everything.inputs
    budget = (
        "case.budget_gbp",
        *(("profile.cap_gbp", "profile.match_rate_pct") if profile.cap_gbp else ()),
    )
    fixed = {
        "ask_gbp": Recipe(f"sum of lines '{CAPITAL}' of the chosen sites", costs),
        "budget_gbp": Recipe("the case's budget, at most the fund's cap and the match beside it", settings=budget),
        "match_gbp": Recipe(
            "match rate x ask", ("summary.value[ask_gbp]",), settings=("profile.match_rate_pct",)
        ),
        "npsv_gbp": Recipe(
            "present value of benefits less costs", (*costs, *units), values, worth
        ),
        "bcr": Recipe("present value of benefits / of public costs", (*costs, *units), values, worth),
        "unquoted_pct": Recipe(
            "100 x lines on assumed rates / ask", (*costs, "bill.basis"), settings=()
        ),
        "break_even_gbp_per_year": Recipe(
            "present value of costs / (units x annuity factor)", (*costs, *units), DISCOUNT, worth
        ),
    }  # fmt: skip
    standing = Recipe("number of sites by status", ("ranking.status",))
    chosen = Recipe("number of sites", ("ranking.chosen",), settings=budget)
    made: dict[str, Recipe] = {}
    for item in items:
        stem = item.removesuffix(SUFFIX)
        if stem in fixed:
            found = fixed[stem]
        elif stem in {"sites_chosen", "sites_if_verified"}:
            found = chosen
        elif stem == "sites_without_cost":
            found = Recipe("number of sites without a cost", ("ranking.cost_gbp",))
        elif stem.startswith("sites_"):
            found = standing
        else:
            found = origins.outcomes.get(stem, everything)
            metric = options.metrics.get(origins.as_measured.get(stem, ""))
            if metric is not None:
                found = replace(found, parameters=(*metric.parameters, *found.parameters))
        made[item] = _verified(found) if item != stem else found
    return made


def _verified(recipe: Recipe) -> Recipe:
    """Point a recipe at the set that would be chosen if every gate were confirmed."""
    swap: Mapping[str, str] = {
        "ranking.chosen": "ranking.chosen_if_verified",
        "summary.value[sites_chosen]": "summary.value[sites_if_verified]",
    }
    inputs = tuple(
        swap.get(i, f"{i[:-1]}{SUFFIX}]" if i.startswith("summary.value[") else i)
        for i in recipe.inputs
    )
    return Recipe(recipe.formula, inputs, recipe.parameters, recipe.settings)
