"""The parts a bid can be made of, by name: a profile says which of them its fund wants, and in what order."""

from __future__ import annotations

__all__ = ["ALWAYS", "ANNEXES", "PARTS"]

PARTS = (
    "rationale", "gap", "history", "market", "fit", "objectives",
    "options", "scoring", "ranking", "value", "outcomes", "robustness", "plan",
    "models", "procurement", "subsidy", "consents",
    "ask", "costs", "funding",
    "governance", "risks", "monitoring", "evidence", "questions", "equality",
)  # fmt: skip
ANNEXES = (
    "sites", "gates", "method", "sources", "assumptions", "quality", "attribution", "transparency", "figures",
)  # fmt: skip
# Licences ask for the one, and a number without its id cannot be traced: no fund can do without them.
ALWAYS = ("attribution", "figures")
