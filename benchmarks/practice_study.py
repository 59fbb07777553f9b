"""A practice study of 100,000 premises through every output, beside a script one would write at once.

The script reads the same premises and positions with pandas, joins them to small areas with
geopandas, and draws one plain folium map of the share without gigabit: no checks, no ranking, no
documents. It is the floor of the work, not its equal.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from measure import report

PREMISES = 100_000


def ours(study: Path) -> None:
    """Run everything from nothing kept."""
    subprocess.run(
        [sys.executable, "-m", "infra", "run", str(study)], check=True, capture_output=True
    )


def peer(study: Path) -> None:
    """Read, join, count, draw one map."""
    import folium  # noqa: PLC0415
    import geopandas as gpd  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    sources = sorted((study / "sources").rglob("*"))
    heads = {p: p.open("rb").read(400) for p in sources if p.suffix == ".csv"}
    bduk = pd.concat(
        [pd.read_csv(p) for p, head in heads.items() if b"subsidy_control_status" in head]
    )
    uprn = pd.concat(
        [
            pd.read_csv(p, encoding="utf-8-sig")
            for p, head in heads.items()
            if b"X_COORDINATE" in head
        ]
    )
    areas_path = next(
        p for p in sources if p.suffix == ".geojson" and b"LSOA21CD" in p.read_bytes()[:4000]
    )
    areas = gpd.read_file(areas_path).to_crs(27700)
    merged = bduk.merge(uprn, left_on="uprn", right_on="UPRN")
    points = gpd.GeoDataFrame(
        merged,
        geometry=gpd.points_from_xy(merged["X_COORDINATE"], merged["Y_COORDINATE"]),
        crs=27700,
    )
    joined = gpd.sjoin(points, areas, predicate="within")
    areas["gap"] = 1 - joined.groupby("index_right")["current_gigabit"].mean()
    page = folium.Map(tiles=None)
    folium.Choropleth(
        areas.to_json(),
        data=areas,
        columns=["LSOA21CD", "gap"],
        key_on="feature.properties.LSOA21CD",
    ).add_to(page)
    page.save(study / "peer.html")


def main() -> None:
    """Run `prepare`, `ours` or `peer` in a folder."""
    side, study = sys.argv[1], Path(sys.argv[2]) / "study"
    if side == "prepare":
        subprocess.run(
            [sys.executable, "-m", "infra", "sample", str(study), "--premises", str(PREMISES)],
            check=True,
        )
        return
    if side == "ours":
        for folder in (study / ".infra", study / "out"):
            shutil.rmtree(folder, ignore_errors=True)
        report(lambda: ours(study))
    else:
        report(lambda: peer(study))


if __name__ == "__main__":
    main()
