"""Cost lines by hand."""

from __future__ import annotations

import numpy as np

from layers.parameters import shipped
from scenarios.costs import CAPITAL, RUNNING, CostLine, price, total

RATE, BIAS = "fibre.public_site_all_in_gbp", "appraisal.bias_standard_civil_pct"


def test_amounts_are_quantity_times_rate_with_bias():
    # 8,000 x 1.03 = 8,240; 15,700 x 1.44 = 22,608; 35,000 x 1.44 = 50,400
    (line,) = price([CostLine.each("site", "site", [1.0], RATE, bias=BIAS)], shipped())
    assert (line.low[0], line.amount[0], line.high[0]) == (8_240, 22_608, 50_400)
    assert (line.rate_gbp, line.optimism_bias_pct, line.basis) == (15_700, 44, "assumed")


def test_unknown_quantity_is_unknown_cost():
    lines = [
        CostLine.each("known", "site", [1.0, 1.0], RATE),
        CostLine.each("unknown", "m", [np.nan, 2.0], "fibre.footway_gbp_per_m"),
    ]
    _, middle, _ = total(price(lines, shipped()), 2, CAPITAL)
    assert np.isnan(middle[0])
    assert middle[1] == 15_700 + 2 * 85


def test_a_stated_rate_is_quoted_and_running_cost_is_apart():
    stated = shipped().override(
        {RATE: {"value": 20_000, "who": "supplier", "when": "2026-01-01", "why": "quote 7"}}, "t"
    )
    lines = [
        CostLine.each("site", "site", [2.0], RATE),
        CostLine.each("opex", "m", [1.0], "fibre.footway_gbp_per_m", timing=RUNNING),
    ]
    priced = price(lines, stated)
    assert priced[0].basis == "stated"
    assert total(priced, 1, CAPITAL)[1].tolist() == [40_000]
    assert total(priced, 1, RUNNING)[1].tolist() == [85]
    assert total(priced, 1, CAPITAL, "assumed")[1].tolist() == [0]


def test_no_lines_cost_nothing():
    assert total([], 2, CAPITAL)[1].tolist() == [0, 0]
