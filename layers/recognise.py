"""What is this file? Recognition by header and content, never by name alone."""

from __future__ import annotations

from dataclasses import dataclass

from layers.errors import Fault
from layers.formats import Format, load, load_all
from layers.reading import Layout, Peek, changed_column, fold

__all__ = ["Recognition", "recognise"]

RESEMBLES = 0.6


@dataclass(frozen=True)
class Recognition:
    """What a file was recognised as, or why it was not.

    `fault` is set where a file is of a known kind but its columns have changed: it is refused.
    `nearest` describes the nearest layout where nothing fits: the file is left out, and said.
    """

    look: Peek
    format_key: str = ""
    layout: Layout | None = None
    detail: str = ""
    fault: tuple[Fault, ...] = ()
    nearest: str = ""

    @property
    def known(self) -> bool:
        """Whether a reader understands the file."""
        return bool(self.format_key) and not self.fault

    @property
    def format(self) -> Format:
        """The format's description."""
        described: Format = load(self.format_key).FORMAT
        return described


def recognise(look: Peek) -> Recognition:
    """Find the format whose header or content a file has.

    Parameters
    ----------
    look
        The first look at the file.

    Returns
    -------
    Recognition
        The first layout that fits with the most fields found; else a refusal where a known layout
        has changed columns; else the nearest layout and what differs.
    """
    best: tuple[int, str, Layout] | None = None
    like: list[tuple[float, str, Layout]] = []
    for key, module in load_all().items():
        described: Format = module.FORMAT
        if described.looks_like is not None:
            detail = described.looks_like(look)
            if detail is not None:
                layout = next((item for item in described.layouts if item.detail == detail), None)
                return Recognition(look, key, layout, detail)
        if look.kind != "csv":
            continue
        for layout in described.layouts:
            if layout.headerless:
                if _fits_headerless(look, layout):
                    return Recognition(look, key, layout, layout.detail)
                continue
            if layout.fits(look.header):
                size = sum(f.required for f in layout.fields) + len(layout.also_expects)
                if best is None or size > best[0]:
                    best = (size, key, layout)
            like.append((layout.likeness(look.header), key, layout))
    if best is not None:
        return Recognition(look, best[1], best[2], best[2].detail)
    if not like:
        return Recognition(look, nearest=f"no reader here takes {look.kind} files of this content")
    share, key, layout = max(like, key=lambda item: (item[0], sum(f.required for f in item[2].fields)))
    missing = layout.missing(look.header)
    if share >= RESEMBLES and sum(f.required for f in layout.fields) >= 3:
        return Recognition(look, key, fault=tuple(changed_column(look, layout, f) for f in missing))
    known = {fold(h) for f in layout.fields for h in f.headers}
    strange = [h for h in look.header if fold(h) not in known][:4]
    lacking = [f.headers[0] if f.headers else f.name for f in missing][:4]
    return Recognition(
        look,
        nearest=(
            f"nearest known layout: {layout.name}; it lacks {', '.join(map(repr, lacking)) or 'nothing'}"
            f" and has {', '.join(map(repr, strange)) or 'nothing'} instead"
        ),
    )


def _fits_headerless(look: Peek, layout: Layout) -> bool:
    """Whether the first row's cells have the form that a header-less layout's fields say."""
    import re  # noqa: PLC0415

    required = [f for f in layout.fields if f.required]
    if len(look.header) < len(required):
        return False
    checks = [(f, look.header[i]) for i, f in enumerate(layout.fields) if i < len(look.header) and f.matches]
    return bool(checks) and all(re.fullmatch(f.matches or "", cell.strip()) for f, cell in checks)
