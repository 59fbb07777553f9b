"""What the words of a register say, and what they do not."""

import pandas as pd
import pytest

from layers.registers import NOT_OFFICE, OFFICE, VACANT, said


@pytest.mark.parametrize(
    "text", ["Vacant", "VOID", "Buildings Declared Surplus", "Available to let", "part vacant"]
)
def test_words_that_say_vacant(text):
    assert said(pd.Series([text]), VACANT).all()


@pytest.mark.parametrize(
    "text",
    ["", "Occupied by local authority", "not vacant", "non-surplus", "avoidance", "Leasehold"],
)
def test_words_that_do_not(text):
    assert not said(pd.Series([text]), VACANT).any()


@pytest.mark.parametrize(
    "text", ["Town Hall", "Area Housing Office", "Civic Centre", "Central Library", "Council House"]
)
def test_office_words(text):
    assert said(pd.Series([text]), OFFICE).all()


@pytest.mark.parametrize(
    "text",
    ["Public Toilets", "Scout Hut", "Cricket Pavilion", "Bus Shelter", "Officers Road stables"],
)
def test_words_of_other_buildings(text):
    assert said(pd.Series([text]), NOT_OFFICE).all()
    assert not said(pd.Series([text]), OFFICE).any()
