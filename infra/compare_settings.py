"""What two manifests say differently of their sources, parameters, settings and profiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from layers.parameters import shipped

__all__ = ["changed_settings", "changed_sources"]

SHOWN_FILES = 3
SHOWN_SETTINGS = 20
NONE = "none"


def changed_sources(
    a: Mapping[str, Any], b: Mapping[str, Any]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Return which kinds of source changed, and by which files, in words and as data."""
    first, second = _kinds(a), _kinds(b)
    lines: list[str] = []
    rows: list[dict[str, Any]] = []
    for kind in sorted(set(first) | set(second)):
        before, after = first.get(kind, {}), second.get(kind, {})
        if set(before) == set(after):
            continue
        told = [
            sorted({str(i["vintage"] or "not stated") for i in held.values()})
            for held in (before, after)
        ]
        gone = [before[h] for h in before if h not in after]
        come = [after[h] for h in after if h not in before]
        what = "added" if not before else "removed" if not after else "changed"
        lines.append(
            f"  {what}: {kind[1]} ({kind[0]}); describes {', '.join(told[0]) or 'nothing'}"
            f" -> {', '.join(told[1]) or 'nothing'}"
        )
        lines += _files(gone, come)
        rows.append(
            {
                "publisher": kind[0], "title": kind[1], "what": what, "before": told[0], "after": told[1],
                "out": [{"path": i["path"], "hash": i["hash"]} for i in gone],
                "in": [{"path": i["path"], "hash": i["hash"]} for i in come],
            }
        )  # fmt: skip
    return lines or ["  the same files, by checksum"], rows


def _kinds(manifest: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, dict[str, Any]]]:
    found: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for item in manifest["sources"]:
        found.setdefault((item["publisher"], item["title"]), {})[item["hash"]] = item
    return found


def _files(gone: list[dict[str, Any]], come: list[dict[str, Any]]) -> Iterator[str]:
    """Name the files of a kind that changed; one of the same name has other content."""
    out, new = {str(i["path"]) for i in gone}, {str(i["path"]) for i in come}
    for word, paths in (
        ("other content", out & new), ("no longer used", out - new), ("new", new - out)
    ):  # fmt: skip
        shown = sorted(paths)
        more = f" and {len(shown) - SHOWN_FILES} more" if len(shown) > SHOWN_FILES else ""
        if shown:
            yield f"    {word}: {', '.join(shown[:SHOWN_FILES])}{more}"


def changed_settings(
    a: Mapping[str, Any], b: Mapping[str, Any]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the parameters, settings and profile entries that differ, in words and as data."""
    first, second = a["infra"], b["infra"]
    rows: list[dict[str, Any]] = []
    register = shipped()
    for key in sorted(set(first["parameters"]) | set(second["parameters"])):
        before, after = first["parameters"].get(key), second["parameters"].get(key)
        # a parameter that one version of infra does not have stands at its default there
        default = register[key].default if key in register else None
        ends = [held[1] if held else default for held in (before, after)]
        if ends[0] != ends[1]:
            rows.append({"what": key, "before": ends[0], "after": ends[1]})
    rows += [
        {"what": name, "before": first[name], "after": second[name]}
        for name in ("as_of", "seed")
        if first[name] != second[name]
    ]
    rows += _moved("", first.get("study", {}), second.get("study", {}))
    for case in sorted(set(first["profiles"]) & set(second["profiles"])):
        rows += _moved(f"profile of {case}: ", first["profiles"][case], second["profiles"][case])
    if a["version"] != b["version"]:
        rows.append({"what": "infra", "before": a["version"], "after": b["version"]})
    lines = [f"  {r['what']}: {_said(r['before'])} -> {_said(r['after'])}" for r in rows]
    if len(lines) > SHOWN_SETTINGS:
        lines = [*lines[:SHOWN_SETTINGS], f"  and {len(rows) - SHOWN_SETTINGS} more, in --json"]
    return lines or ["  no difference"], rows


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping) and value:
        return "there"
    return NONE if value is None or value in ("", [], {}) else str(value)


def _moved(name: str, before: Any, after: Any) -> list[dict[str, Any]]:
    """Return the leaves of two nested settings that differ, each with the way to it."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = [k for k in dict.fromkeys([*before, *after]) if k not in {"as_of", "seed"}]
        step = name if not name or name.endswith(": ") else f"{name}."
        return [
            row for key in keys for row in _moved(f"{step}{key}", before.get(key), after.get(key))
        ]
    if before == after or _said(before) == _said(after) == NONE:
        return []
    return [{"what": name, "before": before, "after": after}]
