"""One declared schema a layer, as `docs/architecture.md` lists them, and their check.

The readers have made every row true before a layer sees it; these schemas hold what the layers make
of the rows: units, ranges, vocabularies, orders and sums between columns, ids that are unique.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.errors import Fault, InputError

__all__ = ["Checked", "LayerError", "check_layers", "declared", "frames_of"]

SHOWN = 3
REPORT = "look at the rows named in their source; if they stand as published, report this as a fault of infra"


class LayerError(InputError):
    """A layer does not hold what its schema promises."""


@dataclass(frozen=True)
class Checked:
    """A layer held against its schema.

    Attributes
    ----------
    rules
        How many rules its schema has.
    faults
        Each rule that some row breaks, with the number of rows and the first of them.
    """

    layer: str
    rows: int
    rules: int
    faults: tuple[Fault, ...]


def _layers(w: Any, pa: Any) -> dict[str, Any]:
    """Return the schemas of the layers with positions or shapes."""
    base = {"src": w.text(form=r"[0-9a-f]{8}(\+[0-9a-f]{8})*"), "record": w.number("", 0)}
    area, drawn = w.shape("area")
    demand = {
        name: column
        for measure in ("without_full_fibre", "without_gigabit", "uplift")
        for name, column in w.ranged(measure, "premises").items()
    }
    states = ("white", "under_review", "grey_black")
    point = {"id": w.name_of("point"), **base, **w.position()}
    building = {
        "id": w.name_of("building"), **base, "name": w.text(),
        "kind": w.words("library", "hospital", "gp", "school", "office", "civic", "other"),
        "register": w.text(filled=True), "owner": w.text(),
        "postcode": w.text(), "uprn": w.number("", 1, 999_999_999_999),
        "status": w.words("open", "closed", "unknown"),
        "location": w.words("exact", "postcode", "area-only"), "note": w.text(),
    }  # fmt: skip

    def schema(columns: dict[str, Any], *checks: Any) -> Any:
        return pa.DataFrameSchema(columns, checks=list(checks))

    spread = (w.at_most("units_low", "units"), w.at_most("units", "units_high"))
    return {
        "districts": schema({"id": w.code(unique=True), **base, "name": w.text(filled=True), "geometry": area}, drawn),
        "areas": schema(
            {
                "id": w.code(unique=True), **base, "name": w.text(), "lad": w.code(), "lad_name": w.text(),
                "geometry": area, "hectares": w.number("ha", 0, filled=True),
            },
            drawn,
        ),
        "constituencies": schema(
            {"id": w.code(unique=True), **base, "src": w.text(), "name": w.text(), "lad": w.code(), "overlap": w.number("share", 0, 1)}
        ),
        "demand": schema(
            {
                **point, **w.place(), "premises": w.number("premises", 0), **demand,
                **{name: w.number("premises", 0) for name in states},
                "grade": w.grade(), "route": w.text(filled=True),
            },
            *w.together(("without_full_fibre", "without_gigabit", "uplift")),
            *(w.at_most(f"{name}_high", "premises") for name in ("without_full_fibre", "without_gigabit", "uplift")),
            pa.Check(
                lambda f: ~(f[list(states)].sum(axis=1, min_count=3) > f["premises"] + w.ROUNDED),
                error="white, under_review and grey_black are together above premises",
            ),
        ),
        "sites": schema({**building, **w.position(), **w.place()}),
        "offices": schema(
            {
                **building, **w.position(filled=False), **w.place(filled=False),
                "floor_area_m2": w.number("m2", 0), "floor_area_basis": w.text(), "energy_band": w.text(form=r"[A-G]\+?"),
                "tenure": w.text(), "tenure_detail": w.text(), "vacancy_confidence": w.number("", 0, 1),
                "vacancy_evidence": w.text(), "office_capable": w.flag(),
            },
        ),
        "stops": schema({**point, "name": w.text(), "stop_type": w.text(filled=True)}),
        "businesses": schema(
            {
                **point, "area": w.code(), "units": w.number("units", 0), "units_low": w.number("units", 0),
                "units_high": w.number("units", 0), "micro_weighted": w.number("units", 0),
                "micro_weighted_low": w.number("units", 0), "micro_weighted_high": w.number("units", 0),
                "jobs": w.number("jobs", 0), "grade": w.grade(), "route": w.text(filled=True),
            },
            *spread,
        ),
        "coworking": schema({**point, "name": w.text(), "kind": w.words("coworking")}),
        "masts": schema({**point, "name": w.text(), "kind": w.text(filled=True), "height_m": w.number("m", 0, 1000, needed=False)}),
        "fibre": schema({**point, "name": w.text(), "kind": w.text(filled=True)}),
        "water": schema({"id": w.name_of("water"), **base, "name": w.text(), "kind": w.words("river", "canal", "water"), "geometry": w.shape("water")[0]}, w.shape("water")[1]),
        "place_names": schema({**point, "name": w.text(filled=True), "kind": w.text(filled=True), "order": w.number("", 1, filled=True, whole=True)}),
        "site_register": schema({"id": w.name_of("circuit"), **base, "uprn": w.number("", 1, 999_999_999_999, filled=True, whole=True)}),
        "street_assets": schema({**point, "kind": w.text(filled=True), "height_m": w.number("m", 0, 200)}),
        "signal_points": schema({**base, **w.position()}),
        "postcodes": schema({**base, **w.position()}),
        "projects": schema({"id": w.name_of("project"), **base}),
        "mobile_checks": schema({"id": w.name_of("address"), **base}),
        "self_employed": schema({**base, **w.position(filled=False)}),
        "jobs": schema({**base, **w.position(filled=False)}),
    }  # fmt: skip


def _tables(w: Any, pa: Any) -> dict[str, Any]:
    """Return the schemas of the tables."""
    share = ("full_fibre", "gigabit")
    gaps = {
        **{f"{name}_pct": w.number("%", 0, 100) for name in share},
        **{f"without_{name}": w.number("premises", 0) for name in share},
        **{f"{name}_grade": w.grade(filled=False) for name in (*share, "premises")},
        "premises": w.number("premises", 0),
    }
    parts = [w.at_most(f"without_{name}", "premises") for name in share]
    orders = w.together(share, "_pct")
    return {
        "coverage": pa.DataFrameSchema(
            {
                "row": w.name_of("share"), "area_id": w.text(filled=True), "measure": w.text(filled=True),
                "release": w.text(form=r"\d{4}(-\d{2}(-\d{2})?)?"), "premises": w.number("premises", 0),
                "count": w.number("premises", 0), "share_pct": w.number("%", 0, 100), "grade": w.grade(),
                "method": w.text(filled=True),
            },
            checks=[w.at_most("count", "premises", 1.0001)],
        ),
        "area_gaps": pa.DataFrameSchema(
            {"id": w.code(unique=True), "lad": w.code(), "hectares": w.number("ha", 0, filled=True), **gaps,
             "deficit_5g_pct": w.number("%", 0, 100), "imd_decile": w.number("decile", 1, 10, whole=True)},
            checks=[*parts, *orders],
        ),
        "district_gaps": pa.DataFrameSchema({"id": w.code(unique=True), **gaps}, checks=parts),
        "ward_gaps": pa.DataFrameSchema(
            {"id": w.code(unique=True), "lad": w.code(), **gaps, "areas": w.number("areas", 1, filled=True, whole=True)},
            checks=[*parts, *orders],
        ),
    }  # fmt: skip


@cache
def declared() -> Mapping[str, Any]:
    """Return every schema, by layer, in order of name."""
    # the validation library takes half a second to import: only who checks pays for it
    import pandera.pandas as pa  # noqa: PLC0415

    from layers import schema_words as w  # noqa: PLC0415

    made = {**_layers(w, pa), **_tables(w, pa)}
    return {name: made[name] for name in sorted(made)}


def check_layers(frames: Mapping[str, pd.DataFrame]) -> tuple[Checked, ...]:
    """Hold layers and tables against their schemas; nothing is raised.

    Parameters
    ----------
    frames
        By the name of the layer or table.
    """
    return tuple(_checked(name, frames[name]) for name in sorted(frames))


def _checked(name: str, frame: pd.DataFrame) -> Checked:
    from pandera.errors import SchemaErrors  # noqa: PLC0415 - see `declared`

    schema = declared()[name]
    columns = schema.columns.values()
    rules = len(schema.checks) + sum(
        1 + len(c.checks) + c.unique + (not c.nullable) for c in columns
    )
    faults: list[Fault] = []
    try:
        # the rules only ask and change nothing, so no copy of a million rows is made for them
        schema.validate(frame, lazy=True, inplace=True)
    except SchemaErrors as error:
        faults = [_fault(name, frame, item) for item in error.schema_errors]
    return Checked(name, len(frame), rules, tuple(dict.fromkeys(faults)))


WORDS = {
    "COLUMN_NOT_IN_DATAFRAME": "the column is not there",
    "SERIES_CONTAINS_NULLS": "has no value",
    "SERIES_CONTAINS_DUPLICATES": "stands more than once",
}


def _fault(name: str, frame: pd.DataFrame, error: Any) -> Fault:
    """Put one broken rule in our own words."""
    reason = error.reason_code.name if error.reason_code is not None else ""
    told = WORDS.get(reason) or getattr(error.check, "name", None) or str(error.check)
    column = getattr(error.schema, "name", None)
    if reason == "COLUMN_NOT_IN_DATAFRAME":
        return Fault(f"layer {name}", told, REPORT, column=str(error.failure_cases))
    rows = _rows(error.failure_cases)
    if not len(rows):
        return Fault(f"layer {name}", f"the whole column or layer {told}", REPORT, column=column)
    ids = frame[frame.columns[0] if "id" not in frame else "id"].to_numpy()
    shown = ", ".join(str(ids[i]) for i in rows[:SHOWN] if i < len(ids))
    many = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
    return Fault(
        f"layer {name}", f"in {many} a value {told} (first: {shown})", REPORT, column=column
    )


def _rows(cases: Any) -> Sequence[int]:
    if not isinstance(cases, pd.DataFrame) or "index" not in cases:
        return ()
    found = cases["index"].dropna().to_numpy()
    return [int(i) for i in np.unique(found)] if len(found) else ()


def frames_of(evidence: Any) -> dict[str, pd.DataFrame | gpd.GeoDataFrame]:
    """Return the layers and tables of an `Evidence` that have a schema, by name."""
    held = {name: getattr(evidence, name, None) for name in declared()}
    return {name: item.frame for name, item in held.items() if item is not None}
