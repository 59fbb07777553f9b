"""Which small area lies in which larger one."""

from toy import AREAS, DISTRICTS, PCONS, ledger, lookups, reading

from layers.membership import Lookups


def test_the_newest_lookup_answers_and_older_ones_fill_in():
    old = reading("lookups", {"lsoa21": ["x", "y"], "lad": ["old", "old"]}, vintage="2020")
    new = reading("lookups", {"lsoa21": ["x"], "lad": ["new"]}, vintage="2024")
    from layers.ledger import Ledger

    found = Lookups(Ledger({"lookups": (old, new)})).relation("lsoa21", "lad")
    assert dict(zip(found["lsoa21"], found["lad"], strict=True)) == {"x": "new", "y": "old"}


def test_the_published_main_district_comes_with_its_overlap():
    main = Lookups(ledger()).main_district("pcon10", set(DISTRICTS))
    assert main["id"].tolist() == list(PCONS)
    assert main["overlap"].tolist() == [1.0, 0.9, 1.0, 0.995]


def test_without_a_published_one_the_district_with_most_areas_is_the_main_one():
    from layers.ledger import Ledger

    rows = {"lsoa21": ["a", "b", "c"], "lad": ["D1", "D1", "D2"], "pcon24": ["P", "P", "P"]}
    book = Ledger({"lookups": (reading("lookups", rows),)})
    main = Lookups(book).main_district("pcon24", {"D1", "D2"})
    assert main[["id", "lad"]].to_numpy().tolist() == [["P", "D1"]]
    assert round(float(main["overlap"].iloc[0]), 3) == 0.667


def test_rows_that_no_relation_used_are_set_aside_and_every_file_closes():
    book = ledger()
    held = Lookups(book)
    held.relation("lsoa21", "lad")
    held.settle(book, set(AREAS), set(DISTRICTS))
    final, left = book.close()
    direct, areas = (next(r for r in final if r.source.path == i.source.path) for i in lookups())
    assert len(areas.frame) == 8
    assert "no layer needs this lookup" in left[direct.source.sha256]
    assert all(r.quality().closes for r in final)
