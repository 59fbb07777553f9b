"""What a run did, for people and for machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maps.view import StudyView
    from scenarios.engine import CaseResult

__all__ = ["Answer", "Report", "describe"]

SHOWN = 10


@dataclass
class Report:
    """What a run did, for print."""

    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    results: dict[str, CaseResult] = field(default_factory=dict)
    plan: tuple[str, ...] = ()
    study: StudyView | None = None


@dataclass(frozen=True)
class Answer:
    """Lines for a person, data for a machine."""

    lines: list[str]
    data: dict[str, Any]
    refused: bool = False


def _ranking_lines(result: CaseResult) -> list[str]:
    from infra.write import records  # noqa: PLC0415 - libraries that an unchanged study does without
    from layers.number_text import format_number  # noqa: PLC0415

    frame = result.ranking.frame
    shown = frame[frame["status"].isin(["ranked", "to verify"])].head(SHOWN)
    lines = [f"{result.case.title}: {len(frame)} candidate sites"]
    for row in records(shown):
        cost = format_number(row["cost_gbp"], "GBP", 0)
        mark = "chosen" if row["chosen"] else row["status"]
        best, worst = int(row["rank_best"]), int(row["rank_worst"])
        rank = int(row["rank"])
        place = f"{rank}" if best == worst else f"{rank} ({best} to {worst})"
        lines.append(
            f"  {place:>12}  {row['score']:.3f}  {cost:>12}  {mark:<10}  {row['name']}, {row['lad_name']}"
        )
    if not len(shown):
        lines.append("  no site can be ranked; ranking.csv says why for each")
    return lines


def describe(root: Path, report: Report, case: str | None) -> Answer:
    """Say what was made, kept and removed, and where to look.

    Parameters
    ----------
    root
        The study's folder.
    report
        What the run did.
    case
        The one case that was asked for, or None.
    """
    out = root / "out"
    lines: list[str] = []
    if case is not None and case in report.results:
        lines += _ranking_lines(report.results[case])
    lines += report.plan
    if report.made:
        lines.append(f"Made: {', '.join(report.made)}.")
    if report.kept:
        lines.append(f"Unchanged: {', '.join(report.kept)}.")
    if report.removed:
        lines.append(
            f"Removed, because it no longer matched: {', '.join(report.removed)}. Run 'infra run {root}' to make it again."
        )
    lines += [f"{remark}." for remark in report.remarks]
    if "board" in [*report.made, *report.kept] and case is None:
        lines.append(f"Open {out / 'index.html'}")
    elif case is not None:
        lines.append(f"See {out / case}")
    data = {
        "ok": True, "out": str(out), "made": report.made, "unchanged": report.kept,
        "removed": report.removed, "remarks": report.remarks,
        "rankings": _rankings(report) if case else {},
    }  # fmt: skip
    return Answer(lines, data)


def _rankings(report: Report) -> dict[str, list[dict[str, Any]]]:
    from infra.write import records  # noqa: PLC0415

    return {key: records(result.ranking.frame) for key, result in report.results.items()}
