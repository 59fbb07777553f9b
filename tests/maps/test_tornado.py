"""The tornado: widest swing on top, nothing where nothing moves, told apart without colour."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
import views

from layers.lineage import Column, Figures, Table
from maps import bid_decisions
from maps.bid_decisions import COST_ALONE
from maps.bid_outline import BidPicture
from maps.blocks import Paragraph, Picture
from maps.case_report import case_report
from maps.tornado import MOST, swings, write_tornado


def with_swings(*rows, sample=False):
    """Rows are label, low, middle, high."""
    names = ("label", "npsv_low_gbp", "npsv_gbp", "npsv_high_gbp")
    frame = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows])
    frame["swing_gbp"] = (frame["npsv_high_gbp"] - frame["npsv_low_gbp"]).abs()
    frame.insert(0, "row", [str(n) for n in range(len(frame))])
    frame["low_text"], frame["high_text"] = "low", "high"
    columns = {c: Column(c, "GBP" if c.endswith("_gbp") else "", 0) for c in frame}
    table = Table("sensitivity", "row", frame, columns, description="sensitivity")
    view = views.case_view(sample=sample)
    return replace(view, more={"sensitivity": table}, figures=Figures([table], view.key))


SWINGS = (
    ("Take-up", -20.0, 0.0, 5.0),
    ("Cost", 100.0, 0.0, -100.0),
    ("Running cost", 0.0, 0.0, 0.0),
)


def told(report):
    return [block.passage.text for block in report.blocks if isinstance(block, Paragraph)]


def test_the_widest_swing_stands_on_top_and_what_moves_nothing_is_left_out():
    assert swings(with_swings(*SWINGS))["label"].tolist() == ["Cost", "Take-up"]
    many = [(f"Input {n}", -n, 0.0, n) for n in range(1, 20)]
    assert len(swings(with_swings(*many))) == MOST


def test_an_unknown_end_is_not_drawn_as_nought():
    assert swings(with_swings(("Cost", float("nan"), 0.0, 5.0))).empty


def test_the_picture_is_the_same_twice_and_says_what_it_shows(tmp_path):
    view = with_swings(*SWINGS)
    words = write_tornado(view, tmp_path / "a.png")
    write_tornado(view, tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert "Cost; Take-up" in words
    # the bars of the first value are plain
    picture = matplotlib.image.imread(tmp_path / "a.png")
    blue = np.isclose(picture[..., :3], (0, 0x20 / 255, 0x4D / 255), atol=0.02).all(axis=-1)
    assert blue.sum() > 10_000


@pytest.mark.parametrize("rows", [(), (("Running cost", 0.0, 0.0, 0.0),)])
def test_nothing_is_drawn_where_nothing_moves(tmp_path, rows):
    view = with_swings(*rows) if rows else views.case_view()
    assert write_tornado(view, tmp_path / "a.png") == ""
    assert not (tmp_path / "a.png").exists()


def test_practice_data_is_marked_in_the_picture_itself(tmp_path):
    write_tornado(with_swings(*SWINGS), tmp_path / "real.png")
    write_tornado(with_swings(*SWINGS, sample=True), tmp_path / "practice.png")
    tall = {
        name: matplotlib.image.imread(tmp_path / f"{name}.png").shape[0]
        for name in ("real", "practice")
    }
    assert tall["practice"] > tall["real"]


def test_the_bid_holds_the_picture_above_its_table(tmp_path):
    view = with_swings(*SWINGS)
    words = write_tornado(view, tmp_path / "tornado.png")
    report = case_report(view, "bid")
    assert bid_decisions.sensitivity(report, view, BidPicture(tmp_path / "tornado.png", words))
    (found,) = [block for block in report.blocks if isinstance(block, Picture)]
    assert found.alt == words
    assert COST_ALONE not in told(report)


def test_where_no_value_of_benefits_is_stated_the_bid_says_that_cost_alone_moves(tmp_path):
    view = with_swings(*SWINGS)
    frame = view.summary.frame.copy()
    frame.loc[frame["item"] == "npsv_gbp", "value"] = float("nan")
    report = case_report(view, "bid")
    bid_decisions.sensitivity(
        report, replace(view, summary=replace(view.summary, frame=frame)), BidPicture()
    )
    assert COST_ALONE in told(report)
