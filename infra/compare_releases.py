"""`infra compare STUDY --from A --to B`: how coverage moved between two releases of one study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from infra.checks import load_manifest
from infra.report import Answer
from infra.write import records
from layers.errors import Fault, StudyError
from layers.number_text import format_number
from layers.series import MENDED, NAME

__all__ = ["compare_releases"]

SHOWN_LEVELS = ("study", "CAUTH", "LAD")
TEXT = (
    "row",
    "area_id",
    "area_name",
    "level",
    "measure",
    "release",
    "break",
    "break_reason",
    "before",
    "src",
)


def _series(out: Path) -> pd.DataFrame:
    path = out / "coverage" / f"{NAME}.csv"
    if not path.is_file():
        problem = "there is no table of coverage over time"
        raise StudyError(Fault(str(path), problem, f"run 'infra coverage {out.parent}' first"))
    kinds = dict.fromkeys(TEXT, "str")
    return pd.read_csv(path, dtype=kinds, keep_default_na=False, na_values={"share_pct": [""], "change_points": [""]}, encoding="utf-8")  # fmt: skip


def _pairs(frame: pd.DataFrame, first: str, second: str) -> list[dict[str, Any]]:
    """Return each line with a value at both releases: values, change, and the breaks between them."""
    rows = []
    for (area, level, measure), line in frame.groupby(["area_id", "level", "measure"], sort=True):
        if not {first, second} <= set(line["release"]):
            continue
        between = line[(line["release"] > first) & (line["release"] <= second)]
        broken = between[(between["break"] != "") & (between["break"] != MENDED)]
        noted = between[between["break"] != ""]
        # the key repeats no release within a line, so each is one row
        before, after = (records(line[line["release"] == r])[0] for r in (first, second))
        change = float(after["share_pct"]) - float(before["share_pct"])
        rows.append(
            {
                "area_id": area, "area_name": after["area_name"], "level": level, "measure": measure,
                "before": float(before["share_pct"]), "after": float(after["share_pct"]),
                "change": None if len(broken) else round(change, 2), "comparable": not len(broken),
                "breaks": [f"{r['release']}: {r['break_reason']}" for r in records(noted)],
                "files": [str(before["src"]), str(after["src"])],
            }
        )  # fmt: skip
    return rows


def _releases(frame: pd.DataFrame, first: str, second: str) -> tuple[str, str]:
    known = sorted(set(frame["release"]))
    missing = [r for r in (first, second) if r not in known]
    if missing:
        problem = f"no coverage of {' or '.join(missing)} in the study"
        raise StudyError(
            Fault("--from, --to", problem, f"use two of {', '.join(known) or 'no release'}")
        )
    if first == second:
        raise StudyError(Fault("--from, --to", "both are the same release", "name two"))
    return min(first, second), max(first, second)


def compare_releases(out: Path, first: str, second: str) -> Answer:
    """Say how coverage moved between two releases, and where like does not follow like.

    Parameters
    ----------
    out
        The study's outputs.
    first, second
        Releases as `YYYY-MM`.

    Raises
    ------
    StudyError
        When the study has no coverage of one of them.
    """
    manifest = load_manifest(out)
    frame = _series(out)
    first, second = _releases(frame, first, second)
    rows = _pairs(frame, first, second)
    named = {str(s["hash"]).removeprefix("sha256:")[:8]: s for s in manifest["sources"]}
    lines = [f"Coverage of {manifest['title']}, {first} -> {second}"]
    for measure in dict.fromkeys(r["measure"] for r in rows):
        shown = [r for r in rows if r["measure"] == measure and r["level"] in SHOWN_LEVELS]
        others = sum(r["measure"] == measure for r in rows) - len(shown)
        lines += ["", str(measure)]
        lines += [_line(r) for r in sorted(shown, key=lambda r: SHOWN_LEVELS.index(r["level"]))]
        lines += [f"  and {others} constituencies and countries, in --json"] if others else []
        notes = dict.fromkeys(b for r in rows if r["measure"] == measure for b in r["breaks"])
        lines += [f"  break    {note}" for note in notes]
    if not rows:
        lines.append("  no area has a value of the same measure in both")
    files = sorted({f for r in rows for f in r["files"]})
    told = [named[f] for f in files if f in named]
    lines += [
        "",
        "Sources",
        *(f"  {s['title']}, describes {s['vintage']}: {s['path']}" for s in told),
    ]
    lines += [
        "",
        "Ranks and money rest on the newest releases: compare two studies, or a frozen one, for those.",
    ]
    data = {"ok": True, "before": first, "after": second, "coverage": rows, "sources": told}
    return Answer(lines, data)


def _line(row: dict[str, Any]) -> str:
    before, after = (format_number(row[k], "%", 1) for k in ("before", "after"))
    moved = (
        "not comparable"
        if row["change"] is None
        else f"{round(row['change'], 1) + 0.0:+.1f} points"
    )
    return f"  {row['area_name']}: {before} -> {after}, {moved}"
