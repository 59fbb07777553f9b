"""The reference is the docstrings', the notebook runs, and what the README shows is there."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", ["cli.md", "api.md"])
def test_the_reference_is_what_the_docstrings_say(name):
    made = runpy.run_path(str(DOCS / "make_reference.py"))["pages"]()
    assert (DOCS / name).read_text(encoding="utf-8") == made[name], "run: make reference"


def test_every_link_and_picture_of_the_docs_leads_somewhere():
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.glob("*.md")):
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http:", "https:", "mailto:")):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_pictures_are_small():
    pictures = sorted((DOCS / "pictures").glob("*.png"))
    assert {p.stem for p in pictures} == {"bid", "board", "map"}
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size < 250_000, picture.name


@pytest.fixture
def notebook():
    return json.loads((DOCS / "example.ipynb").read_text(encoding="utf-8"))


def test_the_notebook_loads_a_study_in_five_lines(notebook):
    assert notebook["nbformat"] == 4
    assert all(not cell.get("outputs") for cell in notebook["cells"]), (
        "no results in the repository"
    )
    first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    lines = [line for line in "".join(first["source"]).splitlines() if line]
    assert len(lines) == 5
    assert lines[1] == 'session = infra.open("../demo")'
