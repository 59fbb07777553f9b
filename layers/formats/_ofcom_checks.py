"""What must agree within a row of Ofcom's fixed coverage: orderings, sums, shares against counts.

Every rule was seen to hold in all rows of the constituency files of 2018 to 2024 and in the samples
of the other levels; a row that breaks one is wrong, and is quarantined.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from layers.cells import counted
from layers.layouts import Field
from layers.source import Reading

__all__ = ["BANDS", "consistent"]

# each includes the one before it; shares are rounded to 0.1, so two of them may cross by that much
ORDERED = (
    ("ultrafast_100", "superfast"), ("ultrafast", "superfast"), ("ultrafast", "ultrafast_100"),
    ("gigabit", "superfast"), ("full_fibre", "gigabit"),
)  # fmt: skip
ROUNDED_PCT = 0.11
# a share is its count over all premises, to 0.1; superfast of 2018 and 2019 is the sum of two such
SHARE_PCT, SUMMED_SHARE_PCT = 0.051, 0.151
PARTS = (
    ("matched_premises", "premises", "more matched premises than premises"),
    ("full_fibre_n", "premises", "full_fibre_n exceeds premises"),
    ("gigabit_n", "premises", "gigabit_n exceeds premises"),
    ("full_fibre_n", "gigabit_n", "more full fibre than gigabit"),
)
BAND = "Number of premises with {}Mbit/s download speed"
BANDS = tuple(
    Field(f"band_{i}_n", (BAND.format(speed),), "count", required=False)
    for i, speed in enumerate(("0<2", "2<5", "5<10", "10<30", "30<300", ">=300"))
)


def consistent(reading: Reading, measures: tuple[str, ...]) -> Reading:
    """Quarantine rows that contradict themselves, and drop the columns that only served to check."""
    reading = _sums(reading)
    for part, whole, reason in PARTS:
        frame = reading.frame
        if part in frame and whole in frame:
            reading = reading.without_bad(frame[part] > frame[whole], reason, part)
    for part, whole in ORDERED:
        frame = reading.frame
        if f"{part}_pct" in frame and f"{whole}_pct" in frame:
            more = frame[f"{part}_pct"] > frame[f"{whole}_pct"] + ROUNDED_PCT
            reading = reading.without_bad(
                more, f"a larger share has {part} than {whole}", f"{part}_pct"
            )
    reading = _shares(reading, measures)
    frame = reading.frame
    if "gigabit_pct" in frame:
        # published so for some constituencies since 2020: the two are surveyed apart
        odd = int((frame["gigabit_pct"] > frame["ultrafast_pct"] + ROUNDED_PCT).sum())
        if odd:
            told = counted(odd, "area has", "areas have")
            reading = reading.note(
                f"{told} more gigabit than ultrafast as published; kept as it stands"
            )
    return reading


def _sums(reading: Reading) -> Reading:
    """Check that the speed bands, and superfast with what lacks it, add up to matched premises.

    The second rule does not hold in 2018, which published no bands.
    """
    names = [f.name for f in BANDS if f.name in reading.frame]
    if len(names) == len(BANDS) and "matched_premises" in reading.frame:
        for parts, said in (
            (names, "the speed bands"),
            (["superfast_n", "unable_30_n"], "superfast and unable to receive 30 Mbit/s"),
        ):
            frame = reading.frame
            if not set(parts) <= set(frame):
                continue
            off = (frame[parts].sum(axis=1, skipna=False) - frame["matched_premises"]).abs() > 0
            reason = f"{said} do not sum to matched premises"
            reading = reading.without_bad(off, reason, "matched_premises")
    return replace(reading, frame=reading.frame.drop(columns=names))


def _shares(reading: Reading, measures: tuple[str, ...]) -> Reading:
    """Check that a published share is its count over all premises."""
    added = reading.source.vintage[:4] in {"2018", "2019"}
    for name in measures:
        frame = reading.frame
        if not {f"{name}_pct", f"{name}_n", "premises"} <= set(frame):
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            share = 100 * frame[f"{name}_n"].to_numpy(float) / frame["premises"].to_numpy(float)
        slack = SUMMED_SHARE_PCT if added and name == "superfast" else SHARE_PCT
        with np.errstate(invalid="ignore"):
            far = np.abs(frame[f"{name}_pct"].to_numpy(float) - share) > slack
        reading = reading.without_bad(
            far, f"{name}_pct is not its count over all premises", f"{name}_pct"
        )
    return reading
