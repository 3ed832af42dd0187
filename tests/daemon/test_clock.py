"""The wall clock, and the story's."""

from datetime import UTC, datetime, timedelta

from helpdeskd.daemon.clock import Clock


def test_the_clock_tells_the_systems_time_in_utc():
    before = datetime.now(UTC)
    now = Clock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.utcoffset() == timedelta(0)


def test_a_clock_that_was_set_goes_on_from_there():
    clock = Clock()
    story = datetime.fromisoformat("2026-11-02T09:00:00+01:00")
    clock.set(story)
    first, second = clock.now(), clock.now()
    assert story <= first <= second < story + timedelta(hours=1)
    assert first.utcoffset() == timedelta(0)
