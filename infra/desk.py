"""What lies on the officer's desk and changes the register of parameters: supplier quotes.

Quotes are read when a study is opened, before any layer is made, as layers and rankings are made
with the register in force. A value that `study.toml` states itself comes before a quote.
"""

from __future__ import annotations

from pathlib import Path

from infra.study import Study
from layers.errors import InputError
from layers.formats.supplier_quotes import FORMAT
from layers.gather import FileSetting, Gathered, gather
from layers.mappings import SUFFIX, described_by
from layers.parameters import Parameters
from layers.peeking import TABLE_SUFFIXES, peek
from layers.quotes import Quotes, read_quotes

__all__ = ["file_settings", "quotes_of"]


def file_settings(study: Study) -> dict[str, FileSetting]:
    """Return what a study says about each of its files, by name relative to the study."""
    sources = study.model.sources
    said = {item.name: item for item in sources.file}
    settings: dict[str, FileSetting] = {}
    for path in study.files():
        name = path.relative_to(study.sources_folder).as_posix()
        item = said.get(name) or said.get(path.name)
        settings[path.relative_to(study.root).as_posix()] = (
            FileSetting(sensitivity=sources.sensitivity)
            if item is None
            else FileSetting(sensitivity=item.sensitivity, vintage=item.vintage, use=item.use)
        )
    return settings


def quotes_of(study: Study, parameters: Parameters) -> Quotes:
    """Read the quotes among a study's files; files that cannot be read are left to `gather`.

    Raises
    ------
    StudyError
        Naming every quote for an unknown parameter, in another unit, or out of bounds.
    """
    files = _candidates(study)
    if not files:
        return Quotes()
    held: Gathered = gather(
        study.root, files, settings=file_settings(study), sample=study.model.sample
    )
    return read_quotes(held.readings.get(FORMAT.key, ()), study.model.as_of, parameters)


def _candidates(study: Study) -> list[Path]:
    """Return the tables that have the header of quotes, or a mapping beside them that says so."""
    files = study.files()
    names = {path.relative_to(study.root).as_posix(): path for path in files}
    found: list[Path] = []
    for name, path in names.items():
        if name.endswith(SUFFIX):
            target = described_by(name, list(names))
            if target and FORMAT.key in path.read_text(encoding="utf-8", errors="replace"):
                found += [path, names[target]]
        elif path.suffix.lower() in TABLE_SUFFIXES:
            try:
                header = peek(path, name).header
            except InputError:
                continue
            if any(layout.fits(header) for layout in FORMAT.layouts):
                found.append(path)
    return sorted(set(found))
