"""A toy county for the layers' tests: two districts of four areas each, on whole kilometres.

District 1 is the square (400, 300) to (402, 302) km, district 2 the square east of it. Each has
four small areas of one square kilometre, numbered west to east, south to north. Every area is the
heart of one constituency each pair: constituencies 1 and 2 in district 1, 3 and 4 in district 2
(south half and north half).
"""

from __future__ import annotations

import hashlib

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.boundaries import ground
from layers.ledger import Ledger
from layers.membership import Lookups
from layers.source import Reading, SourceFile

WEST, SOUTH, KM = 400_000.0, 300_000.0, 1_000.0
DISTRICTS = ("E08000901", "E08000902")
AREAS = tuple(f"E0100000{n}" for n in range(1, 9))
PCONS = ("E14000101", "E14000102", "E14000103", "E14000104")
PCON_NAMES = ("Upper, Vale", "Lower Vale", "Ōld Moor", "New Moor")


def source(key, name=None, vintage="", detail="", sample=False):
    name = name or f"{key}-{vintage or 'x'}-{detail or 'x'}.csv"
    digest = hashlib.sha256(name.encode()).hexdigest()
    return SourceFile(name, digest, 1, key, "d", "t", "p", "l", "a", vintage, detail, sample=sample)


def reading(key, rows, name=None, vintage="", detail=""):
    """A reading of some rows (a frame or a dict of columns), as a format's reader makes it."""
    frame = pd.DataFrame(rows).reset_index(drop=True)
    made = source(key, name, vintage, detail)
    frame.insert(0, "src", made.src)
    frame.insert(1, "record", np.arange(1, len(frame) + 1))
    return Reading(made, frame, len(frame))


def squares(level, ids, names, boxes, name=None):
    frame = gpd.GeoDataFrame(
        {"id": list(ids), "name": list(names), "level": level},
        geometry=[shapely.box(*box) for box in boxes],
        crs="EPSG:27700",
    )
    return reading("boundaries", frame, name=name or f"{level}.geojson", detail=level)


def corner(column, row):
    return WEST + column * KM, SOUTH + row * KM


def square(column, row, size=1):
    x, y = corner(column, row)
    return (x, y, x + size * KM, y + size * KM)


def area_boxes():
    boxes = []
    for district in (0, 2):
        boxes += [square(district + c, r) for r in (0, 1) for c in (0, 1)]
    return boxes


def boundaries():
    return (
        squares("LAD", DISTRICTS, ("Westvale", "Eastmoor"), [square(0, 0, 2), square(2, 0, 2)]),
        squares("LSOA21", AREAS, [f"Area {n}" for n in range(1, 9)], area_boxes()),
    )


def lookups():
    pcon_of = [PCONS[0]] * 2 + [PCONS[1]] * 2 + [PCONS[2]] * 2 + [PCONS[3]] * 2
    main = {
        "pcon10": PCONS,
        "lad": [DISTRICTS[0]] * 2 + [DISTRICTS[1]] * 2,
        "overlap": [1.0, 0.9, 1.0, 0.995],
    }
    areas = {
        "lsoa21": AREAS,
        "lad": [DISTRICTS[0]] * 4 + [DISTRICTS[1]] * 4,
        "pcon10": pcon_of,
        "pcon10_name": [PCON_NAMES[PCONS.index(p)] for p in pcon_of],
        "msoa21": ["E02000001"] * 4 + ["E02000002"] * 4,
    }
    return (
        reading("lookups", main, vintage="2023", detail="pcon10-lad"),
        reading("lookups", areas, vintage="2025", detail="lsoa21-lad"),
    )


def ledger(*more):
    readings = {}
    for item in (*boundaries(), *lookups(), *more):
        readings.setdefault(item.source.format_key, []).append(item)
    return Ledger(readings)


def county(*more):
    """A ledger with some readings besides the ground, and the ground itself."""
    book = ledger(*more)
    return book, ground(book, Lookups(book), DISTRICTS)


def settled(book, item):
    """A reading as the ledger closes it."""
    final, _ = book.close()
    return next(r for r in final if r.source.sha256 == item.source.sha256)


def ofcom(
    vintage="2024-01",
    shares=(10.0, 30.0, 50.0, 90.0),
    premises=(100, 100, 100, 100),
    codes=PCONS,
    gigabit=None,
    names=PCON_NAMES,
    detail="pcon",
):
    full = np.asarray(shares, float)
    giga = np.asarray(gigabit if gigabit is not None else np.minimum(full + 5, 100), float)
    n = np.asarray(premises, float)
    rows = {
        "area_id": list(codes),
        "area_name": list(names),
        "premises": n,
        "full_fibre_pct": full,
        "full_fibre_n": np.round(full * n / 100),
        "gigabit_pct": giga,
        "gigabit_n": np.round(giga * n / 100),
    }
    return reading("ofcom_fixed", rows, vintage=vintage, detail=detail)


def code_points(rows, name="cpo.csv"):
    """Code-Point Open rows from `{postcode: (column, row)}` in kilometres from the corner."""
    xy = np.array([corner(c, r) for c, r in rows.values()], float).reshape(-1, 2)
    data = {"postcode": list(rows), "quality": 10, "easting": xy[:, 0], "northing": xy[:, 1]}
    return reading("code_point_open", data, name=name, vintage="2025")


def households(counts=100):
    return reading(
        "households",
        {"lsoa21": AREAS, "households": np.full(8, float(counts))},
        vintage="2021",
        detail="totals",
    )


POSTCODES = {
    "AA1 1AA": (0.25, 0.5), "AA1 1AB": (0.75, 0.5), "AA1 2AA": (1.5, 0.5), "AA1 2AB": (0.5, 1.5),
    "AA1 3AA": (1.5, 1.5), "BB2 1AA": (2.5, 0.5), "BB2 1AB": (3.5, 0.5), "BB2 2AA": (2.5, 1.5),
    "ZZ9 9ZZ": (9.0, 9.0),
}  # fmt: skip
