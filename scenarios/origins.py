"""What a scenario says of how its cost lines and its outcomes were made.

They stand row by row in one column, so their lineage goes by row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from layers.lineage import Recipe

__all__ = ["CATCHMENT", "REACHED", "Origins"]

CATCHMENT = ("catchment.street_snap_m", "catchment.detour_ratio")
REACHED = "sum over the points within reach of any chosen site, each once"


@dataclass(frozen=True)
class Origins:
    """How cost lines and outcomes were made, by name; what is not listed rests on all that was measured.

    Attributes
    ----------
    lines
        How the quantity of each cost line of a site was made.
    shared
        The same for the lines of a set of sites that shares work; `lines` where none is listed.
    outcomes
        How each outcome of the summary was made. An objective of a strategy can count these.
    as_measured
        Outcomes that rest on the parameters of a criterion too, and which.
    benefits
        Register keys that value the benefits.
    """

    lines: Mapping[str, Recipe] = field(default_factory=dict)
    shared: Mapping[str, Recipe] | None = None
    outcomes: Mapping[str, Recipe] = field(default_factory=dict)
    as_measured: Mapping[str, str] = field(default_factory=dict)
    benefits: tuple[str, ...] = ()
