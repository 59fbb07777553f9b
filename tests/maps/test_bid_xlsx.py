"""The workbook: sheets, units, live totals, and text that cannot become a formula."""

from __future__ import annotations

from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from plans import plan_of
from sheets import calculated
from test_bid_docx import bare
from views import FORMULA, HOSTILE, case_view

from layers.lineage import Table
from maps.bid_content import BidPicture, bid_content
from maps.bid_xlsx import write_bid_xlsx

RIBBON = "SAMPLE DATA - NOT FOR BIDS"
SHEETS = [
    "Read me", "Site schedule", "Criteria", "Costs", "Gates", "Gaps by district", "Parameters",
    "Sources", "Data quality", "Figures",
]  # fmt: skip


@pytest.fixture
def book(tmp_path, case):
    write_bid_xlsx(case, tmp_path / "bid.xlsx")
    return openpyxl.load_workbook(tmp_path / "bid.xlsx")


def cells(sheet):
    return [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_sheets_headers_and_no_merged_cells(book):
    assert book.sheetnames == SHEETS
    for sheet in book:
        assert not sheet.merged_cells.ranges
        if sheet.title != "Read me":
            assert sheet.freeze_panes.rstrip("0123456789").isalpha()
            assert int(sheet.freeze_panes.lstrip("ABCDEFG")) == 3


def test_units_stand_under_the_header(book):
    sheet = book["Site schedule"]
    units = {head.value: unit.value for head, unit in zip(sheet[1], sheet[2], strict=True)}
    assert units["whole cost with optimism bias"] == "£"
    assert units["share of weight measured"] == "%"


def test_totals_are_live_and_equal_the_ask(book, case):
    sheet = book["Site schedule"]
    formulas = [c for c in cells(sheet) if c.data_type == "f"]
    assert [c.value.split("(")[0] for c in formulas] == ["=SUMIFS"] * 3
    header = [c.value for c in sheet[1]]
    money, chosen = header.index("whole cost with optimism bias"), header.index("chosen")
    rows = list(sheet.iter_rows(min_row=3, max_row=28, values_only=True))
    total = sum(r[money] for r in rows if r[chosen] == "yes" and isinstance(r[money], int | float))
    assert total == case.figures.cite("summary", "ask_gbp").value
    assert f"{formulas[0].column_letter}3:{formulas[0].column_letter}28" in formulas[0].value


def test_cost_totals_cover_every_line(book):
    formulas = [c.value for c in cells(book["Costs"]) if c.data_type == "f"]
    assert len(formulas) == 9
    assert all('"yes"' in f for f in formulas)
    assert sum('"assumed"' in f for f in formulas) == 3


@pytest.mark.parametrize("with_plan", [False, True])
def test_every_formula_holds_its_result_for_programs_that_do_not_calculate(
    tmp_path, case, with_plan
):
    path = tmp_path / "bid.xlsx"
    if with_plan:
        planned(case, path)
    else:
        write_bid_xlsx(case, path)
    live, shown = (openpyxl.load_workbook(path, data_only=only) for only in (False, True))
    met = 0
    for sheet in live:
        for cell in cells(sheet):
            if cell.data_type == "f":
                stored = shown[sheet.title][cell.coordinate].value
                wanted = calculated(shown[sheet.title], cell.value)
                assert stored == pytest.approx(wanted), (sheet.title, cell.coordinate, cell.value)
                met += 1
    assert met > 10
    assert "closes" in {row[-1] for row in shown["Data quality"].iter_rows(values_only=True)}


def planned(case, path, **more):
    plan = plan_of([case, replace(case, key="second")], **more)
    write_bid_xlsx(replace(case, study=replace(case.study, plan=plan)), path)
    return openpyxl.load_workbook(path), plan


def test_the_plan_stands_fund_by_fund_and_site_by_site_with_live_sums(tmp_path, case):
    book, plan = planned(case, tmp_path / "bid.xlsx")
    at = SHEETS.index("Gates") + 1
    names = [
        "Plan by fund",
        "Plan by site",
        "Plan shared work",
        "Plan savings",
        "Plan dependencies",
    ]
    assert book.sheetnames == [*SHEETS[:at], *names, *SHEETS[at:]]
    sheet = book["Plan by site"]
    assert sheet.freeze_panes == "C3"
    head, units, *rows = (list(r) for r in sheet.iter_rows(values_only=True))
    pays = head.index("pays_gbp")
    assert units[pays] == "£"
    assert [row[pays] for row in rows[:2]] == [75, 75]
    letter = sheet.cell(1, pays + 1).column_letter
    assert [row[pays] for row in rows if row[0] == "All sites of the plan"] == [
        f"=SUM({letter}3:{letter}4)"
    ]
    shown = openpyxl.load_workbook(tmp_path / "bid.xlsx", data_only=True)["Plan by site"]
    assert 150 in [row[pays] for row in shown.iter_rows(values_only=True)]
    # each number is a figure of the plan, with an id of its own
    quoted = set(
        plan.figures.frame()[["table", "row", "column"]].itertuples(index=False, name=None)
    )
    row = f"{case.ranking.frame['site_id'].iloc[0]}|{case.key}"
    assert ("plan/plan_sites", row, "pays_gbp") in quoted
    assert HOSTILE in [c.value for c in cells(sheet)]


def test_a_plan_that_funds_nothing_says_so_in_one_sheet(tmp_path, case):
    book, _ = planned(case, tmp_path / "bid.xlsx", inside=False)
    assert [name for name in book.sheetnames if name.startswith("Plan")] == ["Plan"]
    assert book["Plan"]["A1"].value == "A sentence."


def test_quality_checks_itself(book):
    formulas = [c.value for c in cells(book["Data quality"]) if c.data_type == "f"]
    assert formulas[0] == '=IF(C3=D3+E3+F3,"closes","LOST ROWS")'


def test_text_is_never_a_formula(book):
    names = {c.value for c in cells(book["Site schedule"])}
    assert {FORMULA, HOSTILE} <= names
    for sheet in book:
        for cell in cells(sheet):
            if cell.data_type == "f":
                assert cell.value.startswith(("=SUMIFS(", "=IF("))
            assert cell.hyperlink is None


def test_a_group_with_quotes_stays_inside_its_formula(tmp_path, case):
    frame = case.costs.frame.assign(basis='assumed",A:A)*1+HYPERLINK("x*')
    view = replace(case, costs=Table("costs", "row", frame, case.costs.columns))
    write_bid_xlsx(view, tmp_path / "bid.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "bid.xlsx")["Costs"]
    formulas = [c.value for c in cells(sheet) if c.data_type == "f"]
    assert formulas[0].endswith('"assumed"",A:A)~*1+HYPERLINK(""x~*")')


def test_missing_is_no_data_and_not_nought(book):
    sheet = book["Site schedule"]
    header = [c.value for c in sheet[1]]
    row = [c.value for c in sheet[7]]
    assert row[header.index("name")] == "Dunstead Primary School"
    assert row[header.index("whole cost with optimism bias")] == "no data"


def test_every_number_is_a_figure(book, case):
    values = pd.to_numeric(case.figures.frame()["value"], errors="coerce").dropna()
    known = set(values.astype(float))
    for name in SHEETS[1:-1]:
        for cell in cells(book[name]):
            if cell.data_type == "n":
                assert float(cell.value) in known, (name, cell.coordinate, cell.value)
    listed = {row[0] for row in book["Figures"].iter_rows(min_row=3, values_only=True)}
    content = bid_content(case_view(), BidPicture(), BidPicture())
    assert listed == {*content.quoted, *content.tabled}
    assert listed < set(case.figures.frame()["fig_id"])


def test_every_sheet_wears_the_ribbon_only_when_sample(tmp_path, book):
    assert all(RIBBON not in {c.value for c in cells(sheet)} for sheet in book)
    write_bid_xlsx(case_view(sample=True), tmp_path / "sample.xlsx")
    sample = openpyxl.load_workbook(tmp_path / "sample.xlsx")
    assert {sheet["A1"].value for sheet in sample} == {RIBBON}
    assert sample["Site schedule"].freeze_panes == "D4"


def test_same_bytes_twice(tmp_path):
    for name in ("one", "two"):
        write_bid_xlsx(case_view(), tmp_path / f"{name}.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_properties_come_from_the_study(book):
    assert book.properties.created.isoformat().startswith("2026-03-02T00:00:00")
    assert book.properties.creator == "infra 0.1.0"


def test_a_case_with_nothing_known_is_written(tmp_path, case):
    write_bid_xlsx(bare(case), tmp_path / "bid.xlsx")
    book = openpyxl.load_workbook(tmp_path / "bid.xlsx")
    assert book["Costs"]["A3"].value == "no cost line"
