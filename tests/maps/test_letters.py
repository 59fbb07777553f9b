"""Letters drawn unmeasured are the very letters that matplotlib's own text draws."""

import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure

from maps.letters import Line
from maps.sheet import as_on_paper, font

WORDS = "A site for £1,250, 12 % of it; $5 is no sum"


def drawn(canvas, *, own: bool, words: str = WORDS):
    with as_on_paper():
        figure = Figure(figsize=(4, 1), dpi=100)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 288), ylim=(72, 0))  # points from the top, as on a sheet
        axes.axis("off")
        if own:
            line = Line(20, 30, words, font(9, bold=True), "#2c3135")
            line.set_transform(axes.transData)
            axes.add_artist(line)
        else:
            axes.text(
                20, 30, words, fontproperties=font(9, bold=True), color="#2c3135", va="baseline"
            )
        if canvas is FigureCanvasAgg:
            picture = FigureCanvasAgg(figure)
            picture.draw()
            return np.asarray(picture.buffer_rgba()).tobytes()
        held = io.BytesIO()
        FigureCanvasPdf(figure).print_pdf(held, metadata={"CreationDate": None})
        return held.getvalue()


@pytest.mark.parametrize("canvas", [FigureCanvasAgg, FigureCanvasPdf])
def test_a_line_is_drawn_as_text_is(canvas):
    assert drawn(canvas, own=True) == drawn(canvas, own=False)
    assert drawn(canvas, own=True) != drawn(canvas, own=True, words="")


def test_no_words_are_nothing():
    blank = drawn(FigureCanvasAgg, own=True, words="")
    assert set(blank) == {255}
