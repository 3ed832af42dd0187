"""The books of many tickets say what the ledger says of each."""

from pathlib import Path
from zoneinfo import ZoneInfo

from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.card import Card, CardUse, Draw
from helpdeskd.domain.charge import charge_of
from helpdeskd.domain.directory import Customer
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.event import TicketOpened
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.tariff import Tariff
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage import db, directory, ledger, tickets
from helpdeskd.storage.books import Books, touched
from helpdeskd.storage.directory import StoredDirectory
from tests.storage.values import MINUTE, NOW, ticket

ANNA = "anna@bakery.example"
OFFICE = Calendar("office", ZoneInfo("UTC"), (((480, 1080),),) * 5 + ((), ()))
HOURLY = Tariff("EUR", OFFICE, {1: 100_00}, authorised_per_ticket=60, quota=1, over_quota_rate=120_00)
PREPAID = Plan("prepaid", OFFICE, ("en",), (), "normal", tariffs=(Tariff("EUR", OFFICE, {1: 80_00}),), welcome_card=60)
PLANS = {"standard": Plan("standard", OFFICE, ("en",), (), "normal", tariffs=(HOURLY,)), "prepaid": PREPAID}
BAKERY = Customer("bakery", "Bakery", cards=(Card("one", 60, 80_00, NOW.date()),))


def work(number: int, minutes: int, **changes: object) -> Ticket:
    """A ticket with an entry and an approval, as they are stored."""
    began = ticket(number, **changes)
    tickets.save(began)
    tickets.record(TicketOpened(NOW, ANNA, began, "It hangs.", "normal"), began.id, None)
    ledger.book(number, Entry(1, began.reference, "piet", NOW, minutes))
    ledger.approve(number, 1, Approval(began.reference, 30, ANNA, NOW))
    return began


def test_the_books_say_what_the_directory_says_also_when_the_transaction_is_over(state: Path) -> None:
    """Two tickets by the hour, of which one is over the quota, one from a card, and one of a customer who has left."""
    with db.transaction():
        directory.replace([BAKERY], [])
        made = [
            work(1, 90, customer="smith"),
            work(2, 100, customer="smith", opened_at=NOW + MINUTE),
            work(3, 50, plan="prepaid"),
            work(4, 10, customer="gone"),
        ]
        ledger.save_draws("bakery", 3, [Draw("one", "HD-1003", 30)])
        books = Books(touched(NOW))
        stored = [charge_of(each, PLANS[each.plan], StoredDirectory()) for each in made]
    with db.transaction():
        directory.replace([], [])
        for number, customer in ((1, "smith"), (2, "smith"), (3, "bakery"), (4, "gone")):
            ledger.book(number, Entry(2, f"HD-{1000 + number}", "piet", NOW, 60))
            ledger.save_draws(customer, number, [])
            tickets.save(ticket(number, customer="another"))
    assert [charge_of(each, PLANS[each.plan], books) for each in made] == stored
    assert [charge.net for charge in stored] == [150_00, 180_00, 0, 16_67]
    assert stored[2].bill.cards == CardUse(60, 30)  # type: ignore[union-attr]


def test_the_books_hold_nothing_of_tickets_to_which_nothing_has_happened_since(state: Path) -> None:
    with db.transaction():
        work(1, 90)
        books = Books(touched(NOW + MINUTE))
    assert (books.entries(1), books.approvals(1)) == ((), ())
