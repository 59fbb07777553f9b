"""`docs/performance.md`, from what the benchmarks measured last and from nothing else.

`page.py` prints it again from `kept/`; `make bench` measures first.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from growth import growth_table
from kept import PAGE, held
from region import region_table

__all__ = ["performance_page", "write_page"]

HEAD = """\
# Performance

Written by `make bench` from what it measured, and from the last run of `make growth` and `make country`, which
take longer; edited by nobody. Every figure has its day. The fixed reference calculation (sorting four million numbers, three
million steps of Python) says how fast a machine is: seconds do not carry between machines, ratios do.
"""
COMPARED = """\
## Against named peers

Each line is one piece of work on generated input of the size given, done by infra and by the peer, each in a
process of its own, in turn; times are medians, the ratio is the peer's time over ours.

| work | day | size | peer | ratio | aimed at | ours, s | peer, s | ours, MiB | peer, MiB | answer |
|---|---|---|---|---|---|---|---|---|---|---|
"""


def measured_on(found: Mapping[str, Any]) -> str:
    """When, on what, and how fast that was."""
    speed = f" The reference calculation took {found['reference_s']:.2f} s."
    return f"Measured on {found['day']}: {found['machine']}.{speed if found.get('reference_s') else ''}"


def _aimed(item: Mapping[str, Any]) -> str:
    aimed = f"{item['target']:g}" if item["target"] else ""
    if item["target"] and item["ratio"] < item["target"]:
        aimed += " (not reached)"
    if item["most_s"]:
        late = " (not reached)" if item["ours_s"] > item["most_s"] else ""
        aimed = f"{aimed}, at most {item['most_s']:g} s{late}".removeprefix(", ")
    return aimed


def _comparisons(results: Sequence[Mapping[str, Any]]) -> str:
    lines = []
    for item in results:
        size = ", ".join(
            f"{value:,} {name.replace('_', ' ')}" for name, value in item["size"].items()
        )
        lines.append(
            f"| `{item['name']}` | {item['day']} | {size} | {item['peer']} | {item['ratio']:g} | {_aimed(item)} | "
            f"{item['ours_s']:g} | {item['peer_s']:g} | {item['ours_peak_mib']:,} | "
            f"{item['peer_peak_mib']:,} | {item['remark'].replace('|', '/')} |"
        )
    newest = max(results, key=lambda item: item["day"])
    named = ", ".join(f"{name} {version}" for name, version in sorted(newest["versions"].items()))
    return (
        COMPARED + "\n".join(lines) + f"\n\n{measured_on(newest)} Versions of that day: {named}.\n"
    )


def _country(found: Mapping[str, Any]) -> str:
    size = f"{found['premises']:,} premises in {found['parts']} parts, {found['sites']:,} public sites."
    lines = [
        f"## A country, part by part\n\n{measured_on(found)} {size}\n",
        "| step | tasks | s | most MiB |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {s['step']} | {s['tasks']} | {s['seconds']:,.1f} | {s['most_mib']:,} |"
        for s in found["steps"]
    ]
    lines.append(f"| **all** | | **{found['seconds']:,.0f}** | **{found['most_mib']:,}** |")
    return "\n".join(lines) + "\n"


def performance_page() -> str:
    """Return the page; a benchmark that was never run is said."""
    parts = [HEAD]
    region, growth, country = held("region"), held("growth"), held("country")
    absent = [
        name for name, found in (("region", region), ("growth", growth), ("country", country)) if not found
    ]  # fmt: skip
    if region:
        parts.append(
            f"## A region, step by step\n\n{measured_on(region)} A practice study of {region['premises']:,} premises, "
            f"all of it, from nothing kept.\n\n{region_table(region)}\n"
        )
    if growth:
        runs = growth["runs"]
        days = "; ".join(
            f"{int(size):,} premises on {runs[size]['day']}, reference {runs[size]['reference_s']:.2f} s"
            for size in sorted(runs, key=int)
        )
        newest = max(runs.values(), key=lambda run: run["day"])
        parts.append(
            f"## How a region's steps grow\n\nProcessor seconds, the last run of `make growth`: {days}; "
            f"{newest['machine']}.\n\n{growth_table(runs)[0]}\n"
        )
    if country:
        parts.append(_country(country))
    compared = held("comparisons")
    if compared:
        parts.append(_comparisons(compared["results"]))
        absent += compared["absent"]
    if absent:
        parts.append(f"Not measured yet: {', '.join(absent)}.\n")
    return "\n".join(parts)


def write_page() -> None:
    """Write `docs/performance.md`."""
    PAGE.write_text(performance_page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    write_page()
