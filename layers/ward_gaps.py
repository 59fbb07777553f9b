"""Coverage gaps by ward: small areas added up, because no release gives wards.

A ward is said to hold the small areas that the newest lookup gives it (a best fit: boundaries of
wards and small areas do not quite agree).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from layers.lineage import Column, Table

__all__ = ["WARD_COLUMNS", "ward_gaps"]

NAME = "ward_gaps"
MOST_DEPRIVED_DECILE = 3
SUMS = ("without_full_fibre", "without_gigabit")
ADDED = "sum over the small areas of the ward; missing where one of them has no value"
SHARE = "100 x (1 - premises without it / premises)"


def _measure(stem: str, words: str) -> dict[str, Column]:
    columns = {}
    for end, more in (("", ""), ("_low", ", low"), ("_high", ", high")):
        ends: Any = (
            {} if end else {"low_of": f"without_{stem}_low", "high_of": f"without_{stem}_high"}
        )
        name = f"without_{stem}{end}"
        columns[name] = Column(
            f"premises without {words}{more}", "premises", 0, grade_of=f"{stem}_grade",
            formula=ADDED, inputs=(f"area_gaps.{name}",), **ends,
        )  # fmt: skip
    for end, other in (("", ""), ("_low", "_high"), ("_high", "_low")):
        ends = {} if end else {"low_of": f"{stem}_low_pct", "high_of": f"{stem}_high_pct"}
        columns[f"{stem}{end}_pct"] = Column(
            f"share of premises with {words}{(', ' + end[1:]) if end else ''}", "%", 1,
            grade_of=f"{stem}_grade", formula=SHARE,
            inputs=("ward_gaps.premises", f"ward_gaps.without_{stem}{other}"), **ends,
        )  # fmt: skip
    columns[f"{stem}_grade"] = Column("estimated; empty where there is no value")
    return columns


WARD_COLUMNS: dict[str, Column] = {
    "id": Column("code of the ward"),
    "name": Column("name of the ward"),
    "lad": Column("code of its district"),
    "lad_name": Column("name of its district"),
    "areas": Column("small areas of the ward", "areas", 0, formula="counted, by the newest lookup", inputs=("area_gaps.hectares",)),
    "area_ids": Column("codes of those areas, with spaces between"),
    "premises": Column(
        "premises", "premises", 0, grade_of="premises_grade", formula=ADDED, inputs=("area_gaps.premises",)
    ),
    "premises_grade": Column("grade of the areas' premises; empty where there is no value"),
    **_measure("full_fibre", "full fibre"),
    "full_fibre_release": Column("release that the share is estimated from"),
    **_measure("gigabit", "gigabit, any technology"),
    "most_deprived_areas": Column(
        "areas among the three most deprived tenths of England", "areas", 0, formula="counted",
        inputs=("area_gaps.imd_decile",),
    ),
}  # fmt: skip


def ward_gaps(areas: Table, wards: pd.DataFrame | None) -> Table | None:
    """Make the `ward_gaps` table: one row a ward, `None` where no lookup gives wards.

    Parameters
    ----------
    areas
        The `area_gaps` table.
    wards
        `ward`, `ward_name` by area id; empty text where the lookup has none.
    """
    if wards is None or not (wards["ward"] != "").any():
        return None
    frame = areas.frame.join(wards, on="id")
    frame = frame[frame["ward"].fillna("") != ""]
    groups = frame.groupby("ward", sort=True)
    made = groups.agg(
        name=("ward_name", "first"), lad=("lad", "first"), lad_name=("lad_name", "first"),
        areas=("id", "size"), area_ids=("id", lambda ids: " ".join(sorted(ids))),
        premises_grade=("premises_grade", "first"), full_fibre_release=("full_fibre_release", "first"),
    )  # fmt: skip
    counted = ["premises", *(f"{name}{end}" for name in SUMS for end in ("", "_low", "_high"))]
    for name in counted:
        whole = frame[name].notna().groupby(frame["ward"]).all()
        made[name] = groups[name].sum().where(whole)
    base = made["premises"].where(made["premises"] > 0)
    for stem in ("full_fibre", "gigabit"):
        for end, other in (("", ""), ("_low", "_high"), ("_high", "_low")):
            made[f"{stem}{end}_pct"] = (100 * (1 - made[f"without_{stem}{other}"] / base)).clip(
                0, 100
            )
        made[f"{stem}_grade"] = np.where(made[f"{stem}_pct"].notna(), "estimated", "")
    made["premises_grade"] = made["premises_grade"].where(made["premises"].notna(), "")
    decile = frame["imd_decile"].astype(float)
    poorest = (decile <= MOST_DEPRIVED_DECILE).where(decile.notna()).astype(float)
    made["most_deprived_areas"] = poorest.groupby(frame["ward"]).sum(min_count=1)
    made = made.reset_index(names="id").sort_values(["lad_name", "name", "id"], ignore_index=True)
    return Table(
        NAME, "id", made[list(WARD_COLUMNS)], WARD_COLUMNS, areas.sources,
        "Coverage gaps by ward, estimated from small areas",
    )  # fmt: skip
