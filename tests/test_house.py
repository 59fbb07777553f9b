"""The house: floors import only downwards, rooms stay small, nothing names a host or a machine."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("layers", "scenarios", "maps", "infra")


def modules() -> list[Path]:
    return sorted(p for floor in FLOORS for p in (ROOT / floor).rglob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_floor_imports_only_floors_below_it(path):
    above = FLOORS[FLOORS.index(path.relative_to(ROOT).parts[0]) + 1 :]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        for name in names:
            assert name.split(".")[0] not in above, f"{path}:{node.lineno} climbs to {name}"


def test_the_lock_names_no_host():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)
    pinned = re.findall(r"^[a-z0-9-]+==.*", text, re.MULTILINE)
    assert text.count("--hash=sha256:") > len(pinned) > 50


def test_no_tests_folder_shadows_a_floor():
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_help_imports_no_heavy_library():
    code = (
        "import sys; from click.testing import CliRunner; from infra.cli import main;"
        "CliRunner().invoke(main, ['--help']);"
        "print([m for m in ('numpy','pandas','geopandas','matplotlib','pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_data_files_ride_in_the_wheel():
    for name in (
        "layers/catalogue.toml",
        "layers/parameters.toml",
        "infra/areas.toml",
        "scenarios/profiles/co-working.toml",
    ):
        assert (ROOT / name).is_file()
