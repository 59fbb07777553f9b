"""Where a cell of the outputs comes from: the files, parameters and settings behind it.

Lineage is kept by column; this walks it, table to table and layer to file, once for each column
and never for each cell, so that every number of a study is resolved in a moment.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infra import exchange
from infra.held import At, Held
from infra.manifest import MANIFEST
from infra.page import OWN, Page, split_ref, typed
from infra.places import PLACES, place_columns
from infra.session import Progress, Session
from infra.source_lines import SourceLines
from infra.views import quality_table, sources_table
from layers.disclosure import EDITIONS
from layers.errors import Fault, StudyError
from layers.evidence import Evidence
from layers.formats import format_names
from layers.lineage import Column, Recipe, Table
from layers.parameters import shipped
from layers.source import Layer

__all__ = [
    "NOWHERE",
    "Books",
    "Origin",
    "open_books",
    "resolve",
    "setting_of",
]

STUDY_TABLES = (
    "coverage", "coverage_over_time", "district_gaps", "area_gaps", "ward_gaps", "sources", "quality", "parameters",
)  # fmt: skip
# parts of the evidence that are no layers of rows
WHOLE = ("streets", "terrain", "surface", "bare_earth", "signal")
MADE_AGAIN = ("sources", "quality", "parameters")
STUDY_SCOPE = "study"


@dataclass(frozen=True)
class Origin:
    """What lies at the bottom of a number.

    Attributes
    ----------
    sources
        `src` of files, in order.
    parameters, settings
        Register keys; settings of the study, its case or its profile.
    broken
        References that name nothing: a fault of the lineage, never of the data.
    """

    sources: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()

    def __or__(self, other: Origin) -> Origin:
        """Join two origins."""
        return Origin(*(getattr(self, f.name) | getattr(other, f.name) for f in fields(self)))

    @property
    def found(self) -> bool:
        """Whether anything at all stands behind the number, and nothing is broken."""
        return bool(self.sources or self.parameters or self.settings) and not self.broken


NOWHERE = Origin()


@dataclass
class Books:
    """A study's outputs opened for tracing, and the evidence they were made from.

    `stale` says where the study no longer is what the outputs were made from; `reached` and
    `published` keep catchments and files read again while figures are explained.
    """

    session: Session
    manifest: Mapping[str, Any]
    evidence: Evidence
    stale: tuple[str, ...] = ()
    _pages: dict[tuple[str, str], Page | None] = field(default_factory=dict)
    _origins: dict[tuple[str, str], Origin] = field(default_factory=dict)
    _listed: dict[str, dict[str, tuple[Path, dict[str, Any]]]] = field(default_factory=dict)
    _held: dict[str, Held] = field(default_factory=dict)
    reached: dict[tuple[Any, ...], tuple[str, At]] = field(default_factory=dict)
    published: dict[str, Held] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        """Folder of the outputs."""
        return self.session.study.out

    @cached_property
    def files(self) -> dict[str, dict[str, Any]]:
        """The source files as the manifest lists them, and those read to no use, by `src`."""
        listed = {str(s["hash"]).removeprefix("sha256:")[:8]: s for s in self.manifest["sources"]}
        for source in (quality.source for quality in self.evidence.quality):
            # read, and every row of it set aside: the manifest lists only files in use
            listed.setdefault(source.src, {**asdict(source), "hash": f"sha256:{source.sha256}"})
        return {src: listed[src] for src in sorted(listed)}

    @cached_property
    def lines(self) -> SourceLines:
        """The physical lines of the source files."""
        return SourceLines(self.session.study.root, self.files)

    @cached_property
    def figures(self) -> dict[str, tuple[str, str, str]]:
        """Table, row and column of every figure that is printed somewhere, by its id."""
        found: dict[str, tuple[str, str, str]] = {}
        # an id is the same in every edition; values may not be
        for path in sorted(self.out.rglob("figures.csv")):
            frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
            cells = zip(frame["table"], frame["row"], frame["column"], strict=True)
            found |= dict(zip(frame["fig_id"], cells, strict=True))
        return found

    @cached_property
    def sources_by_format(self) -> dict[str, frozenset[str]]:
        """`src` of the files in use, by format."""
        found: dict[str, set[str]] = {}
        for source in self.evidence.sources:
            found.setdefault(source.format_key, set()).add(source.src)
        return {key: frozenset(held) for key, held in found.items()}

    @cached_property
    def layers(self) -> dict[str, Layer | None]:
        """The layers by name; `None` where the study has no source for one."""
        skip = {"sources", "quality", "notes", "fates", "quarantine", *WHOLE}
        names = [f.name for f in fields(Evidence) if f.name not in skip]
        held = {name: getattr(self.evidence, name) for name in names}
        return {n: v for n, v in held.items() if v is None or isinstance(v, Layer)}

    def held(self, name: str) -> Held:
        """Return the rows of a layer, to look cells up."""
        if name not in self._held:
            layer = self.layers[name]
            self._held[name] = Held(pd.DataFrame() if layer is None else layer.frame)
        return self._held[name]

    @property
    def scopes(self) -> tuple[str, ...]:
        """`study`, the cases, and what else has tables with their lineage, such as `plan`."""
        cases = list(self.session.cases)
        found = sorted(p.parent.name for p in self.out.glob("*/lineage.json"))
        known = {"coverage", *cases}
        return (STUDY_SCOPE, *cases, *(name for name in found if name not in known))

    def page(self, scope: str, name: str) -> Page | None:
        """Return a table of the outputs; tables of the study are seen from every scope."""
        place = (STUDY_SCOPE if name in STUDY_TABLES else scope, name)
        if place not in self._pages:
            self._pages[place] = self._open(*place)
        return self._pages[place]

    def _open(self, scope: str, name: str) -> Page | None:
        made = {
            "sources": lambda: sources_table(self.evidence.sources),
            "quality": lambda: quality_table(self.evidence.quality),
            "parameters": self._parameters,
        }
        if name in made:
            table = made[name]()
            path = self.out / "coverage" / f"{name}.csv"
            # as it was printed: the study may have moved on since
            held = typed(path, table.columns, table.key) if path.is_file() else table.frame
            return Page(scope, name, table.key, held, table.columns, table.description)
        folder, entry = self._lineage(scope).get(name, (self.out, None))
        if entry is None or not (folder / f"{name}.csv").is_file():
            return None
        columns = {k: Column(**{"description": "", **c}) for k, c in entry["columns"].items()}
        if name in PLACES:  # only an edition has these, and it does not say what is below them
            columns = place_columns(PLACES[name])
        frame = typed(folder / f"{name}.csv", columns, entry["key"])
        return Page(scope, name, entry["key"], frame, columns, entry.get("description", ""))

    def _lineage(self, scope: str) -> dict[str, tuple[Path, dict[str, Any]]]:
        """Return folder and lineage of each table; those that only an edition has come last."""
        if scope not in self._listed:
            name = "coverage" if scope == STUDY_SCOPE else scope
            held: dict[str, tuple[Path, dict[str, Any]]] = {}
            for folder in (self.out / name, *(self.out / e / name for e in EDITIONS)):
                found = _json(folder / "lineage.json")
                for entry in found if isinstance(found, list) else []:
                    held.setdefault(str(entry["table"]), (folder, entry))
            self._listed[scope] = held
        return self._listed[scope]

    def _parameters(self) -> Table:
        """Return the register as it stood when the outputs were made."""
        table = shipped().table()
        frame = table.frame.copy()
        names = ("low", "value", "high", "basis", "who", "when", "why", "sensitivity")
        held: Mapping[str, list[Any]] = self.manifest["infra"]["parameters"]
        for row, key in enumerate(frame["key"]):
            if key in held:
                frame.loc[row, list(names)] = held[key]
        return Table(table.name, table.key, frame, table.columns, description=table.description)

    def pages(self) -> list[Page]:
        """Return every table of the outputs, the study's first."""
        names = [(STUDY_SCOPE, n) for n in MADE_AGAIN]
        names += [(s, name) for s in self.scopes for name in self._lineage(s)]
        names = list(dict.fromkeys(names))
        return [page for place in names if (page := self.page(*place)) is not None]

    def origin(self, scope: str, reference: str) -> Origin:
        """Return what stands behind a whole column (or one row of it) that a lineage names."""
        place = (scope, reference)
        if place not in self._origins:
            self._origins[place] = NOWHERE  # a column that names itself adds nothing
            self._origins[place] = self._find(scope, reference)
        return self._origins[place]

    def _find(self, scope: str, reference: str) -> Origin:
        home, column, row = split_ref(reference)
        page = self.page(scope, home)
        if page is not None:
            whole = not row or row.startswith(OWN)  # a row named by a column may be any of them
            if column not in page.columns or not (whole or row in page.position):
                return Origin(broken=frozenset({reference}))
            at = None if whole else np.array([page.position[row]])
            return _all(set(self.by_row(page, column, at)))
        if home in self.layers:
            return self._of_layer(home, column, reference)
        if home in WHOLE:
            held = getattr(self.evidence, home)
            return Origin(
                frozenset(s.src for s in held.sources) if held is not None else frozenset()
            )
        if home in format_names():
            return Origin(self.sources_by_format.get(home, frozenset()))
        return Origin(broken=frozenset({reference}))

    def _of_layer(self, home: str, column: str, reference: str) -> Origin:
        layer = self.layers[home]
        if layer is None:  # not in this study: the value came by another route, or is missing
            return NOWHERE
        if column not in layer.frame and column != "geometry":
            return Origin(broken=frozenset({reference}))
        rows = set(layer.frame["src"].unique()) if "src" in layer.frame else set()
        return Origin(frozenset({*map(str, rows), *(s.src for s in layer.sources)}))

    def made_by(self, scope: str, recipe: Recipe) -> Origin:
        """Return what stands behind a recipe."""
        register = shipped()
        unknown = {p for p in recipe.parameters if p not in register}
        lost = {s for s in recipe.settings if setting_of(self, scope, s) is None}
        own = Origin(
            parameters=frozenset(recipe.parameters) - unknown,
            settings=frozenset(recipe.settings) - lost,
            broken=frozenset(unknown | lost),
        )
        return own | _all(self.origin(scope, reference) for reference in recipe.inputs)

    def by_row(self, page: Page, column: str, at: At | None = None) -> list[Origin]:
        """Return the origin of rows of a column (all, where none are named by position).

        There is one object for each different way of making.
        """
        held = page.held
        at = np.arange(len(held)) if at is None else at
        if "src" in page.columns:
            own = self._by_file(held.texts("src")[at])
            return [o | n for o, n in zip(own, self._named(page, column, at), strict=True)]
        if page.name == "parameters":
            return [Origin(parameters=frozenset({k})) for k in held.texts(page.key)[at]]
        spec = page.columns[column]
        if not spec.recipes:
            return [self.made_by(page.scope, spec.recipe(""))] * len(at)
        ways = [str(way) for way in held.texts(spec.recipe_of or page.key)[at]]
        known = {way: self.made_by(page.scope, spec.recipe(way)) for way in dict.fromkeys(ways)}
        return [known[way] for way in ways]

    def _named(self, page: Page, column: str, at: At) -> list[Origin]:
        """Return what stands behind the rows that a row of this table names, as `[@own]` says."""
        made = [NOWHERE] * len(at)
        for reference in page.columns[column].inputs:
            home, cell, own = split_ref(reference)
            other = self.page(page.scope, home) if own.startswith(OWN) else None
            if other is None:
                continue
            if own.removeprefix(OWN) not in page.columns:
                return [Origin(broken=frozenset({reference}))] * len(at)
            keys = page.held.texts(own.removeprefix(OWN))[at]
            there = np.array(
                [other.position[k] for k in keys if k in other.position], dtype=np.int64
            )
            if other is page:
                behind = self._by_file(other.held.texts("src")[there])
            else:
                behind = self.by_row(other, cell, there)
            found = iter(behind)
            made = [
                m | (next(found) if key in other.position else NOWHERE)
                for m, key in zip(made, keys, strict=True)
            ]
        return made

    def _by_file(self, src: NDArray[np.object_]) -> list[Origin]:
        everything = frozenset(s.source.src for s in self.evidence.quality)
        texts = [str(text) for text in src]
        known = {
            text: Origin(
                everything if text == "total" else frozenset(p for p in text.split("+") if p)
            )
            for text in dict.fromkeys(texts)
        }
        return [known[text] for text in texts]


def _all(origins: Iterable[Origin]) -> Origin:
    whole = NOWHERE
    for origin in origins:
        whole |= origin
    return whole


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def resolve(books: Books, page: Page, column: str) -> list[Origin]:
    """Return what stands behind each cell of a column, in the order of its rows.

    Parameters
    ----------
    books
        The study's outputs.
    page, column
        A table and one of its columns.

    Returns
    -------
    list of Origin
        Cells that were made the same way share one object: the walk is by column, not by cell.
    """
    return books.by_row(page, column)


def setting_of(books: Books, scope: str, name: str) -> Any:
    """Return the value of a setting of the study, its case or its profile; `None` where none is."""
    made = books.manifest["infra"]
    first, *rest = name.split(".")
    homes = {
        "study": made["study"],
        "case": made["study"]["case"].get(scope),
        "profile": made["profiles"].get(scope),
    }
    value = homes.get(first)
    for part in rest:
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value


def open_books(session: Session, progress: Progress) -> Books:
    """Open a study's outputs for tracing.

    Raises
    ------
    StudyError
        When there are no outputs yet.
    SourceError
        When the sources cannot be read.
    """
    from infra.groups import group_keys  # noqa: PLC0415 - slow to import

    out = session.study.out
    manifest = _json(out / MANIFEST)
    if not isinstance(manifest, dict) or "infra" not in manifest:
        raise StudyError(
            Fault(
                str(out),
                "there are no outputs to trace",
                f"run 'infra run {session.study.root}' first",
            )
        )
    with exchange.locked(session.study.work):
        evidence = session.evidence(progress)
    keys = group_keys(session)
    held = {g["name"]: g["key"] for g in manifest["infra"]["groups"]}
    stale = tuple(sorted(name for name in held if keys.get(name) != held[name]))
    return Books(session, manifest, evidence, stale)
