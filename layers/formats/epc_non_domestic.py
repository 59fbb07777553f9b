"""Non-domestic energy performance certificates (England and Wales).

Canonical columns: `certificate`, `uprn` (missing where not matched), `postcode`, `property_type`,
`rating_band` (`A+` to `G`; empty where unusable), `floor_area_m2`, `lodged` (ISO date). Older
certificates of the same UPRN are set aside. Addresses carry conditions and are not read.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import dressed, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import POSTCODE, read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

BANDS = ("A+", "A", "B", "C", "D", "E", "F", "G")
LEGACY = (
    "LMK_KEY", "ADDRESS1", "ADDRESS2", "ADDRESS3", "POSTCODE", "BUILDING_REFERENCE_NUMBER",
    "ASSET_RATING", "ASSET_RATING_BAND", "PROPERTY_TYPE", "INSPECTION_DATE", "LOCAL_AUTHORITY",
    "CONSTITUENCY", "COUNTY", "LODGEMENT_DATE", "TRANSACTION_TYPE", "NEW_BUILD_BENCHMARK",
    "EXISTING_STOCK_BENCHMARK", "BUILDING_LEVEL", "MAIN_HEATING_FUEL", "OTHER_FUEL_DESC",
    "SPECIAL_ENERGY_USES", "RENEWABLE_SOURCES", "FLOOR_AREA", "STANDARD_EMISSIONS",
    "TARGET_EMISSIONS", "TYPICAL_EMISSIONS", "BUILDING_EMISSIONS", "AIRCON_PRESENT",
    "AIRCON_KW_RATING", "ESTIMATED_AIRCON_KW_RATING", "AC_INSPECTION_COMMISSIONED",
    "BUILDING_ENVIRONMENT", "ADDRESS", "LOCAL_AUTHORITY_LABEL", "CONSTITUENCY_LABEL", "POSTTOWN",
    "LODGEMENT_DATETIME", "PRIMARY_ENERGY_VALUE", "UPRN", "UPRN_SOURCE", "REPORT_TYPE",
)  # fmt: skip


def _layout(name: str, key: str, detail: str) -> Layout:
    return Layout(
        name,
        (
            Field("certificate", (key,), fill_required=True),
            Field("uprn", ("UPRN",), "uprn", required=False),
            Field("postcode", ("POSTCODE",), "postcode", matches=POSTCODE),
            Field("property_type", ("PROPERTY_TYPE",)),
            Field("rating_band", ("ASSET_RATING_BAND",), "code"),
            Field("floor_area_m2", ("FLOOR_AREA",), "number", low=0),
            Field("lodged", ("LODGEMENT_DATE",), "date", fill_required=True),
        ),
        unique=("certificate",),
        detail=detail,
    )


FORMAT = Format(
    key="epc_non_domestic",
    title="Non-domestic energy certificates",
    dataset=lambda _detail: "epc-non-domestic",
    layouts=(
        _layout("non-domestic energy certificates (legacy)", "LMK_KEY", "legacy"),
        _layout("non-domestic energy certificates", "certificate_number", "new"),
    ),
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    frame = reading.frame
    if "uprn" in frame:
        known = frame["uprn"].notna()
        newest = frame[known].sort_values(["lodged", "record"], kind="stable")
        older = newest.index[newest.duplicated("uprn", keep="last")]
        reading = reading.without(
            frame.index.isin(older), "superseded by a newer certificate of the same UPRN"
        )
        frame = reading.frame
    usable = frame["rating_band"].isin(BANDS)
    frame = frame.assign(rating_band=frame["rating_band"].where(usable, ""))
    # certificates with no area on record carry 0
    frame["floor_area_m2"] = frame["floor_area_m2"].mask(frame["floor_area_m2"] == 0)
    return replace(reading, frame=frame)


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write practice certificates with the legacy header; optional `address` fills its column."""
    columns = {
        "LMK_KEY": "certificate", "POSTCODE": "postcode", "ASSET_RATING_BAND": "rating_band",
        "PROPERTY_TYPE": "property_type", "LODGEMENT_DATE": "lodged",
        "FLOOR_AREA": "floor_area_m2", "UPRN": "uprn", "ADDRESS": "address",
    }  # fmt: skip
    return write_table(dressed(frame, LEGACY, columns), path)
