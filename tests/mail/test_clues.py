"""What a header says of its conversation, for honest mails and for hostile ones."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.conversation import Clues, keys
from helpdeskd.domain.token import ADOPT, REPLY, Keyring
from helpdeskd.mail.clues import MOST_IDS, MOST_TICKETS, clues_of

SUPPORT = "support@desk.example"
KEYRING = Keyring((b"k" * 32,), "epoch")


def token(ticket_id: int, purpose: str = REPLY) -> str:
    return KEYRING.issue(ticket_id, "anna@bakery.example", purpose, datetime(2026, 11, 2, tzinfo=UTC))


def mail(*lines: str) -> bytes:
    return "\r\n".join((*lines, "", "Hello.")).encode()


def clues(raw: bytes, recipient: str = SUPPORT) -> Clues:
    return clues_of(raw, [recipient], "HD")


def test_a_new_mail_tells_its_author_and_its_message_id():
    raw = mail("From: Anna <Anna@Bakery.Example>", "Message-ID: <1@bakery.example>", "Subject: Printer")
    assert clues(raw) == Clues("anna@bakery.example", ("<1@bakery.example>",))


def test_an_answer_shares_a_key_with_what_it_answers_and_with_the_other_answers():
    first = clues(mail("From: anna@bakery.example", "Message-ID: <1@bakery.example>"))
    one = clues(mail("From: piet@desk.example", "Message-ID: <2@desk.example>", "In-Reply-To: <1@bakery.example>"))
    other = clues(mail("From: jan@other.example", "References: <1@bakery.example>\r\n <2@desk.example>"))
    assert keys(first, "", ()) & keys(one, "", ())
    assert keys(first, "", ()) & keys(other, "", ())
    assert keys(one, "", ()) & keys(other, "", ())


@pytest.mark.parametrize("detail", ["t.{}", "note.t.{}"])
def test_a_reply_address_names_its_ticket(detail: str):
    assert clues(mail("From: a@b.example"), f"support+{detail.format(token(7))}@desk.example").ticket_ids == (7,)


def test_our_message_id_names_its_ticket_where_there_is_no_reply_address():
    raw = mail("From: a@b.example", f"References: <first@b.example> <12.{token(7)}@desk.example>")
    assert clues(raw).ticket_ids == (7,)


def test_a_token_about_something_else_names_no_ticket():
    assert clues(mail("From: a@b.example"), f"support+t.{token(7, ADOPT)}@desk.example").ticket_ids == ()


@pytest.mark.parametrize("subject", ["Re: [hd-1001] Printer", "=?utf-8?b?UmU6IFtIRC0xMDAxXSBQcmludGVy?="])
def test_a_tag_in_the_subject_names_its_ticket(subject: str):
    assert clues(mail("From: a@b.example", f"Subject: {subject}")).references == ("HD-1001",)


def test_the_first_of_two_fields_counts():
    assert clues(mail("Message-ID: <1@x.example>", "Message-ID: <2@x.example>")).message_ids == ("<1@x.example>",)


def test_no_header_makes_more_of_them_than_a_few():
    ids = " ".join(f"<{number}@x.example>" for number in range(2000))
    tokens = " ".join(f"<1.{token(number)}@desk.example>" for number in range(100))
    tags = " ".join(f"[HD-{number}]" for number in range(100))
    many = clues(mail("From: a@b.example", f"Subject: {tags}", f"In-Reply-To: {tokens}", f"References: {ids}"))
    assert len(many.message_ids) <= 2 * MOST_IDS + 1
    assert len(many.references) == len(many.ticket_ids) == MOST_TICKETS
    assert "<1999@x.example>" in many.message_ids


FIELDS = st.sampled_from([b"From", b"Subject", b"References", b"In-Reply-To", b"Message-ID", b"\xff", b""])


@given(st.lists(st.tuples(FIELDS, st.binary()), max_size=6), st.binary(), st.text())
def test_nothing_that_a_sender_writes_is_too_much_for_it(
    fields: list[tuple[bytes, bytes]], body: bytes, recipient: str
):
    raw = b"\r\n".join((*(name + b": " + value for name, value in fields), b"", body))
    found = clues_of(raw, [recipient, f"support+t.{recipient}@desk.example"], "HD")
    assert keys(found, "", ())
