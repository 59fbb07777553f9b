"""A user's mapping file: which column of a file without a standard header holds what.

It stands beside the file it describes and is called after it: `estate.csv` and
`estate.mapping.toml` (or `estate.csv.mapping.toml`). It names the format, and for each of the
format's columns the header in the file:

    format = "government_estate"

    [columns]
    property_ref = "Property Reference"
    floor_area_m2 = "NIA sqm"
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from layers.errors import Fault, LayoutError, SourceError
from layers.formats import format_names, load
from layers.layouts import Layout, fold
from layers.peeking import Peek, read_bytes

__all__ = ["SUFFIX", "Mapping", "described_by", "load_mapping", "mapped_layout"]

SUFFIX = ".mapping.toml"
SETTINGS = ("format", "columns")
LARGEST = 1 << 20


@dataclass(frozen=True)
class Mapping:
    """What a mapping file says: the format, and our column to the file's header."""

    name: str
    format_key: str
    columns: dict[str, str]


def described_by(name: str, names: Iterable[str]) -> str:
    """Return the file that a mapping file describes; empty where it is not there.

    >>> described_by("a/estate.mapping.toml", ["a/estate.csv"])
    'a/estate.csv'
    """
    stem = name.removesuffix(SUFFIX)
    held = set(names)
    fits = [
        n
        for n in (stem, *(f"{stem}{end}" for end in (".csv", ".tsv", ".txt", ".csv.gz")))
        if n in held
    ]
    return fits[0] if fits else ""


def load_mapping(path: Path, name: str) -> Mapping:
    """Read a mapping file.

    Raises
    ------
    SourceError
        Naming all that is wrong with it: no TOML, an unknown format or column, a header that is
        no text, two columns from one header.
    """
    try:
        said = tomllib.loads(read_bytes(path, name, LARGEST).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SourceError(
            Fault(
                name,
                f"the mapping is not readable as TOML ({error})",
                "mend the file; docs/data/mappings.md has examples",
            )
        ) from error
    faults = [
        Fault(
            name,
            f"there is no setting '{key}' in a mapping",
            "use 'format' and the table [columns]",
            column=key,
        )
        for key in said
        if key not in SETTINGS
    ]
    key, columns = said.get("format", ""), said.get("columns", {})
    mappable = [n for n in format_names() if load(n).FORMAT.mapped]
    if not isinstance(key, str) or key not in mappable:
        faults.append(
            Fault(
                name,
                f"the format {key!r} takes no mapping",
                f"use one of {', '.join(mappable)}",
                column="format",
            )
        )
        raise SourceError(faults)
    if not isinstance(columns, dict) or not columns:
        faults.append(
            Fault(
                name,
                "the mapping has no table [columns]",
                "say which header holds which column",
                column="columns",
            )
        )
        raise SourceError(faults)
    known = list(dict.fromkeys(f.name for item in load(key).FORMAT.layouts for f in item.fields))
    for ours, theirs in columns.items():
        if ours not in known:
            near = difflib.get_close_matches(ours, known, n=1)
            hint = f"did you mean '{near[0]}'? " if near else ""
            faults.append(
                Fault(
                    name,
                    f"the format {key} has no column '{ours}'",
                    f"{hint}its columns are {', '.join(known)}",
                    column=ours,
                )
            )
        elif not isinstance(theirs, str) or not theirs.strip():
            faults.append(
                Fault(
                    name,
                    f"the header for '{ours}' is not text",
                    'write it as "Header in the file"',
                    column=ours,
                )
            )
    if faults:
        raise SourceError(faults)
    return Mapping(name, key, {ours: theirs.strip() for ours, theirs in columns.items()})


def _fitting(layouts: tuple[Layout, ...], mapping: Mapping, look: Peek) -> Layout:
    """Return the layout with most of the mapped columns and fewest others missing."""
    named = set(mapping.columns)

    def lacking(layout: Layout) -> tuple[int, int]:
        fields = {f.name for f in layout.fields}
        missing = {f.name for f in layout.missing(look.header)} - named
        return len(named - fields), len(missing)

    return min(layouts, key=lacking)


def mapped_layout(mapping: Mapping, look: Peek) -> Layout:
    """Return the format's layout with the headers that a mapping names.

    Raises
    ------
    LayoutError
        Naming each mapped header that the file does not have.
    """
    layout = _fitting(load(mapping.format_key).FORMAT.layouts, mapping, look)
    held = {fold(h) for h in look.header}
    faults = [
        Fault(
            mapping.name,
            f"the file {look.name} has no column '{theirs}'",
            f"its columns are {', '.join(map(repr, look.header[:20]))}",
            column=ours,
        )
        for ours, theirs in mapping.columns.items()
        if fold(theirs) not in held
    ]
    if faults:
        raise LayoutError(faults)
    taken = {fold(theirs) for theirs in mapping.columns.values()}
    fields = tuple(
        replace(f, headers=(mapping.columns[f.name],), pattern=None)
        if f.name in mapping.columns
        # a header that the user has given to one column is not taken for another
        else replace(
            f,
            headers=tuple(h for h in f.headers if fold(h) not in taken)
            or (f"(no column for {f.name})",),
        )
        for f in layout.fields
    )
    return replace(layout, fields=fields, also_expects=(), never_has=())
