"""What is said of a setting that names a site which is not among the candidates."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from layers.errors import Fault

__all__ = ["unknown_site"]


def unknown_site(
    where: str, column: str, site: str, known: Iterable[str], *, every: str = ""
) -> Fault:
    """Say that a setting names no candidate site, what is nearest, and how to mend it.

    Parameters
    ----------
    where, column
        The file and the setting.
    site
        What the setting says.
    known
        The candidates' site_ids.
    every
        The word for every site, where the setting takes one.
    """
    near = difflib.get_close_matches(site, [*known], n=1)
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    whole = f", or use '{every}' for every site" if every else ""
    return Fault(
        where,
        f"there is no candidate site '{site}' in this case",
        f"copy the site_id from ranking.csv{hint}{whole}; where the site has left the data, remove this entry",
        column=column,
    )
