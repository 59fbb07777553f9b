"""Saved answers of Ofcom's mobile coverage interface: addresses of a postcode, one file an answer.

Canonical columns, one row an address: `uprn postcode`, and for each of the operators `ee h3 tf vo`
(EE, Three, O2, Vodafone) `<operator>_<voice or data>_<indoor or outdoor>`, a grade from 0 (none) to 4
(likely); `data_outdoor_likely` and `data_indoor_likely` count the operators of grade 4. The grades
are those of Ofcom's consumer map, stricter than Connected Nations: the two are not mixed. A file may
hold one answer or a list of them.
"""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layers.cells import read_cells
from layers.errors import Fault, SourceError
from layers.formats import Format
from layers.formats._vintage import vintage_in_name
from layers.join_keys import normal_postcode_text
from layers.layouts import Field, Layout
from layers.peeking import Peek, read_bytes
from layers.source import QUARANTINE_COLUMNS, Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

OPERATORS = {"ee": "EE", "h3": "H3", "tf": "TF", "vo": "VO"}
GRADES = {
    f"{operator}_{service}_{place}": f"{published}{service.title()}{place.title()}"
    for (operator, published), service, place in product(
        OPERATORS.items(), ("voice", "data"), ("indoor", "outdoor")
    )
}
LIKELY = 4
LARGEST = 256 << 20
START = re.compile(rb'"Availability"\s*:\s*\[', re.IGNORECASE)

FORMAT = Format(
    key="ofcom_mobile_api",
    title="saved answers of Ofcom's mobile coverage interface",
    dataset=lambda _detail: "ofcom-mobile-api",
    looks_like=lambda look: (
        "addresses"
        if look.kind == "json" and START.search(look.head) and b'"PostCode"' in look.head
        else None
    ),
    vintage=vintage_in_name,
)


def _answers(look: Peek) -> list[dict[str, Any]]:
    try:
        said = json.loads(read_bytes(look.path, look.name, LARGEST))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise SourceError(
            Fault(look.name, "the answer is cut short or is not valid JSON", "save it again", line)
        ) from error
    return [item for item in (said if isinstance(said, list) else [said]) if isinstance(item, dict)]


def read(look: Peek, source: SourceFile, layout: Layout | None = None) -> Reading:  # noqa: ARG001 - every format's `read` takes a layout
    """Read the addresses; see the module for the canonical columns.

    Raises
    ------
    SourceError
        When the JSON is broken or holds no address.
    """
    rows: list[dict[str, Any]] = []
    for answer in _answers(look):
        held = answer.get("Availability")
        postcode = str(answer.get("PostCode", ""))
        rows += [
            {"PostCode": postcode, **(address if isinstance(address, dict) else {})}
            for address in (held if isinstance(held, list) else [])
        ]
    if not rows:
        raise SourceError(Fault(look.name, "the answer holds no address", "ask for a postcode that is in use"))  # fmt: skip
    raw = pd.DataFrame(rows)
    frame = pd.DataFrame({"src": source.src, "record": np.arange(1, len(rows) + 1)})
    empty = pd.Series("", index=frame.index, dtype="str")
    frame["postcode"] = [normal_postcode_text(str(p)) for p in raw["PostCode"]]
    uprn = raw["UPRN"].map(_text).astype("str") if "UPRN" in raw else empty
    cells = read_cells(uprn, Field("uprn", kind="uprn", fill_required=True))
    frame["uprn"] = cells.series
    bad = np.zeros(len(frame), dtype=bool)
    for name, published in GRADES.items():
        if published not in raw:
            continue
        value = pd.to_numeric(raw[published].map(_text).astype("str"), errors="coerce")
        bad |= (value.notna() & ~value.isin(range(5))).to_numpy(dtype=bool)
        frame[name] = value.to_numpy(float)
    for place in ("outdoor", "indoor"):
        graded = [name for name in GRADES if name in frame and name.endswith(f"_data_{place}")]
        if graded:
            known = frame[graded].notna().any(axis=1)
            frame[f"data_{place}_likely"] = (frame[graded] == LIKELY).sum(axis=1).where(known)
    reading = Reading(source, frame, len(frame), {}, pd.DataFrame(columns=list(QUARANTINE_COLUMNS)))
    for reason, wrong in cells.wrong:
        at = reading.frame["record"].isin(frame["record"].to_numpy()[wrong])
        reading = reading.without_bad(at, reason, "uprn")
    at = reading.frame["record"].isin(frame["record"].to_numpy()[bad])
    reading = reading.without_bad(at, "a grade that is not 0 to 4", "uprn")
    return reading.without(reading.frame.duplicated("uprn"), "the same address again")


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        return ""
    return f"{value:.0f}" if isinstance(value, float) and np.isfinite(value) else str(value)


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write practice answers, one a postcode, as a list."""
    answers = []
    for postcode, part in frame.groupby("postcode", sort=True):
        held = [c for c in GRADES if c in part]
        addresses = [
            {"UPRN": int(row["uprn"]), **{GRADES[c]: int(row[c]) for c in held}}
            for row in part.to_dict("records")
        ]
        answers.append({"PostCode": str(postcode).replace(" ", ""), "Availability": addresses})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")
    return path
