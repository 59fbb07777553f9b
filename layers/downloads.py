"""What can be downloaded from stable addresses: the shipped list, checked when it is read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal, get_args

__all__ = ["Download", "Holds", "Kind", "shipped"]

DOWNLOADS = Path(__file__).with_name("downloads.toml")
Kind = Literal["file", "os", "arcgis", "nomis", "overpass"]
Holds = Literal["zip", "csv", "geojson", "osm", "any"]


@dataclass(frozen=True)
class Download:
    """One file to fetch; `downloads.toml` says what each setting means.

    Raises
    ------
    ValueError
        When the kind is unknown, the address is not encrypted, or the file would land outside the
        sources folder.
    """

    dataset: str
    kind: Kind
    url: str
    into: str
    holds: Holds = "any"
    where: str = "1=1"
    within: str = ""
    order: str = ""
    sha256: str = ""
    max_mb: int = 4096

    def __post_init__(self) -> None:
        path = PurePosixPath(self.into)
        outside = path.is_absolute() or ".." in path.parts or "\\" in self.into or ":" in self.into
        if outside or not path.name or any(part.startswith(".") for part in path.parts):
            raise ValueError(f"'{self.into}' is not a place below the sources folder")
        if self.kind not in get_args(Kind) or self.holds not in get_args(Holds):
            raise ValueError(
                f"{self.into}: there is no kind '{self.kind}' that holds '{self.holds}'"
            )


@cache
def shipped() -> tuple[Download, ...]:
    """Return the shipped downloads, in the file's order."""
    table = tomllib.loads(DOWNLOADS.read_text(encoding="utf-8"))
    return tuple(Download(**entry) for entry in table["download"])
