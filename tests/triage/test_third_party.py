"""Who was asked for help answers with a note, and with nothing else, whoever they are by then."""

import pytest

from helpdeskd.domain.directory import SentMail
from helpdeskd.domain.party_event import ThirdPartyAnswered
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.domain.token import THIRD_PARTY
from helpdeskd.triage.case import Outcome
from tests.triage.small_desk import (
    ANNA,
    EARLIER,
    EVE,
    KEYS,
    NOW,
    OUTSIDE,
    PIET,
    RELAY,
    FakeDirectory,
    decide,
    envelope,
    happened,
    mail,
    reply_address,
    ticket,
)

SUE = "sue@supplier.example"
ASKED = ticket(third_parties=(SUE,))


def answered(
    sender: str = SUE,
    on: Ticket = ASKED,
    peer: str = RELAY,
    holder: str = SUE,
    text: str = "It does.",
    **fields: object,
) -> Outcome:
    """A mail to the reply address that `holder` was given as a third party."""
    known = FakeDirectory(tickets=(on, ticket(id=2, reference="ACME-1002")))
    to = reply_address(holder, purpose=THIRD_PARTY)
    return decide(mail(sender, text, **fields), envelope(to, peer), known)


def test_an_answer_is_a_note_by_the_address_that_was_asked() -> None:
    outcome = answered()
    assert (outcome.fate, outcome.ticket) == ("added", ASKED)
    assert outcome.events == (ThirdPartyAnswered(NOW, SUE, "It does.", proved=True),)


def test_where_nothing_else_proves_it_the_note_says_so() -> None:
    assert answered(peer=OUTSIDE).events == (ThirdPartyAnswered(NOW, SUE, "It does.", proved=False),)


@pytest.mark.parametrize("status", list(Status))
def test_the_status_of_the_ticket_makes_no_difference(status: Status) -> None:
    assert happened(answered(on=ticket(third_parties=(SUE,), status=status))) == ["ThirdPartyAnswered"]


@pytest.mark.parametrize("text", ["/resolve", "/note x\ny", "akkoord", "close", "/ack"])
def test_no_word_in_it_means_anything(text: str) -> None:
    assert answered(text=text).events == (ThirdPartyAnswered(NOW, SUE, text, proved=True),)


@pytest.mark.parametrize("holder", [ANNA.address, PIET.address])
def test_who_was_asked_and_is_a_contact_or_an_agent_by_now_still_only_answers(holder: str) -> None:
    outcome = answered(holder, holder=holder, text="/resolve")
    assert outcome.events == (ThirdPartyAnswered(NOW, holder, "/resolve", proved=True),)


@pytest.mark.parametrize(
    ("sender", "events"),
    [
        (EVE, ["MailHeld", "TokenMisused"]),
        ("joe@supplier.example", ["MailHeld", "TokenMisused"]),
        (ANNA.address, ["MailHeld", "TokenMisused"]),
        (PIET.address, ["CommandsFailed", "TokenMisused"]),
    ],
)
def test_in_other_hands_its_reply_address_does_nothing(sender: str, events: list[str]) -> None:
    assert happened(answered(sender)) == events


def test_the_message_id_of_the_question_proves_it_too_and_only_to_its_recipient() -> None:
    message_id = f"<7.{KEYS.issue(1, SUE, THIRD_PARTY, EARLIER)}@desk.example>"
    known = FakeDirectory(tickets=(ASKED,), sent_mails={message_id: SentMail(7, SUE, "forward", "ACME-1001")})
    assert happened(decide(mail(SUE, in_reply_to=message_id), directory=known)) == ["ThirdPartyAnswered"]
    assert happened(decide(mail(EVE, in_reply_to=message_id), directory=known)) == ["MailHeld"]


def test_an_automatic_answer_is_recorded_on_the_ticket_if_it_is_proved() -> None:
    automatic = (("Auto-Submitted", "auto-replied"),)
    assert happened(answered(headers=(*mail(SUE).headers, *automatic))) == ["MailRecorded"]
    assert happened(answered(headers=automatic, peer=OUTSIDE)) == []


def test_an_expired_token_is_a_strangers() -> None:
    late = decide(
        mail(SUE),
        envelope(reply_address(SUE, purpose=THIRD_PARTY)),
        FakeDirectory(tickets=(ASKED,)),
        now=NOW.replace(year=2028),
    )
    assert happened(late) == ["MailHeld"]
