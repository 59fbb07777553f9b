"""Supplier quotes turned into stated parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from layers.errors import Fault, StudyError
from layers.ledger import Ledger, apart
from layers.parameters import Parameters, shipped
from layers.source import Reading

__all__ = ["Quotes", "read_quotes", "settle_quotes"]

FORMAT = "supplier_quotes"
CLASSES = ("public", "internal", "commercial")
NO_KEY = "names no parameter, so it states nothing"
IN_ARCHIVE = (
    "quotes are not looked for in archives within archives: put the file itself into the folder"
)
OVERRULED = "study.toml states this parameter itself"


@dataclass(frozen=True)
class Quotes:
    """What quotes state, and what is to be said of those that state nothing.

    Attributes
    ----------
    changes
        As `Parameters.override` takes them, in order of key.
    remarks
        One line for each quote that has run out or states no date of validity.
    """

    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def read_quotes(
    readings: Iterable[Reading], as_of: date, parameters: Parameters | None = None
) -> Quotes:
    """Return what quotes state.

    Several quotes for one parameter give their median, with the lowest and the highest as its
    range. Quotes that have run out, or that name no parameter, state nothing. A stated value is as
    sensitive as the most sensitive quote behind it.

    Parameters
    ----------
    readings
        Of the format `supplier_quotes`; others are passed over.
    as_of
        The study's clock: a quote whose `valid_to` lies before it has run out.
    parameters
        The register whose keys and units quotes must have; the shipped one by default.

    Raises
    ------
    StudyError
        Naming every quote for an unknown parameter, in another unit, or out of bounds.
    """
    register = parameters if parameters is not None else shipped()
    faults: list[Fault] = []
    remarks: list[str] = []
    parts: list[pd.DataFrame] = []
    for reading in sorted(readings, key=lambda r: r.source.path):
        if reading.source.format_key != FORMAT:
            continue
        reasons = _reasons(reading, as_of)
        for row in reading.frame[reading.frame["parameter"] != ""].itertuples():
            faults.extend(_faults(reading.source.path, row, register))
        remarks.extend(_remarks(reading, reasons))
        rows = reading.frame[reasons == ""]
        parts.append(rows.assign(file=reading.source.path, supplier=rows.get("supplier", "")))
    if faults:
        raise StudyError(faults)
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if whole.empty:
        return Quotes({}, tuple(remarks))
    changes = {str(key): _stated(rows) for key, rows in whole.groupby("parameter", sort=True)}
    return Quotes(changes, tuple(remarks))


def settle_quotes(ledger: Ledger, parameters: Parameters, as_of: date) -> None:
    """Say of every quote whether it states a parameter of the register in force.

    Parameters
    ----------
    parameters
        The register in force: a parameter that the study states itself does not name the quote.
    """
    for reading in ledger.of(FORMAT):
        reasons = _reasons(reading, as_of)
        for at, row in enumerate(reading.frame.itertuples()):
            if reasons[at] or row.parameter not in parameters:
                continue
            item = parameters[str(row.parameter)]
            trail = _trail(reading.source.path, row.record)
            if f"{trail}," not in item.why and f"{trail})" not in item.why:
                reasons[at] = OVERRULED if item.basis == "stated" else IN_ARCHIVE
        for remark in _remarks(reading, _reasons(reading, as_of)):
            ledger.note(remark)
        ledger.settle(apart(reading, reasons))


def _reasons(reading: Reading, as_of: date) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Return why each quote states nothing; empty where it states its parameter."""
    frame = reading.frame
    gone = ((frame["valid_to"] != "") & (frame["valid_to"] < as_of.isoformat())).to_numpy(bool)
    reasons = np.full(len(frame), "", dtype=object)
    reasons[gone] = [f"ran out on {day}" for day in frame.loc[gone, "valid_to"]]
    reasons[(frame["parameter"] == "").to_numpy(bool)] = NO_KEY
    return reasons


def _remarks(reading: Reading, reasons: np.ndarray[Any, Any]) -> list[str]:
    """Return lines that name file and row, and neither price nor supplier."""
    told = []
    for at, row in enumerate(reading.frame.itertuples()):
        where = f"quote for {row.parameter} ({_trail(reading.source.path, row.record)})"
        if str(reasons[at]).startswith("ran out"):
            told.append(f"{where} {reasons[at]}: not used; ask for a new one")
        elif not reasons[at] and row.valid_to == "":
            told.append(f"{where} has no date of validity: used; confirm it with the supplier")
    return told


def _trail(path: str, record: object) -> str:
    return f"{path} record {record}"


def _faults(path: str, row: Any, register: Parameters) -> list[Fault]:
    where = f"{path}, record {row.record}"
    if row.parameter not in register:
        mend = "use a key of the register (layers/parameters.toml), or leave the cell empty"
        return [Fault(where, f"there is no parameter '{row.parameter}'", mend, column="parameter")]
    item = register[row.parameter]
    if _fold(row.unit) != _fold(item.unit):
        problem = f"the quote is in '{row.unit}', the parameter {row.parameter} in '{item.unit}'"
        return [Fault(where, problem, f"convert the price to {item.unit}", column="unit")]
    if not item.minimum <= float(row.price_gbp) <= item.maximum:
        problem = f"the price lies outside {item.minimum:g} to {item.maximum:g} {item.unit}"
        mend = f"check the price, and that it is for one {_fold(item.unit)}"
        return [Fault(where, problem, mend, column="price_gbp")]
    return []


def _fold(unit: str) -> str:
    """Reduce a unit to what must agree: `£ per m`, `GBP/m` and `m` are one, as the column is a price."""
    text = "".join(unit.lower().replace("£", "gbp").replace("per ", "/").split())
    return text.removeprefix("gbp").removeprefix("/")


def _stated(rows: pd.DataFrame) -> dict[str, Any]:
    price = rows["price_gbp"].astype(float)
    held = [_trail(f, r) for f, r in zip(rows["file"], rows["record"], strict=True)]
    worst = max(rows["confidentiality"], key=CLASSES.index)
    names = sorted({str(s) for s in rows["supplier"] if s}) if worst == "public" else []
    number = len(rows)
    items = "; ".join(sorted(set(rows["item"].astype(str))))
    return {
        "value": float(price.median()),
        "low": float(price.min()),
        "high": float(price.max()),
        "who": ", ".join(names) or ("a supplier" if number == 1 else f"{number} suppliers' quotes"),
        "when": str(rows["base_date"].max()),
        "why": f"quote for {items} ({', '.join(held)}), prices of {rows['base_date'].min()}",
        "sensitivity": worst,
    }
