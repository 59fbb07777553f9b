"""A publisher's server on this machine: it gives files, and misbehaves as it is told."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from infra.download import Policy

HOST = "127.0.0.1"
# as strict as a user's, save that this machine may be asked without encryption, and less patient
QUICK = Policy(
    plain_hosts=frozenset({HOST}), connect_s=2, read_s=0.4, patience_s=0.5, slowest_bytes=1 << 20,
    tries=3, backoff_s=0, longest_wait_s=2, max_bytes=1 << 20,
)  # fmt: skip


@dataclass
class Answer:
    """What to answer: a status, headers and a body, and how to misbehave.

    `announce` is the length that is told (None: none at all), `sent` how many bytes come before the
    connection ends, `stall_s` a pause in the middle, `trickle_s` a pause after each small piece.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    announce: int | None = -1
    sent: int | None = None
    stall_s: float = 0.0
    trickle_s: float = 0.0
    ranges: bool = False


class Publisher:
    """Answers by path: one answer for all times, or a list of answers, the last one for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.posted: list[str] = []

    def give(self, path: str, *answers: Answer) -> str:
        self.answers[path] = list(answers)
        return f"{self.base}{path}"

    def asked_for(self, path: str) -> list[dict[str, str]]:
        return [headers for where, headers in self.asked if where.partition("?")[0] == path]

    def take(self, path: str) -> Answer:
        plain = path if path in self.answers else path.partition("?")[0]
        waiting = self.answers.get(plain, [Answer(status=404)])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"


def _conditional(answer, asked):
    """The status, headers and body that a server gives which knows ranges and marks."""
    body, headers = answer.body, dict(answer.headers)
    mark = headers.get("ETag")
    if mark and asked.get("If-None-Match") == mark:
        return 304, headers, b""
    wanted = asked.get("Range", "")
    if answer.ranges and wanted and asked.get("If-Range") in {mark, headers.get("Last-Modified")}:
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return 206, headers, body[start:]
    return answer.status, headers, body


def _handler(publisher: Publisher):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_args):
            return

        def do_POST(self):
            length = int(self.headers.get("Content-Length", 0))
            publisher.posted.append(self.rfile.read(length).decode())
            self.do_GET()

        def do_GET(self):
            publisher.asked.append((self.path, dict(self.headers)))
            answer = publisher.take(self.path)
            status, headers, body = _conditional(answer, self.headers)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            length = len(body) if answer.announce == -1 else answer.announce
            if length is not None:
                self.send_header("Content-Length", str(length))
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            with contextlib.suppress(OSError):
                self._send(body[: answer.sent], answer)

        def _send(self, body, answer):
            if answer.trickle_s:
                for at in range(0, len(body), 64):
                    self.wfile.write(body[at : at + 64])
                    self.wfile.flush()
                    time.sleep(answer.trickle_s)
                return
            half = len(body) // 2 if answer.stall_s else len(body)
            self.wfile.write(body[:half])
            self.wfile.flush()
            if answer.stall_s:
                time.sleep(answer.stall_s)
                self.wfile.write(body[half:])

    return Handler


@contextlib.contextmanager
def publishing():
    """Serve for as long as the block lasts."""
    publisher = Publisher()
    server = ThreadingHTTPServer((HOST, 0), _handler(publisher))
    server.daemon_threads = True
    publisher.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
