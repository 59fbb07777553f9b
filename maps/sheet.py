"""A landscape sheet, A4 or A3, at 300 dots to the inch, and the furniture a printed map needs.

Everything but the map itself is placed in points from the top left corner.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.patches import Circle, PathPatch, Polygon, Rectangle
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from maps import style
from maps.letters import Line
from maps.passages import clean
from maps.pdf_tags import tagged
from maps.png import write_png
from maps.typeface import typeface
from maps.view import SAMPLE_RIBBON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

__all__ = [
    "Sheet",
    "Size",
    "as_on_paper",
    "fill_shapes",
    "fit_text",
    "font",
    "outline",
    "rule_shapes",
    "save_book",
    "text_width",
    "trace",
    "wrap_text",
]

Size = Literal["A4", "A3"]
DPI = 300
# Width and height of a sheet lying on its side, in dots (ISO 216 at 300 to the inch).
SIZES_PX: dict[Size, tuple[int, int]] = {"A4": (3508, 2480), "A3": (4961, 3508)}
# of the column beside the map, with the margin, in points
COLUMN_WIDTHS: dict[Size, float] = {"A4": 302.0, "A3": 400.0}
MARGIN = 28.0
SETTINGS: dict[Any, Any] = {
    "text.parse_math": False,
    "pdf.fonttype": 42,
    "hatch.linewidth": 0.4,
    "path.simplify": False,
    "axes.unicode_minus": False,
    "text.hinting": "none",
}
SMALL, BODY = style.PAPER_PT["small"], style.PAPER_PT["body"]
NICE = (1, 2, 5)
EM = 100  # size at which letters are measured, in points
SOURCE_LINES = 3
MISSING_LETTER = "Glyph .* missing from"


@cache
def font(size: float, *, bold: bool = False, italic: bool = False) -> FontProperties:
    """Return the sheet's typeface at a size in points."""
    return FontProperties(
        family=typeface(),
        size=size,
        weight="bold" if bold else "normal",
        style="italic" if italic else "normal",
    )


@cache
def _face(*, bold: bool) -> FT2Font:
    face = FT2Font(findfont(font(SMALL, bold=bold)))
    face.set_size(EM, 72)
    return face


@cache
def _advance(letter: str, *, bold: bool) -> float:
    """Return how far a letter moves the pen, in parts of the type size."""
    face = _face(bold=bold)  # a letter it lacks is its box, glyph 0
    glyph = face.load_glyph(face.get_char_index(ord(letter)), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance / 65536 / EM)


@lru_cache(maxsize=1 << 15)
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a line of text is, in points: the sum of its letters' advances, no kerning."""
    return size * sum(_advance(letter, bold=bold) for letter in text)


def wrap_text(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """Break text into lines no wider than `width` points; a longer word stands alone."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def fit_text(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """Shorten text to a width in points, marking the cut."""
    text = clean(text)
    if text_width(text, size, bold=bold) <= width:
        return text
    while text and text_width(f"{text.rstrip()}…", size, bold=bold) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def outline(shapes: NDArray[Any]) -> Outline | None:
    """Return polygons as one path, holes wound the other way; `None` when there are none."""
    polygons = shapely.get_parts(np.asarray(shapes, dtype=object))
    polygons = polygons[shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON]
    if not len(polygons):
        return None
    rings = shapely.get_rings(shapely.orient_polygons(polygons))
    ends = np.cumsum(shapely.get_num_coordinates(rings))
    codes = np.full(ends[-1], Outline.LINETO, dtype=Outline.code_type)
    codes[np.r_[0, ends[:-1]]], codes[ends - 1] = Outline.MOVETO, Outline.CLOSEPOLY
    return Outline(shapely.get_coordinates(rings), codes)


def trace(lines: NDArray[Any]) -> Outline | None:
    """Return lines as one path; `None` when there are none."""
    parts = shapely.get_parts(np.asarray(lines, dtype=object))
    xy, of = shapely.get_coordinates(parts, return_index=True)
    if not len(xy):
        return None
    codes = np.full(len(xy), Outline.LINETO, dtype=Outline.code_type)
    codes[np.flatnonzero(np.diff(of, prepend=-1))] = Outline.MOVETO
    return Outline(xy, codes)


@contextmanager
def as_on_paper() -> Iterator[None]:
    """Draw with the settings of a sheet; letters that its typeface lacks are boxes, not warnings."""
    own = {**SETTINGS, "font.family": typeface()}
    with mpl.rc_context(own), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=MISSING_LETTER)
        yield


class Sheet:
    """One page being drawn.

    Attributes
    ----------
    page
        Axes over the whole sheet, in points from the top left.
    words
        What is written on the sheet, in order; the letters on the map itself are not among it.
    width, height
        Of the sheet, in points.
    column
        Where the column beside the map starts, in points from the left.
    """

    def __init__(self, title: str, subtitle: str, *, sample: bool, size: Size = "A4") -> None:
        self.title = clean(title)
        self.words: list[str] = []
        width_px, height_px = SIZES_PX[size]
        self.width, self.height = width_px / DPI * 72, height_px / DPI * 72
        self.column = self.width - COLUMN_WIDTHS[size]
        with as_on_paper():
            self.figure = Figure(figsize=(width_px / DPI, height_px / DPI), dpi=DPI)
            self.figure.set_facecolor(style.PAPER)
            self.page: Axes = self.figure.add_axes((0, 0, 1, 1))
        self.page.set_xlim(0, self.width)
        self.page.set_ylim(self.height, 0)
        self.page.set_axis_off()
        if sample:
            self.box(0, 0, self.width, 19, style.INK)
            self.text(
                self.width / 2, 13, SAMPLE_RIBBON, 9, bold=True, colour="white", align="center"
            )
        room = self.width - 2 * MARGIN
        points = next(
            (s for s in (19.0, 17.0, 15.0) if text_width(title, s, bold=True) <= room), 13
        )
        y = 46.0
        for line in wrap_text(title, points, room, bold=True):
            self.text(MARGIN, y, line, points, bold=True)
            y += points * 1.2
        y += 17 - points * 1.2
        for line in wrap_text(subtitle, style.PAPER_PT["subtitle"], room):
            self.text(MARGIN, y, line, style.PAPER_PT["subtitle"], colour="#2c3135")
            y += 14
        self.top = y - 4

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = BODY,
        *,
        bold: bool = False,
        italic: bool = False,
        colour: str = style.INK,
        align: str = "left",
    ) -> None:
        """Write a line with its base at `y` points from the top."""
        words = clean(text, edges=False)
        self.words.append(words)
        face = font(size, bold=bold, italic=italic)
        if align == "left":
            line = Line(x, y, words, face, colour)
            line.set_transform(self.page.transData)
            self.page.add_artist(line)
        else:
            self.page.text(x, y, words, fontproperties=face, color=colour, ha=align, va="baseline")

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        *,
        edge: str | None = None,
        hatch: str = "",
        hatch_colour: str = style.INK,
    ) -> None:
        """Draw a rectangle from its top left corner."""
        if hatch:
            self.page.add_patch(
                Rectangle(
                    (x, y), width, height, facecolor=fill, edgecolor=hatch_colour, hatch=hatch, lw=0
                )
            )
            fill = "none"
        self.page.add_patch(
            Rectangle(
                (x, y),
                width,
                height,
                facecolor=fill,
                edgecolor=edge or "none",
                lw=0.6 if edge else 0,
            )
        )

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.5, colour: str = style.HAIRLINE) -> None:  # fmt: skip
        """Draw a line between two places."""
        self.page.plot([x0, x1], [y0, y1], color=colour, lw=width, solid_capstyle="butt")

    def disc(self, x: float, y: float, radius: float, fill: str, edge: str, width: float = 1) -> None:  # fmt: skip
        """Draw a circle."""
        self.page.add_patch(Circle((x, y), radius, facecolor=fill, edgecolor=edge, lw=width))

    def diamond(self, x: float, y: float, radius: float, width: float = 1) -> None:
        """Draw the mark of a site to verify."""
        corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
        self.page.add_patch(
            Polygon(
                corners, facecolor="white", edgecolor=style.VERMILION, lw=width, ls=(0, (2, 1.2))
            )
        )

    def foot(self, note: str, sources: str, statements: Sequence[str]) -> float:
        """Write the reading note and the credits at the bottom; return where they start.

        Licences and the rest always stand whole; a long list of sources is cut, and says so.
        """
        room = self.width - 2 * MARGIN
        listed = wrap_text(sources, SMALL, room)
        if len(listed) > SOURCE_LINES:
            more = "; and others in the table of sources."
            listed = listed[:SOURCE_LINES]
            kept = fit_text(listed[-1], SMALL, room - text_width(more, SMALL))
            listed[-1] = kept.rpartition(";")[0] + more
        lines = [(line, True) for line in wrap_text(note, SMALL, room)]
        lines += [(line, False) for line in listed]
        for statement in statements:
            lines += [(line, False) for line in wrap_text(statement, SMALL, room)]
        start = self.height - 16 - 10.2 * (len(lines) - 1)
        self.line(MARGIN, start - 13, self.width - MARGIN, start - 13)
        for i, (line, italic) in enumerate(lines):
            colour = style.INK if italic else "#33383c"
            self.text(MARGIN, start + 10.2 * i, line, SMALL, italic=italic, colour=colour)
        return start - 13

    def swatch(self, x: float, y: float, index: int | None, grade: str = "measured") -> None:
        """Draw a legend's box for a class, with its base on a line of text."""
        hatch = style.NO_DATA_HATCH if index is None else style.HATCHES[grade]
        self.box(
            x,
            y - 7.5,
            20,
            9.5,
            style.colour(index),
            edge=style.QUIET,
            hatch=hatch,
            hatch_colour=style.hatch_colour(index),
        )

    def legend(self, x: float, y: float, label: str, grade: str, *, deficit: bool) -> float:
        """Write the classes with `no data`; return the line below."""
        for line in wrap_text(label, BODY, 130, bold=True):
            self.text(x, y, line, BODY, bold=True)
            y += 12
        y += 2
        for index, words in style.legend_entries(deficit=deficit):
            self.swatch(x, y, index, grade)
            self.text(x + 27, y, words, BODY)
            y += 13.2
        return y

    def grade_key(self, x: float, y: float) -> float:
        """Write how each value is known; return the line below."""
        self.text(x, y, "How values are known", BODY, bold=True)
        y += 14
        for grade in style.GRADES:
            self.box(
                x, y - 7.5, 20, 9.5, "white", edge=style.QUIET, hatch=style.HATCHES[grade],
                hatch_colour=style.QUIET,
            )  # fmt: skip
            self.text(x + 27, y, "modelled, indicative" if grade == "modelled" else grade, BODY)
            y += 13.2
        return y

    def map_axes(
        self, bounds: NDArray[np.float64], left: float, top: float, right: float, bottom: float
    ) -> tuple[Axes, float]:
        """Make axes in metres for a map, grid north up, with one scale both ways.

        Returns
        -------
        tuple of Axes and float
            The axes, and metres on the ground in one point on paper.
        """
        bottom -= 34  # room for scale and arrow, where no shape can hide them
        width, height = right - left, bottom - top
        west, south, east, north = bounds
        metres = max((east - west) / width, (north - south) / height) * 1.015
        axes = self.figure.add_axes(
            (left / self.width, 1 - bottom / self.height, width / self.width, height / self.height)
        )
        middle_x, middle_y = (west + east) / 2, (south + north) / 2
        axes.set_xlim(middle_x - metres * width / 2, middle_x + metres * width / 2)
        axes.set_ylim(middle_y - metres * height / 2, middle_y + metres * height / 2)
        axes.set_axis_off()
        self._scale_and_arrow(left, bottom + 30, metres)
        return axes, metres

    def _scale_and_arrow(self, x: float, y: float, metres: float) -> None:
        most = 130 * metres
        power = 10 ** np.floor(np.log10(most))
        length = max(n * power for n in NICE if n * power <= most)
        width = float(length / metres)
        self.page.add_patch(
            Polygon(
                [(x + 7, y - 24), (x + 12, y - 7), (x + 7, y - 11), (x + 2, y - 7)],
                facecolor=style.INK,
                lw=0,
            )
        )
        self.text(x + 7, y + 2, "N", BODY, bold=True, align="center")
        start = x + 32
        for i in range(2):
            fill = style.INK if i == 0 else "white"
            self.box(start + i * width / 2, y - 7, width / 2, 4, fill, edge=style.INK)
        unit, size = ("km", 1000) if length >= 1000 else ("m", 1)
        for share, ends in (
            (0.0, "0"),
            (0.5, f"{length / size / 2:g}"),
            (1.0, f"{length / size:g} {unit}"),
        ):
            self.text(start + share * width, y + 6, ends, SMALL, align="center")

    def save(self, png: Path, pdf: Path, subject: str, author: str, made: date) -> None:
        """Write the sheet as PNG and PDF, dated by the study and never by the clock."""
        subject = clean(subject)
        with as_on_paper():
            canvas = FigureCanvasAgg(self.figure)
            canvas.draw()  # type: ignore[no-untyped-call]
        words = {"Title": self.title, "Description": subject, "Author": author, "Software": author}
        # nothing of a sheet is transparent
        drawn = np.asarray(canvas.buffer_rgba())[..., :3]  # type: ignore[no-untyped-call]
        write_png(drawn, png, DPI, words)
        save_book([(self, subject)], pdf, self.title, subject, author, made)


def save_book(
    sheets: Iterable[tuple[Sheet, str]],
    pdf: Path,
    title: str,
    subject: str,
    author: str,
    made: date,
) -> None:
    """Write sheets as the pages of one tagged PDF, dated by the study and never by the clock.

    With each sheet comes its alternative text. A sheet is let go once it is written, so that a long
    book need not be held at once.
    """
    moment = datetime(made.year, made.month, made.day, tzinfo=UTC)
    document = io.BytesIO()
    metadata = {
        "Title": title,
        "Subject": subject,
        "Author": author,
        "Creator": author,
        "Producer": "matplotlib",
        "CreationDate": moment,
        "ModDate": moment,
    }
    said: list[tuple[str, str]] = []
    with as_on_paper(), PdfPages(document, metadata=metadata) as pages:
        for sheet, alternative in sheets:
            FigureCanvasPdf(sheet.figure)
            pages.savefig(sheet.figure)
            said.append((sheet.title, alternative))
    pdf.write_bytes(tagged(document.getvalue(), title, said))


def fill_shapes(axes: Axes, shapes: NDArray[Any], index: int | None, grade: str) -> None:
    """Fill areas of one class and grade, with the marks of the grade over the colour."""
    path = outline(shapes)
    if path is None:
        return
    # an artist, not a patch: a patch is measured for limits, which a map sets itself
    hatch = style.NO_DATA_HATCH if index is None else style.HATCHES[grade]
    axes.add_artist(
        PathPatch(
            path,
            facecolor=style.colour(index),
            edgecolor=style.hatch_colour(index),
            hatch=hatch,
            lw=0,
            zorder=1,
        )
    )


def rule_shapes(axes: Axes, shapes: NDArray[Any], colour: str, width: float, zorder: float) -> None:
    """Draw the outlines of areas."""
    path = outline(shapes)
    if path is not None:
        axes.add_artist(
            PathPatch(
                path, facecolor="none", edgecolor=colour, lw=width, zorder=zorder, joinstyle="round"
            )
        )
