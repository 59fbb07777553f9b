"""The rows of a bid's tables: text from the study, and figures quoted one cell at a time."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from layers.lineage import Figure, Figures, Table
from maps.blocks import Cell, Grid
from maps.measures import Measure, grades_of, month
from maps.passages import Quote, clean, coarse
from maps.prose import cite_if, releases
from maps.view import CaseView, StudyView

__all__ = [
    "Cell",
    "Grid",
    "bill_of_set",
    "cost_rates",
    "costs_by_site",
    "criteria",
    "district_ids",
    "district_name",
    "gap_columns",
    "gap_notes",
    "gaps_by_district",
    "open_gates",
    "places",
    "ranking",
    "ranking_order",
    "shown_rank",
    "since",
    "status_words",
]

NO_DATA = "no data"
MOST_COLUMNS = 6
FEW = 5
# Heading and unit of what a board or a bid shows by district, the most telling first.
DISTRICT_COLUMNS = {
    "premises": ("Premises", "all"),
    "full_fibre_pct": ("Full fibre", "% of premises"),
    "without_full_fibre": ("Without full fibre", "premises"),
    "gigabit_pct": ("Gigabit, any technology", "% of premises"),
    "without_gigabit": ("Without gigabit", "premises"),
    "area_5g_any_pct": ("5G outdoors, any operator", "% of land"),
    "all_operators_5g_pct": ("5G outdoors, all operators", "% of premises"),
    "no_5g_modelled_pct": ("Without 5G, modelled", "% of premises"),
    "deficit_5g_pct": ("Far from every mast", "% of premises"),
}


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else clean(value)  # noqa: PLR0124 - NaN


def status_words(row: pd.Series) -> str:
    """Return a site's status; a site that is or would be chosen says so."""
    if row["status"] == "ranked" and bool(row["chosen"]):
        return "chosen"
    if row["status"] == "to verify" and bool(row.get("chosen_if_verified", False)):
        return "to verify, then chosen"
    return _text(row["status"])


def ranking_order(view: CaseView) -> pd.DataFrame:
    """Return the ranking with the chosen first, then by rank; sites without a rank stand last."""
    order = {"ranked": 0, "to verify": 1, "not ranked": 2, "excluded": 3}
    frame = view.ranking.frame.copy()  # its many columns were put together one by one
    keyed = frame.assign(
        _chosen=~frame["chosen"].astype(bool),
        _block=frame["status"].map(order).fillna(len(order)),
    )
    return keyed.sort_values(
        ["_chosen", "rank", "_block", view.ranking.key], na_position="last", kind="stable"
    )


def _ranked(view: CaseView) -> pd.DataFrame:
    frame = view.ranking.frame
    held = frame[frame["rank"].notna()]
    return held.sort_values(["rank", view.ranking.key], kind="stable")


def shown_rank(view: CaseView, key: str) -> Quote:
    """Return the rank of a site, with an equals sign where others share it."""
    rank = view.figures.cite("ranking", key, "rank")
    if not rank.known:
        return Quote(rank, "none")
    shared = int((view.ranking.frame["rank"] == float(rank.value)).sum()) > 1
    return Quote(rank, f"{rank.number}=" if shared else rank.number)


def ranking(view: CaseView, most: int) -> Grid:
    """Return the top of the ranking: rank, site, district, score with range, cost, status."""
    rows: list[tuple[Cell, ...]] = []
    for _, site in _ranked(view).head(most).iterrows():
        key = str(site[view.ranking.key])
        cite = view.figures.cite
        score = coarse(cite("ranking", key, "score"), 2)
        rows.append(
            (
                shown_rank(view, key),
                _text(site["name"]),
                _text(site["lad_name"]),
                score,
                Quote(score, score.range_text or "none stated"),
                cite("ranking", key, "cost_gbp"),
                status_words(site),
            )
        )
    header = ("Rank", "Site", "District", "Score", "Score range", "Cost", "Status")
    return Grid(
        header,
        tuple(rows),
        (0.7, 3, 1.6, 0.8, 1.5, 1.2, 1.5),
        ("", "", "", "0 to 1", "0 to 1", "£", ""),
    )


def places(view: CaseView, table: Table) -> Grid:
    """Return how many sites each place has: all the public edition says of them."""
    names = [name for name in table.columns if name != table.key]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (_text(key), *(view.figures.cite(table.name, key, name) for name in names))
        for key in table.frame[table.key].astype(str)
    )
    heads = (table.columns[table.key].description.capitalize(), *(n.capitalize() for n in names))
    return Grid(heads, rows, (2, *(1 for _ in names)), ("", *("sites" for _ in names)))


def _weight(figure: Figure) -> Figure:
    """Return a weight with two decimals, or as many as it needs."""
    needed = len(f"{float(figure.value):g}".partition(".")[2]) if figure.known else 0
    return coarse(figure, max(2, needed))


def criteria(view: CaseView) -> Grid:
    """Return the criteria with weights, anchors and how many sites have a value."""
    rows: list[tuple[Cell, ...]] = []
    frame = view.criteria.frame.sort_values("weight", ascending=False, kind="stable")
    for _, row in frame.iterrows():
        key = str(row[view.criteria.key])
        cite = view.figures.cite
        rows.append(
            (
                _text(row["label"]),
                _text(row["unit"]).replace("GBP", "£"),
                _weight(cite("criteria", key, "weight")),
                cite("criteria", key, "anchor_zero"),
                cite("criteria", key, "anchor_one"),
                cite("criteria", key, "sites_with_value"),
                cite("criteria", key, "sites_capped"),
            )
        )
    header = ("Criterion", "Unit", "Weight", "Value 0 at", "Value 1 at", "Sites with a value", "Sites capped at an anchor")  # fmt: skip
    return Grid(header, tuple(rows), (3, 1.6, 0.9, 1.0, 1.0, 1.1, 1.2))


def district_ids(study: StudyView) -> list[str]:
    """Return the districts that have a row of gaps, in order of name."""
    names = study.districts[["id", "name"]].astype(str)
    ordered = names.sort_values(["name", "id"], kind="stable")["id"]
    return [key for key in ordered if key in study.district_gaps]


def district_name(study: StudyView, key: str) -> str:
    """Return the name of a district."""
    held = study.districts.loc[study.districts["id"].astype(str) == key, "name"]
    return clean(held.iloc[0]) if len(held) else clean(key)


def gap_columns(study: StudyView) -> list[str]:
    """Return the columns of `DISTRICT_COLUMNS` that have any value, at most six."""
    table = study.district_gaps
    held = [c for c in DISTRICT_COLUMNS if c in table.columns and table.frame[c].notna().any()]
    return held[:MOST_COLUMNS]


def gaps_by_district(study: StudyView, figures: Figures) -> Grid:
    """Return coverage and gaps by district, one row each."""
    columns = gap_columns(study)
    rows = tuple(
        (
            district_name(study, key),
            *(cite_if(figures, "district_gaps", key, column) or NO_DATA for column in columns),
        )
        for key in district_ids(study)
    )
    return Grid(
        ("District", *(DISTRICT_COLUMNS[c][0] for c in columns)),
        rows,
        (1.9, *(1.3 for _ in columns)),
        ("", *(DISTRICT_COLUMNS[c][1] for c in columns)),
    )


def gap_notes(study: StudyView) -> list[str]:
    """Return a line for each column of the district table: what it is, its grade and its month."""
    table = study.district_gaps
    lines = []
    for column in gap_columns(study):
        spec = table.columns[column]
        held = table.frame[column].notna()
        grades = set(grades_of(table, column).astype(str)) - {""}
        stem = column.removesuffix("_pct").removesuffix("_any").removeprefix("without_")
        when = f"{stem}_release"
        months = (
            sorted(set(table.frame.loc[held, when].astype(str)) - {""})
            if when in table.columns
            else []
        )
        name, words = DISTRICT_COLUMNS[column][0], clean(spec.description)
        doubled = words.lower().startswith(f"{name.lower()}:")
        parts = [words[:1].upper() + words[1:] if doubled else f"{name}: {words}"]
        parts += [" and ".join(sorted(grades))] if grades else []
        parts += [" and ".join(month(m) for m in months)] if months else []
        lines.append("; ".join(parts) + ".")
    return lines


def since(
    study: StudyView, figures: Figures, measure: Measure, most: int = 6
) -> tuple[Grid, list[str]]:
    """Return a measure by district and release, and the releases shown, oldest first."""
    rows = releases(study, measure)
    level = "LAD" if (rows["level"].astype(str) == "LAD").any() else "study"
    rows = rows[rows["level"].astype(str) == level].drop_duplicates(["area_id", "release"])
    whole = releases(study, measure)
    whole = whole[whole["level"].astype(str).isin({"study", "CAUTH"}) & (level == "LAD")]
    whole = whole.drop_duplicates(["release"])
    every = sorted(set(rows["release"].astype(str)))
    shown = every if len(every) <= most else [every[0], *every[1 - most :]]
    body: list[tuple[Cell, ...]] = []
    for _, area in rows.groupby("area_id", sort=False):
        body.append(_series(figures, area, shown, _text(area["area_name"].iloc[-1])))
    body.sort(key=lambda row: str(row[0]))
    if len(whole):
        body.append(_series(figures, whole, shown, clean(study.area_name)))
    header = ("District", *(month(release) for release in shown))
    return Grid(header, tuple(body), (2.2, *(1.2 for _ in shown))), shown


def _series(
    figures: Figures, rows: pd.DataFrame, shown: Sequence[str], name: str
) -> tuple[Cell, ...]:
    held = dict(zip(rows["release"].astype(str), rows["row"].astype(str), strict=True))
    cells = [
        coarse(figures.cite("coverage", held[release], "share_pct"), 1)
        if release in held
        else NO_DATA
        for release in shown
    ]
    return (name, *cells)


def open_gates(view: CaseView, outcome: str, most: int) -> Grid:
    """Return gates that failed or are unknown, each reason once, with the sites it holds for."""
    sites = ranking_order(view)
    place = {str(key): n for n, key in enumerate(sites[view.ranking.key])}
    names = dict(zip(sites[view.ranking.key].astype(str), sites["name"], strict=True))
    gates = view.gates.frame
    held = gates[gates["outcome"] == outcome]
    held = held.assign(_place=held["site_id"].astype(str).map(place))
    held = held.sort_values(["_place", "gate"], kind="stable")
    rows: list[tuple[Cell, ...]] = []
    for (label, reason), group in held.groupby(["label", "reason"], sort=False, dropna=False):
        first = [_text(names.get(str(key), key)) for key in group["site_id"].head(FEW)]
        if len(group) == len(place) > FEW:
            listed = "every site"
        else:
            listed = "; ".join(first) + ("; and others" if len(group) > FEW else "")
        rows.append((_text(label), _text(reason) or "no reason recorded", listed))
    return Grid(("Gate", "Why", "Sites"), tuple(rows[:most]), (2.2, 3.2, 3))


def shown_sites(view: CaseView, most: int) -> tuple[pd.DataFrame, bool]:
    """Return the chosen sites, else those that would be if verified, else the first ranked.

    The second value says whether they are chosen.
    """
    frame = _ranked(view)
    chosen = frame[frame["chosen"].astype(bool)]
    if len(chosen):
        return chosen.head(most), True
    if "chosen_if_verified" in frame and frame["chosen_if_verified"].any():
        frame = frame[frame["chosen_if_verified"].astype(bool)]
    return frame.head(most), False


def costs_by_site(view: CaseView, most: int) -> Grid:
    """Return the cost of each chosen site (or of the first ranked) with its range."""
    rows: list[tuple[Cell, ...]] = []
    for _, site in shown_sites(view, most)[0].iterrows():
        key = str(site[view.ranking.key])
        cost = view.figures.cite("ranking", key, "cost_gbp")
        lines = view.costs.frame[view.costs.frame["site_id"].astype(str) == key]
        assumed = bool((lines["basis"] == "assumed").any())
        rows.append(
            (
                _text(site["name"]),
                _text(site["lad_name"]),
                cost,
                Quote(cost, cost.range_text or "none stated"),
                "unquoted" if assumed else ("quoted" if len(lines) else NO_DATA),
            )
        )
    header = ("Site", "District", "Cost", "Range", "Basis")
    return Grid(header, tuple(rows), (3.2, 1.8, 1.3, 2.2, 1.1), ("", "", "£", "£", ""))


def bill_of_set(view: CaseView) -> Grid:
    """Return the bill of quantities of the chosen sites together (or of those if verified)."""
    rows: list[tuple[Cell, ...]] = []
    if "bill" in view.more:
        frame = view.more["bill"].frame
        which = "chosen" if bool(_ranked(view)["chosen"].any()) else "chosen_if_verified"
        for _, line in frame[frame["set"] == which].iterrows():
            key = str(line["row"])
            amount = view.figures.cite("bill", key, "amount_gbp")
            rows.append(
                (
                    _text(line["item"]),
                    view.figures.cite("bill", key, "quantity"),
                    _text(line["unit"]),
                    view.figures.cite("bill", key, "rate_gbp"),
                    amount,
                    Quote(amount, amount.range_text or "none stated"),
                )
            )
    header = ("Item", "Quantity", "Unit", "Rate", "Amount", "Range")
    return Grid(header, tuple(rows), (3, 1.1, 1.4, 1, 1.3, 2.2), ("", "", "", "£", "£", ""))


def cost_rates(view: CaseView) -> Grid:
    """Return each rate once: item, rate, unit, optimism bias, and whether anybody quoted it."""
    frame = view.costs.frame.sort_values(["item", "row"], kind="stable")
    once = frame.drop_duplicates(["item", "rate_gbp", "basis"])
    rows = tuple(
        (
            _text(line["item"]),
            view.figures.cite("costs", str(line["row"]), "rate_gbp"),
            _text(line["unit"]),
            view.figures.cite("costs", str(line["row"]), "optimism_bias_pct"),
            "unquoted" if line["basis"] == "assumed" else "quoted",
            _text(line["parameter"]),
        )
        for _, line in once.iterrows()
    )
    header = ("Cost line", "Rate", "For each", "Optimism bias", "Basis", "Parameter")
    return Grid(header, rows, (2.4, 1, 1, 1.1, 1.1, 3.2), ("", "£", "", "%", "", ""))
