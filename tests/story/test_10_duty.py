"""Duty from day to day: who has it, who gives a day away, what wakes them beside mail, and practice."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.domain.ticket import Status
from helpdeskd.storage import db
from tests.cli.program import Program, program
from tests.world import ANS, BRAM, PIET, ZONE, Sent, World

DUTY = "duty@desk.example"
SATURDAY = "2026-11-28"
CHANNELS = """
[[duty.webhook]]
name = "chat"
url = "https://hooks.example/page"
hosts = ["hooks.example"]
[[duty.sms]]
person = "ans"
to = "31600000002@sms.example"
[[duty.apprise]]
name = "pager"
urls_file = "urls"
people = ["piet"]
"""
CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//calendar//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Amsterdam:20261127T180000
DTEND;TZID=Europe/Amsterdam:20261130T083000
SUMMARY:Weekend: Ans Smit
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Amsterdam:20261202T180000
DTEND;TZID=Europe/Amsterdam:20261203T083000
ATTENDEE:mailto:lars@desk.example
SUMMARY:Night
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def helpdeskd(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Program:
    """The command line, for the desk of the story."""
    monkeypatch.setenv("HELPDESKD_CONFIG", str(tmp_path / "desk" / "config.toml"))
    return program(capfd)


@pytest.fixture
def calendar(tmp_path: Path) -> Iterator[World]:
    """A desk whose roster is a calendar: Ans has the weekend, Lars a night in the week after."""
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "duty.ics").write_text(CALENDAR.replace("\n", "\r\n"))
    with World(tmp_path / "desk", '\n[duty.calendar]\nfile = "duty.ics"\n') as desk:
        yield desk


def pages(world: World) -> list[str]:
    """Who was paged when: `piet Sat 14:10`."""
    return [f"{mail.to.partition('@')[0]} {told(mail)}" for mail in world.sent(notice="duty-page")]


def told(mail: Sent) -> str:
    return mail.at.astimezone(ZONE).strftime("%a %H:%M")


def swap(world: World, line: str = f"/duty swap ans {SATURDAY}") -> None:
    """Piet gives his Saturday to Ans, by a notice that he happens to have."""
    world.receives(BRAM)
    world.news()
    world.replies(PIET, world.last("piet"), line)


def test_an_agent_asks_who_is_on_duty_and_learns_it_for_a_week(calendar: World) -> None:
    calendar.receives(BRAM)
    calendar.replies(PIET, calendar.last("piet"), "/duty")
    answer = calendar.last("piet", "agent-transcript").text
    assert "Mon 2026-11-23 10:00 to Fri 2026-11-27 18:00: piet, then ans" in answer
    assert "Fri 2026-11-27 18:00 to Mon 2026-11-30 08:30: ans, then piet" in answer


def test_whom_the_calendar_names_is_woken_first(calendar: World) -> None:
    calendar.at("2026-11-28 14:10")
    calendar.receives(BRAM, DUTY, "Shop is down")
    calendar.at("2026-11-28 14:30")
    assert pages(calendar) == ["ans Sat 14:10", "piet Sat 14:25"]


def test_an_attendee_of_the_calendar_may_be_somebody_who_is_not_in_the_roster(calendar: World) -> None:
    calendar.at("2026-12-02 23:00")
    calendar.receives(BRAM, DUTY, "Shop is down")
    calendar.at("2026-12-02 23:30")
    assert pages(calendar) == ["lars Wed 23:00", "piet Wed 23:15", "ans Wed 23:30"]


def test_a_swap_is_told_to_both_and_holds_for_its_day(world: World) -> None:
    swap(world)
    assert world.news() == ["ans agent-update", "piet agent-transcript"]
    assert (
        "Ans Smit is on duty from Sat 2026-11-28 00:00 to Sun 2026-11-29 00:00, and is told" in world.last("piet").text
    )
    taken = world.last("ans").text
    assert "A colleague gives you a day of duty." in taken
    assert "By: Piet Jansen" in taken
    assert "Sat 2026-11-28 00:00 to Sun 2026-11-29 00:00" in taken
    for day, who in (("27", PIET), ("28", ANS), ("29", PIET)):
        world.at(f"2026-11-{day} 23:00")
        world.receives(BRAM, DUTY, f"Down on {day}")
        world.replies(who, world.sent(notice="duty-page")[-1], "/ack")
    assert pages(world) == ["piet Fri 23:00", "ans Sat 23:00", "piet Sun 23:00"]


def test_a_swap_outlives_a_restart_and_is_seen_by_who_asks_on_the_machine(tmp_path: Path, helpdeskd: Program) -> None:
    with World(tmp_path / "desk") as world:
        swap(world)
    assert helpdeskd("duty", "who", "--at", f"{SATURDAY}T12:00").out == (
        "step 1 after 0 min: ans\nstep 2 after 15 min: piet\n"
    )
    assert helpdeskd("duty", "who", "--at", "2026-11-29T00:00").out.startswith("step 1 after 0 min: piet\n")


def test_a_swap_back_holds(world: World) -> None:
    swap(world)
    world.replies(ANS, world.last("ans", "agent-update"), f"/duty swap piet {SATURDAY}")
    assert "Ans Smit" in world.last("piet", "agent-update").text
    world.at(f"{SATURDAY} 14:10")
    world.receives(BRAM, DUTY, "Shop is down")
    assert pages(world) == ["piet Sat 14:10"]


def test_a_swap_that_cannot_be_changes_nothing_and_tells_nobody_else(world: World) -> None:
    swap(world, "/duty swap ans 2026-11-22")
    assert world.news() == ["piet agent-error"]
    assert "2026-11-22 is over" in world.last("piet").text


def test_a_swap_while_somebody_is_being_woken_leaves_nobody_out(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.receives(BRAM, DUTY, "Shop is down")
    world.receives(BRAM, "support@desk.example", "Another matter")
    world.replies(PIET, world.last("piet", "agent-new"), "/duty swap ans 2026-11-23")
    world.at("2026-11-23 23:30")
    assert pages(world) == ["piet Mon 23:00", "ans Mon 23:15", "ans Mon 23:30", "mia Mon 23:30"]


def test_every_channel_of_a_person_is_used_beside_the_mail(tmp_path: Path) -> None:
    with World(tmp_path / "desk", CHANNELS) as world:
        world.at("2026-11-23 23:00")
        world.receives(BRAM, DUTY, "Shop is down", "My password is s3cret.")
        world.at("2026-11-23 23:15")
        assert [(row.channel, row.recipient) for row in world.hooks] == [
            ("hook", "hook"),
            ("webhook", "chat"),
            ("apprise", "pager"),
            ("hook", "hook"),
            ("webhook", "chat"),
            ("sms", "31600000002@sms.example"),
        ]
        record = json.loads(world.hooks[1].content)
        assert (record["person"], record["text"]) == ("piet", "Emergency HD-1001, step 1: Shop is down")
        assert not any(b"s3cret" in row.content for row in world.hooks)


def test_who_asks_why_reads_how_duty_was_woken(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.receives(BRAM, DUTY, "Shop is down")
    world.at("2026-11-23 23:20")
    world.replies(ANS, world.last("ans", "duty-page"), "/ack\n/why")
    answer = world.last("ans", "agent-transcript").text
    assert answer.partition("duty was woken\n")[2].splitlines()[:3] == [
        "  Mon 2026-11-23 23:00: step 1, piet was paged",
        "  Mon 2026-11-23 23:15: step 2, ans was paged",
        "  Mon 2026-11-23 23:20: taken by ans, after 20 min",
    ]


def test_an_emergency_that_is_resolved_without_a_word_wakes_nobody_else(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.receives(BRAM, DUTY, "Shop is down")
    world.receives(BRAM, DUTY, "Shop is down", "It works again, sorry.")
    world.replies(ANS, world.last("ans", "agent-update"), "/resolve")
    world.at("2026-11-24 08:00")
    assert pages(world) == ["piet Mon 23:00"]


def test_a_drill_is_begun_on_the_machine_and_taken_by_mail(tmp_path: Path, helpdeskd: Program) -> None:
    with World(tmp_path / "desk") as world:
        db.close()
        ran = helpdeskd("duty", "drill", "ans")
        assert (ran.status, ran.out) == (0, "HD-1001: ans is paged for practice\n")
        world.reopens()
        assert world.news() == ["ans duty-page"]
        world.replies(ANS, world.last("ans"), "Here I am.")
        assert world.ticket().status is Status.CLOSED
