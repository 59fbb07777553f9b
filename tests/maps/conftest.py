"""Practice views for the tests of maps, bids and board pages."""

from __future__ import annotations

import pytest
from views import SCENARIOS, case_view, study_view


@pytest.fixture(scope="session")
def study():
    return study_view()


@pytest.fixture(scope="session")
def sample_study():
    return study_view(sample=True)


@pytest.fixture
def case():
    """A fresh full-fibre case, with no figure quoted yet."""
    return case_view("full_fibre_fund")


@pytest.fixture(params=SCENARIOS)
def any_case(request):
    return case_view(request.param)
