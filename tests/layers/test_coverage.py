"""The coverage table."""

from toy import DISTRICTS, county, ofcom, reading, settled

from layers.coverage import coverage_rows, coverage_table, newest


def ons(measure="gigabit_pct", period="2024-01", values=(20.0, 60.0), areas=DISTRICTS):
    rows = {
        "area_id": list(areas),
        "area_name": "x",
        "measure": measure,
        "period": period,
        "value": list(values),
        "unit": "%",
    }
    return reading(
        "ons_local_statistics", rows, name=f"{measure}{period}{len(areas)}.csv", vintage=period
    )


def test_published_rows_hold_the_plain_key_and_sums_stand_beside_them():
    book, base = county(ofcom(gigabit=(20, 40, 60, 95)), ons())
    rows, _ = coverage_rows(book, base, "E47000009", "County")
    table = coverage_table(rows, book)
    key = f"{DISTRICTS[0]}|gigabit_pct|2024-01"
    assert table.cell(key, "grade") == "measured"
    assert table.cell(key, "share_pct") == 20.0
    beside = table.frame[table.frame["row"].str.startswith(key + "|")]
    assert beside["grade"].tolist() == ["estimated"]
    assert beside["share_pct"].tolist() == [30.0]
    assert table.frame["area_name"][table.frame["area_id"] == DISTRICTS[0]].unique().tolist() == [
        "Westvale"
    ]


def test_the_newest_published_value_comes_first():
    book, base = county(
        ons(period="2023-05", values=(1, 2)), ons(), ons(period="2026-01", values=(91, 92))
    )
    rows, _ = coverage_rows(book, base, "E47000009", "County")
    found = newest(rows, "gigabit_pct", "LAD")
    assert found["share_pct"].tolist() == [91, 92]
    assert found["release"].unique().tolist() == ["2026-01"]


def test_the_authority_and_the_country_are_kept_to_compare_and_the_rest_set_aside():
    item = ons(areas=(DISTRICTS[0], "E47000009", "E92000001", "E06000001"), values=(1, 2, 3, 4))
    book, base = county(item)
    rows, _ = coverage_rows(book, base, "E47000009", "County")
    assert sorted(rows["level"]) == ["CAUTH", "LAD", "country"]
    assert settled(book, item).set_aside == {"outside the study area": 1}


def test_business_counts_are_handed_on_and_other_measures_set_aside():
    firms, walk = ons("active_businesses", values=(500, 300)), ons("Unknown indicator")
    book, base = county(firms, walk)
    rows, active = coverage_rows(book, base, "E47000009", "County")
    assert rows.empty
    assert active["units"].tolist() == [500, 300]
    assert settled(book, walk).set_aside == {"a measure that no layer uses": 2}


def test_business_demography_and_walks_stand_in_the_series():
    births = [ons("business_births_pct", period=p, values=(11.2, 12.4)) for p in ("2023-01", "2024-01")]  # fmt: skip
    book, base = county(*births, ons("library_walk_pct"))
    rows, _ = coverage_rows(book, base, "E47000009", "County")
    held = rows[rows["measure"] == "business_births_pct"]
    assert sorted(set(held["release"])) == ["2023-01", "2024-01"]
    assert held["grade"].unique().tolist() == ["measured"]
    assert "library_walk_pct" in set(rows["measure"])
