"""The visit form: what is written blank is set aside, what is filled in is read back."""

from __future__ import annotations

import pandas as pd
import pytest

from layers.formats import visit_sheet
from layers.peeking import peek
from layers.recognise import recognise
from layers.source import SourceFile


def read(frame, tmp_path):
    path = visit_sheet.write(frame, tmp_path / "visits.csv")
    look = peek(path, path.name)
    found = recognise(look)
    assert (found.format_key, found.detail) == ("visit_sheet", "visits")
    source = SourceFile(
        path=path.name, sha256="ab" * 32, size_bytes=1, format_key="visit_sheet", dataset="visit-sheet", title="visits",
        publisher="", licence="", attribution="", vintage="", detail="visits",
    )  # fmt: skip
    return visit_sheet.read(look, source, found.layout)


def rows(**columns):
    return pd.DataFrame({"site_id": ["uprn:1", "uprn:2"], "site_name": ["A", "B"], **columns})


def test_a_blank_form_is_set_aside_not_read_as_evidence(tmp_path):
    reading = read(rows(), tmp_path)
    assert len(reading.frame) == 0
    assert reading.set_aside == {visit_sheet.NOT_VISITED: 2}


def test_a_filled_row_comes_back(tmp_path):
    filled = rows(
        visited_on=["2026-02-10", ""], occupancy=["Part-vacant", ""], vacant_area_m2=["410.5", ""],
        confirmed_by_role=["Head of estates", ""], confirmed_on=["2026-02-12", ""],
        measured_download_mbps=["38", ""], uprn=["100070000001", ""],
    )  # fmt: skip
    reading = read(filled, tmp_path)
    assert len(reading.frame) == 1
    row = reading.frame.iloc[0]
    assert (row["site_id"], row["occupancy"]) == ("uprn:1", "part vacant")
    assert (row["visited_on"], row["confirmed_on"]) == ("2026-02-10", "2026-02-12")
    assert row["vacant_area_m2"] == 410.5
    assert row["measured_download_mbps"] == 38
    assert row["uprn"] == 100070000001
    assert pd.isna(row["floor_area_nia_m2"]), "a blank is missing, never nought"


@pytest.mark.parametrize(
    ("column", "value"),
    [("occupancy", "perhaps"), ("vacant_area_m2", "-4"), ("visited_on", "soon")],
)
def test_what_cannot_be_is_quarantined(tmp_path, column, value):
    good = {"visited_on": ["2026-02-10"] * 2, "occupancy": ["vacant"] * 2}
    good[column] = [value, good.get(column, ["1", "1"])[1]]
    reading = read(rows(**good), tmp_path)
    assert len(reading.quarantine) == 1
    assert len(reading.frame) == 1
