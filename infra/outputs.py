"""The files of each group of outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd

from infra.approval import changes_table
from infra.drawn import Drawn
from infra.points_parquet import write_points
from infra.write import (
    records,
    write_columns,
    write_csv,
    write_geojson,
    write_json,
    write_lineage,
    write_table,
)
from layers.evidence import Evidence
from layers.lineage import Figures, Table
from layers.source import Layer
from layers.streets import Streets
from maps.view import CaseView, StudyView
from scenarios.plan_tables import JoinedUpTables

__all__ = [
    "write_board_page",
    "write_coverage",
    "write_documents",
    "write_figures",
    "write_gap_map",
    "write_geopackages",
    "write_layers",
    "write_print_maps",
    "write_quality_page",
    "write_ranking",
]

QUALITY = "quality"
GAP_MAP, GAP_MAP_A3 = "coverage/gap.png", "coverage/gap_a3.png"
RIBBON = "SAMPLE DATA - NOT FOR BIDS"
SHARE_ALIKE = "Open Database"
OF_OSM = ("masts", "fibre", "coworking", "place_names")
PRINT_SIZES: tuple[tuple[Literal["A4", "A3"], str], ...] = (("A4", "map"), ("A3", "map_a3"))
NEVER_WRITTEN = ("signal_points",)  # operators' own figures: they serve calibration only
SITE_PROPERTIES = (
    "site_id", "name", "kind", "lad_name", "rank", "rank_best", "rank_worst", "score", "score_low",
    "score_high", "status", "chosen", "cost_gbp", "measured_pct", "estimated_pct", "modelled_pct",
)  # fmt: skip


def write_layers(evidence: Evidence, folder: Path) -> None:
    """Write every layer as GeoParquet in EPSG:27700 (tables without shapes as Parquet)."""
    target = folder / "layers"
    target.mkdir(parents=True, exist_ok=True)
    held = (getattr(evidence, item.name) for item in fields(evidence))
    for layer in (item for item in held if isinstance(item, Layer)):
        if layer.name in NEVER_WRITTEN:
            continue
        frame = layer.frame
        if isinstance(frame, gpd.GeoDataFrame) or "easting" not in frame:
            frame.to_parquet(target / f"{layer.name}.parquet", index=False)
            continue
        write_points(frame, target / f"{layer.name}.parquet")


def write_coverage(study: StudyView, evidence: Evidence, folder: Path) -> None:
    """Write the gap tables, what became of every row, and the quarantine."""
    tables = [study.coverage, study.district_gaps, study.area_gaps]
    more = (study.ward_gaps, study.series, study.targets)
    tables += [table for table in more if table is not None]
    for table in tables:
        write_table(table, folder / "coverage" / f"{table.name}.csv")
    write_table(study.sources, folder / "coverage" / "sources.csv")
    write_table(study.quality, folder / "coverage" / "quality.csv")
    write_lineage([*tables, study.sources, study.quality], folder / "coverage" / "lineage.json")
    write_csv(evidence.quarantine, folder / "quarantine" / "quarantine.csv")


def write_gap_map(study: StudyView, folder: Path, drawn: Drawn) -> None:
    """Write the print map of the gap, which every bid shows, and the figures it quotes."""
    from maps import static  # noqa: PLC0415 - plotting libraries are slow to import

    seen = static.gap_view(study)
    small, large = folder / GAP_MAP, folder / GAP_MAP_A3
    pages = small.with_suffix(".pdf"), large.with_suffix(".pdf")
    paths = [small, pages[0], large, pages[1]]

    def draw() -> None:
        static.write_gap_map(seen, small, pages[0])
        static.write_gap_map(seen, large, pages[1], size="A3")

    quoted = drawn.once("gap map", seen, paths, draw, [seen.figures])
    write_figures(quoted, folder / "coverage" / "figures.csv")


def write_ranking(view: CaseView, folder: Path, drawn: Drawn) -> None:
    """Write one case's ranking, its gates, costs and criteria, and where its sites are."""
    target = folder / view.key
    tables = [view.ranking, view.gates, view.costs, view.criteria, view.summary]
    tables += [table for table in (view.weight_tests, view.buildings) if table is not None]
    tables += view.more.values()
    for table in tables:
        path = target / f"{table.name}.csv"
        drawn.once("table", table, [path], partial(write_table, table, path))
    lineage = target / "lineage.json"
    drawn.once("lineage", tables, [lineage], partial(write_lineage, tables, lineage))
    told = _told(view)
    paths = [target / "ranking.json", target / "sites.geojson"]
    drawn.once("ranking", told, paths, partial(_write_told, told, *paths))


@dataclass(frozen=True)
class _Told:
    """What the JSON and the GeoJSON of a ranking hold."""

    about: Mapping[str, Any]
    summary: Table
    criteria: Table
    ranking: Table
    sites: gpd.GeoDataFrame
    notes: tuple[str, ...]


def _told(view: CaseView) -> _Told:
    about = {
        "case": view.key, "title": view.title, "scenario": view.scenario, "profile": view.profile.key,
        "as_of": view.study.as_of.isoformat(), "sample": view.study.sample,
    }  # fmt: skip
    if view.study.sample:
        about["warning"] = RIBBON
    return _Told(about, view.summary, view.criteria, view.ranking, view.sites, view.notes)


def _write_told(told: _Told, ranking: Path, sites: Path) -> None:
    ranked = told.ranking.frame
    write_json(
        {
            **told.about, "summary": records(told.summary.frame),
            "criteria": records(told.criteria.frame), "ranking": records(ranked),
            "notes": list(told.notes),
        },
        ranking,
    )  # fmt: skip
    places = told.sites.set_index("site_id").loc[ranked["site_id"]].reset_index(drop=True)
    properties = [name for name in SITE_PROPERTIES if name in ranked]
    frame = gpd.GeoDataFrame(ranked[properties], geometry=places.geometry.to_numpy(), crs=27700)
    if told.about["sample"]:
        frame["warning"] = RIBBON
        properties.append("warning")
    write_geojson(frame, sites, properties)


def _fresh(figures: Figures) -> Figures:
    """Start a list of quoted figures anew, so that it holds what one group of outputs quotes."""
    return Figures(figures.tables.values(), figures.scope)


def write_figures(quoted: Sequence[Figures], path: Path, drawn: Drawn | None = None) -> None:
    """Write the figures that some outputs quote, in one table."""

    def write() -> None:
        parts = [figures.cells() for figures in quoted]
        columns = {name: list(chain(*(p[name] for p in parts))) for name in parts[0]}
        write_columns(columns, path, own=["fig_id"])

    (drawn or Drawn()).once("figures", [figures.seen() for figures in quoted], [path], write)


def write_documents(view: CaseView, folder: Path, streets: Streets | None, drawn: Drawn) -> None:
    """Write one case's web map, print maps and bid pack, and the figures they quote."""
    from maps import static, web  # noqa: PLC0415 - plotting libraries are slow to import
    from maps.answer_sheet import write_answer_sheet  # noqa: PLC0415
    from maps.bid_content import BidPicture, bid_content  # noqa: PLC0415
    from maps.bid_xlsx import write_bid_xlsx  # noqa: PLC0415
    from maps.docx_parts import write_docx  # noqa: PLC0415
    from maps.tornado import write_tornado  # noqa: PLC0415
    from maps.typst_parts import begun_pdf  # noqa: PLC0415

    plan = view.study.plan and replace(view.study.plan, figures=_fresh(view.study.plan.figures))
    study = replace(view.study, figures=_fresh(view.study.figures), plan=plan)
    view = replace(view, study=study, figures=_fresh(view.figures))
    target = folder / view.key
    target.mkdir(parents=True, exist_ok=True)
    write_print_maps(view, folder, drawn)
    swings = write_tornado(view, target / "tornado.png")
    content = bid_content(
        view,
        BidPicture(target / "map.png", static.alt_text(view)),
        BidPicture(folder / GAP_MAP, static.gap_alt_text(view.study)),
        BidPicture(target / "tornado.png", swings) if swings else BidPicture(),
    )
    with begun_pdf(content, target / "bid.pdf"):  # set beside the rest, in a process of its own
        web.write_case_map(view, target / "map.html")
        write_docx(content, target / "bid.docx")
        write_answer_sheet(view, target / "answers.docx")
        write_bid_xlsx(view, target / "bid.xlsx", content)
        if view.buildings is not None:
            _write_visits(view, target, streets)
    quoted = [view.figures, study.figures, *([plan.figures] if plan else [])]
    write_figures(quoted, target / "figures.csv", drawn)
    if view.approval.changed:
        write_csv(changes_table(view.approval), target / "approval_changes.csv")


def write_print_maps(view: CaseView, folder: Path, drawn: Drawn) -> None:
    """Write the print maps of a case, and quote in its figures what they quote; they show nothing of the plan."""
    from maps import static  # noqa: PLC0415

    target = folder / view.key
    target.mkdir(parents=True, exist_ok=True)
    for size, stem in PRINT_SIZES:
        seen = static.print_view(view)
        paths = [target / f"{stem}.png", target / f"{stem}.pdf"]
        draw = partial(static.write_print_map, seen, *paths, size=size)
        of_case, of_study = drawn.once(stem, seen, paths, draw, [seen.figures, seen.study.figures])
        view.figures.cite_as(of_case)
        view.study.figures.cite_as(of_study)


def _write_visits(view: CaseView, target: Path, streets: Streets | None) -> None:
    """Write a page for each building to visit, and the form that is read back.

    The workbook is the form to fill in: a spreadsheet that opens the CSV makes UPRNs round numbers.
    """
    from maps.visit_form import write_visit_form, write_visit_form_xlsx  # noqa: PLC0415
    from maps.visit_sheet import write_visit_sheets  # noqa: PLC0415

    write_visit_sheets(view, target / "visits.pdf", streets=streets)
    write_visit_form(view, target / "visit_form.csv")
    write_visit_form_xlsx(view, target / "visit_form.xlsx")


def write_plan(plan: JoinedUpTables, study: StudyView, folder: Path) -> None:
    """Write the joined-up plan: who pays for what, what joining up saves, what depends on what."""
    target = folder / "plan"
    for table in plan.tables:
        write_table(table, target / f"{table.name}.csv")
    ribbon = {"sample": study.sample, "lines": list(plan.lines), "notes": list(plan.notes)}
    write_json(ribbon, target / "plan.json")
    write_lineage(list(plan.tables), target / "lineage.json")


def write_geopackages(
    study: StudyView, cases: Sequence[CaseView], evidence: Evidence, folder: Path
) -> None:
    """Write the study for QGIS; what derives from OpenStreetMap goes to a file of its own."""
    from maps.geopackage import (  # noqa: PLC0415
        osm_layers,
        route_layers,
        study_layers,
        write_geopackage,
    )

    moment = f"{study.as_of.isoformat()}T00:00:00.000Z"
    roads = evidence.streets is not None and _osm(evidence.streets)
    routes, ours = route_layers(cases), study_layers(study, cases)
    write_geopackage(folder / "study.gpkg", ours if roads else [*ours, *routes], moment)
    held = {name: getattr(evidence, name) for name in OF_OSM}
    points = {name: layer for name, layer in held.items() if layer is not None and _osm(layer)}
    water = evidence.water if evidence.water is not None and _osm(evidence.water) else None
    shared = [*points.values(), *([evidence.streets] if roads else []), *([water] if water else [])]
    licence = "; ".join(dict.fromkeys(s.licence for layer in shared for s in layer.sources))
    layers = osm_layers(
        study,
        {n: p.frame for n, p in points.items()},
        licence,
        roads=roads,
        water=water.frame if water else None,
        routes=routes if roads else (),
    )
    if layers:
        write_geopackage(folder / "study_osm.gpkg", layers, moment)


def _osm(layer: Layer | Streets) -> bool:
    return any(SHARE_ALIKE in source.licence for source in layer.sources)


def write_quality_page(study: StudyView, tables: Sequence[Table], folder: Path) -> None:
    """Write the data-quality page, its tables with their lineage, and the figures it quotes."""
    from maps.data_quality import write_data_quality  # noqa: PLC0415 - templates are slow to import

    target = folder / QUALITY
    for table in tables:
        write_table(table, target / f"{table.name}.csv")
    write_lineage(list(tables), target / "lineage.json")
    figures = Figures(tables, QUALITY)
    named = {table.name: table for table in tables}
    write_data_quality(study, named, figures, folder / "data-quality.html")
    write_figures([figures], target / "figures.csv")


def write_board_page(
    study: StudyView,
    cases: Sequence[CaseView],
    folder: Path,
    before_links: Callable[[], object] | None = None,
) -> None:
    """Write the board page and the figures it quotes; what it links to need be there only after `before_links`."""
    from maps.board import write_board  # noqa: PLC0415 - templates are slow to import

    plan = study.plan and replace(study.plan, figures=_fresh(study.plan.figures))
    changes = study.changes and replace(study.changes, figures=_fresh(study.changes.figures))
    study = replace(study, figures=_fresh(study.figures), plan=plan, changes=changes)
    cases = [replace(view, study=study, figures=_fresh(view.figures)) for view in cases]
    quoted = [study.figures, *(view.figures for view in cases), *([plan.figures] if plan else [])]
    if changes is not None:
        target = folder / changes.figures.scope
        write_table(changes.table, target / f"{changes.table.name}.csv")
        write_lineage([changes.table], target / "lineage.json")
        quoted.append(changes.figures)
    write_board(study, cases, folder / "index.html", before_links=before_links)
    write_figures(quoted, folder / "figures.csv")


def write_book(study: StudyView, cases: Sequence[CaseView], folder: Path) -> None:
    """Write the map book and the figures it quotes."""
    from maps.map_book import write_map_book  # noqa: PLC0415 - plotting libraries are slow to import

    study = replace(study, figures=_fresh(study.figures))
    cases = [replace(view, study=study, figures=_fresh(view.figures)) for view in cases]
    write_map_book(study, cases, folder / "map_book.pdf")
    quoted = [study.figures, *(view.figures for view in cases)]
    write_figures(quoted, folder / "map_book" / "figures.csv")
