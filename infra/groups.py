"""What each group of outputs is made from, by name, each as a hash."""

from __future__ import annotations

from infra.approval import approval_part
from infra.changes import baseline_key
from infra.session import DIARY, Session
from infra.store import code_hash, key_of

__all__ = ["BESIDE_BOARD", "group_keys", "group_parts", "plan_basis_of"]

BESIDE_BOARD = "the outputs that the board page links to"


def group_parts(session: Session) -> dict[str, dict[str, str]]:
    """Return what each group of outputs would be made from now: names and hashes."""
    model = session.study.model
    study = model.model_dump(mode="json", include={"name", "area", "as_of", "target"})
    drawn = {
        "the study's name, area, clock or targets": key_of(study),
        "the code of maps": code_hash("maps"),
    }
    layers = {**session.evidence_parts, **drawn}
    parts = {
        "layers": layers,
        "coverage": {**layers, "the code of scenarios": code_hash("scenarios")},
    }
    rankings: dict[str, str] = {}
    for key in session.cases:
        made_from = {**session.case_parts(key), **drawn}
        rankings |= made_from
        parts[f"{key}/ranking"] = made_from
        parts[f"{key}/documents"] = {**made_from, **approval_part(session.study, key)}
    diaries = [case.model_dump(mode="json", include=set(DIARY)) for case in model.case.values()]
    before = baseline_key(session.study.root / model.baseline) if model.baseline else ""
    rankings["the plan's settings"] = key_of(model.plan.model_dump(mode="json"))
    parts["plan"] = rankings
    if len(session.cases) > 1:  # each bid prints its part in the plan
        for key in session.cases:
            parts[f"{key}/documents"] = {**rankings, **approval_part(session.study, key)}
    settings = {k: c.model_dump(mode="json", exclude={"approval"}) for k, c in model.case.items()}
    parts["quality"] = {
        **layers,
        "the cases and their scenarios": key_of([settings, code_hash("infra")]),
    }
    parts["exchange"] = rankings
    parts["map book"] = rankings
    parts["board"] = {
        **rankings,
        BESIDE_BOARD: key_of(list(parts)),
        "deadlines and stages of the cases": key_of(diaries),
        "the baseline": key_of(before),
    }
    parts["funder"] = {**rankings}
    for key in session.cases:
        parts["funder"] |= approval_part(session.study, key)
    parts["public"] = rankings
    return parts


def group_keys(session: Session) -> dict[str, str]:
    """Return the key that each group of outputs would have if it were made now."""
    return {name: key_of(parts) for name, parts in group_parts(session).items()}


def plan_basis_of(session: Session) -> str:
    """Stand for everything that the joined-up plan is made from but the weights."""
    parts = dict(group_parts(session)["plan"])
    for key in session.cases:
        parts[f"the profile of {key}"] = session.weightless(key)
    return key_of(parts)
