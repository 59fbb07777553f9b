import openpyxl
import xlsxwriter

from maps.xlsx_rows import Cells, RowsSheet


def test_runs_of_rows_stand_between_rows_of_the_library(tmp_path):
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        plain, money = workbook.add_format(), workbook.add_format({"num_format": "#,##0.00"})
        sheet = workbook.add_worksheet("Sums", RowsSheet)
        sheet.write_string(0, 0, "head", plain)
        names = Cells.alike(["a", None, "a"], plain)
        after = sheet.write_rows(1, [names, Cells([1.5, 2.0, "no data"], [money, plain, plain])])
        sheet.write_formula(1, 2, "=B2*2", plain, 3)  # beside the run
        sheet.write_formula(after, 1, "=SUM(B2:B4)", money, 3.5)
    sheet = openpyxl.load_workbook(path)["Sums"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["head", None, None],
        ["a", 1.5, "=B2*2"],
        [None, 2, None],
        ["a", "no data", None],
        [None, "=SUM(B2:B4)", None],
    ]
    assert [sheet["B2"].number_format, sheet["B3"].number_format] == ["#,##0.00", "General"]


def test_a_run_without_rows_leaves_its_place_to_others(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "book.xlsx")) as workbook:
        sheet = workbook.add_worksheet("None", RowsSheet)
        assert sheet.write_rows(2, [Cells([], [])]) == 2
        sheet.write_string(2, 0, "no cost line")
    assert openpyxl.load_workbook(tmp_path / "book.xlsx")["None"]["A3"].value == "no cost line"
