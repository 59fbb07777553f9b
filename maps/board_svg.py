"""Pictures of the board page as inline SVG: the map of the gap, and bars of scores.

Only attributes of SVG are used, never inline style, so that the page's policy can forbid it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup
from numpy.typing import NDArray

from layers.lineage import Figure
from maps import style
from maps.measures import Picture
from maps.passages import clean
from maps.placement import label_places
from maps.simplify import simplified
from maps.view import StudyView

__all__ = ["bar", "district_names", "map_svg", "path_data", "swatch"]

WIDTH = 1200.0
MARGIN = 12.0
LABEL_PX = 28.0
LETTER = 0.68  # width of a bold letter over its size, in the widest of the usual fonts
NO_GRADE = "none"
FEW = 100
BAR_WIDTH, BAR_HEIGHT = 120, 14


def path_data(shape: Any) -> str:
    """Return a polygon as path data in whole units, each ring relative to its start."""
    parts = []
    for polygon in shapely.get_parts(shape):
        if polygon.geom_type != "Polygon":
            continue
        for ring in shapely.get_rings(polygon):
            xy = np.rint(shapely.get_coordinates(ring)).astype(int)
            steps = np.diff(xy, axis=0)
            steps = steps[(steps != 0).any(axis=1)]
            if len(steps) < 3:
                continue
            tail = "".join(f"l{x},{y}" for x, y in steps[:-1].tolist())
            parts.append(f"M{xy[0, 0]},{xy[0, 1]}{tail}z")
    return "".join(parts)


def _patterns() -> str:
    """Return the marks of grades over each class, and the hatch of no data."""
    out = []
    for index in [*range(len(style.CLASS_COLOURS)), None]:
        ink = style.hatch_colour(index)
        name = NO_GRADE if index is None else str(index)
        out.append(
            f'<pattern id="estimated-{name}" width="9" height="9" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate(45)"><path d="M0,0V9" stroke="{ink}" stroke-width="1.6"/></pattern>'
            f'<pattern id="modelled-{name}" width="9" height="9" patternUnits="userSpaceOnUse">'
            f'<circle cx="3" cy="3" r="1.4" fill="{ink}"/></pattern>'
        )
    cross = style.hatch_colour(None)
    out.append(
        '<pattern id="no-data" width="10" height="10" patternUnits="userSpaceOnUse">'
        f'<path d="M0,0L10,10M10,0L0,10" stroke="{cross}" stroke-width="1.4"/></pattern>'
    )
    return f"<defs>{''.join(out)}</defs>"


def _painted(data: str, index: int | None, grade: str, title: str) -> str:
    words = f"<title>{Markup.escape(title)}</title>" if title else ""
    fill = style.colour(index)
    shape = f'<path d="{data}" fill="{fill}" stroke="#ffffff" stroke-width="1.2">{words}</path>'
    over = "no-data" if index is None else f"{grade}-{index}" if grade in style.GRADES[1:] else ""
    return shape + (f'<path d="{data}" fill="url(#{over})" pointer-events="none"/>' if over else "")


def _fitted(study: StudyView, drawn: Picture) -> tuple[Any, Any, float]:
    """Return areas and districts in the picture's units, and its height."""
    held = drawn.shapes.geometry
    whole = shapely.total_bounds(np.r_[held.to_numpy(), study.districts.geometry.to_numpy()])
    scale = (WIDTH - 2 * MARGIN) / max(whole[2] - whole[0], 1.0)
    height = (whole[3] - whole[1]) * scale + 2 * MARGIN

    def move(shapes: Any) -> Any:
        return shapely.transform(
            shapes,
            lambda xy: np.column_stack(
                [(xy[:, 0] - whole[0]) * scale + MARGIN, (whole[3] - xy[:, 1]) * scale + MARGIN]
            ),
        )

    tolerance_m = 1.2 / scale
    areas = move(simplified(held, tolerance_m))
    districts = move(simplified(study.districts.geometry, tolerance_m))
    return areas, districts, height


def map_svg(
    study: StudyView, drawn: Picture, values: Sequence[Figure | None], label: str
) -> Markup:
    """Return the map of a gap: classes, marks of grades, district outlines and names.

    Parameters
    ----------
    drawn
        What to draw, from `maps.measures`.
    values
        The quoted figure of each shape, `None` where it has none; they become tooltips when the
        shapes are few.
    label
        Alternative text.
    """
    areas, districts, height = _fitted(study, drawn)
    places = [clean(name) for name in drawn.shapes["name"]]
    parts = []
    if len(areas) <= FEW:
        for shape, index, grade, name, value in zip(
            areas, drawn.classes, drawn.grades, places, values, strict=True
        ):
            title = f"{name}: {value.text if value is not None else style.NO_DATA}"
            parts.append(_painted(path_data(shape), index, grade, title))
    else:
        groups: dict[tuple[int, str], list[str]] = {}
        for shape, index, grade in zip(areas, drawn.classes, drawn.grades, strict=True):
            groups.setdefault((-1 if index is None else index, grade), []).append(path_data(shape))
        for (number, grade), data in sorted(groups.items()):
            parts.append(_painted("".join(data), None if number < 0 else number, grade, ""))
    outline = "".join(path_data(shape) for shape in districts)
    names = district_names(study, districts, WIDTH, LABEL_PX, np.zeros((0, 4)))
    return Markup(  # noqa: S704 - every text in it is escaped above
        f'<svg class="map" viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" '
        f'aria-label="{Markup.escape(label)}">{_patterns()}{"".join(parts)}'
        f'<path d="{outline}" fill="none" stroke="{style.INK}" stroke-width="2.4"/>'
        f"{names}</svg>"
    )


def district_names(
    study: StudyView, districts: Any, width: float, size_px: float, taken: NDArray[np.float64]
) -> str:
    """Return the names of districts as SVG text, inside their outlines and clear of marks.

    Parameters
    ----------
    districts
        Outlines in the picture's units, in the study's order.
    width, size_px
        Of the picture, and of the letters, in its units.
    taken
        Boxes to keep clear: left, top, right, bottom; shape (n, 4).
    """
    names = [clean(name) for name in study.districts["name"]]
    if not names:
        return ""
    sizes = np.array([[LETTER * size_px * len(name), 1.15 * size_px] for name in names])
    places = label_places(np.asarray(districts, dtype=object), sizes, taken)
    half = sizes[:, 0] / 2
    across = np.clip(places[:, 0], half + 2, width - half - 2)
    return "".join(
        f'<text x="{x:.0f}" y="{y + size_px / 3:.0f}" font-size="{size_px:.0f}" font-weight="700" '
        f'text-anchor="middle" fill="{style.INK}" stroke="#ffffff" stroke-width="{size_px / 5:.0f}" '
        f'stroke-linejoin="round" paint-order="stroke" aria-hidden="true">{Markup.escape(name)}</text>'
        for x, y, name in zip(across, places[:, 1], names, strict=True)
    )


def swatch(index: int | None, grade: str = "measured") -> Markup:
    """Return the mark of a class for the legend."""
    over = "no-data" if index is None else f"{grade}-{index}" if grade in style.GRADES[1:] else ""
    mark = f'<rect width="26" height="14" fill="url(#{over})"/>' if over else ""
    return Markup(  # noqa: S704 - made of our own constants
        f'<svg class="swatch" viewBox="0 0 26 14" width="26" height="14" aria-hidden="true">'
        f'<rect width="26" height="14" fill="{style.colour(index)}" stroke="{style.QUIET}" '
        f'stroke-width="1"/>{mark}</svg>'
    )


def bar(score: Figure) -> Markup:
    """Return a bar of a score between nought and one, with its range as a line over it."""
    if not score.known:
        return Markup("")
    size = max(0.0, min(float(score.value), 1.0)) * BAR_WIDTH
    whisker = ""
    if score.range_text:
        low, high = (max(0.0, min(float(v), 1.0)) * BAR_WIDTH for v in (score.low, score.high))
        middle = BAR_HEIGHT / 2
        whisker = f'<path class="range" d="M{low:.1f},{middle}H{high:.1f}M{low:.1f},3V11M{high:.1f},3V11"/>'
    return Markup(  # noqa: S704 - numbers only
        f'<svg class="bar" viewBox="0 0 {BAR_WIDTH} {BAR_HEIGHT}" width="{BAR_WIDTH}" '
        f'height="{BAR_HEIGHT}" aria-hidden="true"><rect class="ground" width="{BAR_WIDTH}" '
        f'height="{BAR_HEIGHT}"/><rect class="score" width="{size:.1f}" height="{BAR_HEIGHT}"/>'
        f"{whisker}</svg>"
    )
