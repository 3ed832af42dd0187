"""The refresh token that the server gave in place of the configured one: which counts, and for whom it can be read."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.daemon.oauth_store import RefreshToken
from tests.servers.process import refuse
from tests.servers.token_server import TokenServer

KEYS = (b"k" * 64,)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TokenServer]:
    with TokenServer(tmp_path) as running:
        yield running


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


def kept_by(server: TokenServer, state: Path, keys: tuple[bytes, ...] = KEYS) -> RefreshToken:
    return RefreshToken("office", server.table("refresh_token"), state, lambda: keys)


def test_it_is_the_configured_one_until_there_is_another(server: TokenServer, state: Path):
    assert kept_by(server, state).read() == server.refresh_token
    kept_by(server, state).write("the-second-token")
    assert kept_by(server, state).read() == "the-second-token"


def test_a_new_sign_in_takes_the_place_of_what_came_of_the_old_one(server: TokenServer, state: Path):
    kept_by(server, state).write("the-second-token")
    assert kept_by(server, state).read() == "the-second-token"
    server.allow_again()
    assert kept_by(server, state).read() == server.refresh_token


def test_it_is_read_with_an_old_key_while_that_is_known(server: TokenServer, state: Path):
    kept_by(server, state).write("the-second-token")
    new = b"n" * 64
    assert kept_by(server, state, (new, *KEYS)).read() == "the-second-token"
    kept_by(server, state, (new, *KEYS)).write("the-third-token")
    assert kept_by(server, state, (new,)).read() == "the-third-token"


def test_without_its_key_the_configured_one_counts_and_that_is_an_alarm(
    server: TokenServer, state: Path, caplog: pytest.LogCaptureFixture
):
    kept_by(server, state).write("the-second-token")
    assert kept_by(server, state, (b"x" * 64,)).read() == server.refresh_token
    assert "refresh token not readable" in caplog.text


def test_another_sign_in_cannot_read_it(server: TokenServer, state: Path):
    kept_by(server, state).write("the-second-token")
    (state / "oauth-office.sealed").rename(state / "oauth-other.sealed")
    other = RefreshToken("other", server.table("refresh_token"), state, lambda: KEYS)
    assert other.read() == server.refresh_token


def test_what_cannot_be_written_is_remembered_and_told(
    server: TokenServer, state: Path, caplog: pytest.LogCaptureFixture
):
    (state / "oauth-office.sealed").mkdir()
    (state / "oauth-office.sealed" / "in-the-way").touch()
    kept = kept_by(server, state)
    kept.write("the-second-token")
    assert "refresh token not written" in caplog.text
    assert kept.read() == "the-second-token"
    assert [file.name for file in state.iterdir()] == ["oauth-office.sealed"]


def test_one_who_holds_it_keeps_others_away(server: TokenServer, state: Path):
    first, second = kept_by(server, state), kept_by(server, state)
    came = threading.Event()

    def take() -> None:
        with second.held():
            came.set()

    thread = threading.Thread(target=take)
    with first.held():
        thread.start()
        assert not came.wait(0.3)
    assert came.wait(10)
    thread.join()


def test_what_root_writes_belongs_to_the_owner_of_the_folder(server: TokenServer, state: Path):
    if os.geteuid() != 0:
        refuse("only root writes for others")
    os.chown(state, 65534, 65534)
    kept = kept_by(server, state)
    with kept.held():
        kept.write("the-second-token")
    found = [(file.stat().st_uid, file.stat().st_gid, stat.S_IMODE(file.stat().st_mode)) for file in state.iterdir()]
    assert found == [(65534, 65534, 0o600)] * 2
