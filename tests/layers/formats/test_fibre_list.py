"""A user's list of fibre: what is wrong in it, and that it stays out of public outputs."""

from __future__ import annotations

from layers.formats import load


def test_what_is_wrong_in_a_list_is_quarantined(tmp_path, read_one):
    path = tmp_path / "fibre.csv"
    path.write_text(
        "fibre_id,fibre_kind,easting,northing,to_easting,to_northing\n"
        "a,Cabinet,406523,286448,,\nb,mast,406523,286448,,\nc,duct,406523,286448,406600,\n"
        "d,duct,406523,286448,406600,286500\ne,duct,,,,\n",
        encoding="utf-8",
    )
    found = read_one(path)
    assert found.source.format_key == "fibre_list"
    assert found.source.sensitivity == "commercial"
    assert found.frame["fibre_id"].tolist() == ["a", "d"]
    assert found.frame["kind"].tolist() == ["cabinet", "duct"]
    assert sorted(found.quarantine["reason"]) == [
        "no position",
        "not one of exchange, cabinet, chamber, duct",
        "one coordinate of its far end is missing",
    ]
    assert load("fibre_list").KINDS[0] == "exchange"
