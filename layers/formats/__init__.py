"""One file per published format: its header, its reader and its practice writer.

Each module here defines

- `FORMAT`, a `Format`: what it is called, which entry of `catalogue.toml` it belongs to, and either
  the delimited `layouts` it knows or a `looks_like` function for anything else;
- `read(look, source, layout) -> Reading`, which gives the canonical columns named in its docstring;
- `write(frame, path, ...)`, the practice writer: what it writes, `read` reads.

Modules are found by listing this folder, without importing them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.layouts import Layout
from layers.peeking import Peek
from layers.scope import Scope
from layers.source import SourceFile

__all__ = ["Format", "format_names", "load", "load_all"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Format:
    """A published format.

    Attributes
    ----------
    key
        The module's name.
    title
        What `infra check` calls such a file.
    layouts
        Delimited layouts, most specific first.
    looks_like
        For other files: returns the detail (a level, a field) when the file is of this format.
    vintage
        Returns the vintage that a file's name or first rows state; empty where they do not.
    variant
        Returns what a file name adds to the detail where the header is the same, such as
        `residential`; the file's detail is then `pcon-residential`.
    dataset
        Returns the `catalogue.toml` entry for a file's detail.
    stage
        When it is read: after the files of lower stages, which say what of it the study needs.
    keep
        Says which rows of a chunk lie in the surroundings of a study; `read` then takes a `keep`.
    mapped
        Whether a user's mapping file may name the headers of the first layout.
    """

    key: str
    title: str
    dataset: Callable[[str], str]
    layouts: tuple[Layout, ...] = ()
    looks_like: Callable[[Peek], str | None] | None = None
    vintage: Callable[[Peek], str] = lambda _look: ""
    variant: Callable[[Peek], str] = lambda _look: ""
    mapped: bool = False
    stage: int = 0
    keep: Callable[[Scope, SourceFile, pd.DataFrame], Mask] | None = None


def format_names() -> list[str]:
    """Return the names of the formats, by listing the folder."""
    return sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))


@cache
def load(name: str) -> ModuleType:
    """Import one format."""
    return importlib.import_module(f"layers.formats.{name}")


def load_all() -> dict[str, ModuleType]:
    """Import every format, in order of name."""
    return {name: load(name) for name in format_names()}
