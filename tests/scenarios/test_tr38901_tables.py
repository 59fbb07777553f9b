"""TR 38.901 against an independent transcription of its tables: formulas as `tr3gpp` 0.2.0 holds them.

The package keeps each formula as the report prints it. Here the print is turned into arithmetic, so
that our coefficients are compared with somebody else's reading of the report, not with our own.
"""

from __future__ import annotations

import re

import numpy as np
import pytest
from tr3gpp import tr38901

from scenarios import radio

SCENARIOS = {"uma": "UMa", "umi": "UMi-StreetCanyon", "rma": "RMa"}
NAMES = {
    "d_{3D}": "d3", "d_{2D-out}": "d2", "d'_{BP}": "turn", "d_{BP}": "turn", "h_{BS}": "bs", "h_{UT}": "ut",
    "f_c": "f", "PL_1": "pl1", "PL_2": "pl2",
}  # fmt: skip


def arithmetic(print_):
    """Turn a printed formula (one right-hand side) into Python."""
    text = print_.strip().rstrip(";").replace(r"\quad", " ")
    for name, short in NAMES.items():
        text = text.replace(name, f" {short} ")
    text = re.sub(r"\^\{([^}]*)\}", r"**(\1)", text)
    text = text.replace("^2", "**2").replace(r"\log_{10}", " log10").replace(r"\pi", " pi ")
    text = text.replace(r"\min", " min").replace(r"\max", " max")
    text = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(?=[a-z])", r"\1*", text)  # 22 log10, 40 pi
    text = re.sub(r"\)\s*(?=log10|[a-z(])", ")*", text)
    text = re.sub(r"\b(pi|d3|turn|bs|ut|f|h|W)\s+(?=[a-z(]|log10)", r"\1*", text)
    text = re.sub(r"\b(\d+(?:\.\d+)?)\s*\(", r"\1*(", text)
    return re.sub(r"log10\*\(", "log10(", text)


def value(print_, **names):
    scope = {"log10": np.log10, "pi": np.pi, "min": min, "max": max, **names}
    return float(eval(arithmetic(print_), {"__builtins__": {}}, scope))


def part(formula, left):
    """Return the right-hand side of `left = ...` in a printed formula."""
    return re.search(re.escape(left) + r"\s*=\s*(.*?)(?=;|\\quad|$)", formula, re.DOTALL)[
        1
    ].replace("\n", " ")


def entry(environment, condition):
    return tr38901.section("7.4").pathloss(scenario=SCENARIOS[environment], condition=condition)


@pytest.mark.parametrize("environment", sorted(SCENARIOS))
@pytest.mark.parametrize("distance", [10.0, 57.0, 199.0, 410.0, 900.0, 2400.0, 4999.0])
@pytest.mark.parametrize(("f", "bs", "ut"), [(3.5, 25.0, 1.5), (0.7, 35.0, 2.0), (26.0, 10.0, 1.5)])
def test_losses_are_those_of_the_printed_tables(environment, distance, f, bs, ut):
    turn = float(
        (radio.rma_breakpoint_m if environment == "rma" else radio.uma_breakpoint_m)(f, bs, ut)
    )
    names = {
        "d3": float(np.hypot(distance, bs - ut)),
        "f": f,
        "bs": bs,
        "ut": ut,
        "turn": turn,
        "h": 5.0,
        "W": 20.0,
    }
    los = entry(environment, "LOS").formula
    near = part(los, "PL_1")
    if distance <= turn:
        expected = value(near, **names)
    elif environment == "rma":
        at_turn = value(near, **{**names, "d3": turn})
        expected = at_turn + value(part(los, "PL_2").replace("PL_1(d_{BP})", "0"), **names)
    else:
        expected = value(part(los, "PL_2"), **names)
    ours = float(getattr(radio, f"{environment}_los_db")(distance, f, bs, ut))
    assert ours == pytest.approx(expected, abs=0.01)

    nlos = entry(environment, "NLOS").formula
    label = f"PL'_{{{SCENARIOS[environment].split('-')[0]}-NLOS}}"
    expected = max(expected, value(part(nlos, f"{label} ").strip(), **names))
    ours = float(getattr(radio, f"{environment}_nlos_db")(distance, f, bs, ut))
    assert ours == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("environment", "condition", "key"),
    [
        ("uma", "LOS", "uma_los"), ("uma", "NLOS", "uma_nlos"), ("umi", "LOS", "umi_los"),
        ("umi", "NLOS", "umi_nlos"), ("rma", "LOS", "rma_los_near"), ("rma", "NLOS", "rma_nlos"),
    ],
)  # fmt: skip
def test_spreads_are_those_of_the_printed_tables(environment, condition, key):
    assert entry(environment, condition).shadow_fading_std_db[0].value_db == radio.SIGMA_DB[key]
