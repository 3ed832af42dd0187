"""Who of the customer takes part by command, and what goes to a third party."""

from dataclasses import replace

import pytest

from helpdeskd.domain.party_event import ParticipantAdded, ParticipantRemoved, ThirdPartyAsked
from helpdeskd.domain.ticket import Participant, Ticket
from helpdeskd.triage.commands import Result, run
from helpdeskd.triage.grammar import parse
from helpdeskd.triage.orders.order import Order
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import ANNA, BERT, DESK, EARLIER, NOW, PIET, FakeDirectory, ticket

SUE = "sue@supplier.example"
BOTH = ticket(participants=(Participant(ANNA.address, EARLIER), Participant(BERT.address, EARLIER)))


def forwarded(line: str, directory: FakeDirectory | None = None, on: Ticket | None = None, **mail: object) -> Result:
    """An order by a mail with a question, a subject and no files, where these are not given."""
    usual = Order(on or ticket(), "", PIET, DESK, directory or FakeDirectory(), NOW, NOW)
    asked = replace(usual, **{"text": "Does it print?", "subject": "Printing"} | mail)  # type: ignore[arg-type]
    return run(parse(line).commands, asked)


def test_a_contact_is_let_in_by_any_of_their_addresses_as_their_main_one() -> None:
    alone = ticket(requester=BERT.address, participants=(Participant(BERT.address, EARLIER),))
    assert order("/cc <Anna@Home.EXAMPLE>", alone).events == (ParticipantAdded(NOW, "piet", ANNA.address),)
    assert order("/cc anna@home.example, anna@bakery.example", alone).events == (
        ParticipantAdded(NOW, "piet", ANNA.address),
    )


def test_a_later_line_knows_who_was_let_in_before() -> None:
    assert order("/cc bert@bakery.example\n/uncc bert@bakery.example").ticket == ticket()
    assert "takes part already" in order("/cc bert@bakery.example\n/cc bert@bakery.example").errors[0]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/cc", "whom? (/cc ADDRESS)"),
        ("/cc bret@bakery.example", "(did you mean bert@bakery.example? /forward asks anybody else)"),
        ("/cc zz@supplier.test", "is no contact of this customer (/forward asks anybody else)"),
        ("/cc bert", "bert is no contact of this customer"),
        ("/cc fleur@florist.example", "is no contact of this customer"),
        ("/cc carl@bakery.example", "may not open requests"),
        ("/cc anna@home.example", "takes part already"),
        ("/uncc", "beside the requester: nobody"),
        ("/uncc anna@home.example", "is the requester"),
        ("/uncc bert@bakery.example", "does not take part"),
    ],
)
def test_who_may_not_join_or_leave_is_named_with_the_reason(line: str, why: str) -> None:
    assert why in refusal(line)


def test_who_has_left_the_customer_can_be_taken_out() -> None:
    gone = ticket(participants=(*BOTH.participants, Participant("gone@bakery.example", EARLIER)))
    assert order("/uncc gone@bakery.example bert@bakery.example", gone).events == (
        ParticipantRemoved(NOW, "piet", "gone@bakery.example"),
        ParticipantRemoved(NOW, "piet", BERT.address),
    )


def test_a_question_has_the_mails_own_words_and_subject() -> None:
    (asked,) = forwarded(f"/forward {SUE}").events
    assert asked == ThirdPartyAsked(NOW, "piet", SUE, "Printing", "Does it print?")


def test_a_further_question_keeps_the_first_ones_subject_for_that_address_only() -> None:
    told = FakeDirectory(told=(ThirdPartyAsked(EARLIER, "ans", SUE, "Paper", "Which?"),))
    (asked,) = forwarded(f"/forward {SUE}", told).events
    (other,) = forwarded("/forward max@maker.example", told).events
    assert (asked.subject, other.subject) == ("Paper", "Printing")


def test_without_a_subject_of_its_own_a_question_has_the_desks_name() -> None:
    (asked,) = forwarded(f"/forward {SUE}", subject="").events
    assert asked.subject == DESK.name


def test_files_alone_are_a_question_and_nothing_is_none() -> None:
    assert forwarded(f"/forward {SUE}", text="", attached=True).errors == ()
    assert "what do you ask?" in forwarded(f"/forward {SUE}", text="").errors[0]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "is no address"),
        ("sue", "is no address"),
        ("sue@supplier", "is no address"),
        (f"{SUE} max@maker.example", "is no address"),
        ("Support@desk.example", "the desk's own address"),
        ("support+t.x@desk.example", "the desk's own address"),
        ("ans@desk.example", "a colleague"),
        ("anna@home.example", "/cc lets them take part"),
        ("carl@bakery.example", "/cc lets them take part"),
        ("fleur@florist.example", "a contact of florist"),
    ],
)
def test_who_is_known_to_the_desk_is_no_third_party(address: str, why: str) -> None:
    result = forwarded(f"/forward {address}")
    assert (result.events, len(result.errors)) == ((), 1)
    assert why in result.errors[0]
