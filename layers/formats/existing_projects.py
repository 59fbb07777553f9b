"""Digital projects that already run or are decided, and who owns them: a list of the officer's own.

Canonical columns: `project owner place district site_id uprn fund status start end` (dates ISO;
`status` `idea planned funded building done stopped`). What a project already covers is not asked for
twice.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._plain import write_titles
from layers.formats._vintage import vintage_in_name
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "STATES", "read", "write"]

STATES = {
    "idea": "idea", "proposed": "idea", "planned": "planned", "approved": "funded",
    "funded": "funded", "building": "building", "in progress": "building", "live": "building",
    "in delivery": "building", "done": "done", "complete": "done", "completed": "done",
    "closed": "done", "stopped": "stopped", "cancelled": "stopped",
}  # fmt: skip
LAYOUT = Layout(
    "existing digital projects",
    (
        Field("project", ("project", "Project", "Project name"), fill_required=True),
        Field("owner", ("owner", "Owner", "Project owner"), fill_required=True),
        Field("status", ("status", "Status"), fill_required=True),
        Field("fund", ("fund", "Fund", "Funding")),
        Field("place", ("place", "Place", "Location"), required=False),
        Field("district", ("district", "District code"), "code", required=False, matches=r"[EWSN]\d{8}"),
        Field("site_id", ("site_id", "Site id"), required=False),
        Field("uprn", ("uprn",), "uprn", required=False),
        Field("start", ("start", "Start"), "date", required=False),
        Field("end", ("end", "End"), "date", required=False),
    ),
    unique=("project", "place", "site_id"),
    detail="projects",
    everyday=True,
)  # fmt: skip

FORMAT = Format(
    key="existing_projects",
    title="existing digital projects",
    dataset=lambda _detail: "existing-projects",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
    mapped=True,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    state = reading.frame["status"].str.lower().str.strip().map(STATES)
    reading = reading.without_bad(state.isna(), "a status that is not known here", "status")
    frame = reading.frame
    named = frame["status"].str.lower().str.strip().map(STATES).astype("str")
    return replace(reading, frame=frame.assign(status=named))


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice list with the canonical names as headers."""
    return write_titles(frame, path, LAYOUT)
