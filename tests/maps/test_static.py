"""Printed maps: size, metadata, the same bytes twice, and what every map must carry."""

import re
import struct
from collections import Counter
from dataclasses import replace

import matplotlib.image as mpimg
import pandas as pd
import pytest
from views import SCENARIOS, case_view, study_view

from layers.lineage import Figures
from maps import ink, static
from maps import sheet as sheets
from maps.measures import MEASURES, case_measure
from maps.sheet import Sheet, fit_text, text_width, wrap_text
from maps.static import alt_text, gap_alt_text, write_gap_map, write_print_map
from maps.webdata import GRADE_LETTERS, map_data
from maps.words import licence_line, source_lines, summary_sentences


@pytest.fixture
def written(monkeypatch):
    """Every line of text that reaches a sheet."""
    lines = []
    plain = Sheet.text

    def spy(self, x, y, text, *args, **kwargs):
        lines.append(text)
        plain(self, x, y, text, *args, **kwargs)

    monkeypatch.setattr(Sheet, "text", spy)
    return lines


def png_head(path):
    content = path.read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    at = content.index(b"pHYs")
    per_metre = struct.unpack(">I", content[at + 4 : at + 8])[0]
    return width, height, per_metre * 0.0254


def paint(view, folder):
    png, pdf = folder / "map.png", folder / "map.pdf"
    write_print_map(view, png, pdf)
    return png, pdf


def test_a4_at_300_dots_with_metadata(tmp_path, case):
    png, pdf = paint(case, tmp_path)
    width, height, dpi = png_head(png)
    assert (width, height) == (3508, 2480)  # A4, ISO 216, at 300 dots to the inch
    assert dpi == pytest.approx(300, abs=0.1)
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF")
    assert b"6 sites chosen to bring full fibre where it is missing" in content
    assert b"Prepared with infra 0.1.0" in content
    assert b"D:20260302" in content
    assert b"/Type3" not in content, "letters stay letters"
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", content)
    assert float(box.group(1)) == pytest.approx(841.92, abs=0.1)
    assert float(box.group(2)) == pytest.approx(595.2, abs=0.1)


def test_a3_has_more_map_and_more_sites_in_letters_of_one_size(tmp_path, written, case):
    write_print_map(case, tmp_path / "a4.png", tmp_path / "a4.pdf")
    small = list(written)
    written.clear()
    write_print_map(case, tmp_path / "a3.png", tmp_path / "a3.pdf", size="A3")
    assert png_head(tmp_path / "a3.png")[:2] == (4961, 3508)  # A3, ISO 216, at 300 dots
    assert "Castle Street Offices" in " ".join(written)
    assert "Castle Street Offices" not in " ".join(small)
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", (tmp_path / "a3.pdf").read_bytes())
    assert float(box.group(1)) == pytest.approx(1190.64, abs=0.1)


def test_same_bytes_twice(tmp_path):
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        made.append([p.read_bytes() for p in paint(case_view("coworking"), tmp_path / name)])
    assert made[0] == made[1]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_carries_what_every_map_must(tmp_path, written, scenario):
    view = case_view(scenario)
    paint(view, tmp_path)
    text = " ".join(written)
    for must in (
        "British National Grid (EPSG:27700)",
        "Produced 2 March 2026",
        "Prepared with infra 0.1.0",
        "no data",
        "measured",
        "estimated",
        "modelled, indicative",
        "chosen, with rank",
        "to verify",
        "Darker means a wider gap.",
        "Four Rivers Combined Authority",
        "Ofcom, Connected Nations, fixed coverage by constituency (January 2024)",
        "N",
        "5 km",
    ):
        assert must in text, must
    for line in view.study.attributions:
        assert line in text
    assert "SAMPLE" not in text


def test_a_printed_map_has_the_classes_and_grades_of_the_web_map(tmp_path, monkeypatch, case):
    drawn = Counter()
    fill = ink.fill_shapes

    def spy(axes, shapes, index, grade):
        drawn["" if index is None else f"{index}{GRADE_LETTERS[grade]}"] += len(shapes)
        fill(axes, shapes, index, grade)

    monkeypatch.setattr(ink, "fill_shapes", spy)
    paint(case, tmp_path)
    key = case_measure(case).key
    assert drawn == Counter(map_data(case)["pictures"][key]["marks"])
    assert len(drawn) > 2


def test_numbers_beside_the_map_are_quoted(tmp_path, written, case):
    paint(case, tmp_path)
    held = list(case.figures._cited.values())
    said = {f.text for f in held} | {f.number for f in held}
    money = [line for line in written if re.fullmatch(r"£[\d,]+", line)]
    assert 5 < len(money) <= 10, "the sites that fit, but for one of no known cost"
    assert "no data" in written, "a cost nobody knows is no data, not zero"
    assert set(money) <= said


def test_a_long_table_leaves_room_for_all_that_is_said_below_it(
    tmp_path, written, monkeypatch, case
):
    monkeypatch.setattr(static, "ROW", 40.0)  # tall enough for the column to be full of sites
    paint(case, tmp_path)
    text = " ".join(written)
    assert "without a quote" in text
    assert all(sentence in text for sentence in summary_sentences(case))
    money = [line for line in written if re.fullmatch(r"£[\d,]+", line)]
    assert 0 < len(money) < 9, "sites give way, not the sentences"


def test_a_long_name_stands_whole_in_two_lines(tmp_path, written, case):
    frame = case.ranking.frame.copy()
    best = frame["rank"].idxmin()
    frame.loc[best, "name"] = "Ashmoor Neighbourhood Office, Old Mill Lane"
    paint(replace(case, ranking=replace(case.ranking, frame=frame)), tmp_path)
    assert "Ashmoor Neighbourhood Office, Old Mill Lane" in " ".join(written)


def test_a_long_list_of_sources_never_costs_a_licence(tmp_path, written):
    view = case_view()
    frame = pd.concat([view.study.sources.frame] * 12, ignore_index=True)
    frame["src"] = [f"{i:08d}" for i in range(len(frame))]
    frame["title"] = [
        f"A dataset with a long descriptive title, number {i}" for i in range(len(frame))
    ]
    study = replace(view.study, sources=replace(view.study.sources, frame=frame))
    paint(replace(view, study=study), tmp_path)
    text = " ".join(written)
    assert "; and others in the table of sources." in text
    assert all(line in text for line in view.study.attributions)
    assert "British National Grid (EPSG:27700)." in text


def test_licences_are_said_once(case):
    twice = (*case.study.attributions, "Contains OS data © Crown copyright and database right 2026")
    line = licence_line(replace(case.study, attributions=twice))
    assert line.count("Contains OS data") == 1
    assert "v.3.0. © OpenStreetMap" in line


def test_sample_ribbon(tmp_path, written):
    png, _ = paint(case_view("coworking", sample=True), tmp_path)
    assert "SAMPLE DATA - NOT FOR BIDS" in written
    top = mpimg.imread(png)[10, :200, :3]
    assert top.max() < 0.1, "a black band across the top"


def test_hostile_and_foreign_names_print(tmp_path):
    view = case_view()
    frame = view.ranking.frame.copy()
    frame.loc[0, "name"] = "$x^2$ \u4e2d {\\frac"
    paint(replace(view, ranking=replace(view.ranking, frame=frame)), tmp_path)


def test_numbered_marks_and_names_do_not_collide(tmp_path, monkeypatch):
    seen = {}
    plain = ink.label_places

    def spy(polygons, sizes, obstacles):
        seen["places"] = plain(polygons, sizes, obstacles)
        seen["sizes"], seen["obstacles"] = sizes, obstacles
        return seen["places"]

    monkeypatch.setattr(ink, "label_places", spy)
    paint(case_view(), tmp_path)
    boxes = [*seen["obstacles"]]
    assert len(boxes) == 25 + 1, "of twenty-six sites one has no exact place; and the inset"
    for (x, y), (width, height) in zip(seen["places"], seen["sizes"], strict=True):
        for left, bottom, right, top in seen["obstacles"]:
            across = min(x + width / 2, right) - max(x - width / 2, left)
            up = min(y + height / 2, top) - max(y - height / 2, bottom)
            assert min(across, up) <= 0


def test_no_site_chosen_is_said_plainly(tmp_path, written):
    view = case_view()
    frame = view.ranking.frame.copy()
    frame["chosen"] = False
    counts = view.summary.frame.copy()
    counts.loc[counts["item"] == "sites_chosen", "value"] = 0.0
    ranking = replace(view.ranking, frame=frame)
    summary = replace(view.summary, frame=counts)
    tables = view.figures.tables | {"ranking": ranking, "summary": summary}
    view = replace(view, ranking=ranking, summary=summary, figures=Figures(tables.values(), "case"))
    paint(view, tmp_path)
    assert any(line.startswith("No site can be chosen yet") for line in written)


def test_gap_map_draws_published_values_and_district_bars(tmp_path, written):
    study = study_view()
    write_gap_map(study, tmp_path / "g.png", tmp_path / "g.pdf")
    assert "Where full fibre had not arrived in January 2024" in written
    assert any("by Westminster constituency" in line for line in written)
    assert "58.4 %" in written
    assert {"Ashmoor", "Brindleford", "Calderwick", "Dunstead", "38.0 %"} <= set(written)
    quoted = study.figures.frame()
    assert set(quoted["table"]) == {"study/coverage", "study/district_gaps"}


def test_gap_map_without_constituencies_is_estimated(tmp_path, written):
    study = replace(study_view(), constituencies=None, roads=None)
    write_gap_map(study, tmp_path / "g.png", tmp_path / "g.pdf")
    assert any("by small area" in line for line in written)
    assert any(line.startswith("Darker means a wider gap. Hatched values") for line in written)


def test_gap_map_of_nothing_known(tmp_path):
    with pytest.raises(KeyError):
        write_gap_map(study_view(), tmp_path / "g.png", tmp_path / "g.pdf", "superfast")


def test_alt_texts_are_short_and_say_the_finding(any_case):
    text = alt_text(any_case)
    assert "6 " in text
    assert text.count(". ") + 1 <= 2
    gap = gap_alt_text(any_case.study, MEASURES[0])
    assert "from 38.0 % of premises with full fibre available in Ashmoor to 88.0 %" in gap


def test_text_is_measured_and_cut():
    assert text_width("wide", 9, bold=True) > text_width("wide", 9)
    assert fit_text("short", 9, 200) == "short"
    assert fit_text("a name that is far too long", 9, 60).endswith("…")
    assert text_width(fit_text("a name that is far too long", 9, 60), 9) <= 60
    assert wrap_text("one two three", 9, 30) == ["one", "two", "three"]
    assert sheets.SMALL >= 8


def test_a_publisher_that_the_title_names_is_not_said_twice():
    study = study_view()
    frame = study.sources.frame.iloc[[0]].assign(
        publisher="Ofcom", title="Ofcom fixed coverage", vintage="2024-01"
    )
    study = replace(study, sources=replace(study.sources, frame=frame))
    assert source_lines(study) == ["Ofcom fixed coverage (January 2024)"]
