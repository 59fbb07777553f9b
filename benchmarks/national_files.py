"""National files read for one study: rows accounted for, and the memory it takes.

`national_files.py [ROWS]` writes the files into a scratch folder from a seed, reads them as `infra
check` does, prints one line a case and removes them. There is no peer: what counts is the bound.
About 2.3 GB of disk for the whole of Open UPRN (40 million rows).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import shapely
from measure import report

ROWS, POSTCODES, FILES = 40_000_000, 1_740_000, 121
PIECE = 2_000_000
BOUND_MIB = 2048
# boxes of the seven WMCA districts' extent, in metres; Britain reaches to 655 km by 1,220 km
LEFT, BOTTOM, RIGHT, TOP = 378_000, 270_000, 445_000, 310_000
DISTRICTS = [f"E0800003{i}" for i in range(7)]


def districts(folder: Path) -> None:
    from layers.formats.boundaries import write  # noqa: PLC0415

    edges = np.linspace(LEFT, RIGHT, len(DISTRICTS) + 1)
    shapes = [shapely.box(a, BOTTOM, b, TOP) for a, b in pairwise(edges)]
    frame = pd.DataFrame({"id": DISTRICTS, "name": DISTRICTS, "geometry": shapes})
    write(frame, folder / "districts.geojson", level="LAD")


def open_uprn(folder: Path, rows: int) -> None:
    """Write positions all over Britain, one in twenty in the study's box, a few rows spoilt."""
    rng = np.random.default_rng(11)
    header = b"\xef\xbb\xbfUPRN,X_COORDINATE,Y_COORDINATE,LATITUDE,LONGITUDE\r\n"
    with (folder / "osopenuprn_202608.csv").open("wb") as file:
        file.write(header)
        for start in range(0, rows, PIECE):
            count = min(PIECE, rows - start)
            near = rng.random(count) < 0.05
            x = np.where(near, rng.uniform(LEFT, RIGHT, count), rng.uniform(80e3, 655e3, count))
            y = np.where(near, rng.uniform(BOTTOM, TOP, count), rng.uniform(5e3, 1_220e3, count))
            table = pa.table(
                {
                    "uprn": np.arange(start + 1, start + count + 1) * 7,
                    "x": x.round(2),
                    "y": y.round(2),
                    "latitude": rng.uniform(50, 58, count).round(7),
                    "longitude": rng.uniform(-5, 1, count).round(7),
                }
            )
            pa_csv.write_csv(table, file, pa_csv.WriteOptions(include_header=False))
            file.write(b"12,34\r\n9999999999999,400000,280000,52,-2\r\n1,here,280000,52,-2\r\n")


def postcodes(folder: Path) -> None:
    """Write Ofcom's 121 files and Code-Point Open's, one pair a made-up postcode area."""
    from layers.formats import code_point_open, ofcom_fixed  # noqa: PLC0415

    rng = np.random.default_rng(12)
    count = POSTCODES // FILES
    number = np.arange(count)
    tail = [f"{n // 4000 + 1} {n % 10}{chr(65 + n // 10 % 20)}{chr(65 + n // 200 % 20)}" for n in number]  # fmt: skip
    share = np.sort(rng.uniform(0, 100, (count, 3)).round(1), axis=1)
    frame = pd.DataFrame({"area_id": ["@@" + t for t in tail]})
    for i, name in enumerate(("gigabit", "ultrafast", "superfast")):
        frame[f"{name}_pct"] = share[:, i]
    frame["ultrafast_100_pct"] = frame["superfast_pct"]
    frame["unable_30_pct"] = (100 - frame["superfast_pct"]).round(1)
    frame["decent_unable_pct"] = 0.0
    ofcom_fixed.write(frame, folder / "ofcom", level="postcode")
    ofcom = (folder / "ofcom").read_bytes()
    (folder / "ofcom").unlink()
    for i in range(FILES):
        area = f"{chr(65 + i // 11)}{chr(65 + i % 11)}"
        path = folder / f"202601_fixed_pc_coverage_r1_{area}.csv"
        path.write_bytes(ofcom.replace(b"@@", area.encode()))
        near = i < 6
        x = rng.uniform(LEFT, RIGHT, count) if near else rng.uniform(460e3, 655e3, count)
        y = rng.uniform(BOTTOM, TOP, count) if near else rng.uniform(320e3, 600e3, count)
        points = {"postcode": [area + t for t in tail], "quality": 10, "easting": x, "northing": y}
        code_point_open.write(pd.DataFrame(points), folder / f"codepo_{area.lower()}.csv")


def read(folder: Path) -> None:
    from layers.gather import gather  # noqa: PLC0415

    made = gather(folder, sorted(folder.iterdir()), districts=DISTRICTS)
    assert not made.faults, made.faults[:3]
    counts = np.zeros(4, dtype=np.int64)
    for fate in made.fates:
        q = fate.quality
        assert q is not None
        assert q.closes, fate.name
        aside, bad = sum(q.set_aside.values()), sum(q.quarantined.values())
        counts += [q.rows_in, q.used, aside, bad]
    rows, used, aside, bad = counts
    assert rows == used + aside + bad
    print(f"{rows:,} rows in = {used:,} used + {aside:,} set aside + {bad:,} quarantined")


def main() -> None:
    """Without a case: prepare and read both, each in a process of its own."""
    if len(sys.argv) > 2:
        report(lambda: read(Path(sys.argv[2])))
        return
    rows = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else ROWS
    for name, prepare in (("postcodes", postcodes), ("open_uprn", lambda f: open_uprn(f, rows))):
        with tempfile.TemporaryDirectory() as folder:
            districts(Path(folder))
            prepare(Path(folder))
            size = sum(p.stat().st_size for p in Path(folder).iterdir()) >> 20
            command = [sys.executable, __file__, "read", folder]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{name} failed:\n{done.stderr}")
            told, figures = done.stdout.strip().splitlines()[-2:]
            seconds, peak = map(float, figures.split())
            print(
                f"{name}: {size:,} MiB; {told}; {seconds:.0f} s, peak {peak:,.0f} MiB", flush=True
            )
            assert peak < BOUND_MIB, f"{name} needs more than {BOUND_MIB} MiB"


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    main()
