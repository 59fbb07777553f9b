"""The bid says how firmly each site is chosen, and never calls it a chance."""

from dataclasses import replace

import pandas as pd
from views import case_view

from layers.lineage import Column, Figures, Table
from maps.bid_robustness import robustness
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
    assert "10,000 other weightings" in said
    assert "Changes of one weight" in said
    quoted = view.figures.frame()
    assert set(quoted.loc[quoted["table"] == f"{view.key}/weight_tests", "column"]) == {
        "enter",
        "leave",
    }


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
