"""When a sign-in asks its token server, on a clock of the test; how often; what it gives while that cannot answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from helpdeskd.daemon.oauth import SignIn
from helpdeskd.daemon.oauth_store import RefreshToken
from helpdeskd.mail.oauth import NoToken, NoTokenYet
from tests.servers.token_server import TokenServer


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TokenServer]:
    with TokenServer(tmp_path) as running:
        yield running


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def sign_in(server: TokenServer, watch: Watch) -> SignIn:
    return SignIn("office", server.table("client_credentials"), None, watch)


def by_refresh_token(server: TokenServer, folder: Path, watch: Watch) -> SignIn:
    table = server.table("refresh_token")
    return SignIn("office", table, RefreshToken("office", table, folder, lambda: (b"k" * 64,)), watch)


def test_a_token_is_asked_for_once_and_used_until_five_minutes_before_its_end(
    server: TokenServer, sign_in: SignIn, watch: Watch
):
    first = sign_in.token()
    watch.seconds += 3299
    assert sign_in.token() == first
    watch.seconds += 2
    assert sign_in.token() == server.issued[1] != first


def test_a_token_that_lasts_less_than_five_minutes_still_works(server: TokenServer, sign_in: SignIn):
    server.lasts = 60
    assert [sign_in.token(), sign_in.token()] == server.issued


def test_many_who_want_a_token_at_once_ask_once(server: TokenServer, sign_in: SignIn):
    with ThreadPoolExecutor(8) as threads:
        tokens = set(threads.map(lambda _: sign_in.token(), range(40)))
    assert (len(tokens), len(server.forms)) == (1, 1)


def test_a_refused_token_is_replaced_for_all_but_once_a_minute_at_most(
    server: TokenServer, sign_in: SignIn, watch: Watch
):
    first = sign_in.token()
    second = sign_in.token(first)
    assert second != first
    assert sign_in.token(first) == second, "another mailbox was refused the old one too"
    assert sign_in.token(second) == second, "a new token was refused: the token is not what is wrong"
    watch.seconds += 61
    assert sign_in.token(second) not in {first, second}
    assert len(server.forms) == 3


def test_a_token_that_was_refused_is_not_shown_again_while_there_is_no_other(
    server: TokenServer, sign_in: SignIn, watch: Watch
):
    first = sign_in.token()
    server.trouble = [(503, b"")] * 100
    for refused in (first, "", first, ""):
        with pytest.raises(NoTokenYet):
            sign_in.token(refused)
    server.trouble.clear()
    watch.seconds += 2
    assert sign_in.token() == server.issued[-1] != first


def test_while_the_server_is_down_a_token_that_lasts_is_used(server: TokenServer, sign_in: SignIn, watch: Watch):
    first = sign_in.token()
    server.trouble = [(503, b"")] * 100
    watch.seconds += 3400
    assert sign_in.token() == first
    watch.seconds += 201
    with pytest.raises(NoTokenYet, match="cannot answer now"):
        sign_in.token()
    server.trouble.clear()
    watch.seconds += 600
    assert sign_in.token() == server.issued[-1]


def test_a_server_that_is_down_is_asked_ever_less_often_and_no_wait_is_longer_than_five_minutes(
    server: TokenServer, sign_in: SignIn, watch: Watch
):
    server.trouble = [(503, b"")] * 100
    asked_at = []
    for _ in range(2000):
        before = len(server.trouble)
        with pytest.raises(NoTokenYet):
            sign_in.token()
        asked_at += [watch.seconds] if len(server.trouble) < before else []
        watch.seconds += 1
    pauses = [int(later - earlier) for earlier, later in pairwise(asked_at)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]


def test_what_an_administrator_must_mend_is_one_alarm_and_asked_again_each_minute(
    server: TokenServer, tmp_path: Path, watch: Watch, caplog: pytest.LogCaptureFixture
):
    sign_in = by_refresh_token(server, tmp_path, watch)
    server.revoke()
    for _ in range(180):
        with pytest.raises(NoToken, match="sign in again"):
            sign_in.token()
        watch.seconds += 1
    assert len(server.forms) == 3
    assert caplog.text.count("what=sign-in") == 1
    (tmp_path / "refresh-token").write_text(server.allow_again())
    watch.seconds += 60
    assert sign_in.token() == server.issued[-1]
    server.revoke()
    with pytest.raises(NoToken):
        sign_in.token(server.issued[-1])
    assert caplog.text.count("what=sign-in") == 2


def test_a_secret_that_cannot_be_read_is_told_and_read_again_when_it_is_there(
    server: TokenServer, sign_in: SignIn, watch: Watch, tmp_path: Path
):
    (tmp_path / "oauth-secret").rename(tmp_path / "away")
    with pytest.raises(NoToken, match=r"oauth.office: .*No such file"):
        sign_in.token()
    (tmp_path / "away").rename(tmp_path / "oauth-secret")
    watch.seconds += 60
    assert sign_in.token() == server.issued[-1]


def test_two_processes_at_one_sign_in_never_use_a_replaced_refresh_token(
    server: TokenServer, tmp_path: Path, watch: Watch
):
    server.replaces, server.lasts = True, 60
    one, other = (by_refresh_token(server, tmp_path, watch) for _ in range(2))
    with ThreadPoolExecutor(4) as threads:
        tokens = set(threads.map(lambda turn: (one if turn % 2 else other).token(), range(12)))
    assert tokens == set(server.issued)
    assert len(server.forms) == 12
