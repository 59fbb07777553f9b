"""Fixed coverage as published, by constituency and district and over time, and what can be derived.

Full fibre is published by constituency and local authority only. A district that Ofcom's files
here do not have is the sum of the constituencies whose main district it is: estimated, and said.
Gigabit (any technology) is a different thing and never stands for full fibre.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layers.boundaries import Ground
from layers.district_codes import fold_name
from layers.ledger import OUTSIDE, Ledger, apart, stack
from layers.membership import WHOLE_OVERLAP
from layers.source import Reading

__all__ = [
    "COVERAGE_COLUMNS",
    "MEASURES",
    "AreaShare",
    "allocate",
    "commons",
    "hidden_error",
    "ofcom_fixed",
    "published",
]

COVERAGE_COLUMNS = (
    "area_id", "area_name", "level", "measure", "release", "premises", "count", "share_pct",
    "grade", "method", "basis", "parts", "src", "record",
)  # fmt: skip
MEASURES = ("full_fibre", "gigabit", "superfast", "ultrafast", "unable_30", "decent_unable")
LEVEL_NAMES = {"PCON10": "constituencies", "PCON24": "constituencies (2024)", "LAD": "districts"}
SUMMED = {
    "PCON10": "constituencies of 2010",
    "PCON24": "constituencies of 2024",
    "LAD": "districts",
}
PUBLISHED = "as published"
LAST_CODE_OF_2010 = 1062
MONTH = len("YYYY-MM")


@dataclass(frozen=True)
class AreaShare:
    """A share published for larger units, allocated to the small areas in them.

    Attributes
    ----------
    frame
        Indexed by area id: `pct low_pct high_pct unit` (code of the larger unit).
    release, level
        Of the published value.
    error_points
        Root mean square error of using the next larger unit's share, found by hiding the published
        shares of this level; NaN where nothing can be hidden.
    src
        Files, joined with `+`.
    """

    measure: str
    frame: pd.DataFrame
    release: str
    level: str
    error_points: float
    src: str
    note: str


def ofcom_fixed(ledger: Ledger, ground: Ground, area_code: str, area_name: str) -> pd.DataFrame:
    """Return coverage rows from Ofcom's constituency and local-authority files.

    Published rows of the study's constituencies and districts, districts summed from
    constituencies where Ofcom's district file is not there, and the study as a whole.

    Returns
    -------
    DataFrame
        `COVERAGE_COLUMNS`; shares in percent of all premises, counts in premises.
    """
    names = _names(ledger.of("ofcom_fixed", "pcon"))
    parts: list[pd.DataFrame] = []
    for reading in ledger.of("ofcom_fixed", "pcon"):
        frame = _with_codes(reading, names)
        level = _level_of(frame, ground)
        if not level:
            ledger.leave(reading, "none of its constituencies is in the study area")
            continue
        inside = frame["area_id"].isin(_wanted(ground, level))
        ledger.settle(apart(reading, np.where(inside, "", OUTSIDE)))
        published = _long(frame.loc[inside], level, reading.source.vintage)
        main = published[published["area_id"].isin(ground.constituencies[level]["id"])]
        parts += [published, pd.DataFrame(_sums(main, ground, level, area_code, area_name))]
    lads = ground.districts
    for reading in ledger.of("ofcom_fixed", "laua"):
        inside = reading.frame["area_id"].isin(lads["id"])
        ledger.settle(apart(reading, np.where(inside, "", OUTSIDE)))
        published = _long(reading.frame.loc[inside], "LAD", reading.source.vintage)
        sums = _total(published, len(lads), "LAD", area_code, area_name)
        parts += [published, pd.DataFrame(sums)]
    return stack(parts, COVERAGE_COLUMNS)


def published(frame: pd.DataFrame) -> dict[str, pd.Series | str]:
    """Return `method` and `basis` of published rows; `layers/district_codes.py` says where they are sums."""
    if "made_of" not in frame:
        return {"method": PUBLISHED, "basis": ""}
    return {
        "method": frame["made_of"].mask(frame["made_of"] == "", PUBLISHED),
        "basis": frame["basis"],
    }


def commons(ledger: Ledger, ground: Ground) -> pd.DataFrame:
    """Return coverage rows from the House of Commons Library's constituency file."""
    parts: list[pd.DataFrame] = []
    for reading in ledger.of("commons_broadband"):
        level = _level_of(reading.frame, ground)
        if not level:
            ledger.leave(reading, "none of its constituencies is in the study area")
            continue
        inside = reading.frame["area_id"].isin(_wanted(ground, level))
        ledger.settle(apart(reading, np.where(inside, "", OUTSIDE)))
        made = _long(reading.frame.loc[inside], level, reading.source.vintage[:MONTH])
        # the edition's date is all that the file has; Ofcom's snapshot behind it is older
        method = f"as published in the edition of {reading.source.vintage}, from an earlier Ofcom snapshot"
        parts.append(made.assign(method=method))
    return stack(parts, COVERAGE_COLUMNS)


def _names(readings: Sequence[Reading]) -> dict[str, str]:
    """Return folded constituency names with their codes, from the releases that have codes."""
    found: dict[str, str] = {}
    for reading in sorted(readings, key=lambda r: r.source.vintage, reverse=True):
        frame = reading.frame
        coded = frame[(frame["area_id"] != "")]
        for name, code in zip(fold_name(coded["area_name"]), coded["area_id"], strict=True):
            # a name can live on in 2024 with other bounds: the 2010 code is the one 2019 meant
            if name not in found or _is_2010(str(code)):
                found[name] = str(code)
    return found


def _is_2010(code: str) -> bool:
    """Whether a code is of the constituencies of 2010 (English codes up to E14001062)."""
    match = re.fullmatch(r"E14(\d{6})", code)
    return match is not None and int(match[1]) <= LAST_CODE_OF_2010


def _wanted(ground: Ground, level: str) -> set[str]:
    """Return the constituencies that have their main district, or any small area, in the study."""
    return (set(ground.constituencies[level]["id"]) | set(ground.area_units[level])) - {""}


def _with_codes(reading: Reading, names: dict[str, str]) -> pd.DataFrame:
    """Return a reading's frame with codes joined by name where the release has none."""
    frame = reading.frame
    if (frame["area_id"] != "").any():
        return frame
    codes = [names.get(name, "") for name in fold_name(frame["area_name"])]
    return frame.assign(area_id=pd.Series(codes, index=frame.index, dtype="str"))


def _level_of(frame: pd.DataFrame, ground: Ground) -> str:
    """Return the vintage of constituencies whose codes a frame has; empty where none fit."""
    fits = {
        level: int(frame["area_id"].isin(units["id"]).sum())
        for level, units in ground.constituencies.items()
    }
    best = max(sorted(fits), key=lambda level: fits[level], default="")
    return best if best and fits[best] else ""


def _long(frame: pd.DataFrame, level: str, release: str) -> pd.DataFrame:
    """Turn one row an area into one row an area and measure, as published."""
    parts = []
    for measure in MEASURES:
        share = f"{measure}_pct"
        if share not in frame:
            continue
        part = frame.reindex(columns=["area_id", "area_name", "premises", "src", "record"])
        part = part.assign(
            level=level,
            measure=share,
            release=release,
            count=frame.get(f"{measure}_n", np.nan),
            share_pct=frame[share],
            grade="measured",
            **published(frame),
        )
        parts.append(part)
    return stack(parts, COVERAGE_COLUMNS)


def _counted(rows: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Return rows with counts, from shares where they are not published, and whether all were."""
    exact = bool(rows["count"].notna().all())
    made = rows["share_pct"] * rows["premises"] / 100
    return rows.assign(count=rows["count"].where(rows["count"].notna(), made)), exact


def _sums(
    published: pd.DataFrame, ground: Ground, level: str, area_code: str, area_name: str
) -> list[dict[str, Any]]:
    """Return districts and the study area as sums over constituencies."""
    units = ground.constituencies[level]
    if published.empty or published["premises"].isna().any():
        return []
    rows, _ = _counted(published)
    rows = rows.assign(lad=rows["area_id"].map(units.set_index("id")["lad"]))
    overlap = units.set_index("id")["overlap"].astype(float)
    known = ground.districts.set_index("id")["name"]
    parts = []
    for (lad, measure), group in rows.groupby(["lad", "measure"], sort=True):
        here = units.loc[units["lad"] == lad, "id"]
        if len(group) < len(here) or group["count"].isna().any():
            continue
        straddling = int((overlap.reindex(here) < WHOLE_OVERLAP).sum())
        method = f"sum of the {len(group)} {_years(level)} constituencies whose main district this is; {straddling} of them straddle its boundary"
        parts.append(
            _one(group, str(lad), str(known[lad]), "LAD", str(measure), "estimated", method, level)
        )
    return [*parts, *_total(published, len(units), level, area_code, area_name)]


def _total(
    published: pd.DataFrame, units: int, level: str, area_code: str, area_name: str
) -> list[dict[str, Any]]:
    """Return the study as a whole, summed over published units; nothing unless all are there."""
    rows, _ = _counted(published)
    parts = []
    for measure, group in rows.groupby("measure", sort=True):
        if len(group) < units or group["count"].isna().any() or group["premises"].isna().any():
            continue
        exact = bool(published.loc[group.index, "count"].notna().all())
        name = f"{area_name}: {units} {LEVEL_NAMES[level]}"
        method = f"sum of published counts over {units} {LEVEL_NAMES[level]}"
        if level != "LAD":
            method += " whose main district is in the study area"
        if not exact:
            method += "; counts made from published shares"
        parts.append(
            _one(
                group,
                area_code,
                name,
                "study",
                str(measure),
                "measured" if exact else "estimated",
                method,
                level,
            )
        )
    return parts


def _one(
    group: pd.DataFrame, code: str, name: str, level: str, measure: str, grade: str, method: str,
    summed: str,
) -> dict[str, Any]:  # fmt: skip
    premises, count = float(group["premises"].sum()), float(group["count"].sum())
    return {
        "area_id": code, "area_name": name, "level": level, "measure": measure,
        "release": group["release"].iloc[0], "premises": premises, "count": count,
        "share_pct": 100 * count / premises if premises else np.nan, "grade": grade,
        "method": method, "basis": f"sum of {SUMMED[summed]}",
        "parts": " ".join(sorted(map(str, group["area_id"]))), "src": str(group["src"].iloc[0]), "record": 0,
    }  # fmt: skip


def _years(level: str) -> str:
    return "2010" if level == "PCON10" else "2024" if level == "PCON24" else ""


def allocate(coverage: pd.DataFrame, ground: Ground, measure: str) -> AreaShare | None:
    """Allocate a published share to the small areas of the unit it was published for.

    The finest level with a value for every area is taken, at its newest release. The error is
    found by hiding that level: each unit's published share against that of its next larger unit
    (summed from the same units), as a root mean square in percentage points.

    Parameters
    ----------
    coverage
        Rows with `COVERAGE_COLUMNS`.
    measure
        `full_fibre_pct` or `gigabit_pct`.

    Returns
    -------
    AreaShare or None
        `None` where nothing is published that covers the study.
    """
    rows = coverage[(coverage["measure"] == measure) & coverage["share_pct"].notna()]
    options: list[tuple[str, str, pd.Series]] = []
    for level, of_area in ground.area_units.items():
        options += [(release, level, of_area) for release in _releases(rows, level, of_area)]
    if options:
        release, level, of_area = max(options, key=lambda item: (item[0], item[1]))
    else:
        of_area = ground.areas.set_index("id")["lad"]
        level = "LAD"
        releases = _releases(rows, level, of_area)
        if not releases:
            return None
        release = max(releases)
    held = rows[(rows["level"] == level) & (rows["release"] == release)]
    held = held.sort_values("grade", key=lambda g: g != "measured", kind="stable").drop_duplicates(
        "area_id"
    )
    share = held.set_index("area_id")["share_pct"]
    pct = of_area.map(share).astype(float).to_numpy()
    error = hidden_error(held, ground, level)
    known = bool(np.isfinite(error))
    # an error that cannot be known leaves every share possible
    low = np.clip(pct - error, 0, 100) if known else np.where(np.isnan(pct), np.nan, 0.0)
    high = np.clip(pct + error, 0, 100) if known else np.where(np.isnan(pct), np.nan, 100.0)
    frame = pd.DataFrame(
        {"pct": pct, "low_pct": low, "high_pct": high, "unit": of_area.to_numpy()},
        index=of_area.index,
    )
    used = held[held["area_id"].isin(set(of_area))]
    unit, larger = ("constituency", "district") if level != "LAD" else ("district", "study area")
    label = "full fibre" if measure.startswith("full") else "gigabit"
    found = (
        f"{error:.1f} points (root mean square), found by comparing the published share of each "
        f"{unit} with that of its {larger}"
        if known
        else "not known, so the range is 0 to 100 %"
    )
    note = f"{label} by small area is the published share of its {unit} ({release}); error {found}"
    return AreaShare(
        measure, frame, release, level, error, "+".join(sorted(set(used["src"].astype(str)))), note
    )


def _releases(rows: pd.DataFrame, level: str, of_area: pd.Series) -> list[str]:
    """Return the releases of a level that have a value for every area of the study."""
    wanted = set(of_area)
    if "" in wanted:
        wanted.discard("")
        if (of_area == "").mean() > 0.01:
            return []
    held = rows[rows["level"] == level]
    return [
        str(release)
        for release, group in held.groupby("release", sort=True)
        if wanted <= set(group["area_id"])
    ]


def hidden_error(held: pd.DataFrame, ground: Ground, level: str) -> float:
    """Return the error of using a larger unit's share for the units in it, in points.

    Constituencies are compared with their district, districts with the study area; the larger
    unit's share is the premises-weighted mean of what is in it. NaN where no larger unit holds
    several.
    """
    if level == "LAD":
        larger = pd.Series("study", index=ground.districts["id"].to_numpy())
    elif level in ground.constituencies:
        larger = ground.constituencies[level].set_index("id")["lad"]
    else:
        return float("nan")
    frame = held[held["area_id"].isin(larger.index)].copy()
    frame["larger"] = frame["area_id"].map(larger)
    weight = frame["premises"].astype(float)
    if weight.isna().any():
        weight = pd.Series(1.0, index=frame.index)
    top = (frame["share_pct"] * weight).groupby(frame["larger"]).transform("sum")
    mean = top / weight.groupby(frame["larger"]).transform("sum")
    several = frame["larger"].duplicated(keep=False)
    if not several.any():
        return float("nan")
    gap = (frame["share_pct"] - mean)[several]
    return float(np.sqrt((gap**2).mean()))
