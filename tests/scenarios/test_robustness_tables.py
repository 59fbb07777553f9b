"""What a case says of how its ranking was tested, and of other methods."""

import numpy as np
import pytest
import tiny

from scenarios.profile import load_profile
from scenarios.ranking import additive_score, ranks

CASES = ("full-fibre-fund", "5g-testbed", "co-working")


@pytest.mark.parametrize("key", CASES)
def test_the_tables_tell_how_the_ranking_was_tested(key):
    made = tiny.run(key)
    tests = made.more["robustness"]
    assert tests.cell("draws", "value") == 10_000
    assert tests.cell("weights_set_before_scores", "value") == 1
    assert "toolkit default, 2026-11-25" in tests.cell("weights_set_before_scores", "note")
    assert any("before the scores were seen" in note for note in made.notes)


@pytest.mark.parametrize("key", CASES)
def test_the_ranks_of_a_site_add_up_to_all_weightings(key):
    frame = tiny.run(key).more["acceptability"].frame
    shares = frame.filter(regex=r"^rank_\d+_pct$").sum(axis=1) + frame["beyond_pct"]
    assert np.allclose(shares, 100, atol=1.1)
    central = frame.filter(regex="^weight_").dropna()
    assert np.allclose(central.sum(axis=1), 1, atol=0.001)


def test_the_winner_changes_at_the_weight_that_is_told():
    made = tiny.run("full-fibre-fund")
    profile = made.profile
    keys = list(profile.criterion)
    listed = made.ranking.frame[made.ranking.frame["rank"].notna()]
    values = listed[[f"value_{k}" for k in keys]].to_numpy()
    told = made.more["winner"].frame.dropna(subset=["rises_to"])
    assert len(told)
    for row in told.itertuples():
        for step, first in ((-0.01, True), (0.01, False)):
            t = row.rises_to + step
            moved = {k: c.weight for k, c in profile.criterion.items()}
            rest = 1 - moved[row.criterion]
            weights = [t if k == row.criterion else w * (1 - t) / rest for k, w in moved.items()]
            place = ranks(additive_score(values, weights))[0]
            assert (place == 1) == first


def test_other_methods_stand_beside_with_tau_and_cause():
    made = tiny.run("full-fibre-fund")
    methods = made.more["methods"].frame
    assert methods["method"].tolist() == ["TOPSIS", "PROMETHEE II"]
    assert methods["tau"].between(-1, 1).all()
    sites = made.more["method_check"].frame
    assert (sites["gap"] == sites["rank_there"] - sites["rank"]).all()


def test_other_methods_look_at_every_ranked_site():
    made = tiny.run("full-fibre-fund")
    listed = made.ranking.frame.dropna(subset=["rank"])
    methods, sites = made.more["methods"].frame, made.more["method_check"].frame
    assert methods["sites"].tolist() == [len(listed)] * 2
    for method in methods["method"]:
        assert set(sites.loc[sites["method"] == method, "site_id"]) == set(listed["site_id"])


@pytest.mark.parametrize("drawn", ["ordinal", "ranges"])
def test_weights_are_drawn_as_the_profile_says(drawn):
    profile = load_profile("full-fibre-fund")
    held = {
        k: c.model_copy(update={"weight_low": c.weight, "weight_high": c.weight})
        for k, c in profile.criterion.items()
    }
    update = {"weights_drawn": drawn} | ({"criterion": held} if drawn == "ranges" else {})
    made = tiny.run("full-fibre-fund", profile=profile.model_copy(update=update))
    central = made.more["acceptability"].frame.filter(regex="^weight_").dropna()
    weights = [c.weight for c in profile.criterion.values()]
    if drawn == "ranges":  # no room to move
        assert np.allclose(central.iloc[0], weights, atol=1e-4)
    else:
        order = np.argsort(weights, kind="stable")
        assert (np.diff(central.iloc[0].to_numpy()[order]) >= -0.01).all()
