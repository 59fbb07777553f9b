"""Whatever stands in the cells of a study's files: layers or one clear refusal, and every row in its place."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from infra.practice import new_practice_study
from infra.study import load_study
from layers.build import StudyArea, build
from layers.errors import InputError
from layers.evidence import Evidence
from layers.gather import gather
from layers.parameters import shipped
from layers.source import Layer

# without the ground there is no study: that refusal has its tests; rasters are no cells
GENERATED = (Phase.explicit, Phase.generate)  # to shrink an example of two seconds takes minutes
NOT_READ = {"terrain", "surface", "osm", "census", "nations"}
LEFT_OUT = {*NOT_READ, "boundaries"}
NASTY = (
    "", " ", "0", "-1", "1e309", "nan", "-inf", "1,000", "£5", "<5", "..", "[x]", "NULL", "#REF!", "=1+1", "@a",
    "'", '"', '"a\nb"', "\x00", "\ufeff", "\u202e", "é", "<b>", "2025-02-30", "31/12/1899", "E09999999", "e08999901",
    "E08999901 ", "QA1 1AA", "qa11aa", "99999999999999999999", "1.2E+11", "true", "Yes", "POINT (1 2)", "x" * 3_000,
)  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """One change to one file: a cell, or a row taken out, doubled, cut short or moved."""

    file: int
    row: int
    column: int
    what: str
    text: str


EDITS = st.lists(
    st.builds(
        Edit,
        st.integers(0, 60),
        st.integers(0, 10_000),
        st.integers(0, 40),
        st.sampled_from(("cell", "cell", "cell", "column", "twice", "out", "cut")),
        st.sampled_from(NASTY) | st.text(max_size=12),
    ),
    min_size=1,
    max_size=25,
)


@pytest.fixture(scope="module")
def county(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("county") / "study"
    new_practice_study(folder, premises=500, seed=3)
    return folder


def edited(lines: list[list[str]], edit: Edit) -> None:
    at = 1 + edit.row % max(1, len(lines) - 1)
    if at >= len(lines):
        return
    row = lines[at]
    column = edit.column % len(row)
    if edit.what == "cell":
        row[column] = edit.text
    elif edit.what == "column":
        for other in lines[1:]:
            if column < len(other):
                other[column] = edit.text
    elif edit.what == "twice":
        lines.insert(at, list(row))
    elif edit.what == "out" and len(lines) > 2:
        del lines[at]
    elif edit.what == "cut":
        del row[column:]


def meddle(files: list[Path], edits: Iterable[Edit]) -> None:
    tables = [p for p in files if p.suffix == ".csv"]
    for edit in edits:
        path = tables[edit.file % len(tables)]
        text = path.read_bytes().decode("latin-1")
        lines = [line.split(",") for line in text.split("\n")]
        edited(lines, edit)
        whole = "\n".join(",".join(cells) for cells in lines)
        path.write_bytes(whole.encode("latin-1", "replace"))


def assert_layers_or_a_refusal(study: Path, folder: Path, edits: list[Edit]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(study / "sources", folder)
    held = load_study(study)
    area = held.model.area
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    files = [p for p in files if p.relative_to(folder).parts[0] not in NOT_READ]
    meddle([p for p in files if p.relative_to(folder).parts[0] not in LEFT_OUT], edits)
    made = gather(folder, files, districts=area.districts)
    assert len(made.fates) == len(files)
    for fate in made.fates:
        assert fate.quality is None or fate.quality.closes, fate.name
        assert fate.status != "refused" or any(f.where == fate.name for f in made.faults)
    assert all(fault.problem and fault.mend for fault in made.faults)
    ground = StudyArea(area.code, area.name, tuple(area.districts))
    with contextlib.suppress(InputError):  # a refusal is an answer; anything else is not
        evidence = build(made, ground, shipped(), held.model.as_of)
        assert_whole(evidence)


def assert_whole(evidence: Evidence) -> None:
    assert all(quality.closes for quality in evidence.quality)
    for item in fields(evidence):
        layer = getattr(evidence, item.name)
        if isinstance(layer, Layer):
            assert layer.frame["id"].is_unique, item.name


@pytest.fixture(scope="module")
def scratch(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("edited") / "sources"


@settings(max_examples=3, phases=GENERATED)
@given(edits=EDITS)
def test_any_cells_make_layers_or_one_refusal(county, scratch, edits):
    assert_layers_or_a_refusal(county, scratch, edits)


@pytest.mark.slow
@settings(max_examples=150, phases=GENERATED)
@given(edits=EDITS)
def test_many_more_cells_make_layers_or_one_refusal(county, scratch, edits):
    assert_layers_or_a_refusal(county, scratch, edits)
