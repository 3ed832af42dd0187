"""Where a merged ticket leads, and what happened to all that went into one."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from helpdeskd.domain.event import Event, NoteAdded
from helpdeskd.domain.join_event import TicketJoined
from helpdeskd.domain.merged import merged_into, whole_story
from helpdeskd.domain.ticket import Ticket
from tests.triage.small_desk import NOW, FakeDirectory, ticket


def chained() -> tuple[Ticket, Ticket, Ticket]:
    """The first one went into the second, and that into the third."""
    first = ticket(merged_into="ACME-1002")
    second = replace(first, id=2, reference="ACME-1002", merged_into="ACME-1003")
    return first, second, replace(first, id=3, reference="ACME-1003", merged_into="")


def test_a_ticket_leads_to_where_the_last_merge_went() -> None:
    first, second, third = chained()
    directory = FakeDirectory(tickets=(first, second, third))
    assert [merged_into(one, directory) for one in (first, second, third)] == [third] * 3


def test_one_that_leads_to_no_ticket_or_round_in_a_circle_ends_somewhere() -> None:
    first, second, _ = chained()
    assert merged_into(first, FakeDirectory(tickets=(first,))) == first
    back = replace(second, merged_into="ACME-1001")
    assert merged_into(first, FakeDirectory(tickets=(first, back))) == back


@dataclass
class Telling(FakeDirectory):
    """With a story for each ticket."""

    stories: dict[int, tuple[Event, ...]] = field(default_factory=dict)

    def story(self, ticket_id: int) -> tuple[Event, ...]:
        return self.stories[ticket_id]


def note(minute: int) -> NoteAdded:
    return NoteAdded(NOW + timedelta(minutes=minute), "piet", str(minute))


def test_the_whole_story_is_that_of_all_that_came_in_order() -> None:
    first, second, third = chained()
    into_second = TicketJoined(NOW + timedelta(minutes=5), "piet", first.reference)
    into_third = TicketJoined(NOW + timedelta(minutes=6), "piet", second.reference)
    stories: dict[int, tuple[Event, ...]] = {
        1: (note(1),),
        2: (note(2), into_second),
        3: (note(0), into_third, note(9)),
    }
    directory = Telling(tickets=(first, second, third), stories=stories)
    assert whole_story(third, directory) == (note(0), note(1), note(2), into_second, into_third, note(9))
    assert whole_story(first, directory) == (note(1),)
