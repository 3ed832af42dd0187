"""What agents are told."""

from dataclasses import replace

from helpdeskd.domain.event import (
    AgentReplied,
    CommandsDone,
    CustomerWrote,
    DutyPaged,
    KindChanged,
    NoteAdded,
    OwnerChanged,
    TicketOpened,
)
from helpdeskd.domain.sort_event import LevelChanged
from helpdeskd.policy.react import react
from tests.policy.scenes import ANS, DESK, MIA, NOW, PIET, PLAN, TICKET, People, notices, scene, told

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


COMPLAINTS = replace(DESK, plans={"standard": replace(PLAN, kinds=("problem", "complaint"), to_manager=("complaint",))})
COMPLAINT = replace(TICKET, kind="complaint")
OPENED = TicketOpened(NOW, "anna@bakery.example", COMPLAINT, "I am not happy", "normal")


def updates(*events, ticket=COMPLAINT, **people):  # type: ignore[no-untyped-def]
    made = replace(scene(*events, ticket=ticket, people=People(**people)), desk=COMPLAINTS)
    return [(n.to.address.partition("@")[0], n.facts.what, n.facts.text) for n in notices(react(made))]


def test_managers_hear_of_a_kind_that_is_theirs_too_with_what_the_customer_wrote() -> None:
    heard = ("mia", "to-manager", "I am not happy")
    assert heard in updates(OPENED)
    assert updates(KindChanged(NOW, "piet", "problem", "complaint"), told=(OPENED,)) == [heard]


def test_managers_do_not_hear_of_other_kinds_nor_of_one_twice() -> None:
    assert updates(KindChanged(NOW, "piet", "complaint", "problem"), ticket=TICKET) == []
    assert updates(KindChanged(NOW, "piet", "complaint", "complaint"), told=(OPENED,)) == []
    ordinary = replace(OPENED, ticket=TICKET)
    assert "mia" not in [name for name, _, _ in updates(ordinary, ticket=TICKET)]


def test_a_manager_who_hears_of_the_new_ticket_anyway_or_made_it_one_is_not_told_again() -> None:
    in_team = replace(MIA, teams=("support",))
    assert [what for name, what, _ in updates(OPENED, everybody=(PIET, ANS, in_team)) if name == "mia"] == [""]
    assert updates(KindChanged(NOW, "mia", "problem", "complaint"), told=(OPENED,)) == []


def test_where_duty_is_paged_instead_of_the_team_its_managers_hear_of_the_kind() -> None:
    paged = DutyPaged(NOW, "desk", "piet", 1, NOW, first=True)
    in_team = replace(MIA, teams=("support",))
    heard = updates(OPENED, paged, everybody=(PIET, ANS, in_team))
    assert ("mia", "to-manager", "I am not happy") in heard


def test_an_escalated_ticket_is_told_to_the_agents_of_its_level() -> None:
    able = replace(ANS, level=2)
    given = (OwnerChanged(NOW, "piet", "", "support"), LevelChanged(NOW, "piet", 0, 2))
    escalated = scene(*given, ticket=replace(TICKET, level=2), people=People(everybody=(PIET, able, MIA)))
    assert [(note.to.name, note.facts.what) for note in notices(react(escalated))] == [("Ans Smit", "escalated")]


def test_where_nobody_of_the_team_is_of_its_level_the_team_hears_of_it() -> None:
    wrote = CustomerWrote(NOW, "anna@bakery.example", "More")
    assert told(wrote, ticket=replace(TICKET, level=9)) == ["piet agent-update", "ans agent-update"]
