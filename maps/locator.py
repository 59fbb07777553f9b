"""Inset maps that say where a map is: in Great Britain's grid, or in the study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.patches import PathPatch, Rectangle
from numpy.typing import NDArray

from maps import style
from maps.sheet import SMALL, Sheet, font, outline, rule_shapes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["grid_letters", "in_study", "on_grid"]

Floats = NDArray[np.float64]
SQUARE_M = 100_000
LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
SIZES = (92.0, 78.0, 64.0)
HIDDEN_MOST = 0.01
STRIP = 30.0  # below a map there is room for its scale, at the other side
AROUND = 1  # squares drawn on each side of the study


def grid_letters(east: int, north: int) -> str:
    """Return the two letters of a 100 km square of the National Grid, empty where it has none.

    Parameters
    ----------
    east, north
        Number of the square from the grid's false origin.

    >>> grid_letters(4, 2), grid_letters(5, 1), grid_letters(-1, 2)
    ('SP', 'TQ', '')
    """
    if not (0 <= east < 7 and 0 <= north < 13):
        return ""
    rows, columns = 19 - north, east + 10
    first = rows - rows % 5 + columns // 5
    second = rows * 5 % 25 + columns % 5
    return LETTERS[first] + LETTERS[second]


def _corner(
    sheet: Sheet, axes: Axes, shapes: NDArray[Any], obstacles: Floats
) -> tuple[float, float, float]:
    """Return the corner and the size, in points from the axes' left and bottom, that hides least."""
    box = axes.get_position()
    wide, high = sheet.width * box.width, sheet.height * box.height
    west, east = axes.get_xlim()
    south = axes.get_ylim()[0]
    metres = (east - west) / wide
    marks = [shapely.box(*obstacles.T)] if len(obstacles) else []
    ground = shapely.union_all(np.concatenate([shapes, *marks]))
    best = (2.0, 0.0, 0.0, SIZES[-1])
    for size in SIZES:
        for x, y in (
            (0.0, high - size), (wide - size, high - size), (0.0, 0.0), (wide - size, 0.0),
            (wide - size, -STRIP),
        ):  # fmt: skip
            low_x, low_y, side = west + x * metres, south + y * metres, size * metres
            square = shapely.box(low_x, low_y, low_x + side, low_y + side)
            hidden = shapely.area(shapely.intersection(square, ground)) / side**2
            if hidden < best[0] - 1e-9:
                best = (float(hidden), x, y, size)
        if best[0] <= HIDDEN_MOST:
            break
    return best[1:]


def _inset(sheet: Sheet, left: float, bottom: float, size: float) -> Axes:
    """Return square axes with a frame, placed in points from the sheet's left and bottom."""
    made: Axes = sheet.figure.add_axes(
        (left / sheet.width, bottom / sheet.height, size / sheet.width, size / sheet.height)
    )
    made.set_xticks([])
    made.set_yticks([])
    made.set_facecolor("white")
    for spine in made.spines.values():
        spine.set_color(style.QUIET)
        spine.set_linewidth(0.6)
    return made


def on_grid(sheet: Sheet, axes: Axes, shapes: NDArray[Any], obstacles: Floats) -> Floats:
    """Draw the study among the 100 km squares of the National Grid, in the corner it hides least.

    Returns
    -------
    ndarray of shape (1, 4)
        The box to keep clear, in the map's metres: left, bottom, right, top.
    """
    x, y, size = _corner(sheet, axes, shapes, obstacles)
    place = axes.get_position()
    inset = _inset(sheet, place.x0 * sheet.width + x, place.y0 * sheet.height + y, size)
    west, south, east, north = shapely.total_bounds(shapes)
    first = np.floor(np.array([west, south]) / SQUARE_M).astype(int) - AROUND
    last = np.floor(np.array([east, north]) / SQUARE_M).astype(int) + AROUND
    span = int((last - first).max()) + 1
    for i in range(first[0], first[0] + span):
        for j in range(first[1], first[1] + span):
            letters = grid_letters(i, j)
            if letters:
                inset.add_patch(
                    Rectangle(
                        (i * SQUARE_M, j * SQUARE_M), SQUARE_M, SQUARE_M,
                        facecolor="none", edgecolor=style.HAIRLINE, lw=0.5,
                    )
                )  # fmt: skip
                inset.text(
                    (i + 0.06) * SQUARE_M, (j + 0.94) * SQUARE_M, letters,
                    fontproperties=font(SMALL), color=style.QUIET, ha="left", va="top", zorder=5,
                )  # fmt: skip
    path = outline(shapes)
    if path is not None:
        inset.add_patch(PathPatch(path, facecolor=style.BLUE, edgecolor=style.BLUE, lw=0.6))
    inset.set_xlim(first[0] * SQUARE_M, (first[0] + span) * SQUARE_M)
    inset.set_ylim(first[1] * SQUARE_M, (first[1] + span) * SQUARE_M)
    limits = axes.get_xlim()
    metres = (limits[1] - limits[0]) / (place.width * sheet.width)
    low_x, low_y = limits[0] + x * metres, axes.get_ylim()[0] + y * metres
    return np.array([[low_x, low_y, low_x + size * metres, low_y + size * metres]])


def in_study(sheet: Sheet, shapes: NDArray[Any], chosen: int, x: float, y: float, size: float) -> None:  # fmt: skip
    """Draw the study's districts with one of them filled, from the top left corner in points."""
    inset = _inset(sheet, x, sheet.height - y - size, size)
    rule_shapes(inset, shapes, style.QUIET, 0.5, 2)
    path = outline(shapes[chosen : chosen + 1])
    if path is not None:
        inset.add_patch(PathPatch(path, facecolor=style.BLUE, edgecolor=style.BLUE, lw=0.6))
    west, south, east, north = shapely.total_bounds(shapes)
    half = max(east - west, north - south) / 2 * 1.08
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    inset.set_xlim(middle_x - half, middle_x + half)
    inset.set_ylim(middle_y - half, middle_y + half)
