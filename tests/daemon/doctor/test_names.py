"""The doctor asks a real name server what others read about our domains."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdeskd.daemon.doctor.finding import Finding, Level
from helpdeskd.daemon.doctor.names import our_domains
from tests.config.small_desk import SMALL, loaded
from tests.mail.test_signing import KEYS, Key, pem, record
from tests.servers.dns import SERVFAIL, DnsServer

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OTHER = "v=DKIM1; k=rsa; p=AAAA"
WHOLE = {
    ("desk.example", "MX"): ["10 mx.desk.example"],
    ("desk.example", "TXT"): ["v=spf1 mx -all", "google-site-verification=abc"],
    ("_dmarc.desk.example", "TXT"): ["v=DMARC1; p=reject"],
}


@pytest.fixture
def dns() -> Iterator[DnsServer]:
    with DnsServer() as server:
        yield server


def looked(folder: Path, dns: DnsServer, more: str = "") -> list[Finding]:
    return list(our_domains(loaded(folder, f'{SMALL}{more}[auth]\nnameservers = ["{dns.host}:{dns.port}"]\n'), NOW))


def test_a_domain_that_says_all_is_in_order(tmp_path: Path, dns: DnsServer) -> None:
    dns.zone.update(WHOLE)
    found = looked(tmp_path, dns)
    assert [finding.level for finding in found] == [Level.OK] * 3
    assert "mx.desk.example" in found[0].text
    assert "v=spf1 mx -all" in found[1].text
    assert "p=reject" in found[2].text


@pytest.mark.parametrize(
    ("about", "records", "level"),
    [
        (("desk.example", "MX"), [], Level.WARNING),
        (("desk.example", "TXT"), ["v=spf10 no"], Level.WARNING),
        (("desk.example", "TXT"), ["v=spf1 -all", "v=spf1 ~all"], Level.ERROR),
        (("desk.example", "TXT"), SERVFAIL, Level.ERROR),
        (("_dmarc.desk.example", "TXT"), [], Level.WARNING),
        (("_dmarc.desk.example", "TXT"), ["v=DMARC1; p=none", "v=DMARC1; p=reject"], Level.WARNING),
    ],
    ids=["no mx", "no spf", "two spf", "no answer", "no dmarc", "two dmarc"],
)
def test_what_others_cannot_read_is_told(
    tmp_path: Path, dns: DnsServer, about: tuple[str, str], records: list[str | list[str]] | str, level: Level
) -> None:
    dns.zone.update({**WHOLE, about: records})
    assert [finding.level for finding in looked(tmp_path, dns) if finding.level is not Level.OK] == [level]


SIGNED = '[mail.dkim]\nselector = "hd"\nkey_file = "dkim.pem"\n'


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_the_key_that_we_sign_with_is_in_the_dns(tmp_path: Path, dns: DnsServer, key: Key) -> None:
    (tmp_path / "dkim.pem").write_bytes(pem(key))
    name = ("hd._domainkey.desk.example", "TXT")
    for held, level in (([], Level.ERROR), ([OTHER], Level.ERROR), ([record(key).decode()], Level.OK)):
        dns.zone.update({**WHOLE, name: held})
        found = looked(tmp_path, dns, SIGNED)[-1]
        assert (found.level, "hd._domainkey.desk.example" in found.text) == (level, True)
        assert (record(key).decode() in found.text) is (level is Level.ERROR)
