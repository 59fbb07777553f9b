"""What is already under way, place by place, so that nothing is asked for twice."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from maps.blocks import Cell, Grid
from maps.board_html import grid
from maps.board_sites import followed
from maps.measures import month
from maps.passages import clean
from maps.view import CaseView, StudyView

__all__ = ["projects_block"]

MOST = 60
STATES = {
    "idea": "idea",
    "planned": "planned",
    "funded": "funded",
    "building": "being built",
    "done": "done",
    "stopped": "stopped",
}
LIVE = ("idea", "planned", "funded", "building")
NO_LIST = (
    "The study holds no list of existing projects and working groups, so this page cannot show what "
    "would be done twice. docs/data/own-lists.md says how to give one."
)


def _chosen(cases: Sequence[CaseView]) -> pd.DataFrame:
    """Return the sites each case follows: `site_id name lad title`."""
    parts = []
    for view in cases:
        column, _ = followed(view)
        frame = view.ranking.frame
        inside = frame[column].fillna(value=False).astype(bool)
        held = frame.loc[inside, ["site_id", "name", "lad"]].astype(str)
        parts.append(held.assign(title=clean(view.title)))
    columns = ["site_id", "name", "lad", "title"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _meets(project: dict[Hashable, Any], chosen: pd.DataFrame) -> str:
    """Return which chosen sites a project touches: the same building first, else the district."""
    if project["status"] not in LIVE:
        return ""
    same = chosen[chosen["site_id"] == str(project["site_id"])]
    if len(same):
        return "; ".join(
            f"the same building: {clean(row['name'])} ({row['title']})"
            for row in same.to_dict("records")
        )
    here = chosen[chosen["lad"] == str(project["lad"])] if project["lad"] else chosen[:0]
    titles = list(dict.fromkeys(here["title"]))
    return f"same district: {'; '.join(titles)}" if titles else ""


def _span(project: dict[Hashable, Any]) -> str:
    ends = [month(str(project[name])) if project[name] else "" for name in ("start", "end")]
    return f"{ends[0] or 'not stated'} to {ends[1] or 'not stated'}" if any(ends) else "not stated"


def projects_block(study: StudyView, cases: Sequence[CaseView]) -> dict[str, Any]:
    """Return the projects by place, and whether a bid would do the same again."""
    frame = study.projects
    if frame is None:
        return {"told": NO_LIST, "table": None, "more": 0}
    chosen = _chosen(cases)
    ordered = frame.assign(
        _live=~frame["status"].isin(LIVE), _place=frame["lad_name"].fillna("").astype(str)
    ).sort_values(["_place", "_live", "project", "id"], kind="stable")
    rows: list[tuple[Cell, ...]] = []
    meets = 0
    for project in ordered.to_dict("records"):
        touched = _meets(project, chosen)
        meets += touched.startswith("the same building")
        where = [clean(project[name]) for name in ("lad_name", "place") if project[name]]
        rows.append(
            (
                ", ".join(dict.fromkeys(where)) or "place not stated",
                clean(project["project"]),
                clean(project["owner"]),
                STATES.get(project["status"], clean(project["status"])),
                clean(project["fund"]),
                _span(project),
                touched or "no chosen site",
            )
        )
    told = (
        "A bid asks for work at a building where a project already is: see the last column."
        if meets
        else "No bid asks for work at a building where one of these projects is."
    )
    header = ("Place", "Project", "Owner or group", "Status", "Fund", "Runs", "Meets")
    content = Grid(header, tuple(rows[:MOST]), (1.6, 2.4, 1.6, 1, 1.4, 1.4, 2.4))
    return {"told": told, "table": grid(content), "more": max(0, len(rows) - MOST)}
