"""What a notice quotes: the other side's last words, and to a customer nothing that they may not read."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from helpdeskd.domain.event import AgentReplied, CustomerWrote, Event, NoteAdded, OwnerChanged, TicketOpened
from helpdeskd.domain.notice import Earlier
from helpdeskd.domain.ticket import Participant, Ticket
from helpdeskd.policy.quoted import CUT, MOST_CHARACTERS, MOST_LINES
from helpdeskd.policy.react import react
from tests.policy.scenes import BAKERY, NOW, TICKET, People, notices, scene

ANNA, BRAM = "anna@bakery.example", "bram@bakery.example"
SINCE = NOW - timedelta(hours=3)
LATER = NOW - timedelta(hours=1)


def opened(by: str = ANNA, ticket: Ticket = TICKET) -> TicketOpened:
    return TicketOpened(SINCE, by, ticket, "It hangs.", ticket.priority)


def since(*joined: datetime) -> Ticket:
    """The ticket with Anna and Bram, who take part since then."""
    people = zip((ANNA, BRAM), joined, strict=True)
    return replace(TICKET, participants=tuple(Participant(address, at) for address, at in people))


def quotes(event: Event, *story: Event, ticket: Ticket | None = None) -> dict[str, Earlier | None]:
    """What each notice of an event quotes, by its recipient's name."""
    seen = scene(event, ticket=ticket or since(SINCE, SINCE), people=People(told=(*story, event)))
    return {notice.to.address.partition("@")[0]: notice.earlier for notice in notices(react(seen))}


REPLIED = AgentReplied(NOW, "piet", "Do this.")
WROTE = CustomerWrote(LATER, ANNA, "It hangs again.")


def test_an_answer_quotes_what_the_customer_wrote_last() -> None:
    expected = Earlier("Anna", LATER, "It hangs again.")
    assert quotes(REPLIED, opened(), WROTE) == {"anna": expected, "bram": expected}
    assert quotes(REPLIED, opened())["anna"] == Earlier("Anna", SINCE, "It hangs.")


def test_nobody_is_quoted_what_was_written_before_they_joined() -> None:
    found = quotes(REPLIED, opened(), ticket=since(SINCE, LATER))
    assert (found["anna"] is None, found["bram"]) == (False, None)
    found = quotes(REPLIED, opened(), WROTE, ticket=since(SINCE, LATER))
    assert found["bram"] == Earlier("Anna", LATER, "It hangs again.")


def test_a_note_is_quoted_to_nobody() -> None:
    note = NoteAdded(LATER, "ans", "They never pay.")
    for event in (REPLIED, CustomerWrote(NOW, ANNA, "And now?"), OwnerChanged(NOW, "ans", "piet", "support")):
        found = quotes(event, opened(), note)
        assert all(earlier is None or "pay" not in earlier.text for earlier in found.values())


@pytest.mark.parametrize("by", ["nagios@desk.example", "piet", "gone@bakery.example"])
def test_a_customer_is_quoted_only_what_a_contact_has_sent(by: str) -> None:
    assert quotes(REPLIED, opened(by)) == {"anna": None, "bram": None}


def test_a_customer_is_not_quoted_what_the_desk_took_in_for_somebody() -> None:
    vouched = opened(ticket=replace(TICKET, accepted_at=SINCE))
    assert quotes(REPLIED, vouched) == {"anna": None, "bram": None}
    assert quotes(REPLIED, vouched, WROTE)["anna"] == Earlier("Anna", LATER, "It hangs again.")


def test_a_customer_is_not_quoted_what_was_let_in_as_theirs() -> None:
    let_in = replace(WROTE, text="Click here.", accepted=True)
    assert quotes(REPLIED, opened(), let_in)["anna"] == Earlier("Anna", SINCE, "It hangs.")
    given = OwnerChanged(NOW, "piet", "ans", "support")
    assert quotes(given, opened(), let_in)["ans"] == Earlier("Anna", LATER, "Click here.")


def test_agents_read_beside_the_customers_mail_what_it_answers() -> None:
    now = CustomerWrote(NOW, ANNA, "Done.")
    expected = Earlier("Piet Jansen", LATER, "Do this.")
    answered = AgentReplied(LATER, "piet", "Do this.")
    assert quotes(now, opened(), answered) == {"piet": expected, "ans": expected}
    assert quotes(now, opened()) == {"piet": None, "ans": None}


def test_who_is_given_a_ticket_reads_what_the_customer_wrote_last() -> None:
    given = OwnerChanged(NOW, "piet", "ans", "support")
    assert quotes(given, opened(), WROTE)["ans"] == Earlier("Anna", LATER, "It hangs again.")


def test_a_colleagues_answer_is_told_with_its_question() -> None:
    owned = replace(since(SINCE, SINCE), owner="ans")
    assert quotes(REPLIED, opened(), ticket=owned)["ans"] == Earlier("Anna", SINCE, "It hangs.")


@pytest.mark.parametrize("text", ["line\n" * (MOST_LINES + 1), "x" * (MOST_CHARACTERS + 1)])
def test_a_long_text_is_cut_and_says_so(text: str) -> None:
    found = quotes(REPLIED, replace(WROTE, text=text))["anna"]
    assert found is not None
    assert found.text.endswith(f"\n{CUT}")
    assert len(found.text) <= MOST_CHARACTERS + len(CUT) + 1
    assert quotes(REPLIED, replace(WROTE, text="\n \n")) == {"anna": None, "bram": None}


def test_two_addresses_of_one_contact_are_one_recipient() -> None:
    anna = replace(BAKERY.contacts[0], addresses=(ANNA, "anna@home.example"))
    bakery = replace(BAKERY, contacts=(anna, BAKERY.contacts[1]))
    people = (Participant("anna@home.example", SINCE), Participant(ANNA, NOW))
    seen = scene(REPLIED, ticket=replace(TICKET, participants=people), people=People((opened(),), bakery=bakery))
    (notice,) = notices(react(seen))
    assert (notice.to.address, notice.earlier) == (ANNA, Earlier("Anna", SINCE, "It hangs."))
