"""Pages of the invented county, opened in a headless Chromium where one is installed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

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
    """One page of every kind, in the layout of `out/`."""
    from live_cases import ranked_case
    from map_layers import with_layers
    from views import SCENARIOS, study_view

    from maps.board import write_board
    from maps.web import write_case_map

    folder = tmp_path_factory.mktemp("out")
    study = study_view(sample=True)
    cases = [ranked_case(scenario, sample=True) for scenario in SCENARIOS]
    write_board(study, cases, folder / "index.html")
    for view in cases:
        (folder / view.key).mkdir()
        write_case_map(with_layers(view), folder / view.key / "map.html")
    _public_board(study, cases, folder / "public")
    _quality_page(study, folder / "data-quality.html")
    _page_of_a_chain(folder / "why.html")
    return folder


def _public_board(study, cases, folder):
    from infra.editions import Rules, redacted_case, redacted_study
    from maps.board import write_board

    rules = Rules("public", {}, {}, frozenset(), {}, frozenset())
    shown = redacted_study(study, rules, study.attributions)
    folder.mkdir()
    write_board(shown, [redacted_case(view, shown, rules) for view in cases], folder / "index.html")


def _quality_page(study, path):
    from infra import quality_tables as made
    from layers.gather import FileFate
    from layers.lineage import Column, Figures
    from layers.source import Quality, SourceFile
    from maps.data_quality import write_data_quality

    source = SourceFile("stops.csv", "ab" * 32, 1, "naptan", "naptan", "Stops", "DfT", "OGL", "")
    quality = Quality(source, 10, 7, {"ended": 2}, {"not a number": 1})
    fates = (
        FileFate("stops.csv", "used", "Stops", source=source, quality=quality),
        FileFate("odd.bin", "not recognised", reason="nearest known layout: none"),
    )
    tables = [made._files(SimpleNamespace(fates=fates)), made._known_faults(fates)]
    for name, key in (("layers", "layer"), ("estimates", "estimate"), ("needs", "need")):
        tables.append(made._table(name, key, [], {key: Column(key)}, ""))
    write_data_quality(study, {t.name: t for t in tables}, Figures(tables, "quality"), path)


def _page_of_a_chain(path):
    from infra.explain import Node, Rows, Trace
    from infra.explain_text import write_page

    file = {"src": "abababab", "path": "sources/ofcom/202507_fixed_pcon_coverage_r01.csv", "title": "Coverage", "publisher": "Ofcom",
            "vintage": "2025-07", "licence": "OGL", "attribution": "Contains information licensed by Ofcom",
            "hash": "sha256:" + "ab" * 32, "sample": True}  # fmt: skip
    rows = Rows(
        "layers/demand:area=E01",
        "summed",
        12,
        "480",
        sample=[{"row": "q", "value": "40", "file": "ofcom.csv", "line": 7}],
        by_file=[{"rows": 12, "file": "sources/ofcom.csv", "src": "abababab"}],
    )
    share = Node("study/district_gaps:E08:full_fibre_pct", "full fibre", "48 %", "40 to 55 %", "estimated",
                 "with / premises", record={"file": "sources/ofcom/202507_fixed_pcon_coverage_r01.csv"}, settings=[{"name": "as_of", "value": "2026-09-01", "from": "study.toml"}],
                 inputs=[rows])  # fmt: skip
    write_page(Trace("F-ABCDEFGH", share, [file], ("study.toml",)), path)


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
