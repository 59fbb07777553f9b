"""Ofcom Connected Nations, fixed coverage: constituency, local authority, output area, postcode.

Canonical columns: `area_id` (GSS code, or postcode), `area_name`, `premises`, `matched_premises`,
and for each measure `<measure>_pct` and `<measure>_n` where the file has them, with measures
`superfast` (>= 30 Mbit/s), `ultrafast_100`, `ultrafast` (>= 300), `gigabit` (>= 1000, any
technology), `full_fibre`, `unable_30` and `decent_unable`. Percentages are of all premises.

The superfast share and (in 2018) count leave ultrafast premises out in September 2018 and 2019;
they are added back here, and noted. Full fibre is published by constituency and local authority
only; gigabit is any technology and is never called full fibre.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.errors import Fault, LayoutError, SourceError
from layers.formats import Format
from layers.formats._ofcom_checks import BANDS, consistent
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import POSTCODE, Keep, changed_column, read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

FILE_NAME = re.compile(r"^(?P<month>20\d{4})_fixed_.*?_r0*(?P<revision>\d+)(?=[_.])")
RESIDENTIAL = re.compile(r"^20\d{4}_fixed_.*_res_")
MEASURES = (
    "superfast",
    "ultrafast_100",
    "ultrafast",
    "gigabit",
    "full_fibre",
    "unable_30",
    "decent_unable",
)


def _measure(
    name: str, pct: tuple[str, ...], count: tuple[str, ...], *, required: bool = False
) -> tuple[Field, Field]:
    return (
        Field(f"{name}_pct", pct, "percent", required=required),
        Field(f"{name}_n", count, "count", required=False),
    )


COVERAGE = (
    *_measure(
        "superfast",
        ("SFBB availability (% premises)",),
        ("Number of premises with SFBB availability", "SFBB availability (Count premises)"),
        required=True,
    ),
    *_measure(
        "ultrafast_100",
        ("UFBB (100Mbit/s) availability (% premises)",),
        ("Number of premises with UFBB (100Mbit/s) availability",),
    ),
    *_measure(
        "ultrafast",
        ("UFBB availability (% premises)",),
        ("Number of premises with UFBB availability", "UFBB availability (Count premises)"),
        required=True,
    ),
    *_measure(
        "gigabit",
        ("Gigabit availability (% premises)",),
        ("Number of premises with Gigabit availability",),
    ),
    *_measure(
        "full_fibre",
        ("Full Fibre availability (% premises)", "FTTP availability (% premises)"),
        ("Number of premises with Full Fibre availability", "FTTP availability (Count premises)"),
    ),
    *_measure(
        "unable_30",
        ("% of premises unable to receive 30Mbit/s",),
        (
            "Number of premises unable to receive 30Mbit/s",
            "Count of premises unable to receive 30Mbit/s",
        ),
        required=True,
    ),
    *_measure(
        "decent_unable",
        (
            "% of premises unable to receive decent broadband from fixed or FWA",
            "% of premises below the USO",
            "% of premises unable meet USO",
        ),
        (
            "Number of premises unable to receive decent broadband from fixed or FWA",
            "Number of premises below the USO",
            "Count of premises unable meet USO",
        ),
    ),
)
BASE = (
    Field("premises", ("All Premises",), "count", fill_required=True),
    Field("matched_premises", ("All Matched Premises",), "count"),
    *BANDS,
)
GSS = r"[EWSNK]\d{8}"


def _need_full_fibre(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(replace(f, required=True) if f.name == "full_fibre_pct" else f for f in fields)


CONSTITUENCY = Layout(
    "Ofcom fixed coverage by constituency",
    (
        Field("area_id", ("parl_const",), "code", matches=GSS, fill_required=True),
        Field("area_name", ("parliamentary_constituency_name", "parl_const_name")),
        *BASE,
        *_need_full_fibre(COVERAGE),
    ),
    unique=("area_id",),
    detail="pcon",
)
CONSTITUENCY_NAMES_ONLY = Layout(
    "Ofcom fixed coverage by constituency (2019: names only)",
    (
        Field("area_name", ("parliamentary_constituency_name",), fill_required=True),
        *BASE,
        *_need_full_fibre(COVERAGE),
    ),
    unique=("area_name",),
    detail="pcon",
)
LAYOUTS = (
    CONSTITUENCY,
    CONSTITUENCY_NAMES_ONLY,
    Layout(
        "Ofcom fixed coverage by local authority",
        (
            Field("area_id", ("laua",), "code", matches=GSS, fill_required=True),
            Field("area_name", ("laua_name",)),
            *BASE,
            *_need_full_fibre(COVERAGE),
        ),
        unique=("area_id",),
        detail="laua",
    ),
    Layout(
        "Ofcom fixed coverage by output area",
        (
            Field(
                "area_id",
                ("output_area",),
                "code",
                pattern=r"oa(11|21)?(cd)?",
                matches=GSS,
                fill_required=True,
            ),
            *BASE,
            *COVERAGE,
        ),
        unique=("area_id",),
        detail="oa",
    ),
    Layout(
        "Ofcom fixed coverage by postcode",
        (
            Field(
                "area_id",
                ("postcode_space", "postcode (8 char)", "pcds", "postcode"),
                "postcode",
                matches=POSTCODE,
                fill_required=True,
            ),
            *COVERAGE,
        ),
        unique=("area_id",),
        also_expects=("postcode",),
        detail="postcode",
    ),
)


def _vintage(look: Peek) -> str:
    match = FILE_NAME.match(look.stem)
    return f"{match['month'][:4]}-{match['month'][4:]}" if match else ""


FORMAT = Format(
    key="ofcom_fixed",
    title="Ofcom Connected Nations, fixed coverage",
    dataset=lambda _detail: "ofcom-connected-nations-fixed",
    layouts=LAYOUTS,
    vintage=_vintage,
    variant=lambda look: "residential" if RESIDENTIAL.match(look.stem) else "",
    stage=3,
    keep=lambda scope, source, frame: scope.units(frame, source.detail),
)


def revision(look: Peek) -> int:
    """Return the revision in a published file name (`_r02` is 2); 0 where there is none."""
    match = FILE_NAME.match(look.stem)
    return int(match["revision"]) if match else 0


def read(look: Peek, source: SourceFile, layout: Layout, keep: Keep | None = None) -> Reading:
    """Read one file; see the module for the canonical columns.

    Raises
    ------
    SourceError
        When nothing says which snapshot the file is of.
    """
    if not source.vintage:
        raise SourceError(
            Fault(
                look.name,
                "cannot tell the snapshot: the month stands only in the published file name",
                "name the file as Ofcom does (YYYYMM_fixed_..._rNN.csv), or give its vintage in study.toml",
            )
        )
    if layout is CONSTITUENCY_NAMES_ONLY and not source.vintage.startswith("2019"):
        code = CONSTITUENCY.fields[0]
        raise LayoutError(changed_column(look, CONSTITUENCY, code))  # only 2019 came without codes
    reading = read_layout(look, source, layout, keep)
    frame = reading.frame
    for name in MEASURES:  # counts give the exact share where they are published
        if f"{name}_n" in frame and f"{name}_pct" not in frame:
            frame[f"{name}_pct"] = 100 * frame[f"{name}_n"] / frame["premises"]
    if layout.detail == "postcode":
        frame["area_name"] = frame["area_id"]
    elif "area_id" not in frame:
        frame["area_id"] = ""
        reading = reading.note("no area codes in this release: constituencies are joined by name")
    return consistent(
        _with_ultrafast(replace(reading, frame=frame), int(source.vintage[:4])), MEASURES
    )


def _with_ultrafast(reading: Reading, year: int) -> Reading:
    """Add ultrafast back to the superfast of 2018 and 2019, which leaves it out."""
    if year not in {2018, 2019}:
        return reading
    frame = reading.frame
    frame["superfast_pct"] = (frame["superfast_pct"] + frame["ultrafast_pct"]).clip(upper=100)
    if year == 2018 and "superfast_n" in frame:
        frame["superfast_n"] = frame["superfast_n"] + frame["ultrafast_n"]
    return replace(reading, frame=frame).note(
        "superfast excludes ultrafast in this release; ultrafast was added back"
    )


def write(frame: pd.DataFrame, path: Path, *, level: str) -> Path:
    """Write a practice file in the layout of 2024 (constituency, local authority) or 2026 (postcode).

    Parameters
    ----------
    frame
        Canonical columns.
    path
        Target, named as Ofcom names its files.
    level
        `pcon`, `laua` or `postcode`.
    """
    layout = next(item for item in LAYOUTS if item.detail == level)
    out = pd.DataFrame(index=frame.index)
    if level == "postcode":
        out["postcode"] = frame["area_id"].str.replace(" ", "", regex=False)
        out["postcode_space"] = frame["area_id"]
        out["postcode area"] = frame["area_id"].str.extract(r"^([A-Z]+)", expand=False)
    for item in layout.fields:
        if item.name in frame and not (
            level == "postcode"
            and (
                item.name == "area_id"
                or item.name.endswith("_n")
                or item.name.startswith("full_fibre")
            )
        ):
            column = frame[item.name]
            out[item.headers[0]] = (
                column.map("{:.1f}".format, na_action="ignore")
                if item.kind == "percent"
                else column.astype("Int64")
                if item.kind == "count"
                else column
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    # the published postcode files carry a byte-order mark and CRLF; the others are cp1252 with CRLF
    encoding = "utf-8-sig" if level == "postcode" else "cp1252"
    out.to_csv(path, index=False, encoding=encoding, lineterminator="\r\n")
    return path
