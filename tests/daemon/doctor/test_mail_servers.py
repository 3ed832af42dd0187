"""The doctor speaks to a real Dovecot, and to a smarthost that follows a script."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.config.load import Loaded
from helpdeskd.daemon.doctor.finding import Finding, Level
from helpdeskd.daemon.doctor.mail_servers import mailboxes, smarthost
from tests.config.small_desk import SMALL, loaded
from tests.servers.certificates import Authority
from tests.servers.dovecot import PASSWORD, Dovecot, dovecot
from tests.servers.smarthost import Smarthost

__all__ = ["dovecot"]
NOW = datetime.now(UTC)
LONG_BEFORE = NOW - timedelta(days=60)


def with_mailbox(folder: Path, server: Dovecot, password: str = PASSWORD, ca_file: Path | None = None) -> Loaded:
    (folder / "password").write_text(password)
    table = {
        "name": "support",
        "host": "localhost",
        "port": server.tls_port,
        "user": server.new_user(),
        "address": "support@desk.example",
        "password_file": str(folder / "password"),
        "ca_file": str(ca_file or server.authority),
    }
    lines = "".join(
        f"{name} = {value if isinstance(value, int) else chr(34) + value + chr(34)}\n" for name, value in table.items()
    )
    return loaded(folder, f"{SMALL}[[mailbox]]\n{lines}")


def told(findings: list[Finding]) -> list[tuple[Level, str]]:
    return [(finding.level, finding.text.partition(",")[0]) for finding in findings]


def test_a_mailbox_is_logged_in_to_and_waited_at(tmp_path: Path, dovecot: Dovecot) -> None:
    of = with_mailbox(tmp_path, dovecot)
    user = of.settings.mailboxes[0].user
    assert told(list(mailboxes(of, LONG_BEFORE))) == [
        (Level.OK, "TLS with a valid certificate"),
        (Level.OK, f"{user} is in"),
        (Level.OK, "IDLE works: mail is noticed at once"),
    ]


def test_a_certificate_that_ends_soon_is_a_warning(tmp_path: Path, dovecot: Dovecot) -> None:
    assert next(iter(mailboxes(with_mailbox(tmp_path, dovecot), NOW))).level is Level.WARNING


def test_a_wrong_password_is_told_as_such(tmp_path: Path, dovecot: Dovecot) -> None:
    found = list(mailboxes(with_mailbox(tmp_path, dovecot, password="wrong"), LONG_BEFORE))
    assert [finding.level for finding in found] == [Level.OK, Level.ERROR]
    assert "is refused" in found[1].text
    assert "wrong" not in found[1].text.replace("wrong password", "")


def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(tmp_path: Path, dovecot: Dovecot) -> None:
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other")
    [found] = mailboxes(with_mailbox(tmp_path, dovecot, ca_file=stranger.certificate), NOW)
    assert (found.level, "no valid certificate" in found.text) == (Level.ERROR, True)


async def at_the_smarthost(folder: Path, server: Smarthost, tls: str = "none", more: str = "") -> list[Finding]:
    host = "localhost" if tls != "none" else "127.0.0.1"
    of = loaded(folder, f'{SMALL}[smarthost]\nhost = "{host}"\nport = {server.port}\ntls = "{tls}"\n{more}')
    return await asyncio.to_thread(lambda: list(smarthost(of, LONG_BEFORE)))


async def test_a_smarthost_is_asked_whether_it_takes_our_mail_and_gets_none(tmp_path: Path) -> None:
    async with Smarthost() as server:
        [found] = await at_the_smarthost(tmp_path, server)
    assert (found.level, "support@desk.example" in found.text) == (Level.OK, True)
    assert server.commands[-3:] == ["MAIL FROM:<support@desk.example>", "RSET", "QUIT"]
    assert server.accepted == []


async def test_a_smarthost_over_tls_shows_its_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    made = authority.issue("localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.chain, made.key)
    async with Smarthost(tls=context) as server:
        found = await at_the_smarthost(tmp_path, server, "starttls", f'ca_file = "{authority.certificate}"\n')
    assert told(found)[0] == (Level.OK, "TLS with a valid certificate")
    assert found[-1].level is Level.OK


@pytest.mark.parametrize(
    "script", [{"MAIL": "550 5.7.1 not yours"}, {"greeting": "554 5.7.1 go away"}], ids=["sender", "greeting"]
)
async def test_a_smarthost_that_refuses_us_is_an_error(tmp_path: Path, script: dict[str, str]) -> None:
    async with Smarthost(script) as server:
        [found] = await at_the_smarthost(tmp_path, server)
    assert (found.level, "5.7.1" in found.text) == (Level.ERROR, True)


async def test_a_smarthost_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    async with Smarthost() as server:
        pass
    [found] = await at_the_smarthost(tmp_path, server)
    assert found.level is Level.ERROR


def test_without_a_smarthost_nothing_leaves_the_desk(tmp_path: Path) -> None:
    [found] = smarthost(loaded(tmp_path, SMALL), NOW)
    assert found.level is Level.WARNING
