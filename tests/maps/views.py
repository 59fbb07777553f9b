"""A hand-made county to print: four districts, forty areas, twenty-six sites, three cases.

Every place, name and number is invented. The county sits on real National Grid positions so that
projections are exercised, and holds what real data hold: missing values, all grades and statuses,
an office known only by postcode district, and hostile names.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from county import GRADES, geography, study_view, table

from layers.lineage import Column, Figures, Table
from maps.view import CaseView, ProfileView

__all__ = ["SCENARIOS", "case_view", "study_view"]

SCENARIOS = ("full_fibre_fund", "testbed_5g", "coworking")
KEYS = {
    "full_fibre_fund": "full-fibre-fund",
    "testbed_5g": "5g-testbed",
    "coworking": "co-working",
}
HOSTILE = '<script>alert("sites")</script>'
FORMULA = '=HYPERLINK("bad")+\'5&<b>|Ward'
CRITERIA = {
    "full_fibre_fund": (
        ("uplift", "Premises uplifted", "premises", 0.25, 0, 1000),
        ("need", "Public-service need", "sites", 0.20, 0, 10),
        ("business", "Business demand", "local units", 0.15, 0, 200),
        ("cost_effectiveness", "Cost per premises uplifted", "GBP", 0.15, 4000, 250),
        ("subsidy", "Subsidy eligibility", "ratio", 0.10, 0, 1),
        ("deprivation", "Deprivation", "decile", 0.10, 10, 1),
        ("deliverability", "Deliverability", "ratio", 0.05, 0, 1),
    ),
    "testbed_5g": (
        ("use_case", "Use-case demand", "premises", 0.25, 0, 10),
        ("gap", "Coverage gap", "ratio", 0.20, 0, 1),
        ("assets", "Usable public assets", "assets", 0.20, 0, 8),
        ("backhaul", "Distance to backhaul", "m", 0.15, 500, 0),
        ("deliverability", "Deliverability", "ratio", 0.10, 0, 1),
        ("deprivation", "Deprivation", "decile", 0.05, 10, 1),
        ("cost", "Cost per site", "GBP", 0.05, 60000, 10000),
    ),
    "coworking": (
        ("micro", "Micro-business demand", "local units", 0.25, 0, 1500),
        ("competition", "Competition", "weighted spaces", 0.10, 3, 0),
        ("transport", "Public transport", "ratio", 0.15, 0, 1),
        ("space", "Desks supported", "desks", 0.15, 15, 100),
        ("connectivity", "Connectivity", "ratio", 0.15, 0, 1),
        ("energy", "Energy band", "ratio", 0.05, 0, 1),
        ("deprivation", "Deprivation", "decile", 0.10, 10, 1),
        ("vacancy", "Vacancy confidence", "ratio", 0.05, 0, 1),
    ),
}
TITLES = {
    "full_fibre_fund": "Full Fibre Fund: public buildings as anchors",
    "testbed_5g": "5G testbed: first sites",
    "coworking": "Co-working in unused public offices",
}
OUTCOMES = {
    "full_fibre_fund": (
        (
            "premises_uplifted",
            "Premises uplifted by the chosen sites",
            4_180.0,
            3_350.0,
            5_020.0,
            "premises",
            0,
            "estimated",
        ),
        (
            "cost_per_premises_gbp",
            "Grant per premises uplifted",
            431.0,
            359.0,
            537.0,
            "GBP",
            0,
            "estimated",
        ),
    ),
    "testbed_5g": (
        (
            "target_premises",
            "Target premises within 500 m of the chosen sites",
            31.0,
            27.0,
            36.0,
            "premises",
            0,
            "measured",
        ),
        (
            "cost_per_site_gbp",
            "Cost per chosen site",
            34_500.0,
            28_000.0,
            46_000.0,
            "GBP",
            0,
            "modelled",
        ),
    ),
    "coworking": (
        ("desks", "Desks in the chosen offices", 214.0, 180.0, 240.0, "desks", 0, "estimated"),
        (
            "cost_per_desk_gbp",
            "Fit-out cost per desk",
            5_400.0,
            4_700.0,
            6_300.0,
            "GBP",
            0,
            "estimated",
        ),
    ),
}
GATES = {
    "full_fibre_fund": (
        ("open", "The building is open"),
        ("owner", "A public body controls the building"),
        ("match", "Match funding is in writing"),
    ),
    "testbed_5g": (
        ("user", "A named user of the testbed"),
        ("letter", "A letter of support"),
        ("revenue", "A revenue plan after the grant"),
    ),
    "coworking": (
        ("office", "The building is office-capable"),
        ("location", "Its location is known"),
        ("desks", "At least 15 desks fit"),
    ),
}


NAMES = (
    "Ashmoor Central Library",
    "Brindleford Town Hall annexe",
    "Calderwick Health Centre",
    HOSTILE,
    "Dunstead Primary School",
    "St Agnes Library",
    "Old Court House",
    "Mill Lane Surgery",
    FORMULA,
    "Riverside Depot offices",
    "Northgate Civic Centre",
    "Whitmoor Community Hospital",
    "Hawthorn Lane Library",
    "Castle Street Offices",
    "Long Meadow School",
    "Weir Road Medical Practice and Community Wellbeing Centre",
    "Quarry Bank Library",
    "Elm Grove Surgery",
    "Station Road Offices",
    "Westcote Library",
    "Saltwells Hospital",
    "Former Rates Office",
    "Chapel Green School",
    "Hollybush Library",
    "Tanners Yard",
    "Upper Fold Surgery",
)
KINDS = ("library", "office", "gp", "civic", "school", "hospital", "other")
CHOSEN, RANKED, VERIFY, EXCLUDED = 6, 14, 19, 24  # ends of each block of sites


def site_status(n: int) -> str:
    return (
        "ranked"
        if n < RANKED
        else "to verify"
        if n < VERIFY
        else "excluded"
        if n < EXCLUDED
        else "not ranked"
    )


def site_places() -> tuple[np.ndarray, np.ndarray, list[str], list[str]]:
    _, areas, _, _ = geography()
    rng = np.random.default_rng(3)
    order = rng.permutation(len(areas))[: len(NAMES)]
    order[1] = order[0]  # two sites side by side, as on a real civic campus
    points = shapely.point_on_surface(areas.geometry.to_numpy())[order]
    east, north = shapely.get_x(points) + 0.0, shapely.get_y(points) + 0.0
    east[1] += 260
    east[VERIFY - 1] = north[VERIFY - 1] = np.nan
    return (
        east.round(0),
        north.round(0),
        list(areas["lad"].to_numpy()[order]),
        list(areas["lad_name"].to_numpy()[order]),
    )


def ranking_frame(scenario: str) -> tuple[pd.DataFrame, dict[str, Column]]:
    rng = np.random.default_rng(17 + SCENARIOS.index(scenario))
    n, criteria = len(NAMES), CRITERIA[scenario]
    east, north, lad, lad_name = site_places()
    status = [site_status(i) for i in range(n)]
    values = np.sort(rng.uniform(0.05, 0.98, (n, len(criteria))), axis=0)[::-1] * rng.uniform(
        0.75, 1, (n, len(criteria))
    )
    values[2, 1] = values[15, 3] = np.nan
    values[[24, 25], :5] = np.nan
    weights = np.array([c[3] for c in criteria])
    grades = np.array(GRADES)[rng.integers(0, 3, (n, len(criteria)))]
    known = ~np.isnan(values)
    points = values * weights
    score = np.nansum(points, axis=1) / np.maximum((known * weights).sum(axis=1), 0.01)
    score[:RANKED] = np.sort(score[:RANKED])[::-1]
    score[RANKED:VERIFY] = np.sort(score[RANKED:VERIFY])[::-1]
    score[VERIFY:] = np.nan
    place = pd.Series(-score).rank(method="first")
    cost = np.round(rng.uniform(60_000, 520_000, n), -3)
    cost[4] = np.nan
    frame = pd.DataFrame(
        {
            "site_id": [f"uprn:9000000{i:04d}" if i % 3 else f"library:L{i:03d}" for i in range(n)],
            "rank": place,
            "rank_best": (place - 2).clip(lower=1),
            "rank_worst": place + 3,
            "name": NAMES,
            "kind": [KINDS[i % 7] for i in range(n)],
            "owner": [f"{name} Council" for name in lad_name],
            "lad": lad,
            "lad_name": lad_name,
            "postcode": [f"ZZ{i + 1} {i % 9}AA" for i in range(n)],
            "easting": east,
            "northing": north,
            "location": [
                "area-only" if np.isnan(e) else "exact" if i % 4 else "postcode"
                for i, e in enumerate(east)
            ],
            "status": status,
            "chosen": [i < CHOSEN for i in range(n)],
            "score": score,
            "score_low": np.clip(score - 0.07, 0, 1),
            "score_high": np.clip(score + 0.05, 0, 1),
            "completeness_pct": (known * weights).sum(axis=1) * 100,
        }
    )
    for grade in GRADES:
        frame[f"{grade}_pct"] = ((grades == grade) & known) @ weights * 100
    frame["cost_gbp"], frame["cost_gbp_low"], frame["cost_gbp_high"] = cost, cost * 0.8, cost * 1.4
    frame["npsv_gbp"], frame["bcr"] = cost * rng.uniform(-0.2, 1.4, n), rng.uniform(0.8, 2.4, n)
    columns: dict[str, Column] = {
        name: Column(name.replace("_", " "), "", 0) for name in ("rank", "rank_best", "rank_worst")
    }
    columns["rank"] = Column(
        "rank", "", 0, low_of="rank_best", high_of="rank_worst", formula="by score, best first"
    )
    columns |= {
        "score": Column(
            "score out of 1",
            "",
            2,
            "estimated",
            "sum of points over the weight known",
            low_of="score_low",
            high_of="score_high",
        ),
        "score_low": Column("low", "", 2),
        "score_high": Column("high", "", 2),
        "cost_gbp": Column(
            "whole cost with optimism bias",
            "GBP",
            0,
            "estimated",
            low_of="cost_gbp_low",
            high_of="cost_gbp_high",
        ),
        "cost_gbp_low": Column("low", "GBP", 0),
        "cost_gbp_high": Column("high", "GBP", 0),
        "npsv_gbp": Column("net present social value", "GBP", 0, "estimated"),
        "bcr": Column("benefit-cost ratio", "", 2, "estimated"),
        "easting": Column("easting", "m", 0),
        "northing": Column("northing", "m", 0),
    }
    columns |= {
        f"{name}_pct": Column(f"share of weight {name}", "%", 0)
        for name in ("completeness", *GRADES)
    }
    frame.loc[1, "postcode"] = "ZZ2 2AB"
    frame.loc[VERIFY - 1, "postcode"] = "ZZ19"
    for c, (name, label, unit, weight, zero, one) in enumerate(criteria):
        value = values[:, c]
        metric = zero + value * (one - zero)
        grade = f"grade_{name}"
        frame[f"metric_{name}"], frame[f"metric_{name}_low"], frame[f"metric_{name}_high"] = (
            metric,
            metric * 0.9,
            metric * 1.1,
        )
        frame[f"value_{name}"], frame[f"value_{name}_low"], frame[f"value_{name}_high"] = (
            value,
            np.clip(value - 0.1, 0, 1),
            np.clip(value + 0.1, 0, 1),
        )
        frame[f"points_{name}"], frame[grade] = (
            value * weight,
            np.where(known[:, c], grades[:, c], ""),
        )
        frame[f"route_{name}"] = np.where(known[:, c], f"{label} by its {c % 3 + 1}. route", "")
        decimals = 2 if unit == "ratio" else 0
        columns |= {
            f"metric_{name}": Column(
                label,
                unit,
                decimals,
                grade_of=grade,
                low_of=f"metric_{name}_low",
                high_of=f"metric_{name}_high",
            ),
            f"value_{name}": Column(
                f"{label} on its anchors",
                "",
                2,
                grade_of=grade,
                low_of=f"value_{name}_low",
                high_of=f"value_{name}_high",
            ),
            f"points_{name}": Column(f"points from {label.lower()}", "", 3, grade_of=grade),
        }
        columns |= {
            f"{stem}_{name}_{end}": Column(
                end, unit if stem == "metric" else "", decimals if stem == "metric" else 2
            )
            for stem in ("metric", "value")
            for end in ("low", "high")
        }
    labels = [label for _, label in GATES[scenario]]
    frame["gates_failed"] = [labels[i % 3] if s == "excluded" else "" for i, s in enumerate(status)]
    frame["gates_unknown"] = [
        labels[i % 3] if s == "to verify" else "" for i, s in enumerate(status)
    ]
    frame["catchment_method"] = [
        "streets, 200 m" if i % 5 else "straight line x 1.3" for i in range(n)
    ]
    return frame, columns


def case_tables(scenario: str) -> tuple[Table, Table, Table, Table, Table]:
    frame, columns = ranking_frame(scenario)
    ranking = table("ranking", "site_id", frame, columns, "Sites in order of score")
    gate_rows, cost_rows = [], []
    for i, (site_id, status) in enumerate(zip(frame["site_id"], frame["status"], strict=True)):
        for g, (gate, label) in enumerate(GATES[scenario]):
            bad = g == i % 3 and status in {"excluded", "to verify"}
            outcome = {"excluded": "fail", "to verify": "unknown"}[status] if bad else "pass"
            gate_rows.append(
                {
                    "row": f"{site_id}|{gate}",
                    "site_id": site_id,
                    "gate": gate,
                    "label": label,
                    "outcome": outcome,
                    "reason": "no evidence is attached"
                    if outcome == "unknown"
                    else "the register says otherwise"
                    if bad
                    else "",
                }
            )
        for item, quantity, rate, bias, basis in (
            ("connection", 1.0, 24_000.0, 20.0, "stated"),
            ("trench", 850.0 + 10 * i, 62.0, 44.0, "assumed"),
        ):
            amount = quantity * rate * (1 + bias / 100)
            cost_rows.append(
                {
                    "row": f"{site_id}|{item}",
                    "site_id": site_id,
                    "item": item,
                    "quantity": quantity,
                    "unit": "building" if item == "connection" else "m",
                    "rate_gbp": rate,
                    "amount_gbp": amount,
                    "amount_gbp_low": amount * 0.8,
                    "amount_gbp_high": amount * 1.4,
                    "optimism_bias_pct": bias,
                    "basis": basis,
                    "parameter": f"cost.{item}_gbp",
                }
            )
    gates = table("gates", "row", pd.DataFrame(gate_rows), {})
    costs = table(
        "costs",
        "row",
        pd.DataFrame(cost_rows),
        {
            "quantity": Column("quantity", decimals=0, unit_of="unit"),
            "rate_gbp": Column("rate", "GBP", 0),
            "amount_gbp": Column(
                "amount with optimism bias",
                "GBP",
                0,
                low_of="amount_gbp_low",
                high_of="amount_gbp_high",
            ),
            "amount_gbp_low": Column("low", "GBP", 0),
            "amount_gbp_high": Column("high", "GBP", 0),
            "optimism_bias_pct": Column("optimism bias", "%", 0),
        },
    )
    criteria = table(
        "criteria",
        "criterion",
        pd.DataFrame(
            [
                {
                    "criterion": name,
                    "label": label,
                    "unit": unit,
                    "weight": weight,
                    "anchor_zero": float(zero),
                    "anchor_one": float(one),
                    "missing_rule": "interval",
                    "description": f"{label}, on fixed anchors.",
                    "sites_with_value": 23.0,
                    "sites_capped": 1.0,
                }
                for name, label, unit, weight, zero, one in CRITERIA[scenario]
            ]
        ),
        {
            "weight": Column("weight", "", 2),
            "anchor_zero": Column("worth nothing", unit_of="unit"),
            "anchor_one": Column("worth everything", unit_of="unit"),
            "sites_with_value": Column("sites with a value", "sites", 0),
            "sites_capped": Column("sites capped", "sites", 0),
        },
    )
    ask = float(frame.loc[frame["chosen"], "cost_gbp"].sum())
    counts = {
        f"sites_{s.replace(' ', '_')}": float((frame["status"] == s).sum())
        for s in ("ranked", "to verify", "excluded", "not ranked")
    }
    items = [
        ("ask_gbp", "The ask", ask, ask * 0.8, ask * 1.4, "GBP", 0, "estimated"),
        ("budget_gbp", "Budget", 2_000_000.0, None, None, "GBP", 0, ""),
        ("sites_candidates", "Candidate sites", float(len(frame)), None, None, "sites", 0, ""),
        *(
            (key, key.replace("_", " ").capitalize(), value, None, None, "sites", 0, "")
            for key, value in counts.items()
        ),
        ("sites_chosen", "Chosen sites", float(frame["chosen"].sum()), None, None, "sites", 0, ""),
        (
            "npsv_gbp",
            "Net present social value",
            612_000.0,
            -140_000.0,
            1_310_000.0,
            "GBP",
            0,
            "estimated",
        ),
        ("bcr", "Benefit-cost ratio", 1.34, 0.92, 1.8, "", 2, "estimated"),
        ("unquoted_pct", "Share of the ask that is unquoted", 71.0, None, None, "%", 0, ""),
        (
            "break_even_gbp_per_year",
            "Break-even benefit",
            101_000.0,
            None,
            None,
            "GBP",
            0,
            "estimated",
        ),
        *OUTCOMES[scenario],
    ]
    rows = pd.DataFrame(
        [
            {
                "item": k,
                "label": label,
                "value": v,
                "low": low,
                "high": high,
                "unit": u,
                "decimals": d,
                "grade": g,
                "note": "",
            }
            for k, label, v, low, high, u, d, g in items
        ]
    )
    summary = table(
        "summary",
        "item",
        rows,
        {
            "value": Column(
                "value",
                unit_of="unit",
                decimals_of="decimals",
                grade_of="grade",
                low_of="low",
                high_of="high",
            )
        },
    )
    return ranking, gates, costs, criteria, summary


def case_view(scenario: str = "full_fibre_fund", sample: bool = False) -> CaseView:
    """Return one case of the invented county: a scenario of `SCENARIOS`, or its case key."""
    scenario = {key: name for name, key in KEYS.items()}.get(scenario, scenario)
    study = study_view(sample)
    tables = case_tables(scenario)
    ranking, gates, costs, criteria, summary = tables
    frame = ranking.frame
    geometry = [
        shapely.Point() if np.isnan(e) else shapely.Point(e, n)
        for e, n in zip(frame["easting"], frame["northing"], strict=True)
    ]
    sites = gpd.GeoDataFrame({"site_id": frame["site_id"]}, geometry=geometry, crs="EPSG:27700")
    held = (
        study.district_gaps,
        study.area_gaps,
        study.coverage,
        study.sources,
        study.quality,
        study.parameters,
    )
    profile = ProfileView(
        key=KEYS[scenario],
        title=TITLES[scenario],
        fund="Practice fund",
        status="closed",
        closed_note="CLOSED: this fund no longer takes bids; the profile is kept for practice.",
        weights_note="Weights are the toolkit's defaults, not the fund's.",
        themes=("Public services", "Local growth"),
        questions=("What problem does the project address?", "Why will the market not do it?"),
        evidence_required=("A letter from the owner of each building", "Written match funding"),
    )
    return CaseView(
        key=KEYS[scenario],
        title=TITLES[scenario],
        scenario=scenario,
        profile=profile,
        study=study,
        ranking=ranking,
        gates=gates,
        costs=costs,
        criteria=criteria,
        summary=summary,
        sites=sites,
        figures=Figures((*tables, *held), KEYS[scenario]),
        notes=("Costs are shipped defaults where no quote is attached.",),
    )
