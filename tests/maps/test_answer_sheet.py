"""The answer sheet: every question answered or marked, words counted, nothing invented."""

from __future__ import annotations

from dataclasses import replace

import pytest
from docx import Document

from maps.answer_sheet import answers, count_words, write_answer_sheet
from scenarios.profile import Question, load_profile, profile_names


def asking(view, *questions):
    return replace(view, profile=replace(view.profile, questions=questions))


def test_words_are_counted_as_a_form_counts_them():
    assert count_words("The ask is £1,309,000 (range £1.0 to £1.8), 71 % of it unquoted.") == 12


def test_plain_questions_and_tables_stand_side_by_side(case):
    asked = Question(text="What does the public get for its money?", words=20, marks=15,
                     attachments=("Appraisal",))  # fmt: skip
    first, second = answers(asking(case, "Why this place and these sectors?", asked))
    assert first.limit is None
    assert "no limit stated" in first.standing
    assert "In January 2024, 58.4 %" in first.draft[1].text.replace("\u00a0", " ")
    assert second.words > 20
    assert second.standing.endswith(f"{second.words - 20} over the limit")
    assert second.attachments == ("Appraisal",)


def test_a_question_nothing_is_known_about_is_a_gap(case):
    (answer,) = answers(asking(case, "Describe your favourite colour?"))
    assert answer.draft == ()
    assert answer.words == 0
    assert answer.missing == ("the whole answer: the study holds nothing on it",)


@pytest.mark.parametrize("name", profile_names())
def test_every_shipped_question_has_a_topic(any_case, name):
    questions = load_profile(name).questions
    found = answers(asking(any_case, *questions))
    assert len(found) == len(questions)
    assert all(answer.missing for answer in found)
    shy = [a.question for a in found if a.missing[0].startswith("the whole answer")]
    assert not [q for q in shy if "technical solution" not in q and "lessons" not in q], shy


def test_the_sheet_lists_counts_drafts_and_gaps(tmp_path, case):
    view = asking(case, Question(text="Why will the market not do it?", words=100), "Your colour?")
    write_answer_sheet(view, tmp_path / "answers.docx")
    document = Document(str(tmp_path / "answers.docx"))
    paragraphs = [p.text for p in document.paragraphs]
    assert any(p.startswith("40 of 100 words drafted; 60 left") for p in paragraphs)
    assert "Nothing can be drafted from the study's figures." in paragraphs
    assert any(p.startswith("[Officer to complete: results and date") for p in paragraphs)
    overview = [[c.text for c in row.cells] for row in document.tables[0].rows]
    assert overview[1] == ["1", "Why will the market not do it?", "40", "100", "not stated", "2"]


def test_pdf_and_docx_twice_the_same(tmp_path, case):
    for suffix in ("docx", "pdf"):
        one, two = tmp_path / f"one.{suffix}", tmp_path / f"two.{suffix}"
        write_answer_sheet(case, one)
        write_answer_sheet(case, two)
        assert one.read_bytes() == two.read_bytes()
    with pytest.raises(ValueError, match=r"\.docx or \.pdf"):
        write_answer_sheet(case, tmp_path / "answers.odt")


def test_a_profile_without_questions_says_so(tmp_path, case):
    write_answer_sheet(asking(case), tmp_path / "answers.docx")
    text = " ".join(p.text for p in Document(str(tmp_path / "answers.docx")).paragraphs)
    assert "[Officer to complete: the fund's questions; the profile lists none]" in text
