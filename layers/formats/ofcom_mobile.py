"""Ofcom Connected Nations, mobile coverage by local authority or constituency.

Canonical columns: `area_id`, `area_name`, `premises`, then for each family of `4g`, `5g_high`,
`5g_very_high` and, from 2026, standalone `5g_sa_high`, `5g_sa_very_high` by `prem` (share of
premises), `geo` (share of land), `abrd` (of A and B roads) or `mway` (of motorways), `in` or `out`:
`<family>_any_pct` (at least one operator), `<family>_all_pct` (every operator) and
`<family>_all_operators` (how many operators that is).

The publisher's columns hold the share with coverage from exactly n operators. A blank bucket is 0;
a family that is blank throughout a row is missing. "Every operator" is the highest bucket that is
filled anywhere in the file. 2G, 3G and voice are not read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from layers.formats import Format
from layers.formats._writing import CRLF, dressed, fixed, whole, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FAMILIES", "FORMAT", "read", "write"]

TECHNOLOGIES = {
    "4g": "4G",
    "5g_high": "5G_high_confidence",
    "5g_very_high": "5G_very_high_confidence",
    "5g_sa_high": "5G_SA_high_confidence",
    "5g_sa_very_high": "5G_SA_very_high_confidence",
}
PLACES = (
    ("prem", "in"), ("prem", "out"), ("geo", "in"), ("geo", "out"), ("abrd", "out"), ("mway", "out"),
)  # fmt: skip
FAMILIES = {
    f"{tech}_{measure}_{place}": f"{published}_{measure}_{place}"
    for tech, published in TECHNOLOGIES.items()
    for measure, place in PLACES
    if place == "out" or (tech == "4g" and measure in {"prem", "geo"})
}
NONE, ALL = "None", "All"
BUCKETS = (NONE, "0", "1", "2", "3", "4", ALL)
OPERATORS = {"1": 1, "2": 2, "3": 3, "4": 4, ALL: 4}
SUM_TOLERANCE = 1.0
GSS = r"[EWSNK]\d{8}"
FILE_NAME = re.compile(r"^(20\d{2})(\d{2})_mobile_")


def _buckets() -> tuple[Field, ...]:
    return tuple(
        Field(f"{family}|{bucket}", (f"{published}_{bucket}",), "percent", required=False)
        for family, published in FAMILIES.items()
        for bucket in BUCKETS
    )


def _layout(name: str, detail: str, key: str, names: tuple[str, ...], bucket: str) -> Layout:
    return Layout(
        name,
        (
            Field("area_id", (key,), "code", matches=GSS, fill_required=True),
            Field("area_name", names),
            Field("premises", ("prem_count",), "count"),
            *(
                replace(f, required=True) if f.name == f"4g_prem_out|{bucket}" else f
                for f in _buckets()
            ),
        ),
        unique=("area_id",),
        detail=detail,
    )


LAUA = ("laua", ("laua_name",))
PCON = ("parl_const", ("parl_const_name", "parliamentary_constituency_name"))
LAYOUTS = (
    _layout("Ofcom mobile coverage by local authority", "laua", *LAUA, "0"),
    _layout("Ofcom mobile coverage by constituency", "pcon", *PCON, "0"),
    _layout("Ofcom mobile coverage by local authority (None to All)", "laua", *LAUA, NONE),
    _layout("Ofcom mobile coverage by constituency (None to All)", "pcon", *PCON, NONE),
)


def _vintage(look: Peek) -> str:
    match = FILE_NAME.match(look.stem)
    return f"{match[1]}-{match[2]}" if match else ""


FORMAT = Format(
    key="ofcom_mobile",
    title="Ofcom Connected Nations, mobile coverage",
    dataset=lambda _detail: "ofcom-connected-nations-mobile",
    layouts=LAYOUTS,
    vintage=_vintage,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    for family, published in FAMILIES.items():
        reading = _check_sum(reading, family, published)
    frame = reading.frame
    out = frame[["src", "record", "area_id", "area_name", "premises"]].copy()
    for family in FAMILIES:
        buckets = {b: frame[f"{family}|{b}"] for b in BUCKETS if f"{family}|{b}" in frame}
        filled = pd.DataFrame(buckets, index=frame.index).notna()
        known = filled.any(axis=1)
        lowest = next((buckets[b] for b in ("0", NONE) if b in buckets), None)
        if lowest is None or not known.any():
            continue
        highest = max(
            (b for b in OPERATORS if b in buckets and filled[b].any()),
            key=list(OPERATORS).index,
            default="",
        )
        out[f"{family}_any_pct"] = (100 - lowest.fillna(0)).where(known)
        if highest:
            out[f"{family}_all_pct"] = buckets[highest].fillna(0).where(known)
            out[f"{family}_all_operators"] = np.where(known, float(OPERATORS[highest]), np.nan)
    return replace(reading, frame=out)


def _check_sum(reading: Reading, family: str, published: str) -> Reading:
    """Quarantine rows whose buckets, each an exact number of operators, do not sum to 100."""
    names = [f"{family}|{b}" for b in ("0", "1", "2", "3", "4") if f"{family}|{b}" in reading.frame]
    if len(names) < 2 or names[0] != f"{family}|0":
        return reading
    buckets = reading.frame[names]
    total = buckets.fillna(0).sum(axis=1)
    wrong = buckets.notna().any(axis=1) & ((total - 100).abs() > SUM_TOLERANCE)
    return reading.without_bad(wrong, f"{published} buckets do not sum to 100", names[0])


def write(frame: pd.DataFrame, path: Path, *, level: str = "laua") -> Path:
    """Write a practice file in the layout of 2022 to 2025, zero buckets left blank as published.

    Parameters
    ----------
    frame
        Canonical columns; `_all_operators` defaults to 4. What lies between "any" and "all" is
        put in the bucket below the highest.
    path
        Target, named as Ofcom names its files (`YYYYMM_mobile_coverage_laua_r01.csv`).
    level
        `laua` or `pcon`.
    """
    key, names = LAUA if level == "laua" else PCON
    columns = {key: "area_id", names[0]: "area_name", "prem_count": "premises"}
    work = pd.DataFrame({c: frame[c] for c in ("area_id", "area_name")}, index=frame.index)
    work["premises"] = whole(frame["premises"])
    for family, published in FAMILIES.items():
        if f"{family}_any_pct" not in frame:
            continue
        reached = frame[f"{family}_any_pct"].round(2)
        every = frame[f"{family}_all_pct"].round(2)
        operators = frame.get(f"{family}_all_operators", pd.Series(4.0, index=frame.index))
        top = int(operators.max()) if operators.notna().any() else 4
        shares = dict.fromkeys(range(top + 1), reached * 0)
        shares |= {0: 100 - reached, top - 1: reached - every, top: every}
        if top == 1:
            shares = {0: 100 - reached, 1: every}
        for bucket, share in shares.items():
            rounded = share.round(2)
            # the publisher leaves an empty bucket blank, save the highest
            kept = rounded if bucket == top else rounded.where(rounded > 0)
            columns[f"{published}_{bucket}"] = f"{family}|{bucket}"
            work[f"{family}|{bucket}"] = fixed(kept, 2)
    out = dressed(work, tuple(columns), columns)
    return write_table(out, path, newline=CRLF)
