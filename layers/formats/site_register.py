"""The officer's own register of circuits: what each public site has today and what it needs.

Canonical columns: `uprn site_name current_circuit supplier speed_mbps annual_cost_gbp contract_end
exit_charge_gbp required_mbps service_owner` (`contract_end` as ISO date). This is no published
format: the headers are these names, or the same in words.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import dressed, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

COLUMNS = {
    "uprn": "UPRN", "site_name": "Site name", "current_circuit": "Current circuit",
    "supplier": "Supplier", "speed_mbps": "Speed (Mbit/s)", "annual_cost_gbp": "Annual cost (GBP)",
    "contract_end": "Contract end", "exit_charge_gbp": "Exit charge (GBP)",
    "required_mbps": "Required speed (Mbit/s)", "service_owner": "Service owner",
}  # fmt: skip

LAYOUT = Layout(
    "register of sites and circuits",
    (
        Field("uprn", ("UPRN",), "uprn"),
        Field("site_name", ("Site name",), fill_required=True),
        Field("current_circuit", ("Current circuit",)),
        Field("supplier", ("Supplier",), required=False),
        Field("speed_mbps", ("Speed (Mbit/s)", "speed_mbps"), "number", low=0),
        Field("annual_cost_gbp", ("Annual cost (GBP)", "annual_cost_gbp"), "number", required=False, low=0),
        Field("contract_end", ("Contract end",), "date"),
        Field("exit_charge_gbp", ("Exit charge (GBP)", "exit_charge_gbp"), "number", required=False, low=0),
        Field("required_mbps", ("Required speed (Mbit/s)", "required_mbps"), "number", required=False, low=0),
        Field("service_owner", ("Service owner",), required=False),
    ),
    unique=("uprn", "current_circuit"),
    detail="circuits",
)  # fmt: skip

FORMAT = Format(
    key="site_register",
    title="register of sites and circuits",
    dataset=lambda _detail: "site-register",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    return read_layout(look, source, layout)


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice register with the headers in words."""
    headers = tuple(COLUMNS.values())
    columns = {title: name for name, title in COLUMNS.items()}
    return write_table(dressed(frame, headers, columns), path)
