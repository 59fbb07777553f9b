"""`infra compare`: what changed between two sets of outputs: coverage, ranks, money and sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from infra.checks import load_manifest
from infra.report import Answer
from infra.study import STUDY_FILE, load_study
from infra.write import records
from layers.errors import Fault, StudyError
from layers.lineage import format_number

__all__ = ["compare", "out_of", "with_baseline"]

SHOWN = 8
COVERAGE = (
    "full_fibre_pct",
    "gigabit_pct",
    "without_full_fibre",
    "without_gigabit",
    "area_5g_any_pct",
)
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
        for what in COVERAGE:
            part = moved[moved["what"] == what]
            if len(part) and name == "area_gaps":
                lines.append(f"  {what}: {len(part)} {words} differ")
            for row in records(part.head(SHOWN)) if name == "district_gaps" else []:
                unit = "%" if what.endswith("_pct") else ""
                before, after = (
                    format_number(row[k], unit, 1 if unit else 0) for k in ("before", "after")
                )
                lines.append(f"  {row['name']}, {what}: {before} -> {after}")
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


def _sources(a: dict[str, Any], b: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    def kinds(manifest: dict[str, Any]) -> dict[tuple[str, str], dict[str, dict[str, Any]]]:
        found: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        for item in manifest["sources"]:
            found.setdefault((item["publisher"], item["title"]), {})[item["hash"]] = item
        return found

    first, second = kinds(a), kinds(b)
    lines = ["Sources"]
    rows: list[dict[str, Any]] = []
    for kind in sorted(set(first) | set(second)):
        before, after = first.get(kind, {}), second.get(kind, {})
        if set(before) == set(after):
            continue
        told = [
            sorted({str(i["vintage"] or "not stated") for i in held.values()})
            for held in (before, after)
        ]
        gone = [before[h] for h in before if h not in after]
        come = [after[h] for h in after if h not in before]
        what = "added" if not before else "removed" if not after else "changed"
        lines.append(
            f"  {what}: {kind[1]} ({kind[0]}): {len(gone)} files out, {len(come)} in"
            f"; describes {', '.join(told[0]) or 'nothing'} -> {', '.join(told[1]) or 'nothing'}"
        )
        rows.append(
            {
                "publisher": kind[0], "title": kind[1], "what": what, "before": told[0], "after": told[1],
                "out": [{"path": i["path"], "hash": i["hash"]} for i in gone],
                "in": [{"path": i["path"], "hash": i["hash"]} for i in come],
            }
        )  # fmt: skip
    if len(lines) == 1:
        lines.append("  the same files, by checksum")
    return lines, {"changed": rows}


def _settings(a: dict[str, Any], b: dict[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    first, second = a["infra"], b["infra"]
    for key in sorted(set(first["parameters"]) | set(second["parameters"])):
        before, after = first["parameters"].get(key), second["parameters"].get(key)
        if before != after:
            ends = [held[1] if held else "none" for held in (before, after)]
            rows.append({"what": key, "before": ends[0], "after": ends[1]})
    rows += [
        {"what": name, "before": first[name], "after": second[name]}
        for name in ("as_of", "seed")
        if first[name] != second[name]
    ]
    rows += [
        {"what": f"profile of {case}", "before": "one", "after": "another"}
        for case in sorted(set(first["profiles"]) & set(second["profiles"]))
        if first["profiles"][case] != second["profiles"][case]
    ]
    if a["version"] != b["version"]:
        rows.append({"what": "infra", "before": a["version"], "after": b["version"]})
    lines = ["Parameters and settings"]
    lines += [f"  {r['what']}: {r['before']} -> {r['after']}" for r in rows] or ["  no difference"]
    return lines, rows


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
    said, data["sources"] = _sources(before, after)
    lines += ["", *said]
    said, data["settings"] = _settings(before, after)
    lines += ["", *said]
    said, data["coverage"] = _coverage(a, b)
    lines += ["", *said]
    data["cases"] = {}
    for case in _cases(a, b):
        ranks, moved = _ranks(a, b, case)
        money, summary = _money(a, b, case)
        data["cases"][case] = {**moved, "summary": summary}
        lines += ["", case, *ranks, *(money or ["  no sum or count in the summary changed"])]
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
