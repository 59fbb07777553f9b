"""Swing weights of several people: read, compared, ranked under."""

import numpy as np
import pytest
import tiny

from layers.errors import StudyError
from scenarios.group_weights import group_of, profile_lines, rankings_of, read_person, spread
from scenarios.profile import load_profile

PROFILE = load_profile("full-fibre-fund")
KEYS = list(PROFILE.criterion)


def person(points, number=1, head="criterion,points\n"):
    lines = "".join(f"{key},{value}\n" for key, value in points.items())
    return read_person(head + lines, PROFILE, where="person.csv", number=number)


def test_a_file_names_criteria_by_key_or_label_and_need_not_name_the_person():
    text = "criterion,points\nwho,Head of digital\nwhen,2026-03-01\n" + "".join(
        f"{item.label},{10 * (i + 1)}\n" for i, item in enumerate(PROFILE.criterion.values())
    )
    found = read_person(text, PROFILE, where="a.csv", number=1)
    assert (found.who, found.when) == ("Head of digital", "2026-03-01")
    assert list(found.points) == KEYS
    assert person(dict.fromkeys(KEYS, 50), number=3).who == "person 3"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({KEYS[0]: None}, "there are no swing points for Uplift"),
        ({"uplfit": 10}, "'uplfit' is no criterion of this case"),
        ({KEYS[1]: "high"}, "the points of 'public_service_need' are 'high'"),
        ({KEYS[1]: "140"}, "the points of 'public_service_need' are '140'"),
        (dict.fromkeys(KEYS, 0), "all swing points are zero"),
    ],
)
def test_what_is_wrong_is_said_in_words(change, said):
    points = dict.fromkeys(KEYS, 50) | change
    with pytest.raises(StudyError) as caught:
        person({k: v for k, v in points.items() if v is not None})
    assert any(said in str(fault) for fault in caught.value.faults)


def group():
    """Three people: all on uplift, all on need, and evenly."""
    one = dict.fromkeys(KEYS, 0) | {KEYS[0]: 100}
    two = dict.fromkeys(KEYS, 0) | {KEYS[1]: 100}
    return group_of([person(one), person(two, 2), person(dict.fromkeys(KEYS, 70), 3)], PROFILE)


def test_median_and_spread():
    found = spread(group(), PROFILE).set_index("criterion")
    # uplift: 1, 0, 1/7: the median 1/7, as for need; 0 for the others; scaled: a half each
    assert found.loc[KEYS[0], ["median", "least", "most"]].tolist() == [0.5, 0.0, 1.0]
    assert found.loc[KEYS[2], "median"] == 0
    assert found["median"].sum() == 1


def test_each_person_ranks_the_sites():
    ranking = tiny.run("full-fibre-fund").ranking
    found, tau = rankings_of(group(), ranking, PROFILE)
    listed = ranking.frame[ranking.frame["rank"].notna()].set_index("site_id")
    best = listed[f"value_{KEYS[0]}"].idxmax()
    assert found.set_index("site_id").loc[best, "rank_1"] == 1
    assert (found["rank_best"] <= found["rank_worst"]).all()
    assert found["rank_median"].is_monotonic_increasing
    assert all(-1 <= t <= 1 for t in tau if not np.isnan(t))


def test_the_lines_make_a_profile_that_is_accepted(tmp_path):
    import tomllib

    lines = "\n".join(profile_lines(group(), PROFILE, on="2026-03-01"))
    made = tomllib.loads(lines)
    weights = [made["criterion"][key]["weight"] for key in KEYS]
    assert sum(weights) == pytest.approx(1, abs=1e-9)
    text = tmp_path / "mine.toml"
    data = PROFILE.model_dump(mode="json", by_alias=True, exclude_none=True)
    for key in KEYS:
        data["criterion"][key] |= made["criterion"][key]
    data |= {k: made[k] for k in ("weights_set_by", "weights_drawn", "swing")}
    data["weights_set_on"] = data["anchors_set_on"] = "2026-03-01"
    data["swing"] = [{**s, "when": "2026-03-01"} for s in made["swing"]]
    held = PROFILE.model_validate(data)
    from scenarios.profile_weights import scale_faults

    assert scale_faults(held, str(text)) == []
