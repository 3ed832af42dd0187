"""Round the clock: the highest priority first, a free quarter of an hour, and somebody at night."""

import pytest

from tests.cli.scenarios import Story, story


@pytest.fixture
def played() -> Story:
    return story("round-the-clock")


def test_a_new_ticket_has_the_highest_priority_until_it_was_judged(played: Story) -> None:
    opened = next(row for row in played.rows if row.get("event") == "PriorityChanged")
    assert (opened["ticket"], opened["old"], opened["new"]) == (played.reference("printer"), "high", "normal")
    received = played.texts("hanne", "ticket-received", "printer")[0]
    assert "inden for 4 arbejdstimer, senest onsdag den 18. november 2026 kl. 12.20" in received
    assert played.tickets["remote"]["priority"] == "low"
    assert played.targets("remote")["response"] == ("2026-11-24T10:00", "2026-11-19T13:12", False)


def test_a_quarter_of_an_hour_is_free_and_more_is_approved_first(played: Story) -> None:
    assert [played.minutes(mail) for mail in ("printer", "password", "archive")] == [(15, 0, 0), (10, 0, 0), (20, 0, 5)]
    assert played.told("approval-request", "remote") == ["hanne"]
    assert played.lines("clinic") == [
        ("work", "remote", 15, "720.00", "180.00"),
        ("work", "remote", 30, "1440.00", "720.00"),
    ]
    assert played.totals("clinic") == ("900.00", "225.00", "1125.00")


def test_without_an_agreement_all_time_is_billed_at_night_the_double_with_the_kilometres(played: Story) -> None:
    assert played.outcome("mailbox") == "accept as billable"
    assert "800,00 kr." in played.texts("mads", "ticket-received", "mailbox")[0]
    assert played.mails(notice="approval-request", about="till") == []
    assert played.lines("florist") == [
        ("work", "mailbox", 5, "800.00", "66.67"),
        ("minimum", "mailbox", 10, "800.00", "133.33"),
        ("work", "till", 30, "2190.00", "1095.00"),
        ("travel", "till", 0, "3.52", "147.84"),
    ]
    assert played.totals("florist") == ("1442.84", "360.71", "1803.55")


def test_at_night_the_second_takes_what_the_first_does_not_hear(played: Story) -> None:
    assert played.pages("till") == [("21:30", "signe"), ("21:45", "lars")]
    assert "omkostning" in played.texts("mads", "duty-informed")[0]
    assert "Lars Larsen tog din hastesag" in played.texts("mads", "duty-taken")[0]
    assert played.tickets["till"]["owner"] == "mette"


def test_what_is_not_critical_waits_until_the_desk_opens(played: Story) -> None:
    assert played.pages("password") == [("02:10", "signe")]
    assert "onsdag den 25. november 2026 kl. 08.00" in played.texts("peter", "duty-released")[0]
    assert played.tickets["password"]["priority"] == "normal"


def test_in_working_hours_the_address_of_the_duty_has_the_highest_priority(played: Story) -> None:
    assert played.pages("xray") == []
    assert (
        "inden for 1 arbejdstime, senest fredag den 27. november 2026 kl. 11.00"
        in (played.texts("hanne", "ticket-received", "xray")[0])
    )
    assert played.targets("xray")["resolution"] == ("2026-11-27T12:00", "2026-11-27T10:45", False)


def test_a_stranger_is_kept_for_a_person_and_hears_nothing(played: Story) -> None:
    assert played.mails("info") == []
    assert played.told("held-digest") == ["jens", "lars", "mette", "signe"]
