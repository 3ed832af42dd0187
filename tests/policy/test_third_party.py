"""A third party gets the agent's mail and nothing of the ticket; agents get its answer, and the customer neither."""

from dataclasses import replace

from helpdeskd.domain.notice import Notice
from helpdeskd.domain.party_event import ThirdPartyAnswered, ThirdPartyAsked
from helpdeskd.policy.react import react
from tests.policy.scenes import DESK, NOW, TICKET, notices, scene, told

SUE = "sue@supplier.example"
ASKED = ThirdPartyAsked(NOW, "piet", SUE, "Printing", "Does it print?")
ANSWERED = ThirdPartyAnswered(NOW, SUE, "It does.", proved=True)


def question() -> Notice:
    return next(notice for notice in notices(react(scene(ASKED))) if notice.name == "forward")


def test_the_question_goes_out_as_the_agents_own_mail_and_colleagues_are_told() -> None:
    assert told(ASKED) == ["sue forward", "ans agent-update"]
    asked = question()
    assert (asked.automatic, asked.attach, asked.sender, asked.subject) == (False, True, "Piet Jansen", "Printing")
    assert (asked.to.address, asked.to.language, asked.to.agent) == (SUE, DESK.language, False)


def test_the_question_knows_nothing_of_the_ticket() -> None:
    facts = question().facts
    assert (facts.person, facts.text, facts.ticket, facts.cards, facts.head) == (
        "Piet Jansen",
        "Does it print?",
        None,
        None,
        (),
    )


def test_an_answer_goes_to_who_is_told_about_the_ticket_with_the_command_that_asks_again() -> None:
    assert told(ANSWERED) == ["piet agent-update", "ans agent-update"]
    answer = notices(react(scene(ANSWERED)))[0]
    assert (answer.facts.what, answer.facts.person, answer.attach) == ("third-party-answered", SUE, True)
    assert answer.facts.commands[0] == f"/forward {SUE}"


def test_an_answer_that_nothing_proves_is_told_as_such() -> None:
    doubtful = notices(react(scene(replace(ANSWERED, proved=False))))[0]
    assert doubtful.facts.what == "third-party-unproved"


def test_the_owner_alone_is_told_where_who_asked_is_no_agent_any_more() -> None:
    assert told(ANSWERED, ticket=replace(TICKET, owner="ans")) == ["ans agent-update"]
