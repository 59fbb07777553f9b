"""Which way each condition of the page templates went while pages were made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from jinja2 import Environment, nodes

import maps.board
import maps.data_quality
import maps.page_templates
import maps.web

__all__ = ["Conditions", "watched"]


class Conditions:
    """Conditions met, by template, line and place in the line, each with the ways it went."""

    def __init__(self) -> None:
        self.ways: dict[tuple[str, int, int], set[bool]] = {}

    def __call__(self, value: object, place: tuple[str, int, int]) -> object:
        """Note which way a condition goes; return its value unchanged."""
        self.ways[place].add(bool(value))
        return value

    def one_sided(self) -> list[tuple[str, int, int, set[bool]]]:
        """Return conditions that went one way only, or were never met."""
        return sorted((*place, ways) for place, ways in self.ways.items() if len(ways) < 2)


@contextmanager
def watched() -> Iterator[Conditions]:
    """Watch every `if` of the page templates, those inside a line too."""
    met = Conditions()

    class Watched(Environment):
        def __init__(self, **options: object) -> None:
            super().__init__(**options)
            self.filters["noted"] = met

        def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
            tree = super()._parse(source, name, filename)
            found = tree.find_all((nodes.If, nodes.CondExpr))
            for number, node in enumerate(found):
                place = (name or "web_map.html", node.lineno, number)
                met.ways.setdefault(place, set())
                node.test = nodes.Filter(
                    node.test, "noted", [nodes.Const(place)], [], None, None, lineno=node.lineno
                )
            return tree

    plain = maps.web.ENVIRONMENT
    web = Watched(
        autoescape=True, undefined=plain.undefined, trim_blocks=plain.trim_blocks,
        keep_trailing_newline=plain.keep_trailing_newline,
    )  # fmt: skip
    whole = maps.page_templates.PAGES
    pages = Watched(
        loader=whole.loader, autoescape=True, undefined=whole.undefined, trim_blocks=whole.trim_blocks,
        lstrip_blocks=whole.lstrip_blocks, keep_trailing_newline=whole.keep_trailing_newline,
    )  # fmt: skip
    with (
        patch.object(maps.web, "ENVIRONMENT", web),
        patch.object(maps.board, "PAGES", pages),
        patch.object(maps.data_quality, "PAGES", pages),
    ):
        yield met
