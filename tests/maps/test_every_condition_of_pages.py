"""Every condition of the page templates goes both ways, and no page then has a hole in its text."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import patch

import pandas as pd
import pytest
from conditions import watched
from live_cases import ranked_case, with_frame
from map_layers import with_layers
from plans import plan_of
from test_bid_docx import bare
from test_board import Page, with_england, with_tables
from test_board_parts import changes, projects, ward_table, with_series
from test_every_condition import items, registered
from views import SCENARIOS, case_view, study_view

import maps.board
from infra import quality_tables as made
from layers.lineage import Column, Figures, Table
from maps import data_quality
from maps.board import write_board
from maps.measures import MEASURES
from maps.web import write_case_map


def nothing_known():
    """A study without a value, and a case without a rank."""
    case = bare(case_view())
    held = case.study
    empty = held.area_gaps.frame
    empty = empty.assign(**{c: float("nan") for c in empty.select_dtypes("number")})
    gaps = replace(held.area_gaps, frame=empty)
    tables = [gaps if t.name == "area_gaps" else t for t in held.figures.tables.values()]
    study = replace(held, area_gaps=gaps, constituencies=None, notes=(), figures=Figures(tables, "study"))  # fmt: skip
    return study, case


def boards(folder):
    """Pairs of a study and its cases that between them show and lack everything."""
    study, cases = study_view(), [case_view(scenario) for scenario in SCENARIOS]
    yield study, cases
    yield study, []
    empty, case = nothing_known()
    yield empty, [case]
    yield empty, []
    yield study_view(sample=True), [ranked_case(s, sample=True) for s in SCENARIOS]
    rows = [("c", "sites", "Bid", "sites newly chosen", "sites", 0, 0.0, 1.0, 1.0, "Hall"),
            ("a", "coverage", "Ash", "full fibre", "%", 1, 50.0, 58.5, 8.5, "")]  # fmt: skip
    many = [(f"r{n}", *rows[1][1:]) for n in range(99)]
    for told in (rows, rows[:1], many, []):
        yield replace(study, changes=changes(told)), cases
    held = projects(cases[0], "chosen")
    more = pd.concat([held.assign(id=f"{n}", project=f"{n}") for n in range(40)])
    for listed in (held, more):
        yield replace(study, projects=listed), cases
    for plan in (plan_of(cases), plan_of(cases, full=True), plan_of(cases, inside=False)):
        yield replace(study, plan=plan), cases
    full = plan_of(cases, full=True)
    tables = {
        name: replace(t, frame=t.frame.iloc[:0]) if name.startswith("plan_works") else t
        for name, t in full.tables.items()
    }
    yield replace(study, plan=replace(full, tables=tables)), cases
    last = max(study.coverage.frame["release"])
    for lined in (with_series(study), with_series(study, **{last: "definition"}), with_england(study)):  # fmt: skip
        yield lined, cases
    wards = ward_table(study)
    yield replace(study, ward_gaps=wards, figures=Figures([*study.figures.tables.values(), wards], "study")), cases  # fmt: skip
    levels = study.coverage.frame["level"].astype(str)
    by_ward = replace(study.coverage, frame=study.coverage.frame.assign(level=levels.str.replace("PCON24", "WD24")))  # fmt: skip
    tables = [*(t for t in study.figures.tables.values() if t.name != "coverage"), wards, by_ward]
    yield replace(study, coverage=by_ward, ward_gaps=wards, figures=Figures(tables, "study")), cases
    public = replace(study, edition="public")
    yield public, [counted(replace(c, study=public)) for c in cases]
    yield public, []
    yield study, list(plain_cases(cases[0]))
    yield from ((other, cases) for other in other_gaps(study))
    summary = full.tables["plan_summary"].frame
    proved = replace(full.tables["plan_summary"], frame=summary.assign(value=0.0))
    held = {**full.tables, "plan_summary": proved}
    yield replace(study, plan=replace(full, tables=held, figures=Figures(list(held.values()), "plan"))), cases  # fmt: skip


def plain_cases(case):
    """An open fund without an unquoted cost, whose sites have no ranges, and one with tests of weights."""
    frame = case.ranking.frame.drop(columns=["score_low", "score_high"])
    columns = {n: c for n, c in case.ranking.columns.items() if n in frame}
    columns["score"] = replace(columns["score"], low_of=None, high_of=None)
    ranking = replace(case.ranking, frame=frame, columns=columns)
    bare_case = registered(items(case, {}, drop=("unquoted_pct",)), ranking=ranking)
    yield replace(bare_case, profile=replace(case.profile, status="open"))
    often = {"chosen_pct": 90.0, "robustness_sentence": "Chosen in 90 % of tested weightings."}
    yield with_frame(case, case.ranking.frame.assign(**often))


def counted(case):
    """The case with counts of sites by place, few and many."""
    columns = {"place": Column("place"), "chosen": Column("chosen", "sites", 0)}
    tables = tuple(
        Table(name, "place", pd.DataFrame({"place": [f"Z{n}" for n in range(most)], "chosen": 5}), columns)
        for name, most in (("places", 3), ("postcode_districts", 61))
    )  # fmt: skip
    none = replace(case.ranking, frame=case.ranking.frame.iloc[:0])
    held = [t for t in case.figures.tables.values() if t.name != "ranking"]
    return replace(case, ranking=none, places=tables, figures=Figures([*held, none, *tables], case.key))  # fmt: skip


def other_gaps(study):
    """A map of values of several grades, one of a measure without a series, and one of many areas."""
    held = study.coverage
    gone = held.frame["level"].astype(str).str.startswith("PCON")
    first = held.frame.loc[gone, "area_id"].iloc[0]
    fewer = replace(held, frame=held.frame[~(gone & (held.frame["area_id"] == first))])
    yield with_tables(study, coverage=fewer)
    gaps = study.area_gaps
    others = [m.share for m in MEASURES if m.key != "5g_deficit" and m.share in gaps.frame]
    distance = replace(gaps, frame=gaps.frame.assign(**dict.fromkeys(others, float("nan"))))
    yield replace(with_tables(study, area_gaps=distance), constituencies=None)


def quality_page(folder, *, sample):
    study = SimpleNamespace(
        sample=sample, area_name="Ashmere", version="0", as_of=study_view().as_of
    )
    fates = ()
    tables = [made._files(SimpleNamespace(fates=fates)), made._known_faults(fates)]
    rows = {"estimates": [dict.fromkeys(("estimate", "error", "compared", "method"), "x")]}
    for name, key in (("layers", "layer"), ("estimates", "estimate"), ("needs", "need")):
        columns = {c: made.Column(c) for c in (key, "case", "error", "compared", "method")}
        tables.append(made._table(name, key, rows.get(name, []), columns, ""))
    figures = Figures(tables, "quality")
    path = folder / f"quality_{sample}.html"
    data_quality.write_data_quality(study, {t.name: t for t in tables}, figures, path)
    return path


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Every page, and which way the conditions of the templates went."""
    folder = tmp_path_factory.mktemp("pages")
    files = []
    with watched() as met:
        for number, (study, cases) in enumerate(boards(folder)):
            files.append(folder / f"board_{number}.html")
            write_board(study, cases, files[-1])
        with patch.object(maps.board, "FEW", 5):  # more areas than rows beside the map
            files.append(folder / "many.html")
            write_board(study_view(), [case_view()], files[-1])
        for number, view in enumerate(web_maps()):
            files.append(folder / f"map_{number}.html")
            write_case_map(view, files[-1])
        files += [quality_page(folder, sample=sample) for sample in (True, False)]
    return files, met


def web_maps():
    """Cases whose maps between them show and lack everything."""
    for scenario in SCENARIOS:
        yield with_layers(case_view(scenario, sample=scenario == SCENARIOS[0]))
    plain = case_view()
    yield replace(plain, profile=replace(plain.profile, status="open", closed_note=""))
    yield list(plain_cases(plain))[1]
    area_gaps = plain.study.area_gaps
    without = replace(area_gaps, frame=area_gaps.frame.assign(imd_decile=float("nan")))
    yield replace(plain, study=replace(plain.study, area_gaps=without))
    yield nothing_known()[1]


def test_every_condition_goes_both_ways(pages):
    assert pages[1].ways
    assert pages[1].one_sided() == []


def test_pages_nest_and_have_no_hole(pages):
    for path in pages[0]:
        parsed = Page(path.read_text(encoding="utf-8"))
        words = " ".join("".join(e["text"] for e in parsed.all("main")).split())
        for hole in ("None", "nan", "Undefined", "{{", "{%"):
            assert hole not in words, (path.name, hole)


def test_a_map_of_many_areas_promises_no_table_beside_it(pages):
    few, many = (next(p for p in pages[0] if p.name == n) for n in ("board_0.html", "many.html"))
    assert "The table gives the same numbers." in few.read_text(encoding="utf-8")
    text = many.read_text(encoding="utf-8")
    assert "gives the same numbers." in text
    assert "The table gives the same numbers." not in text
