"""F19: the certificate of our listeners is told of before it ends, and a broken one never replaces a good one."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.daemon import log
from helpdeskd.daemon.certificates import Certificates
from helpdeskd.mail.tls import server_context, shown_until
from tests.servers.certificates import Authority, Certificate, expired
from tests.system.desk import RunningDesk
from tests.system.test_desk_lifecycle import names

Told = list[str]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> Told:
    told: Told = []
    monkeypatch.setattr(log, "alarm", lambda *, what, detail, about: told.append(f"{what}: {detail}"))
    return told


def watched(certificate: Certificate) -> Certificates:
    return Certificates([("smtp mx", server_context(certificate.chain, certificate.key), certificate.chain)])


def test_f19_an_alarm_comes_21_days_7_days_and_1_day_before_the_end_and_at_the_end(authority: Authority, alarms: Told):
    certificate = authority.issue("mx.desk.example")
    end = shown_until(server_context(certificate.chain, certificate.key), certificate.chain)
    assert timedelta(days=1) < end - datetime.now(UTC) <= timedelta(days=2)
    watch, told_on = watched(certificate), []
    for hours in range(24 * 30, -48, -1):
        before = len(alarms)
        watch.look(end - timedelta(hours=hours))
        told_on += [hours] * (len(alarms) - before)
    assert told_on == [21 * 24, 7 * 24, 24, 0]
    assert set(alarms) == {f"certificate: that of smtp mx ends at {end:%Y-%m-%d %H:%M} UTC"}


def test_f19_a_certificate_that_has_ended_is_told_at_once(authority: Authority, alarms: Told):
    certificate = expired(authority)
    watched(certificate).look(datetime.now(UTC))
    assert alarms == [f"certificate: clients of smtp mx refuse {certificate.chain}: certificate has expired"]


def with_password(certificate: Certificate, folder: Path) -> Certificate:
    """The same key, which only a password opens."""
    locked = Certificate(certificate.chain, folder / "locked.key")
    words = ["openssl", "pkey", "-in", certificate.key, "-aes256", "-passout", "pass:secret", "-out", locked.key]
    subprocess.run(words, check=True, capture_output=True)
    return locked


def test_f19_no_broken_certificate_replaces_a_good_one(
    new_desk: Callable[..., RunningDesk], authority: Authority, tmp_path: Path
):
    good, other = authority.issue("127.0.0.1"), authority.issue("other.example")
    shown = Certificate(tmp_path / "shown.pem", tmp_path / "shown.key")
    use(good, shown)
    desk = new_desk(listener=f'tls = "starttls"\ntls_cert = "{shown.chain}"\ntls_key = "{shown.key}"')
    desk.start()
    desk.logs('stage=alarm what=certificate about="smtp mx" detail="that of smtp mx ends at ')
    for broken in (
        Certificate(good.chain, other.key),
        Certificate(good.key, good.key),
        with_password(good, tmp_path),
    ):
        use(broken, shown)
        assert "ok=0" in desk.reload()
        assert names(desk, authority) == ["127.0.0.1"]
    shown.chain.unlink()
    assert "ok=0" in desk.reload()
    assert names(desk, authority) == ["127.0.0.1"]
    use(authority.issue("localhost", "127.0.0.1"), shown)
    assert "ok=1" in desk.reload()
    assert names(desk, authority) == ["localhost", "127.0.0.1"]


def use(certificate: Certificate, shown: Certificate) -> None:
    shown.chain.write_bytes(certificate.chain.read_bytes())
    shown.key.write_bytes(certificate.key.read_bytes())
