"""A strategy is a file; what maps to an objective must be something that a scenario measures."""

import pytest

from layers.errors import StudyError
from scenarios.strategy import SHIPPED, load_strategy

HEAD = 'schema = 1\nkey = "ours"\ntitle = "Our strategy"\npublisher = "Us"\ndate = "2027"\nstatus = "draft"\n'


def test_the_shipped_strategy_is_marked_historic_and_has_eight_objectives():
    shipped = load_strategy()
    assert len(shipped.objective) == 8
    assert shipped.status == "historic"
    assert shipped.words.endswith("2016 (historic)")


def test_a_study_brings_its_own(tmp_path):
    own = tmp_path / "ours.toml"
    own.write_text(
        HEAD + '[objective.reach]\nlabel = "Reach"\ncriteria = ["full_fibre_fund.uplift"]\n'
    )
    assert load_strategy("ours.toml", tmp_path).objective["reach"].label == "Reach"


def test_a_criterion_that_nothing_measures_is_refused_with_the_nearest(tmp_path):
    own = tmp_path / "ours.toml"
    own.write_text(HEAD + '[objective.reach]\nlabel = "R"\ncriteria = ["full_fibre_fund.uplit"]\n')
    with pytest.raises(StudyError, match=r"did you mean 'full_fibre_fund\.uplift'"):
        load_strategy("ours.toml", tmp_path)


def test_an_outcome_that_no_summary_has_is_refused_with_the_nearest(tmp_path):
    own = tmp_path / "ours.toml"
    own.write_text(HEAD + '[objective.reach]\nlabel = "R"\noutcomes = ["premises_uplift", "x"]\n')
    with pytest.raises(StudyError) as caught:
        load_strategy("ours.toml", tmp_path)
    first, second = map(str, caught.value.faults)
    assert "did you mean 'premises_uplifted'" in first
    assert "summary.csv" in second


@pytest.mark.parametrize(
    ("text", "said"),
    [("schema = ", "not readable as TOML"), (HEAD.replace("draft", "dead"), "status")],
)
def test_a_file_that_is_none_is_refused(tmp_path, text, said):
    (tmp_path / "ours.toml").write_text(text)
    with pytest.raises(StudyError, match=said):
        load_strategy("ours.toml", tmp_path)


def test_no_such_strategy_names_the_shipped_ones():
    with pytest.raises(StudyError, match=SHIPPED):
        load_strategy("nowhere.toml")
