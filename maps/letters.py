"""A line of letters that begins at its point, drawn without being measured: a sheet has some eighty of them."""

from __future__ import annotations

from matplotlib.artist import Artist, allow_rasterization
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties

__all__ = ["Line"]


class Line(Artist):
    """One line of text to the right of a point on its base, in one colour.

    matplotlib's own text measures itself first, for what would be centred, turned or broken into lines. What
    comes out is the same.

    Parameters
    ----------
    x, y
        Where it begins, in the units of the axes that it is added to.
    """

    zorder = 3  # as matplotlib's text

    def __init__(self, x: float, y: float, words: str, face: FontProperties, colour: str) -> None:
        super().__init__()
        self._at, self._words, self._face = (x, y), words, face
        self._colour = to_rgba(colour)

    @allow_rasterization  # type: ignore[untyped-decorator]
    def draw(self, renderer: RendererBase) -> None:
        """Draw the letters."""
        if not self._words:
            return
        x, y = self.get_transform().transform(self._at)
        if renderer.flipy():
            y = renderer.get_canvas_width_height()[1] - y
        pen = renderer.new_gc()
        pen.set_foreground(self._colour, isRGBA=True)
        renderer.draw_text(pen, x, y, self._words, self._face, 0.0)
        pen.restore()
        self.stale = False
