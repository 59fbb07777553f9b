"""A country part by part: time and memory of each step, here or on 1 and 2 Dask workers.

`country.py [PREMISES] [--folder FOLDER] [--workers N] [--parts N]` writes the country into a scratch folder
from a seed (a folder that has it already is used as it is), runs it and prints a row a step. 32 million
premises take about 7 GB of files, and 4 GB more while it is at work. Without `--folder` all is removed.

`country.py PREMISES --compare` runs it here, with one worker and with two, holds the outputs against each
other byte by byte, and says from the times of the tasks what 50 workers would take.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from kept import keep, stamp
from steps import resident_mib

HERE = Path(__file__).parent
PREMISES = 32_000_000
BOUND_MIB, BOUND_S = 4096, 900
PORT = 8797
EVERY_S = 0.05


class Watch(threading.Thread):
    """The most that some processes hold together, by the number of steps that are done."""

    def __init__(self, timed, pids: list[int]) -> None:
        super().__init__(daemon=True)
        self.timed, self.pids, self.most = timed, ["self", *pids], {}

    def run(self) -> None:
        while True:
            held = [resident_mib(pid) for pid in self.pids]
            at = len(self.timed.rows)
            self.most[at] = max(self.most.get(at, 0.0), *held)
            time.sleep(EVERY_S)


@contextmanager
def cluster(workers: int, folder: Path):
    """A scheduler and workers, each a process of its own on loopback; their ids."""
    if not workers:
        yield [], ""
        return
    address = f"tcp://127.0.0.1:{PORT}"
    base = [sys.executable, "-m"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(HERE.parent)}
    commands = [
        [
            "distributed.cli.dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            str(PORT),
            "--no-dashboard",
        ]
    ]
    worker = ["distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny", "--memory-limit", "0", "--local-directory", str(folder)]  # fmt: skip
    commands += [worker] * workers
    started = [subprocess.Popen([*base, *command], env=env, **quiet) for command in commands]
    try:
        yield [p.pid for p in started[1:]], address
    finally:
        for process in reversed(started):  # a worker asked to end may wait for its scheduler
            process.kill()
            process.wait()


def wait_for(client_address: str, workers: int) -> None:
    from distributed import Client  # noqa: PLC0415

    with Client(client_address, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=60)


def timed_engine():
    """The local engine, with what each task of each step took."""
    from infra.engine import LocalEngine  # noqa: PLC0415

    class Timing(LocalEngine):
        def __init__(self) -> None:
            self.took = {}

        def map(self, step, tasks):
            for place, task in enumerate(tasks):
                start = time.perf_counter()
                result = step(task)
                self.took.setdefault(step.__name__, []).append(time.perf_counter() - start)
                yield place, result

    return Timing()


def with_workers(found: dict, workers: int) -> tuple[float, float]:
    """What so many workers would take: the steps that one process does, and the tasks shared out.

    A step waits for its longest task; files are read and written at the speed measured here.
    """
    shared = sum(sum(took) for took in found["tasks"].values())
    apart = sum(max(*took, sum(took) / workers) for took in found["tasks"].values())
    return found["seconds"] - shared, apart


def run(study: Path, pids: list[int], address: str) -> dict:
    """Run the plan from nothing kept; what each step took."""
    from infra import country  # noqa: PLC0415
    from infra.engine import engine_of  # noqa: PLC0415
    from infra.memory import tune_memory  # noqa: PLC0415
    from infra.session import open_session  # noqa: PLC0415

    tune_memory()
    for name in ("out", ".infra"):
        shutil.rmtree(study / name, ignore_errors=True)
    timed = country.Timed()
    watch = Watch(timed, pids)
    watch.start()
    start = time.perf_counter()
    with timed.step("hashing the files"):
        session = open_session(study)
        size = sum(s.size for s in session.sources)
    engine = engine_of("dask", address) if address else timed_engine()
    told = {"": 0.0}

    def progress(text: str) -> None:
        now = time.perf_counter()
        if now - told[""] > 15:  # a line now and then: a long run is seen to be alive
            told[""] = now
            print(f"  {now - start:6.0f} s  {text}", file=sys.stderr, flush=True)

    report = country.run_country(session, engine, progress, timed)
    engine.close()
    seconds = time.perf_counter() - start
    steps = [
        {"step": name, "tasks": tasks, "seconds": round(took, 1), "most_mib": round(watch.most.get(at, 0))}
        for at, (name, tasks, took) in enumerate(report.timed.rows)
    ]  # fmt: skip
    return {
        "premises": report.premises, "parts": report.parts, "sites": report.sites, "seconds": round(seconds, 1),
        "most_mib": max(s["most_mib"] for s in steps), "source_mib": size >> 20, "steps": steps,
        "bytes_between_steps": report.moved_bytes, "tasks": getattr(engine, "took", {}),
    }  # fmt: skip


def told(made: dict, found: dict) -> str:
    """The step table, in the way docs/scaling.md has it."""
    lines = ["| step | tasks | s | most MiB |", "|---|---|---|---|"]
    lines += [
        f"| {s['step']} | {s['tasks']} | {s['seconds']:,.1f} | {s['most_mib']:,} |"
        for s in found["steps"]
    ]
    lines.append(f"| **all** | | **{found['seconds']:,.0f}** | **{found['most_mib']:,}** |")
    per = found["premises"] / 1e6
    moved = ", ".join(
        f"{k} {v / per / (1 << 20):,.1f}" for k, v in found["bytes_between_steps"].items()
    )
    lines.append(
        f"MiB per million premises between steps: {moved}; source files {found['source_mib'] / per:,.0f}"
    )
    for workers in (10, 50) if found["tasks"] else ():
        alone, apart = with_workers(found, workers)
        lines.append(
            f"{workers} workers by the times of these tasks: {alone:.0f} s in one process + {apart:.0f} s shared out"
        )
    lines.append(f"made: {json.dumps(made)}")
    return "\n".join(lines)


def digest(out: Path) -> str:
    """What stands for every byte of the outputs."""
    whole = hashlib.sha256()
    for path in sorted(p for p in out.rglob("*") if p.is_file()):
        whole.update(path.relative_to(out).as_posix().encode() + path.read_bytes())
    return whole.hexdigest()


def compare(made: dict, study: Path, top: Path) -> None:
    """Run it here, with one worker and with two; print the steps side by side."""
    runs, seen = {}, {}
    for workers in (0, 1, 2):
        with cluster(workers, top / "dask") as (pids, address):
            if address:
                wait_for(address, workers)
            name = f"{workers} workers" if workers else "local"
            runs[name] = run(study, pids, address)
        seen[name] = digest(study / "out")
        print(
            f"{name}: {runs[name]['seconds']} s, output {seen[name][:16]}",
            file=sys.stderr,
            flush=True,
        )
    print(told(made, runs["local"]))
    print(f"| step, s | {' | '.join(runs)} |\n" + "|---" * (len(runs) + 1) + "|")
    for at, step in enumerate(runs["local"]["steps"]):
        print(
            f"| {step['step']} | {' | '.join(str(r['steps'][at]['seconds']) for r in runs.values())} |"
        )
    print(f"| **all** | {' | '.join(str(r['seconds']) for r in runs.values())} |")
    for workers in (1, 2, 10, 50):
        alone, apart = with_workers(runs["local"], workers)
        print(
            f"{workers} workers by the times of the local tasks: {alone:.0f} s in one process + {apart:.0f} s shared"
        )
    longest = {k: round(max(v), 1) for k, v in runs["local"]["tasks"].items()}
    print(f"longest task of each step, s: {longest}")
    if len(set(seen.values())) != 1:
        raise SystemExit(f"the outputs differ: {seen}")


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument(
        "premises", nargs="?", type=lambda t: int(t.replace("_", "")), default=PREMISES
    )
    ask.add_argument("--folder", type=Path)
    ask.add_argument("--workers", type=int, default=0)
    ask.add_argument("--parts", type=int, default=0)
    ask.add_argument("--compare", action="store_true")
    given = ask.parse_args()
    from country_files import write_country  # noqa: PLC0415

    top = given.folder or Path(tempfile.mkdtemp(prefix="country-"))
    study, known = top / "study", top / "made.json"
    try:
        if not known.is_file():
            start = time.perf_counter()
            shutil.rmtree(study, ignore_errors=True)
            made = write_country(study, given.premises, given.parts)
            known.write_text(json.dumps(made), encoding="utf-8")
            print(
                f"written in {time.perf_counter() - start:.0f} s: {made}",
                file=sys.stderr,
                flush=True,
            )
        made = json.loads(known.read_text(encoding="utf-8"))
        if given.compare:
            compare(made, study, top)
            return
        with cluster(given.workers, top / "dask") as (pids, address):
            if address:
                wait_for(address, given.workers)
            found = run(study, pids, address)
        print(told(made, found), flush=True)
        if not given.workers and given.premises == PREMISES:
            keep("country", {**stamp(), **{k: v for k, v in found.items() if k != "tasks"}})
        if found["most_mib"] > BOUND_MIB or found["seconds"] > BOUND_S:
            raise SystemExit(f"more than {BOUND_MIB} MiB or {BOUND_S} s")
    finally:
        if given.folder is None:
            shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    main()
