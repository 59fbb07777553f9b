"""`study.toml` is read whole, or refused with every fault and its line."""

from datetime import date

import pytest

from infra.new import known_areas, new_study
from infra.study import load_study
from layers.errors import StudyError

GOOD = """\
schema = 1
name = "Test"
as_of = 2026-11-01
[area]
code = "E47000007"
name = "Somewhere"
districts = ["E08000025"]
[case.full-fibre-fund]
scenario = "full_fibre_fund"
profile = "full-fibre-fund"
budget_gbp = 1000
"""


def refuse(tmp_path, text):
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(StudyError) as caught:
        load_study(tmp_path)
    return caught.value.faults


def test_a_new_study_is_a_valid_study(tmp_path):
    new_study(tmp_path / "s", "E47000007", date(2026, 11, 23))
    model = load_study(tmp_path / "s").model
    assert model.as_of == date(2026, 11, 23)
    assert len(model.area.districts) == 7
    assert list(model.case) == ["full-fibre-fund", "5g-testbed", "co-working"]


def test_the_seven_districts_are_those_of_the_combined_authority():
    # ONS: E47000007 West Midlands has E08000025 to E08000031
    assert known_areas()["E47000007"].districts == tuple(f"E080000{n}" for n in range(25, 32))


def test_a_second_new_study_in_the_same_folder_is_refused(tmp_path):
    new_study(tmp_path, "E47000007", date(2026, 11, 23))
    with pytest.raises(StudyError, match="a study here already"):
        new_study(tmp_path, "E47000007", date(2026, 11, 23))


def test_an_unknown_setting_is_named_with_its_line(tmp_path):
    (fault,) = refuse(tmp_path, GOOD + "colour = 3\n")
    assert fault.line == 12
    assert "case.full-fibre-fund.colour" in str(fault)


def test_all_faults_come_together(tmp_path):
    faults = refuse(
        tmp_path, GOOD.replace("budget_gbp = 1000", "budget_gbp = 0").replace('name = "Test"\n', "")
    )
    assert {f.column for f in faults} == {"name", "case.full-fibre-fund.budget_gbp"}


def test_a_budget_of_zero_names_its_line(tmp_path):
    (fault,) = refuse(tmp_path, GOOD.replace("= 1000", "= 0"))
    assert fault.line == 11
    assert "greater than 0" in fault.problem


def test_not_toml_names_the_line(tmp_path):
    (fault,) = refuse(tmp_path, "schema = 1\nname = oops\n")
    assert fault.line == 2


def test_no_study_says_what_to_do(tmp_path):
    with pytest.raises(StudyError, match="infra new"):
        load_study(tmp_path / "nowhere")


def test_no_sources_is_said(tmp_path):
    (tmp_path / "study.toml").write_text(GOOD)
    with pytest.raises(StudyError, match="sources folder 'sources' is not there"):
        load_study(tmp_path).files()
    (tmp_path / "sources").mkdir()
    with pytest.raises(StudyError, match="no files in it"):
        load_study(tmp_path).files()


def test_a_named_source_that_is_missing_is_said(tmp_path):
    (tmp_path / "study.toml").write_text(GOOD + '[[sources.file]]\nname = "gone.csv"\n')
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "a.csv").write_text("x")
    with pytest.raises(StudyError, match=r"gone\.csv"):
        load_study(tmp_path).files()


def test_every_setting_is_documented():
    from pathlib import Path

    from infra import study

    text = (Path(study.__file__).parents[1] / "docs" / "study.md").read_text(encoding="utf-8")
    models = (
        study.StudyModel,
        study.AreaModel,
        study.SourcesModel,
        study.FileModel,
        study.CaseModel,
        study.ConfirmModel,
        study.ParameterModel,
    )
    names = {field.alias or name for model in models for name, field in model.model_fields.items()}
    assert [
        name
        for name in sorted(names)
        if f"`{name}`" not in text and f"[{name}" not in text and f".{name}" not in text
    ] == []
