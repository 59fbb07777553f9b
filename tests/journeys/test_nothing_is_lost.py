"""Whatever happens to a run, what stood in `out/` stands, and the next run finishes the work.

Figures of a long run are in docs/reliability.md. `INFRA_KILLS` and `INFRA_EDITS` say how often the
slow tests kill and edit.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from journey import infra

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="signals, limits and mounts of a POSIX system"
)

KILLS = int(os.environ.get("INFRA_KILLS", "20"))
# root may do everything, unless it gives these rights up
WITHOUT_RIGHTS = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")
    if sys.platform == "linux" and os.geteuid() == 0
    else ()
)
COMMAND = [sys.executable, "-m", "infra", "run"]
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "ignore"}


def manifest(study: Path) -> dict:
    return json.loads((study / "out" / "manifest.json").read_text(encoding="utf-8"))


def hashes(study: Path) -> dict[str, str]:
    return {r["path"]: r["hash"] for r in manifest(study)["resources"]}


def assert_whole(study: Path) -> None:
    """Every output has the checksum its manifest says, and nothing else is there."""
    out = study / "out"
    listed = hashes(study)
    for path, digest in listed.items():
        assert digest == "sha256:" + hashlib.sha256((out / path).read_bytes()).hexdigest(), path
    there = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert there == {*listed, "manifest.json"}


def set_line(study: Path, key: str, value: str) -> None:
    """Change a setting at the top of `study.toml`."""
    path = study / "study.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next((i for i, line in enumerate(lines) if line.startswith(f"{key} =")), None)
    if at is None:
        lines.insert(1, f"{key} = {value}")
    else:
        lines[at] = f"{key} = {value}"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def finished(practice: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small practice study that was run to the end."""
    study = tmp_path_factory.mktemp("finished") / "study"
    shutil.copytree(practice, study)
    said = infra("run", study)
    assert said.code == 0, said.text
    return study


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Path:
    """A finished study of one's own, to harm."""
    return Path(shutil.copytree(finished, tmp_path / "my study"))


def limited(
    study: Path, limit: Callable[[], None], *before: str
) -> subprocess.CompletedProcess[str]:
    """Run a study under a limit that holds for that process alone."""
    return subprocess.run(
        [*before, *COMMAND, str(study)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        preexec_fn=limit,
        check=False,
        timeout=600,
    )


def assert_said_once(done: subprocess.CompletedProcess[str]) -> None:
    """Refused in plain lines, without a traceback."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert "To mend" in done.stderr, done.stderr


@pytest.mark.slow
def test_killed_at_random_moments_the_outputs_stay_whole(study: Path) -> None:
    chance = random.Random(7)
    last_s = 8.0
    finished_first = 0
    for number in range(KILLS):
        set_line(study, "seed", str(number + 1))
        if number % 2:
            set_line(study, "name", f'"Practice study {number}"')
        if number % 3 == 0:
            shutil.rmtree(study / ".infra")
        before = hashes(study)
        running = subprocess.Popen(
            [*COMMAND, str(study)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
        )
        start = time.monotonic()
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(chance.uniform(0.2, last_s))
        if running.poll() is None:
            running.kill()
        else:
            finished_first += 1
            last_s = time.monotonic() - start
        running.wait()
        assert_whole(study)
        if running.returncode:
            assert hashes(study) == before or manifest(study)["infra"]["seed"] == number + 1
    assert finished_first < KILLS
    said = infra("run", study)
    assert said.code == 0, said.text
    assert_whole(study)
    clean = study.with_name("clean")
    shutil.copytree(study, clean, ignore=shutil.ignore_patterns("out", ".infra"))
    assert infra("run", clean).code == 0
    assert hashes(clean) == hashes(study)


@pytest.mark.slow
def test_a_file_size_limit_is_said_once(study: Path) -> None:
    before = hashes(study)
    set_line(study, "name", '"Another name"')
    done = limited(study, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)))
    assert_said_once(done)
    assert_whole(study)
    assert hashes(study) == before


@pytest.mark.slow
@pytest.mark.parametrize("mib", [700, 1_000])
def test_too_little_memory_is_said_once(study: Path, mib: int) -> None:
    before = hashes(study)
    set_line(study, "name", '"Another name"')
    size = mib * 1024 * 1024
    done = limited(study, lambda: resource.setrlimit(resource.RLIMIT_DATA, (size, size)))
    if done.returncode:
        assert_whole(study)
        assert hashes(study) == before
        assert_said_once(done)


@contextlib.contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Path]:
    """A disk of a few MiB, where this system lets us mount one."""
    folder.mkdir()
    options = f"size={mib}m"
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("no right to mount a small disk here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk_is_said_once(finished: Path, tmp_path: Path) -> None:
    size = sum(p.stat().st_size for p in finished.rglob("*") if p.is_file())
    with small_disk(tmp_path / "disk", size // 2**20 + 6) as disk:
        study = Path(shutil.copytree(finished, disk / "study"))
        before = hashes(study)
        set_line(study, "name", '"Another name"')
        done = limited(study, lambda: None)
        assert_said_once(done)
        assert "No space left" in done.stderr
        assert_whole(study)
        assert hashes(study) == before


@pytest.mark.slow
@pytest.mark.parametrize("folder", [".", ".infra", "out", "sources"])
def test_a_folder_one_may_not_use_is_said_once(study: Path, folder: str) -> None:
    before = hashes(study)
    set_line(study, "name", '"Another name"')
    (study / folder).chmod(0o300 if folder == "sources" else 0o555)
    try:
        done = limited(study, lambda: None, *WITHOUT_RIGHTS)
    finally:
        (study / folder).chmod(0o755)
    assert_whole(study)
    if folder == "out":  # one may still put another folder in its place
        assert done.returncode == 0, done.stderr
        assert manifest(study)["title"] == "Another name"
    else:
        assert_said_once(done)
        assert hashes(study) == before


@pytest.mark.slow
def test_two_runs_at_once_are_one_too_many(study: Path) -> None:
    set_line(study, "name", '"Another name"')
    first = subprocess.Popen(
        [*COMMAND, str(study)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENVIRONMENT
    )
    assert first.stderr is not None
    first.stderr.readline()  # it has begun: the lock is held
    said = infra("run", study)
    first.kill()
    first.wait()
    first.stderr.close()
    assert said.code == 1
    assert "another infra command is at work" in said.err
    assert_whole(study)


@pytest.mark.parametrize("what", ["changed", pytest.param("deleted", marks=pytest.mark.slow)])
def test_a_source_that_changes_while_it_is_read_is_said_once(
    practice: Path, tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infra import session as sessions
    from infra.run import run
    from layers.errors import InputError

    study = Path(shutil.copytree(practice, tmp_path / "my study"))
    assert infra("run", study, "--only", "coverage").code == 0
    before = hashes(study)
    set_line(study, "name", '"Another name"')
    shutil.rmtree(study / ".infra")
    opened = sessions.open_session(study)
    victim = min((study / "sources").rglob("*.csv"))
    build = sessions.build

    def meddled(*args, **kwargs):
        made = build(*args, **kwargs)
        if what == "changed":
            victim.write_bytes(victim.read_bytes() + b"\n")
        else:
            victim.unlink()
        return made

    monkeypatch.setattr(sessions, "build", meddled)
    with pytest.raises(InputError, match=f"{victim.name}.*while"):
        run(opened, lambda group: group == "coverage", lambda _text: None)
    assert not list((study / ".infra").glob("evidence-*"))
    assert hashes(study) == before


@pytest.mark.slow
def test_a_harmed_store_is_made_again(study: Path) -> None:
    before = hashes(study)
    (kept,) = (study / ".infra").glob("evidence-*")
    harmed = min(kept.glob("*.parquet"))
    content = bytearray(harmed.read_bytes())
    content[len(content) // 2] ^= 1
    harmed.write_bytes(bytes(content))
    shutil.rmtree(study / "out")
    said = infra("run", study, "--only", "coverage")
    assert said.code == 0, said.text
    held = hashes(study)
    assert held == {path: before[path] for path in held}
