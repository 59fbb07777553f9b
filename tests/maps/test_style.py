"""Classes and grades look the same on every map."""

import doctest
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex

from maps import style


def test_examples_hold():
    assert doctest.testmod(style).failed == 0


def test_colours_are_cividis_from_dark_to_light():
    cividis = mpl.colormaps["cividis"]
    assert list(style.CLASS_COLOURS) == [to_hex(cividis(x)) for x in np.arange(6) / 5]
    grey = [np.dot([0.2126, 0.7152, 0.0722], mpl.colors.to_rgb(c)) for c in style.CLASS_COLOURS]
    assert all(b - a > 0.05 for a, b in pairwise(grey)), "legible in greyscale"


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, 0), (24.9, 0), (25, 1), (50, 2), (75, 3), (90, 4), (94.9, 4), (95, 5), (100, 5)],
)
def test_class_edges(share, expected):
    assert style.class_of(share) == expected
    assert style.class_of(100 - share, deficit=True) == expected


@pytest.mark.parametrize("missing", [None, float("nan"), np.nan, "", "no data"])
def test_missing_is_never_a_class(missing):
    assert style.class_of(missing) is None
    assert style.label(style.class_of(missing)) == "no data"


def test_legend_ends_with_no_data():
    for deficit in (False, True):
        entries = style.legend_entries(deficit=deficit)
        assert len(entries) == 7
        assert entries[-1] == (None, "no data")


def contrast(one, other):
    def luminance(colour):
        channels = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in mpl.colors.to_rgb(colour)
        ]
        return np.dot([0.2126, 0.7152, 0.0722], channels)

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_contrast_meets_wcag():
    # WCAG 2.2, 1.4.3: 4.5 to 1 for text
    assert contrast(style.INK, style.PAPER) >= 4.5
    assert contrast(style.QUIET, style.PAPER) >= 4.5
    assert contrast(style.BLUE, style.PAPER) >= 4.5
    assert contrast(style.INK, style.VERMILION) >= 4.5, "numbers in the marks of sites"
