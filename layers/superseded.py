"""Files that are read and not used: another replaces them, or they are known to be wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from layers.known_faults import known_fault
from layers.listing import FileFate
from layers.peeking import Peek
from layers.source import Reading

__all__ = ["REVISION", "Read", "known_to_be_wrong", "superseded"]

REVISION = re.compile(r"_r0*(?P<revision>\d+)(?:_(?P<area>[a-z]{1,2}))?(?:_[a-z]+)?\.csv$")
REVISED = ("ofcom_fixed", "ofcom_mobile")
RESIDENTIAL = "residential"
POSTCODE_AREA = r"^([A-Z]{1,2})\d"


@dataclass(frozen=True)
class Read:
    """One file that a reader understood."""

    fate: FileFate
    reading: Reading
    look: Peek
    headerless: bool


def superseded(read: Sequence[Read]) -> dict[str, str]:
    """Return the files that are not used, with the reason: residential variants, old revisions."""
    why: dict[str, str] = {}
    groups: dict[tuple[str, str, str, str], list[tuple[int, str]]] = {}
    for item in read:
        source, name = item.reading.source, item.fate.name
        if source.format_key not in REVISED:
            continue
        if RESIDENTIAL in source.detail:
            why[name] = "residential premises only; never mixed with all premises"
            continue
        match = REVISION.search(item.look.stem)
        revision = int(match["revision"]) if match else 0
        part = (match["area"] or "") if match else ""
        key = (source.format_key, source.detail, source.vintage, part)
        groups.setdefault(key, []).append((revision, name))
    for versions in groups.values():
        best, best_name = max(versions)
        for revision, name in versions:
            if revision < best:
                why[name] = f"superseded by r{best:02d} ({best_name})"
    return why


def known_to_be_wrong(read: Sequence[Read]) -> dict[str, str]:
    """Return the files that hold another area's rows, as a known fault of their package says."""
    why: dict[str, str] = {}
    for item in read:
        source = item.reading.source
        fault = known_fault(source.dataset, item.look.stem)
        if fault is None or "area_id" not in item.reading.frame:
            continue
        held = item.reading.frame["area_id"]
        # a file of an area far from the study is held without rows: its first row speaks for it
        cells = held if len(held) else pd.Series(item.look.first, dtype="str")
        area = cells.str.extract(POSTCODE_AREA, expand=False).dropna()
        if len(area) and (area == fault.copy_of).mean() > 0.5:
            why[item.fate.name] = fault.reason
    return why
