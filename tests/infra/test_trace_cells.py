"""Every number of a study's outputs resolves to a file, a parameter or a setting."""

import re

import lineage_walk
import pandas as pd
import pytest
from lineage_walk import nodes

from infra.explain import Rows, explain
from infra.explain_text import as_data, as_lines, as_page
from infra.find_cell import find_cell
from infra.page import split_ref
from infra.practice import new_practice_study
from infra.run import run
from infra.session import open_session
from infra.trace import open_books, setting_of
from layers.checksum import sha256_of
from layers.errors import StudyError
from layers.lineage import figure_id

WANTED = {"layers", "coverage", "plan"}


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trace") / "study"
    new_practice_study(folder, premises=1_000, seed=3)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    stated = (
        '\n[parameters."fibre.public_site_all_in_gbp"]\nvalue = 12000\nwho = "the estates team"\n'
        'when = 2025-11-01\nwhy = "quote 17"\n'
    )
    # ample money: the search for a plan ends at once
    text = re.sub(r"^(budget_gbp = )", r"\g<1>9", text, flags=re.MULTILINE)
    (folder / "study.toml").write_text(text + stated, encoding="utf-8")
    session = open_session(folder)
    run(session, lambda g: g in WANTED or g.endswith("/ranking"), lambda _: None)
    return open_books(open_session(folder), lambda _: None)


def test_every_numeric_cell_of_every_table_resolves(books):
    walked = lineage_walk.origins(books)
    assert walked.broken == []
    assert sum(walked.cells.values()) > 5_000
    assert lineage_walk.tables_on_disk(books.out) <= set(walked.cells)


def test_a_cell_of_every_column_has_its_whole_chain(books):
    # every cell has its turn in the long walk, tests/journeys/test_lineage_walk.py
    walked = lineage_walk.explained(books, 1)
    assert walked.broken == []
    assert sum(walked.cells.values()) > 500


def test_a_sum_over_constituencies_shows_their_lines_and_adds_up(books):
    page = books.page("study", "coverage")
    frame = page.frame
    row = frame[(frame["parts"] != "") & (frame["level"] == "LAD") & frame["count"].notna()].iloc[0]
    trace = explain(books, f"study/coverage:{row['row']}:share_pct")
    counts, premises = trace.root.inputs
    (parts,) = counts.inputs
    rows = [n for n in nodes(parts) if getattr(n, "record", None) or isinstance(n, Rows)]
    assert rows, "the published rows stand below the sum"
    ids = row["parts"].split()
    told = frame[frame["area_id"].isin(ids) & (frame["src"] == row["src"]) & (frame["parts"] == "")]
    told = told[(told["measure"] == row["measure"]) & (told["release"] == row["release"])]
    assert told["count"].sum() == row["count"]
    assert told["premises"].sum() == row["premises"]
    assert "line" in str(as_data(trace))
    assert premises.description.startswith("all premises")


def test_every_reference_of_every_column_names_something(books):
    for page in books.pages():
        for name, spec in page.columns.items():
            for recipe in [spec.recipe(""), *spec.recipes.values()]:
                assert not books.made_by(page.scope, recipe).broken, (page.full_name, name)


def test_the_points_of_a_catchment_add_up_to_the_metric(books):
    page = books.page("full-fibre-fund", "ranking")
    checked = 0
    for site, value in zip(page.position, page.frame["metric_uplift"], strict=True):
        if pd.isna(value) or checked == 12:
            continue
        (rows,) = explain(books, f"full-fibre-fund/ranking:{site}:metric_uplift").root.inputs
        total = float((rows.total or "0").replace(",", ""))
        assert total == pytest.approx(value, abs=0.51), site
        checked += 1
    assert checked == 12


def test_a_chain_ends_at_the_physical_line_of_the_file(books):
    page = books.page("full-fibre-fund", "ranking")
    site = next(iter(page.position))
    trace = explain(books, f"full-fibre-fund/ranking:{site}:easting")
    (rows,) = [n for n in nodes(trace.root) if isinstance(n, Rows)]
    (sample,) = rows.sample
    path = books.session.study.root / sample["file"]
    lines = path.read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    assert sample["line"] >= 2
    # practice registers begin with the header, so record n stands on line n + 1
    assert sample["line"] == sample["record"] + 1
    assert len(lines[sample["line"] - 1].split(",")) >= len(header)
    (file,) = [f for f in trace.files if f["src"] == sample["src"]]
    assert file["hash"] == f"sha256:{sha256_of(path)}"
    assert file["publisher"]
    assert file["licence"]
    assert "{year}" not in file["attribution"]


def test_a_stated_parameter_says_who_when_and_why(books):
    trace = explain(books, "full-fibre-fund/parameters:fibre.public_site_all_in_gbp:value")
    (parameter,) = trace.root.parameters
    assert (parameter["value"], parameter["default"]) == (12000, 15700)
    assert (parameter["who"], parameter["when"], parameter["why"]) == (
        "the estates team",
        "2025-11-01",
        "quote 17",
    )
    assert "set by the estates team on 2025-11-01: quote 17" in "\n".join(as_lines(trace))


def test_a_cost_goes_down_to_rate_bias_and_quantity(books):
    page = books.page("full-fibre-fund", "costs")
    row = page.frame.loc[page.frame["item"] == "building connection", "row"].iloc[0]
    root = explain(books, f"full-fibre-fund/costs:{row}:amount_gbp").root
    keys = {p["key"] for p in root.parameters}
    assert keys == {"fibre.building_connection_gbp", "appraisal.bias_standard_civil_pct"}
    amount = float(page.row(row)["amount_gbp"])
    bias = float(page.row(row)["optimism_bias_pct"])
    assert amount == pytest.approx(3500 * (1 + bias / 100), abs=0.5)


def test_a_sum_over_all_files_names_all_and_a_nought_those_looked_through(books):
    whole = explain(books, "study/quality:total:rows_in")
    assert {f["src"] for f in whole.files} == set(books.files)
    page = books.page("study", "district_gaps")
    noughts = page.frame.loc[page.frame["offices_to_verify"] == 0, "id"]
    for district in noughts:
        trace = explain(books, f"study/district_gaps:{district}:offices_to_verify")
        assert trace.files, district


def test_many_rows_are_told_together_and_one_is_followed_to_its_line(books):
    trace = explain(books, "full-fibre-fund/summary:ask_gbp:value")
    many = [
        n for n in nodes(trace.root) if isinstance(n, Rows) and n.reference == "bill.amount_gbp"
    ]
    (lines,) = many
    assert lines.followed.cell.startswith("full-fibre-fund/bill:chosen|")
    assert lines.followed.parameters
    text = "\n".join(as_lines(trace))
    assert "one of them followed:" in text
    assert ", line " in text
    assert "one of them followed:" in as_page(trace)


def test_a_whole_table_is_no_cell(books):
    with pytest.raises(
        StudyError, match=r"whole table.*add row and column, such as study/coverage:"
    ):
        find_cell(books, "study/coverage")


def test_an_id_and_an_address_find_the_same_cell(books):
    site = next(iter(books.page("co-working", "ranking").position))
    address = f"co-working/ranking:{site}:score"
    found = find_cell(books, figure_id("co-working/ranking", site, "score"))
    assert found.name == find_cell(books, address).name == address


def test_an_address_that_fits_two_cases_asks_which(books):
    both = set(books.page("full-fibre-fund", "ranking").position)
    site = next(s for s in books.page("5g-testbed", "ranking").position if s in both)
    with pytest.raises(StudyError, match=f"full-fibre-fund/ranking:{site}:score, 5g-testbed/"):
        find_cell(books, f"ranking:{site}:score")
    assert find_cell(books, "plan_summary:sites:value").page.scope == "plan"


def test_an_unknown_figure_is_refused_once_with_near_ones(books):
    site = next(iter(books.page("co-working", "ranking").position))
    with pytest.raises(StudyError, match=f"{site}:score") as error:
        explain(books, f"co-working/ranking:{site}:scor")
    assert len(error.value.faults) == 1
    with pytest.raises(StudyError, match="no such figure"):
        explain(books, "F-AAAAAAAA")
    with pytest.raises(StudyError, match="near it"):
        explain(books, "nonsense")


def test_the_page_needs_nothing_and_runs_nothing(books):
    page = as_page(explain(books, "study/district_gaps:E08999901:full_fibre_pct"))
    assert "SAMPLE DATA - NOT FOR BIDS" in page
    assert "://" not in page
    assert "<script" not in page
    assert "default-src 'none'; script-src 'none'" in page
    assert 'href="#main"' in page


def test_text_from_files_is_printed_never_run(books):
    trace = explain(books, "study/district_gaps:E08999901:full_fibre_pct")
    trace.root.description = "<img src=x onerror=alert(1)>"
    trace.files[0]["title"] = "<script>alert(1)</script>"
    page = as_page(trace)
    assert "<img" not in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_plain_data_has_the_chain(books):
    data = as_data(explain(books, "study/district_gaps:E08999901:full_fibre_pct"))
    assert data["ok"]
    (row,) = data["root"]["inputs"]
    assert row["cell"].startswith("study/coverage:E08999901|full_fibre_pct|")
    assert row["record"]["line"] >= 2


def test_settings_are_looked_up_where_they_stand(books):
    assert setting_of(books, "co-working", "case.budget_gbp") > 0
    assert setting_of(books, "co-working", "profile.horizon_years") == 10
    assert setting_of(books, "co-working", "case.nonsense") is None


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("demand.uplift", ("demand", "uplift", "")),
        ("criteria.weight[uplift]", ("criteria", "weight", "uplift")),
        ("nonsense", ("", "", "")),
    ],
)
def test_references_are_taken_apart(reference, parts):
    assert split_ref(reference) == parts
