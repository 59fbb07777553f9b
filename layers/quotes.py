"""Supplier quotes turned into stated parameters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd

from layers.errors import Fault, StudyError
from layers.parameters import Parameters, shipped
from layers.source import Reading

__all__ = ["stated_from_quotes"]


def stated_from_quotes(
    readings: Iterable[Reading],
    as_of: date | None = None,
    parameters: Parameters | None = None,
) -> dict[str, dict[str, Any]]:
    """Return what quotes state, as `Parameters.override` takes it.

    Several quotes for one parameter give their median, with the lowest and the highest as its
    range. Quotes that have run out, or that name no parameter, state nothing.

    Parameters
    ----------
    readings
        Of the format `supplier_quotes`; others are passed over.
    as_of
        The study's clock; without it, no quote has run out.
    parameters
        The register whose keys and units quotes must have; the shipped one by default.

    Returns
    -------
    dict
        Parameter key to `value low high who when why`, in order of key.

    Raises
    ------
    StudyError
        Naming every quote for an unknown parameter, or in another unit.
    """
    register = parameters if parameters is not None else shipped()
    faults: list[Fault] = []
    parts: list[pd.DataFrame] = []
    for reading in sorted(readings, key=lambda r: r.source.path):
        if reading.source.format_key != "supplier_quotes":
            continue
        rows = reading.frame[reading.frame["parameter"] != ""]
        if as_of is not None:
            rows = rows[(rows["valid_to"] == "") | (rows["valid_to"] >= as_of.isoformat())]
        for row in rows.itertuples():
            faults.extend(_faults(reading.source.path, row, register))
        supplier = rows.get("supplier", "")
        parts.append(rows.assign(file=reading.source.path, supplier=supplier))
    if faults:
        raise StudyError(faults)
    if not parts:
        return {}
    whole = pd.concat(parts, ignore_index=True)
    return {str(key): _stated(rows) for key, rows in whole.groupby("parameter", sort=True)}


def _faults(path: str, row: Any, register: Parameters) -> list[Fault]:
    where = f"{path}, record {row.record}"
    if row.parameter not in register:
        mend = "use a key of the register, or leave the cell empty"
        return [Fault(where, f"there is no parameter '{row.parameter}'", mend, column="parameter")]
    unit = register[row.parameter].unit
    if _fold(row.unit) != _fold(unit):
        problem = f"the quote is in '{row.unit}', the parameter {row.parameter} in '{unit}'"
        return [Fault(where, problem, f"convert the price to {unit}", column="unit")]
    return []


def _fold(unit: str) -> str:
    """Reduce a unit to what must agree: `£ per m`, `GBP/m` and `gbp / M` are one."""
    text = unit.lower().replace("£", "gbp").replace(" per ", "/")
    return "".join(text.split())


def _stated(rows: pd.DataFrame) -> dict[str, Any]:
    price = rows["price_gbp"].astype(float)
    held = [f"{f} record {r}" for f, r in zip(rows["file"], rows["record"], strict=True)]
    public = (rows["confidentiality"] == "public").all()
    names = sorted({str(s) for s in rows["supplier"] if s}) if public else []
    number = len(rows)
    items = "; ".join(sorted(set(rows["item"].astype(str))))
    return {
        "value": float(price.median()),
        "low": float(price.min()),
        "high": float(price.max()),
        "who": ", ".join(names) or ("a supplier" if number == 1 else f"{number} suppliers' quotes"),
        "when": str(rows["base_date"].max()),
        "why": f"quote for {items} ({', '.join(held)}), prices of {rows['base_date'].min()}",
    }
