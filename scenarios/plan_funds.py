"""From the cases of a study to the funds, shared work and routes of its joined-up plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.case_rules import open_rules, placed
from scenarios.counted import Counted, counted
from scenarios.cover import merge_alike
from scenarios.full_fibre_costs import CONNECTED, PASSED
from scenarios.joined_up_model import Fund, Joint, Work
from scenarios.judgement import RANKED, TO_VERIFY
from scenarios.plan_routes import Digger, Ground, first_trench, ground_of
from scenarios.routes import positions
from scenarios.rules import Rules
from scenarios.scenario import load_scenario
from scenarios.sharing import Rule
from scenarios.site_capacity import stated_capacity
from scenarios.trench import ROUTE_ITEMS

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from scenarios.engine import CaseResult
    from scenarios.scenario import Options

__all__ = ["BACKHAUL", "LARGEST", "SHAREABLE", "Bid", "Shareable", "bids_of", "joint_of"]

Floats = NDArray[np.float64]
LARGEST = 300
CONNECTION, PASSING = "fibre connection", "passing of premises"
BACKHAUL = "fibre backhaul in footway"


@dataclass(frozen=True)
class Shareable:
    """Cost lines that other cases at the same building can share, what they are, and why."""

    scenario: str
    items: tuple[str, ...]
    kind: str
    why: str


SHAREABLE = (
    Shareable(
        "full_fibre_fund",
        (CONNECTED, *ROUTE_ITEMS),
        CONNECTION,
        "one fibre into the building serves whatever is in it",
    ),
    Shareable(
        "testbed_5g",
        (BACKHAUL,),
        CONNECTION,
        "the cell's backhaul runs in the same trench, and in that of its neighbours",
    ),
    Shareable(
        "full_fibre_fund",
        (PASSED,),
        PASSING,
        "two funds for fibre pass the same premises once; within one fund nothing changes",
    ),
)


@dataclass(frozen=True)
class Bid:
    """A case with its options, what they reach, and the register in force for it."""

    result: CaseResult
    options: Options
    count: Counted
    parameters: Parameters
    notes: tuple[str, ...] = ()

    @property
    def sites(self) -> pd.DataFrame:
        """The candidates, in the order of the options."""
        return self.options.sites


def bids_of(
    evidence: Evidence, results: Mapping[str, CaseResult], parameters: Parameters
) -> tuple[Bid, ...]:
    """Return the cases of a study as bids for one plan, in the order given.

    Parameters
    ----------
    results
        Of every case, as `run_case` returned them for this evidence and register.
    """
    bids = []
    for result in results.values():
        scenario = load_scenario(result.profile.scenario, result.case.where)
        register = result.parameters or parameters
        options = scenario.options(evidence, result.profile, register)
        stated = stated_capacity(result.case, [str(site) for site in options.sites["id"]])
        count = counted(options, result.profile, stated)
        notes = []
        if count.unknown:
            text = f"{result.case.title}: {count.unknown:,} points of unknown outcome count nothing"
            notes.append(text)
        bids.append(Bid(result, options, count, register, tuple(notes)))
    return tuple(bids)


@dataclass(frozen=True)
class _Kept:
    """Sites of a bid that the plan may pay for: positions in the options, and rows of the ranking."""

    at: NDArray[np.int64]
    rows: pd.DataFrame


def _kept(bid: Bid, *, verified: bool, notes: list[str]) -> _Kept:
    ranking = bid.result.ranking.frame
    allowed = [RANKED, TO_VERIFY] if verified else [RANKED]
    fit = ranking["status"].isin(allowed) & ranking["cost_gbp"].notna()
    rows = ranking[fit]
    title = bid.result.case.title
    if rows.empty:
        waiting = int((ranking["status"] == TO_VERIFY).sum())
        more = f"; {waiting:,} have a gate to verify" if waiting and not verified else ""
        notes.append(f"{title}: no site passes every gate at a known cost{more}")
    if len(rows) > LARGEST:
        must = rows["site_id"].isin([rule.site for rule in bid.result.case.rules.must_have])
        column = "chosen_if_verified_pct" if verified else "chosen_pct"
        often = np.where(must, np.inf, rows[column].fillna(0).to_numpy(dtype=float))
        order = np.lexsort((np.arange(len(rows)), -often))
        notes.append(
            f"{title}: of {len(rows):,} sites the plan looks at the {LARGEST} that are chosen in "
            "most tested weightings"
        )
        rows = rows.iloc[np.sort(order[:LARGEST])]
    position = pd.Series(np.arange(len(bid.sites)), index=bid.sites["id"].astype(str))
    at = position.reindex(rows["site_id"].astype(str)).to_numpy(dtype=np.int64)
    return _Kept(at, rows.reset_index(drop=True))


def joint_of(
    bids: Sequence[Bid],
    evidence: Evidence,
    parameters: Parameters,
    *,
    verified: bool = False,
    targets: Mapping[str, float] | None = None,
    pot_gbp: float = 0.0,
    rule: Rule = "proportional",
) -> tuple[Joint, Ground | None, tuple[str, ...]]:
    """Return the problem of the joined-up plan, where trenches can be shared, and notes.

    Parameters
    ----------
    verified
        Whether sites with an open gate take part, as if it were confirmed.
    targets
        Target outcome by case; a fund without one aims at what it reaches alone.
    pot_gbp
        Money that any fund may draw on.
    rule
        How shared work is split.
    """
    notes: list[str] = [note for bid in bids for note in bid.notes]
    funds, kept = [], []
    for bid in bids:
        held = _kept(bid, verified=verified, notes=notes)
        kept.append(held)
        case, profile = bid.result.case, bid.result.profile
        funds.append(
            Fund(
                key=case.key,
                title=case.title,
                site_id=tuple(held.rows["site_id"].astype(str)),
                cost_gbp=held.rows["cost_gbp"].to_numpy(dtype=np.int64),
                cover=merge_alike(
                    bid.count.cover[:, held.at],
                    bid.count.demand,
                    capacity=None if bid.count.capacity is None else bid.count.capacity[held.at],
                    where=case.title,
                ),
                own=bid.count.own[held.at],
                budget_gbp=float(profile.most_gbp(case.budget_gbp)),
                target=(targets or {}).get(case.key),
                outcome=bid.count.outcome,
                unit=bid.count.unit,
                rules=_rules(bid, held, evidence),
            )
        )
    lines = [_lines(bid, held) for bid, held in zip(bids, kept, strict=True)]
    fibre = positions(None if evidence.fibre is None else evidence.fibre.frame)
    snap_m = parameters.value("catchment.street_snap_m")
    ground = ground_of(evidence.streets, fibre, _diggers(bids, kept), snap_m)
    if ground is None and any(bid.result.profile.scenario == "testbed_5g" for bid in bids):
        notes.append(
            "no trench is shared between buildings: it takes streets, fibre nodes, and two sites "
            "whose way to the fibre is known"
        )
    joint = Joint(
        tuple(funds), _works(lines), first_trench(ground), pot_gbp, rule, trench_kind=CONNECTION
    )
    return joint, ground, tuple(dict.fromkeys(notes))


def _rules(bid: Bid, held: _Kept, evidence: Evidence) -> Rules:
    """Return what people laid down about the sites of a case, by position among those kept.

    What the sites kept cannot meet is left open; the case's own notes and the walk say so already.
    """
    case = bid.result.case
    if case.rules.empty:
        return Rules()
    sites = [str(site) for site in bid.sites["id"]]
    lads = [str(lad) for lad in bid.sites["lad"]]
    districts = evidence.districts.frame
    names = dict(zip(districts["id"].astype(str), districts["name"].astype(str), strict=True))
    given = placed(case.rules, sites, lads, names, case=case.key, where=case.where)
    may = np.zeros(len(sites), dtype=bool)
    may[held.at] = True
    rules, _ = open_rules(given, may, sites, why_not="it is not in the plan")
    place = {int(at): i for i, at in enumerate(held.at)}

    def among(positions: Iterable[int]) -> tuple[int, ...]:
        return tuple(place[i] for i in positions if i in place)

    lone = among(a for a, b in rules.needs if b not in place)
    return Rules(
        must_have=among(rules.must_have),
        must_not=tuple(dict.fromkeys((*among(rules.must_not), *lone))),
        exclusive=tuple(group for sites in rules.exclusive if len(group := among(sites)) > 1),
        needs=tuple((place[a], place[b]) for a, b in rules.needs if a in place and b in place),
        minimums=tuple(replace(m, sites=among(m.sites)) for m in rules.minimums),
    )


def _lines(bid: Bid, held: _Kept) -> dict[tuple[str, str], tuple[int, int]]:
    """Return by site and kind of work the position of the site and what it pays alone."""
    costs = bid.result.costs.frame
    place = {str(site): i for i, site in enumerate(held.rows["site_id"])}
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for line in SHAREABLE:
        if line.scenario != bid.result.profile.scenario:
            continue
        rows = costs[costs["item"].isin(line.items) & costs["amount_gbp"].notna()]
        for site, amount in rows.groupby("site_id", sort=False)["amount_gbp"].sum().items():
            if str(site) in place:
                found[str(site), line.kind] = (place[str(site)], int(amount))
    return found


def _works(lines: Sequence[dict[tuple[str, str], tuple[int, int]]]) -> tuple[Work, ...]:
    """Return the work that two cases or more share at one building, in order of site and kind."""
    keys = sorted({key for found in lines for key in found})
    works = []
    for site, kind in keys:
        held = [(at, *found[site, kind]) for at, found in enumerate(lines) if (site, kind) in found]
        # a part that costs nothing alone has nothing to share
        held = [(fund, position, amount) for fund, position, amount in held if amount > 0]
        if len(held) > 1:
            parties = tuple((fund, position) for fund, position, _ in held)
            works.append(Work(site, kind, parties, tuple(amount for _, _, amount in held)))
    return tuple(works)


def _diggers(bids: Sequence[Bid], kept: Sequence[_Kept]) -> list[Digger]:
    diggers = []
    for fund, (bid, held) in enumerate(zip(bids, kept, strict=True)):
        costs = bid.result.costs.frame
        rows = costs[costs["item"] == BACKHAUL].set_index("site_id")
        if rows.empty or not len(held.rows):
            continue
        mine = rows.reindex(held.rows["site_id"])
        values = zip(
            held.rows["easting"], held.rows["northing"], mine["quantity"], mine["amount_gbp"],
            strict=True,
        )  # fmt: skip
        for position, (east, north, length, amount) in enumerate(values):
            if np.isfinite(length) and np.isfinite(amount):
                party = (fund, position)
                diggers.append(Digger(party, float(east), float(north), float(length), int(amount)))
    return diggers
