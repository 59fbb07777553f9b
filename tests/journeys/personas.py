"""What the pages for the officer, the board member and the planner tell their readers to do."""

from __future__ import annotations

import json
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
__all__ = ["bold", "code_cells", "commands", "paths", "text_of", "toml_blocks"]


def text_of(page: str) -> str:
    """The page, each of its paragraphs on one line."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.sub(r"(?<!\n)\n(?!\n)\s*", " ", text)


def commands(page: str) -> list[list[str]]:
    """Every `infra ...` command of a page, in order, as words."""
    return [found.split() for found in re.findall(r"`infra ([^`]+)`", text_of(page))]


def paths(page: str) -> list[str]:
    """Every file below `out/` that a page names."""
    return re.findall(r"`(?:mystudy/)?out/([^`<>]+)`", text_of(page))


def bold(page: str) -> list[str]:
    """What a page sets in bold: headings of the board page."""
    return re.findall(r"\*\*([^*]+)\*\*", text_of(page))


def toml_blocks(page: str) -> str:
    """All the lines of study.toml that a page shows."""
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    return "\n".join(line.strip() for block in blocks for line in block.splitlines()) + "\n"


def code_cells(notebook: str) -> list[str]:
    """The code of a notebook, cell by cell."""
    held = json.loads((DOCS / notebook).read_text(encoding="utf-8"))
    return ["".join(c["source"]) for c in held["cells"] if c["cell_type"] == "code"]
