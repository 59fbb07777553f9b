"""Journeys use the product as its users do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from journey import with_budgets

from infra.practice import new_practice_study


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small practice study; copy it before changing it."""
    folder = tmp_path_factory.mktemp("practice") / "study"
    new_practice_study(folder, premises=1_000, seed=11)
    with_budgets(folder)
    return folder


@pytest.fixture
def study(practice: Path, tmp_path: Path) -> Path:
    """A practice study of one's own."""
    return Path(shutil.copytree(practice, tmp_path / "my study"))
