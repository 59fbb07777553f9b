"""What small cells at the sites of a testbed would cover: premises and business units, with ranges.

The statistical chain (TR 38.901 street canyon, 3.5 GHz) at each site's position, with line of sight over
the study's surface raster where it has one, and by its probability elsewhere. A point is covered where its probability of high-confidence 5G outdoors is at least 90 %. What is new is said only
against a tested mast list: until then it is unknown, never everything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from scenarios.coverage_gap import covered_today, no_claim
from scenarios.coverage_part import coverage_of, part_of
from scenarios.coverage_points import FARTHEST_M, PointCoverage, cover_points, reach_m
from scenarios.coverage_result import COVERED_AT, SITE_SPECIFIC, Relief
from scenarios.criteria import Metric
from scenarios.indoor import indoor_carrier
from scenarios.keeping import Part, kept
from scenarios.routes import positions, text_column
from scenarios.scenario import SiteMeasure, SummaryItem
from scenarios.signal_check import SignalCheck, check_signal
from scenarios.study_relief import CHAIN, StudyHeights, in_the_open
from scenarios.transmitters import CASES, LABEL, Carrier, Masts, masts_from

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters

__all__ = ["SmallCellCoverage", "cell_carrier", "cell_reach_m", "cells_at", "covered_area_km2", "covered_radius_m", "small_cell_coverage"]  # fmt: skip

Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]
Span = tuple[float, float, float]
SMALL = "radio.small_3500"
STREET = "umi"
STEP_M = 10.0
PIXEL = "radio.pixel_small_m"
UNKNOWN: Span = (float("nan"), float("nan"), float("nan"))
NOT_CLAIMED = "newly covered is not claimed"


def cell_carrier(parameters: Parameters) -> Carrier:
    """Return the carrier of the proposed small cells: 3.5 GHz in a street canyon, high confidence."""
    return Carrier.of(parameters, SMALL, STREET)


def cells_at(
    ids: NDArray[np.object_], xy: Floats, carrier: Carrier
) -> tuple[Masts, NDArray[np.int64]]:
    """Return a small cell at every place with a position, and which place each stands at.

    Registers say nothing of the height of an antenna: all take the carrier's range.
    """
    at = np.flatnonzero(~np.isnan(xy).any(axis=1))
    frame = pd.DataFrame({"id": ids[at], "easting": xy[at, 0], "northing": xy[at, 1]})
    return masts_from(frame, carrier), at.astype(np.int64)


def covered_radius_m(carrier: Carrier, covered_at: float = COVERED_AT) -> float:
    """Return a distance beyond which a cell covers no point in any case, to 10 m."""
    away, covered = _outwards(carrier, covered_at)
    return float(away[covered.any(axis=0)].max(initial=0.0) + STEP_M)


def covered_area_km2(carrier: Carrier, xy: Floats, covered_at: float = COVERED_AT) -> float:
    """Return the area that cells at some places cover together, by distance alone, each spot once.

    A cell covers a disc: as far as every step of 10 m is covered in the middle case. Neither heights
    nor the streets' bends are looked at, so the figure compares sets of sites and maps nothing.

    Parameters
    ----------
    xy
        Places in metres, shape (places, 2); those without a position cover nothing.
    """
    _, covered = _outwards(carrier, covered_at)
    middle = covered[CASES.index("default")]
    radius_m = STEP_M * (int(middle.argmin()) if not middle.all() else len(middle))
    discs = shapely.buffer(shapely.points(xy[~np.isnan(xy).any(axis=1)]), radius_m)
    return float(shapely.union_all(discs).area) / 1e6


@cache
def _outwards(carrier: Carrier, covered_at: float) -> tuple[Floats, Masks]:
    """Return distances from a cell in steps of 10 m, and by case whether each is covered."""
    away = np.arange(STEP_M, reach_m(carrier, covered_at) + STEP_M, STEP_M)
    cell, _ = cells_at(np.asarray(["cell"], dtype=object), np.zeros((1, 2)), carrier)
    found = cover_points(
        cell,
        np.column_stack([away, np.zeros(len(away))]),
        carrier,
        radius_m=float(away[-1]),
        covered_at=covered_at,
    )
    return away, np.asarray(found.covered(), dtype=bool)


@dataclass(frozen=True)
class _Covered:
    """A layer of points under the cells: coverage, weights low to high, and what is covered today."""

    found: PointCoverage
    weights: tuple[Floats, Floats, Floats]
    today: Masks | None
    at: NDArray[np.int64]
    count: int

    def by_set(self, chosen: Masks, *, new: bool) -> Span:
        """Return what a set of sites covers, each point once; unknown where today is."""
        if (new and self.today is None) or (chosen.any() and self.lost(chosen) == chosen.sum()):
            return UNKNOWN
        already = self.today if new else None
        low, middle, high = (
            self.found.by_set(chosen[self.at], weight, already)[case]
            for case, weight in enumerate(self.weights)
        )
        return low, middle, high

    def lost(self, chosen: Masks) -> int:
        """Return how many of some sites have no position, or no heights where the chain needs them."""
        known = np.zeros(self.count, dtype=bool)
        known[self.at] = ~self.found.sites_unknown
        return int((chosen & ~known).sum())

    def per_site(self, *, new: bool) -> Floats:
        """Return, shape (3, sites), what each covers on its own; NaN where unknown."""
        result = np.full((len(CASES), self.count), np.nan)
        if new and self.today is None:
            return result
        already = self.today if new else None
        for case, weight in enumerate(self.weights):
            own = self.found.per_site(weight, already)[case]
            result[case, self.at] = np.where(self.found.sites_unknown, np.nan, own)
        return result


@dataclass(frozen=True)
class _Kind:
    """A layer of points that coverage is counted over."""

    key: str
    label: str
    unit: str
    layer: str
    column: str
    inside: bool = False


KINDS = (
    _Kind("premises", "premises", "premises", "demand", "premises"),
    _Kind("business_units", "business units", "units", "businesses", "units"),
    _Kind("premises_indoors", "premises indoors", "premises", "demand", "premises", inside=True),
)


@dataclass(frozen=True)
class SmallCellCoverage:
    """Coverage by small cells at the sites: columns of the ranking and items of the summary.

    Attributes
    ----------
    covered
        By key of `KINDS`; without an entry where the study has no such layer.
    unclaimed
        Why nothing is said of what is new; empty where it is said.
    notes
        What a reader of the case must know.
    """

    covered: dict[str, _Covered]
    count: int
    carrier: Carrier
    indoors: Carrier
    today_parameters: tuple[str, ...]
    unclaimed: str
    notes: tuple[str, ...]
    method: str = ""
    heights: tuple[str, ...] = ()

    def measures(self) -> dict[str, SiteMeasure]:
        """Return what each site would cover on its own, for the ranking; it scores nothing."""
        made = {}
        for kind in KINDS:
            held = self.covered.get(kind.key)
            for new in _asked(kind):
                values = np.full((len(CASES), self.count), np.nan)
                if held is not None:
                    values = held.per_site(new=new)
                stem = "newly_covered" if new else "covered"
                made[f"{stem}_{kind.key}"] = SiteMeasure(
                    f"{kind.label} {stem.replace('_', ' ')} by small cells at the site ({LABEL})",
                    self._metric(kind, values, new=new),
                    "modelled",
                )
        return made

    def _metric(self, kind: _Kind, values: Floats, *, new: bool) -> Metric:
        where = ("sites.easting", "sites.northing")
        points = tuple(f"{kind.layer}.{name}" for name in (kind.column, "easting", "northing"))
        place = "indoors" if kind.inside else "outdoors"
        formula = f"sum of {kind.column} over the points whose probability of 5G {place} is {100 * COVERED_AT:g} % or more"
        if new:
            formula += ", less those the listed masts cover today"
        return Metric.of(
            values[1],
            low=values[0],
            high=values[2],
            unit=kind.unit,
            grade="modelled",
            route=self._words(kind, new=new),
            formula=formula,
            inputs=(
                *where,
                *points,
                *self.heights,
                *(("masts.easting", "masts.northing") if new else ()),
            ),
            parameters=(
                *self._carrier(kind).parameters,
                CHAIN,
                *(self.today_parameters if new else ()),
            ),
        )

    def _carrier(self, kind: _Kind) -> Carrier:
        return self.indoors if kind.inside else self.carrier

    def _words(self, kind: _Kind, *, new: bool) -> str:
        if kind.key not in self.covered:
            return f"no {kind.label} in the study"
        if new and self.unclaimed:
            return f"{self.unclaimed}: {NOT_CLAIMED}"
        against = ", beyond what the listed masts cover today as modelled" if new else ""
        place = (
            "indoors behind standard glass, at worst coated glass" if kind.inside else "outdoors"
        )
        return f"{LABEL}; {self.method}; {place}, high confidence ({self.carrier.threshold_dbm:g} dBm, {100 * COVERED_AT:g} %){against}"

    def items(self, chosen: Masks) -> tuple[SummaryItem, ...]:
        """Return what a set of sites would cover together, each point once."""
        made = []
        for kind in KINDS:
            held = self.covered.get(kind.key)
            for new in _asked(kind):
                span = UNKNOWN if held is None else held.by_set(chosen, new=new)
                words = "newly covered" if new else "covered"
                note = self._words(kind, new=new)
                known = not np.isnan(span[1])
                lost = 0 if held is None else held.lost(chosen)
                if lost:
                    note += f"; {lost:,} of {int(chosen.sum()):,} sites have no position or no heights: what they cover is unknown and not counted"
                made.append(
                    SummaryItem(
                        f"{kind.key}_{words.replace(' ', '_')}",
                        f"{kind.label.capitalize()} {words} by the small cells",
                        span[1], span[0], span[2], kind.unit, 0,
                        "modelled" if known else "",
                        f"{note}; each once" if known else note,
                    )
                )  # fmt: skip
        return tuple(made)


def small_cell_coverage(
    evidence: Evidence,
    parameters: Parameters,
    sites: pd.DataFrame,
    check: SignalCheck | None = None,
) -> SmallCellCoverage:
    """Model a small cell at each site, and what it and any set of them would cover.

    Parameters
    ----------
    sites
        `id easting northing location`; sites without a position cover what nobody knows.
    check
        The carrier of today's masts, held against measured signal; found here when not given.
    """
    check = check or check_signal(evidence, parameters)
    carrier = cell_carrier(parameters)
    cells, at = cells_at(text_column(sites, "id"), positions(sites), carrier)
    study = StudyHeights.of(evidence, parameters)
    radius = cell_reach_m(study, carrier)
    relief = _relief(study, cells, radius, parameters)
    if relief is None and study.chain == SITE_SPECIFIC:  # the study's heights lie elsewhere
        study = StudyHeights(replace(evidence, terrain=None, bare_earth=None), asked=True)
        radius = cell_reach_m(study, carrier)
    notes = [*_notes(sites, at, carrier), *(study.notes if len(cells) else ())]
    if relief is not None:
        cells, moved, shut = in_the_open(cells, relief)
        notes += _placed(moved, shut)
    indoors = indoor_carrier(carrier, parameters)

    def cover(xy: Floats, of: Carrier) -> PointCoverage:
        def made() -> Part:
            return part_of(
                cover_points(
                    cells, xy, of, chain=study.chain, radius_m=radius, relief=relief,
                    covered_only=True,
                )
            )  # fmt: skip

        return coverage_of(kept("cells", (cells, xy, of, study.chain, float(radius)), made))

    covered: dict[str, _Covered] = {}
    method, homes = "", np.empty((0, 2))
    for kind in KINDS:
        layer = getattr(evidence, kind.layer)
        if layer is None:
            continue
        xy = positions(layer.frame)
        today = None
        if kind.inside:  # nobody is covered indoors who is not outdoors
            out = _reached(covered["premises"].found)
            found = cover(np.where(out[:, None], xy, np.nan), indoors)
        elif "premises" in covered and np.array_equal(xy, homes, equal_nan=True):
            found = covered["premises"].found  # businesses that are spread over premises
        else:
            found = cover(xy, carrier)
        if not kind.inside:
            today = covered_today(evidence, parameters, check, xy, _reached(found))
            homes = xy if kind.key == "premises" else homes
        method = method or found.method
        covered[kind.key] = _Covered(found, _weights(layer.frame, kind), today, at, len(sites))
    masts = (*check.parameters, "testbed.mast_list_complete")
    return SmallCellCoverage(
        covered, len(sites), carrier, indoors, masts, no_claim(evidence, parameters), tuple(notes), method,
        () if relief is None else study.inputs,
    )  # fmt: skip


def cell_reach_m(study: StudyHeights, carrier: Carrier) -> float:
    """Return how far from a small cell to look: 5 km over a profile, else as far as the model reaches."""
    if study.chain == SITE_SPECIFIC:
        return FARTHEST_M
    return reach_m(carrier) if study.bounds is not None else covered_radius_m(carrier)


def _reached(found: PointCoverage) -> Masks:
    """Return which points are covered in some case."""
    return np.asarray(found.covered().any(axis=0), dtype=bool)


def _asked(kind: _Kind) -> tuple[bool, ...]:
    """Return whether to tell what is covered (False) and what is newly covered (True)."""
    return (False,) if kind.inside else (False, True)


def _relief(
    study: StudyHeights, cells: Masts, radius_m: float, parameters: Parameters
) -> Relief | None:
    """Return the heights around the cells, where the study has a surface there."""
    if study.bounds is None or not len(cells):
        return None
    west, south = cells.easting.min() - radius_m, cells.northing.min() - radius_m
    east, north = cells.easting.max() + radius_m, cells.northing.max() + radius_m
    left, bottom, right, top = study.bounds
    wanted = (max(west, left), max(south, bottom), min(east, right), min(north, top))
    return (
        study.relief(wanted, parameters.value(PIXEL))
        if wanted[0] < wanted[2] and wanted[1] < wanted[3]
        else None
    )


def _placed(moved: int, shut: int) -> list[str]:
    notes = []
    if moved:
        notes.append(
            f"{moved:,} sites lie in a building: their small cells are modelled at the nearest open place within 50 m"
        )
    if shut:
        notes.append(
            f"{shut:,} sites lie in buildings without an open place within 50 m: their small cells are modelled inside, and cover little"
        )
    return notes


def _weights(frame: pd.DataFrame, kind: _Kind) -> tuple[Floats, Floats, Floats]:
    middle = frame[kind.column].to_numpy(dtype=np.float64)
    ends = []
    for end in ("low", "high"):
        value = frame.get(f"{kind.column}_{end}", frame[kind.column]).to_numpy(dtype=np.float64)
        ends.append(np.where(np.isnan(value), middle, value))
    return ends[0], middle, ends[1]


def _notes(sites: pd.DataFrame, at: NDArray[np.int64], carrier: Carrier) -> tuple[str, ...]:
    if not len(at):
        return ()
    low, usual, high = carrier.height_m
    heights = f"{usual:g} m above ground ({low:g} to {high:g}), as no register says their height"
    notes = [f"coverage of small cells is {LABEL}: antennas are taken to stand {heights}"]
    loose = int((text_column(sites, "location")[at] == "postcode").sum())
    if loose:
        which = "1 site is" if loose == 1 else f"{loose:,} sites are"
        notes.append(
            f"{which} known by postcode only, with small cells modelled at the postcode's centre: what these cover is rough"
        )
    return tuple(notes)
