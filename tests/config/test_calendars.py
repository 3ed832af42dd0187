"""Opening hours are read as people write them, or refused where they stand."""

from datetime import date
from pathlib import Path

import pytest

from tests.config.small_desk import DESK, PLAN, QUEUE, errors, loaded

HEAD = DESK + PLAN + QUEUE + '[calendar.office]\nzone = "Europe/Amsterdam"\n'
LINE = HEAD.count("\n") + 1
HOURS = 'open = { mon-fri = ["08:30-18:00"] }\n'


def intervals(folder: Path, text: str, day: date) -> tuple[tuple[int, int], ...]:
    return loaded(folder, HEAD + text).desk.calendar.intervals_of(day)


def test_several_intervals_leave_a_break_and_24_is_an_end(tmp_path: Path) -> None:
    text = 'open = { mon-thu = ["08:30-12:30", "13:00-24:00"], fri = "00:00-24:00" }\n'
    assert intervals(tmp_path, text, date(2026, 11, 19)) == ((510, 750), (780, 1440))
    assert intervals(tmp_path, text, date(2026, 11, 20)) == ((0, 1440),)
    assert intervals(tmp_path, text, date(2026, 11, 21)) == ()


def test_an_end_before_its_start_is_past_midnight(tmp_path: Path) -> None:
    text = 'open = { fri = ["22:00-06:00"] }\n'
    assert intervals(tmp_path, text, date(2026, 11, 20)) == ((1320, 1440),)
    assert intervals(tmp_path, text, date(2026, 11, 21)) == ((0, 360),)


def test_holidays_are_closed_but_for_the_exceptions(tmp_path: Path) -> None:
    text = HOURS + 'holidays = "NL"\nexcept = ["good friday", 2026-04-27]\n'
    assert intervals(tmp_path, text, date(2026, 12, 25)) == ()
    assert intervals(tmp_path, text, date(2026, 4, 3)) == ((510, 1080),)
    assert intervals(tmp_path, text, date(2026, 4, 27)) == ((510, 1080),)


def test_dates_may_be_closed_or_have_hours_of_their_own(tmp_path: Path) -> None:
    text = HOURS + 'closed = [2026-12-31]\n[calendar.office.days]\n2026-12-24 = "08:30-12:00"\n'
    assert intervals(tmp_path, text, date(2026, 12, 31)) == ()
    assert intervals(tmp_path, text, date(2026, 12, 24)) == ((510, 720),)


def test_a_country_may_be_a_table_with_its_part_and_categories(tmp_path: Path) -> None:
    text = HOURS + 'holidays = { country = "DK", categories = ["public", "optional"] }\n'
    assert intervals(tmp_path, text, date(2026, 12, 24)) == ()


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("open = {}\n", 0, "open: the calendar never opens"),
        ("open = { mon = [] }\n", 0, "open: the calendar never opens"),
        ('open = { mon = ["8:30-18:00"] }\n', 0, 'open.mon: "8:30-18:00" are no hours'),
        ('open = { mon = ["08:30-24:01"] }\n', 0, 'open.mon: "08:30-24:01" is not on the clock'),
        ('open = { mon = ["24:00-08:00"] }\n', 0, "is not on the clock"),
        ('open = { mon = ["08:00-08:60"] }\n', 0, "is not on the clock"),
        ('open = { mon = ["08:00-08:00"] }\n', 0, "begins when it ends"),
        ('open = { fri-mon = ["08:00-12:00"] }\n', 0, 'open: "fri-mon" is no range of days'),
        ('open = { mon-fri = ["08:00-12:00"], fri = ["13:00-14:00"] }\n', 0, '"fri" has hours twice'),
        (HOURS + 'holidays = "XX"\n', 1, 'holidays of "XX" are not known'),
        (HOURS + 'holidays = { country = "NL", subdivision = "ZZ" }\n', 1, '"ZZ" is no part of NL'),
        (HOURS + 'holidays = "NL"\nexcept = ["Bad Friday"]\n', 2, 'no holiday of NL is called "Bad Friday"'),
        (HOURS + "except = [3]\n", 1, "must be the English name of a holiday or a date"),
        (HOURS + 'closed = ["2026-12-24"]\n', 1, "must be a date"),
        (HOURS + 'days = { 24-12-2026 = "08:30-12:00" }\n', 1, '"24-12-2026" is no date'),
    ],
)
def test_what_is_no_calendar_is_refused_where_it_stands(tmp_path: Path, text: str, line: int, what: str) -> None:
    [error] = errors(tmp_path, HEAD + text)
    assert error.startswith(f"config.toml:{LINE + line}: calendar.office.")
    assert what in error
