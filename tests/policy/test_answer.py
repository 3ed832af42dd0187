"""What reaches the customer after the acknowledgement."""

from dataclasses import replace
from datetime import timedelta

from helpdeskd.domain.event import AgentReplied, StatusChanged
from helpdeskd.domain.ticket import Participant, Status
from helpdeskd.policy.answer import reply
from helpdeskd.policy.react import react
from tests.policy.scenes import NOW, TICKET, notices, scene, told

REPLIED = AgentReplied(NOW, "piet", "Do this.")
RESOLVED = StatusChanged(NOW, "piet", Status.OPEN, Status.RESOLVED, NOW + timedelta(days=7))


def test_an_answer_is_signed_and_is_no_automatic_mail() -> None:
    first, second = notices(list(reply(REPLIED, scene(REPLIED))))
    assert (first.sender, first.facts.person, first.facts.text) == ("Piet Jansen", "Piet Jansen", "Do this.")
    assert not first.automatic
    assert first.attach
    assert [first.to.address, second.to.address] == ["anna@bakery.example", "bram@bakery.example"]


def test_an_answer_carries_nothing_internal() -> None:
    (first, _) = notices(list(reply(REPLIED, scene(REPLIED))))
    assert (first.facts.head, first.facts.commands, first.facts.reasons) == ((), (), ())


def test_nobody_gets_it_twice_and_nobody_who_is_not_known() -> None:
    people = (*TICKET.participants, *TICKET.participants, Participant("gone@bakery.example", NOW))
    assert told(REPLIED, ticket=replace(TICKET, participants=people)) == ["anna reply", "bram reply"]


def test_resolved_with_an_answer_says_it_in_the_answer() -> None:
    assert told(REPLIED, RESOLVED) == ["anna reply", "bram reply"]


def test_rejected_is_told_beside_an_answer() -> None:
    rejected = StatusChanged(NOW, "piet", Status.OPEN, Status.REJECTED, text="Not ours.")
    assert told(REPLIED, rejected) == ["anna reply", "bram reply", "anna status", "bram status"]


def test_resolved_says_until_when_it_can_be_disputed() -> None:
    (first, _) = notices(react(scene(RESOLVED)))
    assert first.facts.until == NOW + timedelta(days=7)
    assert first.automatic
