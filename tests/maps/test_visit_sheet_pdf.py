"""Visit sheets: one page a building, gaps marked, and a form that reads back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from pdfs import info, needs_poppler, pdf_ua_findings, text
from views import case_view

from layers.formats import visit_sheet as form
from layers.lineage import Figures
from layers.peeking import peek
from layers.recognise import recognise
from layers.streets import HIGHWAYS
from maps.buildings import building_table
from maps.visit_form import sites_to_visit, write_visit_form, write_visit_form_xlsx
from maps.visit_sheet import write_visit_sheet, write_visit_sheets


def with_buildings(sample=False):
    view = case_view("coworking", sample=sample)
    ids = view.ranking.frame["site_id"]
    offices = pd.DataFrame(
        {
            "id": ids, "src": "ab", "record": 1, "uprn": pd.NA, "tenure": "freehold",
            "tenure_detail": "Vacant", "note": "", "floor_area_m2": [np.nan, *[1200.0] * (len(ids) - 1)],
            "floor_area_basis": "GIA", "energy_band": "C", "vacancy_confidence": 0.69,
            "vacancy_evidence": "register says: Vacant (5 months old)",
        }
    )  # fmt: skip
    table = building_table(offices)
    figures = Figures([*view.figures.tables.values(), table], view.key)
    return replace(view, buildings=table, figures=figures)


class Net:
    """Four streets around the first site."""

    def __init__(self, x, y):
        self.node_easting = np.array([x - 500.0, x + 500.0, x, x])
        self.node_northing = np.array([y, y, y - 500.0, y + 500.0])
        self.start, self.end = np.array([0, 2]), np.array([1, 3])
        self.highway = np.array([HIGHWAYS.index("primary"), HIGHWAYS.index("residential")])


@needs_poppler
def test_a_page_for_each_building_and_one_for_sources(tmp_path):
    view = with_buildings(sample=True)
    path = tmp_path / "visits.pdf"
    write_visit_sheets(view, path)
    sites = sites_to_visit(view)
    pages = text(path).split("\f")[:-1]
    assert len(pages) == len(sites) + 1 == 13
    assert info(path)["Tagged"] == "yes"
    assert pdf_ua_findings(path) == []
    for page in pages[:-1]:
        assert "SAMPLE DATA - NOT FOR BIDS" in page
        for blank in ("Condition", "Step-free access", "Asbestos", "Fire", "Power",
                      "Measured broadband", "Heritage flag", "Flood flag", "Disposal plan"):  # fmt: skip
            assert blank in page, blank
        assert "register says: Vacant (5 months old)" in page
        assert "0.69 of 1" in page
    assert "not known" in pages[0], "a floor area nobody knows is not nought"
    assert "1,200 m\u00b2 (GIA)" in pages[1]
    assert all(
        statement in " ".join(pages[-1].split()) for statement in view.study.attributions[1:]
    )


@needs_poppler
def test_one_sheet_says_where_each_metric_comes_from(tmp_path):
    view = with_buildings()
    site = sites_to_visit(view)[1]
    point = view.sites.set_index("site_id").geometry[site]
    write_visit_sheet(view, site, tmp_path / "v.pdf", streets=Net(point.x, point.y))
    page = " ".join(text(tmp_path / "v.pdf").split("\f")[0].split())
    assert "Micro-business demand by its 1. route" in page
    assert view.figures.cite("ranking", site, "metric_space").number in page
    assert "Grid north up; side 1.8 km." in page


@needs_poppler
def test_a_ratio_is_read_with_two_decimals_and_a_decile_by_its_name(tmp_path):
    view = with_buildings()
    site = sites_to_visit(view)[1]
    columns = view.ranking.columns
    finer = replace(columns["metric_connectivity"], decimals=3)
    table = replace(view.ranking, columns={**columns, "metric_connectivity": finer}, _position={})
    view.figures.tables["ranking"] = table
    assert view.figures.cite("ranking", site, "metric_connectivity").number == "0.690"
    write_visit_sheet(replace(view, ranking=table), site, tmp_path / "v.pdf")
    page = " ".join(text(tmp_path / "v.pdf").split("\f")[0].split())
    assert " 0.69 " in page
    assert "0.690" not in page
    assert "decile 3" in page


@needs_poppler
def test_a_place_beyond_the_streets_is_shown_in_its_area(tmp_path):
    """The West Midlands' only street file covers West Bromwich: the map of a library in Birmingham was a dot on white."""
    view = with_buildings()
    site = sites_to_visit(view)[1]
    point = view.sites.set_index("site_id").geometry[site]
    write_visit_sheet(view, site, tmp_path / "far.pdf", streets=Net(point.x + 9_000.0, point.y))
    write_visit_sheet(view, site, tmp_path / "none.pdf")
    page = " ".join(text(tmp_path / "far.pdf").split())
    assert "The study has no streets of this place: the map shows where in the area it lies" in page
    assert (tmp_path / "far.pdf").read_bytes() == (tmp_path / "none.pdf").read_bytes()


@needs_poppler
def test_a_place_known_by_postcode_district_has_no_map_and_says_so(tmp_path):
    view = with_buildings()
    frame = view.ranking.frame
    site = str(frame.loc[frame["location"] == "area-only", "site_id"].iloc[0])
    write_visit_sheet(view, site, tmp_path / "v.pdf")
    page = " ".join(text(tmp_path / "v.pdf").split())
    assert "No map: this place is known only by its postcode district" in page
    assert "known only by postcode district" in page


def test_without_the_buildings_layer_everything_is_unknown(tmp_path):
    write_visit_sheets(case_view("coworking"), tmp_path / "v.pdf")
    assert (tmp_path / "v.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_a_site_nobody_knows_is_refused(tmp_path, case):
    with pytest.raises(KeyError, match="uprn:nowhere"):
        write_visit_sheet(case, "uprn:nowhere", tmp_path / "v.pdf")


def test_chosen_come_first_and_excluded_never(case):
    held = case.ranking.frame.set_index("site_id")
    order = sites_to_visit(case)
    assert list(held.loc[order, "chosen"])[:6] == [True] * 6
    assert list(held.loc[order, "status"])[6:11] == ["to verify"] * 5
    assert "excluded" not in set(held.loc[order, "status"])


def test_the_blank_form_is_recognised_and_is_no_evidence(tmp_path, case):
    path = tmp_path / "visit_form.csv"
    write_visit_form(case, path)
    look = peek(path, path.name)
    assert recognise(look).format_key == "visit_sheet"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert list(rows["Site id"]) == sites_to_visit(case)
    assert (rows[list(form.COLUMNS.values())[4:]] == "").all(axis=None)
    assert not rows["Site name"].str.startswith(("=", "+", "-", "@")).any()


def test_the_workbook_holds_the_same_form_as_text(tmp_path, case):
    write_visit_form_xlsx(case, tmp_path / "a.xlsx")
    write_visit_form_xlsx(case, tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["Visits"]
    assert [cell.value for cell in sheet[1]] == list(form.COLUMNS.values())
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == sites_to_visit(case)
    assert all(c.data_type in {"s", "n"} for row in sheet.iter_rows() for c in row)


def test_same_bytes_twice(tmp_path):
    for name in ("a.pdf", "b.pdf"):
        write_visit_sheets(with_buildings(), tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
