"""What a run did, for people and for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.run import Report
from infra.session import Session
from infra.write import records
from layers.lineage import format_number
from scenarios.engine import CaseResult

__all__ = ["Answer", "describe"]

SHOWN = 10


@dataclass(frozen=True)
class Answer:
    """Lines for a person, data for a machine."""

    lines: list[str]
    data: dict[str, Any]
    refused: bool = False


def _ranking_lines(result: CaseResult) -> list[str]:
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


def describe(session: Session, report: Report, case: str | None) -> Answer:
    """Say what was made, kept and removed, and where to look.

    Parameters
    ----------
    session
        The study.
    report
        What the run did.
    case
        The one case that was asked for, or None.
    """
    out = session.study.out
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
            f"Removed, because it no longer matched: {', '.join(report.removed)}. Run 'infra run {session.study.root}' to make it again."
        )
    lines += [f"{remark}." for remark in report.remarks]
    if "board" in [*report.made, *report.kept] and case is None:
        lines.append(f"Open {out / 'index.html'}")
    elif case is not None:
        lines.append(f"See {out / case}")
    data = {
        "ok": True, "out": str(out), "made": report.made, "unchanged": report.kept,
        "removed": report.removed, "remarks": report.remarks,
        "rankings": {key: records(result.ranking.frame) for key, result in report.results.items()} if case else {},
    }  # fmt: skip
    return Answer(lines, data)
