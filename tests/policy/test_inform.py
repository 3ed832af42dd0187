"""What agents are told."""

from dataclasses import replace

from helpdeskd.domain.event import AgentReplied, CommandsDone, CustomerWrote, NoteAdded, OwnerChanged
from helpdeskd.policy.react import react
from tests.policy.scenes import NOW, TICKET, People, notices, scene, told

OWNED = replace(TICKET, owner="piet")


def test_the_owner_hears_what_happens_and_the_team_where_there_is_none() -> None:
    wrote = CustomerWrote(NOW, "anna@bakery.example", "More")
    assert told(wrote, ticket=OWNED) == ["piet agent-update"]
    assert told(wrote) == ["piet agent-update", "ans agent-update"]


def test_an_owner_who_has_left_leaves_the_team() -> None:
    wrote = CustomerWrote(NOW, "anna@bakery.example", "More")
    assert told(wrote, ticket=replace(TICKET, owner="gone")) == ["piet agent-update", "ans agent-update"]


def test_a_team_of_nobody_is_everybody() -> None:
    wrote = CustomerWrote(NOW, "anna@bakery.example", "More")
    assert len(told(wrote, ticket=replace(TICKET, team="gone"))) == 3


def test_nobody_is_told_what_they_did_themselves() -> None:
    assert told(NoteAdded(NOW, "piet", "Hm."), ticket=OWNED) == []
    assert told(NoteAdded(NOW, "ans", "Hm."), ticket=OWNED) == ["piet agent-update"]


def test_an_answer_of_somebody_else_is_told_to_the_owner() -> None:
    customers = ["anna reply", "bram reply"]
    assert told(AgentReplied(NOW, "ans", "Yes."), ticket=OWNED) == [*customers, "piet agent-update"]
    assert told(AgentReplied(NOW, "piet", "Yes."), ticket=OWNED) == customers


def test_who_is_given_a_ticket_with_an_answer_hears_of_it_once_with_the_answer() -> None:
    events = (AgentReplied(NOW, "piet", "Ans will help."), OwnerChanged(NOW, "piet", "ans", "support"))
    mails = notices(react(scene(*events, ticket=replace(TICKET, owner="ans"))))
    (update,) = [mail for mail in mails if mail.name == "agent-update"]
    assert (update.to.address, update.facts.what, update.facts.text) == (
        "ans@desk.example",
        "assigned",
        "Ans will help.",
    )


def test_a_transcript_tells_what_follows_for_the_deadlines() -> None:
    done = CommandsDone(NOW, "piet", ("/take: owner is Piet",), (), "piet@desk.example")
    (transcript,) = notices(react(scene(done, ticket=OWNED)))
    assert transcript.facts.lines == (
        "/take: owner is Piet",
        "response due Mon 2026-11-23 14:00",
        "resolution due Wed 2026-11-25 10:00",
    )


def test_a_question_alone_is_answered_without_deadlines() -> None:
    asked = CommandsDone(NOW, "piet", (), ("help", "HD-1000"), "piet@desk.example")
    other = replace(TICKET, reference="HD-1000", subject="The old one")
    made = scene(asked, people=People(others=(other,)), help=("/take: you own it",))
    (transcript,) = notices(react(made))
    assert transcript.facts.lines == ()
    assert transcript.facts.text.startswith("/take: you own it\n\nHD-1000 The old one")
