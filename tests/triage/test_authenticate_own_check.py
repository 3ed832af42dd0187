"""What our own check found proves a sender; and whose mail is for us to check."""

from ipaddress import ip_network

import pytest

from helpdeskd.domain.desk import Relay, Trust
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.parse import parse
from helpdeskd.triage.authenticate import authenticate, evidence, is_for_us_to_check
from helpdeskd.triage.authentication_results import nothing_found, read
from helpdeskd.triage.case import Strength
from tests.triage.small_desk import NOW, OFFICE, OUTSIDE, RELAY

ANNA = parse(b"From: Anna <anna@bakery.example>\r\n\r\nhello\r\n")
MX = Relay("mx.desk.example", (ip_network(RELAY),))
BEHIND = Relay("mx.desk.example", ())
TRUST = Trust((MX,), (ip_network("10.0.0.0/8"),), frozenset({"gmail"}))
PASS = "dmarc=pass header.from=bakery.example policy.aligned=dkim"


def envelope(checked: str | None = None, peer: str = OUTSIDE, **more: str) -> Envelope:
    return Envelope("anna@bakery.example", "support@desk.example", NOW, peer=peer, checked=checked, **more)


@pytest.mark.parametrize(
    ("found", "by"),
    [
        (f"helpdeskd; spf=none; dkim=pass header.d=mail.bakery.example header.s=s1; {PASS}", "dmarc"),
        ("helpdeskd; spf=pass smtp.mailfrom=bakery.example; dkim=none; dmarc=none header.from=bakery.example", "spf"),
        ("helpdeskd; dkim=pass header.d=bakery.example header.s=s1; dmarc=none header.from=bakery.example", "dkim"),
        ("helpdeskd; dkim=pass header.d=bakery.example header.s=s1", "dkim"),
        (
            "helpdeskd; arc=pass header.d=list.example; spf=pass smtp.mailfrom=bakery.example; "
            "dkim=pass header.d=elsewhere.example; dmarc=pass header.from=bakery.example",
            "spf",
        ),
    ],
)
def test_what_our_own_check_found_proves_the_sender(found: str, by: str) -> None:
    proof = authenticate(ANNA, envelope(found), Trust())
    assert (proof.strength, proof.reason.detail, proof.internal) == (Strength.ALIGNED, by, False)


@pytest.mark.parametrize(
    "found",
    [
        None,
        "",
        nothing_found(),
        nothing_found(f"given up: x) ; {PASS}"),
        f"mx.desk.example; {PASS}",
        PASS,
        "helpdeskd; dkim=pass header.d=elsewhere.example; dmarc=fail (p=reject) header.from=bakery.example",
        "helpdeskd; dmarc=pass header.from=elsewhere.example",
        "helpdeskd; spf=temperror smtp.mailfrom=bakery.example; dkim=none",
    ],
)
def test_nothing_else_does(found: str | None) -> None:
    assert authenticate(ANNA, envelope(found), Trust()).strength is Strength.NONE


def test_a_field_of_the_senders_in_our_own_name_is_not_our_check() -> None:
    forged = parse(f"Authentication-Results: helpdeskd; {PASS}\r\nFrom: anna@bakery.example\r\n\r\nhello\r\n".encode())
    for trust in (Trust(), TRUST):
        assert authenticate(forged, envelope(), trust).strength is Strength.NONE


def test_what_was_found_is_shown_before_what_a_relay_says() -> None:
    by_relay = parse(f"Authentication-Results: mx.desk.example; {PASS}\r\nFrom: a@bakery.example\r\n\r\n".encode())
    assert [r.method for r in evidence(by_relay, envelope("helpdeskd; spf=none; dkim=none", RELAY), TRUST)] == [
        "spf",
        "dkim",
    ]
    assert [r.method for r in evidence(by_relay, envelope(None, RELAY), TRUST)] == ["dmarc"]
    assert evidence(by_relay, envelope(), TRUST) == ()


def test_why_nothing_was_found_is_a_comment_that_ends_where_it_should() -> None:
    found = read(nothing_found("it ended; dmarc=pass) \\ ( \x00\r\n"))
    assert found is not None
    assert {result.verdict for result in found.results} == {""}


@pytest.mark.parametrize(
    ("came", "ours"),
    [
        (envelope(), True),
        (envelope(peer=""), True),
        (envelope(peer=RELAY), False),
        (envelope(peer=OFFICE), False),
        (envelope(login="scanner"), False),
        (envelope(peer="", source="file"), False),
        (envelope(peer="", source="lmtp"), True),
        (envelope(peer="", source="imap", account="gmail"), False),
        (envelope(peer="", source="imap", account="other"), True),
        (envelope(source="smtp", account="gmail"), True),
    ],
)
def test_only_mail_for_which_nobody_else_speaks_is_for_us_to_check(came: Envelope, ours: bool) -> None:
    assert is_for_us_to_check(came, TRUST) == ours


@pytest.mark.parametrize("source", ["imap", "lmtp"])
def test_mail_of_a_relay_behind_the_mailbox_or_the_socket_is_not_for_us(source: str) -> None:
    assert not is_for_us_to_check(envelope(peer="", source=source), Trust((BEHIND,)))
    assert is_for_us_to_check(envelope(peer=OUTSIDE, source="smtp"), Trust((BEHIND,)))
