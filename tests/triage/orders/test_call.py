"""Phone calls on a ticket: who was spoken to, how long, and what was said."""

from dataclasses import replace

import pytest

from helpdeskd.domain.cost_event import TimeBooked
from helpdeskd.domain.event import NoteAdded
from helpdeskd.triage.commands import run
from helpdeskd.triage.grammar import parse
from helpdeskd.triage.orders.order import Order
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import DESK, NOW, PIET, FakeDirectory, ticket


def test_a_call_is_a_note_and_an_entry_that_ended_when_the_mail_arrived() -> None:
    note, booked = order("/call anna@home.example 12m told her why").events
    assert isinstance(note, NoteAdded)
    assert note.text == "Call with Anna de Vries <anna@bakery.example>: 12 min from 2026-11-23 09:48\n\ntold her why"
    assert isinstance(booked, TimeBooked)
    assert (booked.entry.minutes, booked.entry.ticket, booked.text) == (12, "ACME-1001", "told her why")


def test_what_the_mail_says_is_in_the_note_and_times_are_read_as_those_of_time() -> None:
    asked = Order(ticket(), "", PIET, DESK, FakeDirectory(), NOW, NOW)
    result = run(parse("/call bert@bakery.example 1h at 08:00 level 2").commands, replace(asked, text="He knows."))
    note, booked = result.events
    assert note.text == "Call with Bert <bert@bakery.example>: 60 min from 2026-11-23 08:00\n\nHe knows."
    assert booked.entry.level == 2
    assert "the text stays inside" in result.lines[0]


def test_who_was_asked_for_help_may_be_called() -> None:
    asked = ticket(third_parties=("sue@supplier.example",))
    assert (
        order("/call Sue@supplier.example 5m", asked).events[0].text.startswith("Call with sue@supplier.example: 5 min")
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/call", "with whom?"),
        ("/call 12m", "with whom?"),
        ("/call fleur@florist.example 12m", "is no contact of this customer"),
        ("/call sue@supplier.example 12m", "is no contact of this customer"),
        ("/call anna@bakery.example", "how long was it?"),
        ("/call anna@bakery.example -12m", "how long was it?"),
        ("/call anna@bakery.example soon", "how long?"),
        ("/call anna@bakery.example 12m at 23:00", "not over yet"),
    ],
)
def test_a_call_with_nobody_or_of_no_length_is_not_booked(line: str, why: str) -> None:
    assert why in refusal(line)
