"""Who may use a street by its tags, as https://wiki.openstreetmap.org/wiki/Key:access has it."""

from __future__ import annotations

import numpy as np
import pytest

from layers.street_access import (
    CYCLE,
    CYCLE_BOTH_WAYS,
    NO_CYCLE,
    NO_DRIVE,
    NO_WALK,
    access_of,
)

NOBODY = NO_WALK | NO_CYCLE | NO_DRIVE


@pytest.mark.parametrize(
    ("tags", "bits"),
    [
        ({}, 0),
        ({"access": "private"}, NOBODY),
        ({"access": "no", "foot": "yes", "bicycle": "yes"}, NO_DRIVE | CYCLE),
        ({"access": "destination"}, 0),
        ({"vehicle": "no"}, NO_CYCLE | NO_DRIVE),
        ({"motor_vehicle": "private"}, NO_DRIVE),
        ({"motor_vehicle": "no", "motorcar": "yes"}, 0),
        ({"foot": "no"}, NO_WALK),
        ({"bicycle": "dismount"}, NO_CYCLE),
        ({"bicycle": "designated"}, CYCLE),
        ({"motorroad": "yes"}, NO_WALK | NO_CYCLE),
        ({"motorroad": "yes", "foot": "designated"}, NO_CYCLE),
        ({"oneway:bicycle": "no"}, CYCLE_BOTH_WAYS),
        ({"cycleway": "opposite_lane"}, CYCLE_BOTH_WAYS),
    ],
)
def test_the_tag_of_the_mode_speaks_first(tags, bits):
    assert access_of(tags.get) == bits


def test_the_bits_fit_the_column_they_are_kept_in():
    assert np.iinfo(np.int8).max >= NOBODY | CYCLE | CYCLE_BOTH_WAYS
