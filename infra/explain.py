"""`infra explain`: where a figure comes from, down to file, line, checksum, publisher and licence."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from infra.checks import where_is
from infra.find_cell import find_cell
from infra.pick import COMPARED, Cell, Picked, pick
from infra.trace import Books, Origin, setting_of
from layers.lineage import figure_id
from layers.number_text import NO_DATA, format_number
from layers.parameters import shipped

__all__ = ["Node", "Rows", "Steps", "Trace", "explain"]

SHOWN = 5
FOLLOWED = 4
TOTAL = "total"
NO_SUM = {"record", "easting", "northing"}


@dataclass
class Rows:
    """Many rows that went into a cell: how many, what they add up to, and the first few.

    Rows of a table are too many to follow each: `followed` is one of them, down to its files.
    """

    reference: str
    how: str
    count: int
    total: str
    sample: list[dict[str, Any]] = field(default_factory=list)
    by_file: list[dict[str, Any]] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    followed: Node | None = None


@dataclass
class Node:
    """One cell and what it was made from."""

    cell: str
    description: str
    value: str
    range: str
    grade: str
    formula: str
    parameters: list[dict[str, Any]] = field(default_factory=list)
    settings: list[dict[str, Any]] = field(default_factory=list)
    record: dict[str, Any] | None = None
    inputs: list[Node | Rows] = field(default_factory=list)
    seen: bool = False


@dataclass
class Trace:
    """A figure's whole chain."""

    figure: str
    root: Node
    files: list[dict[str, Any]]
    stale: tuple[str, ...]


@dataclass(frozen=True)
class _Many:
    """Many rows told together, and the one of them that is followed."""

    rows: Rows
    followed: Cell | None


@dataclass(frozen=True)
class _Step:
    """A cell and what lies right below it: other cells, or many rows told together."""

    node: Node
    below: tuple[Cell | _Many, ...]
    sources: frozenset[str]


class Steps:
    """One step down from each cell, kept: a cell met in many chains is looked into once.

    Parameters
    ----------
    books
        The study's outputs.
    """

    def __init__(self, books: Books) -> None:
        self.books = books
        self._steps: dict[str, _Step] = {}
        self._heads: dict[str, Node] = {}
        self._rows: dict[tuple[str, ...], tuple[Rows, frozenset[str]]] = {}

    def head(self, cell: Cell) -> Node:
        """Return a cell's value and how it is described, without what is below it."""
        if cell.name not in self._heads:
            self._heads[cell.name] = self._head(cell)
        return self._heads[cell.name]

    def below(self, cell: Cell) -> _Step:
        """Return a cell and what lies right below it."""
        if cell.name not in self._steps:
            self._steps[cell.name] = self._look(cell)
        return self._steps[cell.name]

    def _head(self, cell: Cell) -> Node:
        page, spec = cell.page, cell.page.columns[cell.column]
        row = page.row(cell.row)

        def beside(other: str | None, default: Any) -> Any:
            value = row[other] if other else default
            return default if value is None or value == "" or pd.isna(value) else value

        unit = str(beside(spec.unit_of, spec.unit))
        decimals = beside(spec.decimals_of, spec.decimals)
        places = None if decimals is None else int(decimals)
        low, high = beside(spec.low_of, None), beside(spec.high_of, None)
        span = ""
        if low is not None and high is not None and low != high:
            span = f"{_text(low, 'GBP' if unit.startswith('GBP') else '', places)} to {_text(high, unit, places)}"
        return Node(
            cell=cell.name,
            description=_describe(spec.description, row, cell.column),
            value=_text(row[cell.column], unit, places),
            range=span,
            grade=str(beside(spec.grade_of, spec.grade or "")),
            formula=page.recipe(row, cell.column).formula,
        )

    def _look(self, cell: Cell) -> _Step:
        page, row = cell.page, cell.page.row(cell.row)
        head = self.head(cell)
        if page.name == "parameters":
            return _Step(replace(head, parameters=[self.parameter(cell.row)]), (), frozenset())
        recipe = page.recipe(row, cell.column)
        sources: frozenset[str] = frozenset()
        record = None
        if "src" in page.columns:
            record, sources = self.record(str(row["src"]), row.get("record"))
        below: list[Cell | _Many] = []
        for reference in recipe.inputs:
            picked = pick(self.books, cell, reference, recipe.parameters)
            followed, behind = self._follow(cell, picked)
            below += followed
            sources |= behind
        node = replace(
            head,
            parameters=[self.parameter(key) for key in recipe.parameters],
            settings=[self.setting(page.scope, name) for name in recipe.settings],
            record=record,
        )
        return _Step(node, tuple(below), sources)

    def _follow(self, cell: Cell, picked: Picked) -> tuple[list[Cell | _Many], frozenset[str]]:
        """Follow a few rows of a table cell by cell; tell of many together and follow one of them."""
        page = picked.page
        cells = page is not None and picked.column in page.columns
        if page is not None and cells and 0 < len(picked.rows) <= FOLLOWED:
            keys = page.held.texts(page.key)[picked.rows]
            return [Cell(page, key, picked.column) for key in keys], frozenset()
        home = picked.reference if page is None else page.full_name
        rows = hashlib.blake2b(picked.rows.tobytes()).hexdigest()
        place = (home, picked.reference, picked.how, rows)
        if place not in self._rows:
            self._rows[place] = self._tell(picked)
        told, sources = self._rows[place]
        followed = None
        if page is not None and cells and len(picked.rows):
            own = int(picked.rows[0])
            if page is cell.page and page.position[cell.row] in picked.rows:
                own = page.position[cell.row]
            followed = Cell(page, page.held.texts(page.key)[own], picked.column)
        return [_Many(told, followed)], sources

    def _tell(self, picked: Picked) -> tuple[Rows, frozenset[str]]:
        held, at, column = picked.held, picked.rows, picked.column
        summed = column not in NO_SUM and picked.how != COMPARED
        total = held.total(column, at) if summed else None
        made = Rows(
            picked.reference, picked.how, len(at),
            "" if total is None else format_number(round(total, 3)),
        )  # fmt: skip
        page = picked.page
        key = page.key if page is not None else "id" if "id" in held else ""
        sources: set[str] = set()
        placed = "src" in held and "record" in held
        spec = page.columns.get(column) if page is not None else None
        places = None if spec is None else spec.decimals
        for i in at[:SHOWN]:
            item: dict[str, Any] = {"row": str(held.cells(key)[i])} if key else {}
            if column in held and column != "geometry":
                item["value"] = _text(held.cells(column)[i], "", places)
            if placed:
                place, files = self.record(str(held.cells("src")[i]), held.cells("record")[i])
                item.update(place or {})
                sources |= files
            made.sample.append(item)
        if placed:
            made.by_file = [
                {"src": src, "file": self._name(src), "rows": n}
                for src, n in held.by_file(at).items()
            ]
            sources |= {part for item in made.by_file for part in item["src"].split("+")}
        behind = self._behind(picked, made)
        also = behind - {str(item["src"]) for item in made.by_file}
        made.also = sorted(self._name(src) for src in also)
        return made, frozenset(sources | behind)

    def _behind(self, picked: Picked, rows: Rows) -> set[str]:
        """Return the files behind rows, besides those the rows were read from."""
        if picked.page is not None and picked.column in picked.page.columns:
            made = set(self.books.by_row(picked.page, picked.column, picked.rows))
            rows.parameters = sorted({key for origin in made for key in origin.parameters})
            return {src for origin in made for src in origin.sources}
        if picked.layer is not None:
            of_layer = {s.src for s in picked.layer.sources}
            if not len(picked.rows):  # a nought rests on the files that were looked through
                return of_layer
            every = np.arange(len(picked.held))
            return of_layer - set(picked.held.by_file(every) if "src" in picked.held else ())
        origin: Origin = self.books.origin("study", picked.reference)
        return set(origin.sources)

    def record(self, src: str, record: Any) -> tuple[dict[str, Any] | None, frozenset[str]]:
        """Return file and line of a record, and its files; a sum over several records has no line."""
        if src == TOTAL:
            every = frozenset(self.books.files)
            return {"src": src, "file": f"all {len(every)} files of the study"}, every
        parts = [part for part in src.split("+") if part]
        if not parts:
            return None, frozenset()
        found: dict[str, Any] = {"src": src, "file": " + ".join(self._name(p) for p in parts)}
        number = 0 if record is None or pd.isna(record) else int(record)
        if len(parts) == 1 and number > 0:
            found["record"] = number
            line = self.books.lines.line(parts[0], number)
            found |= {"line": line} if isinstance(line, int) else {"line_note": line}
        return found, frozenset(parts)

    def _name(self, src: str) -> str:
        for part in src.split("+"):
            if part in self.books.files:
                return str(self.books.files[part]["path"])
        return src

    def parameter(self, key: str) -> dict[str, Any]:
        """Return a parameter as it was when the outputs were made, and who says so."""
        default = shipped()[key]
        page = self.books.page("study", "parameters")
        row = page.row(key) if page is not None else None
        value, low, high = (
            (default.default, default.low, default.high)
            if row is None
            else (row["value"], row["low"], row["high"])
        )
        stated = row is not None and row["basis"] == "stated"
        made = {
            "key": key, "label": default.label, "value": float(value), "unit": default.unit,
            "low": float(low), "high": float(high), "basis": "set by the study" if stated else "default",
            "default": default.default, "source": default.source,
        }  # fmt: skip
        if stated and row is not None:
            made |= {"who": row["who"], "when": str(row["when"]), "why": row["why"]}
        return made

    def setting(self, scope: str, name: str) -> dict[str, Any]:
        """Return a setting and its value."""
        made = self.books.manifest["infra"]["study"]["case"].get(scope, {})
        home = (
            "study.toml"
            if not name.startswith("profile.")
            else f"profile {made.get('profile', '')}"
        )
        return {"name": name, "value": setting_of(self.books, scope, name), "from": home}


class _Walk:
    """One explanation: cells met once are followed once."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.met: set[str] = set()
        self.sources: set[str] = set()
        self.inside = False

    def node(self, cell: Cell) -> Node:
        if cell.name in self.met:
            return replace(self.steps.head(cell), seen=True)
        self.met.add(cell.name)
        step = self.steps.below(cell)
        self.sources |= step.sources
        return replace(step.node, inputs=[self.part(part) for part in step.below])

    def part(self, part: Cell | _Many) -> Node | Rows:
        """Follow a part; of many rows one, unless that one is part of another: chains would not end."""
        if isinstance(part, Cell):
            return self.node(part)
        if part.followed is None or self.inside:
            return part.rows
        self.inside = True
        followed = self.node(part.followed)
        self.inside = False
        return replace(part.rows, followed=followed)


def _describe(text: str, row: Mapping[str, Any], column: str) -> str:
    """Return what a cell is; rows that are different quantities say so in their label."""
    if column == "outcome" and "reason" in row:
        return f"{row['label']}: {row['reason']}"
    if "label" not in row or column not in {"value", "low", "high"}:
        return text
    return str(row["label"]) if column == "value" else f"{row['label']}, {column}"


def _text(value: Any, unit: str, places: int | None) -> str:
    if value is None or value == "" or (not isinstance(value, str) and pd.isna(value)):
        return NO_DATA
    return format_number(value, unit, places)


def explain(books: Books, asked: str, steps: Steps | None = None) -> Trace:
    """Explain a figure.

    Parameters
    ----------
    books
        The study's outputs.
    asked
        A figure id, or `case/table:row:column`, or `table:row:column`.
    steps
        What was looked into before, where many figures are explained.

    Raises
    ------
    StudyError
        When there is no such figure.
    """
    cell = find_cell(books, asked)
    walk = _Walk(steps or Steps(books))
    root = walk.node(cell)
    files = []
    year = str(books.manifest["infra"]["as_of"])[:4]
    for src in sorted(walk.sources):
        held = books.files.get(src)
        if held is None:
            continue
        path = where_is(books.session.study.root, str(held["path"]))
        attribution = str(held.get("attribution", "")).replace("{year}", year)
        files.append({"src": src, **held, "attribution": attribution, "there": path is not None})
    files.sort(key=lambda item: str(item["path"]))
    scope = cell.page.scope
    groups = {"study": "coverage", "plan": "plan"}.get(scope, f"{scope}/ranking")
    fig_id = figure_id(cell.page.full_name, cell.row, cell.column)
    return Trace(fig_id, root, files, tuple(g for g in books.stale if g == groups))
