"""`/snooze`: an agent is reminded in their working time."""

from datetime import timedelta

from helpdeskd.domain.sort_event import Snoozed
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import NOW, ticket

HOUR = timedelta(hours=1)


def test_the_reminder_comes_at_that_instant_and_the_ticket_stays_as_it_is() -> None:
    result = order("/snooze 3h ask the supplier")
    assert result.events == (Snoozed(NOW, "piet", NOW + 3 * HOUR, "ask the supplier"),)
    assert result.ticket == ticket()
    assert result.lines == ("/snooze 3h ask the supplier: you are reminded on 2026-11-23 13:00",)


def test_outside_working_time_it_waits_for_the_next_opening() -> None:
    assert order("/snooze 12h").events == (Snoozed(NOW, "piet", NOW + 22.5 * HOUR),)


def test_what_is_no_moment_is_refused_in_the_words_of_the_command() -> None:
    assert "(/snooze 2026-11-30, /snooze friday, /snooze 2wd, /snooze 3h)" in refusal("/snooze soon")
    assert refusal("/snooze 2026-11-23").endswith("that is not in the future")
