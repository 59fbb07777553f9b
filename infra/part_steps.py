"""The steps of the partitioned plan, each a function of plain data that reads and writes files.

Any process that sees the study's folder can do any task, once or twice: the files are the same.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from infra.part_evidence import options_at
from infra.session import Session, open_session
from infra.store import code_hash, key_of
from layers.errors import Fault, StudyError
from layers.part_layers import PartFiles, make_part
from layers.parts import squares
from layers.peeking import peek
from layers.premises import ROUTE_BDUK
from layers.row_groups import read_table, write_table
from layers.shared import load_shared
from layers.source import Layer, SourceFile
from layers.split import Bucketed, counted_of, join_bucket, layout_of, split_file
from scenarios.full_fibre_fund import KINDS
from scenarios.part_options import frame_of
from scenarios.routes import public_sites, text_column

__all__ = ["join", "layers", "own_code", "settings_key", "sites", "split"]

PACKAGES = ("infra", "layers", "scenarios")


def own_code() -> str:
    """Return what stands for the code that does the steps: the same wherever a task is done."""
    return code_hash(*PACKAGES)


def _checked(task: dict[str, Any]) -> Path:
    """Refuse a task of another version of infra; return the folder that tasks share."""
    if task["code"] != own_code():
        problem = "a worker runs another version of infra than this command"
        raise StudyError(Fault("--scheduler", problem, "install the same version on every worker"))
    work = Path(task["work"])
    if not work.is_dir():
        problem = f"a worker does not see the folder {work}"
        mend = "give all workers the study's folder under the same path"
        raise StudyError(Fault("--scheduler", problem, mend))
    return work


def split(task: dict[str, Any]) -> dict[str, Any]:
    """Read one national file and sort its rows into buckets."""
    work = _checked(task)
    source = SourceFile(**task["source"])
    look = replace(peek(Path(task["path"]), source.path), home=Path(task["path"]))
    layout = layout_of(source, task["layout"])
    target = work / "split" / f"{task['number']:05d}.parquet"
    account, groups = split_file(look, source, layout, target, task["buckets"])
    return {"account": asdict(account), "groups": groups, "path": str(target)}


def _bucketed(held: list[dict[str, Any]]) -> list[Bucketed]:
    return [
        Bucketed(SourceFile(**h["source"]), Path(h["path"]), h["groups"], h["title"]) for h in held
    ]


def join(task: dict[str, Any]) -> dict[str, Any]:
    """Join one bucket's premises to their positions and place them."""
    work = _checked(task)
    shared = load_shared(work / "shared")
    named = shared.named[shared.named % task["buckets"] == task["bucket"]]
    target = work / "join" / f"{task['bucket']:05d}.parquet"
    accounts, groups = join_bucket(
        _bucketed(task["premises"]), _bucketed(task["points"]), named, shared, target
    )
    told = {path: asdict(account) for path, account in accounts.items()}
    return {"accounts": told, "groups": groups, "path": str(target)}


def layers(task: dict[str, Any]) -> dict[str, Any]:
    """Make the layers of one part."""
    work = _checked(task)
    shared = load_shared(work / "shared")
    held = [(Path(path), groups) for path, groups in task["rows"]]
    found = counted_of(held, task["files"], ROUTE_BDUK)
    files = PartFiles.of(work / "parts", task["part"])
    wanted = read_table(work / "wanted.parquet")
    rows, groups = make_part(task["part"], found, shared, wanted, files)
    return {"rows": rows, "groups": groups, "path": str(files.near)}


def sites(task: dict[str, Any]) -> dict[str, Any]:
    """Find the options at the sites of one part, with what lies around them in other parts."""
    work = _checked(task)
    part = task["part"]
    every = read_table(work / "sites.parquet")
    wanted = read_table(work / "wanted.parquet")
    mine = wanted.loc[wanted["part"] == part, "square"]
    near = squares(every["easting"].to_numpy(float), every["northing"].to_numpy(float))
    here = (every["part"] == part).to_numpy() | np.isin(near, mine)
    frame = every.loc[here].reset_index(drop=True)
    shared = load_shared(work / "shared")
    session = _session(task["study"], task["settings"])
    near_sites = [(Path(path), groups) for path, groups in task["near"]]
    held = work / "offices.parquet"
    offices = read_table(held) if held.is_file() else None
    options = options_at(session, task["case"], shared, frame, offices, near_sites)
    ids = frame.loc[frame["part"] == part, "id"]
    own = np.isin(text_column(options.sites, "id"), ids.to_numpy(dtype=object))
    told, about = frame_of(options, own)
    _, of_part = public_sites(Layer("sites", frame, ()), KINDS)
    about["notes"] = [note for note in about["notes"] if note not in of_part]
    target = work / "sites" / f"part-{part:04d}.parquet"
    write_table(target, told)
    return {"about": about, "path": str(target), "sites": len(told)}


def settings_key(session: Session) -> str:
    """Return what stands for the study's own settings, which workers read from its folder."""
    return key_of(session.study.model.model_dump(mode="json", by_alias=True))


@lru_cache(maxsize=2)
def _session(study: str, settings: str) -> Session:
    session = open_session(Path(study))
    if settings_key(session) != settings:
        problem = "it was changed while infra was at work"
        raise StudyError(Fault("study.toml", problem, "let it stand still and run it again"))
    return session
