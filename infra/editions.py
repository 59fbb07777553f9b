"""The three editions: from the officer's views to what a funder and the public may see.

Tables are redacted before anything is drawn. A kind of table that nobody has thought of is not in
the public edition: it shows only what `_public_case` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from infra.places import places_table, public_summary
from layers.disclosure import (
    Classes,
    Edition,
    allowed,
    hide,
    renamed,
    strictest,
    without_rows,
)
from layers.evidence import Evidence
from layers.lineage import Disclosure, Figures, Table
from layers.series import coverage_series
from layers.source import Layer, SourceFile
from layers.suppression import suppress
from maps.view import Approval, CaseView, Diary, PlanView, StudyView

__all__ = ["Rules", "redacted_case", "redacted_plan", "redacted_study", "rules_of"]

# What a bid exists to tell its funder, whatever it rests on; what lies beneath may be withheld.
RESULTS = frozenset(
    {
        "rank", "rank_best", "rank_worst", "status", "chosen", "chosen_if_verified", "chosen_pct",
        "chosen_if_verified_pct", "robustness_sentence", "cost_gbp", "cost_gbp_low",
        "cost_gbp_high", "outcome", "gates_failed", "gates_unknown",
    }
)  # fmt: skip
OF_THE_PLAN = frozenset(
    {
        "status", "in_plan", "in_separate_plan", "step", "sites", "sites_separate", "budget_gbp",
        "pays_gbp", "from_pot_gbp", "cost_gbp", "alone_gbp", "saved_gbp", "separate_gbp", "outcome",
        "outcome_separate", "outcome_alone", "outcome_more", "value",
    }
)  # fmt: skip
PLAN = ("plan_summary", "plan_sites", "plan_pays", "plan_savings", "plan_dependencies")
RELEASED = {
    "ranking": RESULTS,
    "gates": RESULTS,
    "summary": frozenset({"value", "low", "high"}),
    **{f"{name}{end}": OF_THE_PLAN for name in PLAN for end in ("", "_if_verified")},
}
PLACE = ("name", "owner", "postcode", "easting", "northing", "uprn", "reason", "note")
COUNTED = frozenset({"premises", "units", "sites", "buildings"})
TEXT_OF_OFFICERS = ("who", "when", "why")
SHORTEST_SECRET = 4


@dataclass(frozen=True)
class Rules:
    """What decides, for one edition of one study, which cell is shown.

    Attributes
    ----------
    origins, parameters
        Classes of layers and formats, and of parameters that are not public.
    hidden_src
        Keys of the files that the edition may not show.
    hidden_sites
        Sites whose own row comes from such a file: old id to the id that stands for it.
    secrets
        Texts of those rows and names of those files, which may stand in no other cell.
    """

    edition: Edition
    origins: Mapping[str, Disclosure]
    parameters: Mapping[str, Disclosure]
    hidden_src: frozenset[str]
    hidden_sites: Mapping[str, str]
    secrets: frozenset[str]


def rules_of(evidence: Evidence, parameters: Table, edition: Edition) -> Rules:
    """Return the rules of an edition, from the files of the study and their sensitivity."""
    hidden = [s for s in evidence.sources if not allowed(edition, s.sensitivity)]
    layers = [getattr(evidence, f.name) for f in fields(evidence)]
    origins: dict[str, Disclosure] = {}
    for item in layers:
        sources = getattr(item, "sources", ())
        if isinstance(item, Layer):
            origins[item.name] = strictest(s.sensitivity for s in sources)
    if evidence.streets is not None:
        origins["streets"] = strictest(s.sensitivity for s in evidence.streets.sources)
    for source in evidence.sources:
        of_format = origins.get(source.format_key, "public")
        origins[source.format_key] = strictest([of_format, source.sensitivity])
    src = frozenset(s.src for s in hidden)
    sites, secrets = _hidden_sites(evidence, src)
    return Rules(
        edition,
        origins,
        _priced(parameters),
        src,
        sites,
        frozenset({*secrets, *_file_names(hidden)}),
    )


def _file_names(sources: Iterable[SourceFile]) -> set[str]:
    return {text for s in sources for text in (s.path.rsplit("/", 1)[-1], s.sha256, s.src)}


def _priced(parameters: Table) -> dict[str, Disclosure]:
    """Return the class of each parameter that is not public, such as a supplier's price."""
    held = zip(parameters.frame["key"], parameters.frame["sensitivity"], strict=True)
    return {str(key): kind for key, kind in held if kind != "public"}


def _hidden_sites(evidence: Evidence, src: frozenset[str]) -> tuple[dict[str, str], set[str]]:
    ids: list[str] = []
    secrets: set[str] = set()
    for layer in (evidence.sites, evidence.offices):
        if layer is None:
            continue
        rows = layer.frame[layer.frame["src"].astype(str).isin(src)]
        ids += rows["id"].astype(str).tolist()
        for name in ("name", "postcode", "uprn"):
            if name in rows:
                secrets |= {str(v) for v in rows[name].dropna()}
    numbered = {old: f"site {i} (withheld)" for i, old in enumerate(dict.fromkeys(ids), start=1)}
    return numbered, {t for t in {*secrets, *ids} if len(t) >= SHORTEST_SECRET}


def _redact(table: Table, tables: Mapping[str, Table], rules: Rules) -> Table:
    """Return a table as the edition may show it, its own rows and cells only."""
    classes = Classes(tables, rules.origins, rules.parameters)
    mask = classes.hidden(table.name, rules.edition, RELEASED.get(table.name, frozenset()))
    frame = table.frame
    names = [str(name) for name in frame.columns]
    at_site = next((n for n in ("site_id", "id") if n in names), table.key)
    closed = frame[at_site].astype(str).isin(rules.hidden_sites).to_numpy()
    for name in PLACE:
        if name in names:
            mask[:, names.index(name)] |= closed
    _shut_rates(table, mask, rules)
    table = renamed(hide(table, mask), rules.hidden_sites)
    table = hide(table, _telling(table.frame, rules.secrets))
    if "name" in names and closed.any():  # a sentence about the site needs a word for it
        table.frame.loc[closed, "name"] = table.frame.loc[closed, at_site]
    return table


def _shut_rates(table: Table, mask: np.ndarray[Any, np.dtype[np.bool_]], rules: Rules) -> None:
    """Mark what tells a rate that is withheld: its parameter, its lines, and what somebody stated."""
    frame = table.frame
    names = [str(name) for name in frame.columns]
    at_site = next((n for n in ("site_id", "id") if n in names), table.key)
    shut_rates = {k for k, c in rules.parameters.items() if not allowed(rules.edition, c)}
    if table.name == "overrides":  # what somebody stated of a rate that is withheld
        mask[:, names.index("now")] |= frame["name"].astype(str).isin(shut_rates).to_numpy()
    if "parameter" in names:  # a line priced by a rate that is withheld, and its neighbours
        line = frame["parameter"].astype(str).isin(shut_rates).to_numpy()
        of_site = frame[at_site].isin(frame.loc[line, at_site]).to_numpy()
        for name in ("quantity", "rate_gbp", "amount_gbp", "amount_gbp_low", "amount_gbp_high"):
            mask[:, names.index(name)] |= of_site
    if table.name == "parameters":
        kinds = frame["key"].map(lambda k: rules.parameters.get(k, "public"))
        shut = np.array([not allowed(rules.edition, kind) for kind in kinds], dtype=bool)
        for name in ("low", "value", "high", "source", *TEXT_OF_OFFICERS):
            mask[:, names.index(name)] |= shut
        if rules.edition == "public":
            for name in TEXT_OF_OFFICERS:
                mask[:, names.index(name)] = True


def _telling(frame: pd.DataFrame, secrets: frozenset[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which cells hold the text of a hidden row or the name of a hidden file."""
    mask = np.zeros(frame.shape, dtype=bool)
    if not secrets:
        return mask
    for at, name in enumerate(frame.columns):
        if pd.api.types.is_string_dtype(frame[name]) or frame[name].dtype == object:
            seen = {
                t: any(s in t for s in secrets) for t in frame[name].dropna().astype(str).unique()
            }
            mask[:, at] = frame[name].astype(str).map(lambda t, seen=seen: seen.get(t, False))
    return mask


def _open_rows(table: Table, rules: Rules) -> Table:
    """Leave out the rows of hidden files; sums of ours go with them."""
    src = table.frame["src"].fillna("").astype(str)
    closed = src.isin(rules.hidden_src)
    if "method" in table.frame and closed.any():
        closed |= ~table.frame["method"].astype(str).str.startswith("as published")
    return without_rows(table, ~closed.to_numpy())


def _small(table: Table, group: str | None) -> Table:
    """Hide small counts of a table, with what stands beside them."""
    for name in list(table.columns):
        if table.columns[name].unit not in COUNTED or not pd.api.types.is_numeric_dtype(
            table.frame[name]
        ):
            continue
        stem = name.removeprefix("without_")
        beside = [f"{stem}_pct", f"{stem}_low_pct", f"{stem}_high_pct"]
        if name == "business_units":
            beside.append("business_per_hectare")
        if name == "count":
            beside.append("share_pct")
        held = tuple(b for b in beside if b in table.columns)
        table = suppress(table, name, table.frame[group] if group else None, held)
    return table


def redacted_study(study: StudyView, rules: Rules, attributions: tuple[str, ...]) -> StudyView:
    """Return the study's view as an edition may show it.

    Parameters
    ----------
    attributions
        The licences' statements of the files that the edition may name.
    """
    if rules.edition == "officer":
        return study
    tables = {
        t.name: t
        for t in (study.coverage, study.district_gaps, study.area_gaps, study.sources,
                  study.quality, study.parameters)
    }  # fmt: skip
    # sums over areas would tell, by subtraction, the areas that the public edition withholds
    if study.ward_gaps is not None and rules.edition != "public":
        tables["ward_gaps"] = study.ward_gaps
    made: dict[str, Any] = {n: _redact(table, tables, rules) for n, table in tables.items()}
    made |= {name: _open_rows(made[name], rules) for name in ("coverage", "sources", "quality")}
    if rules.hidden_src:  # a total would tell, by subtraction, what became of the hidden files
        quality = made["quality"]
        made["quality"] = without_rows(quality, (quality.frame["src"] != "total").to_numpy())
    if rules.edition == "public":
        made["coverage"] = _small(made["coverage"], "row")
        made["district_gaps"] = _small(made["district_gaps"], None)
        made["area_gaps"] = _small(made["area_gaps"], "lad")
    made["series"] = coverage_series(made["coverage"]) if study.series is not None else None
    made["targets"] = study.targets
    made.setdefault("ward_gaps", None)
    seen, known = (rules.origins.get(name, "public") for name in ("streets", "projects"))
    told = allowed(rules.edition, known) and rules.edition != "public"
    notes = () if rules.edition == "public" else _open_notes(study.notes, rules)
    return replace(
        study,
        **made,
        edition=rules.edition,
        roads=study.roads if allowed(rules.edition, seen) else None,
        water=study.water if _open_layer("water", rules) else None,
        place_names=study.place_names if _open_layer("place_names", rules) else None,
        attributions=attributions,
        figures=Figures([t for t in made.values() if t is not None], study.figures.scope),
        notes=notes,
        projects=study.projects if told else None,
        plan=None,
        changes=None,
        # a square with few premises may be one household
        rasters=() if rules.edition == "public" else study.rasters,
    )


def _open_layer(name: str, rules: Rules) -> bool:
    return allowed(rules.edition, rules.origins.get(name, "public"))


def _open_notes(notes: tuple[str, ...], rules: Rules) -> tuple[str, ...]:
    return tuple(note for note in notes if not any(s in note for s in rules.secrets))


def redacted_plan(plan: PlanView, study: StudyView, rules: Rules) -> PlanView:
    """Return the joined-up plan as the funder's edition may show it.

    Parameters
    ----------
    study
        The redacted view of the study.
    """
    shared = {t.name: t for t in study.figures.tables.values()}
    tables = {**shared, **plan.tables}
    made = {name: _redact(table, tables, rules) for name, table in plan.tables.items()}
    lines, notes = _open_notes(plan.lines, rules), _open_notes(plan.notes, rules)
    return PlanView(made, lines, notes, Figures(made.values(), plan.figures.scope))


def redacted_case(view: CaseView, study: StudyView, rules: Rules) -> CaseView:
    """Return a case's view as an edition may show it.

    Parameters
    ----------
    study
        The redacted view of the study.
    """
    if rules.edition == "officer":
        return view
    if rules.edition == "public":
        return _public_case(view, study, rules)
    held = {f.name: getattr(view, f.name) for f in fields(view)}
    own = {t.name: t for value in held.values() for t in _tables(value)}
    shared = {t.name: t for t in study.figures.tables.values()}
    made = {name: _redact(table, {**shared, **own}, rules) for name, table in own.items()}
    changed = {name: _swapped(value, made) for name, value in held.items() if _tables(value)}
    return replace(
        view,
        **changed,
        study=study,
        sites=_placed(view.sites, rules),
        routes=None,
        catchments=None,
        rasters=(),
        # what changed since the approval names sites that the edition may hide
        approval=replace(view.approval, changed=()),
        figures=Figures([*made.values(), *shared.values()], view.figures.scope),
        notes=_open_notes(view.notes, rules),
    )


def _tables(value: Any) -> list[Table]:
    if isinstance(value, Table):
        return [value]
    if isinstance(value, Mapping):
        value = tuple(value.values())
    return [v for v in value if isinstance(v, Table)] if isinstance(value, tuple) else []


def _swapped(value: Any, made: Mapping[str, Table]) -> Any:
    if isinstance(value, Table):
        return made[value.name]
    if isinstance(value, Mapping):
        return {k: made[v.name] if isinstance(v, Table) else v for k, v in value.items()}
    return tuple(made[v.name] if isinstance(v, Table) else v for v in value)


def _placed(sites: gpd.GeoDataFrame, rules: Rules) -> gpd.GeoDataFrame:
    frame = sites.copy()
    closed = frame["site_id"].astype(str).isin(rules.hidden_sites)
    frame.loc[closed, frame.geometry.name] = shapely.Point()
    for name in PLACE:
        if name in frame:
            frame.loc[closed, name] = None
    frame["site_id"] = frame["site_id"].map(lambda i: rules.hidden_sites.get(str(i), i))
    return frame


def _public_case(view: CaseView, study: StudyView, rules: Rules) -> CaseView:
    """Return a case for the public: criteria, coarse sums and counts by place; no site, no rank."""
    held = {f.name: getattr(view, f.name) for f in fields(view)}
    own = {t.name: t for value in held.values() for t in _tables(value)}
    shared = {t.name: t for t in study.figures.tables.values()}
    everything = {**shared, **own}
    summary = public_summary(_redact(view.summary, everything, rules))
    criteria = _redact(view.criteria, everything, rules)
    nothing: dict[str, Any] = {
        name: without_rows(own[name], np.zeros(len(own[name].frame), dtype=bool))
        for name in ("ranking", "gates", "costs")
    }
    places = places_table(view, level="district")
    towns = places_table(view, level="postcode district")
    dropped: dict[str, Any] = {
        name: {} if isinstance(value, Mapping) else () if isinstance(value, tuple) else None
        for name, value in held.items()
        if _tables(value) and name not in {*nothing, "criteria", "summary"}
    }
    tables = [*nothing.values(), summary, criteria, places, towns]
    return replace(
        view,
        **dropped,
        **nothing,
        summary=summary,
        criteria=_uncounted(criteria),
        places=(places, towns),
        study=study,
        sites=view.sites.iloc[:0],
        routes=None,
        catchments=None,
        rasters=(),
        diary=Diary(),
        approval=Approval(),
        figures=Figures([*tables, *shared.values()], view.figures.scope),
        notes=(),
    )


def _uncounted(criteria: Table) -> Table:
    """Hide how many sites a criterion speaks of: next to the number considered it tells of few."""
    names = list(criteria.frame.columns)
    mask = np.zeros(criteria.frame.shape, dtype=bool)
    for name in ("sites_with_value", "sites_capped"):
        if name in names:
            mask[:, names.index(name)] = True
    return hide(criteria, mask)
