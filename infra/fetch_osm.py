"""OpenStreetMap through osmnx: it divides the area, waits for the server's slots, keeps what came.

osmnx is asked to download only; what it kept is written as one OpenStreetMap file, each element once,
in order, so that the readers of `.osm` files read it like any other extract.
"""

from __future__ import annotations

import gzip
import json
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import requests

from infra import __version__
from infra.download import Policy, reason
from layers.errors import Fault, SourceError

__all__ = ["overpass"]

STREETS = '["highway"]["area"!~"yes"]'
FEATURES: Mapping[str, bool | str | list[str]] = {
    "man_made": ["mast", "tower", "communications_tower", "street_cabinet"],
    "communication:mobile_phone": True,
    "communication": "line",
    "amenity": ["coworking_space", "bus_station", "shelter"],
    "office": "coworking",
    "telecom": "exchange",
    "manhole": "telecom",
    "highway": ["street_lamp", "traffic_signals", "bus_stop"],
}
BUSY = frozenset({429, 504})
ORDER = ("node", "way", "relation")


class _Refused(Exception):  # noqa: N818 - not an error of ours: it ends osmnx's own waiting
    """Ends a download that osmnx would go on with."""


def _guard(policy: Policy) -> Any:
    """Return a look at each answer: no redirects, no endless files, no endless waiting."""
    busy = 0

    def look(response: requests.Response, *_args: Any, **_kwargs: Any) -> None:
        nonlocal busy
        if response.is_redirect:
            target = response.headers.get("Location", "")
            raise _Refused(f"the server sends on to {target.partition('?')[0]}, which is not asked")
        length = response.headers.get("Content-Length", "0")
        if length.isdigit() and int(length) > policy.max_bytes:
            raise _Refused("the answer is larger than the limit for it")
        if "html" in response.headers.get("Content-Type", "") and response.ok:
            raise _Refused("the server gave a web page")
        busy += response.status_code in BUSY
        if busy > policy.tries:
            raise _Refused("the server is busy, however often it was asked")

    return look


@contextmanager
def _settings(address: str, cache: Path, policy: Policy) -> Iterator[Any]:
    """Set osmnx up for one download, and leave it as it was."""
    import osmnx  # noqa: PLC0415 - slow to import

    names = (
        "overpass_url", "use_cache", "cache_folder", "cache_only_mode", "requests_timeout",
        "doh_url_template", "http_user_agent", "requests_kwargs", "overpass_rate_limit",
    )  # fmt: skip
    before = {name: getattr(osmnx.settings, name) for name in names}
    resolve = socket.getaddrinfo
    values: dict[str, Any] = {
        "overpass_url": address,
        "use_cache": True,
        "cache_folder": str(cache),
        "cache_only_mode": True,
        "requests_timeout": policy.read_s,
        "doh_url_template": None,
        "http_user_agent": f"infra-planning/{__version__}",
        "requests_kwargs": {"allow_redirects": False, "hooks": {"response": _guard(policy)}},
        "overpass_rate_limit": not policy.plain_hosts,
    }
    try:
        for name, value in values.items():
            setattr(osmnx.settings, name, value)
        yield osmnx
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
        socket.getaddrinfo = resolve


def overpass(
    address: str, bounds: tuple[float, float, float, float], path: Path, policy: Policy
) -> None:
    """Fetch streets and the features that the layers read, and write them as one `.osm.gz`.

    Parameters
    ----------
    address
        Of the Overpass service.
    bounds
        West, south, east, north in degrees.

    Raises
    ------
    SourceError
        When the server does not give them.
    """
    policy.check(address, address)
    cache = path.with_name(path.name + ".kept")
    with _settings(address, cache, policy) as osmnx:
        streets = {"custom_filter": STREETS, "simplify": False, "retain_all": True}
        _ask(address, osmnx.graph_from_bbox, bounds, streets)
        _ask(address, osmnx.features_from_bbox, bounds, {"tags": dict(FEATURES)})
    _write(cache, path)
    shutil.rmtree(cache, ignore_errors=True)


def _ask(
    address: str, ask: Callable[..., object], bounds: tuple[float, ...], how: Mapping[str, Any]
) -> None:
    """Let osmnx download into its cache; it says by an exception that all of it is there."""
    from osmnx import _errors as errors  # noqa: PLC0415 - it names them nowhere else

    try:
        ask(bounds, **how)
    except errors.CacheOnlyInterruptError:
        return
    except (
        _Refused, errors.InsufficientResponseError, errors.ResponseStatusCodeError,
        requests.RequestException,
    ) as error:  # fmt: skip
        problem = f"OpenStreetMap could not be fetched: {_plain(error)}"
        mend = "fetch again later: what came is kept; or put an extract into the sources folder"
        raise SourceError(Fault(address, problem, mend)) from error


def _plain(error: Exception) -> str:
    if isinstance(error, _Refused):
        return str(error)
    if isinstance(error, requests.RequestException):
        return reason(error)
    return "the server gave no data"


def _elements(cache: Path) -> dict[tuple[int, int], dict[str, Any]]:
    """Return what was kept, each element once: the copy with tags where one has them."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for kept in sorted(cache.rglob("*.json")):
        data = json.loads(kept.read_text(encoding="utf-8"))
        for item in data.get("elements", []) if isinstance(data, dict) else []:
            if item.get("type") not in ORDER:
                continue
            key = (ORDER.index(item["type"]), int(item["id"]))
            if key not in found or ("tags" in item and "tags" not in found[key]):
                found[key] = item
    return found


def _write(cache: Path, path: Path) -> None:
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
    ):
        packed.write(
            b'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="Overpass API">\n'
        )
        for _, item in sorted(_elements(cache).items()):
            packed.write(_element(item).encode())
        packed.write(b"</osm>\n")


def _element(item: Mapping[str, Any]) -> str:
    kind = item["type"]
    place = f' lat="{item["lat"]:.7f}" lon="{item["lon"]:.7f}"' if kind == "node" else ""
    inner = [f'<nd ref="{int(ref)}"/>\n' for ref in item.get("nodes", [])]
    inner += [
        f'<member type={quoteattr(str(m["type"]))} ref="{int(m["ref"])}" role={quoteattr(str(m["role"]))}/>\n'
        for m in item.get("members", [])
    ]
    inner += [
        f"<tag k={quoteattr(str(k))} v={quoteattr(str(v))}/>\n"
        for k, v in item.get("tags", {}).items()
    ]
    head = f'<{kind} id="{int(item["id"])}"{place}'
    return f"{head}>\n{''.join(inner)}</{kind}>\n" if inner else f"{head}/>\n"
