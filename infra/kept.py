"""Parts of rankings that rest on no weight, kept in the store: arrays without Python objects."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np

from infra.remembered import Remembered
from infra.store import Store
from scenarios.keeping import Part

__all__ = ["KeptParts"]

STEP = "parts"
Made = TypeVar("Made")


class KeptParts:
    """The parts of one case, or of several, in the folders kept for them.

    A case has one folder, for all that its ranking is made from but the weights. Only the parts that
    the last ranking asked for stay in it.

    Parameters
    ----------
    store
        Of the study.
    cases
        By key of the case, what stands for all but its weights. New parts are kept where there is
        one; those of several are found only.
    remembered
        What an open command holds; nothing is held without it.
    """

    def __init__(
        self,
        store: Store,
        cases: Iterable[tuple[str, str]],
        remembered: Remembered | None = None,
    ) -> None:
        self.store = store
        self.remembered = remembered
        self.steps = [(f"{STEP}-{case}", made_from) for case, made_from in cases]
        self.folders = [store.folder(*step) for step in self.steps if store.has(*step)]
        self.asked: dict[str, Path] = {}
        self.made = False
        store.work.mkdir(parents=True, exist_ok=True)
        self.aside = Path(tempfile.mkdtemp(prefix="staging-parts-", dir=store.work))

    def find(self, name: str) -> Part | None:
        """Return a part kept under a name, or None."""
        places = (folder / f"{name}.npz" for folder in (self.aside, *self.folders))
        path = next((path for path in places if path.is_file()), None)
        if path is None:
            return None
        self.asked[name] = path
        with np.load(path, allow_pickle=False) as held:
            return {key: held[key] for key in held.files}

    def keep(self, name: str, part: Part) -> None:
        """Keep a part."""
        self.asked[name] = self.aside / f"{name}.npz"
        self.made = True
        np.savez(self.asked[name], allow_pickle=False, **part)

    def held(self, kind: str, make: Callable[[], Made]) -> Made:
        """Return what rests on no weight, from memory where it is remembered."""
        if self.remembered is None or len(self.steps) != 1:
            return make()
        step, made_from = self.steps[0]
        return self.remembered.once(f"{kind} of {step}", made_from, make)

    def close(self, *, whole: bool) -> None:
        """Put what a whole case asked for in place, where anything of it is new; else leave all as it was."""
        try:
            if whole and self.made and len(self.steps) == 1:
                self.store.save(*self.steps[0], self._write)
        finally:
            shutil.rmtree(self.aside, ignore_errors=True)

    def _write(self, folder: Path) -> None:
        for path in self.asked.values():
            shutil.copy2(path, folder / path.name)
