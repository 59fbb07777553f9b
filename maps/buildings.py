"""The layer of candidate buildings as a table that documents may quote."""

from __future__ import annotations

import pandas as pd

from layers.lineage import Column, Table

__all__ = ["building_table"]

COLUMNS = {
    "id": Column("site id"),
    "src": Column("source file of the first record"),
    "record": Column("record in that file"),
    "uprn": Column("unique property reference number"),
    "tenure": Column("tenure, as the register says"),
    "tenure_detail": Column("tenure in the register's own words", disclosure="vacancy"),
    "note": Column("remarks of the register"),
    "floor_area_m2": Column("floor area", "m2", 1, "measured"),
    "floor_area_basis": Column("what the floor area measures, and who says so"),
    "energy_band": Column("band of the newest certificate, or of the register"),
    "vacancy_confidence": Column(
        "how sure the evidence makes us that the building is unused, 0 to 1",
        decimals=2,
        grade="estimated",
        formula="min(cap, 1 - prod(1 - c)), halved with age",
        disclosure="vacancy",
    ),
    "vacancy_evidence": Column("what says so, and how old it is", disclosure="vacancy"),
}


def building_table(offices: pd.DataFrame) -> Table:
    """Return the layer `offices` as the table `buildings`, keyed by site id.

    Parameters
    ----------
    offices
        The layer's frame; geometry and columns that no document prints are left out.
    """
    held = [name for name in COLUMNS if name in offices]
    frame = pd.DataFrame(offices[held])
    return Table(
        "buildings", "id", frame, {name: COLUMNS[name] for name in held},
        description="Candidate buildings with tenure, floor area, energy band and vacancy evidence",
    )  # fmt: skip
