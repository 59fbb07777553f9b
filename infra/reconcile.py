"""`infra reconcile`: which figures in an edited Word document no longer are the study's figures.

A bid marks each number in running text with its figure id, and lists every figure with its value
in an annex. Both are read here, so that three things can be told apart: a number somebody changed,
a figure that has moved since the document was written, and a figure somebody took out.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from infra.checks import load_manifest
from infra.manifest import figure_files
from infra.report import Answer
from layers.checksum import sha256_of
from layers.errors import Fault, SourceError
from layers.number_text import format_number

__all__ = ["Mention", "read_document", "reconcile"]

HYPHENS = "-\u2010\u2011\u2012\u2013\u2212"
MARKED = re.compile(rf"\[\s*F[{HYPHENS}]([A-Z2-7]{{8}})\s*\]")
NAMED = re.compile(rf"(?<![\w])F[{HYPHENS}]([A-Z2-7]{{8}})(?!\w)")
NUMBER = re.compile(
    r"(?<![\w.])([-\u2212])?\s?£?\s?(\d[\d,]*(?:\.\d+)?)(?:\s*(million|billion|bn)\b)?",
    re.IGNORECASE,
)
SCALE = {"million": 1e6, "billion": 1e9, "bn": 1e9}
BEHIND = re.compile(r"^(?P<before>.*\d.*)\(range (?P<span>[^()]*)\)\s*$", re.IGNORECASE | re.DOTALL)
SPACES = re.compile(r"[\u00a0\u2007\u202f\s]+")


@dataclass(frozen=True)
class Mention:
    """A figure as a document gives it: the words that stand before its id, and where."""

    fig_id: str
    words: str
    where: str
    annex: bool


@dataclass
class Found:
    """What became of the figures of a document."""

    edited: list[dict[str, Any]] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    removed: list[dict[str, Any]] = field(default_factory=list)
    unknown: list[dict[str, Any]] = field(default_factory=list)
    cells: list[dict[str, Any]] = field(default_factory=list)
    agreed: int = 0


def _open(path: Path) -> Any:
    from docx import Document  # noqa: PLC0415 - slow to import
    from docx.opc.exceptions import PackageNotFoundError  # noqa: PLC0415

    problem = "this is not a readable Word document"
    try:
        return Document(str(path))
    except PackageNotFoundError:
        if not path.is_file():
            problem = "there is no such file"
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        problem = f"{problem} ({error})"
    raise SourceError(Fault(str(path), problem, "name the edited bid, saved as .docx"))


def _plain(text: str) -> str:
    return SPACES.sub(" ", text).strip()


def _accepted(element: Any) -> str:
    """Return the text of a paragraph as it reads with all tracked changes accepted."""
    out = []
    for node in element.iter():
        tag = str(node.tag).rpartition("}")[2]
        if any(str(a.tag).endswith(("}del", "}moveFrom")) for a in node.iterancestors()):
            continue
        if tag == "t":
            out.append(node.text or "")
        elif tag == "noBreakHyphen":
            out.append("-")
        elif tag in {"tab", "br"}:
            out.append(" ")
    return "".join(out)


def _paragraphs(element: Any) -> list[str]:
    ends = element.iter(f"{{{element.nsmap['w']}}}p")
    return [_accepted(p) for p in ends]


def _cells(table: Any) -> list[list[str]]:
    w = f"{{{table.nsmap['w']}}}"
    return [
        [_plain(" ".join(_paragraphs(cell))) for cell in row.iter(f"{w}tc")]
        for row in table.iter(f"{w}tr")
    ]


def read_document(path: Path) -> tuple[list[Mention], list[tuple[str, list[list[str]]]]]:
    """Read the figures that a bid mentions, and its tables under their captions.

    Raises
    ------
    SourceError
        When it is not a Word document.
    """
    body = _open(path).element.body
    mentions: list[Mention] = []
    tables: list[tuple[str, list[list[str]]]] = []
    heading = caption = ""
    for block in body.iterchildren():
        tag = str(block.tag).rpartition("}")[2]
        if tag == "p":
            text = _plain(_accepted(block))
            style = block.find(f"{{{block.nsmap['w']}}}pPr/{{{block.nsmap['w']}}}pStyle")
            name = "" if style is None else str(style.get(f"{{{block.nsmap['w']}}}val"))
            if name.startswith("Heading"):
                heading = text
            elif name == "Caption":
                caption = text.partition(":")[2].strip() or text
            mentions += _marked(text, heading)
        elif tag == "tbl":
            rows = _cells(block)
            listed = _listed(rows, heading)
            mentions += listed
            if not listed:
                tables.append((caption, rows))
    return mentions, tables


def _marked(text: str, where: str) -> list[Mention]:
    found, start = [], 0
    for match in MARKED.finditer(text):
        found.append(
            Mention(f"F-{match[1]}", text[start : match.start()].strip(), where, annex=False)
        )
        start = match.end()
    return found


def _listed(rows: list[list[str]], where: str) -> list[Mention]:
    """Return the figures that a table of the annex lists, each with its value."""
    found: list[Mention] = []
    at = rows[0].index("Value") if rows and "Value" in rows[0] else 1
    for row in rows:
        whole = next((m for cell in row if (m := NAMED.fullmatch(cell))), None)
        if whole:
            words = row[at] if len(row) > at else ""
            found.append(Mention(f"F-{whole[1]}", words, where, annex=True))
            continue
        for cell in row:
            start = 0
            for match in NAMED.finditer(cell):
                words = cell[start : match.start()].strip(" ;,(")
                found.append(Mention(f"F-{match[1]}", words, where, annex=True))
                start = match.end()
    return found


def _numbers(words: str) -> list[tuple[float, float]]:
    """Return each number of a text with half a unit of its last place."""
    found = []
    for match in NUMBER.finditer(words):
        digits = match[2].replace(",", "")
        scale = SCALE.get((match[3] or "").lower(), 1.0)
        places = len(digits.partition(".")[2])
        sign = -1 if match[1] else 1
        found.append((sign * float(digits) * scale, 0.5 * 10**-places * scale + 1e-9))
    return found


def _says(words: str, figure: dict[str, Any]) -> bool:
    """Whether the words right before an id give the figure's value (or its range, as a range reads)."""
    unit = _plain(str(figure["unit"]))
    if any(c.isdigit() for c in unit):  # dBm/5 MHz
        words = words.replace(unit, "")
    behind = BEHIND.match(words)
    if behind:  # value (range low to high): each of the three is said, so each must agree
        return _says(behind["before"], figure) and _spans(_numbers(behind["span"]), figure)
    numbers = _numbers(words)
    value = figure["value"]
    if value is None:
        return not numbers or bool(re.search(r"no data|none|unknown", words, re.IGNORECASE))
    if isinstance(value, str):
        return _plain(value).casefold() in words.casefold() or not numbers
    if not numbers:
        return value == 0 or not re.search(r"\b(no|none)\b", words, re.IGNORECASE)
    # "no sites" after an earlier number is a nought of its own
    if value == 0 and re.search(r"\b(no|none)\b[^\d]*$", words, re.IGNORECASE):
        return True
    return _close(numbers[-1], value) or _spans(numbers[-2:], figure)


def _spans(numbers: list[tuple[float, float]], figure: dict[str, Any]) -> bool:
    """Whether two numbers are the ends of a figure's range."""
    ends = (figure["low"], figure["high"])
    return len(numbers) == len(ends) and all(
        isinstance(end, float) and _close(number, end)
        for number, end in zip(numbers, ends, strict=True)
    )


def _close(number: tuple[float, float], value: float) -> bool:
    return abs(number[0] - value) <= number[1]


def _figures(out: Path) -> dict[str, dict[str, Any]]:
    held: dict[str, dict[str, Any]] = {}
    for path in figure_files(out):
        frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
        for row in frame.to_dict("records"):
            held[str(row["fig_id"])] = {
                str(k): _value(str(v)) if k in {"value", "low", "high"} else v
                for k, v in row.items()
            }
    return held


def _value(text: str) -> float | str | None:
    if text == "":
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _now(figure: dict[str, Any]) -> str:
    return str(format_number(figure["value"], str(figure["unit"])))


def _sort(mentions: list[Mention], figures: dict[str, dict[str, Any]]) -> Found:
    found = Found()
    annex = {m.fig_id: m for m in mentions if m.annex}
    text = [m for m in mentions if not m.annex]
    for m in text:
        figure = figures.get(m.fig_id)
        shown = m.words[-60:]
        item = {"figure": m.fig_id, "document": shown, "where": m.where}
        if figure is None:
            found.unknown.append(item)
            continue
        item |= {
            "study": _now(figure),
            "cell": f"{figure['table']}:{figure['row']}:{figure['column']}",
        }
        if _says(m.words, figure):
            found.agreed += 1
        elif m.fig_id in annex and not _says(annex[m.fig_id].words, figure):
            found.moved.append({**item, "annex": annex[m.fig_id].words})
        else:
            found.edited.append(item)
    told = {m.fig_id for m in text}
    for fig_id, m in sorted(annex.items()):
        figure = figures.get(fig_id)
        if figure is None:
            found.unknown.append({"figure": fig_id, "document": m.words[-60:], "where": m.where})
        elif fig_id not in told and not _says(m.words, figure):
            cell = f"{figure['table']}:{figure['row']}:{figure['column']}"
            found.moved.append(
                {
                    "figure": fig_id,
                    "document": m.words[-60:],
                    "where": m.where,
                    "study": _now(figure),
                    "cell": cell,
                }
            )
    return found


def _taken_out(
    edited: list[Mention], original: list[Mention], figures: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the figures that the generated document quotes and the edited one does not."""
    there = {m.fig_id for m in edited if not m.annex}
    gone = dict.fromkeys(m.fig_id for m in original if not m.annex and m.fig_id not in there)
    return [
        {
            "figure": fig_id,
            "study": _now(figures[fig_id]) if fig_id in figures else "no longer a figure",
            "where": next(m.where for m in original if m.fig_id == fig_id),
        }
        for fig_id in gone
    ]


def _changed_cells(
    edited: list[tuple[str, list[list[str]]]], original: list[tuple[str, list[list[str]]]]
) -> list[dict[str, Any]]:
    """Return the cells with numbers that differ in tables of one caption and shape."""
    found = []
    fresh = dict(reversed(original))
    for caption, rows in edited:
        other = fresh.get(caption)
        if other is None:
            continue
        known = {tuple(row) for row in other}
        for at, row in enumerate(rows):
            if tuple(row) in known or at >= len(other) or len(other[at]) != len(row):
                continue
            for i, (mine, theirs) in enumerate(zip(row, other[at], strict=True)):
                if mine != theirs and (_numbers(mine) or _numbers(theirs)):
                    head = other[0][i] if i < len(other[0]) else str(i + 1)
                    found.append(
                        {
                            "table": caption,
                            "row": row[0] if i else other[at][0],
                            "column": head,
                            "document": mine,
                            "study": theirs,
                        }
                    )
    return found


def _original(out: Path, edited: Path, figures_of: set[str]) -> Path | None:
    """Return the bid that infra wrote last for the case that a document is of."""
    best: tuple[int, Path] | None = None
    listed = {str(r["path"]): str(r["hash"]) for r in load_manifest(out)["resources"]}
    names = [name for name in sorted(listed) if name.endswith(".docx") and (out / name).is_file()]
    # one that was edited where it lies has only its own generated twin to be held against
    names = [n for n in names if (out / n).resolve() == edited.resolve()] or names
    for name in names:
        path = out / name
        fresh = path.with_name(f"{path.stem}.generated{path.suffix}")
        if fresh.is_file():
            path = fresh
        elif path.resolve() == edited.resolve() and f"sha256:{sha256_of(path)}" != listed[name]:
            continue
        mentions, _ = read_document(path)
        shared = len(figures_of & {m.fig_id for m in mentions})
        if shared and (best is None or shared > best[0]):
            best = (shared, path)
    return None if best is None else best[1]


def reconcile(out: Path, edited: Path) -> Answer:
    """Compare an edited bid with the figures of a study.

    Parameters
    ----------
    out
        Outputs of the study.
    edited
        A Word document that began as a bid of the study.

    Raises
    ------
    StudyError
        When the study has no outputs.
    SourceError
        When the document is not a Word document, or names no figure.
    """
    load_manifest(out)
    mentions, tables = read_document(edited)
    if not mentions:
        raise SourceError(
            Fault(
                str(edited),
                "the document names no figure, so nothing can be compared",
                "give a bid that infra wrote; its figure ids must be kept",
            )
        )
    figures = _figures(out)
    found = _sort(mentions, figures)
    original = _original(out, edited, {m.fig_id for m in mentions})
    if original is not None:
        first, first_tables = read_document(original)
        found.removed = _taken_out(mentions, first, figures)
        found.cells = _changed_cells(tables, first_tables)
    lines = _lines(found, original)
    wrong = bool(found.edited or found.moved or found.removed or found.unknown or found.cells)
    data = {
        "ok": not wrong,
        "document": str(edited),
        "compared_with": str(original or ""),
        **found.__dict__,
    }
    return Answer(lines, data, refused=wrong)


def _lines(found: Found, original: Path | None) -> list[str]:
    lines: list[str] = []
    for title, items, form in (
        ("Numbers that were edited and no longer match their figure", found.edited, "{figure} in '{where}': the document says '...{document}', the study says {study} ({cell})"),
        ("Figures that have moved since the document was written", found.moved, "{figure} in '{where}': the document says '...{document}', the study now says {study} ({cell})"),
        ("Numbers in tables that differ from the bid as generated", found.cells, "{table}: {row}, {column}: the document says '{document}', the bid says '{study}'"),
        ("Figures that were taken out of the text", found.removed, "{figure}, {study}, was in '{where}'"),
        ("Ids that are no figure of this study", found.unknown, "{figure} in '{where}': '...{document}'"),
    ):  # fmt: skip
        if items:
            lines += [f"{title} ({len(items)}):", *(f"  {form.format(**item)}" for item in items)]
    if not lines:
        lines = [f"All {found.agreed} figures in the text match the study."]
    else:
        lines.append(f"{found.agreed} figures in the text match.")
    if original is None:
        lines.append(
            "No generated bid of this case is in out/, so tables and removed figures were not compared."
        )
    return lines
