"""Every dataset the formats belong to: publisher, licence, attribution, where it is published."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType

__all__ = ["Dataset", "shipped"]

CATALOGUE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True)
class Dataset:
    """An entry of the catalogue.

    Attributes
    ----------
    key
        What `SourceFile.dataset` holds.
    attribution
        The statement the licence asks for; `{year}` stands for the year of the study's clock.
    where
        The publisher's page and product, in words.
    page
        The page's address; empty where it is somebody's own list, or no page of its own is known.
    cadence
        How often it is renewed, in words.
    stale_after_months
        Age at which a newer release should be out; 0 where it is not renewed on a calendar.
    """

    key: str
    title: str
    publisher: str
    licence: str
    attribution: str
    where: str
    cadence: str
    stale_after_months: int
    page: str = ""

    @property
    def source(self) -> str:
        """The publisher's page in words, with its address where there is one."""
        return f"{self.where} <{self.page}>" if self.page else self.where

    def attributed(self, year: int) -> str:
        """Return the attribution with its year."""
        return self.attribution.replace("{year}", str(year))


@cache
def shipped() -> Mapping[str, Dataset]:
    """Return the shipped catalogue by dataset key, in the file's order.

    Raises
    ------
    ValueError
        When an entry lacks a setting, has one too many or one of the wrong type; the file is ours.
    """
    table = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    wanted = {f.name: int if f.name == "stale_after_months" else str for f in fields(Dataset)}
    datasets: dict[str, Dataset] = {}
    for key, entry in table.items():
        settings = {"key": key, "page": "", **entry}
        wrong = sorted(
            set(settings) ^ set(wanted)
            | {n for n, v in settings.items() if n in wanted and not isinstance(v, wanted[n])}
        )
        if wrong:
            raise ValueError(f"catalogue entry {key}: check {', '.join(wrong)}")
        datasets[key] = Dataset(**settings)
    return MappingProxyType(datasets)
