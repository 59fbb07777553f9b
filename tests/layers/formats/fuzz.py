"""Coverage-guided damage: every reader, steered by the lines of `layers` that a file reaches.

    .venv/bin/python -m pip install atheris
    .venv/bin/python tests/layers/formats/fuzz.py FOLDER -runs=12000 -seed=1

Atheris has wheels for Linux alone, so it is no dependency; what it found stands in the tests. FOLDER
keeps the corpus: the practice file of each format to begin with, and each file that reached something
new. Half of the mutations are libFuzzer's own, half those of `mutate.py`. A file that ends in anything
but a reading, a refusal or "not recognised" stops the run and is kept as `crash-*`.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import atheris

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[2])]

with atheris.instrument_imports(include=["layers"]):
    from layers.formats import load_all
    from layers.gather import gather

    load_all()

from mutate import mutated  # noqa: E402 - after what is instrumented
from practice_files import binary_files, practice_files  # noqa: E402

SLOWEST_S = 20.0
FATES: Counter[str] = Counter()
STATE = {"slowest": 0.0, "files": 0}
NAMES: list[str] = []
SCRATCH = Path(tempfile.mkdtemp(prefix="infra-fuzz-"))


def one(data: bytes) -> None:
    """Read one file: the first byte chooses its name, the rest is its content."""
    if len(data) < 2:
        return
    path = SCRATCH / NAMES[data[0] % len(NAMES)]
    path.write_bytes(data[1:])
    began = time.process_time()
    made = gather(SCRATCH, [path])
    STATE["slowest"] = max(STATE["slowest"], time.process_time() - began)
    STATE["files"] += 1
    path.unlink()
    assert STATE["slowest"] < SLOWEST_S, "a hang"
    assert made.fates, "a file without a fate"
    for fate in made.fates:
        FATES[fate.status] += 1
        assert fate.quality is None or fate.quality.closes, "rows lost"
        assert fate.status != "refused" or made.faults, "refused without a fault"
    for fault in made.faults:
        assert fault.problem, "a fault without words"
        assert fault.mend, "a fault without a mend"
    if STATE["files"] % 1000 == 0:
        told = f"{STATE['files']:,} files: {dict(FATES)}, slowest {STATE['slowest']:.1f} s"
        sys.stdout.write(told + "\n")
        sys.stdout.flush()


def change(data: bytes, most: int, seed: int) -> bytes:
    """Damage the content, by libFuzzer or by our own means; the name mostly stays."""
    if seed % 2 and len(data) > 1:
        return (data[:1] + mutated(data[1:], seed))[:most]
    return bytes(atheris.Mutate(data, most))


def main() -> None:
    """Write the first corpus, then hand over to libFuzzer."""
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    home = SCRATCH / "practice"
    files = practice_files(home)
    files |= binary_files(home / "binary", files)
    for i, case in enumerate(sorted(files)):
        NAMES.append(files[case].name)
        (folder / f"seed-{i:02d}").write_bytes(bytes([i]) + files[case].read_bytes())
    options = [*sys.argv[2:], "-max_len=200000", "-timeout=120", "-rss_limit_mb=4000"]
    kept = [sys.argv[0], *options, f"-artifact_prefix={folder}/", str(folder)]
    atheris.Setup(kept, one, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
