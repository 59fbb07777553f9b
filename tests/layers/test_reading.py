"""Delimited text: every record is used, set aside or quarantined, and its line is found again."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import LayoutError, SourceError
from layers.layouts import Field, Layout
from layers.peeking import peek
from layers.reading import read_layout, resolve, with_lines
from layers.source import Reading, SourceFile

LAYOUT = Layout(
    "a table of areas",
    (
        Field("id", ("Area code",), "code", fill_required=True),
        Field("name", ("Area name",)),
        Field("share_pct", ("Share (%)",), "percent"),
    ),
    unique=("id",),
)
HEADER = "Area code,Area name,Share (%)"


def source(name: str = "t.csv") -> SourceFile:
    return SourceFile(name, "ab" * 32, 1, "", "", "", "", "", "")


def read(
    tmp_path: Path, data: bytes | str, layout: Layout = LAYOUT, name: str = "t.csv"
) -> Reading:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_layout(peek(path), source(name), layout)


def lines(
    tmp_path: Path, reading: Reading, name: str = "t.csv", *, headerless: bool = False
) -> list[int]:
    return with_lines(peek(tmp_path / name), reading, headerless=headerless)["line"].tolist()


def test_clean_rows_are_all_used(tmp_path):
    reading = read(tmp_path, f"{HEADER}\nE1,Ash,40\nE2,Birch,100\n")
    assert reading.frame["id"].tolist() == ["E1", "E2"]
    assert reading.frame["share_pct"].tolist() == [40.0, 100.0]
    assert reading.frame["record"].tolist() == [1, 2]
    assert set(reading.frame["src"]) == {"abababab"}
    assert reading.rows_in == 2


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("140", "outside 0 to 100"),
        ("-1", "outside 0 to 100"),
        ("lots", "not a number"),
        ("inf", "not a number"),
    ],
)
def test_a_wrong_cell_quarantines_its_row_with_column_value_and_line(tmp_path, cell, reason):
    reading = read(tmp_path, f"{HEADER}\nE1,Ash,40\nE2,Birch,{cell}\nE3,Cedar,7\n")
    (row,) = reading.quarantine.to_dict("records")
    assert (row["record"], row["reason"], row["column"], row["value"]) == (
        2,
        reason,
        "Share (%)",
        cell,
    )
    assert reading.frame["record"].tolist() == [1, 3]
    assert lines(tmp_path, reading) == [3]


def test_wrong_text_in_one_row_does_not_hide_a_wrong_number_in_another(tmp_path):
    reading = read(tmp_path, f"{HEADER}\nE1,Ash,lots\nE2,Birch,140\nE3,Cedar,\n")
    assert reading.quarantine["reason"].tolist() == ["not a number", "outside 0 to 100"]
    assert np.isnan(reading.frame["share_pct"].iloc[0])


@pytest.mark.parametrize("cell", ["", "N/A", "-", "..", "  "])
def test_missing_is_never_zero(tmp_path, cell):
    reading = read(tmp_path, f"{HEADER}\nE1,Ash,{cell}\n")
    assert np.isnan(reading.frame["share_pct"].iloc[0])


def test_suppressed_numbers_are_missing_and_said(tmp_path):
    reading = read(tmp_path, f"{HEADER}\nE1,Ash,<4\nE2,Birch,< 5\n")
    assert reading.frame["share_pct"].isna().all()
    assert reading.notes == ("2 values of 'Share (%)' suppressed (shown as <n): missing",)


def test_a_file_that_begins_with_a_suppressed_number_is_not_taken_for_xml(tmp_path):
    (tmp_path / "n.csv").write_text("<4,1\n<4,2\n")
    assert peek(tmp_path / "n.csv").kind == "csv"


def test_grouped_and_priced_numbers_are_read(tmp_path):
    layout = Layout("n", (Field("id", ("id",)), Field("n", ("n",), "number")))
    reading = read(tmp_path, 'id,n\na,"1,234,567"\nb,£2.50\nc,"£1,000"\nd,"12,34"\n', layout)
    assert reading.frame["n"].tolist() == [1_234_567, 2.5, 1000]
    assert reading.quarantine["value"].tolist() == ["12,34"]


def test_counts_must_be_whole_and_not_negative(tmp_path):
    layout = Layout("n", (Field("id", ("id",)), Field("n", ("n",), "count")))
    reading = read(tmp_path, "id,n\na,3\nb,3.5\nc,-1\n", layout)
    assert reading.quarantine["reason"].tolist() == ["not a whole number", "negative"]


def test_uprns_lose_zeros_but_not_digits(tmp_path):
    layout = Layout("u", (Field("id", ("id",)), Field("uprn", ("UPRN",), "uprn")))
    cells = [
        "010000480247",
        "10000480247",
        "",
        "0",
        "1.00012E+11",
        "100012797623.0",
        "9999999999999",
    ]
    reading = read(
        tmp_path, "id,UPRN\n" + "".join(f"{i},{c}\n" for i, c in enumerate(cells)), layout
    )
    assert reading.frame["uprn"].dropna().tolist() == [10000480247, 10000480247, 100012797623]
    assert reading.frame["uprn"].isna().sum() == 2
    assert reading.quarantine["value"].tolist() == ["1.00012E+11", "9999999999999"]


def test_dates_are_day_first_and_become_iso(tmp_path):
    layout = Layout("d", (Field("id", ("id",)), Field("on", ("on",), "date")))
    cells = [
        "2025-01-13",
        "03/04/2025",
        "13-Jan-2025",
        "",
        "2025-09-12T10:00:00",
        "31/02/2025",
        "soon",
    ]
    reading = read(tmp_path, "id,on\n" + "".join(f"{i},{c}\n" for i, c in enumerate(cells)), layout)
    expected = ["2025-01-13", "2025-04-03", "2025-01-13", "", "2025-09-12"]
    assert reading.frame["on"].tolist() == expected
    assert reading.quarantine["value"].tolist() == ["31/02/2025", "soon"]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("01/04/2021 00:30:00 +0100", "2021-04-01"),  # a zone does not move the day
        ("2021-04-01T23:30:00Z", "2021-04-01"),
        ("1 April 2021 10:00 GMT", "2021-04-01"),
        ("1/4/21", "2021-04-01"),
        ("01/04/2021 9:05 pm", "2021-04-01"),
        ("20:05-0100", None),  # a time alone: the library would take today's date
        ("10:30", None),
        ("5 April", None),
        ("20:5-04-01", None),  # found by the damaged files: the column could not be read
        ("0001-01-01", None),
    ],
)
def test_dates_with_zones_times_and_without_a_year(tmp_path, cell, day):
    layout = Layout("d", (Field("id", ("id",)), Field("on", ("on",), "date")))
    reading = read(tmp_path, f"id,on\n1,2025-01-13\n2,{cell}\n", layout)
    assert reading.frame["on"].tolist() == ["2025-01-13", *([day] if day else [])]
    assert reading.quarantine["value"].tolist() == ([] if day else [cell])


@pytest.mark.parametrize("cell", ["b13  0hn", "B130HN", " B13 0HN ", "b 13 0 h n"])
def test_postcodes_with_odd_spacing_are_one_postcode(tmp_path, cell):
    layout = Layout("p", (Field("id", ("id",)), Field("pc", ("pc",), "postcode")))
    assert read(tmp_path, f"id,pc\n1,{cell}\n", layout).frame["pc"].tolist() == ["B13 0HN"]


def test_an_id_twice_keeps_the_first(tmp_path):
    reading = read(tmp_path, f"{HEADER}\nE1,Ash,40\nE2,Birch,50\ne1,Again,60\n")
    assert reading.frame["name"].tolist() == ["Ash", "Birch"]
    (row,) = reading.quarantine.to_dict("records")
    assert (row["record"], row["reason"], row["value"]) == (3, "duplicate id", "E1")


def test_a_wrong_row_does_not_make_the_good_one_a_duplicate(tmp_path):
    reading = read(tmp_path, f"{HEADER}\nE1,Ash,140\nE1,Ash,40\n")
    assert reading.frame["record"].tolist() == [2]
    assert reading.quarantine["reason"].tolist() == ["outside 0 to 100"]


def test_rows_cut_short_are_quarantined_with_their_line(tmp_path):
    reading = read(tmp_path, f'{HEADER}\nE1,"As\nh",40\n\nE2,Birch\nE3,Cedar,7\nE4,Deal,8,9\n')
    assert reading.rows_in == 4
    assert reading.frame["id"].tolist() == ["E1", "E3"]
    assert reading.frame["record"].tolist() == [1, 3]
    assert reading.quarantine["reason"].tolist() == [
        "row has 2 of 3 fields",
        "row has 4 of 3 fields",
    ]
    assert lines(tmp_path, reading) == [5, 7]


def test_malformed_rows_are_counted_across_the_blocks_of_a_large_file(tmp_path):
    rows = [f"E{i},{'x' * 100},{i % 100}" for i in range(40_000)]
    bad = [7, 15_000, 15_001, 39_999]
    for i in bad:
        rows[i] = f"E{i},cut"
    reading = read(tmp_path, HEADER + "\n" + "\n".join(rows) + "\n")
    assert reading.quarantine["record"].tolist() == [i + 1 for i in bad]
    assert lines(tmp_path, reading) == [i + 2 for i in bad]
    assert reading.frame["id"].tolist() == [f"E{r - 1}" for r in reading.frame["record"]]


def test_blank_rows_are_set_aside(tmp_path):
    reading = read(tmp_path, f"{HEADER}\r\nE1,Ash,40\r\n,,\r\n , ,\r\n")
    assert reading.set_aside == {"blank row": 2}
    assert reading.rows_in == 3


def test_bom_crlf_and_windows_text(tmp_path):
    reading = read(tmp_path, b"\xef\xbb\xbf" + f"{HEADER}\r\nE1,Ynys Môn,40\r\n".encode())
    assert reading.frame["name"].tolist() == ["Ynys Môn"]
    reading = read(tmp_path, f"{HEADER}\r\nE1,Ynys Môn,40\r\n".encode("cp1252"))
    assert reading.frame["name"].tolist() == ["Ynys Môn"]


def test_a_windows_character_far_into_the_file_or_at_its_end(tmp_path):
    body = "".join(f"E{i},Ash,4\n" for i in range(9_000))
    reading = read(tmp_path, f"{HEADER}\n{body}X,Môn,5".encode("cp1252"))
    assert reading.frame["name"].iloc[-1] == "Môn"
    reading = read(
        tmp_path, "id,name\n1,é".encode("cp1252"), Layout("x", (Field("name", ("name",)),))
    )
    assert reading.frame["name"].tolist() == ["é"]


def test_title_rows_above_the_header_are_skipped(tmp_path):
    text = f'"UK Business Counts"\n"Crown copyright"\n\n{HEADER}\nE1,Ash,40\nE2,Birch,-3\n'
    reading = read(tmp_path, text)
    assert reading.frame["record"].tolist() == [1]
    assert lines(tmp_path, reading) == [6]


def test_a_header_with_a_line_break_in_it(tmp_path):
    reading = read(tmp_path, '"Area code","Area\nname",Share (%)\nE1,Ash,40\nE2,Birch,400\n')
    assert reading.frame["id"].tolist() == ["E1"]
    assert lines(tmp_path, reading) == [4]


@pytest.mark.parametrize("mark", ["\t", ";", "|", "\u00ac"])
def test_other_delimiters(tmp_path, mark):
    text = f"{HEADER}\nE1,Ash,40\nE2,Birch,400\n".replace(",", mark)
    reading = read(tmp_path, text.encode("latin-1"))
    assert reading.frame["name"].tolist() == ["Ash"]
    assert lines(tmp_path, reading) == [3]


def test_gzipped_text_reads_the_same(tmp_path):
    data = gzip.compress(f"{HEADER}\nE1,Ash,40\n".encode())
    assert read(tmp_path, data, name="t.csv.gz").frame["id"].tolist() == ["E1"]


def test_headerless_files_have_their_first_row_as_record_one(tmp_path):
    layout = Layout("h", (Field("id"), Field("n", kind="number")), headerless=True)
    reading = read(tmp_path, "a,1\nb,x\nc,3,\n", layout)
    assert reading.frame["record"].tolist() == [1]
    assert reading.quarantine["record"].tolist() == [2, 3]
    assert lines(tmp_path, reading, headerless=True) == [2, 3]


def test_headers_are_found_exactly_then_folded_then_by_pattern():
    fields = (Field("a", ("Area Code",)), Field("l", ("LAD25CD",), pattern=r"lad\d\dcd"))
    assert resolve(fields, ("x", "area_code", "lad26cd")) == {"a": 1, "l": 2}
    assert resolve(fields, ("AREACODE", "Area Code", "LAD25CD", "lad26cd")) == {"a": 1, "l": 2}


def test_a_renamed_column_is_refused_with_the_nearest_header(tmp_path):
    with pytest.raises(LayoutError) as caught:
        read(tmp_path, "Area code,Area name,Share of premises (%)\nE1,Ash,40\n")
    (fault,) = caught.value.faults
    assert fault.column == "Share (%)"
    assert "nearest: 'Share of premises (%)'" in fault.problem
    assert fault.line == 1


def test_a_header_we_need_twice_is_refused_but_labels_may_repeat(tmp_path):
    with pytest.raises(LayoutError) as caught:
        read(tmp_path, "Area code,Area name,Share (%),share_(%)\nE1,Ash,40,50\n")
    assert "stands twice" in caught.value.faults[0].problem
    layout = Layout("l", (Field("id", ("id",)), Field("who", ("Label",), may_repeat=True)))
    assert read(tmp_path, "id,Label,Label\n1,a,b\n", layout).frame["who"].tolist() == ["a"]


def fault_of(call) -> str:
    with pytest.raises(SourceError) as caught:
        call()
    (fault,) = caught.value.faults
    assert fault.mend
    return f"{fault.line}: {fault.problem}"


def test_files_that_cannot_be_read_each_have_one_clear_fault(tmp_path):
    def refused(data: bytes, name: str = "t.csv") -> str:
        return fault_of(lambda: read(tmp_path, data, name=name))

    assert "not there" in fault_of(lambda: peek(tmp_path / "absent.csv"))
    assert "empty" in refused(b"")
    assert "empty" in refused(b"\xef\xbb\xbf \r\n")
    assert "holds no values" in refused(b",,\n,,\n")
    assert refused(b"<!DOCTYPE html><html>") == (
        "1: this is a web page, not data (the download was probably refused)"
    )
    assert "UTF-16" in refused(HEADER.encode("utf-16"))
    assert "NUL" in refused(f"{HEADER}\nE1,A\x00sh,4\n".encode())
    far = "".join(f"E{i},Ash,4\n" for i in range(9_000))
    assert refused(f"{HEADER}\n{far}X,\x00,5\n".encode()).startswith("9002: the file holds NUL")
    assert "header and no rows" in refused(f"{HEADER}\n".encode())
    whole = gzip.compress(f"{HEADER}\n{far}".encode())
    assert "cut short" in refused(whole[: len(whole) // 2], "t.csv.gz")
    assert "cut short" in refused(whole[:5], "t.csv.gz")
    assert refused(f'{HEADER}\nE1,Ash,4\nE2,"Birch,5\nE3,Cedar,6\n'.encode()).startswith(
        "3: a quotation mark is opened"
    )


NAMES = st.text(alphabet='ab,"\né ', max_size=6)
KINDS = st.sampled_from(
    ["good", "good", "good", "short", "long", "word", "over", "negative", "blank", "no line", "again",
     "suppressed", "missing", "nameless"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(KINDS, NAMES), min_size=1, max_size=30),
    newline=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
    titles=st.integers(0, 2),
)
def test_a_mangled_table_always_reconciles(  # noqa: C901 - it mirrors the ways rows go wrong
    tmp_path_factory, rows, newline, encoding, titles
):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=newline)
    for _ in range(titles):
        writer.writerow(["A title row"])
    writer.writerow(["Area code", "Area name", "Share (%)"])
    cells = {"word": "lots", "over": "140", "negative": "-1", "suppressed": "<4", "missing": ""}
    used, wrong, blank, starts, record = [], [], 0, [], 0
    ids = []
    for position, (kind, name) in enumerate(rows):
        line = text.getvalue().count("\n") + 1
        if kind == "no line":
            text.write(newline)
            continue
        record += 1
        starts.append(line)
        key = ids[0] if kind == "again" and ids else f"E{position}"
        row = [key, name, cells.get(kind, "40")]
        if kind == "blank":
            row, blank = ["", "", ""], blank + 1
        elif kind == "short":
            row = row[:2]
        elif kind == "long":
            row.append("x")
        elif kind == "nameless":
            row[0] = ""
        repeated = kind == "again" and key in ids
        if kind in {"short", "long", "word", "over", "negative", "nameless"} or repeated:
            wrong.append(record)
        elif kind != "blank":
            used.append(record)
            ids.append(key)
        writer.writerow(row)
    if not record:
        return
    folder = tmp_path_factory.mktemp("mangled")
    reading = read(folder, text.getvalue().encode(encoding))
    assert reading.rows_in == record
    assert reading.frame["record"].tolist() == used
    assert reading.quarantine["record"].tolist() == wrong
    assert reading.set_aside.get("blank row", 0) == blank
    assert reading.quality().closes
    assert lines(folder, reading) == [starts[r - 1] for r in wrong]
