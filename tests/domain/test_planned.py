"""Whom the events of a duty calendar mean, and the shifts that come of them."""

from datetime import UTC, datetime, timedelta

import pytest

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.duty import Roster, order
from helpdeskd.domain.planned import Planned, meant, planned_shifts, strangers

PIET = Agent("piet", "Piet Jansen", ("piet@desk.example", "p.jansen@home.example"))
ANS = Agent("ans", "Ans Smit", ("ans@desk.example",))
KEES = Agent("kb", "Kees de Boer", ("kees@desk.example",))
KIM = Agent("kj", "Kees Jansen", ("kj@desk.example",))
LOU = Agent("lh", "Lou Haan", ("lou@desk.example",))
AGENTS = (PIET, ANS, KEES, KIM, LOU)
NIGHT = datetime(2026, 11, 23, 17, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=14)


def planned(title: str, *people: str, start: datetime = NIGHT) -> Planned:
    return Planned(start, MORNING, title, people)


def names(title: str, *people: str) -> list[str]:
    """Who is on duty by one event, step 1 first."""
    shifts = planned_shifts([planned(title, *people)], AGENTS)
    return [shift.person for shift in reversed(shifts)]


@pytest.mark.parametrize(
    ("title", "people"),
    [
        ("piet", ["piet"]),
        ("ANS SMIT", ["ans"]),
        ("Ans", ["ans"]),
        ("Lou", ["lh"]),
        ("Lou / Ans", ["lh", "ans"]),
        ("ans@desk.example", ["ans"]),
        ("Kees de Boer", ["kb"]),
        ("On call: Ans", ["ans"]),
        ("On call Piet Jansen", ["piet"]),
        ("Ans Smit / Piet", ["ans", "piet"]),
        ("piet, ans", ["piet", "ans"]),
        ("Ans - Piet", ["ans", "piet"]),
        ("Ans + Ans Smit", ["ans"]),
        ("on call, ans before piet", ["ans", "piet"]),
    ],
)
def test_a_title_names_people(title: str, people: list[str]) -> None:
    assert names(title) == people


@pytest.mark.parametrize("title", ["", "Zoe", "Kees", "Pietje", "Lou is on holiday", "Lou de Vries", "Team meeting"])
def test_a_title_that_does_not_say_who_means_nobody(title: str) -> None:
    """Two are called Kees; a first name among other words may be another person's."""
    assert names(title) == []


def test_attendees_count_where_the_title_means_nobody() -> None:
    assert names("Duty", "p.jansen@home.example", "Ans Smit", "zoe@desk.example") == ["piet", "ans"]
    assert names("Ans", "piet@desk.example") == ["ans"]


def test_of_two_events_at_once_the_one_that_began_later_comes_first() -> None:
    events = [planned("Ans", start=NIGHT + timedelta(hours=1)), planned("Piet")]
    roster = Roster(("kb",), None, planned_shifts(events, AGENTS))
    assert order(roster, NIGHT) == ("piet", "kb")
    assert order(roster, NIGHT + timedelta(hours=1)) == ("ans", "piet", "kb")


def test_strangers_are_told_once_for_each_title_and_the_first_time() -> None:
    later = NIGHT + timedelta(days=-1)
    events = [planned("Zoe", start=later), planned("Ans"), planned("Zoe"), planned("Lee")]
    assert strangers(events, AGENTS) == [events[0], events[3]]


def test_words_for_a_person_count_as_name_then_as_title_then_as_first_name() -> None:
    piet = Agent("x", "piet", ("x@desk.example",))
    assert meant(" Piet ", (piet, PIET)) == [PIET]
    assert meant("kees", AGENTS) == [KEES, KIM]
    assert meant("zoe", AGENTS) == []
