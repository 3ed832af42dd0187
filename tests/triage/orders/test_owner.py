"""`/take` and `/assign`: whose a ticket is."""

import pytest

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.event import OwnerChanged, StatusChanged
from helpdeskd.domain.ticket import Status
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import ANS, NOW, PIET, FakeDirectory, ticket


def test_take_makes_the_agent_the_owner_and_a_new_ticket_open() -> None:
    assert order("/take").events == (
        OwnerChanged(NOW, "piet", "piet", "support"),
        StatusChanged(NOW, "piet", Status.NEW, Status.OPEN),
    )


@pytest.mark.parametrize("status", [Status.OPEN, Status.WAITING, Status.CLOSED])
def test_take_leaves_other_statuses_alone(status: Status) -> None:
    assert order("/take", ticket(status=status)).ticket.status is status


@pytest.mark.parametrize("name", ["ans", "ANS", "Ans Bakker", "ans bakker", "Ans"])
def test_an_agent_is_meant_by_name_title_or_first_name(name: str) -> None:
    result = order(f"/assign {name}")
    assert (result.ticket.owner, result.ticket.team, result.ticket.status) == ("ans", "support", Status.OPEN)
    assert result.lines == (f"/assign {name}: owner is Ans Bakker",)


def test_a_team_gets_a_ticket_without_an_owner_which_is_new_with_that() -> None:
    result = order("/assign Network", ticket(owner="piet", status=Status.OPEN))
    assert (result.ticket.owner, result.ticket.team, result.ticket.status) == ("", "network", Status.NEW)


def test_a_team_gets_a_waiting_ticket_and_it_goes_on_waiting() -> None:
    assert order("/assign network", ticket(owner="piet", status=Status.WAITING)).ticket.status is Status.WAITING


@pytest.mark.parametrize("name", ["jan", "bakker", "an", "a", "support network", "piet@desk.example"])
def test_who_is_not_known_gets_nothing_and_the_answer_tells_who_is(name: str) -> None:
    assert refusal(f"/assign {name}") == f"/assign {name}: {name} names nobody (known: ans, network, piet, support)"


def test_assign_wants_a_name() -> None:
    assert refusal("/assign") == "/assign: to whom? (/assign NAME or /assign TEAM)"


def agents(*people: tuple[str, str]) -> FakeDirectory:
    return FakeDirectory(people=tuple(Agent(name, title, (f"{name}@desk.example",)) for name, title in people))


def test_a_first_name_of_two_agents_is_ambiguous() -> None:
    two = agents(("pj", "Piet Jansen"), ("pb", "Piet de Boer"))
    assert "names more than one" in refusal("/assign Piet", directory=two)
    assert order("/assign Piet de Boer", directory=two).ticket.owner == "pb"


def test_a_name_counts_before_the_first_name_of_another() -> None:
    assert order("/assign piet", directory=agents(("piet", "P. Jansen"), ("pb", "Piet de Boer"))).ticket.owner == "piet"


def test_an_agent_and_a_team_of_one_name_are_ambiguous() -> None:
    people = FakeDirectory(people=(PIET, Agent("network", "Nel", ("n@desk.example",)), ANS))
    assert "names more than one" in refusal("/assign network", directory=people)


def test_an_agent_without_a_title_can_be_named_and_nobody_is_named_by_nothing() -> None:
    assert order("/assign x", directory=agents(("x", ""))).ticket.owner == "x"
