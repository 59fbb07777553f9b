"""What lies on the officer's desk: quotes make the ask quoted, and say so down to the row."""

from __future__ import annotations

import shutil

import pytest

from infra.session import open_session
from layers.errors import StudyError

HEADER = "item,price_gbp,unit,base_date,valid_to,confidentiality,parameter,supplier\n"
AGREED = "Site,14250,each,2026-05-01,2099-12-31,commercial,fibre.public_site_all_in_gbp,Able Ltd\n"
EXPIRED = "Passing,310,per premises,2020-01-01,2020-12-31,commercial,fibre.passing_dense_urban_gbp,Able Ltd\n"


@pytest.fixture(scope="module")
def desk(practice, tmp_path_factory):
    """The practice study with what an officer would put beside the publishers' files."""
    folder = shutil.copytree(practice, tmp_path_factory.mktemp("desk") / "study")
    (folder / "sources" / "desk").mkdir()
    quotes = folder / "sources" / "desk" / "quotes.csv"
    quotes.write_text(HEADER + AGREED + EXPIRED, encoding="utf-8")
    session = open_session(folder)
    return session, session.evidence()


def test_a_quote_makes_part_of_the_ask_quoted_and_an_expired_one_does_not(desk):
    session, evidence = desk
    result = session.rank("full-fibre-fund", evidence)
    summary = result.summary.frame.set_index("item")["value"]
    # without quotes every rate is a shipped default, and the share is 100
    assert 0 < float(summary["unquoted_pct"]) < 100
    costs = result.costs.frame.groupby("item")["basis"].unique().map(list).to_dict()
    assert costs == {
        "public site connected": ["stated"],
        "passing the premises uplifted": ["assumed"],
    }


def test_a_stated_parameter_names_file_and_row_and_its_class(desk):
    session, _ = desk
    stated = session.parameters["fibre.public_site_all_in_gbp"]
    assert (stated.default, stated.basis, stated.sensitivity) == (14250, "stated", "commercial")
    assert "sources/desk/quotes.csv record 1" in stated.why
    assert session.parameters["fibre.passing_dense_urban_gbp"].basis == "assumed"


def test_an_expired_quote_is_reported_and_its_row_set_aside(desk):
    _, evidence = desk
    fate = next(f for f in evidence.fates if f.name.endswith("quotes.csv"))
    assert (fate.status, fate.quality.used) == ("used", 1)
    assert fate.quality.set_aside == {"ran out on 2020-12-31": 1}
    assert any("record 2) ran out on 2020-12-31: not used" in note for note in evidence.notes)
    source = next(s for s in evidence.sources if s.path.endswith("quotes.csv"))
    assert source.sensitivity == "commercial"


def test_a_quote_in_another_unit_is_refused_before_any_work(study):
    path = study / "sources" / "quotes.csv"
    path.write_text(HEADER + AGREED.replace("each", "per metre"), encoding="utf-8")
    with pytest.raises(StudyError, match="the quote is in 'per metre'"):
        open_session(study)
