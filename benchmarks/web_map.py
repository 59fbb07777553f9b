"""The web map of a scenario at the size of the West Midlands, beside plain folium on the same layers.

1,700 areas of about 500 vertices, 75,000 postcodes, 2,000 sites, 200 routes, 300 main roads, 350
names, water and two rasters, all invented. Ours draws five measures by area with every figure id,
and finds every postcode; the peer draws one measure, and every postcode and site as GeoJSON.
`look FOLDER` opens our page in headless Chromium and prints weight, first paint and frames a second,
beside those of an idle page at the same moment. The peer's page cannot be opened without a network.
"""

from __future__ import annotations

import pickle
import sys
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from measure import report

TESTS = Path(__file__).resolve().parents[1] / "tests"
SIDE_M, WEST, SOUTH = 36_000.0, 388_000.0, 272_000.0
CORNER = np.array([WEST, SOUTH])
AREAS, POSTCODES, SITES, ROUTES, ROADS, NAMES = 1_700, 75_000, 2_000, 200, 300, 350
CELL_M, STEP_M = 250.0, 26.0
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def wavy(xy: np.ndarray) -> np.ndarray:
    """Move points by waves of several lengths: a shared border stays shared."""
    x, y = xy[:, 0], xy[:, 1]
    for length, size in ((3_000, 180), (700, 40), (160, 7), (60, 2)):
        x = x + size * np.sin(2 * np.pi * y / length)
        y = y + size * np.sin(2 * np.pi * x / length + 1)
    return np.column_stack([x, y]).round(2)


def areas_of(rng: np.random.Generator) -> np.ndarray:
    """Return polygons that tile a square, of about 500 vertices each."""
    points = shapely.MultiPoint(rng.uniform(0, SIDE_M, (AREAS, 2)))
    box = shapely.box(0, 0, SIDE_M, SIDE_M)
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=box))
    cells = shapely.segmentize(shapely.intersection(cells, box), STEP_M / 4)
    moved = shapely.transform(cells, wavy)
    return shapely.transform(moved, lambda xy: xy + CORNER)


def lines_of(rng: np.random.Generator, count: int, pieces: int, step_m: float) -> np.ndarray:
    """Return wandering lines."""
    start = rng.uniform(0.05, 0.95, (count, 1, 2)) * SIDE_M + CORNER
    heading = rng.uniform(0, 2 * np.pi, (count, 1)) + np.cumsum(
        rng.normal(0, 0.25, (count, pieces)), axis=1
    )
    steps = step_m * np.stack([np.cos(heading), np.sin(heading)], axis=2)
    return shapely.linestrings(start + np.cumsum(steps, axis=1))


def tiled(frame: pd.DataFrame, count: int, key: str) -> pd.DataFrame:
    """Return the rows again and again under new keys."""
    at = np.arange(count) % len(frame)
    made = frame.iloc[at].reset_index(drop=True)
    made[key] = [f"{key}:{i:06d}" for i in range(count)]
    return made.assign(name=[f"{n} {i}" for i, n in enumerate(made["name"])])


def big_view():
    """Return the invented county's case, blown up."""
    sys.path.insert(0, str(TESTS / "maps"))
    from live_cases import with_frame  # noqa: PLC0415 - of the tests
    from views import case_view  # noqa: PLC0415

    from layers.lineage import Figures  # noqa: PLC0415
    from maps.view import RasterView  # noqa: PLC0415

    rng = np.random.default_rng(7)
    view = case_view()
    shapes = areas_of(rng)
    gaps = replace(view.study.area_gaps, frame=tiled(view.study.area_gaps.frame, AREAS, "id"))
    names = {c: gaps.frame[c] for c in ("id", "name")}
    areas = gpd.GeoDataFrame(names, geometry=shapes, crs=27700)
    quarter = (areas.geometry.centroid.x > WEST + SIDE_M / 2) * 2 + (
        areas.geometry.centroid.y > SOUTH + SIDE_M / 2
    )
    quarters = [
        shapely.coverage_union_all(shapes[(quarter == k).to_numpy()])
        for k in range(len(view.study.districts))
    ]
    districts = view.study.districts[["id", "name"]].set_geometry(quarters, crs=27700)
    frame = tiled(view.ranking.frame, SITES, "site_id")
    order = frame["status"].map({"ranked": 0, "to verify": 1}).fillna(2).argsort(kind="stable")
    frame = frame.iloc[order].reset_index(drop=True)
    held = frame["rank"].notna()
    frame.loc[held, "rank"] = np.arange(1, int(held.sum()) + 1)
    frame["chosen"] &= np.arange(SITES) < 60
    frame["robustness_sentence"] = [
        f"Chosen in {i % 100} % of 10,000 tested weightings." for i in range(SITES)
    ]
    xy = rng.uniform(0.03, 0.97, (SITES, 2)) * SIDE_M + CORNER
    sites = gpd.GeoDataFrame({"site_id": frame["site_id"]}, geometry=shapely.points(xy), crs=27700)
    view = with_frame(view, frame)
    at = rng.uniform(0, SIDE_M, (POSTCODES, 2)) + CORNER
    units = [
        f"Q{i // 3600 + 1} {i // 400 % 9 + 1}{LETTERS[i // 20 % 20]}{LETTERS[i % 20]}"
        for i in range(POSTCODES)
    ]
    posts = pd.DataFrame({"id": units, "easting": at[:, 0], "northing": at[:, 1]})
    cells = int(SIDE_M / CELL_M)
    values = rng.gamma(0.6, 40, (cells, cells))
    fine = 50 + 50 * np.sin(np.add.outer(np.arange(1_400) / 60, np.arange(1_400) / 45))
    rasters = (
        RasterView("without", "Premises without full fibre", "premises", "Estimated.", values, WEST, SOUTH + SIDE_M, CELL_M, (1.0, 5.0, 20.0, 50.0, 100.0), deficit=True),
        RasterView("coverage", "Coverage, probability", "%", "Modelled.", fine, WEST, SOUTH + SIDE_M, SIDE_M / 1_400, (25.0, 50.0, 75.0, 90.0)),
    )  # fmt: skip
    roads = gpd.GeoDataFrame(
        {"kind": "primary", "name": "", "geometry": lines_of(rng, ROADS, 60, 90)},
        geometry="geometry",
        crs=27700,
    )
    water = gpd.GeoDataFrame(
        {"kind": "river", "name": "", "geometry": lines_of(rng, 60, 200, 60)},
        geometry="geometry",
        crs=27700,
    )
    spots = rng.uniform(0, SIDE_M, (NAMES, 2)) + CORNER
    places = pd.DataFrame(
        {
            "name": [f"Place {i}" for i in range(NAMES)],
            "order": range(NAMES),
            "easting": spots[:, 0],
            "northing": spots[:, 1],
        }
    )
    routes = gpd.GeoDataFrame(
        {"set": "chosen", "surface": "footway", "geometry": lines_of(rng, ROUTES, 30, 40)},
        geometry="geometry",
        crs=27700,
    )
    study = replace(
        view.study, areas=areas, area_gaps=gaps, districts=districts, postcodes=posts, roads=roads,
        water=water, place_names=places, rasters=rasters[:1], constituencies=None,
    )  # fmt: skip
    tables = [gaps if t.name == gaps.name else t for t in view.figures.tables.values()]
    return replace(
        view, study=study, sites=sites, routes=routes, rasters=rasters[1:],
        figures=Figures(tables, view.key),
    )  # fmt: skip


def ours(view, path: Path) -> None:
    """Write our page."""
    from maps.web import write_case_map  # noqa: PLC0415

    write_case_map(view, path)


def peer(view, path: Path) -> None:
    """Write the layers as one would with folium at once."""
    import branca  # noqa: PLC0415
    import folium  # noqa: PLC0415

    study = view.study
    share = study.area_gaps.frame["full_fibre_pct"].fillna(0).to_numpy()
    areas = study.areas.assign(share=share, geometry=study.areas.geometry.simplify(10)).to_crs(4326)
    scale = branca.colormap.linear.viridis.scale(0, 100)
    page = folium.Map(location=[52.5, -1.9], zoom_start=10, tiles=None, prefer_canvas=True)
    folium.GeoJson(
        areas, name="full fibre", tooltip=folium.GeoJsonTooltip(["name", "share"]),
        style_function=lambda f: {"fillColor": scale(f["properties"]["share"]), "weight": 0.5, "fillOpacity": 1},
    ).add_to(page)  # fmt: skip
    posts = gpd.GeoDataFrame(
        {"id": study.postcodes["id"]},
        geometry=gpd.points_from_xy(study.postcodes["easting"], study.postcodes["northing"]),
        crs=27700,
    ).to_crs(4326)
    ranked = view.ranking.frame[["site_id", "name", "score"]].fillna(0)
    sites = view.sites.merge(ranked, on="site_id").to_crs(4326)
    for frame, name, fields in ((posts, "postcodes", ["id"]), (sites, "sites", ["name", "score"])):
        folium.GeoJson(
            frame,
            name=name,
            marker=folium.CircleMarker(radius=2),
            popup=folium.GeoJsonPopup(fields),
        ).add_to(page)
    for frame, name in ((view.routes, "routes"), (study.roads, "roads"), (study.water, "water")):
        folium.GeoJson(frame.to_crs(4326), name=name).add_to(page)
    folium.LayerControl().add_to(page)
    page.save(path)


FRAMES = """
window.__t = []; window.__on = true;
(function f(x) { window.__t.push(x); if (window.__on) requestAnimationFrame(f); })(performance.now())
"""
COUNTED = """
(() => { window.__on = false; const t = window.__t, g = t.slice(1).map((v, i) => v - t[i]);
  return [1000 * g.length / (t[t.length - 1] - t[0]), Math.max(...g)]; })()
"""


def look(path: Path) -> None:
    """Open a page in Chromium and print its weight, its first paint and its frames a second."""
    sys.path.insert(0, str(TESTS / "browser"))
    from chromium import Chromium, found  # noqa: PLC0415 - of the tests

    program = found()
    if program is None:
        raise SystemExit("no Chromium is installed")
    browser = Chromium(program)
    idle = browser.page("about:blank")
    page = browser.page(path)
    page.settle(2)
    size = path.stat().st_size / 1e6
    paint = page.run("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    loaded = page.run("performance.timing.loadEventEnd - performance.timing.navigationStart")
    print(f"{size:.2f} MB, first paint {paint:.0f} ms, loaded {loaded:.0f} ms")
    idle.run(FRAMES)
    idle.settle(1)
    print(f"idle page: {idle.run(COUNTED)[0]:.0f} frames a second")
    page.tab.bring_to_front()
    left, top, width, height = page.run(
        "(() => { const r = document.querySelector('.folium-map').getBoundingClientRect();"
        " return [r.x, r.y, r.width, Math.min(r.height, 800)]; })()"
    )
    x, y = left + width / 2 + 37, top + height / 2 + 23
    for step in range(3):
        page.tab.mouse.move(x, y)
        page.tab.mouse.down()
        page.run(FRAMES)
        for i in range(60):
            page.tab.mouse.move(x - 3 * i, y - i)
        drag, worst = page.run(COUNTED)
        page.tab.mouse.up()
        page.settle(0.4)
        page.run(FRAMES)
        page.run("document.querySelector('.leaflet-control-zoom-in').click()")
        page.settle(0.6)
        zoom, slowest = page.run(COUNTED)
        print(
            f"drag {step + 1}: {drag:.0f} frames a second, slowest {worst:.0f} ms; "
            f"zoom in: {zoom:.0f}, slowest {slowest:.0f} ms"
        )
    browser.close()


def main() -> None:
    """Run `prepare`, `ours`, `peer` or `look` in a folder."""
    side, folder = sys.argv[1], Path(sys.argv[2])
    kept = folder / "view.pickle"
    if side == "prepare":
        kept.write_bytes(pickle.dumps(big_view()))
        return
    if side == "look":
        look(folder / "ours.html")
        return
    sys.path.insert(0, str(TESTS / "maps"))
    view = pickle.loads(kept.read_bytes())
    work = ours if side == "ours" else peer
    path = folder / f"{side}.html"
    report(lambda: work(view, path))
    print(f"{side}: {path.stat().st_size / 1e6:.1f} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
