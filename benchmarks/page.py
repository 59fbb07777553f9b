"""`docs/performance.md`, from what a run of the benchmarks measured and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["performance_page"]

HEAD = """\
# Performance

Written by `make bench`; edited by nobody. Each line is one piece of work on generated input of the
size given, done by infra and by the peer, each in a process of its own, in turn; times are medians,
the ratio is the peer's time over ours. Ratios carry between machines, seconds do not.

"""


def performance_page(
    results: Sequence[Mapping[str, Any]], machine: str, reference_s: float, day: str
) -> str:
    """Return the page.

    Parameters
    ----------
    results
        The objects of `latest.json`, each with `target` (the ratio aimed at) and `most_s` (the seconds
        that ours may take), 0 where none is; `remark` is what ours says of its answer.
    machine, reference_s
        What `machine.py` says of this machine.
    day
        When it was measured.
    """
    lines = [
        (
            f"Measured on {day}: {machine}. The fixed reference calculation (sorting four million numbers, "
            f"three million steps of Python) takes {reference_s:.2f} s here."
        ),
        "",
        "| work | size | peer | ratio | aimed at | ours, s | peer, s | ours, MiB | peer, MiB | answer |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for item in results:
        size = ", ".join(
            f"{value:,} {name.replace('_', ' ')}" for name, value in item["size"].items()
        )
        aimed = f"{item['target']:g}" if item["target"] else ""
        if item["target"] and item["ratio"] < item["target"]:
            aimed += " (not reached)"
        if item["most_s"]:
            late = " (not reached)" if item["ours_s"] > item["most_s"] else ""
            aimed = f"{aimed}, at most {item['most_s']:g} s{late}".removeprefix(", ")
        lines.append(
            f"| `{item['name']}` | {size} | {item['peer']} | {item['ratio']:g} | {aimed} | "
            f"{item['ours_s']:g} | {item['peer_s']:g} | {item['ours_peak_mib']:,} | "
            f"{item['peer_peak_mib']:,} | {item['remark'].replace('|', '/')} |"
        )
    versions = results[0]["versions"] if results else {}
    named = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    lines += ["", f"Versions: {named}.", ""]
    return HEAD + "\n".join(lines)
