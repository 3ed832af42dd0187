"""A report reads the tickets that something has happened to, and how each of them was."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.event import AgentReplied, CustomerWrote, Event, OwnerChanged, TargetPassed, TicketOpened
from helpdeskd.domain.fact import History
from helpdeskd.domain.target import TargetKind, passed
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage import db, tickets
from helpdeskd.storage.report import histories
from tests.storage.values import MINUTE, NOW, target, ticket

ANNA = "anna@bakery.example"
SHARE = Fraction(1)
OFFICE = Calendar("office", ZoneInfo("UTC"), (((480, 1080),),) * 5 + ((), ()))


def happened(began: Ticket, *events: Event) -> None:
    """A ticket that is as it began, with its story."""
    tickets.save(began)
    for event in (TicketOpened(NOW, ANNA, began, "It hangs.", "normal"), *events):
        tickets.record(event, began.id, None)


def found(since_minute: int) -> list[History]:
    return list(histories(NOW + since_minute * MINUTE))


def test_a_history_tells_how_the_ticket_was_after_each_event(state: Path) -> None:
    began = ticket(1)
    with db.transaction():
        happened(
            began, OwnerChanged(NOW + MINUTE, "piet", "piet", "support"), AgentReplied(NOW + MINUTE, "piet", "Hi.")
        )
        [history] = found(0)
    owned = replace(began, owner="piet")
    answered = replace(owned, answered_at=NOW + MINUTE)
    assert history.states == ((NOW, began), (NOW + MINUTE, owned), (NOW + MINUTE, answered))
    assert (history.at(NOW), history.at(NOW + MINUTE)) == (began, answered)
    assert history.ticket == began


def test_a_history_has_the_targets_of_its_ticket(state: Path) -> None:
    with db.transaction():
        for number, minutes in ((1, 10), (2, 20)):
            happened(ticket(number))
            tickets.save_targets(number, [target(minutes), target(minutes + 5, TargetKind.RESOLUTION)])
        assert [history.targets for history in found(0)] == [
            (target(10), target(15, TargetKind.RESOLUTION)),
            (target(20), target(25, TargetKind.RESOLUTION)),
        ]


@pytest.mark.parametrize(("since", "count"), [(5, 1), (6, 0)])
def test_a_ticket_to_which_nothing_has_happened_since_is_left_out(state: Path, since: int, count: int) -> None:
    with db.transaction():
        happened(ticket(1), CustomerWrote(NOW + 5 * MINUTE, ANNA, "And?"))
        assert len(found(since)) == count


def test_a_ticket_with_a_target_to_watch_is_never_left_out(state: Path) -> None:
    with db.transaction():
        happened(ticket(1))
        tickets.save_targets(1, [target(10)])
        assert len(found(9)) == 1
        tickets.save_targets(1, [passed(target(10), NOW + 10 * MINUTE)[0]])
        assert found(11) == []


def test_a_missed_next_response_is_known_by_its_deadline(state: Path) -> None:
    def told(kind: TargetKind, *shares: Fraction, minute: int) -> TargetPassed:
        return TargetPassed(NOW + 30 * MINUTE, "desk", kind, shares, NOW + minute * MINUTE, True)

    with db.transaction():
        happened(
            ticket(1),
            told(TargetKind.NEXT_RESPONSE, SHARE / 2, minute=10),
            told(TargetKind.NEXT_RESPONSE, SHARE / 2, SHARE, minute=20),
            told(TargetKind.RESOLUTION, SHARE, minute=30),
        )
        [history] = found(0)
    assert history.missed == (NOW + 20 * MINUTE,)


def test_tickets_come_in_the_order_of_their_opening(state: Path) -> None:
    with db.transaction():
        for number in (3, 1, 2):
            happened(ticket(number))
        assert [history.ticket.id for history in found(0)] == [1, 2, 3]


def test_the_transaction_may_be_over_before_the_histories_are_looked_at(state: Path) -> None:
    with db.transaction():
        happened(ticket(1))
        asked = histories(NOW)
    with db.transaction():
        happened(ticket(2))
    assert [history.ticket.id for history in asked] == [1]
