"""Morning mails: what each agent and the manager read at the beginning of their day, once; customers never."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import ANNA, ANS, BRAM, EVE, FREDERIK, MIA, PIET, Sent, World

DUTY = "duty@desk.example"
DORA = "Dora Dekker <dora@dentist.example>"
AGENT, MANAGER = "agent-digest", "manager-digest"
CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//calendar//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Amsterdam:20261124T180000
DTEND;TZID=Europe/Amsterdam:20261126T180000
SUMMARY:Ans Smit
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    """The desk of the stories, where everybody gets their morning mails."""
    with World(tmp_path / "desk", digests=True) as world:
        yield world


def mornings(world: World) -> list[str]:
    """Who got which morning mail since this was asked last."""
    return [line for line in world.news() if "-digest" in line]


def lines(mail: Sent) -> list[str]:
    """The lines of its parts, with their headings, up to the commands."""
    body = mail.text.partition("-##")[2].partition("\n---\n")[0]
    return [line for line in body.splitlines() if line]


def test_a_quiet_desk_sends_nothing(desk: World) -> None:
    desk.at("2026-11-27 18:00")
    assert desk.mails == []


def test_what_is_due_today_is_told_in_the_morning_and_not_again(desk: World) -> None:
    desk.receives(BRAM, subject="Screen")
    desk.replies(PIET, desk.last("piet"), "We are on it.")
    desk.news()
    desk.at("2026-11-25 08:29")
    assert mornings(desk) == []
    desk.at("2026-11-25 08:30")
    assert mornings(desk) == ["mia manager-digest", "piet agent-digest"]
    assert lines(desk.last("piet", AGENT)) == [
        "Due today",
        "- HD-1001 Screen: Resolution, Wednesday 25 November 2026 at 10:00",
    ]
    assert lines(desk.last("mia", MANAGER)) == lines(desk.last("piet", AGENT))
    desk.at("2026-11-25 18:00")
    assert mornings(desk) == []


def test_late_due_and_waiting_tickets_each_stand_in_their_part_once(desk: World) -> None:
    desk.receives(BRAM, subject="Due")
    desk.at("2026-11-23 11:00")
    desk.receives(BRAM, subject="Late")
    desk.replies(PIET, desk.last("piet", "agent-new"), "/take\n/priority high")
    desk.at("2026-11-24 08:30")
    assert lines(desk.last("ans", AGENT)) == [
        "Late",
        "- HD-1001 Due: First response, Monday 23 November 2026 at 14:00",
    ]
    assert lines(desk.last("piet", AGENT)) == [
        "Late",
        "- HD-1002 Late: First response, Monday 23 November 2026 at 12:00",
        "- HD-1001 Due: First response, Monday 23 November 2026 at 14:00",
    ]


def test_what_waits_for_more_than_five_working_days_is_told_until_it_moves(desk: World) -> None:
    desk.receives(BRAM, subject="Waits")
    desk.replies(PIET, desk.last("piet"), "Could you try again?\n\n/wait")
    desk.news()
    desk.at("2026-11-30 08:29")
    assert mornings(desk) == []
    desk.at("2026-11-30 08:30")
    assert mornings(desk) == ["mia manager-digest", "piet agent-digest"]
    assert lines(desk.last("piet", AGENT)) == [
        "Waiting for a long time",
        "- HD-1001 Waits: waiting for the customer since Monday 23 November 2026 at 10:00",
    ]
    desk.replies(PIET, desk.last("piet", "agent-transcript"), "/close")
    desk.news()
    desk.at("2026-11-30 18:00")
    assert [line for line in mornings(desk) if "agent" in line] == []


def test_a_customer_without_an_answer_waits_too(desk: World) -> None:
    desk.receives(EVE, subject="Chair")
    desk.replies(PIET, desk.last("piet"), "Which one?")
    desk.replies(EVE, desk.last("eve", "reply"), "The red one.")
    desk.at("2026-11-30 08:30")
    assert lines(desk.last("piet", AGENT)) == [
        "Waiting for a long time",
        "- HD-1001 Chair: the customer has had no answer since Monday 23 November 2026 at 10:00",
    ]


def test_what_others_did_after_the_last_working_day_is_told(desk: World) -> None:
    desk.receives(BRAM, subject="Mine")
    desk.replies(PIET, desk.last("piet"), "/take")
    desk.replies(PIET, desk.last("piet"), "Hello.\n\n/wait")
    desk.at("2026-11-23 19:00")
    desk.replies(ANS, desk.last("ans", "agent-new"), "/resolve")
    desk.receives(EVE, subject="At night")
    desk.news()
    desk.at("2026-11-24 08:30")
    assert lines(desk.last("piet", AGENT)) == [
        "What happened in the meantime",
        "- HD-1001 Mine: resolved, Monday 23 November 2026 at 19:00 (Ans Smit)",
        "- HD-1002 At night: opened, Monday 23 November 2026 at 19:00 (Eve Smith)",
    ]
    assert lines(desk.last("ans", AGENT)) == [
        "What happened in the meantime",
        "- HD-1002 At night: opened, Monday 23 November 2026 at 19:00 (Eve Smith)",
    ]
    assert mornings(desk) == ["ans agent-digest", "piet agent-digest"]


def test_the_weekend_has_no_morning_and_monday_tells_of_all_of_it(desk: World) -> None:
    for day in ("27 19:00", "28 12:00", "29 23:00"):
        desk.at(f"2026-11-{day}")
        desk.receives(EVE, subject=f"On {day}")
    desk.news()
    desk.at("2026-11-30 08:29")
    assert mornings(desk) == []
    desk.at("2026-11-30 08:30")
    told = lines(desk.last("piet", AGENT))
    assert [line.split(":")[0] for line in told[1:]] == [
        "- HD-1001 On 27 19",
        "- HD-1002 On 28 12",
        "- HD-1003 On 29 23",
    ]


def test_each_in_their_own_working_time(desk: World) -> None:
    desk.receives(BRAM, subject="Evening")
    desk.replies(PIET, desk.last("piet"), "/assign evening\n/priority high")
    desk.at("2026-11-23 12:59")
    assert desk.sent("lars", AGENT) == []
    desk.at("2026-11-23 13:00")
    assert len(desk.sent("lars", AGENT)) == 1


@pytest.mark.parametrize(
    ("friday", "monday"),
    [("2026-10-23", "2026-10-26"), ("2026-03-27", "2026-03-30")],
    ids=["autumn", "spring"],
)
def test_f07_the_clock_change_moves_the_morning_with_the_clock_on_the_wall(
    tmp_path: Path, friday: str, monday: str
) -> None:
    with World(tmp_path / "desk", digests=True, begin=f"{friday} 10:00") as world:
        world.at(f"{friday} 19:00")
        world.receives(EVE, subject="Over the weekend")
        world.at(f"{monday} 08:29")
        assert mornings(world) == []
        world.at(f"{monday} 08:30")
        assert mornings(world) == ["ans agent-digest", "piet agent-digest"]


def test_f28_a_desk_that_was_down_in_the_morning_makes_up_for_it_once(desk: World) -> None:
    desk.receives(BRAM, subject="Late")
    desk.replies(PIET, desk.last("piet"), "/take")
    desk.news()
    desk.is_down_until("2026-11-26 10:00")
    assert "piet agent-digest" in mornings(desk)
    assert len(desk.sent("piet", AGENT)) == 1
    desk.is_down_until("2026-11-26 10:05")
    desk.at("2026-11-27 08:29")
    assert len(desk.sent("piet", AGENT)) == 1
    desk.at("2026-11-27 08:30")
    assert len(desk.sent("piet", AGENT)) == 2


def test_a_desk_that_comes_up_in_the_evening_waits_for_the_next_morning(desk: World) -> None:
    desk.at("2026-11-23 19:00")
    desk.receives(EVE, subject="Before")
    desk.news()
    desk.is_down_until("2026-11-24 19:00")
    assert mornings(desk) == []
    desk.at("2026-11-25 08:30")
    assert "- HD-1001 Before: opened" in desk.last("piet", AGENT).text


def test_who_wants_none_gets_none(world: World) -> None:
    world.receives(BRAM)
    world.at("2026-11-25 18:00")
    assert mornings(world) == []


def test_a_reminder_comes_at_its_own_instant(desk: World) -> None:
    desk.receives(DORA, subject="Chair")
    desk.replies(PIET, desk.last("piet"), "/snooze 2h Ask again")
    desk.news()
    desk.at("2026-11-23 12:00")
    assert mornings(desk) == ["piet agent-digest"]
    assert lines(desk.last("piet")) == ["You wanted to be reminded of", "- HD-1001 Chair: Ask again"]


def test_a_reminder_of_the_morning_stands_in_the_morning_mail(desk: World) -> None:
    desk.receives(BRAM, subject="Late")
    desk.replies(PIET, desk.last("piet"), "/take\n/snooze 2026-11-24 Call her")
    desk.at("2026-11-24 08:30")
    (mail,) = desk.sent("piet", AGENT)
    assert lines(mail)[:3] == ["You wanted to be reminded of", "- HD-1001 Late: Call her", "Late"]


def test_duty_is_handed_over_to_who_had_it_and_who_has_it_next(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "duty.ics").write_text(CALENDAR.replace("\n", "\r\n"))
    with World(tmp_path / "desk", '\n[duty.calendar]\nfile = "duty.ics"\n', digests=True) as world:
        world.at("2026-11-23 23:00")
        world.receives(BRAM, DUTY, "Shop is down")
        world.replies(PIET, world.last("piet", "duty-page"), "/ack")
        world.replies(PIET, world.last("piet", "agent-transcript"), "It is up again.\n\n/resolve")
        world.at("2026-11-24 08:30")
        note = [
            "Duty",
            "- HD-1001 Shop is down: taken, Monday 23 November 2026 at 23:00 (Piet Jansen)",
            "- Ans Smit: on duty next, from Tuesday 24 November 2026 at 18:00",
        ]
        assert lines(world.last("piet", AGENT)) == note
        assert lines(world.last("ans", AGENT)) == note
        assert world.sent("lars", AGENT) == []
        world.at("2026-11-25 08:30")
        assert len(world.sent("piet", AGENT)) == 1
        world.at("2026-11-26 08:30")
        assert lines(world.last("ans", AGENT)) == [
            "Duty",
            "- Piet Jansen: on duty next, from Thursday 26 November 2026 at 18:00",
        ]


def test_an_emergency_that_nobody_took_is_handed_over(desk: World) -> None:
    desk.at("2026-11-23 23:00")
    desk.receives(BRAM, DUTY, "Shop is down")
    desk.at("2026-11-24 08:30")
    told = lines(desk.last("piet", AGENT))
    assert told[:2] == [
        "Duty",
        "- HD-1001 Shop is down: nobody has taken it, Monday 23 November 2026 at 23:00 (Piet Jansen, Ans Smit)",
    ]


def test_an_emergency_that_was_merged_into_one_that_somebody_has_is_handed_over_as_taken(desk: World) -> None:
    desk.at("2026-11-23 23:00")
    desk.receives(BRAM, DUTY, "Shop is down")
    desk.replies(PIET, desk.last("piet", "duty-page"), "/ack")
    desk.receives(ANNA, DUTY, "Till is down")
    desk.replies(PIET, desk.last("piet", "duty-page"), "/merge HD-1001")
    desk.at("2026-11-24 08:30")
    taken = "taken, Monday 23 November 2026 at 23:00 (Piet Jansen)"
    told = lines(desk.last("piet", AGENT))
    assert {f"- HD-1001 Shop is down: {taken}", f"- HD-1002 Till is down: {taken}"} <= set(told)


def test_the_manager_reads_what_was_missed_by_customer(desk: World) -> None:
    desk.receives(FREDERIK, subject="Ours")
    desk.receives(BRAM, subject="Bread")
    desk.receives(BRAM, subject="Oven")
    desk.at("2026-11-24 08:30")
    told = lines(desk.last("mia", MANAGER))
    assert told[:4] == [
        "Missed since the last overview",
        "- HD-1002 Bread: First response, Monday 23 November 2026 at 14:00 (Bakkerij de Vries B.V.)",
        "- HD-1003 Oven: First response, Monday 23 November 2026 at 14:00 (Bakkerij de Vries B.V.)",
        "- HD-1001 Ours: First response, Monday 23 November 2026 at 11:00 (Havn A/S)",
    ]
    desk.at("2026-11-25 08:30")
    assert "HD-1002 Bread: First response, Monday 23 November 2026 at 14:00 (Bakkerij" not in desk.last("mia").text


def test_the_manager_is_told_thirty_days_before_a_contract_ends_and_once(desk: World) -> None:
    desk.at("2026-11-30 18:00")
    assert desk.sent("mia", MANAGER) == []
    desk.at("2026-12-01 08:30")
    told = lines(desk.last("mia", MANAGER))
    assert told[0] == "Contracts and prepaid hours"
    assert "- Bakkerij de Vries B.V.: the contract ends on 31 December 2026 (standard)" in told
    assert not any("Brasserie" in line for line in told)
    desk.at("2027-01-15 18:00")
    assert len(desk.sent("mia", MANAGER)) == 1


def test_what_an_agents_machine_answers_marks_nothing_done(desk: World) -> None:
    desk.at("2026-11-23 23:00")
    desk.receives(BRAM, DUTY, "Shop is down")
    away = {"Auto-Submitted": "auto-replied"}
    desk.replies(PIET, desk.last("piet", "duty-page"), "/ack\n\nI am away until Monday.", headers=away)
    ticket = desk.ticket()
    assert ticket.emergency is not None
    assert (ticket.emergency.waiting, ticket.owner, ticket.answered_at) == (True, "", None)
    desk.at("2026-11-23 23:15")
    assert desk.last("ans").notice == "duty-page"
    assert "away until Monday" not in "".join(mail.text for mail in desk.sent("bram"))


def test_a_vacation_note_answers_no_ticket(desk: World) -> None:
    desk.receives(BRAM)
    away = {"Auto-Submitted": "auto-replied"}
    mail = desk.replies(PIET, desk.last("piet", "agent-new"), "/resolve\nI am away.", headers=away)
    assert mail.fate == "recorded"
    assert (desk.ticket().status, desk.ticket().owner) == ("new", "")
    assert desk.story().count("AgentReplied") == 0


def test_an_answer_to_the_morning_mail_may_ask_what_needs_no_ticket(desk: World) -> None:
    desk.receives(BRAM, subject="Late")
    desk.at("2026-11-24 08:30")
    desk.replies(MIA, desk.last("mia", MANAGER), "/show HD-1001")
    assert "HD-1001 Late" in desk.last("mia", "agent-transcript").text
    desk.replies(PIET, desk.last("piet", AGENT), "Thanks!")
    assert desk.last("piet").notice == "agent-error"


def test_no_customer_ever_reads_a_morning_mail(desk: World) -> None:
    desk.receives(BRAM)
    desk.receives(DORA)
    desk.at("2026-12-04 18:00")
    assert {mail.to.partition("@")[2] for mail in desk.mails if "-digest" in mail.notice} == {"desk.example"}
