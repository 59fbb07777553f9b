"""Gap and need at once: full fibre against deprivation by small area, in nine classes.

Blue deepens with the gap and orange with deprivation; where both are deepest the colour is dark
brown and the outline black, so that the class that matters most does not rest on colour alone.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from layers.lineage import Figure
from maps.listing import quoted_column
from maps.measures import MEASURES, picture
from maps.passages import coarse
from maps.view import CaseView, StudyView

__all__ = [
    "COLOURS",
    "KEY",
    "NAME",
    "class_at",
    "grade_letters",
    "has_need",
    "need_data",
    "need_hatch",
    "need_legend",
]

KEY, NAME = "need", "Full fibre gap and deprivation"
GAP, NEED = "full_fibre_pct", "imd_decile"
GAP_EDGES_PCT = (50.0, 90.0)
NEED_EDGES = (3, 7)
GAP_WORDS = ("90 % or more have it", "50 to 90 % have it", "under 50 % have it")
NEED_WORDS = ("deciles 8 to 10", "deciles 4 to 7", "deciles 1 to 3, most deprived")
GRADE_LETTERS = {"measured": "m", "estimated": "e", "modelled": "o"}
LIGHTEST = 0xF4
DARK_FROM = 2
# Multiplied together; both ramps stay apart for readers who do not see red and green.
BLUES = ("#f4f4f4", "#a8c6e0", "#5a93c4")
ORANGES = ("#f4f4f4", "#f2c296", "#dd8430")


def _multiplied(one: str, other: str) -> str:
    pairs = zip(*(bytes.fromhex(colour[1:]) for colour in (one, other)), strict=True)
    return "#" + bytes(round(a * b / LIGHTEST) for a, b in pairs).hex()


# By gap, then by need.
COLOURS = tuple(tuple(_multiplied(blue, orange) for orange in ORANGES) for blue in BLUES)


def need_hatch(gap: int, need: int) -> str:
    """Return the colour of the marks that show a grade over a class: dark over light, light over dark."""
    return "#f4f1ec" if gap + need > DARK_FROM else "#3b3e41"


def class_at(share_pct: float, decile: float) -> tuple[int, int] | None:
    """Return the class of the gap and of the need, 0 to 2 each, or `None` where one is missing.

    Parameters
    ----------
    share_pct
        Share of premises with full fibre.
    decile
        Of the index of multiple deprivation; 1 is the most deprived tenth.

    >>> class_at(49.9, 1), class_at(50, 4), class_at(90, 8), class_at(float("nan"), 1)
    ((2, 2), (1, 1), (0, 0), None)
    """
    if math.isnan(share_pct) or math.isnan(decile):
        return None
    return (
        2 - sum(share_pct >= edge for edge in GAP_EDGES_PCT),
        2 - sum(decile > edge for edge in NEED_EDGES),
    )


def has_need(study: StudyView) -> bool:
    """Whether any small area has both values."""
    table = study.area_gaps
    if GAP not in table.columns or NEED not in table.columns:
        return False
    return bool((table.frame[GAP].notna() & table.frame[NEED].notna()).any())


def grade_letters(study: StudyView) -> list[str]:
    """Return the grade of full fibre in each small area, the weaker of the two: deciles are published."""
    full_fibre = next(m for m in MEASURES if m.share == GAP)
    return [GRADE_LETTERS.get(grade, "e") for grade in picture(study, full_fibre).grades]


def need_data(view: CaseView) -> dict[str, Any]:
    """Return classes and figures by small area, in the order of the study's areas.

    A mark is the class of the gap, that of need, and the letter of the grade.
    """
    table = view.study.area_gaps
    pairs = zip(
        *(table.frame[c].to_numpy(dtype=np.float64, na_value=np.nan) for c in (GAP, NEED)),
        strict=True,
    )
    held = dict(zip(table.frame[table.key].astype(str), pairs, strict=True))
    nothing = (math.nan, math.nan)
    marks, known = [], []
    letters = grade_letters(view.study)
    for identity, letter in zip(view.study.areas["id"].astype(str), letters, strict=True):
        share, decile = held.get(identity, nothing)
        found = class_at(float(share), float(decile))
        marks.append("" if found is None else f"{found[0]}{found[1]}{letter}")
        if found is not None:
            known.append(identity)

    def one_decimal(figure: Figure) -> Figure:
        return coarse(figure, 1)

    return {
        "label": NAME,
        "unit": "small area",
        "marks": marks,
        "share": quoted_column(view.figures, "area_gaps", known, GAP, read=one_decimal),
        "decile": quoted_column(view.figures, "area_gaps", known, NEED),
        "words": {"gap": GAP_WORDS, "need": NEED_WORDS},
    }


def need_legend(letter: str = "m") -> dict[str, Any]:
    """Return the square of nine classes: rows by gap, the widest first; columns by need.

    Parameters
    ----------
    letter
        Of the usual grade, whose mark the squares carry.
    """
    return {
        "columns": NEED_WORDS,
        "rows": [
            {"words": GAP_WORDS[gap], "marks": [f"{gap}{need}{letter}" for need in range(3)]}
            for gap in (2, 1, 0)
        ],
    }
