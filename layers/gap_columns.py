"""How each column of the gap tables is made, in words a reviewer can follow."""

from __future__ import annotations

from typing import Any

from layers.lineage import Column
from layers.mobile_5g import DEFICIT_NOTE, RADIUS

__all__ = ["AREA_COLUMNS", "DISTRICT_COLUMNS"]

GRADES = "measured, estimated or modelled; empty where there is no value"


def _ranged(
    description: str, stem: str, unit: str, decimals: int, grade: str, **lineage: Any
) -> dict[str, Column]:
    """Describe a value with its low and high columns."""
    pct = stem.endswith("_pct")
    base = stem.removesuffix("_pct")
    low, high = (f"{base}_{end}_pct" if pct else f"{base}_{end}" for end in ("low", "high"))
    return {
        stem: Column(
            description, unit, decimals, grade_of=grade, low_of=low, high_of=high, **lineage
        ),
        low: Column(f"{description}, low", unit, decimals, grade_of=grade, **lineage),
        high: Column(f"{description}, high", unit, decimals, grade_of=grade, **lineage),
    }


ALLOCATED = "share published for the constituency or district the area is in"
PLUS_MINUS = (
    "; range is plus and minus the root mean square error found by hiding the constituencies"
)
AREA_COLUMNS: dict[str, Column] = {
    "id": Column("code of the small area (LSOA 2021)"),
    "name": Column("name of the small area"),
    "lad": Column("code of its district"),
    "lad_name": Column("name of its district"),
    "hectares": Column(
        "area of its polygon", "ha", 1, formula="polygon area / 10,000", inputs=("areas.geometry",)
    ),
    "premises": Column(
        "premises: addresses BDUK lists, or census households where there is no such list",
        "premises",
        0,
        formula="sum over demand points",
        inputs=("demand.premises",),
        grade_of="premises_grade",
    ),
    "premises_grade": Column(GRADES),
    **_ranged(
        "share of premises with full fibre",
        "full_fibre_pct",
        "%",
        1,
        "full_fibre_grade",
        formula=ALLOCATED + PLUS_MINUS,
        inputs=("coverage.share_pct",),
    ),
    "full_fibre_grade": Column(GRADES),
    "full_fibre_release": Column("snapshot that the full-fibre share describes"),
    **_ranged(
        "premises without full fibre",
        "without_full_fibre",
        "premises",
        0,
        "full_fibre_grade",
        formula="sum of premises x (1 - full-fibre share / 100)",
        inputs=("demand.premises", "coverage.share_pct"),
    ),
    **_ranged(
        "share of premises with gigabit, any technology",
        "gigabit_pct",
        "%",
        1,
        "gigabit_grade",
        formula="100 x (1 - without gigabit / premises)",
        inputs=("demand.without_gigabit", "demand.premises"),
    ),
    "gigabit_grade": Column(GRADES),
    **_ranged(
        "premises without gigabit, any technology",
        "without_gigabit",
        "premises",
        0,
        "gigabit_grade",
        formula="sum over demand points",
        inputs=("demand.without_gigabit",),
    ),
    **_ranged(
        "share of premises far from every mast on the list, a screen and not a coverage model",
        "deficit_5g_pct",
        "%",
        1,
        "deficit_5g_grade",
        formula=f"100 x premises farther than the radius from every mast on the list / premises; {DEFICIT_NOTE}",
        inputs=("demand.premises", "demand.easting", "masts.easting", "masts.northing"),
        parameters=(RADIUS,),
    ),
    "deficit_5g_grade": Column(GRADES),
    "imd_decile": Column(
        "tenth of England by deprivation, 1 the most deprived",
        "",
        0,
        inputs=("imd.decile",),
        grade_of="imd_grade",
    ),
    "imd_grade": Column(GRADES),
    "business_units": Column(
        "business units",
        "units",
        0,
        formula="sum over business points",
        inputs=("businesses.units",),
        grade_of="business_grade",
    ),
    "business_per_hectare": Column(
        "business units a hectare",
        "units/ha",
        2,
        formula="business units / hectares",
        inputs=("businesses.units", "areas.geometry"),
        grade_of="business_grade",
    ),
    "business_grade": Column(GRADES),
    "coincidence": Column(
        "how many of three hold: share without full fibre above the study's median, among the three most deprived tenths, business density above the study's median",
        "",
        0,
        grade="estimated",
        formula="number of tests that hold; missing where one is unknown",
        inputs=(
            "area_gaps.full_fibre_pct",
            "area_gaps.imd_decile",
            "area_gaps.business_per_hectare",
        ),
    ),
    "coincidence_note": Column("which of the three hold, or which are unknown"),
}
DISTRICT_COLUMNS: dict[str, Column] = {
    "id": Column("code of the district"),
    "name": Column("name of the district"),
    "premises": Column(
        "premises: Ofcom's count of homes and businesses, else the sum over demand points",
        "premises",
        0,
        inputs=("coverage.premises", "demand.premises"),
        grade_of="premises_grade",
    ),
    "premises_grade": Column(GRADES),
    "full_fibre_pct": Column(
        "share of premises with full fibre",
        "%",
        1,
        formula="published for the district, else summed over constituencies",
        inputs=("coverage.share_pct",),
        grade_of="full_fibre_grade",
    ),
    "full_fibre_grade": Column(GRADES),
    "full_fibre_release": Column("snapshot that it describes"),
    "without_full_fibre": Column(
        "premises without full fibre",
        "premises",
        0,
        formula="premises - count with full fibre",
        inputs=("coverage.premises", "coverage.count"),
        grade_of="full_fibre_grade",
    ),
    "gigabit_pct": Column(
        "share of premises with gigabit, any technology",
        "%",
        1,
        formula="published for the district, else summed over constituencies",
        inputs=("coverage.share_pct",),
        grade_of="gigabit_grade",
    ),
    "gigabit_grade": Column(GRADES),
    "gigabit_release": Column("snapshot that it describes"),
    "without_gigabit": Column(
        "premises without gigabit, any technology",
        "premises",
        0,
        grade="estimated",
        formula="premises x (1 - gigabit share / 100); the two may be of different snapshots",
        inputs=("district_gaps.premises", "district_gaps.gigabit_pct"),
    ),
    "area_5g_any_pct": Column(
        "share of land with 5G outdoors from at least one operator",
        "%",
        1,
        inputs=("coverage.share_pct",),
        grade_of="area_5g_grade",
    ),
    "area_5g_release": Column("snapshot that it describes"),
    "area_5g_grade": Column(GRADES),
    "all_operators_5g_pct": Column(
        "share of premises with 5G outdoors from all operators, very high confidence",
        "%",
        1,
        inputs=("coverage.share_pct",),
        grade_of="all_operators_5g_grade",
    ),
    "all_operators_5g_grade": Column(GRADES),
    "deficit_5g_pct": Column(
        "share of premises far from every mast on the list, a screen and not a coverage model",
        "%",
        1,
        formula=f"premises-weighted mean over its small areas; {DEFICIT_NOTE}",
        inputs=("area_gaps.deficit_5g_pct", "area_gaps.premises"),
        parameters=(RADIUS,),
        grade_of="deficit_5g_grade",
    ),
    "deficit_5g_grade": Column(GRADES),
    "most_deprived_areas": Column(
        "small areas among the three most deprived tenths of England",
        "areas",
        0,
        formula="number of areas with decile 3 or less",
        inputs=("area_gaps.imd_decile",),
        grade="measured",
    ),
    "areas": Column(
        "small areas (LSOA 2021)",
        "areas",
        0,
        formula="number of small areas",
        inputs=("areas.id",),
        grade="measured",
    ),
    "sites": Column(
        "public-sector places",
        "sites",
        0,
        formula="number of sites",
        inputs=("sites.id",),
        grade="measured",
    ),
    "offices_to_verify": Column(
        "buildings with some evidence of vacancy, to verify",
        "buildings",
        0,
        formula="number of offices with vacancy confidence above 0",
        inputs=("offices.vacancy_confidence",),
        grade="estimated",
    ),
}
