"""A picture is read back as it was drawn, by another reader."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from maps.png import write_png

WORDS = {"Title": "Gap in Sandwell", "Description": "Ł: no letter of Latin-1"}


def test_every_pixel_and_word_is_read_back(tmp_path):
    pixels = np.random.default_rng(3).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    write_png(pixels, tmp_path / "map.png", 300, WORDS)
    with Image.open(tmp_path / "map.png") as image:
        image.load()
        assert (image.mode, image.size, image.text) == ("RGB", (7, 5), WORDS)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        assert np.array_equal(np.asarray(image), pixels)


def test_what_lies_between_the_colours_is_left_out(tmp_path):
    """A canvas has a fourth byte for each dot; nothing of a sheet is transparent."""
    canvas = np.dstack([np.full((4, 4, 3), 9, np.uint8), np.full((4, 4), 255, np.uint8)])
    write_png(canvas[..., :3], tmp_path / "map.png", 96, {})
    with Image.open(tmp_path / "map.png") as image:
        assert np.asarray(image).tolist() == np.full((4, 4, 3), 9).tolist()
