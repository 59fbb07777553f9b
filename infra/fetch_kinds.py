"""How each kind of download comes: one file, a publisher's list, pages of areas or rows, a map.

Each ends with one file whose content has been looked at; none is moved into the study here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

from infra.download import Got, Policy, Tick, download, is_newer, listing
from infra.fetch_osm import overpass
from infra.fetch_place import Place, filled
from layers.archives import members
from layers.checksum import sha256_of
from layers.downloads import Download
from layers.errors import Fault, InputError, SourceError
from layers.peeking import peek
from layers.recognise import recognise

__all__ = ["bring", "look_at", "newer"]

PER_PAGE = 500
ROWS_PER_PAGE = 25_000
MOST_PAGES = 400


def _one(
    want: Download, _place: Place, path: Path, policy: Policy, known: Mapping[str, str], tick: Tick
) -> Got:
    return download(want.url, path, policy, known=known, tick=tick)


def _os(
    want: Download, _place: Place, path: Path, policy: Policy, known: Mapping[str, str], tick: Tick
) -> Got:
    """Fetch what the Ordnance Survey's list of a product's downloads names, and check its MD5."""
    item = _listed(want, path, policy)
    got = download(urljoin(want.url, str(item["url"])), path, policy, known=known, tick=tick)
    told = str(item.get("md5", "")).lower()
    if not got.unchanged and told and _md5(path) != told:
        path.unlink()
        problem = "the bytes that came are not those the publisher lists (their MD5 differs)"
        raise SourceError(Fault(want.into, problem, "fetch again"))
    return got


def _listed(want: Download, path: Path, policy: Policy) -> Mapping[str, Any]:
    """Return the one file that the Ordnance Survey's list names."""
    found = listing(want.url, path.with_name(path.name + ".list"), policy)
    rows = found if isinstance(found, list) else []
    named = [item for item in rows if isinstance(item, dict) and item.get("url")]
    if len(named) != 1:
        problem = f"the publisher lists {len(named)} files where one is expected"
        mend = "look on the publisher's page, and put the address of the one file into study.toml"
        raise SourceError(Fault(want.url.partition("?")[0], problem, mend))
    item: Mapping[str, Any] = named[0]
    return item


def _md5(path: Path) -> str:
    """Return the MD5 that the Ordnance Survey lists: a check of the way, not of honesty."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def newer(
    want: Download, held: Path, aside: Path, policy: Policy, known: Mapping[str, str]
) -> bool | None:
    """Whether the publisher has another version than what is held; `None` where nobody can say."""
    if want.kind == "file" and any(known.values()):
        return is_newer(want.url, policy, known)
    if want.kind == "os":
        told = str(_listed(want, aside, policy).get("md5", "")).lower()
        return _md5(held) != told if told else None
    return None


def _made(path: Path, url: str) -> Got:
    return Got(path, url, sha256_of(path), path.stat().st_size, "", "", resumed=False)


def _arcgis(
    want: Download, place: Place, path: Path, policy: Policy, _known: Mapping[str, str], tick: Tick
) -> Got:
    """Fetch the features of a layer page by page, and write them as one GeoJSON."""
    asked = {
        "where": filled(want.where, place, quoted=True), "outFields": "*", "outSR": "4326",
        "orderByFields": want.order, "resultRecordCount": PER_PAGE, "f": "geojson",
    }  # fmt: skip
    if want.within:
        asked |= {
            "geometry": filled(want.within, place), "geometryType": "esriGeometryEnvelope",
            "inSR": "4326", "spatialRel": "esriSpatialRelIntersects",
        }  # fmt: skip
    features: list[Any] = []
    for _ in range(MOST_PAGES):
        query = urlencode({**asked, "resultOffset": len(features)})
        page = listing(f"{want.url}?{query}", path.with_name(path.name + ".page"), policy)
        if not isinstance(page, dict) or not isinstance(page.get("features"), list):
            said = page.get("error", {}).get("message", "") if isinstance(page, dict) else ""
            problem = f"the publisher's server gave no areas{f': {said}' if said else ''}"
            raise SourceError(
                Fault(want.url, problem, "the layer may have a new name: look on the ONS portal")
            )
        features += page["features"]
        tick(len(features), None)
        more = page.get("exceededTransferLimit") or page.get("properties", {}).get(
            "exceededTransferLimit"
        )
        if not page["features"] or not more:
            break
    else:
        raise SourceError(
            Fault(want.url, "the pages do not end", "look at the address in a browser")
        )
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
    return _made(path, want.url)


def _nomis(
    want: Download, place: Place, path: Path, policy: Policy, _known: Mapping[str, str], tick: Tick
) -> Got:
    """Fetch a table of Nomis, which gives 25,000 rows at a time, as one file with one header."""
    url, rows, header = filled(want.url, place), 0, b""
    page = path.with_name(path.name + ".page")
    with path.open("wb") as whole:
        for _ in range(MOST_PAGES):
            download(f"{url}&RecordOffset={rows}", page, policy)
            first, _, body = page.read_bytes().partition(b"\n")
            page.unlink()
            if header and first != header:
                raise SourceError(
                    Fault(want.into, "the pages of the table differ in their header", "fetch again")
                )
            if not header:
                header = first
                whole.write(first + b"\n")
            whole.write(body if body.endswith(b"\n") or not body else body + b"\n")
            count = len([line for line in body.splitlines() if line.strip()])
            rows += count
            tick(rows, None)
            if count < ROWS_PER_PAGE:
                break
    return _made(path, want.url)


def _overpass(
    want: Download, place: Place, path: Path, policy: Policy, _known: Mapping[str, str], _tick: Tick
) -> Got:
    overpass(want.url, place.bounds, path, policy)
    return _made(path, want.url)


KINDS: Mapping[str, Callable[[Download, Place, Path, Policy, Mapping[str, str], Tick], Got]] = {
    "file": _one, "os": _os, "arcgis": _arcgis, "nomis": _nomis, "overpass": _overpass,
}  # fmt: skip


def bring(
    want: Download, place: Place, path: Path, policy: Policy, known: Mapping[str, str], tick: Tick
) -> Got:
    """Fetch one download into a file, and look at what came.

    Raises
    ------
    InputError
        When it does not come, or is not what it should be; what came is then removed.
    """
    got = KINDS[want.kind](want, place, path, policy, known, tick)
    if got.unchanged:
        return got
    try:
        look_at(want, path)
        if want.sha256 and got.sha256 != want.sha256.lower():
            problem = f"its SHA-256 is {got.sha256[:12]}..., study.toml says {want.sha256[:12]}..."
            raise SourceError(Fault(want.into, problem, "check which of the two is right"))
    except InputError:
        path.unlink(missing_ok=True)
        raise
    return got


def look_at(want: Download, path: Path) -> None:
    """Refuse what is not the data it should be: a web page, a broken archive, another layout.

    Raises
    ------
    InputError
        Naming what is wrong.
    """
    name = want.into
    with path.open("rb") as stream:
        head = stream.read(4)
    zipped = head.startswith(b"PK\x03\x04")
    if want.holds == "zip" and not zipped:
        peek(path, name)  # says so where it is a web page
        raise SourceError(
            Fault(name, "what came is not a zip archive", "look at the address in a browser")
        )
    if not zipped:
        look = peek(path, name)
        found = recognise(look)
        if found.fault:
            raise SourceError(found.fault)
        if not found.known and want.holds != "any":
            problem = f"no reader knows what came{f' ({found.nearest})' if found.nearest else ''}"
            raise SourceError(
                Fault(
                    name, problem, "look at the address in a browser; infra may need a newer reader"
                )
            )
        return
    held = members(path, name)  # counts what comes out, and refuses names that lead outside
    if not any(m.path is not None for m in held):
        raise SourceError(
            Fault(name, "the archive holds no data", "look at the address in a browser")
        )
