"""Who is on duty, and how an emergency went, in words."""

from dataclasses import replace
from datetime import timedelta

from helpdeskd.domain.duty import Roster, Shift
from helpdeskd.domain.event import DutyPaged, DutyReleased, DutyTaken, NoteAdded
from helpdeskd.policy.watch import history, on_duty
from tests.policy.scenes import DESK, NIGHT, NOW, ZONE

MINUTE = timedelta(minutes=1)


def test_who_is_on_duty_is_told_for_seven_days_with_who_comes_after_them() -> None:
    assert DESK.duty is not None
    night = Shift(NIGHT, NIGHT + timedelta(hours=9), "mia")
    duty = replace(DESK.duty, roster=Roster(("piet", "ans"), None, (night,)))
    assert on_duty(duty, NOW, ZONE).splitlines() == [
        "on duty (15 minutes each to acknowledge):",
        "  Mon 2026-11-23 10:00 to Mon 2026-11-23 23:00: piet, then ans",
        "  Mon 2026-11-23 23:00 to Tue 2026-11-24 08:00: mia, then piet, then ans",
        "  Tue 2026-11-24 08:00 to Mon 2026-11-30 10:00: piet, then ans",
    ]


def test_one_person_alone_has_nobody_after_them() -> None:
    assert DESK.duty is not None
    alone = replace(DESK.duty, roster=Roster(("piet",)))
    assert on_duty(alone, NOW, ZONE).endswith(": piet")


def test_without_a_roster_nobody_is_ever_on_duty() -> None:
    assert on_duty(None, NOW, ZONE) == "nobody is ever on duty (the desk has no roster)"


def test_the_history_tells_each_page_and_how_long_it_took() -> None:
    story = (
        DutyPaged(NIGHT, "desk", "piet", 1, NIGHT, first=True),
        NoteAdded(NIGHT, "ans", "Hm."),
        DutyPaged(NIGHT + 15 * MINUTE, "desk", "ans", 2, NIGHT, first=False),
        DutyTaken(NIGHT + 20 * MINUTE, "ans", "ans"),
        DutyReleased(NIGHT + 30 * MINUTE, "ans", NIGHT),
        DutyPaged(NIGHT + 60 * MINUTE, "desk", "piet", 1, NIGHT, first=True),
        DutyTaken(NIGHT + 62 * MINUTE, "piet", "piet"),
    )
    assert history(story, ZONE) == [
        "duty was woken",
        "  Mon 2026-11-23 23:00: step 1, piet was paged",
        "  Mon 2026-11-23 23:15: step 2, ans was paged",
        "  Mon 2026-11-23 23:20: taken by ans, after 20 min",
        "  Mon 2026-11-23 23:30: no emergency, says ans",
        "  Tue 2026-11-24 00:00: step 1, piet was paged",
        "  Tue 2026-11-24 00:02: taken by piet, after 2 min",
    ]


def test_where_nobody_was_woken_there_is_no_history() -> None:
    assert history((NoteAdded(NIGHT, "ans", "Hm."),), ZONE) == []
