"""What the token server answers, and what becomes of it: a token, a wait, or a sentence for the administrator."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.config.oauth import OAuthTable
from helpdeskd.daemon import oauth_grant
from helpdeskd.daemon.oauth_grant import USUAL_SECONDS, granted
from helpdeskd.mail.oauth import NoToken, NoTokenYet
from tests.servers.token_server import CLIENT, SECRET, TokenServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TokenServer]:
    with TokenServer(tmp_path) as running:
        yield running


def ask(table: OAuthTable, refresh_token: str = "") -> oauth_grant.Granted:
    return granted("office", table, refresh_token, time.time())


@pytest.mark.parametrize("grant", ["client_credentials", "refresh_token", "service_account"])
def test_each_grant_brings_a_token_that_is_told_to_last(server: TokenServer, grant: str):
    server.lasts = 1234
    new = ask(server.table(grant), server.refresh_token)
    assert (new.access, new.seconds) == (server.issued[-1], 1234)


def test_what_is_asked_is_the_form_of_the_standard_and_no_more(server: TokenServer):
    ask(server.table("client_credentials", scope="https://mail.example/.default"))
    ask(server.table("refresh_token"), server.refresh_token)
    client = {"client_id": CLIENT, "client_secret": SECRET}
    assert server.forms == [
        {"grant_type": "client_credentials", "scope": "https://mail.example/.default", **client},
        {"grant_type": "refresh_token", "refresh_token": server.refresh_token, **client},
    ]


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (b'{"access_token": "a", "token_type": "bearer", "expires_in": "60"}', 60),
        (b'{"access_token": "a"}', USUAL_SECONDS),
        (b'{"access_token": "a", "expires_in": null}', USUAL_SECONDS),
        (b'{"access_token": "a", "expires_in": -5}', USUAL_SECONDS),
    ],
)
def test_a_token_without_a_plain_end_lasts_for_the_usual_time(server: TokenServer, body: bytes, seconds: int):
    server.trouble = [(200, body)]
    assert ask(server.table("client_credentials")).seconds == seconds


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (503, b'{"error": "invalid_grant"}'),
        (429, b"slow down"),
        (400, b'{"error": "temporarily_unavailable"}'),
        (200, b"<html>please log in to this hotel's network</html>"),
        (200, b"[" * 20_000),
        (200, b"x" * 100_000),
        (302, b""),
    ],
)
def test_what_passes_by_itself_is_asked_again(server: TokenServer, status: int, body: bytes):
    server.trouble = [(status, body)]
    with pytest.raises(NoTokenYet, match=r"oauth.office: https://localhost"):
        ask(server.table("client_credentials"))


@pytest.mark.parametrize(
    ("error", "grant", "what"),
    [
        ("invalid_grant", "refresh_token", "sign in again with `helpdeskd authorize`"),
        ("invalid_grant", "service_account", "it may not act for this user, or the clock here is wrong"),
        ("invalid_client", "client_credentials", "make a new secret"),
        ("unauthorized_client", "client_credentials", "the application is not known there, or not allowed to do this"),
        ("invalid_scope", "client_credentials", "the application was not given the permission"),
        ("interaction_required", "refresh_token", "sign in again with `helpdeskd authorize`"),
        ("something_new", "client_credentials", "see docs/mailboxes.md"),
    ],
)
def test_what_an_administrator_must_mend_is_told_with_what_to_do(
    server: TokenServer, error: str, grant: str, what: str
):
    server.trouble = [(400, b'{"error": "%s", "error_description": "AADSTS1: No. Trace ID: 9"}' % error.encode())]
    with pytest.raises(NoToken) as told:
        ask(server.table(grant), "r")
    assert not isinstance(told.value, NoTokenYet)
    assert f"refuses with {error}: " in str(told.value)
    assert what in str(told.value)
    assert str(told.value).endswith("(it says: AADSTS1: No.)")


@pytest.mark.parametrize(
    ("status", "body", "what"),
    [
        (404, b"not found", "is it the right endpoint?"),
        (200, b'{"access_token": "a", "token_type": "mac"}', "opens no mailbox"),
        (200, b'{"access_token": ["a"]}', "opens no mailbox"),
    ],
)
def test_an_answer_of_another_kind_is_told_at_once(server: TokenServer, status: int, body: bytes, what: str):
    server.trouble = [(status, body)]
    with pytest.raises(NoToken, match=what) as told:
        ask(server.table("client_credentials"))
    assert not isinstance(told.value, NoTokenYet)


def test_a_certificate_that_is_not_valid_gets_no_secret(server: TokenServer):
    table = server.table("client_credentials").model_copy(update={"ca_file": None})
    with pytest.raises(NoToken, match="has no valid certificate"):
        ask(table)
    assert server.forms == []


def test_a_server_that_cannot_be_reached_may_be_reached_later(server: TokenServer):
    table = server.table("client_credentials")
    server.__exit__(None, None, None)
    with pytest.raises(NoTokenYet, match="cannot be asked now"):
        ask(table)


@pytest.mark.parametrize(
    "text", ["secret", "{}", "[1]", '{"client_email": "a", "private_key_id": "1", "private_key": "x"}']
)
def test_a_file_that_is_no_key_of_a_service_account_is_told(server: TokenServer, tmp_path: Path, text: str):
    table = server.table("service_account")
    (tmp_path / "oauth-secret").write_text(text)
    with pytest.raises(ValueError, match="give the JSON file that Google made, whole"):
        ask(table)
