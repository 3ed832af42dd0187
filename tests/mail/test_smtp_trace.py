"""The Received field: what it tells, what it keeps to itself, and how it comes off again."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from helpdeskd.mail.smtp_trace import Hop, as_sent, hops, received_field

HOP = Hop(
    greeting="client.example",
    client="192.0.2.7",
    hostname="mx.example.org",
    protocol="smtp",
    extended=True,
    utf8=False,
    cipher="",
    login=False,
    id="0a1b",
    at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
)


def test_it_names_sender_receiver_protocol_and_time():
    assert received_field(replace(HOP, cipher="TLSv1.3 TLS_AES_256_GCM_SHA384", login=True)) == (
        b"Received: from client.example ([192.0.2.7])\r\n\tby mx.example.org with ESMTPSA id 0a1b"
        b"\r\n\t(TLSv1.3 TLS_AES_256_GCM_SHA384);\r\n\tMon, 02 Mar 2026 09:30:00 +0000\r\n"
    )


@pytest.mark.parametrize(
    ("hop", "name"),
    [
        (replace(HOP, extended=False), b"SMTP"),
        (HOP, b"ESMTP"),
        (replace(HOP, login=True), b"ESMTPA"),
        (replace(HOP, cipher="x"), b"ESMTPS"),
        (replace(HOP, extended=False, cipher="x"), b"ESMTPS"),
        (replace(HOP, utf8=True), b"UTF8SMTP"),
        (replace(HOP, utf8=True, cipher="x", login=True), b"UTF8SMTPSA"),
        (replace(HOP, protocol="lmtp"), b"LMTP"),
        (replace(HOP, protocol="lmtp", cipher="x"), b"LMTPS"),
        (replace(HOP, protocol="lmtp", utf8=True), b"UTF8LMTP"),
    ],
)
def test_the_protocol_has_its_registered_name(hop, name):
    assert b" with " + name + b" id " in received_field(hop)


@pytest.mark.parametrize(
    "hop",
    [HOP, replace(HOP, client=""), replace(HOP, client="2001:db8::1", cipher="x", greeting="x\r\nBcc: y" * 200)],
)
@pytest.mark.parametrize("raw", [b"", b"\r\nbody\r\n", b"Received: from a\r\n\tby b\r\nSubject: x\r\n\r\n"])
def test_it_comes_off_again(hop, raw):
    assert as_sent(received_field(hop) + raw) == raw


def test_an_ipv6_client_is_an_ipv6_literal():
    assert b"([IPv6:2001:db8::1])" in received_field(replace(HOP, client="2001:db8::1"))


@pytest.mark.parametrize(
    ("raw", "count"),
    [
        (b"Received: a\r\nRECEIVED : b\r\nSubject: Received: c\r\nX-Received: d\r\n\r\nReceived: e\r\n", 2),
        (b"\r\nReceived: in the body\r\n\r\n", 0),
        (b"Received: no body", 1),
        (b"", 0),
    ],
)
def test_hops_are_counted_in_the_header_block(raw, count):
    assert hops(raw) == count
