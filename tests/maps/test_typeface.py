"""The typeface of printed maps: the letters of the whole typeface, without its tables for joining them."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont
from matplotlib.font_manager import findfont

from maps import typeface
from maps.sheet import font
from maps.typeface import LEFT_OUT


@pytest.mark.parametrize(
    ("bold", "italic", "name"),
    [
        (False, False, "DejaVuSans"),
        (True, False, "DejaVuSans-Bold"),
        (False, True, "DejaVuSans-Oblique"),
        (True, True, "DejaVuSans-BoldOblique"),
    ],
)
def test_letters_are_those_of_the_whole_typeface(
    bold: bool, italic: bool, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = findfont(font(8, bold=bold, italic=italic), fallback_to_default=False)
    assert not caplog.records  # a face that is not quite the one asked for is told
    ours = TTFont(found)
    whole = TTFont(Path(mpl.get_data_path(), "fonts", "ttf", f"{name}.ttf"))
    assert not set(LEFT_OUT) & set(ours.keys())
    assert ours["name"].getDebugName(6) == name  # as a PDF calls it
    for table in ("glyf", "hmtx", "cmap", "kern"):
        assert ours.getTableData(table) == whole.getTableData(table)


def test_a_harmed_file_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpl, "get_cachedir", lambda: str(tmp_path))
    ours = typeface._kept("DejaVuSans")
    sound = ours.read_bytes()
    for harmed in (sound[: len(sound) // 2], sound[:5000] + b"\xff\xff\xfe" + sound[5003:], b""):
        ours.write_bytes(harmed)
        assert typeface._kept("DejaVuSans") == ours
        assert ours.read_bytes() == sound
    made = ours.stat().st_mtime_ns
    typeface._kept("DejaVuSans")
    assert ours.stat().st_mtime_ns == made, "a sound file is left alone"
