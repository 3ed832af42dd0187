"""What is stored comes back as it was, also after a field was added."""

import json
from datetime import timedelta
from fractions import Fraction

import pytest
from pydantic import ValidationError

from helpdeskd.domain.duty import Roster
from helpdeskd.domain.event import CustomerWrote, Event, MailHeld, StatusChanged, TargetPassed, TicketOpened
from helpdeskd.domain.target import Pause, TargetKind
from helpdeskd.domain.ticket import Emergency, Reason, Status, Ticket
from helpdeskd.storage.codec import dump, load, load_event, plain
from tests.storage.values import NOW, TICKET, target, ticket

EVENTS: tuple[Event, ...] = (
    TicketOpened(NOW, "anna@bakery.example", TICKET, "It hangs \u2028\x00é", "normal", ("picture",)),
    CustomerWrote(NOW, "anna@bakery.example", "", ("bram@bakery.example",)),
    StatusChanged(NOW, "piet", Status.NEW, Status.PENDING, NOW + timedelta(days=1), "supplier"),
    TargetPassed(NOW, "desk", TargetKind.RESOLUTION, (Fraction(1, 3), Fraction(1)), NOW, True),
    MailHeld(NOW, "", "Hello", (Reason("unknown-sender", "x@y.example"),), urgent=True),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_comes_back(event: Event) -> None:
    assert load_event(type(event).__name__, dump(event)) == event


def test_a_ticket_comes_back() -> None:
    whole = ticket(
        7,
        pauses=(Pause(NOW, None, "waiting"),),
        emergency=Emergency(2, "ans", ("piet", "ans"), NOW),
        links=("HD-1001",),
    )
    assert load(Ticket, dump(whole)) == whole


def test_a_target_comes_back_exactly() -> None:
    known = target(7)
    assert load(type(known), dump(known)) == known


def test_a_row_from_before_a_field_was_added_reads_as_its_default() -> None:
    state = plain(TICKET)
    del state["emergency"], state["links"]
    assert load(Ticket, json.dumps(state)) == TICKET


def test_what_is_no_value_of_that_type_is_refused() -> None:
    with pytest.raises(ValidationError):
        load(Roster, '{"people": 7}')
