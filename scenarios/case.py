"""A case: one bid, for one fund, with the confirmations that people have given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from scenarios.case_rules import CaseRules
from scenarios.financial import Finance

__all__ = ["EVERY_SITE", "Case", "Confirmation"]

EVERY_SITE = "*"


@dataclass(frozen=True)
class Confirmation:
    """Somebody's word on a gate of a site.

    Attributes
    ----------
    site
        A site's id, or `*` for every site of the case (a letter of support covers them all). `*`
        settles only what is unknown; a named site's confirmation also overrules the data.
    gate
        Key of a gate of the profile.
    outcome
        What they confirm.
    who, when, why
        The person or office, the date, and the evidence they rely on; none may be empty.
    """

    site: str
    gate: str
    outcome: Literal["pass", "fail"]
    who: str
    when: str
    why: str

    @property
    def text(self) -> str:
        """The confirmation in one sentence."""
        word = "confirmed" if self.outcome == "pass" else "ruled out"
        return f"{word} by {self.who}, {self.when}: {self.why}"


@dataclass(frozen=True)
class Case:
    """One bid: a scenario under a fund's profile, with a budget.

    Attributes
    ----------
    key
        Name of the case in the study; commands and output folders use it.
    scenario
        Name of a scenario's module.
    profile
        Name of a shipped profile, or a path to one.
    budget_gbp
        Capital available, real prices.
    rules
        What people have laid down about its sites.
    finance
        How it is paid for.
    as_of
        The study's clock; spending begins in the financial year after it, unless stated.
    where
        The file that states the case, for messages.
    """

    key: str
    title: str
    scenario: str
    profile: str
    budget_gbp: float
    confirmations: tuple[Confirmation, ...] = ()
    where: str = "study.toml"
    rules: CaseRules = field(default_factory=CaseRules)
    finance: Finance = field(default_factory=Finance)
    as_of: date | None = None
