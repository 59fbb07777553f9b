"""Candidate buildings for co-working, with what is known of their vacancy and how sure it is.

Only what a register says counts as evidence: a missing occupier is never vacancy, and a service
list that marks a library closed is a lead about the service, not about the building.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.ledger import Ledger, apart, stack
from layers.lineage import Disclosure
from layers.parameters import Parameters
from layers.rating_list import RatingList
from layers.registers import FORMER, NOT_OFFICE, OFFICE, said
from layers.sites import SITE_COLUMNS, Places, numbered
from layers.vacancy import combined, evidence_of_vacancy, trail
from layers.visits import visits, with_visits

__all__ = ["DISCLOSURE", "LEAD", "OFFICE_COLUMNS", "combine", "offices"]

OFFICE_COLUMNS = (
    *SITE_COLUMNS, "floor_area_m2", "floor_area_basis", "energy_band", "tenure", "tenure_detail",
    "vacancy_confidence", "vacancy_evidence", "office_capable",
)  # fmt: skip
# what each column may be shown in (domain brief G5): where a vacant building stands can aid crime
DISCLOSURE: dict[str, Disclosure] = {
    **dict.fromkeys(OFFICE_COLUMNS, "public"),
    **dict.fromkeys(
        ("id", "name", "postcode", "easting", "northing", "uprn", "status", "note",
         "tenure_detail", "vacancy_confidence", "vacancy_evidence"),
        "vacancy",
    ),
}  # fmt: skip
CANDIDATE = (
    "an office in the rating list, which does not say whether it is occupied: candidate only"
)
SPACE_BASIS = "vacant space"
LEAD = "service closed; building state unknown"
MONTH_DAYS = 365.25 / 12
Floats = NDArray[np.float64]


def combine(confidences: Floats, months: Floats, *, cap: float, halving_months: float) -> Floats:
    """Combine independent evidence of vacancy.

    `min(cap, 1 - prod(1 - c_i))`, halved for each `halving_months` of age (domain brief D4).

    Parameters
    ----------
    confidences
        Rows by pieces of evidence; 0 where there is none.
    months
        Age of each row's evidence; NaN (unknown) is not aged.

    Returns
    -------
    ndarray
        One confidence a row, 0 to `cap`.

    Examples
    --------
    >>> combine(np.array([[0.8, 0.3]]), np.array([24.0]), cap=0.95, halving_months=24).round(2)
    array([0.43])
    """
    joint = np.minimum(1 - np.prod(1 - np.asarray(confidences, float), axis=1), cap)
    age = np.nan_to_num(np.asarray(months, float), nan=0.0)
    aged: Floats = joint * 0.5 ** (np.maximum(age, 0.0) / halving_months)
    return aged


def offices(
    ledger: Ledger,
    places: Places,
    parameters: Parameters,
    as_of: date,
    rating: RatingList | None = None,
) -> pd.DataFrame | None:
    """Return the candidate buildings.

    Vacant, surplus or office-like buildings of asset registers and of the central estate, places
    that business rates, the rating list or a visit point to, and closed libraries as leads.

    Parameters
    ----------
    rating
        The study's rating lists, settled by whoever gives them.

    Returns
    -------
    DataFrame or None
        `OFFICE_COLUMNS`, one row a place, ordered by `id`. `vacancy_confidence` is missing where
        nothing is said, 0 where the register names an occupier; `office_capable` is missing where
        neither the name nor the use tells; places known only by postcode district have no position.
    """
    certificates = _certificates(ledger, places)
    rating = rating if rating is not None else RatingList(ledger)
    listed = rating.offices(places)
    halving = parameters.value("offices.halving_months")
    seen = visits(ledger, places, as_of, halving)
    more = evidence_of_vacancy(ledger, places, rating, parameters, as_of)
    rows = places.rows
    asset = (rows["register"] == "asset").to_numpy(dtype=bool)
    lead = ((rows["register"] == "library") & (rows["status"] == "closed")).to_numpy(dtype=bool)
    office = said(rows["office_text"], OFFICE).to_numpy(dtype=bool)
    former = said(rows["name"], FORMER).to_numpy(dtype=bool)
    vacant = rows["vacant"].to_numpy(dtype=bool)
    government = (rows["register"] == "government").to_numpy(dtype=bool)
    pointed = rows["id"].isin({*more["id"], *listed["id"], *seen["id"]}).to_numpy(dtype=bool)
    fit = (asset & (office | vacant | former)) | (government & office) | lead | pointed
    if not fit.any():
        return None
    occupied = said(rows["tenure_detail"], r"occupied|in use|\blet\b|lease").to_numpy(dtype=bool)
    rows = rows.assign(
        said_vacant=asset & vacant,
        said_former=asset & former,
        said_occupied=asset & ~vacant & occupied,
        lead=lead,
    )
    # every record of a candidate place counts, and what is said of the vacant one comes first
    rows = rows[rows["id"].isin(set(rows.loc[fit, "id"]))]
    rows = rows.sort_values(["id", "said_vacant"], ascending=[True, False], kind="stable")
    made = places.places.set_index("id").loc[sorted(set(rows["id"]))].reset_index()
    grouped = rows.groupby("id", sort=True)
    made = _vacancy(made, rows, parameters, as_of)
    made = _with_other_evidence(made, more, set(listed["id"]), parameters)
    for name in ("tenure", "tenure_detail", "energy_band"):
        made[name] = grouped[name].agg(_first_text).reindex(made["id"]).to_numpy()
    area = grouped["floor_area_m2"].first().reindex(made["id"]).to_numpy(float)
    area = np.where(area > 0, area, np.nan)
    made["floor_area_basis"] = np.where(np.isnan(area), "", "register")
    # part-vacant: the vacant part is what can be used
    part = grouped["vacant_area_m2"].max().reindex(made["id"]).to_numpy(float)
    made["floor_area_basis"] = np.where(part > 0, SPACE_BASIS, made["floor_area_basis"])
    made["floor_area_m2"] = np.where(part > 0, part, area)
    made = _from_certificates(made, certificates)
    told = rows[rows["said_vacant"]].groupby("id")["dated"].max()
    made = with_visits(made, seen, told)
    made["office_capable"] = _capable(rows).reindex(made["id"]).to_numpy()
    made["office_capable"] = made["office_capable"].astype("boolean")
    return numbered(made)[list(OFFICE_COLUMNS)].sort_values("id", ignore_index=True)


def _with_other_evidence(
    made: pd.DataFrame, more: pd.DataFrame, listed: set[str], parameters: Parameters
) -> pd.DataFrame:
    """Combine what the register says with independent evidence, and keep the trail of all of it.

    An office of the rating list of which nothing else is known is a candidate, with a confidence
    of its own that combines with nothing.
    """
    own = made["vacancy_confidence"].to_numpy(float)
    text = made["vacancy_evidence"].to_numpy(dtype=object)
    if len(more):
        found = combined(more, parameters.value("offices.halving_months")).reindex(made["id"])
        missed = found["missed"].to_numpy(float)
        told = found["text"].fillna("").to_numpy(dtype=object)
        has = ~np.isnan(missed)
        joint = np.minimum(
            1 - (1 - np.nan_to_num(own)) * np.nan_to_num(missed, nan=1.0),
            parameters.value("offices.confidence_cap"),
        )
        own = np.where(has, joint, own)
        silent = np.isin(text, ["nothing said about vacancy"])
        text = np.where(has, np.where(silent, told, text + "; " + told), text)
    only = np.isnan(own) & made["id"].isin(listed).to_numpy(dtype=bool)
    own = np.where(only, parameters.value("offices.confidence_rating_list"), own)
    text = np.where(only, CANDIDATE, text)
    return made.assign(vacancy_confidence=own, vacancy_evidence=text)


def _first_text(cells: pd.Series) -> str:
    filled = cells[cells != ""]
    return str(filled.iloc[0]) if len(filled) else ""


def _vacancy(
    made: pd.DataFrame, rows: pd.DataFrame, parameters: Parameters, as_of: date
) -> pd.DataFrame:
    """Add the confidence and the evidence trail."""
    said_of = (
        rows.groupby("id")[["said_vacant", "said_former", "said_occupied", "lead"]]
        .any()
        .reindex(made["id"])
    )
    vacant, former = said_of["said_vacant"].to_numpy(bool), said_of["said_former"].to_numpy(bool)
    lead, occupied = said_of["lead"].to_numpy(bool), said_of["said_occupied"].to_numpy(bool)
    told = rows[rows["said_vacant"] | rows["said_former"]]
    newest = told.groupby("id")["dated"].max().reindex(made["id"])
    months = ((pd.Timestamp(as_of) - newest).dt.days / MONTH_DAYS).to_numpy(float)
    confidences = np.column_stack(
        [
            np.where(vacant, parameters.value("offices.confidence_register"), 0.0),
            np.where(former, parameters.value("offices.confidence_name"), 0.0),
        ]
    )
    joint = combine(
        confidences,
        months,
        cap=parameters.value("offices.confidence_cap"),
        halving_months=parameters.value("offices.halving_months"),
    )
    # a lead says nothing about the building, so there is nothing in it that could age
    joint = np.where(
        lead & ~vacant & ~former, parameters.value("offices.confidence_service_closed"), joint
    )
    known = vacant | former | lead | occupied
    said_detail = (
        told.groupby("id")["vacancy_text"]
        .first()
        .reindex(made["id"])
        .fillna("")
        .str.replace(r"(?:\s*\|\s*)+", ", ", regex=True)
        .str.strip(" ,")
    )
    records = trail(told).groupby(told["id"]).agg(lambda cells: " ".join(dict.fromkeys(cells)))
    where = (" " + records).reindex(made["id"]).fillna("").to_numpy(dtype=object)
    age = pd.Series(months).round().astype("Int64").astype("str") + " months old"
    age = age.where(~np.isnan(months), "age unknown")
    text = np.where(
        vacant,
        "register says: "
        + said_detail.to_numpy(dtype=object)
        + " ("
        + age.to_numpy(dtype=object)
        + ")"
        + where,
        "",
    )
    text = np.where(
        former,
        np.where(text == "", "", text + "; ")
        + "the name says former, disused or empty"
        + np.where(text == "", where, ""),
        text,
    )
    text = np.where(
        vacant & occupied,
        text + "; another record here names an occupier: part-vacant at most",
        text,
    )
    text = np.where(lead, np.where(text == "", "", text + "; ") + LEAD, text)
    text = np.where(occupied & (text == ""), "register names an occupier or tenant", text)
    text = np.where(text == "", "nothing said about vacancy", text)
    return made.assign(vacancy_confidence=np.where(known, joint, np.nan), vacancy_evidence=text)


def _capable(rows: pd.DataFrame) -> pd.Series:
    """Return whether each place can be an office: true, false, or missing where nothing tells."""
    office = said(rows["office_text"], OFFICE) | rows["lead"]
    other = said(rows["office_text"], NOT_OFFICE) & ~office
    any_office = office.groupby(rows["id"]).any()
    any_other = other.groupby(rows["id"]).any()
    result = pd.Series(pd.NA, index=any_office.index, dtype="boolean")
    result[any_other] = False
    result[any_office] = True
    return result


def _certificates(ledger: Ledger, places: Places) -> pd.DataFrame | None:
    """Return the newest energy certificate of each UPRN that a place has."""
    wanted = set(places.places["uprn"]) - {0}
    parts = []
    for reading in (*ledger.of("epc_non_domestic"), *ledger.of("display_energy")):
        frame = reading.frame
        uprn = pd.to_numeric(frame["uprn"], errors="coerce").fillna(0).astype("int64")
        reasons = np.where(uprn.isin(wanted), "", "no public-sector place with its UPRN").astype(
            object
        )
        reasons[(uprn == 0).to_numpy()] = "no UPRN to join by"
        kept = frame.assign(uprn=uprn).loc[reasons == ""]
        kept = kept.sort_values(["uprn", "lodged", "record"], ascending=[True, False, True])
        older = set(kept.loc[kept["uprn"].duplicated(), "record"])
        reasons[frame["record"].isin(older).to_numpy(dtype=bool)] = (
            "an older certificate of the same UPRN"
        )
        ledger.settle(apart(reading, reasons))
        # the band of a display certificate is of energy used, which an EPC's is not: area only
        dec = reading.source.format_key == "display_energy"
        kept = kept.assign(rating_band="" if dec else kept["rating_band"], second=dec)
        parts.append(kept.drop_duplicates("uprn"))
    if not parts:
        return None
    whole = stack(parts, ["uprn", "lodged", "rating_band", "floor_area_m2", "second"])
    whole = whole.sort_values(
        ["uprn", "second", "lodged"], ascending=[True, True, False], kind="stable"
    )
    first = whole.drop_duplicates("uprn").set_index("uprn")
    area = whole[whole["floor_area_m2"] > 0].drop_duplicates("uprn").set_index("uprn")
    return first.assign(floor_area_m2=area["floor_area_m2"].reindex(first.index))


def _from_certificates(made: pd.DataFrame, certificates: pd.DataFrame | None) -> pd.DataFrame:
    """Fill floor area (gross internal, as certificates measure it) and energy band."""
    if certificates is None or certificates.empty:
        return made
    found = certificates.reindex(made["uprn"].to_numpy())
    area, band = (
        found["floor_area_m2"].to_numpy(float),
        found["rating_band"].fillna("").astype("str").str.upper().to_numpy(dtype=object),
    )
    lacking = made["floor_area_m2"].isna().to_numpy() & (np.nan_to_num(area) > 0)
    made["floor_area_m2"] = np.where(lacking, area, made["floor_area_m2"].to_numpy(float))
    made["floor_area_basis"] = np.where(lacking, "GIA", made["floor_area_basis"])
    made["energy_band"] = np.where(
        (made["energy_band"] == "").to_numpy() & (band != ""), band, made["energy_band"]
    )
    return made
