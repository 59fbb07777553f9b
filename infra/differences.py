"""Where two versions of an output first differ, in the words of the file's own kind."""

from __future__ import annotations

import csv
import zipfile
from itertools import zip_longest
from pathlib import Path

from infra.checks import Difference

__all__ = ["first_difference"]

TEXT = {".json", ".geojson", ".html", ".txt", ".svg", ".md"}
SHOWN = 60
SHARED = "xl/sharedStrings.xml"


def first_difference(name: str, held: Path, fresh: Path) -> Difference:
    """Return where two versions of a file first differ: a cell of a table, a paragraph, a line of text."""
    suffix = Path(name).suffix
    if suffix == ".csv":
        return _csv_difference(name, held, fresh)
    sizes = f"{held.stat().st_size:,} bytes here, {fresh.stat().st_size:,} recomputed"
    try:
        if suffix == ".xlsx":
            return _xlsx_difference(name, held, fresh) or Difference(name, "changed", sizes)
        if suffix == ".docx":
            return _docx_difference(name, held, fresh) or Difference(name, "changed", sizes)
    except (OSError, ValueError, LookupError, SyntaxError, zipfile.BadZipFile) as error:
        return Difference(name, "changed", f"it cannot be opened ({error})")
    if suffix in TEXT:
        a = held.read_text(encoding="utf-8", errors="replace").splitlines()
        b = fresh.read_text(encoding="utf-8", errors="replace").splitlines()
        line = next(
            (i for i, (x, y) in enumerate(zip(a, b, strict=False), 1) if x != y),
            min(len(a), len(b)) + 1,
        )
        return Difference(name, "changed", f"first at line {line}", row=str(line))
    return Difference(name, "changed", sizes)


def _csv_difference(name: str, held: Path, fresh: Path) -> Difference:
    with (
        held.open(encoding="utf-8", errors="replace", newline="") as a,
        fresh.open(encoding="utf-8", errors="replace", newline="") as b,
    ):
        left, right = csv.reader(a), csv.reader(b)
        header = next(right, [])
        if next(left, []) != header:
            return Difference(name, "changed", "the header differs", row="header")
        line = 1
        while True:
            line += 1
            x, y = next(left, None), next(right, None)
            if x == y:
                if x is None:
                    return Difference(name, "changed", "the same cells, written otherwise")
                continue
            if x is None or y is None:
                there = "here" if y is None else "recomputed"
                key = (x or y or [""])[0]
                return Difference(
                    name, "changed", f"row {key} (line {line}) is only {there}", row=key
                )
            at = next(
                (i for i, (p, q) in enumerate(zip(x, y, strict=False)) if p != q),
                min(len(x), len(y)),
            )
            column = header[at] if at < len(header) else f"column {at + 1}"
            shown = f"{x[at] if at < len(x) else ''!r} here, {y[at] if at < len(y) else ''!r} recomputed"
            key = y[0] if y else ""
            return Difference(
                name, "changed", f"row {key} (line {line}), column '{column}': {shown}", key, column
            )


def _sheets(path: Path) -> dict[str, dict[str, str]]:
    """Return the text of every cell of a workbook, by sheet and place, as the file stores it."""
    from docx.oxml import parse_xml  # noqa: PLC0415 - slow to import

    with zipfile.ZipFile(path) as archive:
        read = {n: parse_xml(archive.read(n)) for n in _parts(archive)}
    shared = [
        "".join(item.itertext("{*}t")) for item in read.get(SHARED, ()) if item.tag.endswith("}si")
    ]
    targets = {str(r.get("Id")): str(r.get("Target")) for r in read["xl/_rels/workbook.xml.rels"]}
    found = {}
    for sheet in read["xl/workbook.xml"].iter("{*}sheet"):
        (ident,) = (v for k, v in sheet.items() if k.endswith("}id"))
        target = targets[ident].lstrip("/")
        root = read[target if target in read else f"xl/{target}"]
        cells = {}
        for cell in root.iter("{*}c"):
            formula = cell.findtext("{*}f")
            text = "".join(cell.itertext("{*}v", "{*}t"))
            if formula:  # what it comes to is each program's own business
                cells[str(cell.get("r"))] = f"={formula}"
            elif text:
                cells[str(cell.get("r"))] = shared[int(text)] if cell.get("t") == "s" else text
        found[str(sheet.get("name"))] = cells
    return found


def _parts(archive: zipfile.ZipFile) -> list[str]:
    wanted = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHARED)
    return [n for n in archive.namelist() if n in wanted or n.startswith("xl/worksheets/sheet")]


def _plain(text: str) -> str:
    """Return a number as any program would write it, other text as it is."""
    try:
        return repr(float(text))
    except ValueError:
        return text


def _xlsx_difference(name: str, held: Path, fresh: Path) -> Difference | None:
    """Return the first cell whose value differs; `None` where only the files' bytes do."""
    here, there = _sheets(held), _sheets(fresh)
    if list(here) != list(there):
        return Difference(name, "changed", "the sheets are not the same", row="sheets")
    for sheet, cells in here.items():
        for place in dict.fromkeys([*there[sheet], *cells]):
            mine, other = cells.get(place, ""), there[sheet].get(place, "")
            if _plain(mine) != _plain(other):
                said = f"sheet {sheet}, cell {place}: '{mine}' here, '{other}' recomputed"
                return Difference(name, "changed", said, f"{sheet}!{place}")
    return None


def _docx_difference(name: str, held: Path, fresh: Path) -> Difference | None:
    """Return the first paragraph or cell whose text differs; `None` where only the bytes do."""
    from docx import Document  # noqa: PLC0415 - slow to import
    from docx.opc.exceptions import PackageNotFoundError  # noqa: PLC0415

    try:
        bodies = [Document(str(path)).element.body for path in (held, fresh)]
    except PackageNotFoundError as error:
        raise ValueError("it is no Word document") from error
    here, there = (
        ["".join(t.text or "" for t in p.iter(f"{{{p.nsmap['w']}}}t"))
         for p in body.iter(f"{{{body.nsmap['w']}}}p")]
        for body in bodies
    )  # fmt: skip
    for number, (mine, fresh_one) in enumerate(zip_longest(here, there, fillvalue=""), 1):
        if mine != fresh_one:
            at = next(
                (i for i, (a, b) in enumerate(zip(mine, fresh_one, strict=False)) if a != b),
                min(len(mine), len(fresh_one)),
            )
            start = max(0, at - SHOWN // 2)
            cut = (text[start : start + SHOWN] for text in (mine, fresh_one))
            said = "paragraph {}: '...{}...' here, '...{}...' recomputed".format(number, *cut)
            return Difference(name, "changed", said, f"paragraph {number}")
    return None
