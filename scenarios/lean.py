"""What rankings and plans leave unread of the layers that have a row for each premises.

Where a row comes from is asked of one site or one figure, by those who read whole layers. Left out here, two
rankings fit beside each other into the memory of a small machine.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layers.evidence import Evidence

__all__ = ["UNREAD", "lean"]

# layer: its columns that no scenario looks at
UNREAD = {
    "demand": ("src", "record", "lad", "grey_black"),
    "businesses": ("id", "src", "record", "area"),
}


def lean(evidence: Evidence) -> Evidence:
    """Return the evidence without what no ranking and no plan looks at.

    Parameters
    ----------
    evidence
        All layers; those that are read when they are first looked at stay unread.

    Returns
    -------
    Evidence
        The same but for the columns of `UNREAD`.
    """
    held = {name: getattr(evidence, name) for name in UNREAD}
    fewer = {name: layer.without(UNREAD[name]) for name, layer in held.items() if layer is not None}
    return replace(evidence, **fewer)
