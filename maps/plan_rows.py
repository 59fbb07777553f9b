"""Tables of the joined-up plan, as the board page and the bids print them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from layers.lineage import Figure
from maps.blocks import Cell, Grid
from maps.passages import Quote, clean, readable_count
from maps.view import PlanView

__all__ = [
    "IF_VERIFIED",
    "appraisal_grid",
    "dependencies_grid",
    "objectives_grid",
    "pays_grid",
    "savings_grid",
    "shown_plan",
    "sites_grid",
    "works_grid",
]

IF_VERIFIED = "_if_verified"
APPRAISED = (
    "pv_cost_gbp", "pv_benefit_gbp", "npsv_gbp", "separate_npsv_gbp", "bcr", "npsv_p10_gbp",
    "npsv_p90_gbp",
)  # fmt: skip


def shown_plan(plan: PlanView) -> str:
    """Return the suffix of the plan to show: what can be funded now, else what confirmed gates give."""
    now = plan.tables["plan_sites"].frame
    return "" if bool(now["in_plan"].any()) else IF_VERIFIED


def _signed(figure: Figure) -> Quote:
    sign = "+" if figure.known and float(figure.value) >= 0 else ""
    return Quote(figure, f"{sign}{figure.number}")


def _titles(plan: PlanView, suffix: str) -> dict[str, str]:
    """Return the titles of the cases that the plan pays for, by key."""
    frame = plan.tables[f"plan_pays{suffix}"].frame
    return {str(row["case"]): clean(row["title"]) for row in frame.to_dict("records")}


def _title(titles: dict[str, str], case: str) -> str:
    return titles.get(case, clean(case))


def pays_grid(plan: PlanView, suffix: str) -> Grid:
    """Return by fund what it pays, what it saves and what it gets."""
    table = plan.tables[f"plan_pays{suffix}"]
    cite = plan.figures.cite
    pot = bool((table.frame["from_pot_gbp"] > 0).any())
    rows: list[tuple[Cell, ...]] = []
    for row in table.frame.to_dict("records"):
        key = str(row["case"])
        outcome = readable_count(cite(table.name, key, "outcome"))
        rows.append(
            (
                clean(row["title"]),
                cite(table.name, key, "sites"),
                cite(table.name, key, "pays_gbp"),
                *([cite(table.name, key, "from_pot_gbp")] if pot else []),
                cite(table.name, key, "budget_gbp"),
                cite(table.name, key, "saved_gbp"),
                Quote(outcome, f"{outcome.number} {row['unit']}"),
                _signed(readable_count(cite(table.name, key, "outcome_more"))),
            )
        )
    header = ["Bid", "Sites", "Pays", "Budget", "Saved", "Brings", "More than apart"]
    units, widths = ["", "", "£", "£", "£", "", "same unit"], [3, 0.7, 1, 1, 1, 1.6, 1]
    if pot:
        header.insert(3, "From the pot")
        units.insert(3, "£")
        widths.insert(3, 1)
    return Grid(tuple(header), tuple(rows), tuple(widths), tuple(units))


def works_grid(plan: PlanView, suffix: str, most: int, case: str = "") -> Grid:
    """Return the shared works that save most: who pays what of each, paid once.

    Parameters
    ----------
    case
        Only works that this case is party to; every work where empty.
    """
    table = plan.tables[f"plan_works{suffix}"]
    frame = table.frame
    if case and not frame.empty:
        frame = frame[frame["work"].isin(frame.loc[frame["case"] == case, "work"])]
    if frame.empty:
        return Grid(("Work", "At", "For", "Pays", "Alone it would pay"), (), (1, 1, 1, 1, 1))
    titles = _titles(plan, suffix)
    saved = (frame["alone_gbp"] - frame["pays_gbp"]).groupby(frame["work"]).transform("sum")
    ordered = frame.assign(_saved=saved).sort_values(
        ["_saved", "work", "row"], ascending=[False, True, True], kind="stable"
    )
    rows: list[tuple[Cell, ...]] = [
        (
            clean(row["name"]),
            clean(row["kind"]),
            _title(titles, row["case"]),
            plan.figures.cite(table.name, str(row["row"]), "pays_gbp"),
            plan.figures.cite(table.name, str(row["row"]), "alone_gbp"),
        )
        for row in ordered.head(most).to_dict("records")
    ]
    header = ("Site", "Shared work", "For", "Pays", "Alone it would pay")
    return Grid(header, tuple(rows), (2.4, 1.2, 2.4, 1, 1), ("", "", "", "£", "£"))


def savings_grid(plan: PlanView, suffix: str) -> Grid:
    """Return what joining up saves and brings more than separate plans with the same money."""
    return _items(plan, f"plan_savings{suffix}", None)


def appraisal_grid(plan: PlanView, suffix: str) -> Grid:
    """Return the appraisal of the whole plan in its main figures."""
    return _items(plan, f"plan_appraisal{suffix}", APPRAISED)


def _items(plan: PlanView, name: str, wanted: Sequence[str] | None) -> Grid:
    table = plan.tables.get(name)
    rows: list[tuple[Cell, ...]] = []
    for row in table.frame.to_dict("records") if table is not None else ():
        if wanted is None or row["item"] in wanted:
            figure = plan.figures.cite(name, str(row["item"]), "value")
            rows.append((clean(row["label"]), Quote(figure, figure.text), clean(row["note"])))
    if not any(row[2] for row in rows):
        return Grid(("Item", "Value"), tuple(row[:2] for row in rows), (4, 1.4))
    return Grid(("Item", "Value", "Remark"), tuple(rows), (3.4, 1.4, 2.4))


def sites_grid(plan: PlanView, suffix: str, case: str, most: int) -> Grid:
    """Return a case's sites in the plan: what each pays, of which shared, and with whom it shares."""
    table = plan.tables[f"plan_sites{suffix}"]
    frame = table.frame
    held = frame[frame["in_plan"].astype(bool) & (frame["case"] == case)]
    held = held.sort_values(["saved_gbp", "row"], ascending=[False, True], kind="stable")
    titles = _titles(plan, suffix)

    def partners(text: object) -> str:
        words = clean(text)
        for key, title in titles.items():
            words = words.replace(f"({key})", f"({title})")
        return words or "nobody"

    money = ("alone_gbp", "pays_gbp", "building_gbp", "trench_gbp")
    rows: list[tuple[Cell, ...]] = [
        (
            clean(row["name"]),
            *(plan.figures.cite(table.name, str(row["row"]), name) for name in money),
            partners(row["shares_with"]),
        )
        for row in held.head(most).to_dict("records")
    ]
    header = ("Site", "Alone", "Pays", "of it: shared in the building", "of it: shared trench", "Shares with")  # fmt: skip
    return Grid(header, tuple(rows), (2.4, 1, 1, 1.1, 1.1, 2.6), ("", "£", "£", "£", "£", ""))


def dependencies_grid(plan: PlanView, suffix: str, case: str, most: int) -> Grid:
    """Return which of a case's sites rely on a site of another, or are relied upon, in order of building."""
    table = plan.tables[f"plan_dependencies{suffix}"]
    frame: pd.DataFrame = table.frame
    held = frame[(frame["case"] == case) | (frame["relies_on_case"] == case)]
    titles = _titles(plan, suffix)
    rows: list[tuple[Cell, ...]] = [
        (
            plan.figures.cite(table.name, str(row["row"]), "step"),
            f"{clean(row['name'])} ({_title(titles, row['case'])})",
            f"{clean(row['relies_on_name'])} ({_title(titles, row['relies_on_case'])})",
            clean(row["how"]),
            plan.figures.cite(table.name, str(row["row"]), "extra_gbp"),
        )
        for row in held.head(most).to_dict("records")
    ]
    header = ("Step", "Site", "Relies on", "How", "Dearer without it")
    return Grid(header, tuple(rows), (0.5, 2.4, 2.4, 1.5, 1), ("", "", "", "", "£"))


def objectives_grid(plan: PlanView) -> Grid | None:
    """Return the matrix of objectives and cases; None where the study has no strategy."""
    table = plan.tables.get("plan_objectives")
    if table is None or table.frame.empty:
        return None
    frame = table.frame
    cases = dict(zip(frame["case"], frame["case_title"], strict=True))
    rows: list[tuple[Cell, ...]] = []
    for objective, served in frame.groupby("objective", sort=False):
        how = dict(zip(served["case"], served["alignment"], strict=True))
        cells: list[Cell] = [clean(served["label"].iloc[0])]
        for case in cases:
            figure = plan.figures.cite(table.name, f"{objective}|{case}", "weight_pct")
            share = f"{figure.text}; " if figure.known and float(figure.value) > 0 else ""
            cells.append(Quote(figure, f"{share}{clean(how.get(case, 'not served'))}"))
        rows.append(tuple(cells))
    header = ("Objective", *(clean(title) for title in cases.values()))
    return Grid(header, tuple(rows), (2.0, *(2.0 for _ in cases)))
