"""What every part of a large study needs of the whole: areas, published shares, counts to spread.

It is kept in a folder as Parquet and JSON, and read once by each process that works on parts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.boundaries import Ground
from layers.businesses import NomisCounts
from layers.full_fibre import AreaShare
from layers.row_groups import put_in_place, read_table, write_table

__all__ = ["Shared", "load_shared", "save_shared"]

ABOUT = "shared.json"


@dataclass(frozen=True)
class Shared:
    """What parts share.

    Attributes
    ----------
    ground
        Districts and small areas of the whole study, with the MSOA of each area.
    part
        The part of each small area, in their order.
    full_fibre
        The published share by small area.
    nomis
        Local units by MSOA.
    decile
        Deprivation by small area, in their order; missing where unknown.
    named
        UPRNs that registers name, in order.
    """

    ground: Ground
    part: NDArray[np.int64]
    full_fibre: AreaShare | None
    nomis: NomisCounts | None
    decile: NDArray[np.float64]
    named: NDArray[np.int64]


def save_shared(folder: Path, shared: Shared) -> None:
    """Write it into a folder; `shared.json` is written last."""
    ground = shared.ground
    folder.mkdir(parents=True, exist_ok=True)
    ground.districts.to_parquet(folder / "districts.parquet", index=False)
    ids = ground.areas["id"].to_numpy()
    areas = ground.areas.assign(
        part=shared.part, decile=shared.decile, msoa=ground.area_msoa.reindex(ids).to_numpy()
    )
    areas.to_parquet(folder / "areas.parquet", index=False)
    write_table(folder / "named.parquet", pd.DataFrame({"uprn": shared.named}))
    about: dict[str, Any] = {"share": None, "nomis": None}
    share = shared.full_fibre
    if share is not None:
        write_table(folder / "share.parquet", share.frame.rename_axis("area").reset_index())
        about["share"] = {
            name: getattr(share, name)
            for name in ("measure", "release", "level", "error_points", "src", "note")
        }
    if shared.nomis is not None:
        write_table(folder / "nomis.parquet", shared.nomis.frame.rename_axis("msoa").reset_index())
        about["nomis"] = shared.nomis.src
    with put_in_place(folder / ABOUT) as aside:
        aside.write_text(json.dumps(about), encoding="utf-8")


@lru_cache(maxsize=2)
def load_shared(folder: Path) -> Shared:
    """Read it back, once a process."""
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    areas = gpd.read_parquet(folder / "areas.parquet")
    msoa = pd.Series(areas["msoa"].to_numpy(), index=areas["id"].to_numpy())
    ground = Ground(
        gpd.read_parquet(folder / "districts.parquet"),
        areas.drop(columns=["part", "decile", "msoa"]),
        {},
        {},
        msoa,
    )
    share = about["share"]
    if share is not None:
        share = AreaShare(frame=read_table(folder / "share.parquet").set_index("area"), **share)
    nomis = about["nomis"]
    if nomis is not None:
        nomis = NomisCounts(read_table(folder / "nomis.parquet").set_index("msoa"), nomis)
    return Shared(
        ground,
        areas["part"].to_numpy(np.int64),
        share,
        nomis,
        areas["decile"].to_numpy(np.float64),
        read_table(folder / "named.parquet")["uprn"].to_numpy(np.int64),
    )
