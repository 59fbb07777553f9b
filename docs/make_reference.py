"""Write docs/cli.md and docs/api.md from the program's own docstrings: `make reference`.

A test compares the files with what this would write.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import infra
from infra.cli import main as cli
from infra.session import Session
from layers.evidence import Evidence
from layers.lineage import Column, Figure, Figures, Table
from layers.source import Layer, SourceFile
from scenarios.engine import CaseResult

HERE = Path(__file__).parent
WRITTEN = "<!-- Written by docs/make_reference.py; change the docstrings instead. -->\n"
API = (Session, Evidence, Layer, SourceFile, CaseResult, Table, Column, Figures, Figure)


def _usage(name: str, command: click.Command) -> str:
    return command.get_usage(click.Context(command, info_name=f"infra {name}")).removeprefix(
        "Usage: "
    )


def _options(command: click.Command) -> Iterator[str]:
    context = click.Context(command)
    for option in command.params:
        if isinstance(option, click.Option):
            record = option.get_help_record(context)
            if record is not None:
                names, text = record
                yield f"| `{names.replace('|', '/')}` | {' '.join(text.split()).replace('|', '/')} |"


def cli_page() -> str:
    """Return the page about the command line."""
    parts = [WRITTEN, "# The command line\n", f"{inspect.cleandoc(cli.help or '')}\n"]
    assert isinstance(cli, click.Group)
    for name, command in cli.commands.items():
        text = inspect.cleandoc(command.help or "").replace("\b\n", "")
        parts.append(f"## infra {name}\n\n```\n{_usage(name, command)}\n```\n\n{text}\n")
        rows = list(_options(command))
        parts.append("\n".join(["| option | meaning |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def _signature(thing: Any) -> str:
    try:
        text = str(inspect.signature(thing))
    except (TypeError, ValueError):
        return ""
    text = re.sub(r"<function (\w+) at 0x[0-9a-f]+>", r"\1", text)  # where it lies is no news
    return text.replace("'", "").replace("self, ", "").replace("(self)", "()")


def _doc(thing: Any) -> str:
    """Return a docstring whose sections are bold lines, as headings would break the page's order."""
    return re.sub(r"^(\w[\w ]*)\n-+$", r"**\1**\n", inspect.getdoc(thing) or "", flags=re.MULTILINE)


def _members(kind: type) -> Iterator[str]:
    for name, held in vars(kind).items():
        if name.startswith("_") or not _doc(held):
            continue
        if inspect.isfunction(held):
            yield f"### {kind.__name__}.{name}\n\n```\n{name}{_signature(held)}\n```\n\n{_doc(held)}\n"
        elif isinstance(held, property | classmethod) or hasattr(held, "attrname"):
            yield f"### {kind.__name__}.{name}\n\n{_doc(held)}\n"


def api_page() -> str:
    """Return the page about the Python door and what it gives."""
    parts = [WRITTEN, "# The Python API\n", f"{_doc(infra)}\n"]
    parts.append(f"## infra.open\n\n```\nopen{_signature(infra.open)}\n```\n\n{_doc(infra.open)}\n")
    for kind in API:
        parts.append(f"## {kind.__name__}\n\n`{kind.__module__}.{kind.__name__}`\n\n{_doc(kind)}\n")
        parts += _members(kind)
    return "\n".join(parts)


def pages() -> dict[str, str]:
    """Return the pages by file name."""
    return {"cli.md": cli_page(), "api.md": api_page()}


if __name__ == "__main__":
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8", newline="\n")
    sys.exit(0)
