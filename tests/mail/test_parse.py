"""Any bytes become a message, without a fault and within bounds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpdeskd.domain.address import Mailbox
from helpdeskd.mail import limits
from helpdeskd.mail.parse import author, parse

MAIL = (
    b"Received: by mx.desk.example; Mon, 2 Nov 2026 09:15:00 +0100\r\n"
    b"From: Anna de Vries <anna@bakery.example>\r\n"
    b"To: support@desk.example, Piet <piet@desk.example>\r\n"
    b"Cc: bob@bakery.example\r\n"
    b"Subject: =?utf-8?q?Caf=C3=A9?= hangs\r\n"
    b"Message-ID: <m1@bakery.example>\r\n"
    b"In-Reply-To: <d1@desk.example>\r\n"
    b"References: <d0@desk.example>\r\n <d1@desk.example>\r\n"
    b"Date: Mon, 2 Nov 2026 09:14:00 +0100\r\n"
    b"\r\n"
    b"It hangs.\r\n"
)


def test_a_mail_is_read():
    message = parse(MAIL)
    assert message.from_ == Mailbox("Anna de Vries", "anna@bakery.example")
    assert message.from_defect == ""
    assert message.to == (Mailbox("", "support@desk.example"), Mailbox("Piet", "piet@desk.example"))
    assert message.cc == (Mailbox("", "bob@bakery.example"),)
    assert message.subject == "Café hangs"
    assert message.message_id == "<m1@bakery.example>"
    assert message.in_reply_to == "<d1@desk.example>"
    assert message.references == ("<d0@desk.example>", "<d1@desk.example>")
    assert message.date == datetime(2026, 11, 2, 9, 14, tzinfo=timezone(timedelta(hours=1)))
    assert message.text == "It hangs."
    assert message.headers[4] == ("Subject", "Café hangs")
    assert message.defects == ()


def test_line_feeds_or_carriage_returns_alone_are_read_too():
    for raw in (MAIL.replace(b"\r\n", b"\n"), MAIL.replace(b"\r\n", b"\r")):
        assert parse(raw).text == "It hangs."


def test_a_report_keeps_its_kind():
    raw = b"Content-Type: multipart/report; report-type=Disposition-Notification; boundary=b\n\n--b\n\nx\n--b--\n"
    assert parse(raw).content_type == "multipart/report; report-type=disposition-notification"


def test_nothing_of_a_subject_can_start_a_field():
    assert parse(b"Subject: =?utf-8?q?Hi=0D=0ABcc:_x?=\n\n").subject == "Hi Bcc: x"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"<a@b>", "<a@b>"),
        (b"a@b", "<a@b>"),
        (b"<a\n b@c>", "<ab@c>"),
        (b"no id at all", ""),
        (b"<>", ""),
    ],
)
def test_a_message_id_stands_in_angle_brackets(written, read):
    assert parse(b"Message-ID: " + written + b"\n\n").message_id == read


def test_the_newest_references_are_kept():
    ids = [b"<%d@x>" % n for n in range(limits.MAX_REFERENCES + 5)]
    references = parse(b"References: " + b" ".join(ids) + b"\n\n").references
    assert len(references) == limits.MAX_REFERENCES
    assert references[-1] == "<24@x>"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"Mon, 2 Nov 2026 09:14:00 -0000", datetime(2026, 11, 2, 9, 14, tzinfo=UTC)),
        (b"2 Nov 2026 09:14", datetime(2026, 11, 2, 9, 14, tzinfo=UTC)),
        (b"yesterday", None),
        (b"Mon, 2 Nov 99999999999 09:14:00 +0000", None),
        (b"Mon, 2 Nov 2026 09:14:00 +9999999", None),
    ],
)
def test_a_date_is_aware_or_none(written, read):
    message = parse(b"Date: " + written + b"\n\n")
    assert message.date == read
    assert ("date not understood" in message.defects) == (read is None)


def test_a_repeated_field_is_told():
    message = parse(b"Subject: a\nSubject: b\n\n")
    assert message.subject == "a"
    assert message.defects == ("more than one subject field: the first was read",)


def test_an_address_field_that_is_cut_is_told():
    assert "to field too long: the rest was not read" in parse(b"To: " + b"a@x.example, " * 200 + b"\n\n").defects


def test_a_mail_over_a_limit_is_kept_whole_with_the_headers_that_are_safe():
    raw = b"Subject: hello\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * (limits.MAX_PARTS + 1)
    message = parse(raw)
    assert message.subject == "hello"
    assert message.text == ""
    assert [attachment.content for attachment in message.attachments] == [raw]
    assert message.defects == (f"kept whole, not read: more than {limits.MAX_PARTS} parts",)


def test_a_bounce_is_read():
    raw = b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n<a@x.example>:\n550 User unknown\n"
    assert parse(raw).bounce.recipients[0].address == "a@x.example"


FIELDS = (b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Content-Type: ", b"Content-Transfer-Encoding: base64\n")
REPORT = (b"MAILER-DAEMON", b"Return-Path: <>\n", b"Final-Recipient: rfc822; a@x\nAction: failed\n")
TYPES = (b"multipart/mixed; boundary=b", b"text/html", b"; charset=utf-7", b"; charset=undefined", b"; name*=idna''x")
TEXT = (b"=?utf-8?q?", b"?=", b"a@x", b"Mon, 2 Nov 2026 09:14:00 +0100", b"<p>", b"+2AA-", b"\x1b$B", b"\xff", b"\x00")
MARKS = (b"--b", b"--b--", b"\n", b"\n\n", b"\r\n", b" ", b"<", b">", b",", b";", b'"', b"(", b"\\")
PIECES = st.sampled_from((*FIELDS, *REPORT, *TYPES, *TEXT, *MARKS))


@given(st.binary(max_size=400) | st.lists(PIECES, max_size=30).map(b"".join))
@example(b"")
@example(b"\n")
@example(b"Content-Type: multipart/mixed; boundary=\n\n--\n--\n")
def test_any_bytes_become_a_message_that_can_be_stored(raw):
    message = parse(raw)
    repr(message).encode("utf-8")
    assert not any("could not be read" in defect for defect in message.defects)
    assert "\x00" not in message.text + message.subject


def test_an_encoded_word_in_a_trace_field_is_not_decoded():
    """A sender's address stands in the relay's field: decoded, it could write results of its own there."""
    forged = "=?utf-8?q?x=22=3B_dmarc=3Dpass_header=2Efrom=3Dbakery=2Eexample?="
    raw = f'Authentication-Results: mx.desk.example; spf=fail smtp.mailfrom="{forged}"@evil.example\r\n\r\nx'
    assert "dmarc=pass" not in parse(raw.encode()).header("Authentication-Results")


@given(st.one_of(st.binary(), st.binary().map(lambda raw: b"From: anna@bakery.example" + raw)))
@example(MAIL)
@example(b"From: anna@bakery.example\r\nFrom: eve@elsewhere.example\r\n\r\n")
@example(b"From: a@b.example\r\n" + b"X: y\r\n" * 2000 + b"From: eve@elsewhere.example\r\n\r\n")
def test_the_author_alone_is_whom_the_whole_message_is_from(raw: bytes) -> None:
    message = parse(raw)
    assert author(raw) == (message.from_, message.from_defect)


def test_a_server_writes_its_results_without_control_characters_and_a_blank_before_the_colon() -> None:
    raw = b"Authentication-Results : mx; none\r\nAuthentication-Results: m\x00x; none\r\n\r\n"
    assert parse(raw).headers == (
        ("Authentication-Results ", "mx; none"),
        ("Authentication-Results", "m?x; none"),
    )
