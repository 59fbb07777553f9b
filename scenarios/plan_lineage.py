"""What a number of the joined-up plan rests on, case by case, down to layers and the register.

The plan's tables stand beside those of several cases, so a reference to `ranking.cost_gbp` would not
say whose. Each is followed here, through the tables of its own case, to what lies below them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.lineage import Recipe

if TYPE_CHECKING:
    from layers.lineage import Table
    from scenarios.engine import CaseResult

__all__ = ["below", "joined"]


def below(result: CaseResult, references: tuple[str, ...], formula: str) -> Recipe:
    """Return what references into a case's tables rest on outside of them.

    Parameters
    ----------
    references
        `table.column` or `table.column[row]` of the case.

    Returns
    -------
    Recipe
        Layers' columns and register keys; of the settings those of the case, named from the study.
    """
    held = (result.ranking, result.gates, result.costs, result.criteria, result.summary)
    tables = {table.name: table for table in held}
    inputs: dict[str, None] = {}
    parameters: dict[str, None] = {}
    settings: dict[str, None] = {}
    seen: set[str] = set()
    waiting = list(references)
    while waiting:
        reference = waiting.pop(0).split("[")[0]
        if reference in seen:
            continue
        seen.add(reference)
        home, _, column = reference.partition(".")
        if home not in tables:
            inputs[reference] = None
            continue
        for recipe in _recipes(tables[home], column):
            waiting += recipe.inputs
            parameters |= dict.fromkeys(recipe.parameters)
            settings |= dict.fromkeys(recipe.settings)
    kept = of_study(result.case.key, tuple(settings))
    return Recipe(formula, tuple(inputs), tuple(parameters), kept)


def of_study(case: str, settings: tuple[str, ...]) -> tuple[str, ...]:
    """Return the settings of a case as those of the study; those of its profile stay with the case."""
    return tuple(
        f"study.case.{case}.{setting.partition('.')[2]}"
        for setting in settings
        if setting.startswith("case.")
    )


def _recipes(table: Table, column: str) -> list[Recipe]:
    spec = table.columns.get(column)
    if spec is None:
        return []
    own = Recipe(spec.formula, spec.inputs, spec.parameters, spec.settings)
    return [own, *spec.recipes.values()]


def joined(recipes: list[Recipe], formula: str) -> Recipe:
    """Return recipes as one."""
    names = ("inputs", "parameters", "settings")
    parts = {n: tuple(dict.fromkeys(i for r in recipes for i in getattr(r, n))) for n in names}
    return Recipe(formula, **parts)
