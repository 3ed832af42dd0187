"""For which of our addresses a mail in a mailbox counts, and when a mail of the past came."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.message import Envelope
from helpdeskd.mail.imap_envelope import came_at, envelope_of, header_fields, seems_from

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OURS = {"help@desk.example", "sales@desk.example", "help+t.abc@desk.example"}


def envelope(header: bytes) -> Envelope:
    return envelope_of(
        header + b"\r\n\r\nTo: sales@desk.example\r\n", NOON, "support", "box@desk.example", OURS.__contains__
    )


def test_a_mail_counts_for_the_mailbox_where_no_header_names_an_address_of_ours() -> None:
    found = envelope(b"To: somebody@else.example\r\nSubject: hello")
    assert found == Envelope(None, "box@desk.example", NOON, source="imap", account="support")


@pytest.mark.parametrize(
    ("header", "forward_path"),
    [
        (b"To: Help <help@desk.example>", "help@desk.example"),
        (b"to: other@x.example,\r\n sales@desk.example", "sales@desk.example"),
        (b"Cc: sales@desk.example\r\nTo: help@desk.example", "help@desk.example"),
        (b"To: help@desk.example\r\nX-Original-To: sales@desk.example", "sales@desk.example"),
        (b"X-Original-To: help@desk.example\r\nDelivered-To: sales@desk.example", "sales@desk.example"),
        (b"Delivered-To: box7\r\nTo: help+t.abc@desk.example", "help+t.abc@desk.example"),
        (b"Cc: (for) sales@desk.example;", "sales@desk.example"),
    ],
)
def test_the_most_trustworthy_field_that_names_an_address_of_ours_decides(header: bytes, forward_path: str) -> None:
    assert envelope(header).forward_path == forward_path


@pytest.mark.parametrize(
    ("header", "reverse_path"),
    [
        (b"Return-Path: <anna@acme.example>", "anna@acme.example"),
        (b"Return-Path: <>", ""),
        (b"Subject: none", None),
        (b"Return-Path: <anna\x00@acme.example>", None),
        (b"Return-Path: <two words>", None),
        (b"Return-Path: <top@acme.example>\r\nReturn-Path: <below@acme.example>", "top@acme.example"),
    ],
)
def test_the_reverse_path_is_what_the_last_server_wrote(header: bytes, reverse_path: str | None) -> None:
    assert envelope(header).reverse_path == reverse_path


def test_the_body_is_not_read() -> None:
    assert envelope(b"Subject: x").forward_path == "box@desk.example"
    assert header_fields(b"A: 1\n\nB: 2\n") == [("a", "1")]


@given(st.binary())
def test_any_octets_make_an_envelope_with_printable_paths(raw: bytes) -> None:
    found = envelope_of(raw, NOON, "support", "box@desk.example", lambda _: True)
    assert found.forward_path.isprintable()
    assert (found.reverse_path or "").isprintable()


@pytest.mark.parametrize(
    ("header", "hour"),
    [
        (b"Received: from a by b; Mon, 2 Mar 2026 13:00:00 +0100\nReceived: by a; Mon, 2 Mar 2026 09:00:00 +0000", 12),
        (b"Received: from a by b (no date)\nReceived: by a; Mon, 2 Mar 2026 09:00:00 +0000", 9),
        (b"Received: by a;\n Mon, 2 Mar 2026 09:00:00 +0000 (CET)\nDate: Mon, 2 Mar 2026 08:00:00 +0000", 9),
        (b"Received: by a; yesterday\nDate: Mon, 2 Mar 2026 08:00:00", 8),
        (b"Received: by a; Mon, 2 Mar 9026 09:00:00 +0000\nDate: Mon, 2 Mar 2026 08:00:00 -0000", 8),
        (b"Subject: Received: by a; Mon, 2 Mar 2026 09:00:00 +0000", None),
        (b"Date: 2 Mar 99999999999999999999 09:00:00 +9999", None),
    ],
)
def test_a_mail_came_when_the_last_server_that_says_so_received_it(header: bytes, hour: int | None) -> None:
    found = came_at(header + b"\n\nDate: Mon, 2 Mar 2026 01:00:00 +0000\n")
    assert found == (None if hour is None else datetime(2026, 3, 2, hour, tzinfo=UTC))


@given(st.binary())
def test_any_octets_came_at_an_instant_or_at_none(raw: bytes) -> None:
    found = came_at(b"Date: " + raw)
    assert found is None or 1970 <= found.year <= 2200


@pytest.mark.parametrize(
    ("field", "address"),
    [
        (b"From: anna@bakery.example", "anna@bakery.example"),
        (b'from:\r\n "anna@x.example (Anna)"\r\n <ANNA@Bakery.Example>', "anna@bakery.example"),
        (b"Subject: eve@elsewhere.example\r\nFrom: Anna <anna@bakery.example>", "anna@bakery.example"),
        (b"From: Anna", ""),
        (b"From: " + b"x" * 2000 + b" <anna@bakery.example>", ""),
        (b"Sender: anna@bakery.example", ""),
        (b"", ""),
    ],
)
def test_whom_a_mail_seems_to_be_from_is_the_last_address_of_its_first_from(field: bytes, address: str) -> None:
    assert seems_from(field + b"\r\n\r\nFrom: eve@elsewhere.example\r\n") == address


@given(st.binary())
def test_no_bytes_of_a_from_are_too_odd_to_seem_from_somebody_or_nobody(raw: bytes) -> None:
    assert "\n" not in seems_from(b"From: " + raw)
