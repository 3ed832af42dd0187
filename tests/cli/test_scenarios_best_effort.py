"""Best effort: nothing is promised, two contacts read all, and the month is billed by the hour."""

import pytest

from tests.cli.scenarios import Story, person, story


@pytest.fixture
def played() -> Story:
    return story("best-effort")


def test_no_customer_ever_reads_a_promise(played: Story) -> None:
    texts = played.texts("anna") + played.texts("bram")
    assert not [text for text in texts if "mag u van ons verwachten" in text or "Eerste reactie" in text]


def test_a_goal_that_is_missed_is_told_to_the_desk(played: Story) -> None:
    assert played.targets("phone") == {"response": ("2026-11-26T13:00", "2026-11-27T09:30", True)}
    warned = [row for row in played.mails(notice="target-warning") if "Mail op mijn telefoon" in row["text"]]
    assert "2026-11-26T13:00" in {row["at"][:16] for row in warned}
    assert {person(row) for row in warned} == {"ans", "piet"}


def test_the_customer_cannot_set_the_priority(played: Story) -> None:
    assert played.tickets["printer"]["priority"] == "normal"
    assert "bepalen wij zelf de prioriteit" in played.texts("bram", "ticket-received", "printer")[0]


def test_both_contacts_read_every_answer(played: Story) -> None:
    answered = [mail for mail in played.tickets if played.mails(notice="reply", about=mail)]
    assert len(answered) == 13
    assert [set(played.told("reply", mail)) for mail in answered] == [{"anna", "bram"}] * 13


def test_more_than_two_hours_and_a_quarter_are_approved_first(played: Story) -> None:
    assert "charged 135 min (225.00 EUR), 45 not approved" in played.texts("piet", "agent-transcript", "teams")[0]
    assert played.told("approval-request", "teams") == ["anna"]
    assert played.minutes("teams") == (180, 180, 0)


def test_a_ticket_that_was_rejected_gives_its_place_back(played: Story) -> None:
    assert played.tickets["spam-too"]["status"] == "rejected"
    places = [played.texts(notice="ticket-received", about=mail)[0] for mail in ("holiday-note", "excel", "scanner")]
    assert ["melding 13 van de 15" in text for text in places] == [False, True, False]
    assert ["melding 14 van de 15" in text for text in places] == [False, False, True]


def test_the_fifteenth_ticket_is_the_last_and_the_sixteenth_costs_more(played: Story) -> None:
    assert played.told("quota-warning") == ["anna"]
    assert played.mails(notice="quota-warning")[0]["ticket"] == played.reference("licences")
    assert played.answers("trainee") == {"anna adopt-request", "bram adopt-request"}
    assert played.outcome("trainee") == "accept as billable"
    assert "€ 115,00" in played.texts("bram", "ticket-received", "trainee")[0]


def test_the_statement_comes_on_the_first_with_fourteen_days_to_pay(played: Story) -> None:
    assert played.lines("bakery") == [
        ("work", "outlook", 40, "100.00", "66.67"),
        ("minimum", "calendar", 15, "100.00", "25.00"),
        ("work", "printer", 5, "100.00", "8.33"),
        ("minimum", "printer", 10, "100.00", "16.67"),
        ("work", "mailbox", 30, "100.00", "50.00"),
        ("work", "mailbox", 30, "125.00", "62.50"),
        ("work", "spam", 15, "100.00", "25.00"),
        ("work", "saturday", 20, "145.00", "48.33"),
        ("work", "teams", 135, "100.00", "225.00"),
        ("work", "teams", 45, "100.00", "75.00"),
        ("minimum", "signature", 15, "100.00", "25.00"),
        ("work", "shared-mailbox", 30, "100.00", "50.00"),
        ("work", "phone", 20, "100.00", "33.33"),
        ("minimum", "holiday-note", 15, "100.00", "25.00"),
        ("work", "trainee", 30, "115.00", "57.50"),
    ]
    assert played.totals("bakery") == ("793.33", "166.60", "959.93")
    statement = played.statement("bakery")
    assert (statement["due_date"], statement["quota"]) == ("2026-12-15", {"limit": 15, "used": 16})
    assert [(row["to"], row["at"][:10]) for row in played.mails(notice="statement")] == [
        ("anna@bakery.example", "2026-12-01")
    ]
