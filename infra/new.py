"""A new study: a folder with a commented `study.toml` and an empty `sources/`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from infra.writing import ELSEWHERE, writing
from layers.errors import Fault, StudyError

__all__ = ["AreaEntry", "known_areas", "new_study"]

HEAD = """\
# {title}
# What every setting means: docs/study.md. Dates are year-month-day.

schema = 1
name = "{name}"
as_of = {as_of}          # the study's only clock: ages and "date produced" come from it
seed = {seed}             # of every random draw
{sample}
[area]
code = "{code}"
name = "{area_name}"
districts = [{districts}]

[sources]
folder = "sources"            # put the publishers' files here, as downloaded
sensitivity = "public"        # of files not listed below: public, internal or commercial

# Say here what a file cannot say of itself:
# [[sources.file]]
# name = "register-of-circuits.csv"
# sensitivity = "internal"
# vintage = "2026-10"
"""

CASE = """
[case.{key}]
scenario = "{scenario}"
profile = "{profile}"
budget_gbp = {budget}        # the most this bid may ask for: set it
{diary}"""

DIARY = """# deadline = 2026-12-18        # last day on which the fund takes the bid
# stage = "outline"             # where the bid stands
# owner = "post or team"        # who answers for it
# [case.{key}.approval]         # who stands behind the bid; DRAFT until infra approve records it
# version = "1.0"
# prepared_by = "name or post"
# prepared_on = 2026-12-01
# checked_by = "name or post"
# checked_on = 2026-12-08
# approved_by = "Section 151 officer, name"
# approved_on = 2026-12-15
"""
PRACTICE_DIARY = """deadline = {deadline}
stage = "{stage}"
owner = "{owner}"
"""
# Days after the study's date, stage and owner, all invented; the third case states no deadline.
PRACTICE_DIARIES = {
    "full-fibre-fund": (45, "outline, practice", "practice digital team"),
    "5g-testbed": (110, "expression of interest, practice", "practice digital team"),
    "co-working": (None, "idea, practice", "practice estates team"),
}

TAIL = """
# A gate that somebody has checked, for one site or (site = "*") for all:
# [[case.5g-testbed.confirm]]
# site = "*"
# gate = "letter_of_support"
# outcome = "pass"
# who = "post or name"
# when = 2026-11-01
# why = "letter on file, reference ..."

# A target, printed beside the shares it is about:
# [target.full_fibre_pct]
# value_pct = 90
# by = "2030"
# source = "digital strategy, approved by the board on ..."

# A parameter that you can state (a quote, a decision) instead of the shipped default:
# [parameters."fibre.public_site_gbp"]
# value = 12500
# who = "post or name"
# when = 2026-11-01
# why = "framework quote, reference ..."
"""

PRACTICE = """
# Practice targets, printed beside every share. A real study names who set them and where.
[target.full_fibre_pct]
value_pct = 85
by = "2030"
source = "practice target"

[target.gigabit_pct]
value_pct = 95
by = "2030"
source = "practice target"

# Practice statements, so that the appraisal has benefits to show. A real study states its own.
[parameters."appraisal.benefit_residential_gbp_per_year"]
value = 25
low = 0
high = 60
who = "practice study"
when = {as_of}
why = "practice value: replace it by one your finance officer accepts"

[parameters."appraisal.benefit_sme_gbp_per_year"]
value = 250
low = 100
high = 600
who = "practice study"
when = {as_of}
why = "practice value: replace it by one your finance officer accepts"
"""

PRACTICE_CONFIRM = """
[[case.{case}.confirm]]
site = "{site}"
gate = "{gate}"
outcome = "pass"
who = "practice study"
when = {as_of}
why = "practice value: a real bid attaches the evidence"
"""

CASES = (
    ("full-fibre-fund", "full_fibre_fund", "full-fibre-fund"),
    ("5g-testbed", "testbed_5g", "5g-testbed"),
    ("co-working", "coworking", "co-working"),
)
BUDGETS = {"full-fibre-fund": 2_000_000, "5g-testbed": 1_000_000, "co-working": 1_500_000}


@dataclass(frozen=True)
class AreaEntry:
    """A study area: its code, name and districts."""

    code: str
    name: str
    districts: tuple[str, ...]


def known_areas() -> dict[str, AreaEntry]:
    """Return the areas shipped in `areas.toml`."""
    data = tomllib.loads(Path(__file__).with_name("areas.toml").read_text(encoding="utf-8"))
    return {
        code: AreaEntry(code, item["name"], tuple(item["districts"])) for code, item in data.items()
    }


def _practice_diary(key: str, as_of: date) -> str:
    days, stage, owner = PRACTICE_DIARIES[key]
    when = "" if days is None else (as_of + timedelta(days=days)).isoformat()
    text = PRACTICE_DIARY.format(deadline=when, stage=stage, owner=owner)
    return text if when else text.partition("\n")[2]


def study_text(
    area: AreaEntry,
    *,
    name: str,
    as_of: date,
    seed: int,
    budgets: dict[str, int],
    sample: bool = False,
    confirmed: Sequence[tuple[str, str, str]] = (),
) -> str:
    """Return a commented `study.toml`; `confirmed` holds case, site and gate of practice statements."""
    title = "A practice study: every file in it is invented" if sample else "A study for infra"
    head = HEAD.format(
        title=title,
        name=name,
        as_of=as_of.isoformat(),
        seed=seed,
        code=area.code,
        area_name=area.name,
        districts=", ".join(f'"{code}"' for code in area.districts),
        sample="sample = true                 # every output is marked SAMPLE DATA - NOT FOR BIDS\n"
        if sample
        else "",
    )
    cases = "".join(
        CASE.format(
            key=k, scenario=s, profile=p, budget=f"{budgets[k]:_}",
            diary=_practice_diary(k, as_of) if sample else DIARY.format(key=k),
        )
        for k, s, p in CASES
    )  # fmt: skip
    if not sample:
        return head + cases + TAIL
    confirm = "".join(
        PRACTICE_CONFIRM.format(case=case, site=site, gate=gate, as_of=as_of.isoformat())
        for case, site, gate in confirmed
    )
    return head + cases + confirm + PRACTICE.format(as_of=as_of.isoformat())


def new_study(folder: Path, area_code: str, as_of: date) -> Path:
    """Make a study folder.

    Parameters
    ----------
    folder
        To be made; must not hold a study already.
    area_code
        A code of `areas.toml`, or of a single district.
    as_of
        The study's clock.

    Returns
    -------
    Path
        Of the `study.toml`.

    Raises
    ------
    StudyError
        When there is a study already, or the code is neither known nor a district's.
    OutputError
        When the folder cannot be written.
    """
    path = folder / "study.toml"
    if path.exists():
        raise StudyError(
            Fault(
                str(path), "there is a study here already", "name another folder, or edit this one"
            )
        )
    areas = known_areas()
    entry = areas.get(area_code)
    if entry is None:
        if (
            not area_code.startswith(("E06", "E07", "E08", "E09", "W06", "S12", "N09"))
            or len(area_code) != 9
        ):
            raise StudyError(
                Fault(
                    "--area",
                    f"'{area_code}' is not a known area",
                    f"use {', '.join(areas)} or the nine-character code of a district, then edit study.toml",
                )
            )
        entry = AreaEntry(area_code, area_code, (area_code,))
    text = study_text(
        entry,
        name=f"{entry.name}: digital infrastructure",
        as_of=as_of,
        seed=int(as_of.strftime("%Y%m%d")),
        budgets=BUDGETS,
    )
    with writing(folder, ELSEWHERE):
        (folder / "sources").mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return path
