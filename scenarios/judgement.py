"""From options to a judgement: gates, scores, status, ranks, cost, appraisal and who is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from layers.errors import Fault, StudyError
from scenarios import appraisal
from scenarios.case_rules import open_rules, placed
from scenarios.chosen import chosen_set
from scenarios.costs import CAPITAL, RUNNING, Priced, price, total
from scenarios.criteria import Scored, on_scale
from scenarios.gates import FAIL, UNKNOWN, Gate, confirm, decide
from scenarios.ranking import (
    SCORE_DECIMALS,
    additive_score,
    rank_ranges,
    ranking_order,
    ranks,
    weight_by_grade,
)
from scenarios.rules import Rules
from scenarios.site_capacity import stated_capacity

if TYPE_CHECKING:
    from layers.parameters import Parameters
    from scenarios.case import Case
    from scenarios.profile import Profile
    from scenarios.scenario import Options

__all__ = ["EXCLUDED", "NOT_RANKED", "RANKED", "TO_VERIFY", "Judgement", "judge"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
RANKED, TO_VERIFY, NOT_RANKED, EXCLUDED = "ranked", "to verify", "not ranked", "excluded"
STATUS_ORDER = {RANKED: 0, TO_VERIFY: 0, NOT_RANKED: 1, EXCLUDED: 2}
BETWEEN_NOTE = (
    "Rules between sites (at least, one of, needs) shape the chosen set; the tested weightings walk down "
    "the ranking without them"
)
GRADES = ("measured", "estimated", "modelled")


@dataclass(frozen=True)
class Judgement:
    """All that is decided about the candidates, in the order of the options.

    `capital`, `running` and `pv_cost` are low, middle, high in GBP. `order` is the order of print:
    by rank, then cost, then id; those not ranked and those excluded last. `rules` are by position,
    `rules` as far as sites that pass every gate can meet them; `notes` say where they cannot yet.
    `capacity` is what the case states that each site can serve, NaN where it states nothing.
    """

    gates: Mapping[str, Gate]
    scored: Mapping[str, Scored]
    priced: tuple[Priced, ...]
    status: NDArray[np.object_]
    score: Floats
    score_low: Floats
    score_high: Floats
    completeness_pct: Floats
    grade_pct: Mapping[str, Floats]
    rank: Floats
    rank_best: Floats
    rank_worst: Floats
    capital: tuple[Floats, Floats, Floats]
    running: tuple[Floats, Floats, Floats]
    pv_cost: tuple[Floats, Floats, Floats]
    npsv: Floats
    bcr: Floats
    chosen: Mask
    chosen_if_verified: Mask
    order: NDArray[np.int64]
    budget_gbp: float
    rates: appraisal.DiscountRates
    annuity: float
    rules: Rules
    rules_if_verified: Rules
    notes: tuple[str, ...] = ()
    capacity: Floats = field(default_factory=lambda: np.zeros(0))


def _gates(options: Options, profile: Profile, case: Case) -> dict[str, Gate]:
    """Return the profile's gates: judged by the data or awaiting a confirmation, then confirmed."""
    count = len(options.sites)
    none = np.zeros(count, dtype=bool)
    sites = [str(site) for site in options.sites["id"]]
    result = {}
    for key, rule in profile.gate.items():
        if rule.evidence == "data":
            gate = options.gates[key]
        else:
            gate = decide(none, none, when_unknown="nobody has confirmed it")
        unknown = gate.outcome == UNKNOWN
        reason = gate.reason.copy()
        reason[unknown] = [
            f"{text}; to settle it, attach {rule.attach}" for text in reason[unknown]
        ]
        result[key] = confirm(Gate(gate.outcome, reason), key, sites, case.confirmations)
    return result


def _status(gates: Mapping[str, Gate], enough: Mask) -> NDArray[np.object_]:
    status = np.full(len(enough), RANKED, dtype=object)
    for gate in gates.values():
        status[gate.outcome == UNKNOWN] = TO_VERIFY
    status[~enough] = NOT_RANKED
    for gate in gates.values():
        status[gate.outcome == FAIL] = EXCLUDED
    return status


def judge(
    options: Options,
    profile: Profile,
    case: Case,
    parameters: Parameters,
    district_names: Mapping[str, str] | None = None,
) -> Judgement:
    """Judge the candidates of a case.

    Raises
    ------
    StudyError
        Where a rule names no candidate, asks for an excluded site, or the rules clash.
    """
    count = len(options.sites)
    criteria = profile.criterion
    weights = [item.weight for item in criteria.values()]
    scored = {key: on_scale(options.metrics[key], item) for key, item in criteria.items()}
    score, low, high = (
        additive_score(np.column_stack([getattr(s, name) for s in scored.values()]), weights)
        for name in ("value", "value_low", "value_high")
    )
    shares = weight_by_grade([options.metrics[key].grade for key in criteria], weights)
    completeness = np.round(np.sum([shares[g] for g in GRADES], axis=0), 6)
    gates = _gates(options, profile, case)
    status = _status(gates, completeness >= profile.minimum_completeness_pct)
    priced = price(options.costs, parameters)
    capital, running = total(priced, count, CAPITAL), total(priced, count, RUNNING)

    listed = np.flatnonzero(np.isin(status, [RANKED, TO_VERIFY]))
    rank, best, worst = (np.full(count, np.nan) for _ in range(3))
    rank[listed] = ranks(score[listed])
    best[listed], worst[listed] = rank_ranges(low[listed], high[listed])
    sites = [str(site) for site in options.sites["id"]]
    order = _print_order(status, rank, score, capital[1], sites)

    budget = profile.most_gbp(case.budget_gbp)
    in_rank = order[np.isin(order, listed)]
    rates = appraisal.DiscountRates.of(parameters)
    annuity = appraisal.annuity_factor(profile.horizon_years, rates)
    pv_low, pv_cost, pv_high = (c + r * annuity for c, r in zip(capital, running, strict=True))
    pv_benefit = options.benefits.middle * annuity
    valued = options.benefits.stated
    laid = _laid_down(options, case, status, capital[1], in_rank, budget, district_names or {})
    return Judgement(
        gates=gates,
        scored=scored,
        priced=priced,
        status=status,
        score=np.where(status == NOT_RANKED, np.nan, score),
        score_low=low,
        score_high=high,
        completeness_pct=completeness,
        grade_pct=shares,
        rank=rank,
        rank_best=best,
        rank_worst=worst,
        capital=capital,
        running=running,
        pv_cost=(pv_low, pv_cost, pv_high),
        npsv=np.where(valued, appraisal.npsv(pv_benefit, pv_cost), np.nan),
        bcr=np.where(np.isnan(pv_cost) | (not valued), np.nan, appraisal.bcr(pv_benefit, pv_cost)),
        chosen=laid.chosen,
        chosen_if_verified=laid.chosen_if_verified,
        order=order,
        budget_gbp=budget,
        rates=rates,
        annuity=annuity,
        rules=laid.rules,
        rules_if_verified=laid.rules_if_verified,
        notes=laid.notes,
        capacity=stated_capacity(case, sites),
    )


@dataclass(frozen=True)
class _LaidDown:
    rules: Rules
    rules_if_verified: Rules
    chosen: Mask
    chosen_if_verified: Mask
    notes: tuple[str, ...]


def _laid_down(
    options: Options,
    case: Case,
    status: NDArray[np.object_],
    cost: Floats,
    in_rank: NDArray[np.int64],
    budget: float,
    district_names: Mapping[str, str],
) -> _LaidDown:
    """Return the chosen sets under what people have laid down."""
    sites = [str(site) for site in options.sites["id"]]
    lads = [str(lad) for lad in options.sites["lad"]]
    given = placed(case.rules, sites, lads, district_names, case=case.key, where=case.where)
    passes, listed = status == RANKED, np.isin(status, [RANKED, TO_VERIFY])
    faults = [
        Fault(
            case.where,
            f"{sites[i]} must be chosen, but it is {status[i]}",
            "settle its gate by a confirmation that names the site, or take the rule out"
            if status[i] == EXCLUDED
            else "give what is missing for its ranking, or take the rule out",
            column=f"case.{case.key}.must_have",
        )
        for i in given.must_have
        if not listed[i]
    ]
    if faults:
        raise StudyError(faults)
    where = f"case.{case.key}"
    if case.rules.empty:
        real = would = Rules()
        notes: tuple[str, ...] = ()
    else:
        would = given
        real, open_now = open_rules(
            given, passes & ~np.isnan(cost), sites, why_not="a gate is still to verify"
        )
        notes = tuple(f"{text[:1].upper()}{text[1:]}" for text in open_now)
        if case.rules.between:
            notes = (*notes, BETWEEN_NOTE)

    def under(eligible: Mask, rules: Rules) -> Mask:
        return chosen_set(in_rank, eligible, cost, budget, rules, sites, where=where)

    return _LaidDown(real, would, under(passes, real), under(listed, would), notes)


def _print_order(
    status: NDArray[np.object_], rank: Floats, score: Floats, cost: Floats, sites: list[str]
) -> NDArray[np.int64]:
    """Return the order of print: the ranked by rank, then the others by score; cost and id last."""
    group = np.asarray([STATUS_ORDER[str(s)] for s in status], dtype=np.int64)
    among = np.where(np.isnan(rank), -np.round(score, SCORE_DECIMALS), rank)
    order = ranking_order(among, cost, sites)
    return order[np.argsort(group[order], kind="stable")]
