"""Attacks on the public files, and what the funder may not see: from a study with a secret register."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlparse

import frictionless
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from infra.editions import redacted_case, redacted_study, rules_of
from infra.places import places_table, public_summary
from infra.practice import new_practice_study
from infra.report import Report
from infra.session import open_session
from infra.work import Work
from layers.lineage import Figures, figure_id
from maps.view import CaseView

SECRET = "coldharrow_land_and_building_assets_2025-06-30.csv"
SHORTEST = 7
PEOPLE = ("Prudence Preparer", "Clement Checker", "Agatha Approver")
APPROVAL = """
[case.full-fibre-fund.approval]
version = "1.0"
prepared_by = "Prudence Preparer"
prepared_on = 2025-11-01
checked_by = "Clement Checker"
checked_on = 2025-11-02
approved_by = "Agatha Approver"
approved_on = 2025-11-03
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A practice study with one internal register: its public folder, and the officer's views."""
    root = tmp_path_factory.mktemp("editions") / "study"
    new_practice_study(root, premises=1_000, seed=11)
    with (root / "study.toml").open("a", encoding="utf-8") as stream:
        stream.write(f'\n[[sources.file]]\nname = "{SECRET}"\nsensitivity = "internal"\n')
        stream.write(APPROVAL)
    work = Work(open_session(root), lambda _: None, Report())
    out = root / "made"
    work.make("public", out)
    return work, out / "public"


def files(folder: Path) -> dict[str, bytes]:
    """Every file's bytes, with the streams of PDFs and the texts of PNGs laid open."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if path.suffix == ".pdf":
            for stream in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
                try:
                    data += zlib.decompressobj().decompress(stream)
                except zlib.error:
                    continue
        found[path.relative_to(folder).as_posix()] = data
    return found


def cases(work: Work) -> list[CaseView]:
    return [work.case(key) for key in work.session.cases]


def test_no_site_is_named_numbered_or_placed_in_any_public_file(made):
    work, folder = made
    held = files(folder)
    secrets: set[str] = set()
    for view in cases(work):
        frame = view.ranking.frame
        for column in ("site_id", "name", "postcode", "owner"):
            secrets |= set(frame[column].dropna().astype(str))
        for column in ("easting", "northing"):
            secrets |= {f"{v:.0f}" for v in frame[column].dropna()}
        secrets |= set(frame["site_id"].str.removeprefix("uprn:"))
    for layer in (work.evidence.sites, work.evidence.offices):
        secrets |= set(layer.frame["uprn"].dropna().astype(str))
    secrets -= {"council", "GP practice"}  # kinds of owner, which sources name too
    secrets = {s for s in secrets if len(s) >= SHORTEST or re.fullmatch(r"\d{6}", s)}
    assert len(secrets) > 100
    seen = {(name, s) for name, data in held.items() for s in secrets if s.encode() in data}
    # six digits can be anything in the numbers of a picture; in words and tables they are a place
    told = {(n, s) for n, s in seen if not (s.isdigit() and n.endswith((".pdf", ".png")))}
    assert told == set()


def test_nobody_who_stands_behind_a_bid_is_named_in_public(made):
    work, folder = made
    assert work.case("full-fibre-fund").approval.approved_by == PEOPLE[-1]
    for name, data in files(folder).items():
        assert not [who for who in PEOPLE if who.encode() in data], name


def test_public_holds_no_kind_of_file_that_can_hide_a_sheet_a_layer_or_an_edit(made):
    _, folder = made
    kinds = {Path(name).suffix for name in files(folder)}
    assert kinds <= {".html", ".csv", ".json", ".png", ".pdf", ".txt"}


def test_no_score_rank_or_route_is_in_any_public_table(made):
    _, folder = made
    for name, data in files(folder).items():
        if name.endswith(".csv"):
            head = data.decode().splitlines()[0].split(",")
            assert not {"rank", "score", "site_id", "src", "record"} & set(head) - (
                {"src", "record"} if name.startswith("coverage/") else set()
            ), name
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "data-live" not in page
    assert 'data-case="' not in page


def test_no_figure_id_in_public_is_the_id_of_a_cell_about_one_site(made):
    work, folder = made
    printed = set(re.findall(r"F-[A-Z2-7]{8}", (folder / "index.html").read_text("utf-8")))
    assert printed
    for view in cases(work):
        for table in (view.ranking, view.gates, view.costs):
            rows = table.frame[table.key].astype(str)
            name = f"{view.key}/{table.name}"
            of_sites = {figure_id(name, row, c) for row in rows for c in table.columns}
            assert not printed & of_sites


def test_the_secret_file_is_nowhere_and_no_key_stands_for_it(made):
    work, folder = made
    source = next(s for s in work.evidence.sources if s.path.endswith(SECRET))
    for name, data in files(folder).items():
        for secret in (SECRET, source.sha256, source.src):
            assert secret.encode() not in data, (name, secret)
    package = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert set(package["infra"]) == {"as_of", "sample", "edition", "groups"}
    assert [g["key"] for g in package["infra"]["groups"]] == [""]
    assert SECRET not in str(package["sources"])


def test_rows_of_the_secret_file_cannot_be_had_by_subtraction(made):
    work, folder = made
    assert "total" in work.study.quality
    page = (folder / "index.html").read_text("utf-8")
    total = work.study.quality.cell("total", "rows_in")
    assert f"{int(total):,}" not in page


def test_the_public_folder_is_complete_and_lists_all_it_holds(made):
    _, folder = made
    page = (folder / "index.html").read_text("utf-8")
    links = [h for h in re.findall(r'href="([^"#]+)"', page) if not urlparse(h).scheme]
    assert links
    assert all((folder / link).is_file() for link in links)
    listed = {r["path"] for r in json.loads((folder / "manifest.json").read_text())["resources"]}
    assert listed | {"manifest.json"} == set(files(folder))
    report = frictionless.validate(str(folder / "manifest.json"))
    assert report.valid, report.flatten(["name", "type", "message"])


def test_pictures_and_documents_name_no_person_and_no_folder(made):
    work, folder = made
    for name, data in files(folder).items():
        for who in re.findall(rb"/Author \(([^)]*)\)", data):
            assert who.startswith(b"Prepared with infra"), (name, who)
        assert str(work.session.study.root).encode() not in data, name
        for who in re.findall(rb"tEXtAuthor\0(\w+ \w+ \w+)", data):
            assert who == b"Prepared with infra", (name, who)


def small_cell_bounds(printed: pd.Series, total: float) -> list[tuple[int, int]]:
    """Attack a printed column of counts: what each `<5` may be, knowing the total and the rules.

    Shown counts are rounded to fives: each lies within two of what is printed. A withheld count
    is five or more. One linear programme for each end of each hidden count.
    """
    ends = []
    for text in printed:
        if text == "<5":
            ends.append((1, 4))
        elif text == "withheld":
            ends.append((5, None))
        else:
            ends.append((max(float(text) - 2, 0), float(text) + 2))
    found = []
    for at in np.flatnonzero(printed == "<5"):
        one = np.zeros(len(ends))
        one[at] = 1
        low, high = (
            linprog(s * one, A_eq=np.ones((1, len(ends))), b_eq=[total], bounds=ends)
            for s in (1, -1)
        )
        found.append((round(low.fun), round(-high.fun)))
    return found


def test_counts_by_place_stand_up_to_subtraction_from_the_totals(made):
    work, folder = made
    for view in cases(work):
        for stem in ("places", "postcode_districts"):
            held = pd.read_csv(folder / view.key / f"{stem}.csv", dtype=str)
            exact = places_of(view, stem)
            for column in ("considered", "ranked", "chosen"):
                total = float(exact[column].sum())
                for low, high in small_cell_bounds(held[column], total):
                    assert (low, high) == (1, 4), (view.key, stem, column)


def places_of(view: CaseView, stem: str) -> pd.DataFrame:
    """The exact counts, which only the officer has."""
    frame = view.ranking.frame
    place = frame["lad_name"]
    if stem != "places":
        place = frame["postcode"].str.extract(r"^(\S{2,4})")[0].fillna("not known")
    return (
        pd.DataFrame(
            {
                "considered": 1,
                "ranked": frame["rank"].notna(),
                "chosen": frame["chosen"].astype(bool),
            }
        )
        .groupby(place)
        .sum()
    )


def test_two_releases_that_differ_by_one_site_do_not_tell_its_cost(made):
    work, _ = made
    view = work.case("full-fibre-fund")
    summary = view.summary
    dearer = summary.frame.copy()
    at = dearer.index[dearer["item"] == "sites_chosen"][0]
    dearer.loc[dearer["item"] == "sites_chosen", "value"] = 40
    few = replace(summary, frame=dearer)
    dearer = dearer.copy()
    dearer.loc[at, "value"] = 41
    dearer.loc[dearer["item"] == "ask_gbp", "value"] += 4_321
    more = replace(summary, frame=dearer)
    then, now = (public_summary(t) for t in (few, more))
    assert then.cell("sites_chosen", "value") == now.cell("sites_chosen", "value") == 40
    gap = abs(now.cell("ask_gbp", "value") - then.cell("ask_gbp", "value"))
    assert gap != 4_321
    assert gap in (0, 10_000)


def test_a_sum_to_two_figures_carries_no_digit_more(made):
    work, _ = made
    summary = work.case("full-fibre-fund").summary
    frame = summary.frame.copy()
    frame.loc[frame["item"] == "sites_chosen", "value"] = 40
    at = frame["item"] == "ask_gbp"
    frame.loc[at, ["value", "low", "high", "decimals"]] = (312.4, 158.6, 529.9, 1)
    table = public_summary(replace(summary, frame=frame))
    figure = Figures([table], "case").cite("summary", "ask_gbp", "value")
    assert (figure.text, figure.range_text) == ("£310", "£160 to £530")


def test_sums_over_few_sites_are_withheld(made):
    work, _ = made
    summary = work.case("full-fibre-fund").summary
    frame = summary.frame.copy()
    frame.loc[frame["item"] == "sites_chosen", "value"] = 3
    table = public_summary(replace(summary, frame=frame))
    assert table.withheld["sites_chosen", "value"] == "<5"
    assert np.isnan(table.cell("ask_gbp", "value"))
    assert table.cell("budget_gbp", "value") == summary.cell("budget_gbp", "value")
    assert not any(i.endswith("_if_verified") for i in table.frame["item"])


def test_a_place_where_all_are_chosen_does_not_say_so(made):
    work, _ = made
    view = work.case("full-fibre-fund")
    frame = view.ranking.frame.assign(lad_name="One", chosen=True)
    frame = frame.assign(rank=range(1, len(frame) + 1))
    table = places_table(replace(view, ranking=replace(view.ranking, frame=frame)), "district")
    assert table.withheld == {("One", "chosen"): "withheld"}


def test_the_funder_sees_results_but_no_row_of_the_internal_register(made):
    work, _ = made
    rules = rules_of(work.evidence, work.study.parameters, "funder")
    study = redacted_study(work.study, rules, ())
    assert rules.hidden_sites
    for view in cases(work):
        shown = redacted_case(view, study, rules)
        hidden = view.ranking.frame["site_id"].isin(rules.hidden_sites).to_numpy()
        told = shown.ranking.frame
        assert told["rank"].equals(view.ranking.frame["rank"])
        assert told["cost_gbp"].equals(view.ranking.frame["cost_gbp"])
        assert told.loc[hidden, "name"].str.fullmatch(r"site \d+ \(withheld\)").all()
        assert told.loc[hidden, ["easting", "northing"]].isna().all().all()
        assert (told.loc[~hidden, "name"] == view.ranking.frame.loc[~hidden, "name"]).all()
        text = "\n".join(t.frame.to_csv() for t in shown.figures.tables.values())
        names = set(view.ranking.frame.loc[hidden, "name"]) | set(rules.hidden_sites)
        assert not {n for n in names if n and n in text}
        assert SECRET not in text


def test_a_rate_that_a_confidential_quote_states_is_withheld_with_what_would_give_it_back(made):
    work, _ = made
    view = work.case("full-fibre-fund")
    costs = view.costs.frame
    key = str(costs["parameter"].iloc[0])
    rules = rules_of(work.evidence, work.study.parameters, "funder")
    rules = replace(rules, parameters={key: "commercial"})
    study = redacted_study(work.study, rules, ())
    shown = redacted_case(view, study, rules)
    priced = shown.costs.frame["parameter"] == key
    assert priced.any()
    assert shown.costs.frame.loc[priced, ["quantity", "rate_gbp", "amount_gbp"]].isna().all().all()
    other = shown.costs.frame["site_id"].isin(shown.costs.frame.loc[priced, "site_id"]) & ~priced
    assert shown.costs.frame.loc[other, "amount_gbp"].isna().all()
    assert study.parameters.withheld[key, "value"] == "withheld"
    assert shown.figures.cite("summary", "ask_gbp").known
