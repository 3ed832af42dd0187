"""`/time` and `/nocharge`: what was worked, when, and what is taken back; it is Monday 2026-11-23, ten o'clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.cost_event import NoCharge, TimeBooked
from helpdeskd.domain.entry import Approval, Entry, kept
from helpdeskd.triage.commands import Result
from helpdeskd.triage.orders.booking import MOST_MINUTES
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import ANS, DESK, NOW, PIET, PLAN, FakeDirectory

MINUTE = timedelta(minutes=1)
REMOTE = replace(PLAN, remote_only=True)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def booked(result: Result) -> list[Entry]:
    """The entries that were made; fails when something was wrong."""
    assert result.errors == ()
    return [event.entry for event in result.events if isinstance(event, TimeBooked)]


def entry(number: int, minutes: int, agent: str = "piet", **more: object) -> Entry:
    return Entry(number, "ACME-1001", agent, NOW - 60 * MINUTE, minutes, **more)  # type: ignore[arg-type]


def having(*entries: Entry) -> FakeDirectory:
    return FakeDirectory(booked=entries)


def test_without_a_time_the_work_ended_when_the_mail_arrived() -> None:
    result = order("/time 40m")
    assert booked(result) == [Entry(1, "ACME-1001", "piet", NOW - 40 * MINUTE, 40, mail="<1@desk.example>")]
    assert result.lines == ("/time 40m: 40 min from 2026-11-23 09:20",)


def test_work_begins_on_a_whole_minute_and_is_over_when_the_mail_arrives() -> None:
    (made,) = booked(order("/time 40m", now=NOW + timedelta(seconds=59)))
    assert made.start == NOW - 40 * MINUTE


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ("at 08:15", "2026-11-23 07:15"),
        ("at 8:15", "2026-11-23 07:15"),
        ("at 8.15", "2026-11-23 07:15"),
        ("at 09:20", "2026-11-23 08:20"),
        ("at 00:00", "2026-11-22 23:00"),
        ("on 2026-11-20", "2026-11-20 08:20"),
        ("on 2026-11-20 at 14:00", "2026-11-20 13:00"),
        ("at 23:50 on 2026-11-22", "2026-11-22 22:50"),
        ("on 2026-11-23", "2026-11-23 08:20"),
        ("on 2026-07-01 at 14:00", "2026-07-01 12:00"),
        ("on 2016-11-25 at 14:00", "2016-11-25 13:00"),
    ],
)
def test_a_time_and_a_date_are_those_of_the_clock_where_the_agent_is(words: str, start: str) -> None:
    assert [made.start for made in booked(order(f"/time 40m {words}"))] == [utc(start)]


def test_another_agent_has_another_clock() -> None:
    tokyo = Calendar("tokyo", ZoneInfo("Asia/Tokyo"), (((540, 1080),),) * 7)
    desk, far = replace(DESK, calendars={"tokyo": tokyo}), replace(PIET, calendar="tokyo")
    result = order("/time 40m at 08:15", by=far, desk=desk)
    assert [made.start for made in booked(result)] == [utc("2026-11-22 23:15")]
    assert result.lines[0].endswith("40 min from 2026-11-23 08:15")
    assert booked(order("/time 40m on 2026-11-23 at 17:20", by=far, desk=desk))[0].start == utc("2026-11-23 08:20")


@pytest.mark.parametrize(
    ("line", "arrived", "start"),
    [
        ("/time 1h at 01:30 on 2026-10-25", "2026-10-26 09:00", "2026-10-24 23:30"),
        ("/time 1h at 02:30 on 2026-10-25", "2026-10-26 09:00", "2026-10-25 00:30"),
        ("/time 1h at 03:00 on 2026-10-25", "2026-10-26 09:00", "2026-10-25 02:00"),
        ("/time 10m at 02:30", "2026-10-25 00:40", "2026-10-25 00:30"),
        ("/time 10m at 02:30", "2026-10-25 01:40", "2026-10-25 00:30"),
        ("/time 90m", "2026-10-25 02:00", "2026-10-25 00:30"),
        ("/time 90m on 2026-10-25", "2026-10-26 02:00", "2026-10-25 00:30"),
        ("/time 1h at 01:59 on 2026-03-29", "2026-03-30 09:00", "2026-03-29 00:59"),
        ("/time 1h at 03:00 on 2026-03-29", "2026-03-30 09:00", "2026-03-29 01:00"),
        ("/time 60m", "2026-03-29 01:30", "2026-03-29 00:30"),
        ("/time 60m on 2026-03-29", "2026-03-30 08:00", "2026-03-29 07:00"),
        ("/time 60m on 2026-03-28", "2026-03-29 08:00", "2026-03-28 08:00"),
    ],
)
def test_across_a_change_of_clocks_minutes_are_real_and_of_two_equal_times_the_first_is_meant(
    line: str, arrived: str, start: str
) -> None:
    assert [made.start for made in booked(order(line, now=utc(arrived)))] == [utc(start)]


def test_a_night_in_which_clocks_change_has_all_its_hours() -> None:
    (made,) = booked(order("/time 3h at 01:00 on 2026-10-25", now=utc("2026-10-25 02:00")))
    assert (made.start, made.ends) == (utc("2026-10-24 23:00"), utc("2026-10-25 02:00"))
    assert "not over yet" in refusal("/time 3h at 01:00 on 2026-10-25", now=utc("2026-10-25 01:59"))
    (short,) = booked(order("/time 1h at 01:30 on 2026-03-29", now=utc("2026-03-29 01:30")))
    assert short.ends == utc("2026-03-29 01:30")


@pytest.mark.parametrize("at", ["02:00", "02:30", "02:59"])
def test_a_time_over_which_the_clock_was_put_forward_is_refused(at: str) -> None:
    assert refusal(f"/time 1h at {at} on 2026-03-29", now=utc("2026-03-30 09:00")).endswith(
        f"the clock was put forward over {at} on 2026-03-29 (at what the clock showed)"
    )


@pytest.mark.parametrize(
    "line",
    [
        "/time 40m at 09:21",
        "/time 1m at 10:00",
        "/time 40m at 23:50",
        "/time 40m on 2026-11-24",
        "/time 24h on 2026-11-24",
        "/time 40m on 2026-11-24 at 00:00",
        "/time 40m on 9999-12-31 at 23:59",
    ],
)
def test_what_is_not_over_yet_is_refused(line: str) -> None:
    assert "that is not over yet" in refusal(line)


def test_work_that_ended_in_this_minute_is_over() -> None:
    assert len(booked(order("/time 40m at 09:20"))) == 1


@pytest.mark.parametrize("line", ["/time 40m on 0001-01-01", "/time 40m on 2016-11-13 at 10:00"])
def test_what_is_long_ago_is_a_slip_and_refused(line: str) -> None:
    assert "more than ten years ago" in refusal(line)


def test_options_stand_in_any_order_and_behind_them_the_text() -> None:
    result = order("/time 1h 30m KM 42 Level 2 OnSite on 2026-11-20 at 14:00 replaced the switch at 15:00")
    (event,) = result.events
    assert isinstance(event, TimeBooked)
    assert event.entry == Entry(
        1, "ACME-1001", "piet", utc("2026-11-20 13:00"), 90, 2, onsite=True, km=42, mail="<1@desk.example>"
    )
    assert event.text == "replaced the switch at 15:00"


def test_the_level_is_the_agents_own_if_nothing_is_said() -> None:
    assert booked(order("/time 40m", by=replace(PIET, level=3)))[0].level == 3
    assert booked(order("/time 40m level 1", by=replace(PIET, level=3)))[0].level == 1


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("", "how long?"),
        ("soon", "how long?"),
        ("40", "how long?"),
        ("0m", "how long?"),
        ("25h", "how long?"),
        ("24h1m", "how long?"),
        ("23h 90m", "how long?"),
        ("1:30", "how long?"),
        ("€40", "how long?"),
        ("40m at", "at what?"),
        ("40m onsite km", "km what?"),
        ("40m at 24:00", "is no time of day"),
        ("40m at 9", "is no time of day"),
        ("40m at 9:5", "is no time of day"),
        ("40m at 1_0:00", "is no time of day"),
        ("40m at the customer's", '"the" is no time of day (at 14:00)'),
        ("40m on Friday", '"Friday" is no date (on 2026-11-20)'),
        ("40m on 2026-02-30", "is no date"),
        ("40m on site", "is no date"),
        ("40m level 0", "is no number from 1 to 9"),
        ("40m level 10", "is no number from 1 to 9"),
        ("40m level two", "is no number from 1 to 9"),
        ("40m km 0", "is no number from 1 to 10000"),
        ("40m km 10001", "is no number from 1 to 10000"),
        ("40m km -5", "is no number from 1 to 10000"),
        ("40m km 4.5", "in whole kilometres"),
        ("40m km ۵", "is no number"),
        ("40m km " + "9" * 5000, "is no number"),
    ],
)
def test_what_is_not_understood_is_refused(words: str, wrong: str) -> None:
    assert wrong in refusal(f"/time {words}".strip())


def test_a_whole_day_can_be_booked_and_no_more() -> None:
    assert booked(order("/time 24h"))[0].minutes == MOST_MINUTES


def test_several_bookings_of_a_mail_are_numbered_behind_those_that_there_are() -> None:
    made = booked(
        order("/time 40m\n/time 20m at 08:00\n/time 5m", directory=having(entry(1, 60), entry(2, -10, reverses=1)))
    )
    assert [(each.id, each.minutes) for each in made] == [(3, 40), (4, 20), (5, 5)]


def test_what_the_same_mail_booked_can_be_taken_back() -> None:
    made = booked(order("/time 40m km 42\n/time -10m wrong button"))
    assert [(each.id, each.minutes, each.reverses, each.km) for each in made] == [(1, 40, None, 42), (2, -10, 1, 0)]
    assert sum(each.minutes for each in kept(made)) == 30


def test_what_looks_wrong_is_booked_with_a_warning() -> None:
    twice = order("/time 30m at 09:20", directory=having(entry(1, 40)))
    assert "warning: you have booked that time here already" in twice.lines[0]
    assert len(booked(twice)) == 1
    assert "warning: that was before the ticket was opened" in order("/time 30m on 2026-11-19").lines[0]
    for line, others in (("/time 15m at 09:40", [entry(1, 40)]), ("/time 30m at 09:20", [entry(1, 40, "ans")])):
        assert "warning" not in order(line, directory=having(*others)).lines[0]
    back = (entry(1, 40), entry(2, -40, reverses=1))
    assert "warning" not in order("/time 30m at 09:20", directory=having(*back)).lines[0]


def test_the_latest_bookings_are_taken_back_first() -> None:
    made = booked(order("/time -70m", directory=having(entry(1, 60), entry(2, 30), entry(3, 20))))
    assert [(each.id, each.minutes, each.reverses) for each in made] == [(4, -20, 3), (5, -30, 2), (6, -20, 1)]
    assert all(each.mail == "<1@desk.example>" for each in made)


@pytest.mark.parametrize("form", ["-10m", "- 10m", "-10 min", "-0,5h", "-1h 30m"])
def test_what_is_taken_back_is_written_as_what_is_booked(form: str) -> None:
    assert sum(each.minutes for each in booked(order(f"/time {form}", directory=having(entry(1, 100))))) < 0


@pytest.mark.parametrize("form", ["-", "--10m", "-0m", "-soon", "-25h", "\u221210m"])
def test_what_is_no_time_cannot_be_taken_back(form: str) -> None:
    assert "how long?" in refusal(f"/time {form}", directory=having(entry(1, 1440), entry(2, 1440)))


def test_no_more_is_taken_back_than_is_still_booked() -> None:
    told = "61 minutes cannot be taken back: piet has 60 minutes booked on this ticket"
    assert told in refusal("/time -61m", directory=having(entry(1, 60)))
    once = having(entry(1, 60), entry(2, -45, reverses=1))
    assert "piet has 15 minutes" in refusal("/time -16m", directory=once)
    assert [each.minutes for each in booked(order("/time -15m", directory=once))] == [-15]


def test_what_another_agent_booked_is_not_touched() -> None:
    both = having(entry(1, 60, "ans"), entry(2, 30))
    assert "piet has 30 minutes" in refusal("/time -31m", directory=both)
    assert [each.reverses for each in booked(order("/time -40m", by=ANS, directory=both))] == [1]
    assert "piet has 0 minutes" in refusal("/time -1m", directory=having(entry(1, 60, "ans")))


def test_a_line_that_takes_back_too_much_undoes_the_whole_mail() -> None:
    result = order("/time 40m\n/time -41m")
    assert len(result.errors) == 1
    assert "piet has 40 minutes" in result.errors[0]


def test_work_on_site_needs_an_approved_estimate_where_the_contract_is_remote_only() -> None:
    for word in ("onsite", "Onsite", "km 5 ONSITE"):
        assert "needs an estimate that the customer has approved" in refusal(f"/time 40m {word}", plan=REMOTE)
    allowed = FakeDirectory(approved=(Approval("ACME-1001", 60, "anna@bakery.example", NOW),))
    assert booked(order("/time 40m onsite", directory=allowed, plan=REMOTE))[0].onsite
    other = FakeDirectory(approved=(Approval("ACME-1002", 60, "anna@bakery.example", NOW),))
    assert "needs an estimate" in refusal("/time 40m onsite", directory=other, plan=REMOTE)
    assert booked(order("/time 40m onsite"))[0].onsite


def test_onsite_said_a_thousand_times_is_said_once() -> None:
    assert booked(order("/time 40m" + " onsite" * 2000))[0].onsite


def test_a_ticket_that_is_not_charged_says_why() -> None:
    result = order("/nocharge our own mistake")
    assert result.events == (NoCharge(NOW, "piet", "our own mistake"),)
    assert result.ticket.nocharge


OPTIONS = ["at", "on", "level", "km", "onsite", "14:00", "02:30", "2026-10-25", "0001-01-01", "9999-12-31"]
WORD = st.sampled_from([*OPTIONS, "40m", "1h", "30", "-10m", "-", "2", "42", "999999", "text", "/x"])


@given(st.lists(WORD | st.text(max_size=12), max_size=8), st.integers(0, 60 * 24 * 365))
def test_any_words_are_booked_or_refused(words: list[str], ago: int) -> None:
    now = NOW - ago * MINUTE
    line = "/time " + " ".join(" ".join(words).split())
    result = order(line.strip(), directory=having(entry(1, 60)), now=now)
    assert bool(result.events) is not bool(result.errors)
    for made in booked(result) if result.events else []:
        assert made.reverses or (made.ends <= now and 0 < made.minutes <= MOST_MINUTES)


@given(st.lists(st.tuples(st.sampled_from([PIET, ANS]), st.integers(-120, 120).filter(bool)), max_size=12))
def test_however_time_is_booked_and_taken_back_each_agent_keeps_what_is_theirs(steps: list[tuple[object, int]]) -> None:
    entries: tuple[Entry, ...] = ()
    left = {"piet": 0, "ans": 0}
    for agent, minutes in steps:
        result = order(f"/time {minutes}m", by=agent, directory=having(*entries))  # type: ignore[arg-type]
        assert bool(result.errors) is (left[agent.name] + minutes < 0)  # type: ignore[attr-defined]
        if not result.errors:
            entries += tuple(booked(result))
            left[agent.name] += minutes  # type: ignore[attr-defined]
        assert [each.id for each in entries] == list(range(1, len(entries) + 1))
        whose = {name: sum(each.minutes for each in kept(entries) if each.agent == name) for name in left}
        assert whose == left
