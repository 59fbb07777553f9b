"""What a share is held against: the country's figure, and the target that the study states."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from layers.lineage import Figure, Figures
from maps.bid_rows import Cell, Grid
from maps.measures import month
from maps.passages import Passage, Quote, clean, coarse, joined, say
from maps.view import StudyView

__all__ = ["beside", "comparison_rows", "country_series", "districts_grid"]

COUNTRY = "country"
NOT_MEANT = "–"
NO_TARGET = "no target is stated in the study"


@dataclass(frozen=True)
class Beside:
    """A country's share, and the month it describes."""

    name: str
    figure: Figure
    release: str


def _rows(study: StudyView, series: str) -> pd.DataFrame:
    frame = study.coverage.frame
    held = frame[
        (frame["level"].astype(str) == COUNTRY)
        & (frame["measure"].astype(str) == series)
        & frame["share_pct"].notna()
    ]
    return held.sort_values(["area_id", "release", "row"], kind="stable")


def countries(study: StudyView, figures: Figures, series: str, release: str) -> list[Beside]:
    """Return each country's share, of the same release where there is one, else the newest."""
    found = []
    for _, rows in _rows(study, series).groupby("area_id", sort=True):
        same = rows[rows["release"].astype(str) == release]
        row = (same if len(same) else rows).iloc[-1]
        share = coarse(figures.cite("coverage", str(row["row"]), "share_pct"), 1)
        found.append(Beside(clean(row["area_name"]), share, str(row["release"])))
    return found


def target(study: StudyView, figures: Figures, series: str) -> tuple[Figure, str] | None:
    """Return the target that the study states for a share, and by when and whose it is."""
    table = study.targets
    if table is None or series not in table:
        return None
    figure = coarse(figures.cite(table.name, series, "value"), 1)
    words = (str(table.cell(series, name) or "") for name in ("by", "source"))
    by, source = (clean(word) for word in words)
    return figure, ", ".join(part for part in (f"by {by}" if by else "", source) if part)


def beside(study: StudyView, figures: Figures, series: str, release: str) -> Passage:
    """Return the country and the target beside a share, as one sentence; what is missing says so."""
    parts = []
    for country in countries(study, figures, series, release):
        when = "" if country.release == release else f" in {month(country.release)}"
        shown = Quote(country.figure, country.figure.text)
        parts.append(say("{name} {share}{when}", name=country.name, share=shown, when=when))
    if not parts:
        parts.append(say("England: no data in this study"))
    aim = target(study, figures, series)
    if aim is None:
        parts.append(say(NO_TARGET))
    else:
        figure, source = aim
        whose = f" ({source})" if source else ""
        parts.append(say("target {share}{whose}", share=Quote(figure, figure.text), whose=whose))
    return joined(parts)


def country_series(study: StudyView, figures: Figures, series: str) -> dict[str, Figure]:
    """Return England's share by release (else the first country's); empty where there is none."""
    rows = _rows(study, series)
    if rows.empty:
        return {}
    rows = rows[rows["area_id"].astype(str) == str(rows["area_id"].iloc[0])]
    rows = rows.drop_duplicates("release", keep="last")
    return {
        str(row["release"]): coarse(figures.cite("coverage", str(row["row"]), "share_pct"), 1)
        for row in rows.to_dict("records")
    }


def _newest(study: StudyView, series: str, levels: tuple[str, ...], area: str = "") -> str:
    """Return the key of the newest coverage row of the levels, or an empty text.

    Of two levels with the same release the one named first is taken.
    """
    frame = study.coverage.frame
    held = frame[
        frame["level"].astype(str).isin(levels)
        & (frame["measure"].astype(str) == series)
        & frame["share_pct"].notna()
    ]
    if area:
        held = held[held["area_id"].astype(str) == area]
    held = held.assign(near=[-levels.index(str(level)) for level in held["level"]])
    held = held.sort_values(["release", "near", "row"], kind="stable")
    return "" if held.empty else str(held["row"].iloc[-1])


def whole_row(study: StudyView, series: str) -> str:
    """Return the newest coverage row of the whole area; of one release, the study's own sum."""
    return _newest(study, series, ("study", "CAUTH"))


def comparison_rows(
    study: StudyView, figures: Figures, columns: list[str]
) -> list[tuple[Cell, ...]]:
    """Return the rows at the foot of the district table: the whole area, each country, the target.

    Parameters
    ----------
    columns
        Columns of the district table, after the name.
    """
    frame = study.coverage.frame
    places = frame.loc[frame["level"].astype(str) == COUNTRY, ["area_id", "area_name"]].astype(str)
    places = places.drop_duplicates("area_id").sort_values("area_id", kind="stable")

    def cells(keys: dict[str, str]) -> list[Cell]:
        return [
            coarse(figures.cite("coverage", keys[c], "share_pct"), 1) if keys.get(c) else NOT_MEANT
            for c in columns
        ]

    shares = [c for c in columns if c.endswith("_pct")]
    rows: list[tuple[Cell, ...]] = []
    whole = {c: whole_row(study, c) for c in shares}
    if any(whole.values()):
        first = list(cells(whole))
        newest = next(row for row in whole.values() if row)
        if "premises" in columns and pd.notna(study.coverage.cell(newest, "premises")):
            first[columns.index("premises")] = figures.cite("coverage", newest, "premises")
        rows.append((clean(study.area_name), *first))
    for area_id, name in places.itertuples(index=False):
        held = {c: _newest(study, c, (COUNTRY,), area_id) for c in shares}
        if any(held.values()):
            rows.append((clean(name), *cells(held)))
    aims = {c: target(study, figures, c) for c in shares}
    if any(aims.values()):
        rows.append(("Target", *(aim[0] if (aim := aims.get(c)) else NOT_MEANT for c in columns)))
    return rows


def districts_grid(study: StudyView, content: Grid, columns: list[str]) -> Grid:
    """Return the district table with the rows it is held against at its foot."""
    extra = comparison_rows(study, study.figures, columns)
    return Grid(content.header, (*content.rows, *extra), content.widths, content.units)
