"""The walk over every number of a study's outputs, cell by cell and file by file.

Two depths: `origins` finds the files, parameters and settings behind every cell, in one pass over the
columns; `explained` asks for a cell's whole chain, as `infra explain` prints it, and looks at each part.
"""

from __future__ import annotations

import csv
import random
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pandas as pd

from infra.explain import Node, Rows, Steps, Trace, explain
from infra.find_cell import find_cell
from infra.manifest import figure_files
from infra.page import Page
from infra.trace import Books, resolve
from layers.lineage import figure_id
from maps.passages import clean

# figures.csv is walked figure by figure; the quarantine holds rows that are in no table; the form is
# empty; the dictionary tells of columns
NOT_TABLES = {"figures", "quarantine", "visit_form", "data_dictionary"}
PLACES = 1e-9


@dataclass
class Walked:
    """How many cells were walked in each table, and those that do not resolve."""

    cells: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[str, str, str, str]] = field(default_factory=list)

    def fault(self, page: Page, row: str, column: str, why: str) -> None:
        if len(self.broken) < 50:
            self.broken.append((page.full_name, row, column, why))


def numeric(page: Page) -> list[str]:
    return [
        name
        for name in page.frame.columns
        if pd.api.types.is_numeric_dtype(page.frame[name])
        and not pd.api.types.is_bool_dtype(page.frame[name])
    ]


def tables_on_disk(out: Path) -> set[str]:
    return {
        f"{'study' if p.parent.name == 'coverage' else p.parent.name}/{p.stem}"
        for p in out.rglob("*.csv")
        if p.stem not in NOT_TABLES
    }


def origins(books: Books) -> Walked:
    """Find what lies at the bottom of every numeric cell of every table."""
    walked = Walked()
    for page in books.pages():
        walked.cells[page.full_name] += 0
        for column in numeric(page):
            found = resolve(books, page, column)
            for row, value, origin in zip(page.position, page.frame[column], found, strict=True):
                if pd.isna(value):
                    continue
                walked.cells[page.full_name] += 1
                if origin.broken:
                    walked.fault(page, row, column, f"names nothing: {sorted(origin.broken)}")
                elif not origin.found:
                    walked.fault(page, row, column, "nothing behind it")
                elif not origin.sources <= set(books.files):
                    walked.fault(page, row, column, "a file that is not listed")
    return walked


def sample(page: Page, column: str, count: int) -> list[str]:
    """Return row keys with a value, the same at random each time; all where `count` is 0."""
    held = page.frame[column].notna().to_numpy()
    keys = [key for key, known in zip(page.position, held, strict=True) if known]
    if not count or len(keys) <= count:
        return keys
    return random.Random(f"{page.full_name}.{column}").sample(keys, count)


def explained(books: Books, count: int, pages: Iterable[Page] | None = None) -> Walked:
    """Ask for the whole chain of `count` cells of every numeric column (all where it is 0)."""
    walked, steps = Walked(), Steps(books)
    for page in pages if pages is not None else books.pages():
        for column in numeric(page):
            for row in sample(page, column, count):
                walked.cells[page.full_name] += 1
                try:
                    trace = explain(books, f"{page.full_name}:{row}:{column}", steps)
                except Exception as error:  # noqa: BLE001 - any failure is a finding of the walk
                    walked.fault(page, row, column, f"{type(error).__name__}: {error}")
                    continue
                for why in faults_of(trace, page, row, column):
                    walked.fault(page, row, column, why)
    return walked


def nodes(item: Node | Rows) -> Iterator[Node | Rows]:
    yield item
    for part in getattr(item, "inputs", []):
        yield from nodes(part)
    if isinstance(item, Rows) and item.followed is not None:
        yield from nodes(item.followed)


def faults_of(trace: Trace, page: Page, row: str, column: str) -> Iterator[str]:
    """What a chain lacks: a value, how it was made, an end, a file's particulars, a line."""
    root = trace.root
    if (
        trace.figure != figure_id(page.full_name, row, column)
        or root.cell != f"{page.full_name}:{row}:{column}"
    ):
        yield f"explains another cell: {root.cell}"
    if not any(c.isdigit() for c in root.value):
        yield f"its value reads {root.value!r}"
    if not (root.formula or root.record or root.parameters or root.settings or root.inputs):
        yield "nothing says how it was made"
    every = list(nodes(root))
    ends = [n for n in every if isinstance(n, Node) and (n.parameters or n.settings)]
    if not trace.files and not ends:
        yield "ends at no file, parameter or setting"
    yield from _files(trace)
    for record in _records(every):
        placed = isinstance(record.get("line"), int) or record.get("line_note")
        if "record" in record and not placed:
            yield f"no line for record {record['record']} of {record['file']}"


def _files(trace: Trace) -> Iterator[str]:
    wanted = ("path", "hash", "publisher", "licence", "title", "vintage")
    for file in trace.files:
        lacks = [k for k in wanted if k not in file or (k != "vintage" and not file[k])]
        if lacks or len(str(file["hash"])) != len("sha256:") + 64:
            yield f"file {file.get('path')} lacks {lacks or 'a checksum'}"
    for parameter in (p for n in nodes(trace.root) if isinstance(n, Node) for p in n.parameters):
        if parameter["basis"] not in {"default", "set by the study"} or not parameter["source"]:
            yield f"parameter {parameter['key']} says not whose it is"


def _records(every: list[Node | Rows]) -> Iterator[dict]:
    for item in every:
        if isinstance(item, Rows):
            yield from (s for s in item.sample if "file" in s)
        elif item.record:
            yield item.record


def figures(books: Books) -> Walked:
    """Find every figure that a page, map or document prints, and hold it against its table."""
    walked, officers = Walked(), set(figure_files(books.out))
    for path in sorted(books.out.rglob("figures.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for line in csv.DictReader(stream):
                cell = find_cell(books, line["fig_id"])
                walked.cells[path.relative_to(books.out).as_posix()] += 1
                if path not in officers:  # an edition's values may be coarse or withheld
                    continue
                there = cell.page.row(cell.row)[cell.column]
                if not _same(line["value"], there):
                    walked.fault(
                        cell.page, cell.row, cell.column, f"{line['value']} printed, {there} there"
                    )
    return walked


def printed_ids(path: Path) -> set[str]:
    """Return every figure id that a page or document prints, whatever hyphen it is set with."""
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.startswith("word/") and n.endswith(".xml")]
            marks = "".join(archive.read(n).decode("utf-8") for n in names)
        text = re.sub(r"<w:noBreakHyphen/>", "-", marks)
        text = re.sub(r"</w:p>", "\n", text)
        text = re.sub(r"<[^>]+>", "", text)
    else:
        text = path.read_text(encoding="utf-8")
    found = re.findall(r"(?<![A-Z0-9])F[-\u2010\u2011]([A-Z2-7]{8})(?![A-Z0-9])", text)
    return {f"F-{letters}" for letters in found}


def ids(books: Books) -> Walked:
    """Find every figure id that the documents and pages of all editions print."""
    walked = Walked()
    for path in sorted(p for p in books.out.rglob("*") if p.suffix in {".docx", ".html", ".txt"}):
        name = path.relative_to(books.out).as_posix()
        for fig_id in sorted(printed_ids(path)):
            walked.cells[name] += 1
            if fig_id not in books.figures:
                walked.broken.append((name, fig_id, "", "is in no figures.csv"))
                continue
            find_cell(books, fig_id)
    return walked


def _same(printed: str, there: object) -> bool:
    if pd.isna(there) or there == "":
        return printed == ""
    try:
        return abs(float(printed) - float(there)) <= PLACES * max(1.0, abs(float(printed)))
    except (TypeError, ValueError):
        return str(printed).removeprefix("'").lower() == str(there).removeprefix("'").lower()


def workbook(books: Books, case: str) -> Walked:
    """Hold every number of a bid's workbook against the column that its heading names."""
    walked = Walked()
    held: dict[str, set[float]] = {}
    for page in books.pages():
        if page.scope in {case, "study"}:
            for name in numeric(page):
                heading = clean(page.columns[name].description) or name.replace("_", " ")
                values = {round(float(v), 6) for v in page.frame[name].dropna()}
                held[heading] = held.get(heading, set()) | values
    book = openpyxl.load_workbook(books.out / case / "bid.xlsx")
    known = _figures_of(books, case)
    for sheet in book.worksheets:
        heads: dict[int, str] = {}
        headed = 0
        for at, cells in enumerate(sheet.iter_rows(), start=1):
            for cell in cells:
                # below the headings stand the units, and "premises" is a heading elsewhere
                if isinstance(cell.value, str) and cell.value in held and headed != at - 1:
                    heads[cell.column], headed = cell.value, at
                if not isinstance(cell.value, int | float) or isinstance(cell.value, bool):
                    continue
                walked.cells[sheet.title] += 1
                value = round(float(cell.value), 6)
                fits = (
                    known
                    if sheet.title == "Figures"
                    else held.get(heads.get(cell.column, ""), known)
                )
                if value not in fits and len(walked.broken) < 50:
                    walked.broken.append(
                        (case, sheet.title, cell.coordinate, f"{value} is in no table")
                    )
    return walked


def _figures_of(books: Books, case: str) -> set[float]:
    found = set()
    with (books.out / case / "figures.csv").open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            for name in ("value", "low", "high"):
                try:
                    found.add(round(float(line[name]), 6))
                except ValueError:
                    continue
    return found
