"""The blank form of the visit sheets: a table to fill in, which `infra check` reads back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import xlsxwriter

from layers.formats import visit_sheet
from maps.bid_rows import ranking_order
from maps.deterministic import document_time, settle_zip
from maps.passages import clean
from maps.view import SAMPLE_RIBBON, CaseView

__all__ = ["MOST_SHEETS", "sites_to_visit", "write_visit_form", "write_visit_form_xlsx"]

MOST_SHEETS = 12
FORMULA_STARTS = ("=", "+", "-", "@")
WIDTHS = {"site_id": 24, "site_name": 34, "remarks": 40, "condition": 24, "disposal_plan": 24}


def sites_to_visit(view: CaseView, most: int = MOST_SHEETS) -> list[str]:
    """Return the sites worth a visit: the chosen, then those to verify by rank, then the others.

    Places that a gate excludes are left out.
    """
    frame = ranking_order(view)
    held = frame[frame["rank"].notna()]
    waits = ~(held["chosen"].astype(bool) | (held["status"] == "to verify"))
    ordered = held.assign(_waits=waits).sort_values("_waits", kind="stable")
    return [str(key) for key in ordered[view.ranking.key].head(most)]


def _form(view: CaseView, sites: Sequence[str]) -> pd.DataFrame:
    """Return the form's rows: what identifies each building, and blanks for the rest."""
    ranking = view.ranking
    rows = []
    for site_id in sites:
        uprn = site_id.removeprefix("uprn:") if site_id.startswith("uprn:") else ""
        held = {name: ranking.cell(site_id, name) for name in ("name", "postcode")}
        told = {name: "" if pd.isna(value) else clean(value) for name, value in held.items()}
        rows.append(
            {
                "site_id": site_id,
                "uprn": uprn,
                "site_name": _inert(told["name"]),
                "postcode": _inert(told["postcode"]),
            }
        )
    return pd.DataFrame(rows, columns=["site_id", "uprn", "site_name", "postcode"])


def _inert(text: str) -> str:
    """Return text that a spreadsheet will not take for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def write_visit_form(view: CaseView, path: Path, sites: Sequence[str] | None = None) -> None:
    """Write the blank form as CSV.

    Put the filled file into a study's `sources/`; `infra check` recognises it by its header.

    Parameters
    ----------
    view
        A case of candidate buildings.
    path
        Where to write; the same view gives the same bytes.
    sites
        Site ids, one row each; `sites_to_visit` where left out.
    """
    visit_sheet.write(_form(view, sites_to_visit(view) if sites is None else sites), path)


def write_visit_form_xlsx(view: CaseView, path: Path, sites: Sequence[str] | None = None) -> None:
    """Write the same form as a workbook, to fill in on a tablet and save as CSV."""
    rows = _form(view, sites_to_visit(view) if sites is None else sites)
    with xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    ) as book:
        book.set_properties(
            {
                "title": f"Visit form: {clean(view.title)}",
                "author": f"infra {clean(view.study.version)}",
                "comments": SAMPLE_RIBBON if view.study.sample else "",
                "created": document_time(view.study.as_of),
            }
        )
        sheet = book.add_worksheet("Visits")
        head = book.add_format({"bold": True, "text_wrap": True, "bottom": 2, "valign": "top"})
        text = book.add_format({"num_format": "@"})
        for place, (name, title) in enumerate(visit_sheet.COLUMNS.items()):
            sheet.set_column(place, place, WIDTHS.get(name, 16), text)
            sheet.write_string(0, place, title, head)
            if name == "occupancy":
                choice = {"validate": "list", "source": ["vacant", "part vacant", "occupied"]}
                sheet.data_validation(1, place, max(len(rows), 1), place, choice)
            if name in rows:
                for row, value in enumerate(rows[name], start=1):
                    sheet.write_string(row, place, str(value), text)
        sheet.freeze_panes(1, 3)
    settle_zip(path)
