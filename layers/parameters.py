"""The one register of parameters: shipped defaults, what a study overrides, and on whose word."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from layers.errors import Fault, StudyError
from layers.lineage import Column, Table
from layers.source import Sensitivity

__all__ = ["Parameter", "Parameters", "shipped"]

Basis = Literal["assumed", "stated"]


@dataclass(frozen=True)
class Parameter:
    """A parameter with its range and where its value comes from.

    `basis` is `assumed` for a shipped default and `stated` for a value that somebody gave, with
    who, when and why (a quote, a document, a decision). `sensitivity` says who may see the value:
    that of a confidential quote stays out of public outputs.
    """

    key: str
    label: str
    unit: str
    low: float
    default: float
    high: float
    minimum: float
    maximum: float
    source: str
    basis: Basis = "assumed"
    who: str = ""
    when: str = ""
    why: str = ""
    sensitivity: Sensitivity = "public"


class Parameters(Mapping[str, Parameter]):
    """The register in force for a study: read-only, keyed `group.name`."""

    def __init__(self, items: Mapping[str, Parameter]) -> None:
        self._items = dict(sorted(items.items()))

    def __getitem__(self, key: str) -> Parameter:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def value(self, key: str) -> float:
        """Return the value in force."""
        return self._items[key].default

    def span(self, key: str) -> tuple[float, float, float]:
        """Return low, value in force and high."""
        item = self._items[key]
        return item.low, item.default, item.high

    def override(self, changes: Mapping[str, Mapping[str, Any]], where: str) -> Parameters:
        """Return the register with stated values.

        Parameters
        ----------
        changes
            Key to `value`, `who`, `when`, `why` and, where known, `low`, `high` and `sensitivity`.
        where
            File to name in errors.

        Raises
        ------
        StudyError
            Naming every unknown key, value out of bounds and missing reason.
        """
        faults: list[Fault] = []
        items = dict(self._items)
        for key, change in changes.items():
            setting = f"parameters.{key}"
            if key not in items:
                import difflib  # noqa: PLC0415 - only when something is wrong

                near = difflib.get_close_matches(key, items, n=1)
                hint = (
                    f"did you mean '{near[0]}'?"
                    if near
                    else "layers/parameters.toml lists them all"
                )
                faults.append(
                    Fault(
                        where,
                        f"there is no parameter '{key}'",
                        f"use a key of the register ({hint})",
                        column=setting,
                    )
                )
                continue
            item = items[key]
            value = float(change["value"])
            low, high = float(change.get("low", value)), float(change.get("high", value))
            if not item.minimum <= low <= value <= high <= item.maximum:
                faults.append(
                    Fault(
                        where,
                        f"{item.label} is {low:g} / {value:g} / {high:g} {item.unit}",
                        f"give low <= value <= high between {item.minimum:g} and {item.maximum:g}",
                        column=setting,
                    )
                )
                continue
            items[key] = replace(
                item,
                low=low,
                default=value,
                high=high,
                basis="stated",
                who=str(change.get("who", "")),
                when=str(change.get("when", "")),
                why=str(change.get("why", "")),
                sensitivity=change.get("sensitivity", "public"),
            )
        if faults:
            raise StudyError(faults)
        return Parameters(items)

    def table(self) -> Table:
        """Return the register as a table for the bid's annex."""
        rows = [
            {
                "key": p.key,
                "label": p.label,
                "unit": p.unit,
                "low": p.low,
                "value": p.default,
                "high": p.high,
                "basis": p.basis,
                "source": p.source,
                "who": p.who,
                "when": p.when,
                "why": p.why,
                "sensitivity": p.sensitivity,
            }
            for p in self._items.values()
        ]
        text = ("key", "label", "unit", "basis", "source", "who", "when", "why", "sensitivity")
        described = {
            "key": "register key",
            "label": "what it is",
            "unit": "unit",
            "basis": "assumed (shipped default) or stated",
            "source": "where the default comes from",
            "who": "who stated it",
            "when": "when",
            "why": "on what evidence",
            "sensitivity": "public, internal or commercial: which editions may show this row",
        }
        columns = {name: Column(described[name]) for name in text} | {
            "low": Column("low value", unit_of="unit"),
            "value": Column("value in force", unit_of="unit", low_of="low", high_of="high"),
            "high": Column("high value", unit_of="unit"),
        }
        frame = pd.DataFrame(rows)[
            [
                "key",
                "label",
                "unit",
                "low",
                "value",
                "high",
                "basis",
                "source",
                "who",
                "when",
                "why",
                "sensitivity",
            ]
        ]
        return Table("parameters", "key", frame, columns, description="Every parameter in force")


@cache
def shipped() -> Parameters:
    """Return the register as shipped in `parameters.toml`.

    Raises
    ------
    StudyError
        When the register itself is at fault (a low above its default, a missing unit or source).
    """
    path = Path(__file__).with_name("parameters.toml")
    groups = tomllib.loads(path.read_text(encoding="utf-8"))
    items: dict[str, Parameter] = {}
    faults: list[Fault] = []
    for group, entries in groups.items():
        for name, entry in entries.items():
            key = f"{group}.{name}"
            low, default, high = (float(v) for v in entry["range"])
            minimum, maximum = (float(v) for v in entry["bounds"])
            if not minimum <= low <= default <= high <= maximum or not entry["source"]:
                faults.append(
                    Fault(
                        path.name,
                        "low <= default <= high within bounds, and a source",
                        "correct the register",
                        column=key,
                    )
                )
            items[key] = Parameter(
                key,
                entry["label"],
                entry["unit"],
                low,
                default,
                high,
                minimum,
                maximum,
                entry["source"],
            )
    if faults:
        raise StudyError(faults)
    return Parameters(items)
