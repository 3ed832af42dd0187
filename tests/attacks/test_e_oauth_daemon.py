"""Table E, rows 01 and 02, at a desk that runs: mailbox and smarthost by one sign-in, replaced and revoked."""

import configparser
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.dovecot_tokens import TokenDovecot, taking_tokens
from tests.servers.process import until
from tests.servers.token_server import SECRET, TokenServer
from tests.system.conftest import new_desk, sink
from tests.system.desk import ANNA, PATIENCE_SECONDS, RunningDesk, children, command_line, mail
from tests.system.sink import Sink

__all__ = ["new_desk", "sink"]

UNIT = Path(__file__).parents[2] / "systemd" / "helpdeskd.service"
KEY = "a1" * 32

MAILBOX = """
[trust]
accounts = ["office"]

[[mailbox]]
name = "office"
host = "localhost"
port = {imap}
ca_file = "{authority}"
user = "{user}"
address = "support@desk.example"
poll = "1 minute"
oauth = "office"

[oauth.office]
"""
SMARTHOST = """
host = "localhost"
port = {submission}
ca_file = "{authority}"
login = "{user}"
oauth = "office"
"""


@pytest.fixture
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenServer]:
    with TokenServer(tmp_path_factory.mktemp("tokens")) as server:
        server.replaces = True
        yield server


@pytest.fixture
def dovecot(tokens: TokenServer, sink: Sink) -> Iterator[TokenDovecot]:
    with taking_tokens(tokens, sink.port) as server:
        server.deliver(tokens.user, mail(1))
        yield server


@pytest.fixture
def desk(new_desk: Callable[..., RunningDesk], dovecot: TokenDovecot, tokens: TokenServer) -> RunningDesk:
    """A desk whose mail comes from the Dovecot and goes out by it, both by one refresh token."""
    place = {"authority": dovecot.authority, "user": tokens.user}
    keys = "".join(f'{key} = "{value}"\n' for key, value in tokens.keys("refresh_token").items())
    made = new_desk(extra=MAILBOX.format(imap=dovecot.tls_port, **place) + keys)
    smarthost = SMARTHOST.format(submission=dovecot.submission_port, **place)
    made.change('host = "127.0.0.1"\nport = 9\ntls = "none"\n', smarthost)
    made.change('folder = "state"', 'folder = "state"\ntoken_key_file = "token-key"')
    (made.folder / "token-key").write_text(f"{KEY}\n")
    return made


def answered(sink: Sink, times: int = 1) -> bool:
    return until(lambda: len(sink.to(ANNA)) == times, PATIENCE_SECONDS)


def test_e01_a_sign_in_that_is_revoked_is_an_alarm_and_mail_stays_queued_until_somebody_signs_in_again(
    desk: RunningDesk, tokens: TokenServer, dovecot: TokenDovecot, sink: Sink
):
    desk.start()
    assert answered(sink), desk.log
    desk.logs("stage=sent")
    tokens.revoke()
    dovecot.stop()
    dovecot.start()
    desk.logs("stage=alarm what=sign-in")
    desk.logs("the sign-in was revoked or has ended; sign in again with `helpdeskd authorize`")
    desk.send(mail(2))
    desk.logs('stage=alarm what=delivery detail="oauth.office: ')
    desk.kill()
    waiting = [str(row["id"]) for row in desk.outbox() if row["recipient"] == ANNA and row["status"] != "sent"]
    assert (len(waiting), len(sink.to(ANNA))) == (1, 1)
    (tokens.folder / "refresh-token").write_text(tokens.allow_again())
    desk.run("outbox", "retry", *waiting)  # one that was being sent when the desk was killed is due in any case
    desk.restart()
    assert answered(sink, 2), desk.log
    dovecot.deliver(tokens.user, mail(3))
    assert answered(sink, 3), desk.log
    desk.audit()


def test_e02_no_token_and_no_secret_is_in_the_log_the_environment_a_command_line_or_the_state_folder(
    desk: RunningDesk, tokens: TokenServer, sink: Sink
):
    first = tokens.refresh_token
    desk.change("[desk]\n", '[log]\nlevel = "debug"\n\n[desk]\n')
    desk.start()
    assert answered(sink), desk.log
    secrets = [word.encode() for word in (first, tokens.refresh_token, SECRET, KEY, *tokens.issued)]
    assert len(set(secrets)) >= 5, "the server has not replaced the refresh token"
    for pid in (desk.pid, *children(desk.pid)):
        shown = Path(f"/proc/{pid}/environ").read_bytes() + command_line(pid).encode()
        assert [word for word in secrets if word in shown] == []
    files = [file for file in desk.state.rglob("*") if file.is_file()]
    seen = {file.name: file.read_bytes() for file in files} | {"log": desk.log.encode()}
    assert [(name, word) for name, text in seen.items() for word in secrets if word in text] == []
    sealed = desk.state / "oauth-office.sealed"
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600


def test_e02_the_unit_writes_no_core(tmp_path: Path):
    unit = configparser.RawConfigParser(strict=False)
    unit.read(UNIT)
    assert (unit["Service"]["LimitCORE"], unit["Service"]["UMask"]) == ("0", "0077")
