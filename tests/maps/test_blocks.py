"""The neutral blocks: numbering, figures remembered, harmless text."""

from __future__ import annotations

from datetime import date

from maps.blocks import Heading, Paragraph, Report, TableBlock
from maps.passages import say


def report():
    return Report("T", "S", date(2026, 3, 2), "0.1.0")


def test_tables_are_numbered_and_their_figures_remembered(case):
    made = report()
    figure = case.figures.cite("summary", "ask_gbp")
    assert made.table("One", ("a", "b"), [("x", figure)], (1, 1)) == "Table 1"
    assert made.table("Two", ("a",), [("x",)], (1,)) == "Table 2"
    first = made.blocks[0]
    assert isinstance(first, TableBlock)
    assert first.rows == (("x", "1,309,000"),)
    assert first.numeric == (False, True)
    assert list(made.tabled) == [figure.fig_id]
    assert not made.quoted


def test_a_passage_from_figures_is_marked_and_a_gap_too(case):
    made = report()
    made.text(say("Ask: {m}.", m=case.figures.cite("summary", "ask_gbp")))
    made.gap("the amount")
    made.text("Fixed.")
    made.text(say(""))
    assert [b.tone for b in made.blocks if isinstance(b, Paragraph)] == [
        "generated",
        "gap",
        "plain",
    ]
    assert len(made.quoted) == 1


def test_names_lose_their_control_characters():
    made = report()
    made.heading("Bad\x00 Name\u202e")
    assert made.blocks == [Heading("Bad Name", level=1, new_page=True)]
