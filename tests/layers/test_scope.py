"""Rows far from a study are set aside while they are read, and change nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from layers.formats import load
from layers.gather import gather

DISTRICT = shapely.box(400_000, 280_000, 410_000, 290_000)


def files(folder):
    load("boundaries").write(
        pd.DataFrame({"id": ["E08000025"], "name": ["Ashmere"], "geometry": [DISTRICT]}),
        folder / "lad.geojson",
        level="LAD",
    )
    # near, far, far but named by the register below
    x, y = [405_000.0, 500_000.0, 520_000.0], [285_000.0, 285_000.0, 200_000.0]
    load("open_uprn").write(
        pd.DataFrame({"uprn": [11, 12, 13], "easting": x, "northing": y}),
        folder / "osopenuprn_202608.csv",
    )
    with (folder / "osopenuprn_202608.csv").open("ab") as file:
        file.write(b"14,0,0,0,0\r\n15,5000000,1,0,0\r\nbad,500000,285000,0,0\r\n1,2\r\n")
    points = {
        "postcode": ["QQ1 1AA", "ZZ1 1AA"],
        "quality": 10,
        "easting": x[:2],
        "northing": y[:2],
    }
    load("code_point_open").write(pd.DataFrame(points), folder / "codepo_qq.csv")
    (folder / "register.csv").write_text(
        "uprn,current circuit,supplier,Mbit/s,annual cost,contract end\n13,EAD,Any,100,1200,2027-03-31\n",
        encoding="utf-8",
    )
    return sorted(folder.iterdir())


def quality(made, name):
    return next(f.quality for f in made.fates if f.name == name)


def test_a_far_row_stays_where_another_file_names_it(tmp_path):
    found = files(tmp_path)
    made = gather(tmp_path, found, districts=["E08000025"])
    frame = made.readings["open_uprn"][0].frame
    named = [13] if "site_register" in made.readings else []
    assert frame["uprn"].tolist() == [11, *named]
    seen = quality(made, "osopenuprn_202608.csv")
    assert seen.rows_in == 7
    assert seen.set_aside == {"no position (0, 0)": 1, "outside the study area": 2 - len(named)}
    # what is wrong is found wherever it lies
    assert sum(seen.quarantined.values()) == 3
    assert made.readings["code_point_open"][0].frame["postcode"].tolist() == ["QQ1 1AA"]


def test_without_districts_or_their_boundary_every_row_is_kept(tmp_path):
    found = files(tmp_path)
    for districts in ([], ["E08000099"]):
        made = gather(tmp_path, found, districts=districts)
        assert made.readings["open_uprn"][0].frame["uprn"].tolist() == [11, 12, 13]
        assert np.all(made.readings["code_point_open"][0].frame["quality"] == 10)


def test_a_known_wrong_file_is_named_although_none_of_its_rows_is_kept(tmp_path):
    share = {f"{m}_pct": [50.0] for m in ("superfast", "ultrafast_100", "ultrafast", "gigabit")}
    rows = pd.DataFrame(
        share | {"area_id": ["ME1 1AA"], "unable_30_pct": 0.0, "decent_unable_pct": 0.0}
    )
    load("ofcom_fixed").write(
        rows, tmp_path / "202601_fixed_pc_coverage_r1_MK.csv", level="postcode"
    )
    made = gather(tmp_path, files(tmp_path), districts=["E08000025"])
    fate = next(f for f in made.fates if "MK" in f.name)
    assert fate.status == "not used"
    assert "holds the postcodes of ME" in fate.reason
    assert fate.quality.set_aside == {"outside the study area": 1}
