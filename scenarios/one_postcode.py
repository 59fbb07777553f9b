"""Sites of one set that share a postcode, and so perhaps a building that needs one connection."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.routes import text_column
from scenarios.set_tables import SETS

__all__ = ["one_postcode"]

NAMED = 3


def one_postcode(sites: pd.DataFrame, sets: Mapping[str, NDArray[np.bool_]]) -> list[str]:
    """Say which sites of a set stand at one postcode, for somebody to check.

    Registers of practices publish no address: those of one health centre share its postcode, and so
    may neighbours. Whether it is one building is not in the data, so nothing is merged.

    Parameters
    ----------
    sites
        Candidates with `name` and `postcode`.
    sets
        By name of a set (`set_tables.SETS`), whether each site is in it. A postcode told of the
        first set is not told again of the next.
    """
    frame = pd.DataFrame({n: text_column(sites, n) for n in ("name", "postcode")})
    told: list[str] = []
    known: set[str] = set()
    for key, chosen in sets.items():
        held = frame[chosen & (frame["postcode"] != "").to_numpy(dtype=bool)]
        for postcode, group in held.groupby("postcode"):
            if len(group) < 2 or str(postcode) in known:
                continue
            known.add(str(postcode))
            more = len(group) - NAMED
            names = "; ".join(group["name"].head(NAMED)) + (
                f"; and {more} more" if more > 0 else ""
            )
            told.append(
                f"{len(group)} sites stand at {postcode} ({SETS[key]}): {names}. They may be one building, which "
                "needs one connection: where they are, keep one and list the others under must_not"
            )
    return told
