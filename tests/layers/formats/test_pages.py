"""The pages of docs/data say what the code does: every format has one, and no column is made up."""

from __future__ import annotations

import pytest
from practice_files import practice_files

from layers.catalogue import shipped
from layers.formats import format_names, load
from layers.gather import gather
from layers.pages import FOLDER, datasets_of, pages, said

KEYS = ("src", "record")


def test_every_format_has_its_page_and_every_page_its_format():
    assert sorted(said()) == format_names()
    written = {p.stem for p in FOLDER.glob("*.md")} - {"README", "mappings", "own-lists"}
    assert sorted(written) == format_names()


def test_pages_are_as_the_code_says():
    stale = [
        name
        for name, text in pages().items()
        if (FOLDER / name).read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run 'make pages'"


@pytest.mark.parametrize("key", format_names())
def test_a_page_says_what_whose_on_what_terms_and_which_traps(key):
    text = pages()[f"{key}.md"]
    for entry in datasets_of(load(key).FORMAT):
        assert entry.key in shipped()
        assert entry.licence in text
        assert entry.where in text
    for layout in load(key).FORMAT.layouts:
        assert layout.name in text
    own = said()[key]
    assert own["what"]
    assert own["says"]
    assert own["cannot"]
    assert own["traps"]


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """The columns that each format's reader gives of its practice files."""
    folder = tmp_path_factory.mktemp("pages")
    found: dict[str, set[str]] = {}
    for path in practice_files(folder).values():
        for key, readings in gather(folder, [path]).readings.items():
            for reading in readings:
                found.setdefault(key, set()).update(set(reading.frame.columns) - set(KEYS))
    return found


def named() -> dict[str, set[str]]:
    return {key: set(own["columns"].split()) for key, own in said().items()}


def test_no_page_names_a_column_that_its_reader_does_not_give(given):
    made_up = {key: columns - given.get(key, set()) for key, columns in named().items()}
    made_up["visit_sheet"] = named()["visit_sheet"] ^ set(load("visit_sheet").COLUMNS)
    assert {key: columns for key, columns in made_up.items() if columns} == {}


def test_no_reader_gives_a_column_that_its_page_does_not_name(given):
    unsaid = {key: columns - named()[key] for key, columns in given.items()}
    assert {key: columns for key, columns in unsaid.items() if columns} == {}
