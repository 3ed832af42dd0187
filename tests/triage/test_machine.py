"""Mail that no person wrote is kept, and does nothing."""

import pytest

from helpdeskd.domain.directory import SentMail
from helpdeskd.domain.event import DeliveryFailed, MailRecorded
from helpdeskd.domain.message import Bounce, FailedRecipient, Message
from helpdeskd.domain.ticket import Status
from helpdeskd.domain.token import BOUNCE, DUTY, REPLY
from tests.triage.small_desk import (
    ANNA,
    EARLIER,
    EVE,
    KEYS,
    OFFICE,
    OUTSIDE,
    PIET,
    FakeDirectory,
    decide,
    emergency,
    envelope,
    happened,
    mail,
    reply_address,
    ticket,
)

VACATION = ("Auto-Submitted", "auto-replied")
FAILED = FailedRecipient(ANNA.address, "failed", "5.1.1", permanent=True, bad_address=True)
DELAYED = FailedRecipient(ANNA.address, "delayed", "4.4.1", permanent=False, bad_address=False)
SENT = FakeDirectory(sent_mails={"<7.x@desk.example>": SentMail(7, ANNA.address, "reply", "ACME-1001")})


def vacation(sender: str, text: str = "I am away.", **fields: object) -> Message:
    return mail(sender, text, headers=(VACATION, *mail(sender).headers), **fields)


@pytest.mark.parametrize("peer", [OFFICE, "192.0.2.25"])
@pytest.mark.parametrize("text", ["I am away until Monday.", "/resolve", "/ack", ""])
def test_an_agents_vacation_note_never_acts(text: str, peer: str) -> None:
    outcome = decide(vacation(PIET.address, text), envelope(reply_address(PIET.address), peer))
    assert (outcome.fate, happened(outcome)) == ("recorded", ["MailRecorded"])


def test_a_vacation_note_acknowledges_no_page() -> None:
    page = reply_address(PIET.address, purpose=DUTY)
    outcome = decide(vacation(PIET.address), envelope(page), FakeDirectory(tickets=(emergency(),)))
    assert happened(outcome) == ["MailRecorded"]


@pytest.mark.parametrize("status", [Status.WAITING, Status.RESOLVED, Status.CLOSED])
def test_a_customers_vacation_note_is_kept_on_its_ticket_and_reopens_nothing(status: Status) -> None:
    directory = FakeDirectory(tickets=(ticket(status=status),))
    outcome = decide(vacation(ANNA.address), envelope(reply_address(ANNA.address)), directory)
    (recorded,) = outcome.events
    assert isinstance(recorded, MailRecorded)
    assert (recorded.text, recorded.why) == ("I am away.", "Auto-Submitted: auto-replied")


def test_an_automatic_mail_that_names_no_ticket_is_recorded_without_one() -> None:
    outcome = decide(vacation(EVE))
    assert (outcome.fate, outcome.ticket, outcome.events) == ("recorded", None, ())


def test_an_automatic_mail_of_an_unproved_sender_is_kept_from_the_ticket_that_it_names() -> None:
    outcome = decide(vacation(ANNA.address, subject="[ACME-1001]"), envelope(peer=OUTSIDE))
    assert (outcome.fate, outcome.ticket, outcome.events) == ("recorded", None, ())


def test_a_list_opens_no_ticket() -> None:
    assert decide(mail(headers=(("List-Id", "<news.bakery.example>"), *mail().headers))).fate == "recorded"


def test_our_own_mail_ends_where_it_comes_back() -> None:
    looped = mail(headers=(("X-Helpdeskd-Id", "desk.example/epoch"),))
    assert (decide(looped).fate, decide(looped).events) == ("loop", ())


def report(*recipients: FailedRecipient, about: str = "") -> Message:
    return mail("mailer-daemon@mx.example", bounce=Bounce(recipients, about))


def test_a_report_about_a_mail_of_ours_is_told_on_its_ticket() -> None:
    outcome = decide(report(FAILED, about="<7.x@desk.example>"), directory=SENT)
    (event,) = outcome.events
    assert isinstance(event, DeliveryFailed)
    assert (event.recipient, event.detail, event.bad_address) == (ANNA.address, "failed 5.1.1", True)
    assert outcome.ticket == ticket()


def test_the_token_of_the_bounce_address_says_which_mail_it_was() -> None:
    token = KEYS.issue(7, ANNA.address, BOUNCE, EARLIER)
    outcome = decide(report(FAILED), envelope(f"support+b.{token}@desk.example"), SENT)
    assert happened(outcome) == ["DeliveryFailed"]


@pytest.mark.parametrize(
    "token",
    [
        KEYS.issue(7, EVE, BOUNCE, EARLIER),
        KEYS.issue(8, ANNA.address, BOUNCE, EARLIER),
        KEYS.issue(7, ANNA.address, REPLY, EARLIER),
    ],
    ids=["of another recipient", "of another mail", "of a reply address"],
)
def test_a_token_that_is_not_of_that_mails_bounce_address_tells_nothing(token: str) -> None:
    outcome = decide(report(FAILED), envelope(f"support+b.{token}@desk.example"), SENT)
    assert (outcome.fate, outcome.events) == ("recorded", ())


@pytest.mark.parametrize("about", ["", "<8.x@desk.example>", "<7.x@elsewhere.example>"])
def test_a_report_about_a_mail_that_is_not_ours_tells_nothing(about: str) -> None:
    assert decide(report(FAILED, about=about), directory=SENT).events == ()


def test_a_report_of_a_delay_tells_nothing() -> None:
    assert decide(report(DELAYED, about="<7.x@desk.example>"), directory=SENT).events == ()
