"""The tornado of a bid: what moves its net present social value, the widest swing on top.

The table beside it holds the same values with their figure ids, so the picture's words stay short.
"""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from maps import style
from maps.bid_decisions import of_set
from maps.passages import clean
from maps.sheet import as_on_paper, font, wrap_text
from maps.view import SAMPLE_RIBBON, CaseView

__all__ = ["MOST", "swings", "write_tornado"]

MOST = 8
WIDTH_IN, BAR_IN, DPI = 6.4, 0.42, 200
THOUSAND = 1_000.0
LABEL_PT, LABEL_ROOM = 8.0, 150.0  # size of letters and room for an input's name, in points
NEEDED = ["label", "npsv_low_gbp", "npsv_gbp", "npsv_high_gbp", "swing_gbp"]


def swings(view: CaseView) -> pd.DataFrame:
    """Return the inputs that move the value at all, widest first, at most `MOST`.

    Returns
    -------
    DataFrame
        `label npsv_low_gbp npsv_gbp npsv_high_gbp swing_gbp` of the set that the bid tells of.
    """
    held = of_set(view, "sensitivity")
    if held is None:
        return pd.DataFrame(columns=NEEDED)
    _table, frame = held
    frame = frame[NEEDED].dropna()
    moved = frame[frame["swing_gbp"] > 0]
    return moved.sort_values("swing_gbp", ascending=False, kind="stable").head(MOST)


def write_tornado(view: CaseView, path: Path) -> str:
    """Draw the tornado as PNG and return its alternative text; nothing where no input moves the value.

    The bar of the first value of an input is plain, that of the second hatched, so that the two are
    told apart without colour.
    """
    frame = swings(view)
    if frame.empty:
        return ""
    with as_on_paper():
        figure = _drawn(frame, SAMPLE_RIBBON if view.study.sample else "")
        picture = io.BytesIO()
        author = f"Prepared with infra {view.study.version}"
        words = {"Title": clean(view.title), "Author": author, "Software": author}
        FigureCanvasAgg(figure).print_png(picture, metadata=words)  # type: ignore[no-untyped-call]
    path.write_bytes(picture.getvalue())
    named = "; ".join(clean(label) for label in frame["label"].astype(str))
    return (
        "Bars of how far the net present social value moves with each input, the widest on top: "
        f"{named}. The table below holds the values."
    )


def _drawn(frame: pd.DataFrame, ribbon: str) -> Figure:
    middle = float(frame["npsv_gbp"].iloc[0]) / THOUSAND
    head = 0.3 if ribbon else 0.05
    height = head + BAR_IN * len(frame) + 0.75
    figure = Figure(figsize=(WIDTH_IN, height), dpi=DPI)
    figure.set_facecolor(style.PAPER)
    left, right = 2.3 / WIDTH_IN, 6.2 / WIDTH_IN
    low, high = 0.5 / height, 1 - (head + 0.25) / height
    axes = figure.add_axes((left, low, right - left, high - low))
    looks = (
        ("npsv_low_gbp", style.BLUE, "", "first value"),
        ("npsv_high_gbp", "#e8c27a", "////", "second value"),
    )
    for column, colour, hatch, label in looks:
        ends = frame[column].to_numpy(float) / THOUSAND - middle
        axes.barh(range(len(frame)), ends, left=middle, height=0.62, color=colour, hatch=hatch,
                  edgecolor=style.INK, linewidth=0.5, label=label)  # fmt: skip
    axes.axvline(middle, color=style.INK, linewidth=1.1)
    if axes.get_xlim()[0] < 0 < axes.get_xlim()[1]:
        axes.axvline(0, color=style.QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.invert_yaxis()
    names = [
        "\n".join(wrap_text(clean(text), LABEL_PT, LABEL_ROOM))
        for text in frame["label"].astype(str)
    ]
    axes.set_yticks(range(len(frame)), names, fontproperties=font(LABEL_PT))
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(lambda value, _at: f"{value:,.0f}")
    for text in axes.get_xticklabels():
        text.set_fontproperties(font(LABEL_PT))
    axes.set_xlabel("Net present social value, thousand pounds", fontproperties=font(LABEL_PT))
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.legend(
        loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, prop=font(LABEL_PT)
    )
    if ribbon:
        figure.text(0.5, 1 - 0.2 / height, ribbon, ha="center", fontproperties=font(9, bold=True),
                    color="white", backgroundcolor=style.INK)  # fmt: skip
    return figure
