"""`infra compare`: what changed between two sets of outputs: coverage, ranks, money and sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from infra.checks import load_manifest
from infra.compare_settings import changed_settings, changed_sources
from infra.report import Answer
from infra.study import STUDY_FILE, load_study
from infra.write import records
from layers.errors import Fault, StudyError
from layers.number_text import format_number

__all__ = ["compare", "out_of", "with_baseline"]

SHOWN = 8
COVERAGE = {
    "full_fibre_pct": "full fibre",
    "gigabit_pct": "gigabit",
    "without_full_fibre": "premises without full fibre",
    "without_gigabit": "premises without gigabit",
    "area_5g_any_pct": "area with 5G of any operator",
}
MONEY = ("ask_gbp", "npsv_gbp", "bcr", "unquoted_pct")
PLACES = {"bcr": 2}


def out_of(folder: Path) -> Path:
    """Return the outputs of a study folder, or the folder itself where it is an `out/`."""
    return (
        folder / "out" if (folder / STUDY_FILE).is_file() or (folder / "out").is_dir() else folder
    )


def _table(out: Path, name: str, key: str) -> pd.DataFrame | None:
    path = out / name
    if not path.is_file():
        return None
    frame = pd.read_csv(path, dtype={key: "str"}, encoding="utf-8")
    return frame.set_index(key) if key in frame else None


def _moved(a: pd.DataFrame, b: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the cells that differ: `id name what before after change`; missing stays missing."""
    parts = []
    ids = a.index.union(b.index)
    names = (
        b["name"].reindex(ids).fillna(a["name"].reindex(ids))
        if "name" in b and "name" in a
        else pd.Series("", ids)
    )
    for column in columns:
        if column not in a or column not in b:
            continue
        before = pd.to_numeric(a[column].reindex(ids), errors="coerce")
        after = pd.to_numeric(b[column].reindex(ids), errors="coerce")
        differs = ((before != after) & ~(before.isna() & after.isna())).to_numpy(dtype=bool)
        parts.append(
            pd.DataFrame(
                {
                    "id": ids[differs], "name": names.to_numpy()[differs], "what": column,
                    "before": before.to_numpy()[differs], "after": after.to_numpy()[differs],
                    "change": (after - before).to_numpy()[differs],
                }
            )
        )  # fmt: skip
    empty = pd.DataFrame(columns=["id", "name", "what", "before", "after", "change"])
    return pd.concat(parts, ignore_index=True) if parts else empty


def _coverage(a: Path, b: Path) -> tuple[list[str], dict[str, Any]]:
    lines, data = ["Coverage"], {}
    for name, words in (("district_gaps", "districts"), ("area_gaps", "small areas")):
        first, second = (_table(out, f"coverage/{name}.csv", "id") for out in (a, b))
        if first is None or second is None:
            lines.append(f"  {words}: not in both, so nothing to compare")
            continue
        moved = _moved(first, second, list(COVERAGE))
        data[name] = records(moved)
        gone, come = first.index.difference(second.index), second.index.difference(first.index)
        if len(gone) or len(come):
            lines.append(
                f"  {words}: {len(come)} only in the second, {len(gone)} only in the first"
            )
        for what, said in COVERAGE.items():
            part = moved[moved["what"] == what]
            if len(part) and name == "area_gaps":
                lines.append(f"  {said}: {len(part)} {words} differ")
            for row in records(part.head(SHOWN)) if name == "district_gaps" else []:
                unit = "%" if what.endswith("_pct") else ""
                before, after = (
                    format_number(row[k], unit, 1 if unit else 0) for k in ("before", "after")
                )
                lines.append(f"  {row['name']}, {said}: {before} -> {after}")
    if len(lines) == 1:
        lines.append("  no difference")
    return lines, data


def _cases(a: Path, b: Path) -> list[str]:
    return sorted({p.parent.name for out in (a, b) for p in out.glob("*/ranking.csv")})


def _ranks(a: Path, b: Path, case: str) -> tuple[list[str], dict[str, Any]]:
    first, second = (_table(out, f"{case}/ranking.csv", "site_id") for out in (a, b))
    if first is None or second is None:
        where = "first" if second is None else "second"
        return [f"  only in the {where}"], {"only_in": where}
    moved = _moved(first, second, ["rank", "score", "cost_gbp"])
    chosen = {
        side: set(frame.index[frame["chosen"].astype(str).str.lower() == "true"])
        for side, frame in (("first", first), ("second", second))
    }
    name = second["name"].combine_first(first["name"])
    data = {
        "moved": records(moved),
        "only_first": sorted(first.index.difference(second.index)),
        "only_second": sorted(second.index.difference(first.index)),
        "newly_chosen": sorted(chosen["second"] - chosen["first"]),
        "no_longer_chosen": sorted(chosen["first"] - chosen["second"]),
    }
    ranks = moved[moved["what"] == "rank"].dropna(subset=["before", "after"])
    ranks = ranks.sort_values(["after", "id"], kind="stable")
    lines = [f"  {len(ranks)} of {len(second)} sites changed rank"]
    lines += [
        f"    {int(r['before'])} -> {int(r['after'])}  {r['name']}"
        for r in records(ranks.head(SHOWN))
    ]
    for key, words in (
        ("newly_chosen", "newly chosen"), ("no_longer_chosen", "no longer chosen"),
        ("only_second", "new candidates"), ("only_first", "no longer candidates"),
    ):  # fmt: skip
        if data[key]:
            told = ", ".join(str(name.get(site, site)) for site in data[key][:SHOWN])
            more = f" and {len(data[key]) - SHOWN} more" if len(data[key]) > SHOWN else ""
            lines.append(f"  {words}: {told}{more}")
    return lines, data


def _money(a: Path, b: Path, case: str) -> tuple[list[str], list[dict[str, Any]]]:
    first, second = (_table(out, f"{case}/summary.csv", "item") for out in (a, b))
    if first is None or second is None:
        return [], []
    moved = _moved(first, second, ["value"]).assign(what="")
    lines = []
    for row in records(moved):
        item = row["id"]
        held = second if item in second.index else first
        row["name"] = str(held.loc[item, "label"])
        if item in MONEY or not str(item).endswith("_if_verified"):
            unit = held.loc[item, "unit"]
            unit = "" if pd.isna(unit) else str(unit)
            places = int(held.loc[item, "decimals"])
            before, after = (format_number(row[k], unit, places) for k in ("before", "after"))
            lines.append(f"  {row['name']}: {before} -> {after}")
    named = second["label"].combine_first(first["label"])
    return lines, records(moved.assign(name=named.reindex(moved["id"]).to_numpy()))


def compare(first: Path, second: Path) -> Answer:
    """Say what changed between two studies, or two `out/` folders.

    Parameters
    ----------
    first, second
        Before and after.

    Raises
    ------
    StudyError
        When either has no outputs.
    """
    a, b = out_of(first), out_of(second)
    if a.resolve() == b.resolve():
        raise StudyError(
            Fault(str(second), "both are the same outputs", "name two different studies")
        )
    before, after = load_manifest(a), load_manifest(b)
    lines = [f"Before: {before['title']} ({first}), as of {before['infra']['as_of']}",
             f"After:  {after['title']} ({second}), as of {after['infra']['as_of']}"]  # fmt: skip
    data: dict[str, Any] = {"ok": True, "before": str(first), "after": str(second)}
    said, rows = changed_sources(before, after)
    data["sources"] = {"changed": rows}
    lines += ["", "Sources", *said]
    said, data["settings"] = changed_settings(before, after)
    lines += ["", "Parameters and settings", *said]
    said, data["coverage"] = _coverage(a, b)
    lines += ["", *said]
    data["cases"] = {}
    for case in _cases(a, b):
        ranks, moved = _ranks(a, b, case)
        money, summary = _money(a, b, case)
        data["cases"][case] = {**moved, "summary": summary}
        still = [] if "only_in" in moved else ["  no sum or count in the summary changed"]
        lines += ["", case, *ranks, *(money or still)]
    hashes = [{r["path"]: r["hash"] for r in m["resources"]} for m in (before, after)]
    differ = sorted(
        p for p in set(hashes[0]) | set(hashes[1]) if hashes[0].get(p) != hashes[1].get(p)
    )
    data["files_that_differ"] = differ
    lines += ["", f"{len(differ)} of {len(set(hashes[0]) | set(hashes[1]))} output files differ."]
    return Answer(lines, data)


def with_baseline(folder: Path) -> Answer:
    """Compare a study with the earlier outputs that its `study.toml` names.

    Raises
    ------
    StudyError
        When it names none, or either has no outputs.
    """
    study = load_study(folder)
    named = study.model.baseline
    if not named:
        raise StudyError(
            Fault(
                STUDY_FILE,
                "the study names no baseline",
                "name a second study, or set baseline to an earlier out/ folder",
                column="baseline",
            )
        )
    return compare(study.root / named, study.root)
