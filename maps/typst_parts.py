"""A report as a tagged PDF, set by Typst from a fixed template.

The text travels as JSON and is shown as text, so that nothing in a name can be markup or code.
Letters are DejaVu Sans from matplotlib's own folder and no other, so that a document is the same
bytes on every machine; a letter that the typeface lacks prints as an empty box.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.ft2font import FT2Font
from PIL import Image

from maps.blocks import (
    Block,
    Bullets,
    Contents,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Report,
    TableBlock,
    Turn,
)
from maps.passages import Passage, Quote, clean

__all__ = ["begun_pdf", "compile_pdf", "fit_letters", "write_pdf"]

TEMPLATES = Path(__file__).with_name("templates")
TYPESETTER = Path(__file__).with_name("typesetter.py")
TEXT_WIDTH_MM = 170.0
TEXT_HEIGHT_MM = 205.0
WIDE_MM, LOW_MM = 257.0, 155.0
BOX = "\u25a1"
FACES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
# A letter of a table, on average, with room for the padding of its cell.
LETTER_MM = 1.75
PLAIN = {"\u2011": "-"}


def write_pdf(report: Report, path: Path) -> None:
    """Write a report as a tagged PDF (PDF/UA-1): the same report gives the same bytes."""
    with begun_pdf(report, path):
        pass


@contextmanager
def begun_pdf(report: Report, path: Path) -> Iterator[None]:
    """Write a report as `write_pdf` does, while the block of this context does something else.

    The pictures of the report must be there when it begins; the document is there when it ends.
    """
    pictures: dict[str, Path] = {}
    sections: list[dict[str, Any]] = [{"wide": False, "items": []}]
    for block in report.blocks:
        if isinstance(block, Turn):
            sections.append({"wide": block.wide, "items": []})
        else:
            items = sections[-1]["items"]
            wide = bool(sections[-1]["wide"])
            items.append(_plain(block, pictures, first=not items, wide=wide))
    content = {
        "title": report.title,
        "author": f"infra {report.version}",
        "subject": report.subject,
        "date": [report.as_of.year, report.as_of.month, report.as_of.day],
        "paper": "a4",
        "ribbon": report.ribbon,
        "running": report.running,
        "sections": [section for section in sections if section["items"]],
    }
    with _typesetting("report.typ", content, report.as_of, pictures) as made:
        yield
        path.write_bytes(made())


def compile_pdf(
    template: str, content: Mapping[str, Any], as_of: date, pictures: Mapping[str, Path]
) -> bytes:
    """Set a template with its content and return the PDF.

    Parameters
    ----------
    template
        Name of a file in `templates/`, which reads `content.json`.
    content
        Plain data; every text in it is fitted to the letters of the typeface.
    as_of
        The document's date; the clock is never read.
    pictures
        Files to lay beside the template, by the name that the content gives them.

    Returns
    -------
    bytes
        A tagged PDF that the typesetter has checked against PDF/UA-1.

    Raises
    ------
    MemoryError
        When there is too little of it.
    """
    with _typesetting(template, content, as_of, pictures) as made:
        return made()


@contextmanager
def _typesetting(
    template: str, content: Mapping[str, Any], as_of: date, pictures: Mapping[str, Path]
) -> Iterator[Callable[[], bytes]]:
    """Begin to set a template in a process of its own, and give what waits for its PDF.

    The process is ended, and only it, where the block that waits is left early.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copyfile(TEMPLATES / template, root / "main.typ")
        text = json.dumps(fit_letters(content), ensure_ascii=False)
        (root / "content.json").write_text(text, encoding="utf-8")
        for name, source in pictures.items():
            shutil.copyfile(source, root / name)
        day = [str(part) for part in (as_of.year, as_of.month, as_of.day)]
        with (root / "said").open("w+b") as said:
            setting = subprocess.Popen(
                [sys.executable, str(TYPESETTER), folder, str(_fonts()), *day],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )

            def made() -> bytes:
                if setting.wait():
                    told = (root / "said").read_text(encoding="utf-8", errors="replace")
                    raise _failure(template, setting.returncode, told)
                return (root / "made.pdf").read_bytes()

            try:
                yield made
            finally:
                if setting.poll() is None:
                    setting.kill()
                    setting.wait()


def _failure(template: str, code: int, said: str) -> Exception:
    """Say why no document came: for want of memory, or for a fault of ours."""
    if code < 0 or "memory" in said.lower():
        return MemoryError(f"not enough to set {template}")
    return RuntimeError(f"{template} could not be set:\n{said}")


def _fonts() -> Path:
    return Path(mpl.get_data_path()) / "fonts" / "ttf"


@cache
def _letters() -> frozenset[int]:
    """Return the letters that both faces have."""
    faces = [frozenset(FT2Font(str(_fonts() / name)).get_charmap()) for name in FACES]
    return frozenset.intersection(*faces) | {ord("\n"), 0x200B}


def fit_letters(value: Any) -> Any:
    r"""Return plain data whose texts hold only letters that the typeface has.

    >>> fit_letters({"name": "Mill \u6c34 Lane"})
    {'name': 'Mill □ Lane'}
    """
    if isinstance(value, str):
        if value.isascii():
            return value
        return "".join(c if ord(c) in _letters() else BOX for c in (PLAIN.get(c, c) for c in value))
    if isinstance(value, Mapping):
        return {key: fit_letters(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [fit_letters(held) for held in value]
    return value


def _parts(passage: Passage) -> list[Any]:
    if len(passage.parts) == 1 and isinstance(passage.parts[0], str):
        return [clean(passage.parts[0])]
    return [
        {"shown": clean(part.unbroken), "id": part.figure.fig_id}
        if isinstance(part, Quote)
        else clean(part, edges=False)
        for part in passage.parts
    ]


def _plain(  # noqa: PLR0911 - one return a kind of block
    block: Block, pictures: dict[str, Path], *, first: bool, wide: bool
) -> dict[str, Any]:
    """Return a block as plain data for the template; the first of a section has its page."""
    match block:
        case Heading(text, level, new_page):
            start = "page" if new_page else "gap" if level == 1 else ""
            return {
                "kind": "heading",
                "text": text,
                "level": level,
                "start": "" if first else start,
            }
        case Paragraph(passage, tone):
            return {"kind": "paragraph", "tone": tone, "parts": _parts(passage)}
        case Bullets(items):
            return {"kind": "bullets", "items": [_parts(item) for item in items]}
        case TableBlock():
            return {
                "kind": "table",
                "caption": block.caption,
                "header": block.header,
                "units": block.units,
                "heads": 2 if block.units else 1,
                "rows": _rows(block, WIDE_MM if wide else TEXT_WIDTH_MM),
                "widths": block.widths,
                "numeric": block.numeric,
            }
        case Picture():
            name = f"picture-{block.number}{block.path.suffix}"
            pictures[name] = block.path
            return {
                "kind": "picture",
                "file": name,
                "caption": block.caption,
                "alt": block.alt,
                "width": _width_mm(block.path, wide=wide),
            }
        case Contents():
            return {"kind": "contents"}
        case PageBreak() | Turn():
            return {"kind": "break"}


def _rows(block: TableBlock, wide_mm: float) -> list[list[str]]:
    """Return a table's cells; a word too long for its column gets invisible places to break."""
    each = [wide_mm * width / sum(block.widths) / LETTER_MM for width in block.widths]
    return [
        [_breakable(cell, int(room)) for cell, room in zip(row, each, strict=True)]
        for row in block.rows
    ]


def _breakable(cell: str, room: int) -> str:
    if len(cell) <= room:
        return cell
    room = max(room, 4)
    breaks = re.compile(rf"[:/|_=,;)(.\"'&](?=\w)|\w{{{room - 1}}}(?=\w)")
    return " ".join(
        breaks.sub("\\g<0>\u200b", word) if len(word) > room else word for word in cell.split(" ")
    )


def _width_mm(path: Path, *, wide: bool) -> float:
    """Return the widest that a picture may stand on a page, upright or on its side."""
    most = (WIDE_MM, LOW_MM) if wide else (TEXT_WIDTH_MM, TEXT_HEIGHT_MM)
    with Image.open(path) as picture:
        width, height = picture.size
    return round(min(most[0], most[1] * width / height), 2)
