"""Results of cases and the joined-up plan to and from a folder: Parquet and JSON, nothing pickled."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq

from layers.lineage import Column, Table
from layers.parameters import Parameters
from layers.source import SourceFile
from scenarios.case import Case
from scenarios.engine import CaseResult
from scenarios.plan_tables import JoinedUpTables
from scenarios.profile import Profile

__all__ = ["cells_of", "load_plan", "load_result", "plan_basis", "save_plan", "save_result"]

ABOUT = "about.json"
MAIN = ("ranking", "gates", "costs", "criteria", "summary", "weight_tests")
DRAWN = ("sites", "routes")


def save_result(folder: Path, result: CaseResult) -> None:
    """Write a case's result into an empty folder."""
    tables = [getattr(result, name) for name in MAIN]
    about = {"tables": _save_tables(folder, [*tables, *result.more.values()])}
    for name in DRAWN:
        getattr(result, name).to_parquet(folder / f"{name}.parquet", index=False)
    _write(folder, {**about, "notes": list(result.notes)})


def load_result(
    folder: Path, case: Case, profile: Profile, parameters: Parameters | None
) -> CaseResult:
    """Read back what `save_result` wrote; the case, its profile and the register are the study's."""
    about = _read(folder)
    tables = _load_tables(folder, about["tables"])
    main = dict(zip(MAIN, tables, strict=False))
    drawn = {name: gpd.read_parquet(folder / f"{name}.parquet") for name in DRAWN}
    return CaseResult(
        case=case,
        profile=profile,
        **main,
        **drawn,
        notes=tuple(about["notes"]),
        more={table.name: table for table in tables[len(MAIN) :]},
        parameters=parameters,
    )


def cells_of(folder: Path) -> int:
    """Return how many cells the tables hold that `save_result` wrote, without reading them."""
    held = (pq.read_metadata(path) for path in folder.glob("[0-9]*.parquet"))
    return sum(about.num_rows * about.num_columns for about in held)


def save_plan(folder: Path, made: JoinedUpTables, basis: str) -> None:
    """Write the joined-up plan's tables and sentences into an empty folder.

    `basis` stands for everything it was made from but the weights.
    """
    about = {"basis": basis, "tables": _save_tables(folder, made.tables)}
    _write(folder, {**about, "lines": list(made.lines), "notes": list(made.notes)})


def load_plan(folder: Path) -> JoinedUpTables:
    """Read back what `save_plan` wrote: tables and sentences, without the plans themselves."""
    about = _read(folder)
    tables = _load_tables(folder, about["tables"])
    return JoinedUpTables(tuple(tables), tuple(about["lines"]), tuple(about["notes"]), {})


def plan_basis(folder: Path) -> str:
    """Return what stands for all that a kept plan was made from but the weights; empty where none is kept."""
    try:
        return str(_read(folder)["basis"])
    except (OSError, ValueError, KeyError):
        return ""


def _save_tables(folder: Path, tables: Iterable[Table]) -> list[dict[str, Any]]:
    told = []
    for number, table in enumerate(tables):
        if table.withheld:
            raise AssertionError(f"table {table.name}: an edition's table is never kept")
        table.frame.to_parquet(folder / f"{number:02d}.parquet", index=False)
        told.append(
            {
                "name": table.name,
                "key": table.key,
                "description": table.description,
                "columns": {name: asdict(column) for name, column in table.columns.items()},
                "sources": [asdict(source) for source in table.sources],
            }
        )
    return told


def _load_tables(folder: Path, told: Iterable[Mapping[str, Any]]) -> list[Table]:
    return [
        Table(
            item["name"],
            item["key"],
            _frame(folder / f"{number:02d}.parquet"),
            {name: Column(**column) for name, column in item["columns"].items()},
            tuple(SourceFile(**source) for source in item["sources"]),
            item["description"],
        )
        for number, item in enumerate(told)
    ]


def _frame(path: Path) -> pd.DataFrame:
    """Read a frame without looking for further files of a data set: there are dozens, and none is large."""
    frame: pd.DataFrame = pq.ParquetFile(path).read().to_pandas()
    return frame


def _write(folder: Path, about: Mapping[str, Any]) -> None:
    text = json.dumps(about, ensure_ascii=False)
    (folder / ABOUT).write_text(text, encoding="utf-8", newline="\n")


def _read(folder: Path) -> dict[str, Any]:
    held: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    return held
