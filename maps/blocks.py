"""What a document says, in blocks that know nothing of Word or PDF: one text, two writers.

Floors below give figures, `prose` and the bid's modules turn them into passages, a `Report`
collects them in order, and a writer prints the blocks. A report also numbers its captions and
keeps the figures it quotes, for the annex that lists them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from layers.lineage import Figure
from maps.passages import Passage, Quote, clean, typeset

__all__ = [
    "Block",
    "Bullets",
    "Cell",
    "Contents",
    "Grid",
    "Heading",
    "PageBreak",
    "Paragraph",
    "Picture",
    "Report",
    "TableBlock",
    "Tone",
    "Turn",
    "cell_text",
]

Cell = str | Figure | Quote | Passage
# plain: a fixed passage; generated: drafted from figures; gap: evidence only people can give;
# banner: a warning on the title page.
Tone = Literal["title", "subtitle", "banner", "plain", "generated", "gap"]
GAP_MARK = "[Officer"


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3; `new_page` says whether it starts one."""

    text: str
    level: int = 1
    new_page: bool = True


@dataclass(frozen=True)
class Paragraph:
    """A paragraph and what kind of passage it is."""

    passage: Passage
    tone: Tone = "plain"


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Passage, ...]


@dataclass(frozen=True)
class TableBlock:
    """A captioned table, its cells ready to print.

    Attributes
    ----------
    number
        Of its caption, `Table <number>`.
    header, units
        Column names, and a second header row with the units where they are given.
    numeric
        Whether each column holds figures, which stand right aligned.
    widths
        Relative widths of the columns.
    description
        Alternative text of the table.
    """

    number: int
    caption: str
    header: tuple[str, ...]
    units: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    numeric: tuple[bool, ...]
    description: str


@dataclass(frozen=True)
class Picture:
    """A picture with its number, caption and alternative text."""

    number: int
    path: Path
    caption: str
    alt: str


@dataclass(frozen=True)
class Turn:
    """A new page, lying on its side where `wide`."""

    wide: bool


@dataclass(frozen=True)
class Contents:
    """The place of the contents list."""


@dataclass(frozen=True)
class PageBreak:
    """A new page."""


Block = Heading | Paragraph | Bullets | TableBlock | Picture | Turn | Contents | PageBreak


@dataclass(frozen=True)
class Grid:
    """A table to print: header, rows, relative widths and, where they differ, units."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[float, ...]
    units: tuple[str, ...] = ()


def cell_text(cell: Cell) -> str:
    """Return a cell as it prints: figures without their unit, with a true minus sign."""
    if isinstance(cell, Figure):
        return clean(typeset(cell.number))
    if isinstance(cell, Quote):
        return clean(cell.unbroken)
    return clean(cell.text if isinstance(cell, Passage) else cell)


@dataclass
class Report:
    """A document being written.

    Attributes
    ----------
    title, subject
        What the file's properties say it is.
    as_of, version
        Its only date, and the version of infra that wrote it.
    running
        Words at the head of every page.
    ribbon
        Warning above them (practice data), or empty.
    blocks
        What it says, in order.
    quoted, tabled
        Figures quoted in running text and in tables, in order of first use, by id.
    """

    title: str
    subject: str
    as_of: date
    version: str
    running: str = ""
    ribbon: str = ""
    blocks: list[Block] = field(default_factory=list)
    quoted: dict[str, Figure] = field(default_factory=dict)
    tabled: dict[str, Figure] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=lambda: {"Figure": 0, "Table": 0})

    def heading(self, text: str, level: int = 1, *, new_page: bool = True) -> None:
        """Add a heading; the first level starts a new page unless told."""
        self.blocks.append(Heading(clean(text), level, level == 1 and new_page))

    def text(self, passage: Passage | str, tone: Tone | None = None) -> None:
        """Add a paragraph; one made from figures is marked, and so is a gap in evidence."""
        if isinstance(passage, str):
            self.blocks.append(Paragraph(Passage((clean(passage),)), tone or "plain"))
        elif passage.parts:
            self._remember(passage, self.quoted)
            usual: Tone = "gap" if passage.gap else "generated"
            self.blocks.append(Paragraph(passage, tone or usual))

    def bullets(self, passages: Sequence[Passage | str]) -> None:
        """Add a list."""
        items = tuple(p if isinstance(p, Passage) else Passage((clean(p),)) for p in passages)
        for item in items:
            self._remember(item, self.quoted)
        if items:
            self.blocks.append(Bullets(items))

    def gap(self, what: str) -> None:
        """Add a marked gap for an officer to fill."""
        self.text(Passage((f"[Officer to complete: {clean(what)}]",), gap=True))

    def picture(self, path: Path, caption: str, alt: str) -> None:
        """Add a picture as wide as the page allows, with its alternative text and caption."""
        self._counts["Figure"] += 1
        self.blocks.append(Picture(self._counts["Figure"], path, clean(caption), clean(alt)))

    def sheet(self, path: Path, caption: str, alt: str) -> None:
        """Add a picture on a page of its own, on its side: a map's small print needs the width."""
        self.turn(wide=True)
        self.picture(path, caption, alt)
        self.turn(wide=False)

    def table(
        self,
        caption: str,
        header: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        widths: Sequence[float],
        *,
        description: str = "",
        units: Sequence[str] = (),
    ) -> str:
        """Add a captioned table and return its label, such as `Table 3`.

        Parameters
        ----------
        header, units
            Column names, and a second header row with the units where given.
        rows
            Cells: text, or a figure (its number is printed, and its id goes to the annex of
            figures).
        widths
            Relative widths of the columns.
        description
            Alternative text of the table; the caption where left empty.
        """
        self._counts["Table"] += 1
        for row in rows:
            for cell in row:
                self._remember(cell, self.tabled)
        numeric = tuple(
            any(isinstance(row[i], Figure | Quote) for row in rows) for i in range(len(header))
        )
        self.blocks.append(
            TableBlock(
                self._counts["Table"],
                clean(caption),
                tuple(clean(name) for name in header),
                tuple(clean(unit) for unit in units),
                tuple(tuple(cell_text(cell) for cell in row) for row in rows),
                tuple(widths),
                numeric,
                clean(description or caption),
            )
        )
        return f"Table {self._counts['Table']}"

    def grid(self, caption: str, content: Grid, *, description: str = "") -> str:
        """Add a grid of rows as a captioned table."""
        return self.table(
            caption,
            content.header,
            content.rows,
            content.widths,
            units=content.units,
            description=description,
        )

    def contents(self) -> None:
        """Leave room for the contents list."""
        self.blocks.append(Contents())

    def turn(self, *, wide: bool) -> None:
        """Start a new page, on its side where `wide`; of two turns in a row the second counts."""
        if self.blocks and isinstance(self.blocks[-1], Turn):
            self.blocks.pop()
        self.blocks.append(Turn(wide))

    def page_break(self) -> None:
        """Start what follows on a new page."""
        self.blocks.append(PageBreak())

    def _remember(self, cell: Cell, held: dict[str, Figure]) -> None:
        if isinstance(cell, Passage):
            for figure in cell.figures:
                held.setdefault(figure.fig_id, figure)
        elif isinstance(cell, Quote):
            held.setdefault(cell.figure.fig_id, cell.figure)
        elif isinstance(cell, Figure):
            held.setdefault(cell.fig_id, cell)
