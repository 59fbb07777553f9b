"""What people decided about a case, as the annex prints it: who, when and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.lineage import Column, Table
from layers.number_text import format_number
from layers.parameters import shipped
from scenarios.case import EVERY_SITE, Case
from scenarios.gates import UNKNOWN
from scenarios.routes import text_column

if TYPE_CHECKING:
    from layers.parameters import Parameters
    from scenarios.case_rules import Word
    from scenarios.tables import Made

__all__ = ["overrides_table"]

Row = dict[str, Any]
EVERY = "every site"


def overrides_table(made: Made, case: Case, parameters: Parameters) -> Table:
    """Return the `overrides` table: gates confirmed, rules about sites, parameters stated."""
    sites = made.options.sites
    names = dict(zip(text_column(sites, "id"), text_column(sites, "name"), strict=True))
    rows = [*_gates(made, case, names), *_rules(case, names), *_parameters(parameters)]
    for number, row in enumerate(rows, start=1):
        row["row"] = f"{number:03d}"
    where = made.scenario.place_disclosure
    columns = {
        "row": Column("number"),
        "kind": Column("what was decided: a gate, a site, a rule between sites, a parameter"),
        "label": Column("of what"),
        "site_id": Column("the site, empty where it concerns no single one", disclosure=where),
        "name": Column("its name", disclosure=where),
        "was": Column("what holds without the decision"),
        "now": Column("what holds with it"),
        "who": Column("who decided", disclosure="internal"),
        "when": Column("when"),
        "why": Column("on what grounds", disclosure="internal"),
    }
    frame = pd.DataFrame(rows, columns=list(columns))
    return made.table("overrides", "row", frame, columns, "What people decided, and why")


def _gates(made: Made, case: Case, names: dict[str, str]) -> list[Row]:
    rules, gates = made.profile.gate, made.options.gates
    place = {site: i for i, site in enumerate(names)}
    rows = []
    for word in case.confirmations:
        was = UNKNOWN
        if word.site in place and word.gate in gates and rules[word.gate].evidence == "data":
            was = str(gates[word.gate].outcome[place[word.site]])
        overruled = was not in (UNKNOWN, word.outcome)
        kind = "gate exception" if overruled else "gate settled"
        one = word.site != EVERY_SITE
        rows.append(
            {
                "kind": kind, "label": rules[word.gate].label,
                "site_id": word.site if one else "", "name": names.get(word.site, EVERY),
                "was": was if one else "unknown where the data do not say", "now": word.outcome,
                "who": word.who, "when": word.when, "why": word.why,
            }
        )  # fmt: skip
    return rows


def _rules(case: Case, names: dict[str, str]) -> list[Row]:
    given = case.rules

    def said(kind: str, label: str, now: str, word: Word, site: str = "") -> Row:
        return {
            "kind": kind, "label": label, "site_id": site,
            "name": names.get(site, EVERY if kind == "capacity" else ""), "was": "no rule", "now": now, "who": word.who, "when": word.when.isoformat(),
            "why": word.why,
        }  # fmt: skip

    def called(sites: Iterable[str]) -> str:
        return ", ".join(names.get(site, site) for site in sites)

    def most(value: float) -> str:
        return f"at most {value:,g}"

    return [
        *(said("capacity", "what it can serve", most(r.most), r, "" if r.site == EVERY_SITE else r.site) for r in given.capacity),
        *(said("must-have site", "must be chosen", "chosen", r, r.site) for r in given.must_have),
        *(said("must-not site", "must not be chosen", "left out", r, r.site) for r in given.must_not),
        *(said("minimum", f"at least {r.sites} in {r.district}", f"{r.sites} or more", r) for r in given.at_least),
        *(said("exclusive sites", f"only one of {called(r.sites)}", "one at most", r) for r in given.one_of),
        *(said("dependent site", f"only with {called([r.needs])}", "together", r, r.site) for r in given.needs),
    ]  # fmt: skip


def _digits(value: float) -> int:
    """Return how many decimals a number was written with."""
    return len(f"{value:g}".partition(".")[2]) if "e" not in f"{value:g}" else 0


def _parameters(parameters: Parameters) -> list[Row]:
    default = shipped()

    def span(low: float, value: float, high: float, unit: str) -> str:
        least = format_number(low, "GBP" if unit.startswith("GBP") else "", _digits(low))
        middle, most = (format_number(v, unit, _digits(v)) for v in (value, high))
        return f"{middle} ({least} to {most})" if low != high else middle

    return [
        {
            "kind": "parameter stated", "label": p.label, "site_id": "", "name": key,
            "was": span(*default.span(key), p.unit), "now": span(p.low, p.default, p.high, p.unit),
            "who": p.who, "when": p.when, "why": p.why,
        }
        for key, p in parameters.items()
        if p.basis == "stated"
    ]  # fmt: skip
