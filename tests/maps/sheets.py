"""The few formulas that our workbooks hold, worked out by hand from the cells as they stand."""

from __future__ import annotations

import re

__all__ = ["calculated"]

PART = re.compile(r'"(?:[^"]|"")*"|[^,()"]+')


def _numbers(sheet, reference):
    return [cell.value for row in sheet[reference.replace("$", "")] for cell in row]


def _plain(text):
    """A criterion as the text that it means: quotes once, wild cards as they stand."""
    return re.sub(r"~([*?~])", r"\1", text[1:-1].replace('""', '"'))


def calculated(sheet, formula):
    """The result of `SUM`, `SUMIFS` or the check of rows, from a sheet that holds values."""
    name, _, inside = formula.removeprefix("=").partition("(")
    parts = PART.findall(inside[: inside.rindex(")")])
    if name == "IF":
        left, _, right = parts[0].partition("=")
        value = {cell: sheet[cell].value or 0 for cell in (left, *right.split("+"))}
        closes = value[left] == sum(value[cell] for cell in right.split("+"))
        return _plain(parts[1] if closes else parts[2])
    taken = _numbers(sheet, parts[0])
    kept = [True] * len(taken)
    if name == "SUMIFS":
        for reference, wanted in zip(parts[1::2], parts[2::2], strict=True):
            held = _numbers(sheet, reference)
            kept = [k and v == _plain(wanted) for k, v in zip(kept, held, strict=True)]
    elif name != "SUM":
        raise ValueError(formula)
    return sum(v for v, k in zip(taken, kept, strict=True) if k and isinstance(v, int | float))
