"""Who may use a street beyond what its class says, by its OpenStreetMap tags: bits of a small number.

After https://wiki.openstreetmap.org/wiki/Key:access: the tag of the mode itself speaks before that of
vehicles, and that before `access`.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["CYCLE", "CYCLE_BOTH_WAYS", "NO_CYCLE", "NO_DRIVE", "NO_WALK", "access_of"]

NO_WALK, NO_CYCLE, NO_DRIVE, CYCLE, CYCLE_BOTH_WAYS = 1, 2, 4, 8, 16
NO = frozenset({"no", "private"})
YES = frozenset({"yes", "designated", "permissive"})


def access_of(tag: Callable[[str], str | None]) -> int:
    """Return the bits of one way.

    Parameters
    ----------
    tag
        Gives the value of a key, `None` where the way has none.

    Examples
    --------
    >>> access_of({"access": "private", "foot": "yes"}.get) == NO_CYCLE | NO_DRIVE
    True
    """
    access = tag("access")
    vehicle = tag("vehicle") or access
    foot, bicycle = tag("foot"), tag("bicycle")
    fast = tag("motorroad") == "yes"
    bits = 0
    if (foot or access) in NO or (fast and foot not in YES):
        bits |= NO_WALK
    if (bicycle or vehicle) in NO or bicycle == "dismount" or (fast and bicycle not in YES):
        bits |= NO_CYCLE
    elif bicycle in YES:
        bits |= CYCLE
    if (tag("motorcar") or tag("motor_vehicle") or vehicle) in NO:
        bits |= NO_DRIVE
    if tag("oneway:bicycle") == "no" or (tag("cycleway") or "").startswith("opposite"):
        bits |= CYCLE_BOTH_WAYS
    return bits
