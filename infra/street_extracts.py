"""The streets of OpenStreetMap extracts, kept by file: what else changes, they are not read again.

Nothing but the file and the code decides them, so another process can read them while this one reads the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from infra.steady import SourceState
from infra.store import Store, code_hash, key_of, versions
from layers.errors import InputError
from layers.osm_streets import ExtractStreets, extract_streets, is_extract
from layers.street_pieces import Segments

__all__ = ["StreetExtracts", "load_extract", "save_extract"]

ABOUT, SEGMENTS, DUCTS = "about.json", "segments.parquet", "ducts.parquet"


def save_extract(folder: Path, found: ExtractStreets) -> None:
    """Write the streets of an extract into an empty folder."""
    about = {"ways": found.ways, "incomplete": found.incomplete}
    (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    pd.DataFrame({"line": shapely.to_wkb(found.ducts)}).to_parquet(folder / DUCTS, index=False)
    if found.segments is not None:
        held = {f.name: getattr(found.segments, f.name) for f in fields(Segments)}
        path = folder / SEGMENTS
        pd.DataFrame(held).to_parquet(path, index=False, compression="lz4", use_dictionary=False)


def load_extract(folder: Path) -> ExtractStreets:
    """Read back what `save_extract` wrote."""
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    lines = pd.read_parquet(folder / DUCTS)["line"].to_numpy(dtype=object)
    segments = None
    if (folder / SEGMENTS).is_file():
        frame = pd.read_parquet(folder / SEGMENTS)
        segments = Segments(**{f.name: frame[f.name].to_numpy() for f in fields(Segments)})
    ducts = shapely.from_wkb(lines) if len(lines) else np.empty(0, dtype=object)
    return ExtractStreets(segments, about["ways"], about["incomplete"], ducts)


class StreetExtracts:
    """Reads the streets of a study's extracts, each once.

    Attributes
    ----------
    coming
        Waits for whoever reads them beforehand; nobody, as long as nothing else is said.
    """

    def __init__(self, store: Store, sources: Sequence[SourceState]) -> None:
        self.coming: Callable[[], None] = lambda: None
        self._store = store
        self._sources = {source.path: source for source in sources}

    def __call__(self, path: Path, name: str) -> ExtractStreets:
        """Return the streets of one extract, as `layers.osm_streets.extract_streets` does."""
        self.coming()
        source = self._sources.get(path)
        if source is None:  # in a container: what it holds has no checksum of its own
            return extract_streets(path, name)
        step = f"streets-{key_of(source.name)}"
        key = key_of([source.sha256, code_hash("layers", "infra"), versions()])
        if not self._store.has(step, key):
            found = extract_streets(path, name)
            self._store.save(step, key, lambda folder: save_extract(folder, found))
        return load_extract(self._store.folder(step, key))

    def read_all(self) -> None:
        """Read every extract; what is wrong with one is told when the layers are built."""
        for path, source in self._sources.items():
            with suppress(InputError, OSError):
                if is_extract(path):
                    self(path, source.name)
