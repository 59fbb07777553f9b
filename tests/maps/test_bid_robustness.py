"""The bid says how firmly each site is chosen, and never calls it a chance."""

from dataclasses import replace

import pandas as pd
from views import case_view

from layers.lineage import Column, Figures, Table
from maps.bid_robustness import robustness
from maps.blocks import Paragraph
from maps.case_report import case_report


def with_tests():
    view = case_view("full_fibre_fund")
    ranking = view.ranking
    frame = ranking.frame.assign(
        chosen_pct=94.2,
        chosen_if_verified_pct=90.0,
        robustness_sentence="Chosen in 94 % of 10,000 tested weightings.",
    )
    columns = dict(ranking.columns) | {
        "chosen_pct": Column("share", "%", 1), "chosen_if_verified_pct": Column("share", "%", 1), "robustness_sentence": Column("sentence"),
    }  # fmt: skip
    made = Table("ranking", "site_id", frame, columns)
    tests = pd.DataFrame(
        [
            {
                "row": "uplift|left out",
                "label": "Uplift",
                "test": "left out",
                "enter": 1,
                "leave": 2,
                "entering": "A",
                "leaving": "B; C",
            }
        ]
    )
    weights = Table(
        "weight_tests",
        "row",
        tests,
        {name: Column(name, "sites" if name in {"enter", "leave"} else "") for name in tests},
    )
    tables = [*(t for t in view.figures.tables.values() if t.name != "ranking"), made, weights]
    return replace(view, ranking=made, weight_tests=weights, figures=Figures(tables, view.key))


def texts(report):
    return " ".join(str(block) for block in report.blocks)


def empty(view):
    return case_report(view, "a bid")


def test_shares_and_changes_are_printed_and_quoted():
    view = with_tests()
    report = empty(view)
    robustness(report, view)
    said = texts(report)
    assert "under many other weightings" in first(report)  # no table says how many
    assert "Changes of one weight" in said
    quoted = view.figures.frame()
    assert set(quoted.loc[quoted["table"] == f"{view.key}/weight_tests", "column"]) == {
        "enter",
        "leave",
    }


def first(report):
    """The first paragraph, without the ids of its figures."""
    return next(b for b in report.blocks if isinstance(b, Paragraph)).passage.text


def test_how_it_was_tested_and_whether_weights_came_before_scores_is_printed():
    view = with_tests()
    rows = [
        ("draws", "Weightings tested", 10_000.0, "", 0, "drawn in the order of the weights"),
        ("weights_set_before_scores", "x", 1.0, "", 0, "set by Board, 2026-03-01; before the scores were seen"),
        ("criteria", "Criteria weighed", 7.0, "", 0, ""),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["item", "label", "value", "unit", "decimals", "note"])
    columns = {c: Column(c) for c in frame} | {"value": Column("", "", 0)}
    tests = Table("robustness", "item", frame, columns)
    tables = [*view.figures.tables.values(), tests]
    view = replace(view, more={"robustness": tests}, figures=Figures(tables, view.key))
    report = empty(view)
    robustness(report, view)
    assert "under 10,000 other weightings" in first(report)
    (printed,) = [b for b in report.blocks if getattr(b, "caption", "") == "How the ranking was tested"]  # fmt: skip
    assert printed.rows == (
        ("Weightings tested", "10,000", "drawn in the order of the weights"),
        ("Weights set before the scores were seen", "yes",
         "set by Board, 2026-03-01; before the scores were seen"),
    )  # fmt: skip


def test_it_is_never_called_a_chance():
    view = with_tests()
    report = empty(view)
    robustness(report, view)
    assert "chance" not in texts(report).lower()
    assert "probab" not in texts(report).lower()


def test_a_ranking_without_tests_prints_nothing():
    view = case_view("full_fibre_fund")
    report = empty(view)
    robustness(report, view)
    assert texts(report) == texts(empty(view))


def test_a_share_that_no_site_has_is_no_column():
    view = with_tests()
    frame = view.ranking.frame.assign(chosen_pct=float("nan"))
    ranking = replace(view.ranking, frame=frame)
    tables = [*(t for t in view.figures.tables.values() if t.name != "ranking"), ranking]
    view = replace(view, ranking=ranking, figures=Figures(tables, view.key))
    report = empty(view)
    robustness(report, view)
    (table,) = [
        b for b in report.blocks if getattr(b, "caption", "") == "Robustness of the first sites"
    ]
    assert table.header == ("Site", "If gates are confirmed", "What would change it")
    assert {len(row) for row in table.rows} == {3}
