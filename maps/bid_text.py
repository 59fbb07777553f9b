"""The fixed passages of a bid, from `templates/bid.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["BidText", "bid_text"]


@dataclass(frozen=True)
class BidText:
    """Passages common to every bid, and those of one scenario."""

    how_to_read: tuple[str, ...]
    do_nothing: str
    do_minimum: str
    do_proposed: str
    score_reading: str
    bcr_reading: str
    subsidy_note: str
    equality: str
    data_protection: str
    method: tuple[str, ...]
    subsidy: tuple[tuple[str, str], ...]
    risks: tuple[tuple[str, str, str], ...]
    rationale: str
    benefit: str
    models: tuple[str, ...]
    kpis: tuple[str, ...]
    draft_wording: str


@cache
def _passages() -> dict[str, Any]:
    path = Path(__file__).with_name("templates") / "bid.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def bid_text(scenario: str) -> BidText:
    """Return the passages for a scenario; one without its own gets neutral ones."""
    found = _passages()
    common, own = dict(found["common"]), found.get(scenario, found["other"])
    subsidy = tuple((entry["question"], entry["help"]) for entry in common.pop("subsidy"))
    risks = tuple((entry["risk"], entry["why"], entry["answer"]) for entry in common.pop("risk"))
    listed: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in (common | own).items()
    }
    return BidText(subsidy=subsidy, risks=risks, **listed)
