"""Places for small cells near the sites of a testbed: who is counted, and what is only possible."""

from __future__ import annotations

import numpy as np
import pandas as pd
import tiny

A, B, C, D = "school:A", "hospital:B", "library:C", "library:D"
GOOD = {"kind": "lamp column", "owner": "Council", "height_m": 8.0, "material": "steel", "power": "yes", "heritage": "no", "footway_clear_m": 2.0, "structural_test_date": "", "name": "High Street"}  # fmt: skip
BARE = dict.fromkeys(GOOD, "") | {"kind": "street_lamp", "height_m": np.nan, "footway_clear_m": np.nan}  # fmt: skip


def assets(*rows):
    return tiny.layer("street_assets", pd.DataFrame(rows))


STREET = assets(
    {"id": "asset:x/good", **GOOD, **tiny.at(90)},  # a duct stands at 100 m
    {"id": "asset:x/concrete", **GOOD, "material": "concrete", **tiny.at(60)},
    {"id": "osm:1", **BARE, **tiny.at(30)},
    {"id": "osm:far", **BARE, **tiny.at(700)},
)


def test_places_are_counted_between_what_is_met_and_what_nothing_excludes():
    result = tiny.run("5g-testbed", street_assets=STREET, fibre=tiny.fibre())
    ranking = result.ranking
    # beside A: its own roof and the map's lamp to verify, the good column met, the concrete one out
    assert ranking.cell(A, "metric_site_availability") == 3
    assert ranking.cell(A, "metric_site_availability_low") == 1
    assert np.isnan(ranking.cell(A, "metric_site_availability_high"))
    assert ranking.cell(B, "metric_site_availability") == 1  # its own roof
    assert ranking.cell(B, "metric_site_availability_low") == 0
    assert "of the registers" in ranking.cell(A, "route_site_availability")


def test_the_table_lists_what_is_near_a_site_with_what_is_unknown():
    result = tiny.run("5g-testbed", street_assets=STREET, fibre=tiny.fibre())
    places = result.more["small_cells"].frame.set_index("id")
    assert "osm:far" not in places.index
    assert places["outcome"].reindex(["asset:x/good", "asset:x/concrete", "osm:1", A]).tolist() == [
        "candidate", "excluded", "to verify", "to verify",
    ]  # fmt: skip
    assert places.loc["asset:x/concrete", "failed"] == "steel or aluminium, not concrete"
    assert "power at the column" in places.loc["osm:1", "unknown"]
    assert places.loc["asset:x/good", "fibre_m"] == 10
    summary = result.summary
    assert summary.cell("cell_places_candidate", "value") == 1
    assert summary.cell("cell_places_excluded", "value") == 1


def test_without_street_assets_rooftops_alone_are_counted_and_it_is_said():
    result = tiny.run("5g-testbed")
    assert any("public rooftops alone are counted" in note for note in result.notes)
    assert set(result.more["small_cells"].frame["place"]) == {"rooftop"}
    assert "incomplete" in result.ranking.cell(A, "route_site_availability")


def test_columns_that_may_need_replacing_are_in_the_cost_with_their_range():
    costs = tiny.run("5g-testbed").costs.frame
    line = costs[(costs["site_id"] == A) & (costs["item"] == "columns replaced or strengthened")]
    # half of one column at 4,500 and 44 % bias; none at best; two cells, 9,000 and 44 % at worst
    assert line[["amount_gbp_low", "amount_gbp", "amount_gbp_high"]].to_numpy().tolist() == [
        [0, 3_240, 25_920]
    ]
