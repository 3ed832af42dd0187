"""Of a merge the customer reads a number, and agents what was written."""

from dataclasses import replace

from helpdeskd.domain.join_event import TicketJoined, TicketMerged
from helpdeskd.domain.ticket import Participant, Status
from helpdeskd.policy.react import react
from tests.policy.scenes import ANNA, BRAM, NOW, TICKET, notices, scene, told

BOTH = tuple(Participant(contact.address, NOW) for contact in (ANNA, BRAM))
MERGED = TicketMerged(NOW, "piet", Status.NEW, "HD-1002")
JOINED = TicketJoined(NOW, "piet", "HD-1002", text="We know of it.")


def test_who_takes_part_is_told_where_it_goes_on() -> None:
    assert told(MERGED, ticket=replace(TICKET, participants=BOTH)) == ["anna status", "bram status"]
    (notice,) = notices(react(scene(MERGED, ticket=replace(TICKET, participants=BOTH[:1]))))
    assert (notice.facts.what, notice.facts.refers, notice.facts.text) == ("merged", "HD-1002", "")


def test_the_agents_of_the_other_read_what_was_written_and_nobody_of_the_customer_does() -> None:
    assert told(JOINED) == ["ans agent-update"]
    assert told(JOINED, ticket=replace(TICKET, owner="ans")) == ["ans agent-update"]
    assert told(JOINED, ticket=replace(TICKET, owner="piet")) == []
    (notice,) = notices(react(scene(JOINED)))
    assert notice.facts.what == "merged"
    assert "HD-1002" in notice.facts.text
    assert notice.facts.text.endswith("We know of it.")
