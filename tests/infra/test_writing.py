"""Errors of the file system become one line with a mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.writing import ELSEWHERE, writing
from layers.errors import InputError, OutputError

PLACE = Path("study/out")


def test_the_line_names_place_reason_and_mend() -> None:
    with pytest.raises(OutputError) as caught, writing(PLACE, ELSEWHERE):
        raise OSError(28, "No space left on device")
    said = str(caught.value)
    assert said.startswith(f"{PLACE}: cannot be written (No space left on device). To mend: ")
    assert said.endswith(f"{ELSEWHERE}.")


@pytest.mark.parametrize("error", [OutputError("said already"), InputError([]), KeyError("x")])
def test_what_is_said_already_or_is_no_matter_of_files_passes_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, writing(PLACE):
        raise error
    assert caught.value is error
