"""Kept steps are whole, sealed, and named by what made them."""

from infra.store import Store, key_of


def save(store, key, text="one"):
    return store.save("evidence", key, lambda folder: (folder / "x.json").write_text(text))


def test_what_was_saved_is_there(tmp_path):
    store = Store(tmp_path)
    assert not store.has("evidence", "k")
    save(store, "k")
    assert store.has("evidence", "k")


def test_a_changed_file_breaks_the_seal(tmp_path):
    store = Store(tmp_path)
    (save(store, "k") / "x.json").write_text("two")
    assert not store.has("evidence", "k")


def test_a_missing_file_breaks_the_seal(tmp_path):
    store = Store(tmp_path)
    (save(store, "k") / "x.json").unlink()
    assert not store.has("evidence", "k")


def test_a_new_result_replaces_the_old(tmp_path):
    store = Store(tmp_path)
    save(store, "k")
    save(store, "l")
    assert not store.has("evidence", "k")
    assert store.has("evidence", "l")


def test_keys_depend_on_values_not_on_order():
    assert key_of({"a": 1, "b": [2]}) == key_of({"b": [2], "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})
