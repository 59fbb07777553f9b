"""Every conditional of the sentences, read as a reader would."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from views import case_view

from layers.lineage import Figure, Figures, Table
from maps import prose
from maps.bid_text import bid_text
from maps.measures import MEASURES
from maps.passages import Passage, Quote, clean, count, gap, joined, readable_count, say


def figure(value, unit="", decimals=None, low=None, high=None):
    return Figure("F-ABCDEFGH", value, unit, low, high, "measured", "t", "r", "c", decimals)


def changed(view, **values):
    """The case with other values in its summary; `None` takes an item away."""
    frame = view.summary.frame.copy()
    for key, value in values.items():
        if value is None:
            frame = frame[frame["item"] != key]
            continue
        parts = value if isinstance(value, tuple) else (value, float("nan"), float("nan"))
        for name, part in zip(("value", "low", "high"), parts, strict=True):
            frame.loc[frame["item"] == key, name] = part
    table = Table("summary", "item", frame, view.summary.columns)
    tables = [*(t for n, t in view.figures.tables.items() if n != "summary"), table]
    return replace(view, summary=table, figures=Figures(tables, view.figures.scope))


NAN = float("nan")


class TestPassages:
    def test_values_are_never_read_as_templates(self):
        passage = say("{n} in {place}.", n=figure(12, "sites"), place="{n} {0} {{x}} %s")
        assert passage.text == "12 sites in {n} {0} {{x}} %s."
        assert [f.fig_id for f in passage.figures] == ["F-ABCDEFGH"]

    @pytest.mark.parametrize(
        ("value", "words"),
        [(0, "no sites"), (1, "1 site"), (2, "2 sites"), (NAN, "an unknown number of sites")],
    )
    def test_counting(self, value, words):
        assert count(figure(value, "sites", 0), "site", "sites").shown == words

    @pytest.mark.parametrize(
        ("parts", "text"),
        [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
    )
    def test_joined(self, parts, text):
        assert joined(parts).text == text

    def test_a_gap_anywhere_marks_the_whole(self):
        assert (say("Known.") + gap("the rest")).gap
        assert (Passage(()) + say("Known.")).text == "Known."

    @pytest.mark.parametrize(
        ("dirty", "tidy"),
        [
            ("Mill\x00 Lane\r\nLibrary", "Mill Lane Library"),
            ("abc\u202etxt.exe", "abctxt.exe"),
            ("tab\there", "tab here"),
            ("line\u2028break", "line break"),
            ("  spaced   out ", "spaced out"),
            ("=1+1", "=1+1"),
        ],
    )
    def test_clean(self, dirty, tidy):
        assert clean(dirty) == tidy

    def test_clean_cuts_what_is_too_long(self):
        assert len(clean("x" * 5_000)) == 600
        assert clean("x" * 5_000).endswith("…")

    @given(st.text())
    def test_clean_text_fits_in_xml(self, text):
        assert all(c.isprintable() or c in "\u00a0 " or c.isspace() for c in clean(text))
        assert not {"\x00", "\r", "\n", "\u202e", "\ufffe", "\uffff"} & set(clean(text))


class TestAsk:
    def test_many(self, case):
        assert prose.ask(case).text == (
            "This bid asks the Practice fund for £1,309,000 (range £1,047,200 to £1,832,600) to bring "
            "full fibre to 6 public sites in Four Rivers Combined Authority."
        )

    def test_one(self, case):
        assert "to 1 public site in" in prose.ask(changed(case, sites_chosen=1.0)).text

    def test_none(self, case):
        none = changed(case, sites_chosen=0.0)
        assert prose.ask(none).text == (
            "This draft asks for no money yet, because no site can be chosen. It is meant for the "
            "Practice fund."
        )
        assert prose.unquoted(none).text.startswith("No cost is in the ask yet.")

    def test_unknown_number(self, case):
        for view in (changed(case, sites_chosen=NAN), changed(case, sites_chosen=None)):
            assert prose.ask(view).gap
            assert prose.ask(view).text.startswith("[Officer to complete")

    def test_unknown_cost(self, case):
        for value in (NAN, None):
            passage = prose.ask(changed(case, ask_gbp=value))
            assert passage.gap
            assert "for funding to bring full fibre" in passage.text

    def test_no_range(self, case):
        assert "(range" not in prose.ask(changed(case, ask_gbp=5.0)).text

    @pytest.mark.parametrize(
        ("fund", "words"),
        [
            ("Practice fund", "the Practice fund"),
            ("The Fund", "The Fund"),
            ("", "the fund"),
            ("Great Fund (2018); closed. Successor: none", "the Great Fund (2018)"),
            ("No single fund: the authority's own capital", "the authority's own capital"),
            ("No fund", "the fund"),
        ],
    )
    def test_fund(self, case, fund, words):
        assert prose.fund_name(replace(case, profile=replace(case.profile, fund=fund))) == words

    def test_each_scenario_says_what_for(self):
        purposes = {"testbed_5g": "as a 5G testbed", "coworking": "to open co-working space in"}
        for scenario, words in purposes.items():
            assert words in prose.ask(case_view(scenario)).text
        assert "for 6 sites in" in prose.ask(replace(case_view(), scenario="another")).text


class TestWhyNone:
    def test_silent_when_some_are_chosen(self, case):
        assert prose.why_none(case).parts == ()

    def test_waiting_and_too_dear(self, case):
        text = prose.why_none(changed(case, sites_chosen=0.0)).text
        assert "5 sites wait for a check" in text
        assert (
            "14 sites passed every gate, but none can be paid for within the budget of £2,000,000"
            in text
        )

    def test_one_waits(self, case):
        view = changed(case, sites_chosen=0.0, sites_to_verify=1.0, sites_ranked=0.0)
        text = prose.why_none(view).text
        assert text.startswith("1 site waits for a check")
        assert "budget" not in text

    def test_all_fail(self, case):
        view = changed(case, sites_chosen=0.0, sites_to_verify=0.0, sites_ranked=0.0)
        assert prose.why_none(view).text.startswith("Every candidate fails a gate")

    def test_unknown_cost_is_never_funded(self, case):
        frame = case.summary.frame
        more = frame[frame["item"] == "sites_chosen"].assign(item="sites_without_cost", value=3.0)
        table = Table("summary", "item", pd.concat([frame, more]), case.summary.columns)
        tables = [*(t for n, t in case.figures.tables.items() if n != "summary"), table]
        view = replace(case, summary=table, figures=Figures(tables, case.figures.scope))
        text = prose.why_none(changed(view, sites_chosen=0.0)).text
        assert text.endswith(
            "The cost of 3 sites is unknown, and a site without a cost is never funded."
        )

    def test_no_candidates(self, case):
        view = changed(case, sites_chosen=0.0, sites_candidates=0.0)
        assert prose.why_none(view).text == "The study holds no candidate sites."


class TestIfVerified:
    @pytest.fixture
    def waiting(self, case):
        """The case with the set that waits, as the ranking gives it."""
        frame = case.summary.frame.copy()
        more = frame[frame["item"].isin(["ask_gbp", "premises_uplifted"])].copy()
        more["item"] += "_if_verified"
        more["label"] += ", if every gate to verify were confirmed"
        sites = frame[frame["item"] == "sites_chosen"].assign(item="sites_if_verified", value=8.0)
        table = Table("summary", "item", pd.concat([frame, more, sites]), case.summary.columns)
        tables = [*(t for n, t in case.figures.tables.items() if n != "summary"), table]
        return replace(case, summary=table, figures=Figures(tables, case.figures.scope))

    def test_the_ask_it_would_be(self, waiting):
        assert prose.if_verified(waiting).text == (
            "If every gate to verify were confirmed, the ask would be £1,309,000 (range £1,047,200 "
            "to £1,832,600) for 8 public sites."
        )
        assert prose.would_bring(waiting).parts

    def test_its_outcomes_stand_apart(self, waiting):
        ordinary = [label for label, _, _ in prose.outcomes(waiting)]
        would = [label for label, _, _ in prose.outcomes(waiting, verified=True)]
        assert ordinary == ["Premises uplifted by the chosen sites", "Grant per premises uplifted"]
        assert would == ["The ask", "Premises uplifted by the chosen sites"]

    def test_unknown_cost(self, waiting):
        text = prose.if_verified(changed(waiting, ask_gbp_if_verified=NAN)).text
        assert text.endswith("the ask would cover 8 public sites.")

    def test_silent_when_nothing_waits(self, case, waiting):
        assert prose.if_verified(case).parts == ()
        assert prose.if_verified(changed(waiting, sites_if_verified=0.0)).parts == ()
        assert prose.if_verified(changed(waiting, sites_to_verify=0.0)).parts == ()
        assert prose.would_bring(case).parts == ()


class TestMoney:
    @pytest.mark.parametrize(
        ("value", "start"),
        [
            (0.0, "None of the ask is unquoted: 0 %"),
            (71.0, "Part of the ask is unquoted: 71 % rests on assumed rates"),
            (100.0, "All of the ask is unquoted: 100 %"),
        ],
    )
    def test_unquoted(self, case, value, start):
        assert prose.unquoted(changed(case, unquoted_pct=value)).text.startswith(start)

    def test_unquoted_unknown_is_a_gap(self, case):
        for value in (NAN, None):
            assert prose.unquoted(changed(case, unquoted_pct=value)).gap

    def test_value_says_what_the_ratio_divides(self, case):
        text = prose.value_for_money(case).text
        assert (
            "the present value of benefits divided by the present value of net public-sector cost"
            in text
        )
        assert "from a loss to a gain" in text

    def test_range_on_one_side_is_not_called_uncertain_in_sign(self, case):
        view = changed(case, npsv_gbp=(600_000.0, 100_000.0, 900_000.0))
        assert "from a loss to a gain" not in prose.value_for_money(view).text

    def test_missing_value_says_why(self, case):
        view = changed(case, npsv_gbp=NAN, sites_chosen=0.0)
        assert prose.value_for_money(view).text.endswith("are not stated: no site is chosen.")
        view = changed(case, npsv_gbp=None)
        assert "a cost or a benefit is missing" in prose.value_for_money(view).text

    def test_missing_ratio(self, case):
        text = prose.value_for_money(changed(case, bcr=NAN)).text
        assert "A benefit-cost ratio is not stated: no benefit has been put in money." in text

    def test_break_even(self, case):
        assert "nil at £101,000 (break-even benefit)" in prose.break_even(case).text
        assert (
            "not stated: a cost is missing"
            in prose.break_even(changed(case, break_even_gbp_per_year=NAN)).text
        )
        none = changed(case, break_even_gbp_per_year=NAN, sites_chosen=0.0)
        assert "no site is chosen" in prose.break_even(none).text


class TestStudy:
    def test_candidates_add_up_in_words(self, case):
        assert prose.fate_of_candidates(case).text == (
            "Sites considered: 26. Of these, 14 passed every gate and ranked, 5 ranked but still to "
            "verify, 5 excluded by a gate and 2 not ranked for want of evidence."
        )
        assert (
            "none excluded by a gate"
            in prose.fate_of_candidates(changed(case, sites_excluded=0.0)).text
        )
        assert prose.fate_of_candidates(changed(case, sites_candidates=NAN)).gap

    def test_stale_data_say_their_month(self, study):
        fresh = replace(study, as_of=date(2025, 1, 31))
        assert prose.staleness(fresh, "2024-01").parts == ()
        old = prose.staleness(replace(study, as_of=date(2025, 2, 1)), "2024-01")
        assert old.text.startswith(
            "These figures describe January 2024, more than twelve months before 1 February 2025."
        )
        assert prose.staleness(study, "").parts == ()

    def test_banners(self, case):
        assert [b.split(".")[0] for b in prose.banners(case)] == ["CLOSED: practice only", "DRAFT"]
        assert prose.banners(case)[0].count("CLOSED") == 1
        opened = replace(case, profile=replace(case.profile, status="open"))
        assert [b.split(".")[0] for b in prose.banners(opened)] == ["DRAFT"]
        assert prose.banners(case_view(sample=True))[0].startswith("SAMPLE DATA - NOT FOR BIDS")

    def test_first_site(self, case):
        assert prose.top_site(case).text.startswith("Ashmoor Central Library (")
        frame = case.ranking.frame.assign(rank=NAN)
        empty = replace(case, ranking=Table("ranking", "site_id", frame, case.ranking.columns))
        assert prose.top_site(empty).parts == ()

    def test_first_site_to_verify_says_so(self, case):
        frame = case.ranking.frame.copy()
        frame.loc[0, ["status", "gates_unknown"]] = ["to verify", "A letter of support"]
        view = replace(case, ranking=Table("ranking", "site_id", frame, case.ranking.columns))
        assert "It is still to verify: A letter of support." in prose.top_site(view).text

    def test_release(self, study):
        assert prose.release_of(study, MEASURES[0]) == "2024-01"
        none = replace(study.coverage, frame=study.coverage.frame.iloc[:0])
        assert prose.release_of(replace(study, coverage=none), MEASURES[0]) == ""


def test_nothing_foretells_the_funder(any_case):
    passages = [
        prose.ask(any_case), prose.why_none(any_case), prose.unquoted(any_case), prose.value_for_money(any_case),
        prose.break_even(any_case), prose.fate_of_candidates(any_case), prose.top_site(any_case),
    ]  # fmt: skip
    words = " ".join(p.text for p in passages).lower()
    text = bid_text(any_case.scenario)
    words += " ".join(str(getattr(text, name)) for name in text.__dataclass_fields__).lower()
    assert "chance" not in words
    assert "probability" not in words
    assert "\u2014" not in words


def test_every_scenario_has_its_passages_and_others_get_neutral_ones():
    assert (
        len({bid_text(s).rationale for s in ("full_fibre_fund", "testbed_5g", "coworking", "x")})
        == 4
    )
    assert len(bid_text("x").subsidy) == 6


def test_percent_stays_with_its_number():
    assert (
        Quote(figure(71.0, "%", 0), "71 % (60 % to 80 %)").unbroken
        == "71\u00a0% (60\u00a0% to 80\u00a0%)"
    )


def test_minus_is_a_minus_and_a_range_is_not():
    assert Quote(figure(-1.0), "-£140,000 to 5").unbroken == "\u2212£140,000 to 5"
    assert Quote(figure(1.0), "F-ABC 5G-1").unbroken == "F-ABC 5G-1"


def test_outcome_lines_carry_their_remark():
    assert prose.outcome_line("Ratio", figure(0.0, "", 2), "no benefit stated.").text == (
        "Ratio: 0.00; no benefit stated."
    )
    assert prose.outcome_line("Desks", figure(12, "desks")).text == "Desks: 12 desks."


@pytest.mark.parametrize(
    ("value", "read"), [(2_899.1, "2,899"), (0.0, "0"), (9.5, "9.5"), (5.0, "5"), (-12.4, "-12")]
)
def test_a_count_is_read_whole_where_a_tenth_says_nothing(value, read):
    one = replace(figure(value, "premises"), decimals=1)
    assert readable_count(one).number == read
    assert readable_count(one).value == value
