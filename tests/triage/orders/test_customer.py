"""`/customer`: another customer's from now on, with nothing that belongs to the old one."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from helpdeskd.domain.directory import Contact
from helpdeskd.domain.entry import Approval
from helpdeskd.domain.event import StatusChanged
from helpdeskd.domain.line import Kind, Line
from helpdeskd.domain.month import Month
from helpdeskd.domain.sort_event import CustomerChanged
from helpdeskd.domain.statement import Statement
from helpdeskd.domain.ticket import Decision, Emergency, Entitlement, Participant, Reason, Status
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import ANNA, BAKERY, EARLIER, FLEUR, FLORIST, NOW, THIS_YEAR, FakeDirectory, ticket

TO_FLEUR = "/customer florist fleur@florist.example"
MOVED = Contact("florist", "Anna de Vries", ANNA.addresses, "nl")


def statement(month: Month, lines: tuple[Line, ...]) -> Statement:
    return Statement("bakery", month, "EUR", None, lines, (), (), None, None, Decimal(21))


def after_anna_moved(**changes: object) -> FakeDirectory:
    """The directory knows Anna as a contact of the florist now."""
    bakery = replace(BAKERY, contacts=BAKERY.contacts[1:])
    return FakeDirectory(customers=(bakery, replace(FLORIST, contacts=(FLEUR, MOVED), **changes)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [TO_FLEUR, "/customer Flo <Fleur@Florist.example>", "/customer fleur@florist.example"],
)
def test_the_customer_is_meant_by_name_title_or_contact(line: str) -> None:
    moved = order(line).ticket
    assert (moved.customer, moved.requester) == ("florist", "fleur@florist.example")


def test_nobody_and_nothing_of_the_old_customer_stays() -> None:
    both = (Participant(ANNA.address, EARLIER), Participant("bert@bakery.example", EARLIER))
    result = order(TO_FLEUR, ticket(participants=both, site="shop", missing=("picture",), declined_at=EARLIER))
    moved = result.ticket
    assert moved.participants == (Participant("fleur@florist.example", NOW),)
    assert (moved.subject, moved.site, moved.missing, moved.declined_at) == ("", "", (), None)
    assert result.lines[0].partition(": ")[2] == (
        "of Florist, for Fleur; no longer on it: anna@bakery.example, bert@bakery.example"
        "; its subject, which somebody else wrote, is left out"
    )


def test_who_asks_may_stay_where_they_are_a_contact_of_the_new_customer_but_reads_nothing_older() -> None:
    moved = order("/customer florist", directory=after_anna_moved()).ticket
    assert (moved.requester, moved.subject) == (ANNA.address, "Printer")
    assert moved.participants == (Participant(ANNA.address, NOW),)


def test_all_contacts_take_part_where_the_contract_says_so() -> None:
    informing = after_anna_moved(contracts=(replace(THIS_YEAR, inform_all=True),))
    moved = order("/customer florist", directory=informing).ticket
    assert [one.address for one in moved.participants] == [ANNA.address, FLEUR.address]


def test_a_machine_may_have_raised_it_for_another_customer() -> None:
    alert = ticket(requester="nagios@monitor.example", participants=(), alert_key="web1", subject="web1: DOWN")
    moved = order("/customer florist", alert).ticket
    assert (moved.customer, moved.requester, moved.subject) == ("florist", "nagios@monitor.example", "web1: DOWN")
    assert moved.participants == ()


def test_the_site_stays_where_the_new_customer_has_one_of_that_name() -> None:
    directory = FakeDirectory(customers=(BAKERY, replace(FLORIST, sites=("shop",))))
    assert order(TO_FLEUR, ticket(site="shop"), directory=directory).ticket.site == "shop"


def test_the_entitlement_is_that_of_the_new_customer_and_what_no_contract_changes_stays() -> None:
    reasons = (Reason("contact", "Anna de Vries, bakery"), Reason("aligned", "dmarc"), Reason("contract", "old"))
    outside = Reason("outside", "training")
    moved = order(TO_FLEUR, ticket(entitlement=Entitlement(Decision.ASK, (*reasons, outside)))).ticket
    assert [str(reason) for reason in moved.entitlement.reasons] == [
        "contact: Fleur, florist", "aligned: dmarc", "right: open", "contract: basic",
    ]  # fmt: skip
    assert moved.entitlement.decision is Decision.ACCEPT


def test_what_a_new_request_would_be_held_or_refused_for_needs_approval_first() -> None:
    ended = replace(THIS_YEAR, last_day=date(2026, 1, 31))
    directory = FakeDirectory(customers=(BAKERY, replace(FLORIST, contracts=(ended,))))
    result = order(TO_FLEUR, directory=directory)
    assert result.ticket.entitlement.decision is Decision.ASK
    assert "warning: the contract ended on 2026-01-31, ask before it costs (/estimate)" in result.lines[0]


def test_nobody_is_asked_any_more_for_an_approval() -> None:
    result = order(TO_FLEUR, ticket(status=Status.APPROVAL, owner="piet"))
    assert [type(event) for event in result.events] == [StatusChanged, CustomerChanged]
    assert result.ticket.status is Status.OPEN
    assert "no longer asked for an approval" in result.lines[0]


def test_the_statements_that_have_the_ticket_are_named() -> None:
    line = Line(Kind.WORK, "ACME-1001", date(2026, 10, 5), 60, 100_00, 100_00)
    with_it, without = (statement(Month(2026, month), lines) for month, lines in ((10, (line,)), (9, ())))
    told = order(TO_FLEUR, directory=FakeDirectory(issued=(without, with_it))).lines[0]
    assert told.endswith("it stands on Bakery's statement of 2026-10: their next one takes it back")
    assert "statement" not in order(TO_FLEUR, directory=FakeDirectory(issued=(without,))).lines[0]


def test_a_customer_that_is_not_known_or_has_it_already_is_refused() -> None:
    assert refusal("/customer").endswith("which customer? (one of bakery, florist)")
    assert refusal("/customer garage").endswith('there is no customer "garage" (one of bakery, florist)')
    assert refusal("/customer Bakery").endswith("it is Bakery's already")


def test_who_asks_must_be_a_contact_of_that_customer() -> None:
    assert refusal("/customer florist").endswith("for whom? (/customer florist ADDRESS, of fleur@florist.example)")
    assert refusal("/customer florist bert@bakery.example").endswith("is a contact of bakery, not of florist")
    assert refusal("/customer eve@elsewhere.example").endswith("eve@elsewhere.example is no contact of any customer")


def test_what_somebody_has_agreed_to_pay_is_not_given_to_others() -> None:
    agreed = FakeDirectory(approved=(Approval("ACME-1001", 60, "Anna", EARLIER),))
    assert "has agreed to costs" in refusal(TO_FLEUR, directory=agreed)


def test_a_drill_is_nobodys() -> None:
    assert "drill" in refusal(TO_FLEUR, ticket(emergency=Emergency(drill=True)))
