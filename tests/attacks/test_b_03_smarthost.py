"""B03 on the way out: without verified TLS no login and no mail leaves the desk; it waits, and the sysadmin is told."""

import ssl
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.certificates import Authority, expired, serving
from tests.servers.process import until
from tests.servers.smarthost import Smarthost
from tests.system.desk import PATIENCE_SECONDS, RunningDesk, mail
from tests.system.sink import in_a_thread

TLS = 'tls = "{tls}"\nca_file = "{ca_file}"\nlogin = "desk"\npassword_file = "password"'
ALARM = "stage=alarm what=delivery"
EHLO = "250-smarthost.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def no_tls(_authority: Authority) -> Smarthost:
    return Smarthost({"EHLO": "250-smarthost.example\r\n250 AUTH PLAIN LOGIN"})


def refused(_authority: Authority) -> Smarthost:
    return Smarthost({"EHLO": EHLO, "STARTTLS": "454 4.7.0 not today"})


def no_handshake(_authority: Authority) -> Smarthost:
    return Smarthost({"EHLO": EHLO, "STARTTLS": "503 5.5.1 what"})


def another_name(authority: Authority) -> Smarthost:
    return Smarthost(tls=serving(authority.issue("another.example")))


def too_old(authority: Authority) -> Smarthost:
    return Smarthost(tls=serving(expired(authority)))


def unknown(authority: Authority) -> Smarthost:
    other = authority.certificate.parent / "other"
    other.mkdir(exist_ok=True)
    return Smarthost(tls=serving(Authority(other).issue("127.0.0.1")))


def old_version(authority: Authority) -> Smarthost:
    context = serving(authority.issue("127.0.0.1"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    return Smarthost(tls=context)


TROUBLES = (no_tls, refused, no_handshake, another_name, too_old, unknown, old_version)
MAY_PASS = (refused, old_version)
"""A 454 and a connection that is reset: for these alone nobody is woken."""


def test_b03_without_verified_tls_the_mail_waits_no_login_is_sent_and_there_is_an_alarm(
    new_desk: Callable[..., RunningDesk], authority: Authority, tmp_path: Path
):
    """One desk, and one smarthost after the other in the same place."""
    with in_a_thread(Smarthost()) as place:
        port = place.port
    desk = new_desk(smarthost=port)
    (tmp_path / "password").write_text("secret\n")
    desk.change('tls = "none"', TLS.format(tls="starttls", ca_file=authority.certificate))
    desk.start()
    for number, trouble in enumerate(TROUBLES, 1):
        alarms = desk.log.count(ALARM)
        smarthost = trouble(authority)
        smarthost.at = port
        with in_a_thread(smarthost):
            if number == 1:
                desk.send(mail())
            desk_tries(desk, number)
        spoken = {command.partition(" ")[0] for command in smarthost.commands}
        assert spoken <= {"EHLO", "STARTTLS", "QUIT"}, trouble.__name__
        assert smarthost.accepted == []
        assert trouble in MAY_PASS or desk.log.count(ALARM) > alarms, trouble.__name__
    with in_a_thread(Smarthost(tls=serving(authority.issue("127.0.0.1")), at=port)) as good:
        desk.run("outbox", "retry", "1", "2")
        desk.sends(2)
        assert all(taken.secure for taken in good.accepted)


def desk_tries(desk: RunningDesk, times: int) -> None:
    """Wait until each mail was tried so often, and is still in the queue."""
    if times > 1:
        desk.run("outbox", "retry", "1", "2")
    assert until(lambda: [row["attempts"] for row in desk.outbox()] == [times, times], PATIENCE_SECONDS), desk.log
    assert {row["status"] for row in desk.outbox()} == {"queued"}
