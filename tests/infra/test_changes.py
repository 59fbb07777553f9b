"""What differs from an earlier out/: values both sides have, sites that enter and leave."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pandas as pd
import pytest

from infra.changes import baseline_key, changes_view
from infra.write import write_csv
from layers.errors import StudyError
from layers.lineage import Column, Table


def tables(share, ask, chosen):
    gaps = pd.DataFrame({"id": ["E1", "E2"], "name": ["Ash", "Elm"], "full_fibre_pct": share})
    summary = pd.DataFrame(
        {
            "item": ["ask_gbp"],
            "label": ["The ask"],
            "value": [ask],
            "unit": ["GBP"],
            "decimals": [0],
        }
    )
    ranking = pd.DataFrame(
        {"site_id": ["a", "b", "c"], "name": ["A", "B", "C"], "rank": [1, 2, 3], "chosen": chosen}
    )
    return gaps, summary, ranking


@pytest.fixture
def before(tmp_path):
    out = tmp_path / "old" / "out"
    gaps, summary, ranking = tables([50.0, None], 900.0, [True, True, False])
    write_csv(gaps, out / "coverage" / "district_gaps.csv")
    write_csv(summary, out / "bid" / "summary.csv")
    write_csv(ranking.assign(rank=[2, 1, 3]), out / "bid" / "ranking.csv")
    manifest = {"resources": [], "sources": [], "title": "Old", "infra": {"as_of": "2025-06-01"}}
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return out.parent


def now():
    gaps, summary, ranking = tables([58.5, 70.0], 700.0, [True, False, True])
    columns = {"id": Column(""), "name": Column(""), "full_fibre_pct": Column("full fibre", "%", 1)}
    study = SimpleNamespace(district_gaps=Table("district_gaps", "id", gaps, columns))
    view = SimpleNamespace(
        key="bid",
        title="Bid",
        summary=Table("summary", "item", summary, {c: Column("") for c in summary}),
        ranking=SimpleNamespace(frame=ranking),
    )
    return study, [view]


def test_only_values_that_both_sides_have_are_changes(before):
    table = changes_view(before, *now()).table
    assert table.description == "Against the earlier outputs of Old, as of 1 June 2025"
    rows = table.frame.set_index("row")
    assert rows.loc["E1|full_fibre_pct", ["before", "after", "change"]].tolist() == [
        50.0,
        58.5,
        8.5,
    ]
    assert "E2|full_fibre_pct" not in rows.index, "it had no value: that is no change"
    assert rows.loc["bid|ask_gbp", "change"] == -200
    assert rows.loc["bid|entered", ["change", "note"]].tolist() == [1, "C"]
    assert rows.loc["bid|left", ["change", "note"]].tolist() == [1, "B"]
    assert rows.loc["bid|moved", "change"] == 2


def test_the_same_outputs_differ_in_nothing(before, tmp_path):
    study, (view,) = now()
    out = tmp_path / "same"
    write_csv(study.district_gaps.frame, out / "coverage" / "district_gaps.csv")
    write_csv(view.summary.frame, out / "bid" / "summary.csv")
    write_csv(view.ranking.frame, out / "bid" / "ranking.csv")
    (out / "manifest.json").write_bytes((before / "out" / "manifest.json").read_bytes())
    assert changes_view(out, study, [view]).table.frame.empty


def test_a_baseline_without_outputs_is_refused(tmp_path):
    with pytest.raises(StudyError, match="manifest"):
        baseline_key(tmp_path)
