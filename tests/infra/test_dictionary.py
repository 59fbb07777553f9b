"""The data dictionary: a line for every column of every table."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from infra.dictionary import data_dictionary
from layers.lineage import Column, Table


def table(name):
    columns = {
        "id": Column("the key"),
        "share": Column(
            "a share", "%", 1, grade_of="grade", formula="a / b", disclosure="internal"
        ),
        "grade": Column("its grade"),
        "cost": Column("a cost", unit_of="grade", grade="estimated"),
    }
    frame = pd.DataFrame({"id": ["a"], "share": [1.0], "grade": ["x"], "cost": [2.0]})
    return Table(name, "id", frame, columns)


def test_every_column_of_every_table_has_a_line():
    names = ("coverage", "series", "district_gaps", "area_gaps", "sources", "quality")
    study = SimpleNamespace(**{n: table(n) for n in names}, targets=None, ward_gaps=None)
    own = ("ranking", "gates", "costs", "criteria", "summary")
    view = SimpleNamespace(
        key="bid",
        **{n: table(n) for n in own},
        weight_tests=None,
        buildings=None,
        more={"x": table("x")},
    )
    made = data_dictionary(study, [view], {"plan_sites": table("plan_sites")})
    assert len(made) == 4 * (6 + 6 + 1)
    line = made[(made["file"] == "bid/ranking.csv") & (made["column"] == "share")].iloc[0].to_dict()
    assert line == {
        "file": "bid/ranking.csv", "column": "share", "key": False, "description": "a share",
        "unit": "%", "decimals": 1, "grade": "in column grade", "made_by": "a / b",
        "disclosure": "internal",
    }  # fmt: skip
    cost = made[(made["file"] == "plan/plan_sites.csv") & (made["column"] == "cost")].iloc[0]
    assert (cost["unit"], cost["grade"]) == ("in column grade", "estimated")
    assert pd.isna(cost["decimals"])
