"""What people lay down about the sites of a case: must-have, must-not, minima, and rules between sites.

Each carries who, when and why, and is printed in the bid's annex.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from layers.errors import Fault, StudyError
from scenarios.rules import Minimum, Rules
from scenarios.unknown_site import unknown_site

__all__ = [
    "AtLeast",
    "Capacity",
    "CaseRules",
    "Needs",
    "OneOf",
    "SiteRule",
    "Word",
    "open_rules",
    "placed",
]

Mask = NDArray[np.bool_]


class Word(BaseModel):
    """Somebody's word: who says it, when, and on what grounds."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    who: str = Field(min_length=1, description="Post or name of who decided.")
    when: date = Field(description="When.")
    why: str = Field(min_length=1, description="On what grounds, and where that is written.")


class SiteRule(Word):
    """A site that must, or must not, be chosen."""

    site: str = Field(min_length=1, description="Site id, as ranking.csv gives it.")


class AtLeast(Word):
    """A district that gets at least so many sites."""

    district: str = Field(min_length=1, description="Code or name of a district of the study.")
    sites: int = Field(ge=1, description="How many sites at least.")


class OneOf(Word):
    """Sites of which one at most may be chosen."""

    sites: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        min_length=2, description="Site ids."
    )


class Needs(Word):
    """A site that may be chosen only together with another."""

    site: str = Field(min_length=1, description="Site id.")
    needs: str = Field(min_length=1, description="Id of the site it depends on.")


class Capacity(Word):
    """The most that a site can serve."""

    site: str = Field(min_length=1, description="Site id, or * for every site of the case.")
    most: float = Field(
        gt=0,
        allow_inf_nan=False,
        description="The most of the case's outcome that it can serve: premises, weighted premises, desks.",
    )


class CaseRules(BaseModel):
    """The rules of a case, as tables of `study.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    must_have: tuple[SiteRule, ...] = Field((), description="Sites that must be chosen.")
    must_not: tuple[SiteRule, ...] = Field((), description="Sites that must not be chosen.")
    at_least: tuple[AtLeast, ...] = Field((), description="Least number of sites by district.")
    one_of: tuple[OneOf, ...] = Field((), description="Sites of which one at most is chosen.")
    needs: tuple[Needs, ...] = Field((), description="Sites that depend on another.")
    capacity: tuple[Capacity, ...] = Field((), description="The most that sites can serve.")

    @property
    def empty(self) -> bool:
        """Whether nothing is laid down about which sites are chosen."""
        return not (self.must_have or self.must_not or self.between)

    @property
    def between(self) -> bool:
        """Whether there is a rule that ties several sites to each other."""
        return bool(self.at_least or self.one_of or self.needs)


def placed(
    rules: CaseRules,
    sites: Sequence[str],
    lads: Sequence[str],
    district_names: Mapping[str, str],
    *,
    case: str,
    where: str,
) -> Rules:
    """Return the rules by position of the candidate sites.

    Parameters
    ----------
    sites, lads
        Ids of the candidates and codes of their districts, in one order.
    district_names
        Names of the study's districts by code.

    Raises
    ------
    StudyError
        Naming every site that is no candidate and every district that is not the study's.
    """
    place = {site: i for i, site in enumerate(sites)}
    faults: list[Fault] = []

    def at(site: str, setting: str) -> int:
        if site not in place:
            faults.append(unknown_site(where, f"case.{case}.{setting}", site, place))
        return place.get(site, 0)

    def among(minimum: AtLeast) -> Minimum:
        codes = {name: code for code, name in district_names.items()}
        code = codes.get(minimum.district, minimum.district)
        if code not in district_names:
            problem = f"'{minimum.district}' is no district of the study"
            mend = f"use one of {', '.join(district_names.values())}"
            faults.append(Fault(where, problem, mend, column=f"case.{case}.at_least"))
        held = tuple(i for i, lad in enumerate(lads) if lad == code)
        return Minimum(district_names.get(code, code), held, minimum.sites)

    made = Rules(
        must_have=tuple(dict.fromkeys(at(r.site, "must_have") for r in rules.must_have)),
        must_not=tuple(dict.fromkeys(at(r.site, "must_not") for r in rules.must_not)),
        exclusive=tuple(tuple(at(site, "one_of") for site in r.sites) for r in rules.one_of),
        needs=tuple((at(r.site, "needs"), at(r.needs, "needs")) for r in rules.needs),
        minimums=tuple(among(r) for r in rules.at_least),
    )
    if faults:
        raise StudyError(faults)
    return made


def open_rules(
    rules: Rules, may: Mask, sites: Sequence[str], *, why_not: str
) -> tuple[Rules, tuple[str, ...]]:
    """Return the rules as far as the sites that may be chosen can meet them, and what is left open.

    A must-have site with an open gate cannot be chosen yet; that is said, and is no error.
    """
    notes = []
    must = tuple(i for i in rules.must_have if may[i])
    notes += [f"{sites[i]} must be chosen, but {why_not}" for i in rules.must_have if not may[i]]
    minimums = []
    for minimum in rules.minimums:
        open_to = tuple(i for i in minimum.sites if may[i])
        reach = min(minimum.at_least, len(open_to))
        if reach < minimum.at_least:
            notes.append(
                f"at least {minimum.at_least} in {minimum.label}: only {len(open_to)} can be chosen, "
                f"because of the others {why_not}"
            )
        label = minimum.label
        if reach < minimum.at_least:
            label += f" (all that can be chosen; {minimum.at_least} are asked for)"
        if reach:
            minimums.append(Minimum(label, open_to, reach))
    shut = tuple(int(i) for i in np.flatnonzero(~may))
    made = Rules(
        must_have=must,
        must_not=tuple(dict.fromkeys((*rules.must_not, *shut))),
        exclusive=rules.exclusive,
        needs=rules.needs,
        minimums=tuple(minimums),
        most_sites=rules.most_sites,
    )
    return made, tuple(notes)
