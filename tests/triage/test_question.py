"""The words by which contacts ask and close: alone they count, beside anything else that was written they do not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from helpdeskd.domain.event import MailRefused, QuestionAsked, StatusChanged
from helpdeskd.domain.message import SMALLEST_PICTURE, Attachment, Envelope
from helpdeskd.domain.ticket import Participant, Reason, Status
from helpdeskd.triage.case import Outcome
from tests.triage.small_desk import (
    ANNA,
    BERT,
    CARL,
    DUTY_ADDRESS,
    EARLIER,
    EVE,
    FLEUR,
    NIGHT,
    NOW,
    OUTSIDE,
    PIET,
    FakeDirectory,
    decide,
    envelope,
    happened,
    mail,
    reply_address,
    ticket,
)

SCREEN = Attachment("screen.png", "image/png", 100, False, b"")


def asks(
    subject: str = "Question",
    text: str = "saldo",
    who: str = BERT.address,
    to: Envelope | None = None,
    directory: FakeDirectory | None = None,
    **fields: object,
) -> Outcome:
    return decide(mail(who, text, subject=subject, **fields), to, directory)


def answers(text: str, who: str = ANNA.address, holder: str = "", **changes: object) -> Outcome:
    """A reply on Anna's ticket."""
    known = FakeDirectory(tickets=(ticket(**changes),))
    return asks("Re: Printer", text, who, envelope(reply_address(holder or who)), known)


@pytest.mark.parametrize(
    ("subject", "text", "word"),
    [
        ("Question", "Saldo", "balance"),
        ("Saldo", "Dear desk!", "balance"),
        ("Guthaben", "", "balance"),
        ("x", "balance.\n\n-- \nBert", "balance"),
        ("x", "status\n\nGroet, Bert", "status"),
        ("Status", "Met vriendelijke groet,\nBert", "status"),
        ("Hilfe!", "", "help"),
        ("", "aide", "help"),
        ("help", "help", "help"),
        ("close", "", "close"),
    ],
)
def test_a_contact_asks_with_a_word(subject: str, text: str, word: str) -> None:
    outcome = asks(subject, text)
    assert outcome.fate == "commands"
    assert outcome.ticket is None
    assert outcome.events == (QuestionAsked(NOW, BERT.address, word),)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: Saldo", "x"),
        ("Question", "saldo\nThe screen shows the wrong one."),
        ("ok", "ok"),
        ("Help", "It burns."),
        ("Status", "Red."),
        ("Question", "help\nIt burns."),
        ("Close", "the account of Carl, please"),
        ("x", "close\n\nthe account of Carl"),
    ],
)
def test_what_only_contains_the_word_is_a_request(subject: str, text: str) -> None:
    assert asks(subject, text).fate == "opened"


def test_a_word_beside_a_file_is_a_request() -> None:
    assert asks("status", "", attachments=(SCREEN,)).fate == "opened"
    assert asks("status", "", attachments=(replace(SCREEN, inline=True),)).fate == "commands"


@pytest.mark.parametrize(("subject", "text"), [("Help!", "Groet,\nBert"), ("Status", ""), ("x", "saldo")])
def test_a_word_beside_a_picture_that_may_show_something_is_a_request(subject: str, text: str) -> None:
    picture = replace(SCREEN, inline=True, size=SMALLEST_PICTURE)
    assert asks(subject, text, attachments=(picture,)).fate == "opened"
    assert asks(subject, text, attachments=(replace(picture, size=SMALLEST_PICTURE - 1),)).fate == "commands"
    assert asks(subject, text, attachments=(replace(picture, type="text/plain", size=1),)).fate == "opened"


@pytest.mark.parametrize("word", ["help", "status", "saldo", "close"])
def test_what_comes_to_the_address_of_duty_is_an_emergency(word: str) -> None:
    night = decide(mail(BERT.address, "", subject=word), envelope(DUTY_ADDRESS, at=NIGHT), now=NIGHT)
    assert "DutyPaged" in happened(night)


def test_a_question_on_a_ticket_changes_nothing_there() -> None:
    for word in ("saldo", "status", "help"):
        outcome = answers(word)
        assert (happened(outcome), outcome.ticket) == (["QuestionAsked"], None)


def test_who_is_not_proved_or_not_known_learns_nothing() -> None:
    assert asks(who=EVE).fate == "held"
    assert asks(to=envelope(peer=OUTSIDE)).fate == "held"
    assert happened(asks(who=PIET.address, to=envelope(reply_address(PIET.address)))) == [
        "AgentReplied",
        "OwnerChanged",
        "StatusChanged",
    ]


def test_only_who_may_manage_contacts_gets_their_list() -> None:
    assert asks("contacts", "", ANNA.address).events == (QuestionAsked(NOW, ANNA.address, "contacts"),)
    refused = asks("contacts", "", BERT.address)
    assert refused.fate == "refused"
    assert refused.events == (MailRefused(NOW, BERT.address, "contacts", (Reason("no-right", "manage"),), tell=True),)


@pytest.mark.parametrize("status", [Status.NEW, Status.OPEN, Status.WAITING, Status.APPROVAL, Status.RESOLVED])
def test_who_takes_part_closes_a_ticket_with_what_else_they_say(status: Status) -> None:
    outcome = answers("Sluiten.\n\nHet werkt weer.", status=status)
    assert outcome.fate == "commands"
    assert outcome.events == (StatusChanged(NOW, ANNA.address, status, Status.CLOSED, text="Het werkt weer."),)


def test_a_subject_closes_too_where_nothing_else_is_said() -> None:
    known = FakeDirectory()
    closed = asks("close", "", ANNA.address, envelope(reply_address(ANNA.address)), known)
    assert happened(closed) == ["StatusChanged"]
    assert happened(asks("close", "No!", ANNA.address, envelope(reply_address(ANNA.address)), known)) == [
        "CustomerWrote"
    ]


@pytest.mark.parametrize("status", [Status.CLOSED, Status.REJECTED])
def test_what_is_over_is_not_closed_again(status: Status) -> None:
    outcome = answers("close", status=status)
    assert outcome.events == (QuestionAsked(NOW, ANNA.address, "close"),)
    assert outcome.ticket is not None
    assert happened(answers("close\nand the other one", status=status)) == ["TicketOpened"]


def test_a_colleague_closes_only_what_they_take_part_in() -> None:
    tagged = {"subject": "Re: [ACME-1001] Printer"}
    outcome = decide(mail(BERT.address, "close", **tagged))
    assert (happened(outcome), outcome.ticket) == (["QuestionAsked"], None)
    assert happened(decide(mail(BERT.address, "close\nplease", **tagged))) == ["CustomerWrote"]
    both = (Participant(ANNA.address, EARLIER), Participant(BERT.address, EARLIER))
    assert happened(answers("close", BERT.address, participants=both)) == ["StatusChanged"]
    without_open = (Participant(ANNA.address, EARLIER), Participant(CARL.address, EARLIER))
    assert happened(answers("close", CARL.address, participants=without_open)) == ["StatusChanged"]


def test_nobody_closes_with_the_reply_address_of_somebody_else() -> None:
    assert answers("close", BERT.address, ANNA.address).fate == "held"
    assert answers("close", FLEUR.address, ANNA.address).fate == "held"
    assert answers("close", EVE, ANNA.address).fate == "held"


def test_an_answer_that_a_machine_sent_asks_and_closes_nothing() -> None:
    for word in ("close", "status", "help", "contacts"):
        headers = (*mail().headers, ("Auto-Submitted", "auto-replied"))
        outcome = asks("Re: Printer", word, ANNA.address, envelope(reply_address(ANNA.address)), headers=headers)
        assert happened(outcome) == ["MailRecorded"]


def test_a_word_is_answered_at_any_hour() -> None:
    sunday = datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert decide(mail(BERT.address, "help"), envelope(at=sunday), now=sunday).fate == "commands"
