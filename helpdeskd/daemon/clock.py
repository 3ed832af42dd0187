"""What time it is: the one place where the desk looks at the wall clock.

`Clock.now` is aware UTC, to the microsecond. The demo sets it to the time of its story, and it goes on from there. How
long something takes is never asked here: a wall clock may jump, so durations are differences of `time.monotonic()`.
"""

from datetime import UTC, datetime, timedelta


class Clock:
    """The system's clock, moved by `offset`."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC) + self.offset

    def set(self, now: datetime) -> None:
        """Go on from `now` (aware)."""
        self.offset = now - datetime.now(UTC)
