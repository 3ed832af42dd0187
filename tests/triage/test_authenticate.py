"""What proves a sender, and the many things that do not."""

import json
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from helpdeskd.domain.address import Mailbox
from helpdeskd.domain.desk import Relay, Trust
from helpdeskd.domain.message import Envelope, Message
from helpdeskd.mail.parse import parse
from helpdeskd.triage.authenticate import authenticate
from helpdeskd.triage.case import Proof, Strength
from tests.triage.small_desk import NOW, OFFICE, OUTSIDE, RELAY

HOSTILE = Path(__file__).parents[3] / "shared" / "corpora" / "hostile-from.jsonl"
ANNA = "anna@bakery.example"
MX = Relay("mx.desk.example", (ip_network("192.0.2.25"),))
TRUST = Trust(relays=(MX,), networks=(ip_network("10.0.0.0/8"), ip_network("fd00::/8")), accounts=frozenset({"gmail"}))
PASS = "mx.desk.example; dmarc=pass header.from=bakery.example"
OURS, THEIRS = ("Received", "from mx.desk.example by us"), ("Received", "from elsewhere by mx.desk.example")


def mail(*headers: str | tuple[str, str], sender: str = ANNA) -> Message:
    """A mail with these fields; a bare text is an Authentication-Results."""
    fields = tuple(("Authentication-Results", field) if isinstance(field, str) else field for field in headers)
    return Message(from_=Mailbox("", sender), from_defect="", headers=fields)


def envelope(peer: str = RELAY, **fields: str) -> Envelope:
    return Envelope("x@elsewhere.example", "support@desk.example", NOW, peer=peer, **fields)


def proof(message: Message, arrived: Envelope | None = None, trust: Trust = TRUST) -> Proof:
    return authenticate(message, arrived or envelope(), trust)


def is_proved(message: Message, arrived: Envelope | None = None, trust: Trust = TRUST) -> bool:
    return proof(message, arrived, trust).strength is Strength.ALIGNED


def test_a_from_alone_proves_nothing() -> None:
    assert proof(mail()) == Proof(ANNA, Strength.NONE, proof(mail()).reason)
    assert str(proof(mail()).reason) == f"unproved-sender: {ANNA}"


@pytest.mark.parametrize(
    "field",
    [
        PASS,
        "mx.desk.example 1; dmarc=pass header.from=bakery.example",
        "MX.Desk.Example; DMARC=Pass header.from=Bakery.EXAMPLE",
        "mx.desk.example (ours); dmarc=pass (p=reject) header.from=bakery.example",
        '"mx.desk.example"; dmarc=pass header.from="bakery.example"',
        "mx.desk.example; spf=fail smtp.mailfrom=x.example; dkim=fail; dmarc=pass header.from=bakery.example",
        "mx.desk.example; dmarc=none header.from=bakery.example; dkim=pass header.d=bakery.example",
        "mx.desk.example; dmarc=bestguesspass header.from=bakery.example; spf=pass smtp.mailfrom=x@bakery.example",
        "mx.desk.example; dkim=pass header.i=@bakery.example",
        "mx.desk.example; dkim=fail header.d=bakery.example; dkim=pass header.d=bakery.example",
        "mx.desk.example; spf=pass smtp.mailfrom=bakery.example",
    ],
)
def test_the_relays_result_for_our_from_domain_proves_the_sender(field: str) -> None:
    assert is_proved(mail(OURS, field, THEIRS))
    assert is_proved(mail(OURS, THEIRS, field), trust=below(1))


def below(hops: int) -> Trust:
    return replace(TRUST, relays=(replace(MX, below_received=hops),))


@pytest.mark.parametrize(
    "field",
    [
        "mx.desk.example; dmarc=fail header.from=bakery.example",
        "mx.desk.example; dmarc=pass header.from=elsewhere.example",
        "mx.desk.example; dmarc=pass header.from=sub.bakery.example",
        "mx.desk.example; dmarc=pass",
        "mx.desk.example; dmarc=pass header.d=bakery.example",
        "mx.desk.example; dmarc=temperror header.from=bakery.example; dkim=pass header.d=bakery.example",
        "mx.desk.example; dmarc=fail header.from=bakery.example; dkim=pass header.d=bakery.example",
        "mx.desk.example; dmarc=pass header.from=bakery.example; dmarc=pass header.from=bakery.example",
        "mx.desk.example; dmarc=none; dmarc=pass header.from=bakery.example",
        "mx.desk.example; dmarc=pass dmarc=fail header.from=bakery.example",
        "mx.desk.example; spf=fail (dmarc=pass header.from=bakery.example)",
        'mx.desk.example; spf=fail smtp.mailfrom="x; dmarc=pass header.from=bakery.example"@x.example',
        "mx.desk.example; dkim=pass header.d=elsewhere.example",
        "mx.desk.example; dkim=pass header.d=elsewhere.example header.i=@bakery.example",
        "mx.desk.example; dkim=neutral header.d=bakery.example",
        "mx.desk.example; spf=pass smtp.helo=bakery.example",
        'mx.desk.example; spf=pass smtp.mailfrom="x@bakery.example"@elsewhere.example',
        "mx.desk.example; spf=softfail smtp.mailfrom=bakery.example",
        "mx.desk.example; arc=pass header.from=bakery.example",
        "mx.desk.example 2; dmarc=pass header.from=bakery.example",
        "mx.desk.example.evil.example; dmarc=pass header.from=bakery.example",
        "(mx.desk.example) evil.example; dmarc=pass header.from=bakery.example",
        "dmarc=pass header.from=bakery.example",
        "mx.desk.example; none",
        "",
    ],
)
def test_any_other_result_proves_nobody(field: str) -> None:
    assert not is_proved(mail(field))


@pytest.mark.parametrize("name", ["ARC-Authentication-Results", "X-Authentication-Results", "Received-SPF"])
def test_other_fields_do_not_count(name: str) -> None:
    assert not is_proved(mail((name, PASS)))


def test_two_fields_of_the_relay_prove_nobody() -> None:
    assert not is_proved(mail(PASS, PASS))
    assert not is_proved(mail(PASS, "mx.desk.example; dmarc=fail header.from=bakery.example"))


def test_fields_of_others_beside_the_relays_are_ignored() -> None:
    assert is_proved(mail("mx.elsewhere.example; dmarc=fail header.from=bakery.example", PASS))
    assert not is_proved(
        mail("mx.desk.example; dmarc=fail", "mx.elsewhere.example; dmarc=pass header.from=bakery.example")
    )


def test_a_field_that_the_sender_forged_stands_below_the_relays_hop_and_does_not_count() -> None:
    fail = "mx.desk.example; dmarc=fail header.from=bakery.example"
    assert not is_proved(mail(OURS, fail, THEIRS, PASS))
    assert not is_proved(mail(OURS, THEIRS, PASS))
    assert not is_proved(mail(OURS, THEIRS, fail, ("Received", "by elsewhere"), PASS), trust=below(1))
    assert not is_proved(mail(OURS, THEIRS, fail, PASS), trust=below(1))


def test_a_result_may_stand_as_many_hops_down_as_the_relay_is_configured_for_and_no_further() -> None:
    three_down = mail(OURS, THEIRS, THEIRS, PASS)
    assert is_proved(three_down, trust=below(2))
    assert not is_proved(three_down, trust=below(1))


def test_only_a_configured_relay_is_believed() -> None:
    assert is_proved(mail(PASS), envelope(RELAY))
    assert not is_proved(mail(PASS), envelope(OUTSIDE))
    assert not is_proved(mail(PASS), envelope(""))
    assert not is_proved(mail(PASS), envelope("not an address"))


def test_each_of_several_relays_may_prove_a_sender() -> None:
    other = Relay("mx2.desk.example", MX.networks)
    assert is_proved(mail("mx2.desk.example; dmarc=pass header.from=bakery.example"), trust=Trust((MX, other)))
    assert is_proved(mail(PASS), trust=Trust((other, MX)))


def test_a_relay_without_networks_fills_mailboxes_and_our_unix_socket() -> None:
    trust = Trust((replace(MX, networks=()),))
    assert is_proved(mail(PASS, THEIRS), envelope("", source="imap", account="support"), trust)
    assert is_proved(mail(PASS, OURS), envelope("", source="lmtp"), trust)
    assert not is_proved(mail(PASS), envelope("", source="smtp"), trust)
    assert not is_proved(mail(PASS), envelope(OUTSIDE, source="lmtp"), trust)
    assert not is_proved(mail(PASS), envelope("", source="imap"), Trust((MX,)))


def test_a_file_of_the_administrator_may_have_come_by_any_relay() -> None:
    assert is_proved(mail(PASS, THEIRS), envelope("", source="file"))
    assert not is_proved(mail(THEIRS, PASS), envelope("", source="file"))


MICROSOFT = (
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=bakery.example; dkim=pass (signature was verified) "
    "header.d=bakery.example;dmarc=pass action=none header.from=bakery.example;compauth=pass reason=100"
)
HOP = ("Received", "from x.outlook.example by y.outlook.example")


def test_exchange_online_writes_no_name_and_is_configured_without_one() -> None:
    trust = Trust((Relay("", (), below_received=4),))
    at = envelope("", source="imap", account="support")
    assert is_proved(mail(HOP, HOP, HOP, MICROSOFT, HOP), at, trust)
    assert not is_proved(mail(HOP, HOP, HOP, HOP, HOP, MICROSOFT), at, trust)
    assert not is_proved(mail(HOP, MICROSOFT.replace("dmarc=pass", "dmarc=fail"), HOP, MICROSOFT), at, trust)
    assert not is_proved(mail(PASS), at, trust)


def test_a_network_that_is_trusted_as_a_whole_proves_everybody_in_it() -> None:
    assert proof(mail(), envelope(OFFICE)).internal
    assert proof(mail(), envelope("fd00::1")).internal
    assert not is_proved(mail(), envelope("11.0.0.1"))


def test_a_login_vouches_for_its_own_address_only() -> None:
    assert proof(mail(), envelope(OUTSIDE, login="Anna@Bakery.example")).internal
    assert not is_proved(mail(), envelope(OUTSIDE, login="eve@elsewhere.example"))


def test_a_login_that_is_no_address_is_a_device_of_ours_and_vouches_for_any() -> None:
    assert proof(mail(), envelope(OUTSIDE, login="scanner")).internal


def test_a_mailbox_whose_provider_is_trusted_proves_its_mail_but_not_as_internal() -> None:
    found = proof(mail(), envelope("", source="imap", account="gmail"))
    assert (found.strength, found.internal) == (Strength.ALIGNED, False)
    assert not is_proved(mail(), envelope("", source="imap", account="other"))
    assert not is_proved(mail(), envelope("", source="smtp", account="gmail"))


def test_an_international_domain_is_the_same_in_both_ways_to_write_it() -> None:
    field = "mx.desk.example; dmarc=pass header.from=xn--bcher-kva.example"
    assert is_proved(mail(field, sender="a@b\u00fccher.example"))
    assert not is_proved(mail(field, sender="a@bucher.example"))


@pytest.mark.parametrize("sender", ["", "anna", "anna@", "a@b@bakery.example", "a@bakery\uff0eexample"])
def test_a_from_that_is_no_address_proves_nobody(sender: str) -> None:
    found = proof(mail(PASS, sender=sender), envelope(OFFICE))
    assert (found.address, found.strength, found.reason.code) == ("", Strength.NONE, "several-froms")
    assert found.reason.detail


FROM_FORMS = [
    b"From: anna@bakery.example\r\nFrom: eve@elsewhere.example",
    b"From: eve@elsewhere.example\r\nFrom: anna@bakery.example",
    b"From: anna@bakery.example, eve@elsewhere.example",
    b"From: anna@bakery.example <eve@elsewhere.example>",
    b"From: <anna@bakery.example> <eve@elsewhere.example>",
    b'From: "anna@bakery.example" eve@elsewhere.example',
    b"From: Group: anna@bakery.example;",
    b"From: <@elsewhere.example:anna@bakery.example>",
    b"From: anna@bakery.example\x00",
    b"From: anna@bakery.example\x00@elsewhere.example",
    b"From: anna@bakery.example@elsewhere.example",
    b"From: anna@bakery.example (",
    b"From: anna@@bakery.example",
    b"From: <anna@bakery.example",
    b"From: anna@bakery.example>",
    b"From: anna @bakery.example",
    b"From: anna@bakery .example",
    b"From: anna@bakery.example;eve@elsewhere.example",
    b"From: =?utf-8?q?anna=40bakery=2Eexample?=",
    b"From: =?utf-8?q?anna=40bakery=2Eexample=2C?= <eve@elsewhere.example>",
    b"From: anna\xef\xbc\xa0bakery.example",
    b"From: anna@b\xd0\xb0kery.example",
    b"From: anna@bakery\xe3\x80\x82example",
    b"From: anna@\xef\xbd\x82akery.example",
    b"From: \xe2\x80\xaeanna@bakery.example",
    b"From : eve@elsewhere.example\r\nFrom: anna@bakery.example",
    b"from: eve@elsewhere.example\r\nFROM: anna@bakery.example",
    b"From:\r\n anna@bakery.example,\r\n eve@elsewhere.example",
    b"From:",
    b"Sender: anna@bakery.example",
    b"Reply-To: anna@bakery.example",
    b"From: anna@bakery.example." + b"a" * 1000,
    b"From: " + b"(" * 100 + b"anna@bakery.example",
    b"From: <>",
    b"From: anna@[192.0.2.1]",
    b"From: undisclosed-recipients:;",
    b'From: "anna"@bakery.example',
    b'From: anna@"bakery.example"',
    b"From: anna@bakery.example,",
    b"From: ,anna@bakery.example",
    b"From: anna(@elsewhere.example)@bakery.example",
]


@pytest.mark.parametrize("form", FROM_FORMS)
def test_no_doubtful_from_passes_for_anna_although_a_trusted_network_vouches_for_it(form: bytes) -> None:
    raw = b"Received: by us\r\n" + form + b"\r\nSubject: x\r\n\r\nhello\r\n"
    assert proof(parse(raw), envelope(OFFICE)).address != ANNA


@pytest.mark.parametrize(
    "form",
    [b"anna@bakery.example", b"<anna@bakery.example>", b"Anna <ANNA@bakery.example>", b'"A, B" <anna@bakery.example>'],
)
def test_an_ordinary_from_is_anna(form: bytes) -> None:
    assert proof(parse(b"From: " + form + b"\r\n\r\nhello\r\n"), envelope(OFFICE)).address == ANNA


def test_none_of_the_hostile_samples_passes_for_another_author() -> None:
    if not HOSTILE.exists():
        pytest.skip("the sample mails are not here")
    for row in map(json.loads, HOSTILE.read_text().splitlines()):
        raw = b"From: " + row["from_header_latin1"].encode("latin-1") + b"\r\n\r\nhello\r\n"
        assert proof(parse(raw), envelope(OFFICE)).address != row["never_author"]
