"""The palette in greyscale and as colour-blind readers see it.

Simulation: G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, "A physiologically-based model
for simulation of color vision deficiency", IEEE Transactions on Visualization and Computer
Graphics 15(6), 2009, matrices for severity 1.0, applied to linear light. Lightness: CIE L*.
"""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from maps import style

MACHADO = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
SEEN = ("normal", *MACHADO)
# Linear sRGB to CIE XYZ, white point D65 (IEC 61966-2-1).
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip
WHITE = TO_XYZ.sum(axis=1)
# A difference that is plain side by side in a map; 2.3 is just noticeable in CIE Lab.
PLAIN = 10.0


def linear(colour):
    held = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(held <= 0.04045, held / 12.92, ((held + 0.055) / 1.055) ** 2.4)


def lab(colour, seen="normal"):
    light = linear(colour)
    if seen != "normal":
        light = np.clip(np.array(MACHADO[seen]) @ light, 0, 1)
    ratio = TO_XYZ @ light / WHITE
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one, two):
    """WCAG 2.2 contrast ratio."""
    lights = sorted((TO_XYZ[1] @ linear(c) for c in (one, two)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def test_the_matrices_leave_greys_grey():
    for matrix in MACHADO.values():
        assert np.array(matrix).sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-5)


@pytest.mark.parametrize("seen", SEEN)
def test_classes_grow_lighter_in_even_steps_for_every_eye(seen):
    lightness = [lab(colour, seen)[0] for colour in style.CLASS_COLOURS]
    assert all(b - a > 8 for a, b in pairwise(lightness)), lightness


@pytest.mark.parametrize("seen", SEEN)
def test_every_pair_of_classes_differs_plainly(seen):
    for one, two in combinations(style.CLASS_COLOURS, 2):
        assert np.linalg.norm(lab(one, seen) - lab(two, seen)) > PLAIN, (one, two)


@pytest.mark.parametrize("seen", SEEN)
def test_what_we_propose_stands_out_from_every_class(seen):
    """Pins are vermilion with a white ring and a black rim, so that one edge always shows."""
    for ground in style.CLASS_COLOURS:
        best = max(
            np.linalg.norm(lab(mark, seen) - lab(ground, seen))
            for mark in (style.VERMILION, style.PAPER, style.INK)
        )
        assert best > 35, ground
    apart = np.linalg.norm(lab(style.VERMILION, seen) - lab(style.PAPER, seen))
    assert apart > 35, "chosen and ranked differ in fill"


def test_text_and_marks_have_contrast():
    assert contrast(style.INK, style.PAPER) > 7
    assert contrast(style.QUIET, style.PAPER) > 4.5
    assert contrast(style.BLUE, style.PAPER) > 7
    assert contrast(style.VERMILION, style.PAPER) > 3
    assert contrast(style.INK, style.VERMILION) > 4.5, "ranks are written on the pins"
    assert contrast(style.INK, style.AMBER_GROUND) > 7


def test_no_data_is_told_by_its_hatch_not_by_colour_alone():
    assert style.NO_DATA_HATCH not in style.HATCHES.values()
    assert len(set(style.HATCHES.values())) == len(style.GRADES)
