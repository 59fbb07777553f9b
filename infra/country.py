"""A study too large for `infra run` as a whole: the same layers, gaps and ranking, part by part.

Files that are read once are split into buckets by UPRN, buckets are joined and placed, parts (whole
districts) get their layers, sites their options, and a last step gathers them. Which engine does the
tasks, and how many parts there are, changes no byte of the outputs (docs/decisions/0023).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from infra import exchange, part_steps
from infra.country_gather import account_for, finished, named_positions, shared_of, with_parts
from infra.country_out import groups_of, holds, write_outputs
from infra.engine import Engine, Result, Step, Task
from infra.part_evidence import reach_m, wanted_squares
from infra.report import Answer
from infra.session import Progress, Session
from infra.steady import check_unchanged
from infra.store import key_of
from infra.writing import writing
from layers.errors import Fault, SourceError, StudyError
from layers.gather import Gathered, Waiting
from layers.part_layers import PartFiles
from layers.parts import parts_of
from layers.row_groups import put_in_place, write_table
from layers.shared import load_shared, save_shared
from layers.split import SPLIT, title_of
from layers.whole import begun, places_of_sites
from scenarios.engine import CaseResult

__all__ = ["CountryReport", "Timed", "describe_country", "run_country"]

SCENARIO = "full_fibre_fund"
# a bucket of the national files is joined in memory: so many bytes of text
BUCKET_BYTES = 200 << 20
PART_AREAS = 800


@dataclass
class Timed:
    """How long each step of a run took, in seconds, and how many tasks it had."""

    rows: list[tuple[str, int, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str, tasks: int = 1) -> Iterator[None]:
        """Time what is done within."""
        start = perf_counter()
        yield
        self.rows.append((name, tasks, perf_counter() - start))


@dataclass
class CountryReport:
    """What a run did, for print."""

    unchanged: bool = False
    parts: int = 0
    premises: int = 0
    sites: int = 0
    moved_bytes: dict[str, int] = field(default_factory=dict)
    timed: Timed = field(default_factory=Timed)
    result: CaseResult | None = None


def describe_country(session: Session, report: CountryReport) -> Answer:
    """Say what was made, and how long each step took."""
    out = session.study.out
    if report.unchanged:
        return Answer([f"Unchanged: {out}."], {"ok": True, "out": str(out), "unchanged": True})
    lines = [
        f"{name}: {seconds:.1f} s" + (f", {count} tasks" if count > 1 else "")
        for name, count, seconds in report.timed.rows
    ]
    lines.append(
        f"{report.premises:,} premises in {report.parts} parts, {report.sites:,} candidate sites. See {out}"
    )
    steps = [{"step": n, "tasks": c, "seconds": round(s, 3)} for n, c, s in report.timed.rows]
    data = {
        "ok": True, "out": str(out), "premises": report.premises, "parts": report.parts,
        "sites": report.sites, "steps": steps, "bytes_between_steps": report.moved_bytes,
    }  # fmt: skip
    return Answer(lines, data)


class _Plan:
    """One run: its folder, its engine, and what was done before in the same folder."""

    def __init__(
        self, session: Session, engine: Engine, progress: Progress, work: Path, timed: Timed
    ) -> None:
        self.session = session
        self.engine = engine
        self.progress = progress
        self.work = work
        self.common = {"work": str(work), "code": part_steps.own_code()}
        self.timed = timed

    def do(self, step: Step, words: str, tasks: Sequence[Task]) -> list[dict[str, Any]]:
        """Do the tasks of a step that are not done yet, and return the results of all."""
        name = step.__name__
        results: dict[int, dict[str, Any]] = {}
        for number in range(len(tasks)):
            held = self._marker(name, number)
            if held.is_file():
                results[number] = json.loads(held.read_text(encoding="utf-8"))
        left = [number for number in range(len(tasks)) if number not in results]
        with self.timed.step(words, len(tasks)):
            todo = [{**tasks[number], **self.common} for number in left]
            for place, result in self.engine.map(step, todo):
                number = left[place]
                with put_in_place(self._marker(name, number)) as aside:
                    aside.write_text(json.dumps(result), encoding="utf-8")
                # read back as a later run would have it
                results[number] = json.loads(json.dumps(result))
                self.progress(f"{words}: {len(results)} of {len(tasks)}")
        return [results[number] for number in range(len(tasks))]

    def _marker(self, step: str, number: int) -> Path:
        return self.work / "done" / f"{step}-{number:05d}.json"


def run_country(
    session: Session, engine: Engine, progress: Progress, timed: Timed | None = None
) -> CountryReport:
    """Make the layers, the gaps and the full-fibre ranking of a partitioned study into `out/`.

    Parameters
    ----------
    session
        The opened study.
    engine
        Where the tasks are done.
    progress
        Told, in a few words, what is being done.
    timed
        Takes down what each step took.

    Raises
    ------
    InputError
        When sources are refused, or the study asks for what is not made in parts.
    OutputError
        When the outputs cannot be written; `out/` then stands as it was.
    """
    study, case = session.study, _only_case(session)
    report = CountryReport(timed=timed or Timed())
    with exchange.locked(study.work):
        exchange.repair(study.out, study.work)
        if holds(session, case):
            report.unchanged = True
            return report
        work = _work_folder(session, case)
        plan = _Plan(session, engine, progress, work, report.timed)
        with writing(work):
            _made(plan, case, report)
        shutil.rmtree(work)
    return report


def _only_case(session: Session) -> str:
    held = [key for key, profile in session.profiles.items() if profile.scenario == SCENARIO]
    others = sorted(set(session.cases) - set(held))
    if len(held) == 1 and not others:
        return held[0]
    problem = "a study with [country] has one case, of the scenario full_fibre_fund"
    mend = f"take out {', '.join(others or held[1:])}" if held else "add that case"
    raise StudyError(Fault("study.toml", problem, mend, column="case"))


def _work_folder(session: Session, case: str) -> Path:
    """Return the folder of this run; what runs of other files or settings left is removed."""
    cut = session.study.model.country
    key = key_of([groups_of(session, case), part_steps.own_code(), cut and cut.model_dump()])
    work = session.study.work / f"country-{key}"
    for old in sorted(session.study.work.glob("country-*")):
        if old != work:
            shutil.rmtree(old)
    work.mkdir(parents=True, exist_ok=True)
    return work.resolve()


def _made(plan: _Plan, case: str, report: CountryReport) -> None:
    """Do every step, and exchange `out/` for what they made."""
    session, work, timed = plan.session, plan.work, plan.timed
    with timed.step("small files"):
        gathered = session.gather(plan.progress, unread=tuple(SPLIT))
        if gathered.faults:
            raise SourceError(gathered.faults)
        whole = begun(gathered, session.area, session.parameters)
        cut = session.study.model.country
        size = sum(w.source.size_bytes for w in gathered.waiting)
        buckets = (cut and cut.buckets) or -(-size // BUCKET_BYTES)
        parts = (cut and cut.parts) or -(-len(whole.ground.areas) // PART_AREAS)
        part = parts_of(whole.ground.districts, whole.ground.areas, parts)
        save_shared(work / "shared", shared_of(whole, part))
    waiting = _newest_first(gathered)
    split = plan.do(part_steps.split, "splitting national files", _split_tasks(waiting, buckets))
    joined = plan.do(
        part_steps.join, "joining premises to positions", _join_tasks(waiting, split, buckets)
    )
    with timed.step("public sites"):
        account_for(whole, waiting, split, joined)
        named = named_positions(waiting, joined)
        as_of = session.study.model.as_of
        site_rows, office_rows = places_of_sites(whole, named, session.parameters, as_of)
        sited = with_parts(site_rows, whole.ground, part)
        write_table(work / "sites.parquet", sited)
        if office_rows is not None:
            write_table(work / "offices.parquet", office_rows)
        write_table(work / "wanted.parquet", wanted_squares(sited, reach_m(session, case)))
    count = int(part.max()) + 1
    files = [w.source.src for w in waiting if w.source.format_key == "bduk_premises"]
    made = plan.do(part_steps.layers, "layers of each part", _layer_tasks(count, joined, files))
    with_sites = sorted(set(sited["part"].tolist()))
    found = plan.do(
        part_steps.sites, "full fibre at the sites of each part",
        _site_tasks(session, case, with_sites, made),
    )  # fmt: skip
    # nothing is placed any more: the tables need the memory
    load_shared.cache_clear()
    whole.ground.let_go()
    outputs = [PartFiles.of(work / "parts", number) for number in range(count)]
    with timed.step("gathering and ranking"):
        evidence, result = finished(
            session, case, whole, work, outputs, site_rows, office_rows, sited, found, _near(made)
        )
    with timed.step("writing"):
        check_unchanged(session.sources)
        write_outputs(session, case, evidence, result, work / "parts")
    report.parts, report.premises = count, sum(m["rows"] for m in made)
    report.sites, report.result = len(result.ranking.frame), result
    report.moved_bytes = {
        kind: sum(p.stat().st_size for p in (work / kind).rglob("*.parquet"))
        for kind in ("split", "join", "parts/near", "sites")
    }


def _newest_first(gathered: Gathered) -> list[Waiting]:
    """Return the files to split in the order in which they count."""
    by_path = sorted(gathered.waiting, key=lambda w: w.source.path)
    return sorted(by_path, key=lambda w: w.source.vintage, reverse=True)


def _split_tasks(waiting: Sequence[Waiting], buckets: int) -> list[Task]:
    tasks = []
    for number, held in enumerate(waiting):
        if held.layout is None:
            raise AssertionError("files to split are delimited text")
        tasks.append(
            {
                "number": number,
                "source": asdict(held.source),
                "path": str(held.look.path.resolve()),
                "layout": held.layout.name,
                "buckets": buckets,
            }
        )
    return tasks


def _join_tasks(waiting: Sequence[Waiting], split: Sequence[Result], buckets: int) -> list[Task]:
    def held(kind: str, bucket: int) -> list[dict[str, Any]]:
        return [
            {
                "source": asdict(w.source),
                "path": done["path"],
                "groups": [row for key, row in done["groups"] if key == bucket],
                "title": title_of(w.source, w.layout),
            }
            for w, done in zip(waiting, split, strict=True)
            if w.source.format_key == kind
        ]

    return [
        {
            "bucket": bucket,
            "buckets": buckets,
            "premises": held("bduk_premises", bucket),
            "points": held("open_uprn", bucket),
        }
        for bucket in range(buckets)
    ]


def _layer_tasks(count: int, joined: Sequence[Result], files: list[str]) -> list[Task]:
    return [{"part": part, "files": files, "rows": _groups(joined, part)} for part in range(count)]


def _site_tasks(
    session: Session, case: str, parts: Sequence[int], made: Sequence[Result]
) -> list[Task]:
    common = {
        "study": str(session.study.root.resolve()),
        "settings": part_steps.settings_key(session),
        "case": case,
    }
    return [{**common, "part": part, "near": _groups(made, part)} for part in parts]


def _near(made: Sequence[Result]) -> dict[int, list[tuple[Path, list[int]]]]:
    """Return the row groups of what is near the sites of each part."""
    parts = sorted({key for done in made for key, _ in done["groups"]})
    return {part: [(Path(p), g) for p, g in _groups(made, part)] for part in parts}


def _groups(done: Sequence[Result], wanted: int) -> list[tuple[str, list[int]]]:
    """Return the row groups that hold the rows of a part, by file."""
    held = [(d["path"], [row for key, row in d["groups"] if key == wanted]) for d in done]
    return [(path, rows) for path, rows in held if rows]
