"""The layers of one part of a large study, and the points of it that sites of other parts can reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from layers.businesses import spread_nomis
from layers.gaps import AreaSums, area_sums
from layers.parts import reached, squares
from layers.premises import (
    DEMAND_COLUMNS,
    Counted,
    bduk_demand,
    in_order_of_text,
    uprn_ids,
)
from layers.row_groups import Groups, read_groups, read_table, write_groups, write_table
from layers.shared import Shared

__all__ = ["PartFiles", "make_part", "near_points", "sums_of"]

POINTS = [name for name in DEMAND_COLUMNS if name not in {"src", "record"}]
UNITS = ("units", "units_low", "units_high", "grade", "route")


@dataclass(frozen=True)
class PartFiles:
    """Where the files of a part are: its layers (a file a district), what is near sites, its sums."""

    demand: Path
    businesses: Path
    near: Path
    areas: Path
    districts: Path

    @classmethod
    def of(cls, folder: Path, part: int) -> PartFiles:
        """Return the files of a part below a folder."""
        name = f"part-{part:04d}.parquet"
        near, areas, districts = (folder / kind / name for kind in ("near", "areas", "districts"))
        return cls(folder / "demand", folder / "businesses", near, areas, districts)


def make_part(
    part: int, found: Counted | None, shared: Shared, wanted: pd.DataFrame, files: PartFiles
) -> tuple[int, Groups]:
    """Make and write the layers of one part.

    Parameters
    ----------
    part
        Its number.
    found
        Its premises, in the order of their UPRN as text.
    shared
        Of the whole study.
    wanted
        `square part`: the squares that sites of each part can reach.
    files
        Where to.

    Returns
    -------
    tuple
        How many demand points it has, and the row groups of `files.near` by part.
    """
    areas = shared.ground.areas
    own = areas.loc[shared.part == part, ["id", "lad"]]
    if found is None:
        sums = area_sums(None, None, own)
        _write_sums(sums, files)
        return 0, []
    demand = bduk_demand(found, shared.ground, shared.full_fibre).frame
    firms = None
    if shared.nomis is not None:
        firms, _ = spread_nomis(shared.nomis, shared.ground, demand, None)
        _write_by_district(files.businesses, firms, demand["lad"])
    _write_sums(area_sums(demand, firms, own), files)
    _write_by_district(files.demand, demand, demand["lad"])
    return len(demand), write_groups(files.near, _near(demand, firms, wanted))


def _write_by_district(folder: Path, frame: pd.DataFrame, lad: pd.Series) -> None:
    """Write a file a district, so that the files are the same however districts are shared out."""
    code, names = pd.factorize(lad)
    for number, name in enumerate(names):
        rows = frame.loc[code == number].reset_index(drop=True)
        write_table(folder / f"{name}.parquet", rows)


def _write_sums(sums: AreaSums, files: PartFiles) -> None:
    write_table(files.areas, sums.areas.reset_index())
    write_table(files.districts, sums.districts.reset_index())


def _near(
    demand: pd.DataFrame, firms: pd.DataFrame | None, wanted: pd.DataFrame
) -> Iterator[tuple[int, pa.Table]]:
    """Return the points in squares that sites of each part can reach, part by part.

    Every part also gets one point of each grade and route: a catchment without points is known as
    weakly as the layer as a whole, and a part must see the whole layer's.
    """
    number = demand["id"].str.removeprefix("uprn:").astype("int64")
    frame = demand[POINTS[1:]].assign(number=number)
    if firms is not None:
        frame = frame.assign(**{f"business_{name}": firms[name] for name in UNITS})
    told = [name for name in map(str, frame) if name.endswith(("grade", "route"))]
    speaks = ~frame.duplicated(told).to_numpy()
    here = squares(demand["easting"].to_numpy(float), demand["northing"].to_numpy(float))
    named, square = np.unique(here, return_inverse=True)
    for part in sorted(set(wanted["part"].tolist())):
        asked = wanted.loc[wanted["part"] == part, "square"]
        keep: NDArray[np.bool_] = np.isin(named, asked)[square] | speaks
        yield part, pa.Table.from_pandas(frame.loc[keep], preserve_index=False)


def near_points(
    held: Sequence[tuple[Path, Sequence[int]]],
    around: tuple[NDArray[np.float64], float] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return demand and business points from the parts, each once, in the order of the demand's ids.

    Parameters
    ----------
    held
        Row groups of the parts' points.
    around
        Only points within a distance of some positions, easting and northing; all where not given.

    Returns
    -------
    tuple
        Demand points, and business points at the same places (`None` where there are none).
    """
    tables = (read_groups([(path, [group])]) for path, groups in held for group in groups)
    parts = [_inside(table, around) for table in tables if table is not None]
    if not parts:
        return pd.DataFrame(columns=POINTS), None
    table = pa.concat_tables(parts, promote_options="permissive").combine_chunks()
    number = table.column("number").to_numpy()
    # a point near the sites of two parts stands in the row groups of both
    _, first = np.unique(number, return_index=True)
    first = first[in_order_of_text(number[first])]
    frame = table.take(pa.array(first)).to_pandas()
    frame = frame.assign(id=uprn_ids(frame["number"].to_numpy(np.int64)))
    if "business_units" not in frame:
        return frame[POINTS], None
    firms = frame[["id", "easting", "northing", "area"]].assign(
        **{name: frame[f"business_{name}"] for name in UNITS}
    )
    return frame[POINTS], firms


def _inside(table: pa.Table, around: tuple[NDArray[np.float64], float] | None) -> pa.Table:
    if around is None:
        return table
    xy, reach = around
    x, y = (table.column(name).to_numpy() for name in ("easting", "northing"))
    near = np.flatnonzero(np.isin(squares(x, y), reached(xy[:, 0], xy[:, 1], reach)))
    tree = cKDTree(xy[np.isfinite(xy).all(axis=1)])
    limit = np.nextafter(reach, np.inf)  # the bound of a search is left out of it
    found, _ = tree.query(np.column_stack([x[near], y[near]]), distance_upper_bound=limit)
    return table.take(pa.array(near[np.isfinite(found)]))


def sums_of(files: Sequence[PartFiles], src: frozenset[str]) -> AreaSums:
    """Return the sums of the whole study from those of its parts."""
    areas, districts = (
        pd.concat([read_table(getattr(f, name)) for f in files]).set_index("id").sort_index()
        for name in ("areas", "districts")
    )
    return AreaSums(areas, districts, src)
