"""What every test shares: no network, and where the publishers' real files are."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import settings

# the same examples every time, and no clock: a slow machine must not fail a test
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves the machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in LOOPBACK:
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real published files; tests that need it skip where it is missing."""
    if not REAL_DATA.is_dir():
        pytest.skip("the publishers' real files are not beside the checkout (../shared/data)")
    return REAL_DATA


@pytest.fixture(scope="session")
def worked_examples() -> dict[str, dict]:
    """The domain brief's numeric vectors, by id."""
    import json

    path = REAL_DATA.parent / "worked-examples.json"
    if not path.is_file():
        pytest.skip(
            "the worked examples are not beside the checkout (../shared/worked-examples.json)"
        )
    return {item["id"]: item for item in json.loads(path.read_text(encoding="utf-8"))["examples"]}
