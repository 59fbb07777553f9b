"""The map of one case on the board page: districts, the sites that rank, and those chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup
from numpy.typing import NDArray

from maps.board_svg import district_names, path_data
from maps.listing import site_points
from maps.simplify import simplified
from maps.view import CaseView, StudyView

__all__ = ["SiteMap", "followed", "mark_svg"]

WIDTH = 640.0
MARGIN = 10.0
SMALL_LABEL_PX = 19.0
MARK = 8
Spots = Sequence[Sequence[int]]


def followed(view: CaseView) -> tuple[str, str]:
    """Return the column of the set that the map shows, and its words.

    The chosen set; where nothing is chosen yet, the set that confirmed gates would give.
    """
    frame = view.ranking.frame
    some = bool(frame["chosen"].fillna(value=False).any())
    if some or frame.empty or "chosen_if_verified" not in frame:
        return "chosen", "chosen"
    return "chosen_if_verified", "chosen if every open gate were confirmed"


class SiteMap:
    """Positions and marks of a case's sites, in whole units of its picture.

    Parameters
    ----------
    study
        Its districts set the scale, so that every case has the same one.
    """

    def __init__(self, study: StudyView) -> None:
        left, bottom, right, top = study.districts.total_bounds
        self._origin = (float(left), float(top))
        self._scale = (WIDTH - 2 * MARGIN) / max(float(right - left), 1.0)
        self.height = float(top - bottom) * self._scale + 2 * MARGIN
        tolerance_m = 1.2 / self._scale
        self.districts = shapely.transform(
            simplified(study.districts.geometry, tolerance_m), self._moved
        )
        self._study = study

    def _moved(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        left, top = self._origin
        return np.column_stack(
            [
                (xy[:, 0] - left) * self._scale + MARGIN,
                (top - xy[:, 1]) * self._scale + MARGIN,
            ]
        )

    def places(self, view: CaseView, site_ids: pd.Series[str]) -> list[list[int] | None]:
        """Return where sites stand, in the order asked for; `None` where no exact place is known."""
        points = site_points(view, site_ids)
        empty = shapely.is_empty(points)
        found: list[list[int] | None] = [None] * len(points)
        xy = np.rint(self._moved(shapely.get_coordinates(points[~empty]))).astype(int)
        for position, spot in zip(np.flatnonzero(~empty), xy.tolist(), strict=True):
            found[position] = spot
        return found

    def svg(self, view: CaseView, label: str) -> Markup:
        """Return the map of a case: dots for every site that ranks, marks for those chosen."""
        frame = view.ranking.frame
        column, _ = followed(view)
        listed = frame[frame["rank"].notna()]
        spots = self.places(view, listed[view.ranking.key])
        inside = listed[column].fillna(value=False).to_numpy(dtype=bool)
        dots = list(dict.fromkeys(tuple(spot) for spot in spots if spot is not None))
        marked = [s for s, there in zip(spots, inside, strict=True) if there and s is not None]
        return self.drawn(label, dots, marked, [])

    def drawn(self, label: str, dots: Spots, kept_at: Spots, shared_at: Spots) -> Markup:
        """Return the districts with dots, round marks and square ones."""
        marked = [*kept_at, *shared_at]
        taken = np.array([[x - MARK, y - MARK, x + MARK, y + MARK] for x, y in marked], float)
        faint = "".join(f"M{x},{y}h0" for x, y in dots)
        kept = "".join(f"M{x - MARK + 1},{y}a7,7 0 1,0 14,0a7,7 0 1,0 -14,0z" for x, y in kept_at)
        shared = "".join(f"M{x - MARK},{y - MARK}h16v16h-16z" for x, y in shared_at)
        names = district_names(
            self._study, self.districts, WIDTH, SMALL_LABEL_PX, taken.reshape(-1, 4)
        )
        return Markup(  # noqa: S704 - every text in it is escaped
            f'<svg class="sites" viewBox="0 0 {WIDTH:.0f} {self.height:.0f}" role="img" '
            f'aria-label="{Markup.escape(label)}"><use href="#outline"/>'
            f'<path class="dots" d="{faint}"/>{names}'
            f'<path class="kept" data-part="kept" d="{kept}"/>'
            f'<path class="entered" data-part="entered" d="{shared}"/>'
            '<path class="left" data-part="left" d=""/></svg>'
        )

    def outline(self) -> Markup:
        """Return the districts once, for every case's map to use."""
        data = "".join(path_data(shape) for shape in self.districts)
        return Markup(  # noqa: S704 - numbers only
            '<svg class="visually-hidden" aria-hidden="true" focusable="false"><defs>'
            f'<path id="outline" d="{data}"/></defs></svg>'
        )


def mark_svg(kind: str) -> Markup:
    """Return the mark of a site for the legend: `kept`, `entered`, `left` or `dots`."""
    shapes = {
        "kept": "M4,10a7,7 0 1,0 14,0a7,7 0 1,0 -14,0z",
        "entered": "M3,2h16v16h-16z",
        "left": "M4,3l14,14M18,3l-14,14",
        "dots": "M11,10h0",
    }
    return Markup(  # noqa: S704 - our own constants
        f'<svg class="sites swatch" viewBox="0 0 22 20" width="22" height="20" aria-hidden="true">'
        f'<path class="{kind}" d="{shapes[kind]}"/></svg>'
    )
