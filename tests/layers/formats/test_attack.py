"""Damaged files: no traceback, no hang, no silent loss."""

from __future__ import annotations

import pytest
from attack import attack
from practice_files import practice_files

from layers.formats import format_names


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return practice_files(tmp_path_factory.mktemp("practice"))


def test_every_format_has_a_practice_file_to_damage(files):
    held = {case.split(" ")[0] for case in files}
    assert set(format_names()) - held <= {"visit_sheet"}  # its own tests damage it


def test_300_damaged_files(files, tmp_path):
    fates, _ = attack(files, tmp_path, range(300))
    assert fates.total() >= 300
    assert set(fates) <= {"used", "not used", "not recognised", "refused"}
    assert fates["refused"] > 10
    assert fates["used"] > 10


@pytest.mark.slow
def test_12_000_damaged_files(files, tmp_path, capsys):
    fates, slowest = attack(files, tmp_path, range(1_000, 13_000))
    with capsys.disabled():
        print(f"\n12,000 damaged files of {len(files)} kinds: {dict(fates)}; slowest {slowest:.2f} s")  # noqa: T201 - the figure for docs/reliability.md
