"""The prepaid card: faults are free, questions are agreed to and taken from the card, and nobody is surprised."""

import pytest

from tests.cli.scenarios import Story, story


@pytest.fixture
def played() -> Story:
    return story("prepaid-card")


def test_a_new_customer_has_three_free_hours(played: Story) -> None:
    assert played.answers("saldo") == {"marieke balance"}
    assert "3 uur" in played.texts("marieke", "balance")[0]
    assert "8 uur." in played.texts("marieke", "reply", "order")[0]


def test_whoever_leaves_something_out_is_asked_for_it_once_and_not_again_when_an_agent_asks(played: Story) -> None:
    asked = ("het webadres (URL)", "een schermafdruk", "de stappen")
    [incomplete], [whole] = (played.texts(notice="ticket-received", about=mail) for mail in ("course", "tests"))
    assert [word in incomplete for word in asked] == [True] * 3
    assert [word in whole for word in asked] == [False] * 3
    assert played.told("ticket-received", "quiz") == played.told("reply", "quiz") == ["joost"]
    assert played.mails(notice="information-missing") == []


def test_technical_faults_are_free(played: Story) -> None:
    assert [played.minutes(mail) for mail in ("course", "tests", "night")] == [(25, 0, 0), (50, 0, 0), (30, 0, 0)]


def test_a_priority_that_was_asked_for_is_decided_by_an_agent(played: Story) -> None:
    assert "maandag 23 november 2026 om 12:00 uur" in played.texts("marieke", "ticket-received", "tests")[0]
    assert played.tickets["tests"]["priority"] == "high"
    assert played.targets("tests") == {
        "response": ("2026-11-23T09:00", "2026-11-23T08:50", False),
        "resolution": ("2026-11-23T12:00", "2026-11-23T11:30", False),
    }


def test_a_functional_question_is_agreed_to_and_taken_from_the_card(played: Story) -> None:
    assert played.told("approval-request", "teacher") == ["marieke"]
    assert played.told("approval-result", "teacher") == ["priya", "marieke", "priya"]
    assert played.outcome("teacher") == "ask"
    assert played.minutes("teacher") == (20, 30, 0)
    assert "7 h 30 min" in played.texts("priya", "reply", "teacher")[-1]


def test_no_more_is_asked_for_than_the_card_has_and_no_more_taken_than_agreed_to(played: Story) -> None:
    assert "the cards have 7 h 30 min left" in played.texts("ans", "agent-error", "meetings")[0]
    assert played.minutes("meetings") == (360, 360, 0)
    assert [(row["to"], row["at"][:10]) for row in played.mails(notice="card-low")] == [
        ("marieke@rijnland.example", "2026-11-27")
    ]


def test_what_took_longer_than_promised_is_on_record(played: Story) -> None:
    assert played.targets("meetings")["resolution"] == ("2026-11-26T15:16", "2026-11-27T13:20", True)


def test_at_night_the_second_is_woken_when_the_first_is_silent(played: Story) -> None:
    assert played.pages("night") == [("21:10", "piet"), ("21:25", "ans")]
    assert played.answers("night") == {"marieke duty-informed", "piet duty-page"}
    assert "kosten" not in played.texts("marieke", "duty-informed")[0]
    assert "Ans Smit heeft uw spoedmelding" in played.texts("marieke", "duty-taken")[0]


def test_an_estimate_without_an_answer_is_asked_once_more_and_can_be_declined(played: Story) -> None:
    assert [row["at"][:10] for row in played.mails("marieke", "approval-request", "certificates")] == [
        "2026-11-26",
        "2026-11-30",
    ]
    assert {"marieke approval-result", "joost approval-result"} <= played.answers("marieke-declines")
    assert played.minutes("certificates") == (0, 0, 0)


def test_a_customer_whose_contract_has_ended_is_told_and_waits_for_a_person(played: Story) -> None:
    assert played.answers("lapsed") == {"wim refused"}
    assert "31 oktober 2026" in played.texts("wim")[0]
    assert played.told("held-digest") == ["ans", "piet"]


def test_the_statement_has_the_card_that_was_bought_and_what_was_taken(played: Story) -> None:
    assert played.lines("rijnland") == [
        ("card", "", 0, "400.00", "400.00"),
        ("work", "teacher", 30, "0.00", "0.00"),
        ("work", "meetings", 120, "0.00", "0.00"),
        ("work", "meetings", 30, "0.00", "0.00"),
        ("work", "meetings", 210, "0.00", "0.00"),
    ]
    assert played.totals("rijnland") == ("400.00", "84.00", "484.00")
    assert played.statement("rijnland")["card"] == {"bought": 480, "used": 390, "balance": 90}
    assert played.told("statement") == ["marieke"]
