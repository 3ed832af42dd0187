"""What reaches the customer after the acknowledgement."""

from dataclasses import replace
from datetime import timedelta

from helpdeskd.domain.event import AgentReplied, StatusChanged
from helpdeskd.domain.sort_event import SpamFound
from helpdeskd.domain.ticket import Participant, Status
from helpdeskd.policy.answer import reply, unsent
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
    first = notices(react(scene(REPLIED, RESOLVED)))[0].facts
    assert (first.what, first.until) == ("resolved", RESOLVED.until)


def test_an_answer_alone_says_nothing_of_the_kind() -> None:
    first = notices(react(scene(REPLIED)))[0].facts
    assert (first.what, first.until) == ("", None)


def test_what_was_not_sent_is_told_to_the_owner_and_to_who_caused_it() -> None:
    owned = scene(ticket=replace(TICKET, owner="ans"), writer="piet@desk.example")
    notes = unsent(["status to anna: cap"], owned)
    assert [(note.name, note.to.name) for note in notes] == [
        ("agent-update", "Ans Smit"),
        ("agent-update", "Piet Jansen"),
    ]
    assert {(note.facts.what, note.facts.text) for note in notes} == {("not-sent", "status to anna: cap")}
    assert [note.to.name for note in unsent(["x"], replace(owned, writer="anna@bakery.example"))] == ["Ans Smit"]


def test_rejected_is_told_beside_an_answer() -> None:
    rejected = StatusChanged(NOW, "piet", Status.OPEN, Status.REJECTED, text="Not ours.")
    assert told(REPLIED, rejected) == ["anna reply", "bram reply", "anna status", "bram status"]


def test_resolved_says_until_when_it_can_be_disputed() -> None:
    (first, _) = notices(react(scene(RESOLVED)))
    assert first.facts.until == NOW + timedelta(days=7)
    assert first.automatic


def test_spam_is_not_answered() -> None:
    rejected = StatusChanged(NOW, "piet", Status.OPEN, Status.REJECTED)
    assert told(rejected) == ["anna status", "bram status"]
    assert told(SpamFound(NOW, "piet"), rejected) == []
