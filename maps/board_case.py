"""One case on the board page: three numbers, one map, one caveat, the ranking and its sliders."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
from markupsafe import Markup

from layers.lineage import Figure
from maps import bid_rows, board_svg, prose
from maps.board_html import big, grid, html
from maps.board_sites import SiteMap, followed
from maps.listing import kind_words, robustness
from maps.live import LiveTable, live_data, live_table, slider_step, why_not
from maps.passages import Quote, clean, coarse, say
from maps.view import CaseView

__all__ = ["case_block", "inert"]

TOP = 8
LINKS = (
    ("map.html", "Map"),
    ("ranking.csv", "Whole ranking (CSV)"),
    ("bid.docx", "Bid (Word)"),
    ("bid.xlsx", "Workbook (Excel)"),
)
PUBLIC_LINKS = (
    ("summary.csv", "Sums (CSV)"),
    ("criteria.csv", "Criteria and weights (CSV)"),
    ("places.csv", "Sites by district (CSV)"),
    ("postcode_districts.csv", "Sites by postcode district (CSV)"),
)
PUBLIC_CAVEAT = (
    "Counts of sites are to the nearest five and sums to two figures. Which sites, their names, "
    "scores and ranks are not published."
)
PLAIN = ("ask_gbp", "budget_gbp", "npsv_gbp", "bcr", "unquoted_pct", "break_even")


def inert(data: dict[str, Any]) -> Markup:
    """Return JSON that cannot end or escape the element it stands in."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped for a script element above


def _numbers(view: CaseView) -> list[dict[str, Any]]:
    """Return up to three numbers: the sites, the ask, and the first outcome that has a value."""
    column, words = followed(view)
    verified = column != "chosen"
    suffix = prose.IF_VERIFIED if verified else ""
    found = []
    sites = prose.item(view, "sites_if_verified" if verified else "sites_chosen")
    candidates = prose.item(view, "sites_candidates")
    if sites is not None and sites.known:
        below = say("of {n} considered", n=candidates) if candidates is not None else ""
        found.append(big(sites, f"sites {words}", below))
    money, budget = prose.item(view, f"ask_gbp{suffix}"), prose.item(view, "budget_gbp")
    if money is not None and money.known:
        label = "would then be asked for" if verified else "asked for"
        span = f"range {money.range_text}; " if money.range_text else ""
        below = say("{span}budget {b}", span=span, b=budget) if budget is not None else span
        found.append(big(money, label, below))
    outcomes = (
        (label, figure, note)
        for label, figure, note in prose.outcomes(view, verified=verified)
        if figure.known and not figure.row.startswith(PLAIN)
    )
    first = next(outcomes, None)
    if first is not None:
        label, figure, note = first
        below = f"range {figure.range_text}" if figure.range_text else note
        found.append(big(figure, label[:1].lower() + label[1:], below))
    return found[:3]


def _often(figure: Figure | None, sentence: str) -> Markup:
    """Return how firmly a site stands in the chosen set, where the study has tested it."""
    if sentence:
        return html(sentence)
    if figure is None:
        return Markup("")
    return html(say("chosen in {share} of tested weightings", share=Quote(figure, figure.text)))


def _rows(view: CaseView) -> list[dict[str, Any]]:
    frame = view.ranking.frame
    ranked = frame[frame["rank"].notna()].sort_values(["rank", view.ranking.key], kind="stable")
    cite = view.figures.cite
    rows = []
    for site in ranked.head(TOP).to_dict("records"):
        key = str(site[view.ranking.key])
        score = coarse(cite("ranking", key, "score"), 2)
        cost = cite("ranking", key, "cost_gbp")
        rows.append(
            {
                "rank": html(cite("ranking", key, "rank")),
                "name": clean(site["name"]),
                "often": _often(*robustness(view, key)),
                "kind": kind_words(site["kind"]),
                "district": clean(site["lad_name"]),
                "bar": board_svg.bar(score),
                "score": html(score),
                "range": score.range_text,
                "cost": html(Quote(cost, cost.text)),
                "status": bid_rows.status_words(pd.Series(site)),
            }
        )
    return rows


def _sliders(view: CaseView, table: LiveTable) -> list[dict[str, Any]]:
    step = slider_step(table.weights)
    return [
        {
            "id": f"{view.key}-{key}",
            "label": label,
            "points": f"{100 * weight:.2f}".rstrip("0").rstrip("."),
            "step": f"{step:g}",
            "share": f"{100 * weight:.1f} %",
        }
        for key, label, weight in zip(table.criteria, table.labels, table.weights, strict=True)
    ]


def _live(view: CaseView, chart: SiteMap) -> dict[str, Any]:
    """Return the sliders and the table the script ranks from, or why there are none."""
    table = live_table(view)
    reason = why_not(table)
    if table is None or reason:
        return {"reason": reason, "sliders": [], "data": Markup("")}
    at = chart.places(view, table.frame[view.ranking.key])
    return {
        "reason": "",
        "sliders": _sliders(view, table),
        "data": inert(live_data(view, table, at)),
    }


def _caveat(view: CaseView) -> Markup:
    """Return the one caution a reader of this case must not miss."""
    if prose.chosen_count(view) == 0:
        return html(prose.why_none(view))
    return html(prose.unquoted(view))


def case_block(view: CaseView, chart: SiteMap) -> dict[str, Any]:
    """Return everything the template prints about one case."""
    closed = view.profile.status.strip().lower() == "closed"
    public = view.study.edition == "public"
    _, words = followed(view)
    rows = _rows(view)
    label = (
        f"Map of {clean(view.study.area_name)}: the sites {words} for {clean(view.title)}. "
        "The table of the ranking gives the same sites."
    )
    return {
        "key": view.key,
        "title": clean(view.title),
        "fund": prose.fund_name(view),
        "closed": "CLOSED: practice only" if closed else "",
        "numbers": _numbers(view),
        "caveat": PUBLIC_CAVEAT if public else _caveat(view),
        "sentences": [
            html(passage)
            for passage in (
                prose.ask(view),
                prose.if_verified(view),
                prose.fate_of_candidates(view),
                prose.value_for_money(view),
            )
            if passage.parts and not public
        ],
        "places": [
            (table.description, f"{view.key}/{table.name}.csv", grid(bid_rows.places(view, table)))
            for table in view.places
        ],
        "rows": rows,
        "shown": len(rows),
        "image": chart.svg(view, label),
        "words": words,
        "live": _live(view, chart),
        "verify": grid(bid_rows.open_gates(view, "unknown", TOP)),
        "links": [
            {"href": f"{view.key}/{file}", "words": text}
            for file, text in (PUBLIC_LINKS if public else LINKS)
        ],
    }
