"""What sites cover, point by point, as a part that can be kept."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from scenarios.coverage_points import PointCoverage
from scenarios.keeping import Part

__all__ = ["coverage_of", "part_of"]


def part_of(found: PointCoverage) -> Part:
    """Return a coverage as a part."""
    return {each.name: np.asarray(getattr(found, each.name)) for each in fields(found)}


def coverage_of(part: Part) -> PointCoverage:
    """Return what `part_of` was given."""
    return PointCoverage(
        chain=str(part["chain"]),
        method=str(part["method"]),
        site=part["site"],
        point=part["point"],
        probability=part["probability"],
        unknown=part["unknown"],
        sites_unknown=part["sites_unknown"],
        covered_at=float(part["covered_at"]),
        notes=tuple(str(note) for note in part["notes"]),
        label=str(part["label"]),
    )
