"""What is drawn inside the frame of a printed map: shares, districts and their names, sites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.collections import PathCollection
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from maps import style
from maps.listing import ordered_sites, site_points
from maps.made_once import kept_with
from maps.measures import Picture
from maps.passages import clean
from maps.placement import label_places, spread
from maps.sheet import BODY, SMALL, fill_shapes, font, rule_shapes, text_width, trace
from maps.simplify import main_roads, simplified
from maps.view import CaseView, StudyView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["choropleth", "context", "district_names", "pins", "road_lines"]

PRINT_TOLERANCE_M = 15.0
PIN = 8.2
CROWD = 120


@kept_with
def _on_paper(frame: gpd.GeoDataFrame) -> NDArray[Any]:
    """Return the outlines of areas as paper shows them."""
    return simplified(frame.geometry, PRINT_TOLERANCE_M)


def _in_frame(axes: Axes, shapes: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which shapes reach into what the axes show: a page of one district draws no others."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    low_x, low_y, high_x, high_y = shapely.bounds(shapes).T
    found = (low_x <= east) & (high_x >= west) & (low_y <= north) & (high_y >= south)
    return np.asarray(found, dtype=bool)


def choropleth(axes: Axes, study: StudyView, drawn: Picture | None) -> None:
    """Fill the shapes of a picture by class and grade; without one, the districts as no data.

    The axes' limits are set before: only what they show is drawn.
    """
    shapes = _on_paper(study.districts if drawn is None else drawn.shapes)
    none: list[int | None] = [None] * len(shapes)
    classes = none if drawn is None else drawn.classes
    grades = [""] * len(shapes) if drawn is None else drawn.grades
    few, some = 60, 500
    width = 0.7 if len(shapes) < few else 0.35 if len(shapes) < some else 0.1
    seen = np.flatnonzero(_in_frame(axes, shapes))
    _fill_groups(axes, shapes[seen], [classes[i] for i in seen], [grades[i] for i in seen])
    rule_shapes(axes, shapes[seen], "white", width, 2)


def _fill_groups(
    axes: Axes, shapes: NDArray[Any], classes: list[int | None], grades: list[str]
) -> None:
    marks = np.array(
        ["none" if c is None else f"{c}{g}" for c, g in zip(classes, grades, strict=True)]
    )
    for mark in sorted(set(marks)):
        group = shapes[marks == mark]
        first = int(np.flatnonzero(marks == mark)[0])
        fill_shapes(axes, group, classes[first], grades[first])


def context(axes: Axes, study: StudyView, *, roads: str = "white") -> NDArray[Any]:
    """Draw main roads (white over colour) and district bounds; return the districts drawn."""
    road_lines(axes, main_roads(study, PRINT_TOLERANCE_M), roads)
    shapes = _on_paper(study.districts)
    rule_shapes(axes, shapes, "white", 2.2, 3.5)
    rule_shapes(axes, shapes, style.INK, 0.9, 4)
    return shapes


def road_lines(axes: Axes, lines: NDArray[Any], colour: str = "white") -> None:
    """Draw main roads as one stroke of the pen: a line each is slow where there are thousands.

    The axes' limits are set before: only what they show is drawn.
    """
    path = trace(lines[_in_frame(axes, lines)])
    if path is None:
        return
    axes.add_artist(
        PathPatch(
            path, facecolor="none", edgecolor=colour, alpha=0.55, lw=0.9, capstyle="projecting",
            joinstyle="round", zorder=3,
        )
    )  # fmt: skip


def district_names(
    axes: Axes,
    study: StudyView,
    shapes: NDArray[Any],
    obstacles: NDArray[np.float64],
    metres: float,
) -> None:
    """Write the districts' names clear of the marks."""
    names = [clean(name) for name in study.districts["name"]]
    sizes = np.array(
        [((text_width(name, BODY, bold=True) + 6) * metres, 14 * metres) for name in names]
    )
    halo = [withStroke(linewidth=2.6, foreground="white")]
    places = label_places(shapes, sizes.reshape(-1, 2), obstacles)
    for name, (x, y) in zip(names, places, strict=True):
        axes.text(
            x,
            y,
            name,
            fontproperties=font(BODY, bold=True),
            color=style.INK,
            ha="center",
            va="center_baseline",
            zorder=9,
            path_effects=halo,
        )


Pen = tuple[str, str, float, bool]  # face, edge, width in points, dashed
DASH, DASH_AND_GAP = 2.2, 3.5  # in widths of the pen
POINTS = 72.0  # to the inch, in which the library scales what has a size on paper
DIAMOND = np.array([(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0), (0.0, 1.0)])


def _dashed_pens(width: float) -> tuple[Pen, ...]:
    return ("white", style.INK, 1.7 * width, False), ("none", style.VERMILION, width, True)


def _dashes(corners: NDArray[np.float64], width: float) -> Path:
    """Return a closed outline as whole dashes of a pen, its corners among them; all in points."""
    length = np.r_[0.0, np.cumsum(np.hypot(*np.diff(corners, axis=0).T))]
    count = max(round(length[-1] / (DASH_AND_GAP * width)), 1)
    vertices, codes = [], []
    for start in length[-1] / count * np.arange(count):
        end = start + length[-1] / count * DASH / DASH_AND_GAP
        along = np.r_[start, length[(length > start) & (length < end)], end]
        vertices += [np.interp(along, length, corners[:, i]) for i in (0, 1)]
        codes += [Path.MOVETO, *[Path.LINETO] * (len(along) - 1)]
    xy = np.column_stack([np.concatenate(vertices[0::2]), np.concatenate(vertices[1::2])])
    return Path(xy, codes)


def _draw(
    axes: Axes, at: NDArray[Any], radius: float, pens: Sequence[Pen], zorder: float, *, disc: bool
) -> None:
    """Draw discs or diamonds of a radius in points, all with one pen, then all with the next.

    Marks that are alike are drawn as one mark at many places: thousands of them are then as quick as one.
    """
    if not len(at):
        return
    for face, edge, width, dashed in pens:
        mark = Path.unit_circle() if disc else Path(DIAMOND, closed=True)
        scaled = Affine2D().scale(radius).transform_path(mark)
        if dashed:
            scaled = _dashes(DIAMOND * radius, width)
        marks = PathCollection(
            [Affine2D().scale(1 / POINTS).transform_path(scaled)], offsets=at,
            offset_transform=axes.transData, facecolors=face, edgecolors=edge, linewidths=width, zorder=zorder,
        )  # fmt: skip
        marks.set_transform(axes.figure.dpi_scale_trans)
        axes.add_collection(marks, autolim=False)


def _small_marks(axes: Axes, frame: pd.DataFrame, points: NDArray[Any]) -> None:
    """Draw the sites that carry no number, by shape."""
    placed = ~shapely.is_empty(points) & ~frame["numbered"].to_numpy(bool)
    # many marks draw smaller, so that the gap below them still shows
    size = float(np.clip(np.sqrt(CROWD / max(int(placed.sum()), 1)), 0.3, 1.0))
    status = frame["status"].to_numpy(dtype=object)
    chosen = frame["chosen"].to_numpy(bool)
    ranked, verify = status == "ranked", status == "to verify"

    def at(wanted: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(shapely.get_coordinates(points[np.flatnonzero(placed & wanted)[::-1]]))

    grey: Pen = ("#c8ccd0", "#33383c", 0.5 * size, False)
    ink: Pen = ("white", style.INK, 1.6 * size, False)
    ring: Pen = ("none", style.VERMILION, 1.1 * size, False)
    full: Pen = (style.VERMILION, style.INK, 0.7 * size, False)
    _draw(axes, at(~(ranked | verify)), 1.6 * size, [grey], 4.5, disc=True)
    _draw(axes, at(verify), 3.9 * size, _dashed_pens(0.9 * size), 5, disc=False)
    _draw(axes, at(ranked & ~chosen), 3.2 * size, [ink, ring], 5, disc=True)
    _draw(axes, at(ranked & chosen), 3.2 * size, [full], 5.1, disc=True)


def pins(axes: Axes, view: CaseView, metres: float, most: int) -> NDArray[np.float64]:
    """Draw the sites, the first `most` numbered and on top; return the boxes to keep clear, in metres."""
    frame = ordered_sites(view)
    frame["numbered"] &= frame["numbered"].cumsum() <= most
    points = site_points(view, frame["site_id"])
    _small_marks(axes, frame, points)
    numbered = np.flatnonzero(frame["numbered"].to_numpy(bool) & ~shapely.is_empty(points))
    true = shapely.get_coordinates(points[numbered])
    shown = spread(true, PIN * 1.08 * metres)
    for place in range(len(numbered) - 1, -1, -1):
        row = frame.iloc[numbered[place]]
        (x, y), (x0, y0) = shown[place], true[place]
        if np.hypot(x - x0, y - y0) > 0.3 * PIN * metres:
            axes.plot([x0, x], [y0, y], color=style.INK, lw=0.8, zorder=6)
            axes.add_artist(Circle((x0, y0), 1.3 * metres, fc=style.INK, lw=0, zorder=6))
        _pin(axes, x, y, row, metres)
        axes.text(
            x,
            y,
            view.figures.cite("ranking", str(row["site_id"]), "rank").number,
            fontproperties=font(SMALL, bold=True),
            color=style.INK,
            ha="center",
            va="center_baseline",
            zorder=8,
        )
    boxes = [np.hstack([shown - PIN * 1.15 * metres, shown + PIN * 1.15 * metres]).reshape(-1, 4)]
    others = shapely.get_coordinates(points[~frame["numbered"].to_numpy(bool)])
    if len(others) <= CROWD:
        boxes.append(np.hstack([others - 4 * metres, others + 4 * metres]))
    return np.vstack(boxes)


def _pin(axes: Axes, x: float, y: float, row: pd.Series[Any], metres: float) -> None:
    if row["status"] == "to verify":
        _draw(axes, np.array([[x, y]]), 1.3 * PIN, _dashed_pens(1.3), 7, disc=False)
        return
    fill = style.VERMILION if row["chosen"] else "white"
    ring = "white" if row["chosen"] else style.VERMILION
    axes.add_artist(Circle((x, y), PIN * metres, fc=style.INK, lw=0, zorder=7))
    axes.add_artist(Circle((x, y), (PIN - 0.6) * metres, fc=fill, ec=ring, lw=1.2, zorder=7))
