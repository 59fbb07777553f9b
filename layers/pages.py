"""The pages of `docs/data/`: one for each format, written from the code, the catalogue and `formats.toml`.

Run `make pages` after changing a format, its entry in the catalogue or `docs/data/formats.toml`; a test
fails where the pages no longer say what the code does. Publisher, licence and attribution come from the
catalogue, layouts and headers from the format's `FORMAT`, how it is read from its module's docstring; only
what cannot be derived stands in `formats.toml`.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from layers.catalogue import Dataset
from layers.catalogue import shipped as catalogue
from layers.formats import Format, load_all
from layers.layouts import Field, Layout

__all__ = ["FOLDER", "datasets_of", "index", "page", "said", "write_pages"]

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "data"
START, END = "<!-- pages: begin (make pages) -->", "<!-- pages: end -->"
SHOWN = 24
MADE = "<!-- written by make pages; what is particular to it stands in formats.toml -->"
WANTED = ("what", "says", "cannot", "columns", "traps")


@cache
def said() -> Mapping[str, Mapping[str, Any]]:
    """Return `formats.toml`: by format `what says cannot columns traps`.

    Raises
    ------
    ValueError
        When an entry lacks one of them or has another.
    """
    table = tomllib.loads((FOLDER / "formats.toml").read_text(encoding="utf-8"))
    wrong = {key: sorted(set(entry) ^ set(WANTED)) for key, entry in table.items()}
    wrong = {key: names for key, names in wrong.items() if names}
    if wrong:
        raise ValueError(f"docs/data/formats.toml: {wrong}")
    return table


def datasets_of(described: Format) -> list[Dataset]:
    """Return the catalogue's entries of a format, by the details that its layouts have."""
    details = [layout.detail for layout in described.layouts] or [""]
    keys = dict.fromkeys(described.dataset(detail) for detail in details)
    return [catalogue()[key] for key in keys]


def _header(field: Field) -> str:
    shown = f"`{field.title}`"
    others = [f"`{h}`" for h in field.headers[1:3]]
    return f"{shown} (or {', '.join(others)})" if others else shown


def _listed(fields: list[Field]) -> str:
    more = f", and {len(fields) - SHOWN} more" if len(fields) > SHOWN else ""
    return ", ".join(_header(f) for f in fields[:SHOWN]) + more


def _layouts(layouts: Sequence[Layout]) -> list[str]:
    """Return what each layout needs, and once what is read where a file has it."""
    lines = []
    for layout in layouts:
        lines.append(f"- **{layout.name}**" + (", no header row" if layout.headerless else ""))
        lines.append(f"  - needs: {_listed([f for f in layout.fields if f.required])}")
    every = [f for layout in layouts for f in layout.fields]
    needed = {f.name for f in every if f.required}
    optional = {f.name: f for f in every if f.name not in needed}
    if optional:
        lines += ["", f"Read where a file has it: {_listed(list(optional.values()))}."]
    return lines


def page(key: str, module: ModuleType) -> str:
    """Return the page of a format as Markdown."""
    described: Format = module.FORMAT
    own = said()[key]
    paragraphs = [p.strip() for p in (module.__doc__ or "").strip().split("\n\n")]
    lines = [MADE, "", f"# {described.title[0].upper()}{described.title[1:]}", "", f"`{key}`: {own['what']}.", ""]  # fmt: skip
    lines += ["## Where to get it, and on what terms", ""]
    for entry in datasets_of(described):
        lines += [
            f"- **{entry.title}** ({entry.publisher}): {entry.source}",
            f"  - licence: {entry.licence}; renewed: {entry.cadence}",
        ]
        if entry.attribution:
            lines.append(f"  - to print: {entry.attribution}")
    lines += ["", "## What it can and cannot say", "", f"- can: {own['says']}", f"- cannot: {own['cannot']}", ""]  # fmt: skip
    lines += ["## How it is read", "", *(line for p in paragraphs for line in (p, ""))]
    lines += [f"Columns: `{own['columns']}`, with `src` (file) and `record` (row in it).", ""]
    lines += ["## Traps that are handled", "", *(f"- {trap}" for trap in own["traps"]), ""]
    lines += ["## Layouts that are known", ""]
    if described.layouts:
        lines += _layouts(described.layouts)
    else:
        lines.append("Known by what the file holds, not by a header.")
    if described.mapped:
        lines += ["", "Other headers can be named in a [mapping file](mappings.md)."]
    return "\n".join(lines) + "\n"


def index() -> str:
    """Return the table of formats for `README.md`."""
    rows = ["| format | what it is | can say | cannot say |", "|---|---|---|---|"]
    rows += [
        f"| [`{key}`]({key}.md) | {own['what']} | {own['says']} | {own['cannot']} |"
        for key, own in sorted(said().items())
    ]
    return "\n".join(rows)


def pages() -> dict[str, str]:
    """Return every page, and `README.md` with its table, by file name."""
    made = {f"{key}.md": page(key, module) for key, module in load_all().items()}
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    before, rest = readme.split(START)
    after = rest.split(END)[1]
    made["README.md"] = f"{before}{START}\n{index()}\n{END}{after}"
    return made


def write_pages() -> list[str]:
    """Write the pages that have changed and return their names."""
    changed = []
    for name, text in pages().items():
        path = FOLDER / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(name)
    return changed


if __name__ == "__main__":
    sys.stdout.write("\n".join(write_pages() or ["every page is as the code says"]) + "\n")
