"""The catalogue: every format's dataset is in it, with the licence statements word for word."""

from __future__ import annotations

import pytest

from layers import catalogue
from layers.formats import load_all


def test_every_format_belongs_to_an_entry():
    shipped = catalogue.shipped()
    for key, module in load_all().items():
        details = {layout.detail for layout in module.FORMAT.layouts} or {""}
        for detail in details:
            assert module.FORMAT.dataset(detail) in shipped, key


def test_every_entry_is_used_and_complete():
    used = {
        module.FORMAT.dataset(layout.detail)
        for module in load_all().values()
        for layout in (*module.FORMAT.layouts,)
    } | {m.FORMAT.dataset("") for m in load_all().values() if not m.FORMAT.layouts}
    for key, entry in catalogue.shipped().items():
        assert key in used
        assert entry.key == key
        assert all((entry.title, entry.publisher, entry.licence, entry.where, entry.cadence))
        assert not entry.page or entry.page.startswith("https://")
        assert entry.source.startswith(entry.where)
        assert entry.stale_after_months >= 0
        assert bool(entry.attribution) == (entry.licence != "not published")
        assert "(c)" not in entry.attribution


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("os-open-uprn", "Contains OS data © Crown copyright and database right 2026"),
        ("os-code-point-open", "Contains Royal Mail data © Royal Mail copyright and database right 2026"),
        ("onspd", "Contains National Statistics data © Crown copyright and database right 2026"),
        ("ons-boundaries", "Source: Office for National Statistics licensed under the Open Government Licence v.3.0"),
        ("naptan", "Contains public sector information licensed under the Open Government Licence v3.0"),
        ("ofcom-connected-nations-fixed", "Contains information licensed by the Office of Communications"),
        ("openstreetmap", "© OpenStreetMap contributors, ODbL 1.0"),
    ],
)  # fmt: skip
def test_attribution_strings(key, text):
    assert text in catalogue.shipped()[key].attributed(2026)


def test_a_damaged_entry_is_named(tmp_path, monkeypatch):
    path = tmp_path / "catalogue.toml"
    path.write_text('[x]\ntitle = "X"\nstale_after_months = "soon"\n', encoding="utf-8")
    monkeypatch.setattr(catalogue, "CATALOGUE", path)
    catalogue.shipped.cache_clear()
    with pytest.raises(ValueError, match=r"catalogue entry x: check .*stale_after_months"):
        catalogue.shipped()
    monkeypatch.undo()
    catalogue.shipped.cache_clear()
