"""Local authorities under the codes of other years: bridged by the published changes, or said.

An authority that is only numbered anew keeps its figures. One that was merged has the sum of its parts
where the file counts premises; shares alone cannot be added up. One that was split cannot be shared out.
Where no file of changes is there, a code of another year is told by the authority's name, or by its
absence from a file that covers the country.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.join_keys import DISTRICT_CODE
from layers.ledger import apart
from layers.source import Reading

__all__ = ["ADD_CHANGES", "Changes", "bridged", "changes_of", "fold_name"]

ADD_CHANGES = (
    "add the ONS Code History Database (Changes.csv), or the ONS lookup of local authorities from its "
    "year to the study's"
)
DOUBLED = "the same local authority stands in the file under its other code too"
SHARES = "local authority merged since: shares without counts cannot be added up"
PART = "local authority merged since, and the file lacks others that were merged with it"
LARGER = "local authority made since of several: its figures cannot be shared out among them"
RENAMED = "a district of the study under the code of another year"
UNKNOWN = "none of the study's districts is in the file: its codes may be those of another year"
COUNTRYWIDE = 100  # local authorities; a file with fewer is of one region
FOLLOWED = ("measure", "period", "unit", "industry", "sizeband")
COUNTED = ("ofcom_fixed",)  # shares of premises that are counted; others are of land too
NEW_BOUNDS = "its bounds before they moved"

Reasons = NDArray[np.object_]


def fold_name(cells: pd.Series) -> pd.Series:
    """Reduce a place's name to what must agree between releases: letters and digits, lower case."""
    plain = cells.str.normalize("NFKD").str.encode("ascii", "ignore").str.decode("ascii")
    return plain.str.lower().str.replace(r"[^a-z0-9]+", "", regex=True)


@dataclass(frozen=True)
class Changes:
    """What became of each local authority.

    Attributes
    ----------
    after
        Code to the codes that followed it. Where land was exchanged with a neighbour, only the one of
        its own name counts.
    moved
        Codes whose bounds moved when they were numbered anew.
    """

    after: Mapping[str, frozenset[str]]
    moved: frozenset[str] = frozenset()

    @cached_property
    def before(self) -> dict[str, set[str]]:
        """Code to the codes that went into it."""
        found: dict[str, set[str]] = {}
        for old, new in self.after.items():
            for code in new:
                found.setdefault(code, set()).add(old)
        return found

    def into(self, districts: Sequence[str]) -> dict[str, str]:
        """Return codes of other years with the one district that all of their land is in."""
        found: dict[str, str] = {}
        for old in self.after:
            code, seen = old, {old}
            while code not in districts and len(self.after.get(code, ())) == 1:
                (code,) = self.after[code]
                if code in seen:
                    break
                seen.add(code)
            if code in districts and old not in districts:
                found[old] = code
        for district in districts:  # numbered anew after the study's own boundaries
            later = [c for c in self._later(district) if c not in districts]
            found |= {c: district for c in later if c not in found}
        return found

    def same(self, district: str, code: str) -> bool:
        """Whether a code is that of a district in another year, and of nothing else."""
        return code in self._later(district) or self.whole(district, {code})

    def _later(self, district: str) -> list[str]:
        """Return the codes that a district alone was given since."""
        found, code = [], district
        while len(self.after.get(code, ())) == 1:
            (later,) = self.after[code]
            if self.before[later] != {code} or later in found or later == district:
                break
            found.append(later)
            code = later
        return found

    def whole(self, code: str, held: set[str], seen: frozenset[str] = frozenset()) -> bool:
        """Whether the codes held make up the whole of a district."""
        if code in held:
            return True
        parts = self.before.get(code, set()) - seen
        return bool(parts) and all(self.whole(p, held, seen | {code}) for p in parts)


def changes_of(readings: Sequence[Reading]) -> Changes:
    """Collect the published changes.

    Examples
    --------
    >>> from layers.source import Reading
    >>> changes_of([]).into(["E06000061"])
    {}
    """
    if not readings:
        return Changes({})
    rows = pd.concat([r.frame for r in readings], ignore_index=True).drop_duplicates(["old", "new"])
    rows = rows.assign(same=fold_name(rows["old_name"]) == fold_name(rows["new_name"]))
    rows["same"] &= rows["old_name"] != ""
    after, moved = {}, set()
    for old, group in rows.groupby("old", sort=True):
        own = group.loc[group["same"], "new"]
        if len(group) > 1 and len(own) == 1:
            moved.add(str(old))
        after[str(old)] = frozenset(own if str(old) in moved else group["new"])
    return Changes(after, frozenset(moved))


@dataclass(frozen=True)
class _Study:
    districts: tuple[str, ...]
    names: Mapping[str, str]  # folded name to code
    changes: Changes

    @cached_property
    def into(self) -> dict[str, str]:
        return self.changes.into(self.districts)

    @cached_property
    def larger(self) -> set[str]:
        """Codes made since of a district of the study and others."""
        later = {c for d in self.districts for c in self.changes.after.get(d, ())}
        return later - set(self.districts) - set(self.into)


def bridged(
    readings: Mapping[str, Sequence[Reading]], districts: Sequence[str]
) -> tuple[dict[str, tuple[Reading, ...]], tuple[str, ...], bool]:
    """Bring files on local authorities to the study's districts.

    Parameters
    ----------
    readings
        By format.
    districts
        Codes of the study's districts.

    Returns
    -------
    tuple
        The readings, rows that cannot be brought set aside by reason; notes; and whether a file of
        changes was needed.
    """
    names = [r.frame.loc[r.frame["level"] == "LAD", ["id", "name"]] for r in readings.get("boundaries", ())]  # fmt: skip
    held = pd.concat(names).drop_duplicates("id") if names else pd.DataFrame(columns=["id", "name"])
    held = held[held["id"].isin(districts)]
    study = _Study(
        tuple(districts),
        dict(zip(fold_name(held["name"].astype("str")), held["id"], strict=True)),
        changes_of(readings.get("code_changes", ())),
    )
    notes: list[str] = []
    made: dict[str, tuple[Reading, ...]] = {}
    for key, group in readings.items():
        made[key] = tuple(_labels(r, study) if key == "lookups" else _areas(r, study, notes) for r in group)  # fmt: skip
    used = any(a is not b for key, group in readings.items() for a, b in zip(group, made[key], strict=True))  # fmt: skip
    return made, tuple(notes), used and bool(study.changes.after)


def _labels(reading: Reading, study: _Study) -> Reading:
    """Give small areas the district that theirs became."""
    frame = reading.frame
    if "lad" not in frame or not frame["lad"].isin(study.into).any():
        return reading
    lad = frame["lad"].map(study.into).fillna(frame["lad"]).astype("str")
    noted = reading.note("codes of local authorities were brought to the study's by the published changes")  # fmt: skip
    return replace(noted, frame=frame.assign(lad=lad))


def _areas(reading: Reading, study: _Study, notes: list[str]) -> Reading:
    """Bring figures of local authorities to the study's districts."""
    frame = reading.frame
    if "area_id" not in frame or reading.source.detail in {"postcode", "oa"}:
        return reading
    codes = frame["area_id"].astype("str")
    authority = codes.str.fullmatch(DISTRICT_CODE).to_numpy(dtype=bool)
    if not authority.any():
        return reading
    reasons = np.full(len(frame), "", dtype=object)
    target = codes.map(study.into)
    if target.notna().any():
        counted = reading.source.format_key in COUNTED
        frame = _brought(frame, target, study, reasons, counted=counted)
    reasons[codes.isin(study.larger).to_numpy(dtype=bool)] = LARGER
    missing = set(study.districts) - set(frame["area_id"])
    if missing:
        _said(reading, frame, authority, missing, study, reasons, notes)
    if frame is reading.frame and not (reasons != "").any():
        return reading
    return apart(replace(reading, frame=frame), reasons)


def _brought(
    frame: pd.DataFrame, target: pd.Series, study: _Study, reasons: Reasons, *, counted: bool
) -> pd.DataFrame:
    """Return rows under the study's codes; fill in why the others are not used."""
    frame, codes = frame.copy(), frame["area_id"].astype("str")
    beside = [name for name in FOLLOWED if name in frame]
    own = codes.isin(study.districts)
    there = set(map(tuple, frame.loc[own, ["area_id", *beside]].to_numpy()))
    rows = frame.loc[target.notna(), beside].assign(target=target.dropna(), code=codes)
    frame["made_of"], frame["basis"] = "", ""
    for key, group in rows.groupby(["target", *beside], sort=True, dropna=False):
        district, held = str(key[0]), set(group["code"])
        at = group.index
        if tuple(key) in there:
            reasons[at] = DOUBLED
        elif len(group) == 1 and study.changes.same(district, code := next(iter(held))):
            frame.loc[at, "area_id"] = district
            frame.loc[at, "made_of"] = f"as published, for the same authority under the code {code}"
            frame.loc[at, "basis"] = NEW_BOUNDS if code in study.changes.moved else ""
        elif not study.changes.whole(district, held):
            reasons[at] = PART
        elif not counted or frame.loc[at, "premises"].isna().any():
            reasons[at] = SHARES
        else:
            _merge(frame, at, district, sorted(held))
            reasons[at[1:]] = "merged: added to the authority that it became"
    return frame


def _merge(frame: pd.DataFrame, at: pd.Index, district: str, codes: Sequence[str]) -> None:
    """Write the sum of several authorities into the row of the first."""
    parts = frame.loc[at]
    premises = parts["premises"].sum()
    exact = True
    for share in [str(name) for name in frame if str(name).endswith("_pct")]:
        count = f"{share.removesuffix('_pct')}_n"
        known = parts[count] if count in frame else pd.Series(np.nan, at)
        exact &= bool(known.notna().all())
        made = known.where(known.notna(), parts[share] * parts["premises"] / 100)
        frame.loc[at[0], share] = 100 * made.sum(min_count=len(at)) / premises
        if count in frame:
            frame.loc[at[0], count] = known.sum(min_count=len(at))
    for name in {"premises", "matched_premises"} & set(frame):
        frame.loc[at[0], name] = parts[name].sum(min_count=len(at))
    how = "published counts" if exact else "counts made from published shares"
    frame.loc[at[0], "area_id"] = district
    frame.loc[at[0], "made_of"] = f"sum of {how} of the {len(at)} authorities that became it: {', '.join(codes)}"  # fmt: skip


def _said(
    reading: Reading, frame: pd.DataFrame, authority: NDArray[np.bool_], missing: set[str],
    study: _Study, reasons: Reasons, notes: list[str],
) -> None:  # fmt: skip
    """Say which districts a file has under a code of another year, or not at all."""
    path = reading.source.path
    named = pd.Series("", frame.index)
    if "area_name" in frame:
        found = fold_name(frame["area_name"].astype("str")).map(study.names)
        named = found.where(found.isin(missing) & authority & (reasons == ""), "").fillna("")
    for district in sorted(set(named) - {""}):
        codes = sorted(set(frame.loc[named == district, "area_id"]))
        notes.append(
            f"{path} has {district} under the code {' and '.join(codes)} of another year: its rows are not "
            f"used; {ADD_CHANGES}"
        )
    reasons[(named != "").to_numpy(dtype=bool)] = RENAMED
    rest = missing - set(named)
    many = frame.loc[authority, "area_id"].nunique() >= COUNTRYWIDE
    if many and rest == set(study.districts):
        reasons[authority & (reasons == "")] = UNKNOWN
    if many and rest:
        told = ", ".join(sorted(rest)[:3]) + (", ..." if len(rest) > 3 else "")
        notes.append(
            f"{path} covers the country and has nothing for {told}: its codes may be those of another "
            f"year; {ADD_CHANGES}"
        )
