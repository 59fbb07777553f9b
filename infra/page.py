"""A table of the outputs, read back as it was written, and the references its lineage makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from infra.held import Held
from infra.write import FORMULA
from layers.lineage import Column, Recipe

__all__ = ["OWN", "Page", "split_ref", "typed"]

REFERENCE = re.compile(r"^(?P<home>[a-z0-9_]+)\.(?P<column>[A-Za-z0-9_]+)(?:\[(?P<row>[^\]]+)\])?$")
OWN = "@"


@dataclass(frozen=True)
class Page:
    """A table as it stands in the outputs: text as written, numbers as numbers, missing as NaN."""

    scope: str
    name: str
    key: str
    frame: pd.DataFrame
    columns: Mapping[str, Column]
    description: str = ""

    @property
    def full_name(self) -> str:
        """Scope and name, as figures write it."""
        return f"{self.scope}/{self.name}"

    @cached_property
    def held(self) -> Held:
        """The rows, to look cells up."""
        return Held(self.frame)

    @cached_property
    def position(self) -> dict[str, int]:
        """Row number by key."""
        return {key: i for i, key in enumerate(self.held.texts(self.key))}

    def row(self, key: str) -> dict[str, Any]:
        """Return one row."""
        return self.held.row(self.position[key])

    def recipe(self, row: Mapping[str, Any], column: str) -> Recipe:
        """Return how a cell was made."""
        spec = self.columns[column]
        return spec.recipe(str(row[spec.recipe_of or self.key]))


def split_ref(reference: str) -> tuple[str, str, str]:
    """Return table or layer, column and row (empty where none is named) of a lineage reference."""
    match = REFERENCE.match(reference)
    return (match["home"], match["column"], match["row"] or "") if match else ("", "", "")


def typed(path: Path, columns: Mapping[str, Column], key: str) -> pd.DataFrame:
    """Read a table that `write_table` wrote."""
    frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    for name in frame.columns:
        cells = frame[name]
        guarded = cells.str.startswith("'") & cells.str.slice(1, 2).isin(FORMULA)
        frame[name] = cells.where(~guarded, cells.str.slice(1))
        numbers = pd.to_numeric(cells.replace("", np.nan), errors="coerce")
        spec = columns.get(name)
        text = name in {key, "src", "id"} or spec is None
        whole = numbers.notna().to_numpy() | (cells == "").to_numpy()
        if not text and whole.all() and numbers.notna().any():
            frame[name] = numbers
    return frame
