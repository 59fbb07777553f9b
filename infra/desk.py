"""What lies on the officer's desk and changes the register of parameters: supplier quotes.

Quotes are read when a study is opened, before any layer is made, as layers and rankings are made
with the register in force. A value that `study.toml` states itself comes before a quote.
"""

from __future__ import annotations

from pathlib import Path

from infra.study import Study
from layers.archives import MARK, first_lines
from layers.errors import InputError
from layers.formats.supplier_quotes import FORMAT
from layers.gather import FileSetting, Gathered, gather
from layers.mappings import SUFFIX, described_by
from layers.parameters import Parameters
from layers.peeking import DELIMITERS, TABLE_SUFFIXES, peek
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
    packed, others = _in_archives(study)
    if not files and not packed:
        return Quotes()
    settings = file_settings(study) | others
    held: Gathered = gather(
        study.root, [*files, *packed], settings=settings, sample=study.model.sample
    )
    return read_quotes(held.readings.get(FORMAT.key, ()), study.model.as_of, parameters)


def _in_archives(study: Study) -> tuple[list[Path], dict[str, FileSetting]]:
    """Return the archives that hold a table of quotes, and that their other tables are not wanted now."""
    found: list[Path] = []
    others: dict[str, FileSetting] = {}
    for path in study.files():
        if path.suffix.lower() != ".zip":
            continue
        name = path.relative_to(study.root).as_posix()
        lines = first_lines(path, TABLE_SUFFIXES)
        quotes = {inside for inside, line in lines.items() if _is_header(line)}
        if quotes:
            found.append(path)
            beside = {i for i in lines if i not in quotes}
            others |= {f"{name}{MARK}{inside}": FileSetting(use=False) for inside in beside}
    return found, others


def _is_header(line: str) -> bool:
    """Whether a first line is the header of a table of quotes, whatever divides its cells."""
    return any(
        layout.fits([cell.strip().strip('"') for cell in line.split(mark)])
        for mark in DELIMITERS
        if mark in line
        for layout in FORMAT.layouts
    )


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
