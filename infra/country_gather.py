"""What the parts of a partitioned study made, put together: accounts, gaps and the ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infra.engine import Result
from infra.part_evidence import options_at
from infra.session import Session
from layers.boundaries import Ground
from layers.evidence import Evidence
from layers.gather import Waiting
from layers.part_layers import PartFiles, sums_of
from layers.row_groups import read_table
from layers.shared import Shared, load_shared
from layers.sites import SITE_COLUMNS
from layers.source import QUARANTINE_COLUMNS, Reading
from layers.split import Account, named_of, wrong_of
from layers.whole import Whole, ended, with_account
from scenarios.engine import CaseResult, rank_options
from scenarios.full_fibre_fund import KINDS
from scenarios.part_options import whole_options
from scenarios.routes import public_sites
from scenarios.scenario import Options

__all__ = ["account_for", "finished", "named_positions", "shared_of", "with_parts"]

Near = Mapping[int, Sequence[tuple[Path, Sequence[int]]]]


def shared_of(whole: Whole, part: NDArray[np.int64]) -> Shared:
    """Return what parts need of the whole."""
    ids = whole.ground.areas["id"].to_numpy()
    decile = whole.deprivation["decile"].reindex(ids).to_numpy(np.float64)
    return Shared(whole.ground, part, whole.full_fibre, whole.nomis, decile, whole.named)


def account_for(
    whole: Whole, waiting: Sequence[Waiting], split: Sequence[Result], joined: Sequence[Result]
) -> None:
    """Enter what became of every row of the files that were split: added up over their buckets."""
    wrong_at = [wrong_of(Path(done["path"])) for done in (*split, *joined)]
    held = [frame for frame in map(read_table, wrong_at) if len(frame)]
    wrong = (
        pd.concat(held, ignore_index=True)
        if held
        else pd.DataFrame(columns=list(QUARANTINE_COLUMNS))
    )
    for file, done in zip(waiting, split, strict=True):
        path, first = file.source.path, Account(**done["account"])
        later = [Account(**j["accounts"][path]) for j in joined]
        if first.kept != sum(a.rows_in for a in later):
            raise AssertionError(f"{path}: rows were lost between its pieces and its buckets")
        aside: dict[str, int] = {}
        for account in (first, *later):
            for reason, count in account.set_aside.items():
                aside[reason] = aside.get(reason, 0) + count
        bad = wrong[wrong["file"] == path].sort_values("record", kind="stable", ignore_index=True)
        used = sum(a.kept for a in later)
        with_account(whole, file, Account(first.rows_in, used, aside, len(bad)), bad)


def named_positions(waiting: Sequence[Waiting], joined: Sequence[Result]) -> list[Reading]:
    """Return the positions of UPRNs that registers name, as readings of the files they are from."""
    frames = [read_table(named_of(Path(done["path"]))) for done in joined]
    whole = pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)
    readings = []
    for file in waiting:
        if file.source.format_key == "open_uprn":
            mine = whole[whole["src"] == file.source.src]
            mine = mine.astype({"uprn": "int64"}).sort_values("uprn", ignore_index=True)
            readings.append(Reading(file.source, mine, len(mine)))
    return readings


def with_parts(sites: pd.DataFrame | None, base: Ground, part: NDArray[np.int64]) -> pd.DataFrame:
    """Return the sites with the part that their small area is in."""
    if sites is None:
        return pd.DataFrame(columns=[*SITE_COLUMNS, "part"])
    place = pd.Index(base.areas["id"]).get_indexer(pd.Index(sites["area"]))
    return sites.assign(part=part[place])


def finished(
    session: Session,
    case: str,
    whole: Whole,
    work: Path,
    files: Sequence[PartFiles],
    site_rows: pd.DataFrame | None,
    office_rows: pd.DataFrame | None,
    sited: pd.DataFrame,
    found: Sequence[Result],
    near: Near,
) -> tuple[Evidence, CaseResult]:
    """Return the evidence of the whole, and its full-fibre ranking.

    Parameters
    ----------
    files
        Of every part.
    site_rows, office_rows, sited
        The layers of sites and offices, and the sites with their parts.
    found
        What the parts with sites told, in any order.
    near
        Row groups of the points near the sites of each part.
    """
    src = {w.source.src for w in whole.gathered.waiting if w.source.format_key == "bduk_premises"}
    src |= {whole.nomis.src} if whole.nomis is not None else set()
    evidence = ended(
        whole, sums_of(files, frozenset(src)), site_rows, office_rows, session.parameters
    )
    options = _options(session, case, work, evidence, sited, found, near)
    result = rank_options(
        options,
        evidence,
        session.cases[case],
        session.profiles[case],
        session.case_parameters(case),
        seed=session.study.model.seed,
    )
    return evidence, result


def _options(
    session: Session,
    case: str,
    work: Path,
    evidence: Evidence,
    sited: pd.DataFrame,
    found: Sequence[Result],
    near: Near,
) -> Options:
    shared = load_shared(work / "shared")
    sites, notes = public_sites(evidence.sites, KINDS)
    offices = evidence.offices.frame if evidence.offices is not None else None
    parts = sited.set_index("id")["part"].reindex(sites["id"]).to_numpy(np.int64)

    @lru_cache(maxsize=4)
    def of_places(places: tuple[int, ...]) -> Options:
        at = np.asarray(places, dtype=np.int64)
        held = [group for part in np.unique(parts[at]).tolist() for group in near.get(part, ())]
        chosen = sites.iloc[at].reset_index(drop=True)
        return options_at(session, case, shared, chosen, offices, held, only=True)

    if not found:
        return options_at(session, case, shared, sites, offices, ())
    told = pd.concat([read_table(Path(done["path"])) for done in found], ignore_index=True)
    about = found[0]["about"]
    return whole_options(
        told, about, sites, (*notes, *about["notes"]),
        lambda chosen: of_places(tuple(np.flatnonzero(chosen).tolist())),
    )  # fmt: skip
