"""Every command but `infra fetch` does its work with the network refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from journey import infra

REFUSE = """
import socket

def refused(*args, **kwargs):
    raise SystemExit(f"NETWORK ASKED FOR: {args[1:]}")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refused
socket.create_connection = socket.gethostbyname = refused
"""


@pytest.fixture
def cut_off(tmp_path: Path) -> dict[str, str]:
    """An environment in which any connection ends the command."""
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "sitecustomize.py").write_text(REFUSE, encoding="utf-8")
    path = os.pathsep.join(
        [str(tmp_path / "cut"), str(Path.cwd()), os.environ.get("PYTHONPATH", "")]
    )
    return {"PYTHONPATH": path}


def done(env: dict[str, str], *words: object) -> None:
    said = infra(*words, env=env)
    assert "NETWORK ASKED FOR" not in said.text, words
    assert said.code == 0, (words, said.text)


def test_the_refusal_itself_works(study, cut_off):
    said = infra("fetch", study, "--only", "naptan", env=cut_off)
    assert "NETWORK ASKED FOR" in said.text


def test_reading_tables_and_traces_ask_nothing_of_the_network(study, cut_off):
    done(cut_off, "check", study)
    done(cut_off, "coverage", study)
    done(cut_off, "explain", study, "study/district_gaps:E08999901:full_fibre_pct")


@pytest.mark.slow
def test_every_other_command_asks_nothing_of_the_network(study, cut_off, tmp_path):
    done(cut_off, "new", tmp_path / "mine", "--area", "E47000007")
    done(cut_off, "sample", tmp_path / "practice", "--premises", "500")
    done(cut_off, "fetch", study, "--list")
    done(cut_off, "run", study)
    for case in ("full-fibre-fund", "5g-testbed", "co-working"):
        done(cut_off, "rank", study, case)
        done(cut_off, "bid", study, case)
    done(cut_off, "plan", study)
    done(cut_off, "board", study)
    done(cut_off, "verify", study)
    done(cut_off, "reconcile", study, study / "out" / "full-fibre-fund" / "bid.docx")
    done(cut_off, "freeze", study, "round-1")
    done(cut_off, "compare", study / "frozen" / "round-1", study)
    done(cut_off, "bundle", study, "--out", tmp_path / "b.zip")
