"""B07: what is not exactly one mail of ours to its recipient is not stored, and costs no ticket and no other mail."""

from dataclasses import replace

import pytest

from helpdeskd.daemon.office import shipped
from helpdeskd.mail.compose import Composer
from helpdeskd.mail.headers import UnsafeOutput, verify
from helpdeskd.mail.sample import sample_letter
from helpdeskd.storage import outbox
from tests.world import ANNA, PIET, World

GOOD = (
    b"Date: Fri, 20 Nov 2026 16:30:00 +0000\r\n"
    b"From: Helpdesk <support@desk.example>\r\n"
    b"To: Anna <anna@bakery.example>\r\n"
    b"Subject: [HD-1001] Invoice\r\n"
    b"Message-ID: <1@desk.example>\r\n\r\nText\r\n"
)
TO = "anna@bakery.example"
BODY = b"\r\nText\r\n"


BAD: dict[str, tuple[bytes, bytes]] = {
    "a bare LF": (b"Text\r\n", b"Te\nxt\r\n"),
    "a bare CR": (b"Text\r\n", b"Te\rxt\r\n"),
    "a bare LF at the end": (b"Text\r\n", b"Text\n"),
    "an end of data that some servers see": (b"Text\r\n", b"Text\n.\nMAIL FROM:<a@b>\r\n"),
    "another end of data": (b"Text\r\n", b"Text\r.\r"),
    "a NUL": (b"Text", b"Te\0xt"),
    "8-bit text": (b"Text", "Tæxt".encode()),
    "a line that is too long": (b"Text", b"x" * 999),
    "no end of the header": (BODY, b""),
    "a Bcc": (b"Subject:", b"Bcc: x@example.org\r\nSubject:"),
    "a Cc": (b"Subject:", b"Cc: x@example.org\r\nSubject:"),
    "a Resent-To": (b"Subject:", b"Resent-To: x@example.org\r\nSubject:"),
    "a Sender": (b"Subject:", b"Sender: x@example.org\r\nSubject:"),
    "a List-Id": (b"Subject:", b"List-Id: <x>\r\nSubject:"),
    "two To": (b"Subject:", b"To: x@example.org\r\nSubject:"),
    "two From": (b"Subject:", b"From: x@example.org\r\nSubject:"),
    "two Subject": (b"Subject:", b"Subject: x\r\nSubject:"),
    "two Date": (b"Subject:", b"Date: Fri, 20 Nov 2026 16:30:00 +0000\r\nSubject:"),
    "two Message-ID": (b"Subject:", b"message-id: <2@desk.example>\r\nSubject:"),
    "no To": (b"To: Anna <anna@bakery.example>\r\n", b""),
    "no From": (b"From: Helpdesk <support@desk.example>\r\n", b""),
    "no Date": (b"Date: Fri, 20 Nov 2026 16:30:00 +0000\r\n", b""),
    "no Subject": (b"Subject: [HD-1001] Invoice\r\n", b""),
    "no Message-ID": (b"Message-ID: <1@desk.example>\r\n", b""),
    "two recipients": (b"<anna@bakery.example>", b"<anna@bakery.example>, eve@smith.example"),
    "another recipient": (b"anna@bakery.example", b"eve@smith.example"),
    "two authors": (b"<support@desk.example>", b"<support@desk.example>, eve@smith.example"),
    "a blank before the colon": (b"Subject:", b"Subject :"),
    "a line that is no field": (b"Subject:", b"Hello\r\nSubject:"),
    "a folded line of blanks": (b"Subject: ", b"Subject:\r\n \r\n "),
}


def test_b07_what_is_a_mail_of_ours_may_be_stored() -> None:
    verify(GOOD, TO)


@pytest.mark.parametrize("old_and_new", BAD.values(), ids=BAD)
def test_b07_what_is_no_mail_of_ours_is_refused(old_and_new: tuple[bytes, bytes]) -> None:
    old, new = old_and_new
    assert old in GOOD
    with pytest.raises(UnsafeOutput):
        verify(GOOD.replace(old, new, 1), TO)


@pytest.mark.parametrize("old_and_new", BAD.values(), ids=BAD)
def test_b07_a_signer_that_spoils_a_mail_is_caught_too(old_and_new: tuple[bytes, bytes]) -> None:
    composer = Composer([shipped("templates")], "en", sign=lambda raw: raw.replace(*old_and_new, 1))
    with pytest.raises(UnsafeOutput):
        composer.sealed(GOOD, TO)


def test_b07_a_mail_that_is_not_what_it_should_be_is_not_sent_and_costs_no_ticket(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.office.composer = Composer([shipped("templates")], "en", sign=_with_bcc_to_customers)
    mail = world.receives("Anna <anna@bakery.example>", subject="Printer")
    assert (mail.fate, mail.strikes, world.sent("anna")) == ("opened", 0, [])
    assert world.story() == ["TicketOpened", "NoteAdded"]
    told = world.last("piet", "agent-update").text
    assert "ticket-received to anna@bakery.example was not sent: the mail is not sent" in told
    alarms = [record.getMessage() for record in caplog.records if "stage=alarm" in record.getMessage()]
    assert len([alarm for alarm in alarms if "the field bcc is not one of ours" in alarm]) == 1


def _with_bcc_to_customers(raw: bytes) -> bytes:
    return raw.replace(b"\r\nTo: Anna", b"\r\nBcc: victim@example.org\r\nTo: Anna", 1)


def test_b07_every_mail_of_a_desks_day_is_stored_as_it_was_checked(world: World) -> None:
    world.receives(ANNA, text="\r.\r\nQUIT\r\n.\n\0 æøå " + "x" * 3000)
    world.replies(PIET, world.last("piet"), ".\n..\n" + "é" * 2000)
    assert len(world.mails) >= 4
    for mail in world.mails:
        verify(mail.row.content, mail.to)
        row = outbox.get(mail.row.id)
        assert row is not None
        assert row.content == mail.row.content


def test_b07_a_letter_to_nobody_or_to_many_is_refused() -> None:
    composer = Composer([shipped("templates")], "en")
    for address in ("", "anna", "a@x.example, b@x.example", "a@x.example\r\nBcc: b@x.example", "<a@x> b@x"):
        letter = sample_letter("reply", "en")
        to = replace(letter.notice.to, address=address)
        with pytest.raises(UnsafeOutput):
            composer.compose(replace(letter, notice=replace(letter.notice, to=to)))
