"""Places where a small cell could go: street columns and public rooftops, rule by rule.

Each rule of the domain brief, section C1, passes, fails or stays unknown; unknown is never a pass. A
place is a `candidate` when all pass, `excluded` when one fails, and `to verify` otherwise: most
registers of street assets say little, and a survey settles what they do not say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from scenarios.gates import FAIL, UNKNOWN, Gate, decide

if TYPE_CHECKING:
    from layers.parameters import Parameters

__all__ = [
    "ASSET_COLUMNS",
    "CANDIDATE",
    "EXCLUDED",
    "RULES",
    "TO_VERIFY",
    "SmallCells",
    "candidates",
    "street_rules",
]

Texts = NDArray[np.object_]
Masks = NDArray[np.bool_]
COLUMN_HEIGHT = "testbed.column_height_m"
FOOTWAY = "testbed.footway_clear_m"
FIBRE = "testbed.column_fibre_m"
# what a register of digital-connectivity assets says of one; all but the first three may be missing
ASSET_COLUMNS = (
    "id", "easting", "northing", "kind", "owner", "height_m", "material", "power", "heritage",
    "footway_clear_m", "structural_test_date", "name",
)  # fmt: skip
RULES = {
    "height": "column high enough",
    "material": "steel or aluminium, not concrete",
    "power": "power at the column",
    "heritage": "not in a heritage setting",
    "footway": "footway left clear",
    "fibre": "fibre near enough",
}
METAL = ("steel", "aluminium", "aluminum", "galvanised", "galvanized", "stainless")
NO_METAL = ("concrete", "timber", "wood", "cast iron", "grp", "glass reinforced")
YES, NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")
ROOFTOP, COLUMN = "rooftop", "column"
CANDIDATE, EXCLUDED, TO_VERIFY = "candidate", "excluded", "to verify"


@dataclass(frozen=True)
class SmallCells:
    """Places considered, with the outcome and reason of each rule.

    Attributes
    ----------
    frame
        One row a place, in order of `id`: `ASSET_COLUMNS`, `place` (`column` or `rooftop`), `fibre_m`,
        `outcome` (`candidate`, `to verify`, `excluded`), and text `failed` and `unknown`.
    rules
        Outcome and reason by rule, rows as in `frame`.
    """

    frame: pd.DataFrame
    rules: dict[str, Gate]

    @property
    def counts(self) -> dict[str, int]:
        """How many places came out how."""
        outcome = self.frame["outcome"]
        return {name: int((outcome == name).sum()) for name in (CANDIDATE, TO_VERIFY, EXCLUDED)}


def _number(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    if name not in frame:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64)


def _text(frame: pd.DataFrame, name: str) -> Texts:
    if name not in frame:
        return np.full(len(frame), "", dtype=object)
    return frame[name].astype("string").fillna("").str.strip().to_numpy(dtype=object)


def _says(frame: pd.DataFrame, name: str) -> tuple[Masks, Masks]:
    """Return which rows say yes and which say no; the rest say nothing."""
    if name in frame and pd.api.types.is_bool_dtype(frame[name].dtype):
        values = frame[name].to_numpy(dtype=bool)
        return values, ~values
    code, texts = pd.factorize(_text(frame, name))
    told = [str(text).lower() for text in texts]
    yes, no = (np.asarray([text in words for text in told], dtype=bool) for words in (YES, NO))
    return yes[code], no[code]


def _of_metal(material: Texts) -> tuple[Masks, Masks]:
    code, texts = pd.factorize(material)
    told = [str(text).lower() for text in texts]
    metal, other = (
        np.asarray([any(word in text for word in words) for text in told], dtype=bool)[code]
        for words in (METAL, NO_METAL)
    )
    return metal & ~other, other


def _at_least(values: NDArray[np.float64], least: float, what: str) -> Gate:
    with np.errstate(invalid="ignore"):
        enough, short = values >= least, values < least
    return decide(
        enough,
        short,
        when_met=[f"{what} {v:g} m" for v in values],
        when_failed=[f"{what} {v:g} m, under {least:g} m" for v in values],
        when_unknown=f"{what} not in the register",
    )


def street_rules(
    frame: pd.DataFrame, fibre_m: NDArray[np.float64], parameters: Parameters
) -> dict[str, Gate]:
    """Return the outcome of each rule at street columns.

    Parameters
    ----------
    frame
        `ASSET_COLUMNS`, of which those that are missing, and cells that are, are unknown.
    fibre_m
        Distance to the nearest fibre known, NaN where none is known. Maps of fibre are incomplete:
        fibre near enough passes, fibre farther off is unknown and never a failure.
    """
    metal, other = _of_metal(_text(frame, "material"))
    powered, dark = _says(frame, "power")
    protected, free = _says(frame, "heritage")
    limit = parameters.value(FIBRE)
    with np.errstate(invalid="ignore"):
        near = fibre_m <= limit
    return {
        "height": _at_least(_number(frame, "height_m"), parameters.value(COLUMN_HEIGHT), "height"),
        "material": decide(
            metal,
            other,
            when_met=_text(frame, "material"),
            when_failed=_text(frame, "material"),
            when_unknown="material not in the register",
        ),
        "power": decide(
            powered,
            dark,
            when_met="power present",
            when_failed="no power",
            when_unknown="power not in the register",
        ),
        "heritage": decide(
            free,
            protected,
            when_met="no heritage setting",
            when_failed="in a heritage setting",
            when_unknown="heritage setting not checked",
        ),
        "footway": _at_least(
            _number(frame, "footway_clear_m"), parameters.value(FOOTWAY), "footway"
        ),
        "fibre": decide(
            near,
            np.zeros(len(frame), dtype=bool),
            when_met=[f"fibre {d:.0f} m away" for d in fibre_m],
            when_unknown=f"no fibre known within {limit:g} m; maps of fibre are incomplete",
        ),
    }


def _roof_rules(
    frame: pd.DataFrame, fibre_m: NDArray[np.float64], parameters: Parameters
) -> dict[str, Gate]:
    """Return the rules of a rooftop: what a column is made of and the footway do not arise there."""
    rules = street_rules(frame, fibre_m, parameters)
    every = np.ones(len(frame), dtype=bool)
    for name in ("material", "footway"):
        rules[name] = decide(every, ~every, when_met="does not arise on a roof")
    return rules


def _distance(frame: pd.DataFrame, fibre_xy: NDArray[np.float64]) -> NDArray[np.float64]:
    xy = frame[["easting", "northing"]].to_numpy(dtype=np.float64)
    result = np.full(len(frame), np.nan)
    known = ~np.isnan(xy).any(axis=1)
    if len(fibre_xy) and known.any():
        result[known] = cKDTree(fibre_xy).query(xy[known])[0]
    return result


def candidates(
    street_assets: pd.DataFrame | None,
    rooftops: pd.DataFrame | None,
    fibre_xy: ArrayLike,
    parameters: Parameters,
) -> SmallCells:
    """Return every street column and public rooftop as a place for a small cell.

    Parameters
    ----------
    street_assets
        A register with `id easting northing` and what it knows of `ASSET_COLUMNS`: `power` and
        `heritage` yes or no, `material` in words, heights and widths in metres.
    rooftops
        Public buildings: the `sites` layer, or a register with the same columns.
    fibre_xy
        Known fibre: cabinets, exchanges, ducts, circuits. Shape (n, 2), metres, EPSG:27700.
    """
    fibre = np.asarray(fibre_xy, dtype=np.float64).reshape(-1, 2)
    fibre = fibre[~np.isnan(fibre).any(axis=1)]
    frames, outcomes = [], []
    for place, frame in _given(street_assets, rooftops):
        away = _distance(frame, fibre)
        rules = (street_rules if place == COLUMN else _roof_rules)(frame, away, parameters)
        frames.append(frame.reindex(columns=ASSET_COLUMNS).assign(place=place, fibre_m=away))
        outcomes.append(rules)
    if not frames:
        empty = pd.DataFrame(
            columns=[*ASSET_COLUMNS, "place", "fibre_m", "outcome", "failed", "unknown"]
        )
        nothing = np.empty(0, dtype=object)
        return SmallCells(empty, {name: Gate(nothing, nothing) for name in RULES})
    every = pd.concat([f.astype(object) for f in frames], ignore_index=True)
    every["id"] = every["id"].astype(str)
    order = np.lexsort((every["place"].astype(str), every["id"]))
    rules = {
        name: Gate(
            np.concatenate([o[name].outcome for o in outcomes])[order],
            np.concatenate([o[name].reason for o in outcomes])[order],
        )
        for name in RULES
    }
    every = every.iloc[order].reset_index(drop=True)
    failed, unknown = _named(rules, FAIL), _named(rules, UNKNOWN)
    every["outcome"] = np.where(
        failed != "", EXCLUDED, np.where(unknown != "", TO_VERIFY, CANDIDATE)
    )
    every["failed"], every["unknown"] = failed, unknown
    for name in ("easting", "northing", "height_m", "footway_clear_m", "fibre_m"):
        every[name] = pd.to_numeric(every[name], errors="coerce")
    return SmallCells(every, rules)


def _given(
    street_assets: pd.DataFrame | None, rooftops: pd.DataFrame | None
) -> Iterator[tuple[str, pd.DataFrame]]:
    for place, frame in ((COLUMN, street_assets), (ROOFTOP, rooftops)):
        if frame is not None and len(frame):
            yield place, frame.reset_index(drop=True)


def _named(rules: dict[str, Gate], outcome: str) -> Texts:
    """Return the labels of the rules that came out so at each place, joined."""
    hit = [gate.outcome == outcome for gate in rules.values()]
    pattern = np.sum([mask.astype(np.int64) << at for at, mask in enumerate(hit)], axis=0)
    labels = [RULES[name] for name in rules]
    names = [
        ", ".join(label for at, label in enumerate(labels) if code >> at & 1)
        for code in range(1 << len(labels))
    ]
    texts: Texts = np.asarray(names, dtype=object)[pattern]
    return texts
