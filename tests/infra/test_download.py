"""One file over the network, from a server that stalls, truncates, lies, and sends on."""

import hashlib

import pytest
from publisher import QUICK, Answer, publishing

from infra.download import Policy, download, is_newer
from layers.errors import SourceError

BODY = bytes(range(256)) * 40  # 10,240 bytes
MARK = {"ETag": '"one"'}


@pytest.fixture
def server():
    with publishing() as publisher:
        yield publisher


@pytest.fixture
def path(tmp_path):
    return tmp_path / "aside" / "file"


def test_a_file_comes_whole_with_its_checksum_and_progress(server, path):
    seen = []
    url = server.give("/a", Answer(BODY, headers=MARK))
    got = download(url, path, QUICK, tick=lambda have, whole: seen.append((have, whole)))
    assert path.read_bytes() == BODY
    assert got.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (got.etag, got.size_bytes, got.resumed) == ('"one"', len(BODY), False)
    assert seen[-1] == (len(BODY), len(BODY))
    assert server.asked[0][1]["Accept-Encoding"] == "identity"
    assert server.asked[0][1]["User-Agent"].startswith("infra-planning/")


def test_a_truncated_file_is_taken_up_where_it_stopped(server, path):
    first = Answer(BODY, headers=MARK, sent=4_000)
    url = server.give("/a", first, Answer(BODY, headers=MARK, ranges=True))
    got = download(url, path, QUICK)
    assert path.read_bytes() == BODY
    assert got.resumed
    again = server.asked[1][1]
    assert (again["Range"], again["If-Range"]) == ("bytes=4000-", '"one"')


def test_a_later_run_takes_up_what_an_earlier_one_left(server, path):
    url = server.give("/a", Answer(BODY, headers=MARK, sent=4_000))
    with pytest.raises(SourceError, match="did not come whole"):
        download(url, path, Policy(**{**QUICK.__dict__, "tries": 0}))
    assert path.stat().st_size == 4_000
    server.give("/a", Answer(BODY, headers=MARK, ranges=True))
    assert download(url, path, QUICK).resumed
    assert path.read_bytes() == BODY


def test_a_server_without_ranges_gives_it_anew(server, path):
    url = server.give("/a", Answer(BODY, headers=MARK, sent=4_000), Answer(BODY, headers=MARK))
    assert not download(url, path, QUICK).resumed
    assert path.read_bytes() == BODY


def test_another_release_in_between_is_never_joined_to_the_old_one(server, path):
    newer = bytes(reversed(BODY))
    late = Answer(newer, headers={"ETag": '"two"'}, ranges=True)
    url = server.give("/a", Answer(BODY, headers=MARK, sent=4_000), late)
    got = download(url, path, QUICK)
    assert path.read_bytes() == newer
    assert got.etag == '"two"'


def test_without_a_mark_nothing_is_joined(server, path):
    url = server.give("/a", Answer(BODY, sent=4_000), Answer(BODY, ranges=True))
    assert not download(url, path, QUICK).resumed
    assert "Range" not in server.asked[1][1]
    assert path.read_bytes() == BODY


def test_another_piece_than_was_asked_for_is_not_taken(server, path):
    wrong = Answer(
        BODY[100:], 206, {**MARK, "Content-Range": f"bytes 100-{len(BODY) - 1}/{len(BODY)}"}
    )
    url = server.give(
        "/a", Answer(BODY, headers=MARK, sent=4_000), wrong, Answer(BODY, headers=MARK)
    )
    download(url, path, QUICK)
    assert path.read_bytes() == BODY


def test_a_server_that_announces_more_than_it_gives_is_not_believed(server, path):
    url = server.give("/a", Answer(BODY, headers=MARK, announce=len(BODY) + 50))
    with pytest.raises(SourceError, match="did not come whole"):
        download(url, path, QUICK)
    assert len(server.asked) == 1 + QUICK.tries


def test_a_server_that_stalls_is_asked_again(server, path):
    slow = Answer(BODY, headers=MARK, stall_s=1.5)
    url = server.give("/a", slow, Answer(BODY, headers=MARK, ranges=True))
    download(url, path, QUICK)
    assert path.read_bytes() == BODY
    server.give("/b", Answer(BODY, stall_s=1.5))
    with pytest.raises(SourceError, match="stalled"):
        download(f"{server.base}/b", path, Policy(**{**QUICK.__dict__, "tries": 0}))


def test_a_server_that_trickles_is_given_up(server, path):
    url = server.give("/a", Answer(BODY, trickle_s=0.05))
    with pytest.raises(SourceError, match="hardly anything came"):
        download(url, path, Policy(**{**QUICK.__dict__, "tries": 0}))


def test_too_large_a_file_is_refused_before_and_while_it_comes(server, path):
    small = Policy(**{**QUICK.__dict__, "max_bytes": 5_000})
    url = server.give("/told", Answer(BODY))
    with pytest.raises(SourceError, match="larger than"):
        download(url, path, small)
    assert not path.exists()
    url = server.give("/untold", Answer(BODY, announce=None))
    with pytest.raises(SourceError, match="larger than"):
        download(url, path, small)


@pytest.mark.parametrize(
    "where",
    ["http://localhost/a", "http://example.org/a", "ftp://127.0.0.1/a", "file:///etc/passwd"],
)
def test_a_redirect_to_what_is_not_encrypted_is_refused(server, path, where):
    url = server.give("/a", Answer(status=302, headers={"Location": where}))
    with pytest.raises(SourceError, match="not encrypted") as error:
        download(url, path, QUICK)
    assert f"sent there from {server.base.rpartition(':')[0]}/a" in str(error.value)
    assert not path.exists()


def test_redirects_are_followed_and_circles_are_not(server, path):
    server.give("/b", Answer(BODY))
    url = server.give("/a", Answer(status=307, headers={"Location": "/b"}))
    download(url, path, QUICK)
    assert path.read_bytes() == BODY
    url = server.give("/round", Answer(status=302, headers={"Location": "/round"}))
    with pytest.raises(SourceError, match="circle"):
        download(url, path, QUICK)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/a", "https://name:word@example.org/a", "https:///a"]
)
def test_users_ask_only_encrypted_addresses_without_a_password(path, url):
    with pytest.raises(SourceError):
        download(url, path, Policy())


def test_a_busy_server_is_asked_again_when_it_says(server, path):
    busy = Answer(status=503, headers={"Retry-After": "0"})
    url = server.give("/a", busy, Answer(status=429, headers={"Retry-After": "0"}), Answer(BODY))
    download(url, path, QUICK)
    assert path.read_bytes() == BODY
    assert len(server.asked) == 3


def test_a_server_that_asks_to_come_back_much_later_is_obeyed(server, path):
    url = server.give("/a", Answer(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(SourceError, match="come back in 60 minutes"):
        download(url, path, QUICK)
    assert len(server.asked) == 1


def test_a_server_that_stays_busy_and_a_page_that_moved_are_told_apart(server, path):
    url = server.give("/a", Answer(status=503, headers={"Retry-After": "0"}))
    with pytest.raises(SourceError, match="answers 503"):
        download(url, path, QUICK)
    with pytest.raises(SourceError, match=r"answers 404.*has moved"):
        download(f"{server.base}/gone", path, QUICK)


def test_what_is_held_and_unchanged_is_not_fetched(server, path):
    url = server.give("/a", Answer(BODY, headers=MARK))
    known = {"etag": '"one"', "modified": ""}
    assert download(url, path, QUICK, known=known).unchanged
    assert not path.exists()
    assert is_newer(url, QUICK, known) is False
    assert is_newer(url, QUICK, {"etag": '"none"', "modified": ""}) is True


def test_nobody_there_is_said_plainly(server, path):
    port = server.port
    url = f"http://127.0.0.1:{port}/a"
    server.give("/a", Answer(BODY, sent=0, announce=10))
    with pytest.raises(SourceError, match="did not come whole"):
        download(url, path, QUICK)
