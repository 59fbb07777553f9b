"""Every page of a practice study that was really run: no request, no complaint, axe, at any width."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from test_pages_open import AXE, RUN_AXE, SMALL_TARGETS, TOO_WIDE

pytestmark = pytest.mark.slow
LEAST = 9  # the board, data quality and three maps; three maps for the funder; the public board


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages that `infra run` writes, and the page of one figure's chain."""
    study = tmp_path_factory.mktemp("run") / "study"

    def infra(*words):
        command = [sys.executable, "-m", "infra", *map(str, words)]
        subprocess.run(command, check=True, capture_output=True, text=True)

    infra("sample", study, "--premises", 2_000)
    infra("run", study)
    board = (study / "out" / "index.html").read_text(encoding="utf-8")
    figure = re.search(r"F-[A-Z2-7]{8}", board)
    infra("explain", study, figure[0], "--html", study / "out" / "why.html")
    return sorted((study / "out").rglob("*.html"))


def test_every_page_of_a_run_is_for_everybody(pages, opened):
    assert len(pages) > LEAST
    for path in pages:
        page = opened(path)
        page.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        page.run(AXE.read_text(encoding="utf-8"))
        for width, scheme in ((1280, "light"), (1280, "dark"), (320, "light")):
            page.size(width, 900)
            page.media(color_scheme=scheme)
            page.settle(0.2)
            where = (path.name, width, scheme)
            assert page.run(RUN_AXE) == [], where
            assert page.run("document.documentElement.scrollWidth") <= width, where
            assert page.run(TOO_WIDE) == [], where
            assert page.run(SMALL_TARGETS) == [], where
        assert page.requests() == [path.resolve().as_uri()]
        assert page.complaints() == []
