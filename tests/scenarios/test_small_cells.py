"""Rules for small cells on street columns and public rooftops: pass, fail, unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.parameters import shipped
from scenarios.small_cells import RULES, candidates

GOOD = {
    "id": "c1", "easting": 0.0, "northing": 0.0, "kind": "lighting column", "owner": "Council",
    "height_m": 8.0, "material": "Galvanised steel", "power": "yes", "heritage": "no",
    "footway_clear_m": 2.1, "structural_test_date": "2024-05-01", "name": "High Street 12",
}  # fmt: skip


def ruled(fibre=((30.0, 0.0),), rooftops=None, **change):
    return candidates(pd.DataFrame([{**GOOD, **change}]), rooftops, fibre, shipped())


def outcome(found, rule):
    return found.rules[rule].outcome[0], found.rules[rule].reason[0]


def test_a_column_that_meets_every_rule_is_a_candidate():
    found = ruled()
    assert found.frame["outcome"].tolist() == ["candidate"]
    assert all(gate.outcome[0] == "pass" for gate in found.rules.values())
    assert list(found.rules) == list(RULES)
    assert found.frame["owner"].tolist() == ["Council"]
    assert found.frame["structural_test_date"].tolist() == ["2024-05-01"]
    assert found.frame["fibre_m"].tolist() == [30.0]
    assert found.counts == {"candidate": 1, "to verify": 0, "excluded": 0}


def test_each_rule_fails_at_its_limit():
    assert outcome(ruled(height_m=6.0), "height")[0] == "pass"
    assert outcome(ruled(height_m=5.9), "height") == ("fail", "height 5.9 m, under 6 m")
    assert outcome(ruled(material="reinforced concrete"), "material")[0] == "fail"
    assert outcome(ruled(material="steel, concrete sleeve"), "material")[0] == "fail"
    assert outcome(ruled(material="Aluminium"), "material")[0] == "pass"
    assert outcome(ruled(power="no"), "power")[0] == "fail"
    assert outcome(ruled(heritage="yes"), "heritage")[0] == "fail"
    assert outcome(ruled(footway_clear_m=1.8), "footway")[0] == "pass"
    assert outcome(ruled(footway_clear_m=1.7), "footway")[0] == "fail"
    assert (
        ruled(power="no", heritage="yes").frame["failed"].iloc[0]
        == "power at the column, not in a heritage setting"
    )


def test_what_the_register_does_not_say_stays_unknown():
    for name in ("height_m", "material", "power", "heritage", "footway_clear_m"):
        found = ruled(**{name: None})
        rule = {"height_m": "height", "footway_clear_m": "footway"}.get(name, name)
        assert outcome(found, rule)[0] == "unknown", name
        assert found.frame["outcome"].tolist() == ["to verify"]
    bare = candidates(
        pd.DataFrame([{"id": "x", "easting": 0.0, "northing": 0.0}]), None, [(1.0, 1.0)], shipped()
    )
    assert (
        bare.frame["unknown"].iloc[0].count(",") == 5
    )  # "steel or aluminium, not concrete" has one itself
    assert outcome(ruled(material="composite"), "material")[0] == "unknown"
    assert outcome(ruled(power="maybe"), "power")[0] == "unknown"


def test_fibre_farther_than_the_map_shows_is_unknown_not_a_failure():
    assert outcome(ruled(fibre=[(50.0, 0.0)]), "fibre") == ("pass", "fibre 50 m away")
    assert outcome(ruled(fibre=[(51.0, 0.0)]), "fibre")[0] == "unknown"
    assert outcome(ruled(fibre=np.empty((0, 2))), "fibre")[0] == "unknown"
    assert outcome(ruled(easting=None), "fibre")[0] == "unknown"


def test_rooftops_have_no_footway_and_no_column():
    roof = pd.DataFrame(
        [{"id": "b1", "easting": 10.0, "northing": 0.0, "name": "Library", "owner": "Council"}]
    )
    found = ruled(rooftops=roof)
    assert found.frame["id"].tolist() == ["b1", "c1"]
    assert found.frame["place"].tolist() == ["rooftop", "column"]
    assert found.frame["outcome"].tolist() == ["to verify", "candidate"]
    assert outcome(found, "footway") == ("pass", "does not arise on a roof")
    assert found.rules["height"].outcome.tolist() == ["unknown", "pass"]


def test_true_and_false_columns_and_no_assets_at_all():
    assert outcome(ruled(power=True, heritage=False), "power")[0] == "pass"
    assert outcome(ruled(power=True, heritage=False), "heritage")[0] == "pass"
    empty = candidates(None, None, np.empty((0, 2)), shipped())
    assert empty.frame.empty
    assert empty.counts == {"candidate": 0, "to verify": 0, "excluded": 0}
