"""What an iCalendar file says of duty."""

import sys
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from helpdeskd.config.oncall import BadCalendar, Reading, read_calendar
from helpdeskd.domain.planned import Planned

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
READING = Reading(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC), AMSTERDAM, time(9))


def calendar(*events: str, more: str = "") -> bytes:
    """A calendar with these events: their lines, without BEGIN and END."""
    told = "".join(f"BEGIN:VEVENT\nUID:{n}\nDTSTAMP:20260101T000000Z\n{e}\nEND:VEVENT\n" for n, e in enumerate(events))
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\n{more}{told}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def read(*events: str, more: str = "") -> list[Planned]:
    return list(read_calendar(calendar(*events, more=more), READING).events)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=AMSTERDAM).astimezone(UTC)  # type: ignore[arg-type, misc]


def test_an_event_is_a_shift_with_its_title_and_attendees() -> None:
    people = (
        "ATTENDEE;CN=Ans Smit;PARTSTAT=ACCEPTED:mailto:ans@desk.example\n"
        "ATTENDEE;PARTSTAT=DECLINED:mailto:kim@desk.example\nATTENDEE;CN=Piet:urn:uuid:1\nATTENDEE:MAILTO:x@y.example"
    )
    assert read(f"DTSTART:20261123T170000Z\nDTEND:20261124T073000Z\nSUMMARY:On call\\, night\n{people}") == [
        Planned(
            local(2026, 11, 23, 18),
            local(2026, 11, 24, 8, 30),
            "On call, night",
            ("ans@desk.example", "Piet", "x@y.example"),
        )
    ]


def test_one_attendee_is_one() -> None:
    (event,) = read("DTSTART:20261123T170000Z\nDURATION:PT1H\nATTENDEE:mailto:ans@desk.example")
    assert (event.title, event.people) == ("", ("ans@desk.example",))


def test_a_time_without_a_zone_is_meant_on_the_desks_clock() -> None:
    (event,) = read("DTSTART:20261123T180000\nDTEND:20261124T083000\nSUMMARY:Ans")
    assert (event.start, event.end) == (local(2026, 11, 23, 18), local(2026, 11, 24, 8, 30))


def test_an_event_of_whole_days_goes_from_handover_to_handover() -> None:
    (event,) = read("DTSTART;VALUE=DATE:20261123\nDTEND;VALUE=DATE:20261130\nSUMMARY:Ans")
    assert (event.start, event.end) == (local(2026, 11, 23, 9), local(2026, 11, 30, 9))


def test_a_day_without_an_end_is_one_day() -> None:
    (event,) = read("DTSTART;VALUE=DATE:20261123\nSUMMARY:Ans")
    assert (event.start, event.end) == (local(2026, 11, 23, 9), local(2026, 11, 24, 9))


def test_an_event_that_repeats_is_as_many_shifts_with_its_exceptions() -> None:
    weekly = "DTSTART;TZID=Europe/Amsterdam:20261016T180000\nDTEND;TZID=Europe/Amsterdam:20261017T083000\n"
    found = read(f"{weekly}RRULE:FREQ=WEEKLY;UNTIL=20261205T000000Z\nEXDATE;TZID=Europe/Amsterdam:20261120T180000")
    days = [event.start.astimezone(AMSTERDAM).strftime("%m-%d %H:%M") for event in found]
    assert days == ["11-06 18:00", "11-13 18:00", "11-27 18:00", "12-04 18:00"]


def test_a_single_repetition_that_was_given_to_somebody_else_is_theirs() -> None:
    weekly = "DTSTART:20261120T170000Z\nDURATION:PT14H\nRRULE:FREQ=WEEKLY;COUNT=2\nSUMMARY:Ans"
    changed = "DTSTART:20261127T170000Z\nDURATION:PT14H\nRECURRENCE-ID:20261127T170000Z\nSUMMARY:Piet"
    raw = calendar(weekly, changed).replace(b"UID:1", b"UID:0")
    assert [event.title for event in read_calendar(raw, READING).events] == ["Ans", "Piet"]


@pytest.mark.parametrize(
    "event",
    [
        "DTSTART:20261123T170000Z\nDTEND:20261124T073000Z\nSTATUS:CANCELLED",
        "DTSTART:20261123T170000Z\nDTEND:20261123T170000Z",
        "DTSTART:20251123T170000Z\nDTEND:20251124T073000Z",
        "DTSTART:20271123T170000Z\nDTEND:20271124T073000Z",
    ],
)
def test_what_is_cancelled_empty_over_or_far_away_is_no_shift(event: str) -> None:
    assert read(event) == []


def test_an_event_that_has_begun_already_is_there() -> None:
    (event,) = read("DTSTART:20261001T170000Z\nDTEND:20261105T073000Z\nSUMMARY:Ans")
    assert event.start == datetime(2026, 10, 1, 17, tzinfo=UTC)


def test_a_zone_that_the_calendar_itself_describes_counts() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Work\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0300\n"
        "TZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    (event,) = read("DTSTART;TZID=Work:20261123T180000\nDURATION:PT1H", more=zone)
    assert event.start == datetime(2026, 11, 23, 15, tzinfo=UTC)


def test_events_are_in_the_order_of_their_start() -> None:
    found = read("DTSTART:20261124T170000Z\nDURATION:PT1H", "DTSTART:20261123T170000Z\nDURATION:PT1H")
    assert [event.start.day for event in found] == [23, 24]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>Please log in</html>",
        b"\x00\xff\xfe",
        calendar("DTSTART:20261123T170000Z")[:-40],
        calendar("SUMMARY:Ans"),
        calendar("DTSTART:tomorrow\nDTEND:20261124T073000Z"),
        calendar("DTSTART:20261123T170000Z\nDURATION:PT1H\nRRULE:FREQ=SOMETIMES"),
        calendar("DTSTART:20261123T170000Z\nDURATION:PT1H", "DTSTART:20261124T170000Z\nDURATION:a while"),
    ],
)
def test_a_calendar_with_anything_that_cannot_be_read_is_refused_as_a_whole(raw: bytes) -> None:
    with pytest.raises(BadCalendar, match="is no calendar that can be read"):
        read_calendar(raw, READING)


def test_without_the_libraries_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "recurring_ical_events", None)
    with pytest.raises(BadCalendar, match=r"pip install '\.\[oncall\]'"):
        read_calendar(calendar(), READING)
