"""BDUK premises in the UK: what each premises has, and whether it may be subsidised.

Canonical columns: `uprn`, `postcode`, `status` (category `white under_review grey_black`),
`current_gigabit`, `future_gigabit`, `in_plan` (in a BDUK contract, voucher project or hub), `lad`.
Two layouts: one file a local authority since January 2025, and the one before it, which has no
separate columns for vouchers and hubs and may lack district codes.

The base is addressed premises, not Ofcom's: totals differ, and are never subtracted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.formats import Format
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import dressed, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import Keep, read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "STATUSES", "read", "write"]

STATUSES = {
    "gigabit white": "white",
    "gigabit under review": "under_review",
    "gigabit grey/black": "grey_black",
}
REFUSED = ("FALSE", "F", "NO", "N", "0")
PUBLISHED = {
    "white": "Gigabit White",
    "under_review": "Gigabit Under Review",
    "grey_black": "Gigabit Grey/Black",
}
PLANS = ("bduk_gis", "bduk_vouchers", "bduk_superfast", "bduk_hubs")
OLD_PLANS = ("contract_name", "supplier", "gis_final_coverage_date")
HEADER = (
    "uprn", "struprn", "bduk_recognised_premises", "country", "postcode", "lot_id", "lot_name",
    "subsidy_control_status", "current_gigabit", "future_gigabit",
    "local_authority_district_ons_code", "local_authority_district_ons", "region_ons_code",
    "region_ons", "bduk_gis", "bduk_gis_contract_scope", "bduk_gis_final_coverage_date",
    "bduk_gis_contract_name", "bduk_gis_supplier", "bduk_vouchers", "bduk_vouchers_contract_name",
    "bduk_vouchers_supplier", "bduk_superfast", "bduk_superfast_contract_name",
    "bduk_superfast_supplier", "bduk_hubs", "bduk_hubs_contract_name", "bduk_hubs_supplier",
)  # fmt: skip


def _unsaid(columns: Mapping[str, Any]) -> list[tuple[NDArray[np.bool_], str, str]]:
    """Find the premises that BDUK recognises and says no status of."""
    unsaid = np.asarray(columns["status"].isna())
    if "recognised" in columns:
        unsaid &= ~np.asarray(columns["recognised"].isin(REFUSED))
    return [(unsaid, "unknown subsidy control status", "status")] if unsaid.any() else []


COMMON = (
    Field("uprn", ("uprn",), "uprn", fill_required=True),
    Field("postcode", ("postcode",), "postcode"),
    Field("status", ("subsidy_control_status",), "choice", choices=STATUSES),
    Field("current_gigabit", ("current_gigabit",), "flag", fill_required=True),
    Field("future_gigabit", ("future_gigabit",), "flag", fill_required=True),
    Field("recognised", ("bduk_recognised_premises",), "code", required=False, repeats=True),
)
LAYOUTS = (
    Layout(
        "BDUK premises (from 2025)",
        (
            *COMMON,
            Field(
                "lad",
                ("local_authority_district_ons_code",),
                "code",
                matches=r"[EWSN]\d{8}",
                repeats=True,
            ),
            *(Field(name, (name,), "flag") for name in PLANS),
        ),
        unique=("uprn",),
        detail="2025",
        long=True,
        check=_unsaid,
    ),
    Layout(
        "BDUK premises (before 2025)",
        (
            *COMMON,
            Field(
                "lad",
                ("local_authority_district_ons_code", "local_authority_district_code"),
                "code",
                required=False,
                matches=r"[EWSN]\d{8}",
                repeats=True,
            ),
            Field("contract_name", ("contract_name",), required=False),
            Field("supplier", ("supplier",)),
            Field("gis_final_coverage_date", ("gis_final_coverage_date",), required=False),
        ),
        unique=("uprn",),
        detail="2024",
        long=True,
        check=_unsaid,
    ),
)

FORMAT = Format(
    key="bduk_premises",
    title="BDUK premises in the UK",
    dataset=lambda _detail: "bduk-premises",
    layouts=LAYOUTS,
    vintage=vintage_in_name,
    stage=1,
    keep=lambda scope, _source, frame: scope.premises(frame),
)


def read(look: Peek, source: SourceFile, layout: Layout, keep: Keep | None = None) -> Reading:
    """Read one file; see the module for the canonical columns."""
    return finish(read_layout(look, source, layout, keep), layout)


def finish(reading: Reading, layout: Layout) -> Reading:
    """Bring the rows of a file, or of a piece of one, into their canonical columns."""
    frame = reading.frame
    if "recognised" in frame:
        refused = frame["recognised"].isin(REFUSED)
        reading = reading.without(refused, "not recognised by BDUK as premises")
        frame = reading.frame
    if layout.detail == "2025":
        planned = np.logical_or.reduce([frame[name].to_numpy(dtype=bool) for name in PLANS])
    else:
        marks = [name for name in OLD_PLANS if name in frame]
        planned = (frame[marks] != "").any(axis=1).to_numpy(dtype=bool)
        reading = reading.note("vouchers and hubs are not told apart in this older layout")
    out = pd.DataFrame(
        {
            "src": frame["src"],
            "record": frame["record"],
            "uprn": frame["uprn"].to_numpy(dtype="int64"),
            "postcode": frame["postcode"],
            "status": frame["status"],
            "current_gigabit": frame["current_gigabit"].astype(bool),
            "future_gigabit": frame["future_gigabit"].astype(bool),
            "in_plan": planned,
        },
        copy=False,
    )
    if "lad" in frame:
        out["lad"] = frame["lad"]
    return replace(reading, frame=out)


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice file in the layout from 2025; UPRNs lose their leading zeros, as published.

    Parameters
    ----------
    frame
        Canonical columns; premises `in_plan` are written as under a gigabit contract (`bduk_gis`).
        Optional `lad_name` fills its column.
    path
        Target.
    """
    lower = {True: "true", False: "false"}
    work = frame.assign(
        struprn="str" + frame["uprn"].astype("str"),
        recognised="true",
        country="England",
        status=frame["status"].map(PUBLISHED),
        current_gigabit=frame["current_gigabit"].map(lower),
        future_gigabit=frame["future_gigabit"].map(lower),
        gis=frame["in_plan"].map(lower),
        no="false",
    )
    columns = {
        "uprn": "uprn", "struprn": "struprn", "bduk_recognised_premises": "recognised",
        "country": "country", "postcode": "postcode", "subsidy_control_status": "status",
        "current_gigabit": "current_gigabit", "future_gigabit": "future_gigabit",
        "local_authority_district_ons_code": "lad", "local_authority_district_ons": "lad_name",
        "bduk_gis": "gis", "bduk_vouchers": "no", "bduk_superfast": "no", "bduk_hubs": "no",
    }  # fmt: skip
    return write_table(dressed(work, HEADER, columns), path)
