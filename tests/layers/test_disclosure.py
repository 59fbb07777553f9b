"""Which cell an edition may show: declared, inherited, released; and nothing hidden stays behind."""

import numpy as np
import pandas as pd

from layers.disclosure import Classes, hide, renamed, strictest, without_rows
from layers.lineage import Column, Figures, Recipe, Table

RANKING = Table(
    "ranking",
    "site_id",
    pd.DataFrame(
        {
            "site_id": ["uprn:1", "uprn:2"],
            "name": ["Old Depot", "Library"],
            "metric": [3.0, 4.0],
            "score": [0.5, 0.25],
            "chosen": [True, False],
            "low": [0.4, 0.2],
        }
    ),
    {
        "site_id": Column("id", inputs=("offices.id",)),
        "name": Column("name", inputs=("offices.name",), disclosure="vacancy"),
        "metric": Column("premises near it", formula="sum", inputs=("demand.premises",)),
        "score": Column("score", formula="sum", inputs=("ranking.metric",), low_of="low"),
        "chosen": Column("chosen", inputs=("ranking.score",)),
        "low": Column("low score"),
    },
)
COSTS = Table(
    "costs",
    "row",
    pd.DataFrame({"row": ["a", "b"], "item": ["duct", "desk"], "amount": [10.0, 20.0]}),
    {
        "row": Column("row"),
        "item": Column("item"),
        "amount": Column(
            "amount",
            recipes={"duct": Recipe("rate", (), ("civils.duct",)), "desk": Recipe("rate")},
            recipe_of="item",
        ),
    },
)


def classes(**origins) -> Classes:
    return Classes({"ranking": RANKING, "costs": COSTS}, origins, {"civils.duct": "commercial"})


def test_strictest_orders_the_classes():
    assert strictest(["vacancy", "personal", "internal"]) == "personal"
    assert strictest([]) == "public"


def test_an_output_inherits_the_strictest_of_its_files_through_what_is_computed():
    of = classes(demand="commercial")
    assert of.column("ranking", "metric") == "commercial"
    assert of.column("ranking", "score") == "commercial"
    assert of.column("ranking", "chosen") == "commercial"
    assert classes().column("ranking", "score") == "public"


def test_a_column_copied_from_the_sites_own_layer_is_as_sensitive_as_its_row_not_the_layer():
    of = classes(offices="internal")
    assert of.column("ranking", "site_id") == "public"
    assert of.column("ranking", "name") == "vacancy"


def test_rows_made_by_other_recipes_are_judged_one_by_one():
    hidden = classes().hidden("costs", "funder")
    assert hidden.tolist() == [[False, False, True], [False, False, False]]


def test_a_result_is_released_to_the_funder_but_what_it_declares_still_holds():
    of = classes(demand="commercial")
    names = list(RANKING.frame.columns)
    shown = ~of.hidden("ranking", "funder", frozenset({"score", "name"}))[0]
    assert dict(zip(names, shown.tolist(), strict=True)) == {
        "site_id": True, "name": True, "metric": False, "score": True, "chosen": False, "low": True
    }  # fmt: skip
    public = of.hidden("ranking", "public", frozenset({"score", "name"}))[0]
    assert public[names.index("name")]


def test_a_hidden_cell_is_missing_says_so_and_takes_its_range_with_it():
    mask = np.zeros(RANKING.frame.shape, dtype=bool)
    mask[0, list(RANKING.frame.columns).index("score")] = True
    table = hide(RANKING, mask)
    figure = Figures([table], "case").cite("ranking", "uprn:1", "score")
    assert (figure.known, figure.text, figure.range_text) == (False, "withheld", "")
    assert table.cell("uprn:2", "score") == 0.25
    assert pd.isna(table.frame["low"].iloc[0])


def test_an_empty_text_is_not_said_to_be_withheld():
    table = Table("t", "k", pd.DataFrame({"k": ["a"], "who": [""]}), {"k": Column("k"), "who": Column("who")})  # fmt: skip
    assert hide(table, np.array([[False, True]])).withheld == {}


def test_ids_that_hold_a_property_number_are_replaced_wherever_they_stand():
    table = Table(
        "gates",
        "row",
        pd.DataFrame({"row": ["uprn:1|vacant"], "site_id": ["uprn:1"], "relies_on_site_id": ["uprn:1"]}),
        {"row": Column("row"), "site_id": Column("id"), "relies_on_site_id": Column("id")},
    )  # fmt: skip
    made = renamed(table, {"uprn:1": "site 1 (withheld)"})
    assert made.frame.iloc[0].tolist() == ["site 1 (withheld)|vacant", *["site 1 (withheld)"] * 2]
    assert len(without_rows(made, [False]).frame) == 0
