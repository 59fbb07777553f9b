"""One file over the network: resumed, limited, retried politely, and never half there.

Only addresses that begin with https are asked, redirects included. A download that stalls or breaks off
is taken up again where it stopped, if the server says that it is still the same file; else it starts
anew. Nothing is believed of a length until as many bytes are there.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util.retry import Retry

from infra import __version__
from layers.checksum import sha256_of
from layers.errors import Fault, SourceError

__all__ = ["Got", "Policy", "download", "is_newer", "listing", "reason"]

PIECE = 1 << 18
REDIRECTS = frozenset({301, 302, 303, 307, 308})
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
SPARE = 64 << 20
PLAIN = "ask the publisher for an address that begins with https, or fetch the file yourself and look at it"
Tick = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Policy:
    """What a download may do, and how patient it is.

    Attributes
    ----------
    plain_hosts
        Hosts that may be asked without encryption: none, save a test's own machine.
    connect_s, read_s
        Longest wait for a connection, and for the next bytes.
    patience_s, slowest_bytes
        In each stretch of `patience_s` at least `slowest_bytes` must come.
    tries, backoff_s, longest_wait_s
        How often a broken download is taken up again; the first pause, doubled each time; the longest
        pause that a server may ask for.
    max_bytes
        The most one file may have.
    """

    plain_hosts: frozenset[str] = frozenset()
    connect_s: float = 15.0
    read_s: float = 60.0
    patience_s: float = 60.0
    slowest_bytes: int = 4096
    tries: int = 5
    backoff_s: float = 1.0
    longest_wait_s: float = 300.0
    max_bytes: int = 4 << 30

    def check(self, url: str, asked: str) -> None:
        """Refuse an address that is not encrypted, or that carries a password.

        Raises
        ------
        SourceError
            Naming the address.
        """
        parts = urlsplit(url)
        plain = parts.scheme == "http" and parts.hostname in self.plain_hosts
        if parts.scheme != "https" and not plain:
            sent = "" if url == asked else f" (sent there from {_shown(asked)})"
            problem = f"the address is not encrypted{sent}"
            raise SourceError(Fault(_shown(url), problem, PLAIN))
        if parts.username or parts.password or not parts.hostname:
            raise SourceError(Fault(_shown(url), "the address names a user or no host", PLAIN))

    def retries(self) -> Retry:
        """Return the plan of pauses."""
        return Retry(
            total=self.tries,
            status_forcelist=LATER,
            backoff_factor=self.backoff_s,
            backoff_jitter=self.backoff_s,
            backoff_max=self.longest_wait_s,
            raise_on_status=False,
        )


@dataclass(frozen=True)
class Got:
    """What came: where it lies, its checksum, and what the server said of it."""

    path: Path
    url: str
    sha256: str
    size_bytes: int
    etag: str
    modified: str
    resumed: bool
    unchanged: bool = False


@dataclass
class _Part:
    """A file on its way, and what it is a part of."""

    path: Path
    url: str
    marks: dict[str, str] = field(default_factory=dict)
    resumed: bool = False

    @property
    def note(self) -> Path:
        return self.path.with_name(self.path.name + ".json")

    def size(self) -> int:
        return self.path.stat().st_size if self.path.is_file() else 0

    def load(self) -> None:
        """Take up what an earlier run left, if it is a part of the same thing."""
        try:
            held = json.loads(self.note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            held = {}
        if held.get("url") == self.url and (held.get("etag") or held.get("modified")):
            self.marks = held
        else:
            self.drop()

    def begin(self, marks: dict[str, str]) -> None:
        self.drop()
        self.resumed = False
        self.marks = {"url": self.url, **marks}
        self.note.write_text(json.dumps(self.marks), encoding="utf-8")

    def drop(self) -> None:
        self.marks = {}
        for path in (self.path, self.note):
            path.unlink(missing_ok=True)

    def ask(self) -> dict[str, str]:
        """Return the headers that ask for the rest of it, of the very same file."""
        mark = self.marks.get("etag", "")
        mark = mark if mark and not mark.startswith("W/") else self.marks.get("modified", "")
        have = self.size()
        return {"Range": f"bytes={have}-", "If-Range": mark} if have and mark else {}


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def _marks(response: requests.Response) -> dict[str, str]:
    headers = response.headers
    return {"etag": headers.get("ETag", ""), "modified": headers.get("Last-Modified", "")}


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send no password that this computer may keep for a host."""
    return request


def _get(
    session: requests.Session, url: str, headers: Mapping[str, str], policy: Policy
) -> requests.Response:
    """Ask, and follow redirects as long as each is to an address that may be asked."""
    asked = url
    for _ in range(6):
        policy.check(url, asked)
        response = session.get(
            url,
            headers=dict(headers),
            stream=True,
            allow_redirects=False,
            timeout=(policy.connect_s, policy.read_s),
            auth=_no_login,
        )
        target = response.headers.get("Location", "")
        if response.status_code not in REDIRECTS or not target:
            return response
        response.close()
        url = urljoin(url, target)
    raise SourceError(
        Fault(_shown(asked), "the address leads round in a circle", "look at it in a browser")
    )


def _session() -> requests.Session:
    session = requests.Session()
    session.headers.update(
        {"User-Agent": f"infra-planning/{__version__}", "Accept-Encoding": "identity"}
    )
    return session


def _whole(response: requests.Response, have: int) -> int | None:
    """Return how many bytes the whole file has, as the server says; `None` where it does not."""
    told = response.headers.get("Content-Range", "").rpartition("/")[2]
    if response.status_code == requests.codes.partial_content and told.isdigit():
        return int(told)
    length = response.headers.get("Content-Length", "")
    if not length.isdigit() or response.headers.get("Content-Encoding", "identity") != "identity":
        return None
    return int(length) + have


def _starts_at(response: requests.Response) -> int:
    text = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(text) if text.strip().isdigit() else -1


def _too_large(url: str, policy: Policy) -> SourceError:
    limit = policy.max_bytes / (1 << 20)
    problem = f"the file is larger than {limit:,.0f} MiB, the limit for it"
    return SourceError(
        Fault(_shown(url), problem, "check the address; fetch it yourself if it is right")
    )


def _room(part: _Part, whole: int | None, policy: Policy) -> None:
    if whole is not None and whole > policy.max_bytes:
        raise _too_large(part.url, policy)
    free = shutil.disk_usage(part.path.parent).free
    if whole is not None and whole - part.size() + SPARE > free:
        problem = (
            f"there is no room for it: {whole / 1e6:,.0f} MB to come, {free / 1e6:,.0f} MB free"
        )
        raise SourceError(Fault(_shown(part.url), problem, "make room, then fetch again"))


def _read(part: _Part, response: requests.Response, policy: Policy, tick: Tick) -> None:
    """Write the body after what is there.

    Raises
    ------
    HTTPError
        When it breaks off, stalls, or ends before its time.
    """
    have = part.size()
    whole = _whole(response, have)
    _room(part, whole, policy)
    since, came = time.monotonic(), 0
    with part.path.open("ab") as stream:
        # what is there at once, so that nothing that came is lost when the connection breaks off
        while piece := response.raw.read1(PIECE, decode_content=True):
            stream.write(piece)
            have += len(piece)
            came += len(piece)
            if have > policy.max_bytes:
                raise _too_large(part.url, policy)
            tick(have, whole)
            if time.monotonic() - since > policy.patience_s:
                if came < policy.slowest_bytes:
                    raise HTTPError("hardly anything came")
                since, came = time.monotonic(), 0
    if whole is not None and have != whole:
        if have > whole:
            part.drop()
        raise HTTPError(f"{have:,} bytes came of {whole:,}")


def _refused(url: str, status: int) -> SourceError:
    mend = (
        "the address has moved: look on the publisher's page, and put the new one into study.toml"
        if status in {404, 410}
        else "try later, or fetch the file yourself from the publisher's page"
    )
    return SourceError(Fault(_shown(url), f"the publisher's server answers {status}", mend))


def _pause(retries: Retry, response: requests.Response, policy: Policy) -> None:
    asked = retries.get_retry_after(response.raw)
    if asked is not None and asked > policy.longest_wait_s:
        problem = f"the publisher's server asks to come back in {asked / 60:,.0f} minutes"
        raise SourceError(Fault(_shown(response.url), problem, "fetch again then"))
    retries.sleep(response.raw)


def _attempt(
    session: requests.Session,
    part: _Part,
    policy: Policy,
    retries: Retry,
    known: Mapping[str, str],
    tick: Tick,
) -> tuple[bool, bool, Retry]:
    """Ask once; return whether it is all there, whether it is unchanged, and the retries left."""
    headers = part.ask()
    if not headers and known.get("etag"):
        headers = {"If-None-Match": known["etag"]}
    elif not headers and known.get("modified"):
        headers = {"If-Modified-Since": known["modified"]}
    with _get(session, part.url, headers, policy) as response:
        status = response.status_code
        if status == requests.codes.not_modified:
            return True, True, retries
        if status in LATER:
            try:
                retries = retries.increment("GET", part.url, response=response.raw)
            except MaxRetryError:
                raise _refused(part.url, status) from None
            _pause(retries, response, policy)
            return False, False, retries
        if status == requests.codes.partial_content and _starts_at(response) != part.size():
            part.drop()
            raise HTTPError("another piece came than was asked for")
        if status == requests.codes.requested_range_not_satisfiable:
            part.drop()
            raise HTTPError("there is no such piece")
        if status == requests.codes.ok:
            part.begin(_marks(response))
        elif status != requests.codes.partial_content:
            raise _refused(part.url, status)
        part.resumed = status == requests.codes.partial_content
        _read(part, response, policy, tick)
    return True, False, retries


def download(
    url: str,
    path: Path,
    policy: Policy,
    *,
    known: Mapping[str, str] | None = None,
    tick: Tick | None = None,
) -> Got:
    """Fetch one file.

    Parameters
    ----------
    url
        The address.
    path
        Where the bytes go while they come and stay when all are there; what an earlier run left there
        is taken up again.
    known
        `etag` and `modified` of the version that is held: if it is still that, nothing is fetched.
    tick
        Told how many bytes are there, and how many there will be, if the server says.

    Raises
    ------
    SourceError
        When the address may not be asked, the server refuses, or the file never comes whole.
    """
    policy.check(url, url)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _Part(path, url)
    part.load()
    retries = policy.retries()
    with _session() as session:
        while True:
            try:
                done, unchanged, retries = _attempt(
                    session,
                    part,
                    policy,
                    retries,
                    known or {},
                    tick or (lambda _have, _whole: None),
                )
                if done:
                    break
            except (requests.RequestException, HTTPError) as error:
                retries = _again(retries, url, error)
    etag, modified = (part.marks.get(name, "") for name in ("etag", "modified"))
    if unchanged:
        held = known or {}
        return Got(
            path,
            url,
            "",
            0,
            held.get("etag", ""),
            held.get("modified", ""),
            resumed=False,
            unchanged=True,
        )
    part.note.unlink(missing_ok=True)
    return Got(
        path, url, sha256_of(path), path.stat().st_size, etag, modified, resumed=part.resumed
    )


def _again(retries: Retry, url: str, error: Exception) -> Retry:
    """Pause before another try, or say why there is none."""
    if isinstance(error, requests.exceptions.SSLError):
        problem = "the server's certificate is not one this computer trusts"
        mend = "check the address; where your organisation inspects traffic, name its certificate file in REQUESTS_CA_BUNDLE"
        raise SourceError(Fault(_shown(url), problem, mend)) from error
    try:
        left = retries.increment("GET", url, error=HTTPError(str(error)))
    except MaxRetryError:
        problem = f"the file did not come whole, however often it was asked for ({reason(error)})"
        mend = "fetch again later: it goes on where it stopped, if the server allows"
        raise SourceError(Fault(_shown(url), problem, mend)) from error
    left.sleep()
    return left


def reason(error: Exception) -> str:
    """Return in plain words why a download broke off."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection"
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in str(error).lower():
        return "the server stalled"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "the connection broke off, or there is none"
    return str(error)


def is_newer(url: str, policy: Policy, known: Mapping[str, str]) -> bool:
    """Whether an address now gives another version than the one that is held; no body is read.

    Parameters
    ----------
    known
        `etag` and `modified` of the version that is held; at least one of them.

    Raises
    ------
    SourceError
        When the address may not be asked, or the server does not answer.
    """
    names = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
    headers = {names[k]: v for k, v in known.items() if v}
    with _session() as session:
        try:
            with _get(session, url, headers, policy) as response:
                if response.status_code == requests.codes.not_modified:
                    return False
                if response.status_code != requests.codes.ok:
                    raise _refused(url, response.status_code)
                # a server that does not know conditions gives the whole file with the same marks
                return any(v and v != known.get(k, "") for k, v in _marks(response).items())
        except requests.RequestException as error:
            problem = f"the publisher's server does not answer ({reason(error)})"
            raise SourceError(Fault(_shown(url), problem, "fetch again later")) from error


def listing(url: str, path: Path, policy: Policy) -> Any:
    """Fetch a short answer in JSON.

    Raises
    ------
    SourceError
        When it is not JSON.
    """
    got = download(url, path, policy)
    try:
        return json.loads(got.path.read_text(encoding="utf-8-sig"))
    except ValueError:
        problem = "the publisher's server gave no list but something else"
        raise SourceError(Fault(_shown(url), problem, "look at the address in a browser")) from None
    finally:
        path.unlink(missing_ok=True)
