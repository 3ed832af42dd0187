"""Tickets are stored as they are, with what happened beside them, and found when they are due."""

from pathlib import Path

import pytest
from peewee import IntegrityError

from helpdeskd.domain.event import MailHeld, NoteAdded
from helpdeskd.domain.target import TargetKind
from helpdeskd.domain.ticket import Emergency, Status
from helpdeskd.storage import db, outbox, tickets
from tests.storage.values import MINUTE, NOW, target, ticket


def test_a_ticket_is_what_was_saved_last(state: Path) -> None:
    with db.transaction():
        tickets.save(ticket(1))
        tickets.save(ticket(1, status=Status.OPEN, owner="piet"))
        assert tickets.by_id(1) == tickets.by_reference("hd-1001") == ticket(1, status=Status.OPEN, owner="piet")
        assert tickets.by_reference("HD-1002") is None


def test_tickets_are_listed_newest_first(state: Path) -> None:
    with db.transaction():
        for number, customer, status in (
            (1, "bakery", Status.NEW),
            (2, "smith", Status.NEW),
            (3, "bakery", Status.CLOSED),
        ):
            tickets.save(ticket(number, customer=customer, status=status))
        assert [found.id for found in tickets.listed()] == [3, 2, 1]
        assert [found.id for found in tickets.listed(limit=1)] == [3]
        assert [found.id for found in tickets.listed("new", "bakery")] == [1]
        assert [found.id for found in tickets.unfinished("bakery")] == [1]
        assert [found.id for found in tickets.unfinished()] == [2, 1]


def test_the_earlier_tickets_of_a_contact(state: Path) -> None:
    with db.transaction():
        for number, requester in ((1, "anna"), (2, "bram"), (3, "anna"), (4, "anna"), (5, "anna")):
            tickets.save(ticket(number, requester=requester))
        assert [found.id for found in tickets.earlier("bakery", "anna", 5, 2)] == [4, 3]


def test_of_a_customers_earlier_tickets_the_solved_come_first_then_the_contacts_own_and_no_merged_one(
    state: Path,
) -> None:
    with db.transaction():
        for number, requester, solution in (
            (1, "bram", "Restart it."),
            (2, "anna", ""),
            (3, "bram", ""),
            (4, "anna", ""),
        ):
            tickets.save(ticket(number, requester=requester, solution=solution))
        tickets.save(ticket(5, requester="anna", status=Status.MERGED))
        tickets.save(ticket(6, requester="anna", customer="smith"))
        assert [found.id for found in tickets.earlier("bakery", "anna", 7, 9)] == [1, 4, 2, 3]


def test_who_is_of_no_customer_gets_their_own_earlier_tickets_alone(state: Path) -> None:
    with db.transaction():
        for number, requester in ((1, "eve"), (2, "sam")):
            tickets.save(ticket(number, requester=requester, customer=""))
        assert [found.id for found in tickets.earlier("", "eve", 3, 9)] == [1]


def test_tickets_wake_when_their_time_has_come_the_oldest_first(state: Path) -> None:
    with db.transaction():
        for number, minutes in ((1, 0), (2, -1), (3, 1)):
            tickets.save(ticket(number, wake_at=NOW + minutes * MINUTE))
        assert tickets.to_wake(NOW, 10) == [2, 1]
        assert tickets.to_wake(NOW, 1) == [2]


def test_an_emergency_is_paged_on_until_it_is_taken(state: Path) -> None:
    with db.transaction():
        tickets.save(ticket(1, emergency=Emergency(1, "piet", ("piet",), NOW)))
        tickets.save(ticket(2, emergency=Emergency(1, "piet", ("piet",), NOW, taken_by="piet")))
        tickets.save(ticket(3, emergency=Emergency(1, "piet", ("piet",), NOW + MINUTE)))
        assert tickets.to_page(NOW, 10) == [1]


def test_tickets_with_targets_due_come_once_the_most_overdue_first(state: Path) -> None:
    with db.transaction():
        for number in (1, 2, 3):
            tickets.save(ticket(number))
        tickets.save_targets(1, [target(30), target(20, TargetKind.RESOLUTION)])
        tickets.save_targets(2, [target(10)])
        tickets.save_targets(3, [target(31)])
        assert tickets.with_targets_due(NOW + 30 * MINUTE, 10) == [2, 1]


def test_targets_are_replaced_whole(state: Path) -> None:
    with db.transaction():
        tickets.save(ticket(1))
        tickets.save_targets(1, [target(30), target(20, TargetKind.RESOLUTION)])
        tickets.save_targets(1, [target(10)])
        assert tickets.targets(1) == (target(10),)


def test_events_are_kept_in_order_with_the_mail_that_caused_them(state: Path) -> None:
    with db.transaction():
        tickets.save(ticket(1))
        for text in ("one", "two"):
            tickets.record(NoteAdded(NOW, "piet", text), 1, None)
        assert [(event.text, mail) for event, mail in tickets.events(1)] == [("one", None), ("two", None)]  # type: ignore[union-attr]


def test_an_event_of_a_ticket_that_is_not_there_is_refused(state: Path) -> None:
    with pytest.raises(IntegrityError), db.transaction():
        tickets.record(NoteAdded(NOW, "piet", "x"), 7, None)


def test_customers_were_asked_about_a_stranger_since_an_instant_or_not(state: Path) -> None:
    with db.transaction():
        for sender, customer in (("sam@bakery.example", "bakery"), ("tom@bakery.example", "")):
            tickets.record(MailHeld(NOW, sender, "Hello", (), customer=customer), None, None)
        assert tickets.asked_to_adopt("sam@bakery.example", "bakery", NOW)
        assert not tickets.asked_to_adopt("sam@bakery.example", "bakery", NOW + MINUTE)
        assert not tickets.asked_to_adopt("sam@bakery.example", "smith", NOW)
        assert not tickets.asked_to_adopt("tom@bakery.example", "bakery", NOW)


def test_a_heard_message_id_leads_to_its_newest_ticket(state: Path) -> None:
    with db.transaction():
        tickets.heard("<a@x>", "HD-1001", "anna")
        tickets.heard("<b@x>", "HD-1001", "anna")
        tickets.heard("<a@x>", "HD-1002", "bram")
        tickets.heard("", "HD-1003", "anna")
        assert tickets.reference_heard("<a@x>") == "HD-1002"
        assert tickets.reference_heard("<c@x>") == ""
        assert tickets.reference_heard("") == ""
        assert outbox.talk("HD-1001", "anna", NOW).theirs == "<b@x>"
        assert outbox.talk("HD-1001", "bram", NOW).theirs == ""
