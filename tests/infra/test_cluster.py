"""The partitioned plan on a real Dask cluster: processes of their own, on loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from country_study import cut, digests, quiet, small_study

from infra.country import run_country
from infra.engine import DaskEngine, LocalEngine
from infra.session import open_session
from layers.errors import InputError, StudyError

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


class Cluster:
    """A scheduler, and workers that come and go."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        self.folder, self.address = folder, f"tcp://127.0.0.1:{port}"
        self.started: list[subprocess.Popen] = []
        self._start("dask_scheduler", "--host", "127.0.0.1", "--port", port)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", int(port))) == 0:
                    return
            time.sleep(0.2)
        raise TimeoutError("the scheduler does not answer")

    def _start(self, module: str, *more: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *more, "--no-dashboard"]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (self.folder / f"{len(self.started)}.log").open("wb") as log:
            process = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=self.folder)
        self.started.append(process)
        return process

    def worker(self) -> subprocess.Popen:
        return self._start(
            "dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--memory-limit", "0",
            "--local-directory", str(self.folder),
        )  # fmt: skip

    def close(self) -> None:
        for process in reversed(self.started):
            process.kill()
        for process in self.started:
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    held = Cluster(tmp_path)
    yield held
    held.close()


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster") / "study"
    text = small_study(folder, 2_000)
    run_country(open_session(cut(folder, text, 1, 1)), LocalEngine(), quiet)
    (folder / "out").rename(folder.with_name("local"))
    return folder, text, digests(folder.with_name("local"))


def on_dask(folder: Path, address: str, progress=quiet) -> dict[str, str]:
    engine = DaskEngine(address)
    try:
        run_country(open_session(folder), engine, progress)
    finally:
        engine.close()
    made = digests(folder / "out")
    (folder / "out").rename(folder.with_name(f"out-{time.monotonic_ns()}"))
    return made


def test_two_workers_make_the_bytes_of_the_local_engine(study, cluster):
    folder, text, local = study
    cluster.worker()
    cluster.worker()
    assert on_dask(cut(folder, text, 5, 3), cluster.address) == local


def test_a_worker_killed_in_mid_run_and_one_that_joins_late(study, cluster):
    folder, text, local = study
    first = cluster.worker()
    seen = []

    def progress(told: str) -> None:
        seen.append(told)
        if told.startswith("joining premises to positions: 1 of"):
            first.send_signal(signal.SIGKILL)  # with tasks in hand and others waiting for it
            first.wait()
            cluster.worker()

    assert on_dask(cut(folder, text, 6, 4), cluster.address, progress) == local
    assert first.returncode == -signal.SIGKILL
    # nobody else was there: all the rest was done by the worker that joined late
    after = seen[seen.index("joining premises to positions: 1 of 4") + 1 :]
    assert len([t for t in after if " of " in t]) >= 3 + 6 + 1


def test_a_fault_in_a_file_comes_back_as_a_plain_message(study, cluster, tmp_path):
    folder, text, _ = study
    cluster.worker()
    points = next((folder / "sources" / "uprn").glob("*.csv"))
    held = points.read_bytes()
    points.write_bytes(held + b'"99900009999,1,2')
    try:
        with pytest.raises(InputError, match="quotation mark") as told:
            on_dask(cut(folder, text, 2, 2), cluster.address)
        assert told.value.faults[0].line > 1_000
    finally:
        points.write_bytes(held)


def test_nobody_at_the_address_is_said_plainly():
    with pytest.raises(StudyError, match="no Dask scheduler answers"):
        DaskEngine("tcp://127.0.0.1:9")
