"""Table E, rows 01 and 02: mail by access tokens at real mail servers, and where the tokens are kept."""

import asyncio
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from helpdeskd.daemon import oauth
from helpdeskd.daemon.oauth import SignIn
from helpdeskd.daemon.oauth_grant import granted
from helpdeskd.daemon.oauth_store import RefreshToken
from helpdeskd.mail import imap_intake
from helpdeskd.mail.delivery import Later, Sent, SmarthostSettings
from helpdeskd.mail.imap_intake import Mailbox
from helpdeskd.mail.imap_session import LoginRefused, Session
from helpdeskd.mail.imap_settings import ImapSettings
from helpdeskd.mail.oauth import NoToken
from helpdeskd.mail.smtp_delivery import Courier
from tests.mail.memory_inbox import MemoryInbox
from tests.servers.dovecot_tokens import TokenDovecot, taking_tokens
from tests.servers.process import until
from tests.servers.token_server import SECRET, TokenServer
from tests.system.sink import Sink, serving

HELLO = b"From: anna@acme.example\r\nTo: help@desk.example\r\nSubject: Hello\r\n\r\nGood morning.\r\n"
SECOND = HELLO.replace(b"Hello", b"Second")
MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
KEYS = (b"k" * 64,)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TokenServer, TokenDovecot, Sink]]:
    """A token server, a Dovecot that asks it about tokens, and the mail server that Dovecot hands mail on to."""
    folder = tmp_path_factory.mktemp("tokens")
    with serving() as sink, TokenServer(folder) as tokens, taking_tokens(tokens, sink.port) as dovecot:
        yield tokens, dovecot, sink


@pytest.fixture
def tokens(servers: tuple[TokenServer, TokenDovecot, Sink]) -> TokenServer:
    server = servers[0]
    server.revoke()
    server.allow_again()
    server.trouble, server.lasts, server.replaces = [], 3600, False
    server.forms.clear()
    server.issued.clear()
    server.user = servers[1].new_user()
    return server


@pytest.fixture
def dovecot(servers: tuple[TokenServer, TokenDovecot, Sink]) -> TokenDovecot:
    return servers[1]


def sign_in(tokens: TokenServer, folder: Path, grant: str = "client_credentials") -> SignIn:
    table = tokens.table(grant)
    kept = RefreshToken("office", table, folder, lambda: KEYS) if grant == "refresh_token" else None
    return SignIn("office", table, kept)


def mailbox_at(dovecot: TokenDovecot, user: str, by: SignIn, **more: Any) -> ImapSettings:
    return ImapSettings(
        name="support",
        host="localhost",
        port=dovecot.tls_port,
        ca_file=dovecot.authority,
        user=user,
        token=by.token,
        address="support@desk.example",
        **more,
    )


def smarthost_at(dovecot: TokenDovecot, user: str, by: SignIn, **more: Any) -> SmarthostSettings:
    port, authority = dovecot.submission_port, str(dovecot.authority)
    return SmarthostSettings("localhost", port, ca_file=authority, login=user, token=by.token, **more)


@contextmanager
def polled(settings: ImapSettings, inbox: MemoryInbox) -> Iterator[Mailbox]:
    """The mailbox at work in its thread."""
    mailbox, stop = Mailbox(settings, inbox, {"help@desk.example"}.__contains__), threading.Event()
    thread = threading.Thread(target=mailbox.run, args=(stop, lambda: None))
    thread.start()
    try:
        yield mailbox
    finally:
        stop.set()
        mailbox.stop()
        thread.join(20)
        assert not thread.is_alive()


async def sent(settings: SmarthostSettings) -> Sent | Later:
    courier = Courier(settings)
    result = await courier.deliver("support@desk.example", "anna@acme.example", HELLO)
    await courier.close()
    async with asyncio.timeout(30):
        while connected_to(settings.port):  # TLS takes its leave after the courier has
            await asyncio.sleep(0.01)
    assert isinstance(result, Sent | Later)
    return result


def connected_to(port: int) -> bool:
    """Whether a client of this machine still holds a connection to a port, which the server may have closed."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[2].endswith(f":{port:04X}") and row[3] in {"01", "08"} for row in rows)


# E01: tokens for IMAP and SMTP.


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("grant", ["client_credentials", "refresh_token", "service_account"])
def test_e01_a_mailbox_is_read_with_a_token_from_fetching_to_move(
    tokens: TokenServer, dovecot: TokenDovecot, tmp_path: Path, mechanism: str, grant: str
):
    user = tokens.user
    dovecot.deliver(user, HELLO)
    inbox = MemoryInbox()
    with polled(mailbox_at(dovecot, user, sign_in(tokens, tmp_path, grant), mechanism=mechanism), inbox):
        assert until(lambda: dovecot.mails(user, "Processed") == [HELLO], 20)
    assert inbox.raws == [HELLO]
    assert dovecot.mails(user) == []
    assert len(tokens.forms) == 1


@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_e01_mail_goes_out_with_a_token(
    tokens: TokenServer, dovecot: TokenDovecot, servers: tuple[Any, Any, Sink], tmp_path: Path, mechanism: str
):
    before = len(servers[2].raws)
    settings = smarthost_at(dovecot, tokens.user, sign_in(tokens, tmp_path), mechanism=mechanism)
    assert isinstance(await sent(settings), Sent)
    (recipient, raw) = servers[2].raws[before]
    assert recipient == "anna@acme.example"
    assert raw.endswith(HELLO)


def test_e01_one_token_serves_all_that_use_a_sign_in(tokens: TokenServer, dovecot: TokenDovecot, tmp_path: Path):
    by = sign_in(tokens, tmp_path)
    for _ in range(3):
        with closing(Session(mailbox_at(dovecot, tokens.user, by))) as session:
            session.login()
    assert len(tokens.forms) == 1


def test_e01_a_token_is_renewed_before_it_ends_also_while_the_desk_runs(
    tokens: TokenServer, dovecot: TokenDovecot, tmp_path: Path
):
    tokens.lasts = 301
    by = sign_in(tokens, tmp_path)
    first = by.token()
    tokens.live.discard(first)
    assert until(lambda: by.token() != first), "a token that has less than five minutes left was given"
    with closing(Session(mailbox_at(dovecot, tokens.user, by))) as session:
        session.login()


@pytest.mark.parametrize("wrong_by", [-10 * 365 * 86400, -86400, 86400, 10 * 365 * 86400])
def test_e01_a_clock_that_is_set_neither_ends_nor_prolongs_a_token(
    tokens: TokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong_by: float
):
    assert signature(SignIn).parameters["monotonic"].default is time.monotonic
    by = sign_in(tokens, tmp_path)
    first, right = by.token(), time.time
    monkeypatch.setattr(time, "time", lambda: right() + wrong_by)
    assert by.token() == first


@pytest.mark.parametrize("wrong_by", [-240, 240])
def test_e01_a_service_account_may_be_minutes_off_the_right_time(tokens: TokenServer, wrong_by: float):
    assert granted("office", tokens.table("service_account"), "", time.time() + wrong_by).access == tokens.issued[-1]


@pytest.mark.parametrize("wrong_by", [-3600, 3600])
def test_e01_a_clock_that_is_hours_off_is_told(tokens: TokenServer, wrong_by: float):
    with pytest.raises(NoToken, match="or the clock here is wrong"):
        granted("office", tokens.table("service_account"), "", time.time() + wrong_by)


def test_e01_a_token_that_the_mailbox_refuses_is_replaced_once_and_then_the_login_is_refused(
    tokens: TokenServer, dovecot: TokenDovecot, tmp_path: Path
):
    by = sign_in(tokens, tmp_path)
    tokens.live.discard(by.token())
    with closing(Session(mailbox_at(dovecot, tokens.user, by))) as session:
        session.login()
    assert len(tokens.forms) == 2
    stranger = mailbox_at(dovecot, dovecot.new_user(), sign_in(tokens, tmp_path))
    with pytest.raises(LoginRefused), closing(Session(stranger)) as session:
        session.login()
    assert len(tokens.forms) == 4


async def test_e01_a_token_that_the_smarthost_refuses_is_replaced_once_and_then_it_is_an_alarm(
    tokens: TokenServer, dovecot: TokenDovecot, tmp_path: Path
):
    by = sign_in(tokens, tmp_path)
    tokens.live.discard(by.token())
    assert isinstance(await sent(smarthost_at(dovecot, tokens.user, by)), Sent)
    result = await sent(smarthost_at(dovecot, dovecot.new_user(), sign_in(tokens, tmp_path)))
    assert isinstance(result, Later)
    assert "refuses us" in result.alarm
    assert len(tokens.forms) == 4


def test_e01_a_sign_in_that_is_revoked_during_idle_is_told_and_no_mail_is_lost(
    tokens: TokenServer, dovecot: TokenDovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(oauth, "REFUSED_PAUSE", 0.1)
    monkeypatch.setattr(imap_intake, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(imap_intake, "LONGEST_PAUSE", 0.5)
    user, inbox = tokens.user, MemoryInbox()
    dovecot.deliver(user, HELLO)
    with polled(mailbox_at(dovecot, user, sign_in(tokens, tmp_path, "refresh_token")), inbox) as mailbox:
        assert until(lambda: dovecot.mails(user, "Processed") == [HELLO], 20)
        tokens.revoke()
        dovecot.stop()
        dovecot.start()
        assert until(lambda: "sign in again" in mailbox.state.last_error, 30), mailbox.state
        assert mailbox.state.failing_since is not None
        dovecot.deliver(user, SECOND)
        (tokens.folder / "refresh-token").write_text(tokens.allow_again())
        assert until(lambda: dovecot.mails(user, "Processed") == [HELLO, SECOND], 30), mailbox.state
        assert until(lambda: not mailbox.state.last_error)
    assert inbox.raws == [HELLO, SECOND]


async def test_e01_while_the_token_server_is_down_mail_waits_without_an_alarm(
    tokens: TokenServer, dovecot: TokenDovecot, tmp_path: Path
):
    tokens.trouble = [(503, b"")]
    result = await sent(smarthost_at(dovecot, tokens.user, sign_in(tokens, tmp_path)))
    assert isinstance(result, Later)
    assert (result.alarm, "cannot answer now" in result.reply) == ("", True)


# E02: where tokens and secrets are, and where they are not.


def test_e02_a_refresh_token_that_the_server_gave_is_kept_sealed_for_its_owner_only(
    tokens: TokenServer, tmp_path: Path
):
    tokens.replaces = True
    first = tokens.refresh_token
    sign_in(tokens, tmp_path, "refresh_token").token()
    assert tokens.refresh_token != first
    sealed = tmp_path / "oauth-office.sealed"
    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert (modes, os.listdir(tmp_path).count(sealed.name)) == ({0o600}, 1)
    assert not any(token.encode() in sealed.read_bytes() for token in (first, tokens.refresh_token, *tokens.issued))


def test_e02_a_replaced_refresh_token_is_used_after_a_restart(tokens: TokenServer, tmp_path: Path):
    tokens.replaces = True
    first = tokens.refresh_token
    sign_in(tokens, tmp_path, "refresh_token").token()
    newest, tokens.refresh_token = tokens.refresh_token, first
    again = sign_in(tokens, tmp_path, "refresh_token")  # the administrator's file is as it was
    tokens.refresh_token = newest
    assert again.token() == tokens.issued[-1]
    assert (tokens.folder / "refresh-token").read_text() == f"{first}\n"


def test_e02_a_server_that_repeats_our_secrets_does_not_get_them_into_the_log(
    tokens: TokenServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    secret, by = tokens.refresh_token, sign_in(tokens, tmp_path, "refresh_token")
    tokens.revoke()
    with pytest.raises(NoToken, match="no such thing as …") as revoked:
        by.token()
    by = sign_in(tokens, tmp_path)
    (tokens.folder / "oauth-secret").write_text("another-secret-9Px")
    with pytest.raises(NoToken, match="not …") as wrong:
        by.token()
    shown = f"{revoked.value!r}{wrong.value!r}{caplog.text}"
    assert not any(word in shown for word in (secret, SECRET, "another-secret-9Px"))


def test_e02_no_settings_show_a_token_or_a_secret(tokens: TokenServer, dovecot: TokenDovecot, tmp_path: Path):
    by = sign_in(tokens, tmp_path, "refresh_token")
    access = by.token()
    new = granted("office", tokens.table("refresh_token"), tokens.refresh_token, time.time())
    shown = f"{mailbox_at(dovecot, 'a', by)!r}{smarthost_at(dovecot, 'a', by)!r}{by!r}{vars(by)['_kept']!r}{new!r}"
    assert not any(word in shown for word in (access, SECRET, tokens.refresh_token, *tokens.issued))
