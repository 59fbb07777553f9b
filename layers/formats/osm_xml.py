"""OpenStreetMap XML (`.osm`) or PBF: the telecom and workspace features. Streets are not read here.

Canonical columns: `osm_id` (`node/1` or `way/2`), `kind`, `name`, `easting`, `northing`, with kinds

- `mast`: `man_made=mast` or `tower` with `tower:type=communication`, `man_made=
  communications_tower`, or anything with `communication:mobile_phone=yes`;
- `coworking`: `amenity=coworking_space` or `office=coworking`;
- `exchange`: `telecom=exchange`;
- `cabinet`: `man_made=street_cabinet` with `street_cabinet=telecom` or `utility=telecom`;
- `duct`: `manhole=telecom`, or `communication=line` with `location=underground`;
- `street_lamp`, `traffic_signals`: `highway=...`; `bus_shelter`: `highway=bus_stop` with `shelter=yes`, or
  `amenity=shelter` with `shelter_type=public_transport`; `bus_station`: `amenity=bus_station`.

Features also carry `height_m`, `material` and `owner` (`operator`), missing where they are not tagged.

Rows in counts only the nodes, ways and relations that carry such tags; the other elements (streets,
buildings) are not rows of this format, and `layers/streets.py` counts its own ways. A way
stands at the mean position of its nodes. OpenStreetMap is incomplete for all of these kinds, so
counts are minimums.

The file is read in one streaming pass. Entities are refused, never expanded.
"""

from __future__ import annotations

import gzip
import re
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, cast
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.errors import Fault, SourceError
from layers.formats import Format
from layers.grid import from_lonlat, in_britain, to_lonlat
from layers.layouts import Layout
from layers.peeking import Peek
from layers.source import QUARANTINE_COLUMNS, Reading, SourceFile

__all__ = ["ASSET_KINDS", "FORMAT", "KINDS", "kind_of", "read", "write"]

ASSET_KINDS = ("street_lamp", "traffic_signals", "bus_shelter", "bus_station")
KINDS = ("mast", "coworking", "exchange", "cabinet", "duct", *ASSET_KINDS)
WATCHED = frozenset(
    {
        "man_made",
        "highway",
        "communication:mobile_phone",
        "amenity",
        "office",
        "telecom",
        "manhole",
        "communication",
    }
)
DEGREES = 7  # OpenStreetMap keeps seven decimals of a degree, about a centimetre
LINES_AT_ONCE = 50_000
PBF_MARK = b"OSMHeader"
COLUMNS = ("osm_id", "kind", "name", "easting", "northing", "height_m", "material", "owner")
METRES = re.compile(r"\s*(\d+(?:\.\d+)?)\s*m?\s*")


def kind_of(tags: Mapping[str, str]) -> str:
    """Return the kind of feature that OpenStreetMap tags describe; empty when it is none of ours.

    Examples
    --------
    >>> kind_of({"man_made": "mast", "tower:type": "communication"})
    'mast'
    >>> kind_of({"man_made": "mast", "tower:type": "lighting"})
    ''
    """
    made = tags.get("man_made", "")
    if (
        made == "communications_tower"
        or tags.get("communication:mobile_phone") == "yes"
        or (made in {"mast", "tower"} and tags.get("tower:type") == "communication")
    ):
        return "mast"
    if tags.get("amenity") == "coworking_space" or tags.get("office") == "coworking":
        return "coworking"
    if tags.get("telecom") == "exchange":
        return "exchange"
    if made == "street_cabinet" and "telecom" in {tags.get("street_cabinet"), tags.get("utility")}:
        return "cabinet"
    underground = tags.get("communication") == "line" and tags.get("location") == "underground"
    if underground or tags.get("manhole") == "telecom":
        return "duct"
    return _asset_kind(tags)


def _asset_kind(tags: Mapping[str, str]) -> str:
    highway, amenity = tags.get("highway", ""), tags.get("amenity", "")
    if highway in {"street_lamp", "traffic_signals"}:
        return highway
    shelter = amenity == "shelter" and tags.get("shelter_type") == "public_transport"
    if shelter or (highway == "bus_stop" and tags.get("shelter") == "yes"):
        return "bus_shelter"
    return "bus_station" if amenity == "bus_station" else ""


def _told(tags: Mapping[str, str]) -> tuple[str, str, str, str]:
    """Return name, height in metres as text (empty in any other unit), material and operator."""
    height = METRES.fullmatch(tags.get("height", ""))
    return (
        tags.get("name", ""), height[1] if height else "", tags.get("material", ""), tags.get("operator", ""),
    )  # fmt: skip


def _looks_like(look: Peek) -> str | None:
    if look.kind == "pbf":
        return "features-pbf" if PBF_MARK in look.head[:64] else None
    return "features" if look.kind == "xml" and b"<osm" in look.head else None


FORMAT = Format(
    key="osm_xml",
    title="OpenStreetMap extract (XML or PBF)",
    dataset=lambda _detail: "openstreetmap",
    looks_like=_looks_like,
)


class _Collector:
    """What the parser has seen: every node's position, and the features with their nodes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ids, self.lons, self.lats = array("q"), array("d"), array("d")
        self.features: list[tuple[str, int, str, tuple[str, ...], tuple[int, ...]]] = []
        self.tags: dict[str, str] = {}
        self.refs: list[int] = []
        self.element: tuple[str, int] | None = None
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._refuse_entity

    def fault(self, problem: str, mend: str) -> SourceError:
        """Return an error at the line the parser has reached."""
        return SourceError(Fault(self.name, problem, mend, line=self.parser.CurrentLineNumber))

    def _refuse_entity(self, *_declaration: object) -> None:
        raise self.fault("the file declares XML entities, which no OpenStreetMap export does",
                         "export the area again from OpenStreetMap")  # fmt: skip

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "tag":
            if self.element is not None and "k" in attributes:
                self.tags[attributes["k"]] = attributes.get("v", "")
        elif element == "nd":
            self.refs.append(self._integer(attributes, "ref"))
        elif element == "node":
            self._begin(element, attributes)
            self.ids.append(self._integer(attributes, "id"))
            self.lons.append(self._degrees(attributes, "lon"))
            self.lats.append(self._degrees(attributes, "lat"))
        elif element in {"way", "relation"}:
            self._begin(element, attributes)

    def _begin(self, element: str, attributes: dict[str, str]) -> None:
        self.element = (element, self._integer(attributes, "id"))
        self.tags, self.refs = {}, []

    def _end(self, element: str) -> None:
        if self.element is None or element != self.element[0]:
            return
        if self.tags and not WATCHED.isdisjoint(self.tags):
            kind = kind_of(self.tags)
            if kind:
                nodes = (self.element[1],) if element == "node" else tuple(self.refs)
                self.features.append((element, self.element[1], kind, _told(self.tags), nodes))
        self.element = None

    def _integer(self, attributes: dict[str, str], name: str) -> int:
        try:
            return int(attributes[name])
        except (KeyError, ValueError):
            raise self.fault(f"an element's {name} is not a whole number",
                             "export the area again from OpenStreetMap") from None  # fmt: skip

    def _degrees(self, attributes: dict[str, str], name: str) -> float:
        """Return a coordinate; NaN where a deleted node has none."""
        try:
            return float(attributes.get(name, "nan"))
        except ValueError:
            raise self.fault(f"a node's {name} is not a number",
                             "export the area again from OpenStreetMap") from None  # fmt: skip


def _parse(look: Peek) -> _Collector:
    collector = _Collector(look.name)
    try:
        with look.path.open("rb") as raw:
            stream = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if look.gz else raw
            collector.parser.ParseFile(stream)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise SourceError(
            Fault(look.name, f"the XML breaks off or is not well formed ({reason})",
                  "download the extract again", line=error.lineno)
        ) from error  # fmt: skip
    except SourceError:
        raise
    except (EOFError, OSError, LookupError, ValueError) as error:  # an encoding there is not
        raise SourceError(
            Fault(look.name, f"the file cannot be read ({error})", "download the extract again")
        ) from error
    return collector


def _parse_pbf(look: Peek) -> _Collector:
    """Read a PBF: its features first, then the positions of the nodes they stand on."""
    import osmium  # noqa: PLC0415 - only extracts need it

    collector = _Collector(look.name)
    letters = {"n": "node", "w": "way", "r": "relation"}
    try:
        found: Any = osmium.FileProcessor(str(look.path))
        for item in found.with_filter(osmium.filter.EmptyTagFilter()):
            tags = {tag.k: tag.v for tag in item.tags}
            kind = "" if WATCHED.isdisjoint(tags) else kind_of(tags)
            element = letters.get(item.type_str(), "")
            if not kind or not element:
                continue
            nodes: tuple[int, ...] = (item.id,) if element == "node" else ()
            if element == "way":
                nodes = tuple(node.ref for node in item.nodes)
            collector.features.append((element, item.id, kind, _told(tags), nodes))
        wanted = sorted({n for f in collector.features for n in f[4]})
        if wanted:
            spots: Any = osmium.FileProcessor(str(look.path), osmium.osm.NODE)
            for node in spots.with_filter(osmium.filter.IdFilter(wanted)):
                collector.ids.append(node.id)
                collector.lons.append(node.location.lon if node.location.valid() else np.nan)
                collector.lats.append(node.location.lat if node.location.valid() else np.nan)
    except (RuntimeError, ValueError, OSError) as error:
        raise SourceError(
            Fault(
                look.name,
                f"the extract is cut short or broken ({error})",
                "download the extract again",
            )
        ) from error
    return collector


def _positions(collector: _Collector) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each feature's mean longitude and latitude; NaN where no node of it is in the file."""
    features = collector.features
    counts = np.fromiter((len(f[4]) for f in features), np.int64, len(features))
    wanted = np.fromiter((n for f in features for n in f[4]), np.int64, int(counts.sum()))
    owner = np.repeat(np.arange(len(features)), counts)
    ids = np.frombuffer(collector.ids, np.int64) if collector.ids else np.empty(0, np.int64)
    order = np.argsort(ids, kind="stable")
    place = np.searchsorted(ids[order], wanted)
    known = place < len(ids)
    known[known] = ids[order][place[known]] == wanted[known]
    at = order[place[known]]
    longitude = np.frombuffer(collector.lons, np.float64)[at] if len(at) else np.empty(0)
    latitude = np.frombuffer(collector.lats, np.float64)[at] if len(at) else np.empty(0)
    number = np.bincount(owner[known], minlength=len(features)).astype(float)
    with np.errstate(invalid="ignore"):
        return (
            np.bincount(owner[known], longitude, minlength=len(features)) / number,
            np.bincount(owner[known], latitude, minlength=len(features)) / number,
        )


def read(look: Peek, source: SourceFile, layout: Layout | None = None) -> Reading:  # noqa: ARG001 - every format's `read` takes a layout
    """Read the features; see the module for the canonical columns and for what counts as a row.

    Relations are set aside (their position would need their members); features without a position
    on the National Grid are quarantined.

    Raises
    ------
    SourceError
        When the XML is broken or cut short, declares entities, or an id or position is no number.
    """
    collector = _parse_pbf(look) if look.kind == "pbf" else _parse(look)
    features = collector.features
    longitude, latitude = _positions(collector)
    easting, northing = from_lonlat(longitude, latitude) if features else (longitude, latitude)
    frame = pd.DataFrame(
        {
            "src": source.src,
            "record": np.arange(1, len(features) + 1),
            "osm_id": pd.Series([f"{f[0]}/{f[1]}" for f in features], dtype="str"),
            "kind": pd.Series([f[2] for f in features], dtype="str"),
            "name": pd.Series([f[3][0] for f in features], dtype="str"),
            "easting": easting,
            "northing": northing,
            "height_m": pd.to_numeric(
                pd.Series([f[3][1] or None for f in features], dtype="object")
            ).astype(float),
            "material": pd.Series([f[3][2] for f in features], dtype="str"),
            "owner": pd.Series([f[3][3] for f in features], dtype="str"),
        }
    )
    reading = Reading(source, frame, len(frame), {}, pd.DataFrame(columns=list(QUARANTINE_COLUMNS)))
    relation = frame["osm_id"].str.startswith("relation/").to_numpy(bool)
    reading = reading.without(relation, "relation: only nodes and ways are placed")
    repeated = reading.frame.duplicated("osm_id")
    reading = reading.without(repeated, "the same element again")
    placed = in_britain(
        reading.frame["easting"].to_numpy(float), reading.frame["northing"].to_numpy(float)
    )
    return reading.without_bad(~placed, "no position on the National Grid", "osm_id")


def _escaped(values: pd.Series[Any]) -> list[str]:
    """Return values as quoted XML attributes, each different value escaped once."""
    codes, different = pd.factorize(values.astype(str))
    quoted = np.array([quoteattr(str(value)) for value in different], dtype=object)
    return list(quoted[codes])


def _tag_lines(frame: pd.DataFrame, not_tags: set[str]) -> list[str]:
    """Return, for each row, the `<tag>` elements of its filled cells."""
    lines = np.full(len(frame), "", dtype=object)
    for key in frame.columns:
        if key in not_tags:
            continue
        filled = frame[key].notna().to_numpy() & (frame[key].astype(str) != "").to_numpy()
        start = f"<tag k={quoteattr(str(key))} v="
        values = [f"{start}{value}/>\n" for value in _escaped(frame.loc[filled, key])]
        lines[filled] += np.array(values, dtype=object)
    return list(lines)


def _node_lines(frame: pd.DataFrame, tags: list[str] | None) -> list[str]:
    longitude, latitude = to_lonlat(
        frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
    )
    rows = zip(frame["osm_id"].tolist(), latitude.tolist(), longitude.tolist(), strict=True)
    heads = [f'<node id="{i}" lat="{y:.{DEGREES}f}" lon="{x:.{DEGREES}f}"' for i, y, x in rows]
    if tags is None:
        return [f"{head}/>\n" for head in heads]
    return [f"{head}>\n{tag}</node>\n" for head, tag in zip(heads, tags, strict=True)]


def write(nodes: pd.DataFrame, ways: pd.DataFrame, features: pd.DataFrame, path: Path) -> Path:
    """Write a practice extract.

    Parameters
    ----------
    nodes
        Street nodes: `osm_id` (whole number), `easting`, `northing` in metres, EPSG:27700.
    ways
        `osm_id`, `nodes` (a sequence of node ids), and one column per tag, named by its key;
        empty cells are tags the way does not have.
    features
        Tagged nodes: `osm_id`, `easting`, `northing`, and one column per tag.
    path
        Target, ending in `.osm`.
    """
    refs = ["".join([f'<nd ref="{node}"/>\n' for node in way]) for way in ways["nodes"].tolist()]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="practice data">\n',
        *_node_lines(nodes, None),
        *_node_lines(features, _tag_lines(features, {"osm_id", "easting", "northing"})),
    ]
    ends = _tag_lines(ways, {"osm_id", "nodes"})
    rows = zip(ways["osm_id"].tolist(), refs, ends, strict=True)
    lines += [f'<way id="{i}">\n{nd}{tag}</way>\n' for i, nd, tag in rows]
    lines.append("</osm>\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for start in range(0, len(lines), LINES_AT_ONCE):
            stream.write("".join(lines[start : start + LINES_AT_ONCE]))
    return path
