"""Pages of the invented county, opened in a headless Chromium where one is installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# the practice views of tests/maps serve here too
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "maps"))

from chromium import Chromium, found


@pytest.fixture(scope="module")  # its event loop must be gone before other tests start one
def browser():
    program = found()
    if program is None:
        pytest.skip("no Chromium is installed (apt-get install chromium)")
    driven = Chromium(program)
    yield driven
    driven.close()


@pytest.fixture(scope="session")
def out(tmp_path_factory):
    """A board page with live weights and the three web maps, in the layout of `out/`."""
    from live_cases import ranked_case
    from map_layers import with_layers
    from views import SCENARIOS, study_view

    from maps.board import write_board
    from maps.web import write_case_map

    folder = tmp_path_factory.mktemp("out")
    cases = [ranked_case(scenario, sample=True) for scenario in SCENARIOS]
    write_board(study_view(sample=True), cases, folder / "index.html")
    for view in cases:
        (folder / view.key).mkdir()
        write_case_map(with_layers(view), folder / view.key / "map.html")
    return folder


@pytest.fixture
def opened(browser):
    """Open a page; it is closed when the test ends."""
    pages = []

    def show(path, **shown):
        page = browser.page(path, **shown)
        pages.append(page)
        return page

    yield show
    for page in pages:
        page.close()
