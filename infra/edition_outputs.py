"""The files of the funder's and of the public edition, from views already redacted for them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra import outputs
from infra.drawn import Drawn
from infra.manifest import Group, write_manifest
from infra.write import write_json, write_table
from layers.lineage import Figures, Table
from maps.view import CaseView, StudyView

__all__ = ["same", "write_funder", "write_public"]

GAPS = ("coverage", "district_gaps", "area_gaps")
OWN_TO_THE_OFFICER = {"visits.pdf", "visit_form.csv", "visit_form.xlsx"}
OFFICERS_FIELDS = frozenset({"formula", "inputs", "parameters", "settings", "recipes", "recipe_of"})
README = """{title}: the edition to share
This folder is complete in itself. Open index.html; it needs no network.
Places of single sites, names, scores and ranks are not in it. Counts of 1 to 4 are shown as <5,
and further counts are withheld where a total would give them away. Counts of sites are rounded to
the nearest five, and sums over sites to two figures.
"""


def same(view: CaseView) -> bool:
    """Return whether an edition withholds nothing of a case: it may then have the same documents."""
    plan = view.study.plan
    tables = [*view.figures.tables.values(), *(plan.tables.values() if plan else ())]
    return not any(table.withheld for table in tables)


def write_funder(
    view: CaseView, officers: Path, folder: Path, drawn: Drawn, *, equal: bool
) -> None:
    """Write a case's ranking, maps and bid for its funder.

    Parameters
    ----------
    view
        The case as its funder may see it.
    officers
        The folder of the case as the officer has it; where nothing is withheld, its documents
        are the funder's, and are copied.
    drawn
        What this run has drawn: files that would come out alike are copied.
    equal
        Whether nothing at all is withheld of any case.
    """
    target = folder / "funder"
    if equal and (officers / "bid.docx").is_file():
        held = target / view.key
        held.mkdir(parents=True, exist_ok=True)
        for path in sorted(officers.iterdir()):
            if path.is_file() and path.name not in OWN_TO_THE_OFFICER:
                shutil.copy2(path, held / path.name)
        return
    outputs.write_ranking(view, target, drawn)
    outputs.write_documents(replace(view, buildings=None), target, None, drawn)


def write_public(
    study: StudyView, cases: Sequence[CaseView], folder: Path, about: Mapping[str, Any]
) -> None:
    """Write `public/`: its own page, tables, maps and manifest, and nothing that leads back.

    Parameters
    ----------
    about
        `name`, `title`, `version` and the `sources` that the public may know of.
    """
    from maps import static  # noqa: PLC0415 - plotting libraries are slow to import
    from maps.board import write_board  # noqa: PLC0415
    from maps.map_book import write_map_book  # noqa: PLC0415

    target = folder / "public"
    study = replace(study, figures=Figures(study.figures.tables.values(), study.figures.scope))
    cases = [
        replace(v, study=study, figures=Figures(v.figures.tables.values(), v.figures.scope))
        for v in cases
    ]
    gaps = target / "coverage"
    for name in (*GAPS, "sources"):
        write_table(getattr(study, name), gaps / f"{name}.csv")
    write_json([_told(getattr(study, name)) for name in GAPS], gaps / "lineage.json", depth=3)
    static.write_gap_map(study, gaps / "gap.png", gaps / "gap.pdf")
    for view in cases:
        tables = [view.criteria, view.summary, *view.places]
        for table in tables:
            write_table(table, target / view.key / f"{table.name}.csv")
        write_json([_told(table) for table in tables], target / view.key / "lineage.json", depth=3)
    write_map_book(study, [], target / "map_book.pdf")
    write_board(study, cases, target / "index.html")
    outputs.write_figures([study.figures, *(v.figures for v in cases)], target / "figures.csv")
    (target / "README.txt").write_text(
        README.format(title=study.area_name), encoding="utf-8", newline="\n"
    )
    files = sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file())
    write_manifest(target, [Group("public", "", tuple(files))], about)


def _told(table: Table) -> dict[str, Any]:
    """Return what a table's columns mean, without the officer's road to the files below."""
    whole = table.lineage()
    columns = {
        name: {k: v for k, v in column.items() if k not in OFFICERS_FIELDS}
        for name, column in whole["columns"].items()
    }
    return {
        "table": whole["table"],
        "key": whole["key"],
        "description": whole["description"],
        "columns": columns,
    }
