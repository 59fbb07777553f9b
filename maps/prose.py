"""What a bid and the board page say about a case, in sentences around quoted figures.

Every conditional here is a sentence somebody will read: none chosen, one chosen, a value missing,
old data, a closed fund, practice data. None of them is ever a word about how a funder will decide.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from layers.lineage import Figure, Figures
from maps.measures import Measure, month, stale
from maps.passages import Passage, Quote, clean, coarse, count, gap, joined, say
from maps.standing import draft_banner
from maps.view import SAMPLE_RIBBON, CaseView, StudyView

__all__ = [
    "COUNTS",
    "KINDS",
    "ask",
    "banners",
    "break_even",
    "chosen_count",
    "cite_if",
    "day",
    "fate_of_candidates",
    "fund_name",
    "if_verified",
    "item",
    "note_of",
    "outcome_line",
    "outcomes",
    "range_of",
    "release_of",
    "releases",
    "staleness",
    "top_site",
    "unquoted",
    "value_for_money",
    "why_none",
    "would_bring",
]

# What the money is for, and what the chosen places are called.
PURPOSE = {
    "full_fibre_fund": ("to bring full fibre to {sites} in {area}", "public site", "public sites"),
    "testbed_5g": ("to equip {sites} in {area} as a 5G testbed", "site", "sites"),
    "coworking": ("to open co-working space in {sites} in {area}", "public office", "public offices"),
}  # fmt: skip
KINDS = {"gp": "GP practice", "civic": "civic building", "other": "public building"}
OTHERWISE = ("for {sites} in {area}", "site", "sites")
IF_VERIFIED, VERIFIED_WORDS = "_if_verified", ", if every gate to verify were confirmed"
# Items that have their own place in the bid; the rest of the summary are the scenario's outcomes.
COUNTS = (
    "sites_candidates",
    "sites_ranked",
    "sites_to_verify",
    "sites_excluded",
    "sites_not_ranked",
    "sites_chosen",
)
CORE = (
    *COUNTS,
    "sites_if_verified",
    "sites_without_cost",
    "match_gbp",
    "ask_gbp",
    "budget_gbp",
    "npsv_gbp",
    "bcr",
    "unquoted_pct",
    "break_even_gbp_per_year",
)


def item(view: CaseView, key: str) -> Figure | None:
    """Return an item of the case's summary, or `None` where the case does not have it."""
    return view.figures.cite("summary", key) if key in view.summary else None


def note_of(view: CaseView, key: str) -> str:
    """Return the remark of a summary item, such as why it has no value."""
    if key not in view.summary or "note" not in view.summary.columns:
        return ""
    note = view.summary.cell(key, "note")
    return "" if pd.isna(note) else clean(note)


def _amount(figure: Figure | None) -> float | None:
    return float(figure.value) if figure is not None and figure.known else None


def range_of(figure: Figure) -> Quote:
    """Return a figure with its range behind it, where it has one."""
    span = figure.range_text
    return Quote(figure, f"{figure.text} (range {span})" if span else figure.text)


def day(view: StudyView) -> str:
    """Return the study's date as a reader writes it: `2 March 2026`."""
    return f"{view.as_of.day} {month(view.as_of.isoformat())}"


def chosen_count(view: CaseView) -> int | None:
    """Return how many sites are chosen, or `None` where the case does not say."""
    value = _amount(item(view, "sites_chosen"))
    return None if value is None else int(value)


def banners(view: CaseView) -> list[str]:
    """Return the warnings that stand on the title page, the gravest first."""
    found = []
    if view.study.sample:
        found.append(f"{SAMPLE_RIBBON}. Places, sites and numbers here are invented for practice.")
    if view.profile.status.strip().lower() == "closed":
        note = clean(view.profile.closed_note)
        note = note.removeprefix("CLOSED").lstrip(":,. ")
        note = note.removeprefix("practice only").lstrip(":,. ")
        note = note[:1].upper() + note[1:]
        found.append(f"CLOSED: practice only. {note}".strip())
    draft = draft_banner(view)
    return [*found, draft] if draft else found


def fund_name(view: CaseView) -> str:
    """Return the fund as a sentence names it: with its article, without remarks after it."""
    name = clean(view.profile.fund).partition(";")[0].strip()
    if name.lower().startswith("no "):
        name = name.partition(":")[2].strip()
    if not name:
        return "the fund"
    return name if name.lower().startswith(("the ", "a ")) else f"the {name}"


def ask(view: CaseView) -> Passage:
    """Return the first sentence of the bid: what is asked of whom, for what, where."""
    chosen = item(view, "sites_chosen")
    money = item(view, "ask_gbp")
    fund = fund_name(view)
    template, one, many = PURPOSE.get(view.scenario, OTHERWISE)
    if chosen is None or not chosen.known:
        return gap(f"the ask to {fund}; the ranking does not say how many sites are chosen")
    if float(chosen.value) == 0:
        return say(
            "This draft asks for no money yet, because no site can be chosen. It is meant for {fund}.",
            fund=fund,
        )
    sites = count(chosen, one, many)
    purpose = say(template, sites=sites, area=view.study.area_name)
    if money is None or not money.known:
        return say("This bid asks {fund} for funding {purpose}.", fund=fund, purpose=purpose) + gap(
            "the amount; the cost of a chosen site is not known"
        )
    return say(
        "This bid asks {fund} for {money} {purpose}.",
        fund=fund,
        money=range_of(money),
        purpose=purpose,
    )


def why_none(view: CaseView) -> Passage:
    """Return why no site is chosen and what would change that; empty where some are."""
    if chosen_count(view) != 0:
        return Passage(())
    everything, waiting, ranked, budget = (
        item(view, key)
        for key in ("sites_candidates", "sites_to_verify", "sites_ranked", "budget_gbp")
    )
    if everything is not None and _amount(everything) == 0:
        return say(
            "The study holds {none}.", none=count(everything, "candidate site", "candidate sites")
        )
    out = Passage(())
    dear = item(view, "sites_without_cost")
    if waiting is not None and (_amount(waiting) or 0) > 0:
        words = ("site waits", "sites wait")
        out += say(
            "{n} for a check that the data cannot settle. They are ranked with their ranges, and "
            "join the ask when an officer confirms them in the study.",
            n=count(waiting, *words),
        )
    if ranked is not None and budget is not None and (_amount(ranked) or 0) > 0:
        out += say(
            "{n} passed every gate, but none can be paid for within the budget of {budget}.",
            n=count(ranked, "site", "sites"),
            budget=budget,
        )
    if dear is not None and (_amount(dear) or 0) > 0:
        out += say(
            "The cost of {n} is unknown, and a site without a cost is never funded.",
            n=count(dear, "site", "sites"),
        )
    return (
        out
        if out.parts
        else say("Every candidate fails a gate or lacks the evidence to be ranked.")
    )


def if_verified(view: CaseView) -> Passage:
    """Return what the ask would be if every open gate were confirmed; empty where nothing waits."""
    sites, money = item(view, "sites_if_verified"), item(view, f"ask_gbp{IF_VERIFIED}")
    if (
        sites is None
        or (_amount(sites) or 0) == 0
        or (_amount(item(view, "sites_to_verify")) or 0) == 0
    ):
        return Passage(())
    _, one, many = PURPOSE.get(view.scenario, OTHERWISE)
    chosen = count(sites, one, many)
    if money is None or not money.known:
        return say(
            "If every gate to verify were confirmed, the ask would cover {sites}.", sites=chosen
        )
    return say(
        "If every gate to verify were confirmed, the ask would be {money} for {sites}.",
        money=range_of(money),
        sites=chosen,
    )


def would_bring(view: CaseView) -> Passage:
    """Return the sentence before the outcomes of the set that waits for checks."""
    if not if_verified(view).parts:
        return Passage(())
    return say("Those sites would then bring the following.")


def fate_of_candidates(view: CaseView) -> Passage:
    """Return how the candidates divide: ranked, to verify, excluded, not ranked."""
    everything = item(view, "sites_candidates")
    words = {
        "sites_ranked": "{n} passed every gate and ranked",
        "sites_to_verify": "{n} ranked but still to verify",
        "sites_excluded": "{n} excluded by a gate",
        "sites_not_ranked": "{n} not ranked for want of evidence",
    }
    found = [(item(view, key), text) for key, text in words.items()]
    parts = [say(text, n=_bare(f)) for f, text in found if f is not None and f.known]
    if everything is None or not everything.known or not parts:
        return gap("how many sites were considered, and what became of them")
    return say(
        "Sites considered: {n}. Of these, {parts}.", n=_bare(everything), parts=joined(parts)
    )


def _bare(figure: Figure) -> Quote:
    zero = figure.known and float(figure.value) == 0
    return Quote(figure, "none" if zero else figure.number)


def unquoted(view: CaseView) -> Passage:
    """Return what share of the ask rests on assumed rates."""
    if chosen_count(view) == 0:
        return say("No cost is in the ask yet. Rates marked unquoted are assumptions, not quotes.")
    share = item(view, "unquoted_pct")
    value = _amount(share)
    if share is None or value is None:
        return gap("which costs rest on quotes; the share that is unquoted is not known")
    if value == 0:
        return say("None of the ask is unquoted: {zero} rests on assumed rates.", zero=share)
    tail = "rests on assumed rates, to be replaced by quotes before submission."
    if value >= 100:
        return say("All of the ask is unquoted: {share} {tail}", share=share, tail=tail)
    return say("Part of the ask is unquoted: {share} {tail}", share=share, tail=tail)


def value_for_money(view: CaseView) -> Passage:
    """Return NPSV and BCR with what they divide, or why they are not stated."""
    value, ratio = item(view, "npsv_gbp"), item(view, "bcr")
    if value is None or not value.known:
        why = note_of(view, "npsv_gbp") or (
            "no site is chosen" if chosen_count(view) == 0 else "a cost or a benefit is missing"
        )
        return say(
            "Net present social value and benefit-cost ratio are not stated: {why}.",
            why=why.rstrip("."),
        )
    out = say("Net present social value is {npsv}.", npsv=range_of(value))
    low, high = value.low, value.high
    if low is not None and high is not None and float(low) < 0 < float(high):
        out += say("The range runs from a loss to a gain: the sign depends on the assumptions.")
    if ratio is None or not ratio.known:
        why = note_of(view, "bcr") or "no benefit has been put in money"
        out += say("A benefit-cost ratio is not stated: {why}.", why=why.rstrip("."))
    else:
        out += say(
            "The benefit-cost ratio is {bcr}: the present value of benefits divided by the present "
            "value of net public-sector cost.",
            bcr=range_of(ratio),
        )
    note = note_of(view, "npsv_gbp")
    note = note[:1].upper() + note[1:]
    return out + (say("{note}.", note=note.rstrip(".")) if note else Passage(()))


def break_even(view: CaseView) -> Passage:
    """Return the benefit at which net present social value is nil."""
    figure = item(view, "break_even_gbp_per_year")
    if figure is None or not figure.known:
        why = "no site is chosen" if chosen_count(view) == 0 else "a cost is missing"
        return say("A break-even benefit is not stated: {why}.", why=why)
    label = clean(view.summary.cell("break_even_gbp_per_year", "label"))
    return say(
        "Net present social value is nil at {value} ({label}). A reviewer can judge whether the "
        "scheme is likely to bring that much.",
        value=range_of(figure),
        label=label[:1].lower() + label[1:],
    )


def outcomes(view: CaseView, *, verified: bool = False) -> Iterator[tuple[str, Figure, str]]:
    """Yield label, figure and remark of the outcomes that only this scenario has.

    `verified` takes those of the set that would be chosen if every gate were confirmed, its ask
    and value among them, in place of those of the chosen set.
    """
    for key in view.summary.frame[view.summary.key].astype(str):
        if key.endswith(IF_VERIFIED) == verified and key not in CORE:
            label = clean(view.summary.cell(key, "label")).removesuffix(VERIFIED_WORDS)
            yield label, view.figures.cite("summary", key), note_of(view, key)


def outcome_line(label: str, figure: Figure, note: str = "") -> Passage:
    """Return one outcome as a line of a list, with its remark."""
    if note:
        return say(
            "{label}: {value}; {note}.", label=label, value=range_of(figure), note=note.rstrip(".")
        )
    return say("{label}: {value}.", label=label, value=range_of(figure))


def top_site(view: CaseView) -> Passage:
    """Return the first of the ranking in a sentence with its range; empty where none ranks."""
    frame = view.ranking.frame
    held = frame[frame["rank"].notna()].sort_values("rank", kind="stable")
    if held.empty:
        return Passage(())
    first = held.iloc[0]
    key = str(first[view.ranking.key])
    cite = view.figures.cite
    out = say(
        "{name} ({kind}, {district}) stands first with a score of {score}.",
        name=clean(first["name"]),
        kind=KINDS.get(str(first["kind"]), clean(first["kind"])),
        district=clean(first["lad_name"]),
        score=range_of(coarse(cite("ranking", key, "score"), 2)),
    )
    if str(first["status"]) == "to verify":
        out += say("It is still to verify: {gates}.", gates=clean(first["gates_unknown"]))
    return out


def releases(study: StudyView, measure: Measure) -> pd.DataFrame:
    """Return the coverage rows of a measure that have a value, oldest first."""
    frame = study.coverage.frame
    rows = frame[frame["measure"].isin([measure.series, measure.key]) & frame["share_pct"].notna()]
    return rows.sort_values(["release", "area_id", "row"], kind="stable")


def release_of(study: StudyView, measure: Measure) -> str:
    """Return the newest release of a measure, or an empty text."""
    rows = releases(study, measure)
    return "" if rows.empty else str(rows["release"].astype(str).max())


def staleness(study: StudyView, release: str) -> Passage:
    """Return a caution about data more than twelve months old; empty where they are not."""
    if not stale(release, study.as_of):
        return Passage(())
    return say(
        "These figures describe {month}, more than twelve months before {day}. Check whether a "
        "newer release exists before relying on them.",
        month=month(release),
        day=day(study),
    )


def cite_if(figures: Figures, table: str, row: str, column: str) -> Figure | None:
    """Return a cell as a figure, or `None` where the table has no such row or column."""
    held = figures.tables[table]
    return figures.cite(table, row, column) if column in held.columns and row in held else None
