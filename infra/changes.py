"""What differs between these outputs and the earlier ones that the study names as its baseline.

The board page prints it. Both sides are read as written: the tables of this run, and the CSV files
of the earlier `out/`. A value that only one side has is no change, and is not listed as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from infra.checks import load_manifest
from infra.manifest import MANIFEST
from layers.checksum import sha256_of
from layers.lineage import Column, Figures, Table
from maps.measures import month
from maps.view import CaseView, ChangesView, StudyView

__all__ = ["NAME", "baseline_key", "changes_view"]

NAME = "changes"
SHARES = ("full_fibre_pct", "gigabit_pct", "area_5g_any_pct", "all_operators_5g_pct")
MONEY = ("ask_gbp", "sites_chosen", "sites_to_verify", "npsv_gbp", "bcr", "unquoted_pct")
NAMED = 5
COLUMNS = {
    "row": Column("place or case, and what of it"),
    "part": Column("`coverage`, `case` or `sites`"),
    "about": Column("the district or the case"),
    "what": Column("what is compared"),
    "unit": Column("unit of the values"),
    "decimals": Column("digits after the point"),
    "before": Column(
        "in the earlier outputs", unit_of="unit", decimals_of="decimals", formula="as the earlier outputs hold it"
    ),
    "after": Column(
        "in these outputs", unit_of="unit", decimals_of="decimals", formula="as these outputs hold it"
    ),
    "change": Column(
        "the difference", unit_of="unit", decimals_of="decimals", formula="after less before"
    ),
    "note": Column("which sites"),
}  # fmt: skip


def baseline_key(folder: Path) -> str:
    """Return what stands for the earlier outputs: the checksum of their manifest.

    Raises
    ------
    StudyError
        When there are none.
    """
    out = _outputs(folder)
    load_manifest(out)
    return sha256_of(out / MANIFEST)


def changes_view(folder: Path, study: StudyView, cases: Sequence[CaseView]) -> ChangesView:
    """Return what changed in coverage by district, in each case's money, and in its chosen sites.

    Parameters
    ----------
    folder
        The earlier `out/`, or the study folder that holds it.

    Raises
    ------
    StudyError
        When there are no outputs in it.
    """
    out = _outputs(folder)
    manifest = load_manifest(out)
    rows = list(_coverage(out, study))
    for view in cases:
        rows += _money(out, view)
        rows += _sites(out, view)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in ("before", "after", "change", "decimals"):
        frame[name] = frame[name].astype("float64")
    when = str(manifest["infra"]["as_of"])
    day = f"{int(when[8:10])} {month(when)}"
    told = f"Against the earlier outputs of {manifest['title']}, as of {day}"
    table = Table(NAME, "row", frame, COLUMNS, description=told)
    return ChangesView(table, Figures([table], NAME))


def _outputs(folder: Path) -> Path:
    return folder / "out" if (folder / "out").is_dir() else folder


def _before(path: Path, key: str) -> pd.DataFrame | None:
    if not path.is_file():
        return None
    frame = pd.read_csv(path, dtype={key: "str"}, encoding="utf-8")
    return frame.set_index(key) if key in frame else None


def _row(
    part: str, key: str, about: str, what: str, unit: str, decimals: int, ends: tuple[Any, Any],
    note: str = "",
) -> list[dict[str, Any]]:  # fmt: skip
    """Return one row, or none where a side has no value or both are the same when read."""
    before, after = (pd.to_numeric(end, errors="coerce") for end in ends)
    if pd.isna(before) or pd.isna(after):
        return []
    before, after = round(float(before), decimals), round(float(after), decimals)
    if before == after:
        return []
    return [
        {
            "row": key, "part": part, "about": about, "what": what, "unit": unit,
            "decimals": decimals, "before": before, "after": after,
            "change": round(after - before, decimals), "note": note,
        }
    ]  # fmt: skip


def _coverage(out: Path, study: StudyView) -> Iterable[dict[str, Any]]:
    held = _before(out / "coverage" / "district_gaps.csv", study.district_gaps.key)
    table = study.district_gaps
    if held is None:
        return
    for key in (str(k) for k in table.frame[table.key] if str(k) in held.index):
        for column in (c for c in SHARES if c in table.columns and c in held):
            ends = (held.at[key, column], table.cell(key, column))  # noqa: PD008 - one cell
            what = table.columns[column].description
            yield from _row(
                "coverage", f"{key}|{column}", str(table.cell(key, "name")), what, "%", 1, ends
            )


def _money(out: Path, view: CaseView) -> list[dict[str, Any]]:
    held, table = _before(out / view.key / "summary.csv", "item"), view.summary
    if held is None:
        return []
    rows = []
    for item in (i for i in MONEY if i in table and i in held.index):
        ends = (held.at[item, "value"], table.cell(item, "value"))  # noqa: PD008 - one cell
        unit, decimals = str(table.cell(item, "unit") or ""), int(table.cell(item, "decimals"))
        label = str(table.cell(item, "label"))
        rows += _row("case", f"{view.key}|{item}", view.title, label, unit, decimals, ends)
    return rows


def _chosen(frame: pd.DataFrame) -> pd.Series:
    return frame["chosen"].astype(str).str.lower() == "true"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return "; ".join(names[:NAMED]) + more


def _sites(out: Path, view: CaseView) -> list[dict[str, Any]]:
    held = _before(out / view.key / "ranking.csv", "site_id")
    if held is None:
        return []
    now = view.ranking.frame.assign(_id=view.ranking.frame["site_id"].astype(str)).set_index("_id")
    then, chosen = set(held.index[_chosen(held)]), set(now.index[_chosen(now)])
    both = held.index.intersection(now.index)
    ranks = [pd.to_numeric(f.loc[both, "rank"], errors="coerce") for f in (held, now)]
    moved = int(((ranks[0] != ranks[1]) & ranks[0].notna() & ranks[1].notna()).sum())
    named = now["name"].astype(str).combine_first(held["name"].astype(str))
    rows = []
    for key, what, sites in (
        ("entered", "sites newly chosen", chosen - then),
        ("left", "sites no longer chosen", then - chosen),
    ):
        note = _listed(sorted(str(named.get(site, site)) for site in sites))
        ends = (0, len(sites))
        rows += _row("sites", f"{view.key}|{key}", view.title, what, "sites", 0, ends, note)
    ends = (0, moved)
    return rows + _row(
        "sites", f"{view.key}|moved", view.title, "sites that changed rank", "sites", 0, ends
    )
