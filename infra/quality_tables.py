"""The tables of the data-quality page: files, layers, errors of estimates, known faults, needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from infra.check_table import held_data, is_stale
from infra.session import Session
from layers import known_faults
from layers.accuracy import found_errors
from layers.catalogue import shipped as catalogue
from layers.evidence import Evidence
from layers.gather import FileFate
from layers.lineage import Column, Table
from layers.source import Layer

__all__ = ["quality_tables"]


def quality_tables(session: Session, evidence: Evidence) -> tuple[Table, ...]:
    """Return what the data-quality page prints.

    Returns
    -------
    tuple of Table
        `files` (key `file`, ending with `total`), `layers` (key `layer`), `estimates` (key
        `estimate`), `known_faults` (key `fault`), `needs` (key `need`).
    """
    stale = _stale(session, evidence.fates)
    return (
        _files(evidence),
        _layers(evidence, stale),
        _estimates(evidence),
        _known_faults(evidence.fates),
        _needs(session, evidence),
    )


def _stale(session: Session, fates: Sequence[FileFate]) -> set[str]:
    """Return the datasets in use whose newest release is older than its cadence allows."""
    newest: dict[str, str] = {}
    for fate in fates:
        if fate.status == "used" and fate.source is not None:
            key = fate.source.dataset
            newest[key] = max(newest.get(key, ""), fate.vintage)
    as_of = session.study.model.as_of
    known = catalogue()
    return {k for k, v in newest.items() if k in known and is_stale(known[k], v, as_of)}


def _table(name: str, key: str, rows: Sequence[dict[str, Any]], columns: dict[str, Column], told: str) -> Table:  # fmt: skip
    frame = pd.DataFrame(list(rows), columns=list(columns))
    return Table(name, key, frame, columns, description=told)


def _counted(what: str) -> Column:
    return Column(what, unit="rows", decimals=0, formula="counted")


def _files(evidence: Evidence) -> Table:
    rows = []
    sums = {"rows_in": 0, "used": 0, "set_aside": 0, "quarantined": 0}
    for fate in sorted(evidence.fates, key=lambda f: f.name):
        quality, source = fate.quality, fate.source
        counts: dict[str, int | None] = dict.fromkeys(sums)
        why = [fate.reason] if fate.reason else []
        if quality is not None:
            counts = {
                "rows_in": quality.rows_in,
                "used": quality.used,
                "set_aside": sum(quality.set_aside.values()),
                "quarantined": sum(quality.quarantined.values()),
            }
            sums = {name: sums[name] + int(counts[name] or 0) for name in sums}
            if fate.status == "used":
                why += [f"{n:,} set aside: {text}" for text, n in quality.set_aside.items()]
                why += [f"{n:,} quarantined: {text}" for text, n in quality.quarantined.items()]
        rows.append(
            {
                "file": fate.name, "src": source.src if source else "", "status": fate.status,
                "what": ", ".join(p for p in (fate.title, fate.detail) if p), "describes": fate.vintage,
                **counts, "why": "; ".join(why), "licence": source.licence if source else "",
            }
        )  # fmt: skip
    rows.append(
        {"file": "total", "src": "total", "status": "", "what": "all files", **sums, "why": ""}
    )
    columns = {
        "file": Column("file"), "src": Column("source file"), "status": Column("what became of it"),
        "what": Column("what it is"), "describes": Column("what the data describe"),
        "rows_in": Column("rows in", unit="rows", decimals=0, formula="used + set_aside + quarantined"),
        "used": _counted("used"), "set_aside": _counted("set aside"), "quarantined": _counted("quarantined"),
        "why": Column("why"), "licence": Column("licence"),
    }  # fmt: skip
    return _table("files", "file", rows, columns, "Rows in = used + set aside + quarantined")


def _layers(evidence: Evidence, stale: set[str]) -> Table:
    rows = []
    for checked in evidence.checked:
        held = getattr(evidence, checked.layer)
        sources = held.sources if isinstance(held, Layer) else _behind(held, evidence)
        old = sorted({s.title for s in sources if s.dataset in stale})
        rows.append(
            {
                "layer": checked.layer, "src": "+".join(sorted(s.src for s in sources)),
                "rows": checked.rows, "rules": checked.rules, "broken": len(checked.faults),
                "result": "; ".join(f.problem for f in checked.faults) or "every rule holds",
                "describes": ", ".join(sorted({s.vintage for s in sources if s.vintage})) or "not stated",
                "stale": "; ".join(old) or "no",
                "licence": "; ".join(sorted({s.licence for s in sources})),
            }
        )  # fmt: skip
    columns = {
        "layer": Column("layer"), "src": Column("source files"), "rows": _counted("rows"),
        "rules": Column("rules of its schema", unit="rules", decimals=0, formula="counted"),
        "broken": Column("rules broken", unit="rules", decimals=0, formula="counted"),
        "result": Column("result"), "describes": Column("what its sources describe"),
        "stale": Column("sources older than their cadence allows"), "licence": Column("licences"),
    }  # fmt: skip
    return _table("layers", "layer", rows, columns, "Each layer held against its declared schema")


def _behind(table: Any, evidence: Evidence) -> tuple[Any, ...]:
    named: set[str] = set()
    if "src" in table.frame:
        named = {p for text in table.frame["src"].astype(str).unique() for p in text.split("+")}
    known = [s for s in evidence.sources if s.src in named]
    return tuple(known or evidence.sources)


def _estimates(evidence: Evidence) -> Table:
    rows = [
        {
            "estimate": f"{item.layer}.{item.column}", "src": item.src, "error": item.value,
            "unit": item.unit, "compared": item.compared or None, "method": item.method,
        }
        for item in found_errors(evidence)
    ]  # fmt: skip
    columns = {
        "estimate": Column("estimated column"), "src": Column("source files"),
        "error": Column("root mean square error", decimals=1, unit_of="unit", formula="square root of the mean of (estimate - published)^2"),
        "unit": Column("unit of the error"),
        "compared": Column("published values hidden and compared", unit="values", decimals=0, formula="counted"),
        "method": Column("how it was found"),
    }  # fmt: skip
    return _table("estimates", "estimate", rows, columns, "Errors found by hiding a finer published level")  # fmt: skip


def _known_faults(fates: Sequence[FileFate]) -> Table:
    rows = []
    for item in known_faults.shipped():
        met = sorted(f.name for f in fates if item.problem in f.reason)
        rows.append(
            {
                "fault": item.problem, "mend": item.mend, "since": item.since, "source": item.source,
                "met": "; ".join(met) or "no",
            }
        )  # fmt: skip
    columns = {
        "fault": Column("known fault"), "mend": Column("its mend"), "since": Column("known since"),
        "source": Column("who says so"), "met": Column("met in this study"),
    }  # fmt: skip
    return _table("known_faults", "fault", rows, columns, "Faults of published files that are known")  # fmt: skip


def _needs(session: Session, evidence: Evidence) -> Table:
    rows = [
        {
            "need": f"{key}: {held.dataset}", "case": case.title, "data": held.title, "state": held.status,
            "describes": held.vintage, "used_for": held.used_for, "where": held.where,
        }
        for key, case in session.cases.items()
        for held in held_data(case.scenario, evidence.fates, session.study.model.as_of)
    ]  # fmt: skip
    columns = {
        "need": Column("need"), "case": Column("case"), "data": Column("data set"), "state": Column("state"),
        "describes": Column("what the newest in use describes"), "used_for": Column("used for"),
        "where": Column("where it is published"),
    }  # fmt: skip
    return _table("needs", "need", rows, columns, "What each case has, lacks, or has too old")
