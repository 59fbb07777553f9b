"""Coverage over time: one line an area and measure, with the breaks in it marked.

A change is given only between two values that mean the same. Where the meaning, the bounds, the
basis of a sum or the publisher changed, the row says so and has no change. Constituencies of 2010
and 2024 are different areas with lines of their own; residential variants of a release are never
read into a layer, so no line mixes them with all premises.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from layers.catalogue import shipped
from layers.lineage import Column, Table

__all__ = ["NAME", "Change", "changes", "coverage_series"]

NAME = "coverage_over_time"
CHANGES = Path(__file__).with_name("series_breaks.toml")
LINE = ["area_id", "level", "measure"]
MENDED = "definition, mended"
NEW_BOUNDS = "bounds of 2024: releases before are of the constituencies of 2010, other areas"


@dataclass(frozen=True)
class Change:
    """A change in what a published measure means.

    Attributes
    ----------
    last, first
        The last release with the old meaning and the first with the new one, as `YYYY-MM`.
    mended
        Whether the readers bring the old values to the new meaning.
    """

    measures: tuple[str, ...]
    last: str
    first: str
    mended: bool
    reason: str
    source: str

    def lies_between(self, before: str, after: str) -> bool:
        """Whether two releases may differ in meaning.

        >>> rule = Change(("x",), "2019-09", "2020-09", False, "", "")
        >>> rule.lies_between("2019-09", "2020-09"), rule.lies_between("2020-09", "2021-09")
        (True, False)
        """
        return before[:7] < self.first and after[:7] > self.last


@cache
def changes() -> tuple[Change, ...]:
    """Return the shipped changes of meaning, in the file's order."""
    table = tomllib.loads(CHANGES.read_text(encoding="utf-8"))
    return tuple(Change(**{**e, "measures": tuple(e["measures"])}) for e in table["break"])


COLUMNS: Mapping[str, Column] = {
    "row": Column("area, level, measure and release"),
    "area_id": Column("GSS code of the area"),
    "area_name": Column("name"),
    "level": Column("kind of area, as in the coverage table"),
    "measure": Column("what the share is of; gigabit is any technology and is not full fibre"),
    "release": Column("snapshot month that the value describes"),
    "share_pct": Column(
        "share that has it", "%", 2, inputs=("coverage.share_pct[@coverage_row]",), grade_of="grade",
    ),
    "change_points": Column(
        "change since the release before; missing for the first one and across a break",
        "percentage points", 2, formula="share_pct - share_pct of the row before",
        inputs=(f"{NAME}.share_pct", f"{NAME}.share_pct[@before]"), grade_of="grade",
    ),
    "break": Column(
        "what changed against the row before: `bounds`, `basis`, `source`, `definition`, or "
        f"`{MENDED}` where the readers put it right; empty where like follows like"
    ),
    "break_reason": Column("the break in words"),
    "before": Column("the row before it in its line; empty for the first"),
    "basis": Column("what the value is a sum of or counts; empty where published for the area"),
    "publisher": Column("whose data set it is"),
    "grade": Column("measured where published for this area; estimated where summed or shared out"),
    "coverage_row": Column("the row of the coverage table it was taken from"),
    "src": Column("file it was read from"),
    "record": Column("record in that file; 0 for sums over several"),
}  # fmt: skip


def coverage_series(coverage: Table) -> Table:
    """Make the table of coverage over time from the coverage table.

    Parameters
    ----------
    coverage
        As `layers.coverage.coverage_table` makes it.

    Returns
    -------
    Table
        One row an area, level, measure and release, shares in percent. Where a release has several
        values for an area, the line follows the source that has most of its releases, the published
        value before a sum; another source stands in only before and after that one's releases.
    """
    frame = coverage.frame
    frame = frame[frame["share_pct"].notna()].copy()
    known = shipped()
    names = {
        s.src: f"{s.publisher}, {known[s.dataset].title if s.dataset in known else s.title}"
        for s in coverage.sources
    }
    frame["publisher"] = [names.get(str(src).split("+")[0], "") for src in frame["src"]]
    if "basis" not in frame:
        frame["basis"] = ""
    frame = frame.rename(columns={"row": "coverage_row"})
    made = _lines(frame) if len(frame) else frame.reindex(columns=list(COLUMNS))
    made["row"] = (
        made["area_id"] + "|" + made["level"] + "|" + made["measure"] + "|" + made["release"]
    )
    made = _breaks(made)
    for name in ("before", "break", "break_reason", "row"):
        made[name] = _text(made[name])
    made = made[list(COLUMNS)]
    return Table(
        NAME, "row", made, COLUMNS, coverage.sources,
        "Coverage by area and release, one line an area and measure, with breaks marked",
    )  # fmt: skip


def _lines(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row a line and release: of the source with most releases, of others outside its span."""
    summed = frame["basis"].where(frame["basis"].str.startswith("sum"), "")
    held = frame.assign(
        _kind=frame["publisher"] + "|" + summed, _grade=frame["grade"] != "measured"
    )
    held["_most"] = -held.groupby([*LINE, "_kind"])["release"].transform("nunique")
    ranked = held.sort_values([*LINE, "_most", "_grade", "_kind"], kind="stable")
    # within a line the kind of the first row is the main one
    main = ranked["_kind"] == ranked.groupby(LINE)["_kind"].transform("first")
    span = ranked.loc[main].groupby(LINE)["release"].agg(["min", "max"])
    ranked = ranked.join(span, on=LINE)
    fits = main | (ranked["release"] < ranked["min"]) | (ranked["release"] > ranked["max"])
    order = [*LINE, "release", "_most", "_grade", "_kind"]
    kept = ranked.loc[fits].sort_values(order, kind="stable")
    return kept.drop_duplicates([*LINE, "release"], ignore_index=True)


def _text(cells: pd.Series) -> pd.Series:
    held = cells.astype(object)
    return held.where(held.notna(), "").astype("str")


def _breaks(made: pd.DataFrame) -> pd.DataFrame:
    """Add the row before, what changed against it, and the change where nothing did."""
    groups = made.groupby(LINE, sort=False)
    kinds: list[list[str]] = [[] for _ in range(len(made))]
    reasons: list[list[str]] = [[] for _ in range(len(made))]

    def mark(where: pd.Series, kind: str, why: pd.Series) -> None:
        for at in np.flatnonzero(where.to_numpy(dtype=bool)):
            kinds[at].append(kind)
            reasons[at].append(str(why.iloc[at]))

    ago = {n: groups[n].shift() for n in ("row", "release", "basis", "publisher", "share_pct")}
    follows = ago["row"].notna()
    first_2024 = ~follows & (made["level"] == "PCON24") & _older_bounds(made)
    mark(first_2024, "bounds", pd.Series(NEW_BOUNDS, index=made.index))
    for column, kind, plain in (("publisher", "source", ""), ("basis", "basis", "as published")):
        was, now = (_text(s).replace("", plain) for s in (ago[column], made[column]))
        mark(follows & (was != now), kind, was + " before; from here " + now)
    unmended = pd.Series([bool(k) for k in kinds], index=made.index)
    pairs = list(
        zip(_text(ago["release"]).replace("", "9999"), made["release"].astype(str), strict=True)
    )
    for rule in changes():
        crossed = pd.Series([rule.lies_between(a, b) for a, b in pairs], index=made.index)
        crossed &= made["measure"].isin(rule.measures)
        why = pd.Series(rule.reason, index=made.index)
        mark(crossed, MENDED if rule.mended else "definition", why)
        if not rule.mended:
            unmended |= crossed
    change = (made["share_pct"].astype(float) - ago["share_pct"].astype(float)).mask(unmended)
    made = made.assign(before=ago["row"], change_points=change)
    made["break"] = ["; ".join(k) for k in kinds]
    made["break_reason"] = ["; ".join(r) for r in reasons]
    return made


def _older_bounds(made: pd.DataFrame) -> pd.Series:
    """Whether the study has an earlier release of a row's measure by constituencies of 2010."""
    old = made[made["level"] == "PCON10"].groupby("measure")["release"].min()
    return _text(made["measure"].map(old)).replace("", "9999") < made["release"]
