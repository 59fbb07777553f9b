"""Seeded damage to files, as networks, spreadsheets and people do it."""

from __future__ import annotations

import random
from collections.abc import Callable


def _flip(data: bytearray, dice: random.Random) -> bytes:
    for _ in range(dice.randint(1, 12)):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(data)


def _truncate(data: bytearray, dice: random.Random) -> bytes:
    return bytes(data[: dice.randrange(len(data))])


def _insert(data: bytearray, dice: random.Random) -> bytes:
    piece = dice.choice([b"\x00", b'"', b"\n", b"\r\n", b"\r", b",", b"\xff\xfe", b"\xef\xbb\xbf", b"=cmd|' /C calc'!A0", b"<script>alert(1)</script>", b"*", b"\xac", b"\x1a", b"1e999", b"nan", b"-1", b"<4", b"{", b"]"])  # fmt: skip
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(data) + 1)
        data[at:at] = piece
    return bytes(data)


def _delete(data: bytearray, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    del data[at : at + dice.randint(1, 60)]
    return bytes(data)


def _swap_cells(data: bytearray, dice: random.Random) -> bytes:
    lines = bytes(data).split(b"\n")
    at = dice.randrange(len(lines))
    cells = lines[at].split(b",")
    dice.shuffle(cells)
    lines[at] = b",".join(cells)
    return b"\n".join(lines)


def _repeat_lines(data: bytearray, dice: random.Random) -> bytes:
    lines = bytes(data).split(b"\n")
    at = dice.randrange(len(lines))
    return b"\n".join(lines[:at] + lines[at : at + 2] * dice.randint(2, 6) + lines[at:])


def _change_cell(data: bytearray, dice: random.Random) -> bytes:
    lines = bytes(data).split(b"\n")
    at = dice.randrange(len(lines))
    cells = lines[at].split(b",")
    cells[dice.randrange(len(cells))] = dice.choice([b"", b"140", b"-5", b"<4", b"1.00012E+11", b"99.999999", b"\xc2\xa0", b"x" * 3000, b"#REF!", b"1,2", b"31/02/2024", b"0", b"E08000025", b"9" * 40, b"Infinity"])  # fmt: skip
    lines[at] = b",".join(cells)
    return b"\n".join(lines)


def _long_line(data: bytearray, dice: random.Random) -> bytes:
    at = dice.randrange(len(data) + 1)
    data[at:at] = dice.choice([b"a", b"1", b" ", b'"', b","]) * dice.choice([5_000, 150_000])
    return bytes(data)


def _recode(data: bytearray, dice: random.Random) -> bytes:
    text = bytes(data).decode("latin-1")
    return text.encode(dice.choice(["utf-8", "utf-16", "utf-16-le", "utf-32", "cp500"]))


def _line_ends(data: bytearray, dice: random.Random) -> bytes:
    ends = [b"\n", b"\r\n", b"\r", b"\n\n"]
    return b"".join(line + dice.choice(ends) for line in bytes(data).splitlines())


DAMAGE: tuple[Callable[[bytearray, random.Random], bytes], ...] = (
    _flip, _truncate, _insert, _delete, _swap_cells, _repeat_lines, _change_cell, _long_line,
    _recode, _line_ends,
)  # fmt: skip


def mutated(data: bytes, seed: int) -> bytes:
    """Return a damaged copy; the same seed gives the same damage."""
    dice = random.Random(seed)
    for _ in range(dice.choice([1, 1, 1, 2, 3])):
        data = dice.choice(DAMAGE)(bytearray(data or b"\n"), dice)
    return data
