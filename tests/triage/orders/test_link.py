"""`/link`: two tickets that refer to each other."""

from helpdeskd.domain.sort_event import TicketLinked
from helpdeskd.triage.case import Elsewhere
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import NOW, FakeDirectory, ticket

OTHER = ticket(id=2, reference="ACME-1002", subject="Scanner")


def test_both_know_of_each_other() -> None:
    result = order("/link [acme-1002]")
    assert result.events == (TicketLinked(NOW, "piet", "ACME-1002"),)
    assert result.elsewhere == (Elsewhere(OTHER, (TicketLinked(NOW, "piet", "ACME-1001"),)),)
    assert result.ticket.links == ("ACME-1002",)
    assert result.lines == ("/link [acme-1002]: linked to ACME-1002, Scanner",)


def test_a_link_is_made_once() -> None:
    linked = ticket(id=2, reference="ACME-1002", links=("ACME-1001",))
    result = order("/link ACME-1002", ticket(links=("ACME-1002",)), directory=FakeDirectory(tickets=(ticket(), linked)))
    assert (result.ticket.links, result.elsewhere) == (("ACME-1002",), ())


def test_what_is_no_other_ticket_is_refused() -> None:
    assert refusal("/link").endswith("to which ticket? (/link REF)")
    assert refusal("/link ACME-9").endswith("there is no ticket ACME-9")
    assert refusal("/link ACME-1001").endswith("that is this ticket")
