"""The map book: a page a district, its table on the page, the same bytes twice."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import pikepdf
import pytest
from matplotlib.axes import Axes
from views import SCENARIOS, case_view

from maps.locator import grid_letters
from maps.map_book import write_map_book
from maps.sheet import Sheet


@pytest.fixture
def written(monkeypatch):
    lines = []
    plain = Sheet.text

    def spy(self, x, y, text, *args, **kwargs):
        lines.append(text)
        plain(self, x, y, text, *args, **kwargs)

    monkeypatch.setattr(Sheet, "text", spy)
    return lines


@pytest.fixture
def lettered(monkeypatch):
    """All that is written on pages and on their maps, with where it stands."""
    drawn = []
    plain = Axes.text

    def spy(self, x, y, text, *args, **kwargs):
        drawn.append(plain(self, x, y, text, *args, **kwargs))
        return drawn[-1]

    line = Sheet.text

    def beside(self, x, y, text, *args, **kwargs):
        drawn.append(SimpleNamespace(figure=self.figure, axes=self.page, get_text=lambda: text))
        line(self, x, y, text, *args, **kwargs)

    monkeypatch.setattr(Axes, "text", spy)
    monkeypatch.setattr(Sheet, "text", beside)
    return drawn


def book(path, sample=False, statements=0):
    cases = [case_view(name, sample=sample) for name in SCENARIOS]
    study = cases[0].study
    long = tuple(f"Statement {i} of a licence{' of many words' * 12}" for i in range(statements))
    write_map_book(replace(study, attributions=study.attributions + long), cases, path)
    return cases


def pages_of(drawn):
    """Each page's words beside its map, and the marks of sites on the map."""
    pages = {}
    for text in drawn:
        pages.setdefault(text.figure, {}).setdefault(text.axes, []).append(text)
    for held in pages.values():
        page, *maps = held.values()
        on_map = [text for texts in maps for text in texts]
        yield (
            [text.get_text() for text in page],
            [text for text in on_map if re.fullmatch(r"[A-Z]\d+", text.get_text())],
        )


def test_a_page_for_each_district_with_its_figures_and_sites(tmp_path, written):
    cases = book(tmp_path / "book.pdf", sample=True)
    study = cases[0].study
    content = (tmp_path / "book.pdf").read_bytes()
    assert content.count(b"/Type /Page ") == len(study.districts) == 4
    for name in study.districts["name"]:
        assert any(line.startswith(f"{name}: ") for line in written)
    assert "Ashmoor: 38.0 % of premises had full fibre in January 2024" in written
    assert written.count("SAMPLE DATA - NOT FOR BIDS") == 4
    assert "58.8 % of land, measured" in written
    assert {"F8", "G8", "C8"} <= set(written), "sites of every case, by letter and rank"
    text = " ".join(written)
    for must in ("no data", "British National Grid (EPSG:27700)", "2 March 2026", "Darker means"):
        assert must in text
    for line in study.attributions:
        assert line in text


@pytest.mark.parametrize("statements", [0, 2, 4, 8])
def test_a_site_that_the_map_marks_is_in_the_table_whatever_room_there_is(
    tmp_path, lettered, statements
):
    cases = book(tmp_path / "book.pdf", statements=statements)
    pages = list(pages_of(lettered))
    assert len(pages) == 4
    for listed, marked in pages:
        assert {mark.get_text() for mark in marked} <= set(listed)
        words = " ".join(listed)
        assert all(view.title[:12] in words for view in cases), "one without room is named"
        assert ("No room on this page for" in words) == (statements == 8)


def test_marks_of_sites_stand_apart(tmp_path, lettered):
    book(tmp_path / "book.pdf")
    together = 0
    for _listed, marked in pages_of(lettered):
        boxes = [mark.get_bbox_patch().get_window_extent() for mark in marked]
        together += len(boxes) > 1
        for one, other in combinations(boxes, 2):
            assert not one.overlaps(other), (one, other)
    assert together


def test_who_cannot_see_a_page_hears_its_district_and_every_figure_on_it(tmp_path):
    cases = book(tmp_path / "book.pdf")
    with pikepdf.open(tmp_path / "book.pdf") as pdf:
        told = [str(page.Alt) for page in pdf.Root.StructTreeRoot.K[0].K]
    names = sorted(cases[0].study.districts["name"])
    assert [words.split(":")[0] for words in told] == names
    page = told[names.index("Ashmoor")]
    for figure in ("38.0 % of premises had full fibre", "58.8 % of land, measured", "F8"):
        assert figure in page, figure


def test_numbers_are_quoted(tmp_path, written):
    cases = book(tmp_path / "book.pdf")
    quoted = {f"{f.value:g}" for f in cases[0].study.figures._cited.values() if f.known}
    assert {"38", "58.8"} <= quoted


def test_no_case_and_no_values_still_make_a_book(tmp_path, study, written):
    gaps = study.area_gaps.frame.copy()
    numbers = gaps.select_dtypes("number").columns
    gaps[numbers] = gaps[numbers].astype(float) * float("nan")
    bare = replace(study, area_gaps=replace(study.area_gaps, frame=gaps))
    write_map_book(bare, [], tmp_path / "book.pdf")
    assert (tmp_path / "book.pdf").stat().st_size > 10_000


def test_same_bytes_twice(tmp_path):
    book(tmp_path / "a.pdf")
    book(tmp_path / "b.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_letters_of_the_national_grid():
    """Ordnance Survey's guide to the National Grid: Birmingham SP, London TQ, Shetland HP."""
    assert [grid_letters(4, 2), grid_letters(5, 1), grid_letters(4, 12), grid_letters(0, 0)] == [
        "SP", "TQ", "HP", "SV",
    ]  # fmt: skip
