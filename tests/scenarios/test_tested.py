"""What tested weightings add to a case; the methods have vectors of their own (M05, M06)."""

import numpy as np
import tiny


def test_how_often_chosen_is_said_only_of_sites_that_pass_every_gate():
    frame = tiny.run("full-fibre-fund").ranking.frame
    ranked = frame["status"] == "ranked"
    assert frame.loc[ranked, "chosen_pct"].between(0, 100).all()
    assert frame.loc[~ranked, "chosen_pct"].isna().all()


def test_every_listed_site_has_a_sentence_and_no_other():
    frame = tiny.run("full-fibre-fund").ranking.frame
    listed = frame["status"].isin(["ranked", "to verify"])
    assert (frame.loc[listed, "robustness_sentence"] != "").all()
    assert (frame.loc[~listed, "robustness_sentence"] == "").all()
    assert not frame["robustness_sentence"].str.contains("chance|probab").any()


def test_first_places_add_up_to_all_weightings():
    frame = tiny.run("full-fibre-fund").ranking.frame
    # equal scores share a place, so the sum may pass 100 but never fall short of it
    assert frame["first_pct"].sum() >= 100 - 0.1 * len(frame)


def test_the_same_seed_gives_the_same_table():
    one, two = (tiny.run("5g-testbed").ranking.frame for _ in range(2))
    assert np.array_equal(one["first_pct"], two["first_pct"], equal_nan=True)


def test_a_budget_for_every_site_makes_every_passing_site_always_chosen():
    frame = tiny.run("full-fibre-fund", 1e9).ranking.frame
    passing = frame[(frame["status"] == "ranked") & frame["cost_gbp"].notna()]
    assert len(passing)
    assert (passing["chosen_pct"] == 100).all()


def test_each_criterion_is_left_out_and_moved_by_a_quarter():
    result = tiny.run("full-fibre-fund")
    tests = result.weight_tests.frame
    assert len(tests) == 3 * len(result.criteria.frame)
    assert (tests.loc[tests["test"] == "left out", "weight"] == 0).all()
