"""Evidence of vacancy from other sources than the asset register, by place, each piece with its trail.

Independent pieces combine by `1 - prod(1 - c)`, each halved by its own age, up to a cap (domain
brief D4). A missing occupier is never evidence.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from layers.ledger import Ledger, apart, newest_first, stack
from layers.parameters import Parameters
from layers.rating_list import RatingList, same_address
from layers.sites import Places

__all__ = ["EVIDENCE_COLUMNS", "MONTH_DAYS", "combined", "evidence_of_vacancy", "trail"]

EVIDENCE_COLUMNS = ("id", "source", "confidence", "months", "text")
MONTH_DAYS = 365.25 / 12
SPACE = "offices.confidence_vacant_space"
RATES_EMPTY = "offices.confidence_rates_empty"
RATES_RELIEF = "offices.confidence_rates_relief"


def evidence_of_vacancy(
    ledger: Ledger, places: Places, rating: RatingList, parameters: Parameters, as_of: date
) -> pd.DataFrame:
    """Return what central government's list and business rates say of public places.

    Returns
    -------
    DataFrame
        `EVIDENCE_COLUMNS`, one row a piece: place, kind of source, confidence before age, age in
        months (missing where unknown) and what it says, with file and record.
    """
    parts = [
        _vacant_space(places, parameters, as_of),
        _rates(ledger, places, rating, parameters, as_of),
    ]
    made = stack(parts, EVIDENCE_COLUMNS)
    return made.sort_values(["id", "source", "text"], kind="stable", ignore_index=True)


def trail(rows: pd.DataFrame) -> pd.Series[str]:
    """Return where each row stands: `(1a2b3c4d record 5)`."""
    return "(" + rows["src"].astype("str") + " record " + rows["record"].astype("str") + ")"


def _age(dated: pd.Series, as_of: date) -> pd.Series[float]:
    days = (pd.Timestamp(as_of) - pd.to_datetime(dated, errors="coerce")).dt.days
    return (days / MONTH_DAYS).astype(float)


def _vacant_space(places: Places, parameters: Parameters, as_of: date) -> pd.DataFrame:
    rows = places.rows
    area = pd.to_numeric(rows["vacant_area_m2"], errors="coerce")
    rows = rows[(area > 0).to_numpy(dtype=bool)]
    if rows.empty:
        return pd.DataFrame(columns=list(EVIDENCE_COLUMNS))
    square = rows["vacant_area_m2"].map("{:,.0f} m2 vacant".format)
    whole = (
        rows["floor_area_m2"].map(" of {:,.0f} m2".format).where(rows["floor_area_m2"].notna(), "")
    )
    return pd.DataFrame(
        {
            "id": rows["id"],
            "source": "vacant space",
            "confidence": parameters.value(SPACE),
            "months": _age(rows["dated"], as_of),
            "text": "central government estate: " + square + whole + " " + trail(rows),
        }
    )


def _rates(
    ledger: Ledger, places: Places, rating: RatingList, parameters: Parameters, as_of: date
) -> pd.DataFrame:
    references = rating.references()
    parts: list[pd.DataFrame] = []
    seen: set[str] = set()
    for reading in newest_first(ledger.of("rates_empties")):
        frame = reading.frame
        uprn = pd.to_numeric(frame["uprn"], errors="coerce").fillna(0).astype("int64") if "uprn" in frame else pd.Series(0, index=frame.index)  # fmt: skip
        by_uprn = (
            places.rows[places.rows["uprn"] > 0].drop_duplicates("uprn").set_index("uprn")["id"]
        )
        place = uprn.map(by_uprn)
        found = same_address(frame["postcode"], frame["address"], places).drop_duplicates("at")
        place = place.where(place.notna(), frame.index.to_series().map(found.set_index("at")["id"]))
        again = frame["ba_reference"].isin(seen)
        seen |= set(frame["ba_reference"])
        reasons = np.where(place.isna(), "no public-sector place is at its address", "").astype(
            object
        )
        reasons[again.to_numpy(dtype=bool)] = "same reference in a newer list"
        keep = reasons == ""
        if keep.any():
            ledger.settle(apart(reading, reasons))
        else:
            ledger.leave(reading, "none of its properties is a public-sector place of the study")
        rows = frame[keep]
        matched = rows["ba_reference"].str.strip().isin(references)
        empty = rows["kind"] == "empty"
        strong = matched & empty
        dated = rows["empty_from"].where(rows["empty_from"] != "", reading.source.vintage)
        since = (", empty since " + rows["empty_from"]).where(rows["empty_from"] != "", "")
        said = np.where(empty, "stated empty", "an empty-property relief only")
        how = np.where(strong, "", np.where(matched, "", ", reference not found in a rating list"))
        parts.append(
            pd.DataFrame(
                {
                    "id": place[keep],
                    "source": "business rates",
                    "confidence": np.where(
                        strong, parameters.value(RATES_EMPTY), parameters.value(RATES_RELIEF)
                    ),
                    "months": _age(dated, as_of),
                    "text": "business rates: "
                    + pd.Series(said, index=rows.index, dtype="str")
                    + since
                    + pd.Series(how, index=rows.index, dtype="str")
                    + " "
                    + trail(rows),
                }
            )
        )
    return stack(parts, EVIDENCE_COLUMNS)


def combined(evidence: pd.DataFrame, halving_months: float) -> pd.DataFrame:
    """Combine the pieces of each place: the best of each source, aged, as independent.

    Two records of one source repeat each other and are not independent.

    Returns
    -------
    DataFrame
        Indexed by place: `missed` (the product of `1 - c`, 1 where nothing is said) and `text`.
    """
    age = evidence["months"].astype(float).fillna(0.0).clip(lower=0)
    aged = evidence["confidence"].astype(float) * 0.5 ** (age / halving_months)
    frame = evidence.assign(aged=aged)
    best = frame.groupby(["id", "source"])["aged"].max().reset_index()
    missed = (1 - best["aged"]).groupby(best["id"]).prod()
    whole: Any = frame["months"].astype(float).round().astype("Int64").astype("str")
    told: Any = (" " + whole + " months old").where(frame["months"].notna(), " age unknown")
    text = (frame["text"] + told).groupby(frame["id"]).agg("; ".join)
    return pd.DataFrame({"missed": missed, "text": text})
