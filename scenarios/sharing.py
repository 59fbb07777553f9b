"""Who pays what of work that several funds share: in proportion to what each would pay alone, or Shapley.

Shares are whole pounds and sum to the cost exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import factorial, lcm
from typing import Literal

from scenarios.trench import apportion

__all__ = ["LARGEST_GAME", "Rule", "joint_cost", "shapley", "shares"]

Rule = Literal["proportional", "shapley"]
LARGEST_GAME = 8


def joint_cost(alone_gbp: Sequence[int]) -> int:
    """Return what work at one building costs when it is done once for all: the dearest contains the rest.

    Examples
    --------
    >>> joint_cost([15_700, 9_000])
    15700
    """
    return max(alone_gbp, default=0)


def shapley(players: int, cost: Callable[[tuple[int, ...]], float]) -> list[Fraction]:
    """Return each player's Shapley share of the cost of all, exactly.

    The mean, over every order in which the players could come, of what each adds to the cost
    (Shapley 1953).

    Parameters
    ----------
    players
        How many, 1 to 8: all their sets are looked at.
    cost
        Cost of a set of players, given as rising positions; the empty set costs nothing.

    Raises
    ------
    ValueError
        For more than eight players.

    Examples
    --------
    >>> [str(share) for share in shapley(2, lambda who: (0, 10, 16)[len(who)])]
    ['8', '8']
    """
    if players > LARGEST_GAME:
        raise ValueError(
            f"{players} parties: Shapley shares are worked out for {LARGEST_GAME} at most"
        )
    worth = [
        Fraction(cost(tuple(i for i in range(players) if bits >> i & 1))) if bits else Fraction(0)
        for bits in range(1 << players)
    ]
    whole = factorial(players)
    result = [Fraction(0)] * players
    for bits in range(1 << players):
        size = bits.bit_count()
        if size == players:
            continue
        weight = Fraction(factorial(size) * factorial(players - size - 1), whole)
        for i in range(players):
            if not bits >> i & 1:
                result[i] += weight * (worth[bits | 1 << i] - worth[bits])
    return result


def shares(alone_gbp: Sequence[int], rule: Rule) -> list[int]:
    """Split the joint cost of work at one building among those who do it together.

    Parameters
    ----------
    alone_gbp
        What each would pay alone, whole pounds, zero or more.
    rule
        `proportional` to that, or `shapley`.

    Returns
    -------
    list of int
        Whole pounds that sum to the joint cost; none pays more than alone.

    Examples
    --------
    >>> shares([30, 10], "proportional"), shares([30, 10], "shapley")
    ([23, 7], [25, 5])
    """
    total = joint_cost(alone_gbp)
    if rule == "proportional":
        return [int(x) for x in apportion(total, alone_gbp)]
    exact = shapley(len(alone_gbp), lambda who: joint_cost([alone_gbp[i] for i in who]))
    scale = lcm(*(share.denominator for share in exact))
    return [int(x) for x in apportion(total, [float(share * scale) for share in exact])]
