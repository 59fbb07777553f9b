"""A small practice study for the partitioned plan, and its twin for a whole run."""

import hashlib
import shutil
from pathlib import Path

from infra.practice import new_practice_study

CASE = "full-fibre-fund"
# files of a practice study of which no layer of a partitioned study is made, or that cost time only
UNUSED = (
    "naptan", "osm", "surface", "terrain", "property/street_assets.csv", "census", "nations",
    "ons_local_statistics", "ofcom/postcode_files", "ofcom/202209*", "ofcom/202309*",
    "ofcom/202407*", "postcodes/ONSPD*",
)  # fmt: skip


def quiet(_text):
    return


def cut(folder: Path, text: str, parts: int, buckets: int) -> Path:
    """Say in study.toml how the study is cut up; 0 parts: not at all."""
    more = f"\n[country]\nparts = {parts}\nbuckets = {buckets}\n" if parts else ""
    (folder / "study.toml").write_text(text + more, encoding="utf-8")
    return folder


def digests(out: Path) -> dict[str, str]:
    files = sorted(p for p in out.rglob("*") if p.is_file())
    return {
        p.relative_to(out).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


def small_study(folder: Path, premises: int = 1_000) -> str:
    """Make a study of one case, two faults in its largest files; return its study.toml."""
    new_practice_study(folder, premises=premises, seed=7)
    for path in [p for name in UNUSED for p in (folder / "sources").glob(name)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    head, rest = (folder / "study.toml").read_text(encoding="utf-8").split(f"[case.{CASE}]")
    points = next((folder / "sources" / "uprn").glob("*.csv"))
    lines = points.read_bytes().split(b"\r\n")
    cells = lines[3].split(b",")
    points.write_bytes(
        b"\r\n".join([*lines[:3], b"x," + b",".join(cells[1:]), *lines[4:-1], lines[9], b""])
    )
    one, two, *_ = sorted((folder / "sources" / "bduk").glob("*.csv"))
    rows = one.read_bytes().splitlines(keepends=True)
    two.write_bytes(two.read_bytes() + rows[5])  # the same premises in two authorities' files
    return f"{head}[case.{CASE}]{rest.split('[case.')[0]}"
