"""`python -m helpdeskd.daemon.calendar_child START END ZONE HANDOVER`: reads a duty calendar for the daemon.

In: its bytes on standard input; times in ISO 8601. Out: on standard output, the planned shifts as JSON, and 0; or, on
standard error, why it cannot be read, and 1. A calendar that wants more work than it is worth, or more memory, ends
this process and nothing else.
"""

import resource
import sys
from datetime import datetime, time
from zoneinfo import ZoneInfo

from helpdeskd.config.oncall import BadCalendar, Reading, read_calendar
from helpdeskd.storage.codec import dump

CPU_SECONDS = 5
MEMORY = 512 << 20


def main(words: list[str]) -> int:
    """Read it within the limits."""
    start, end, zone, handover = words
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    reading = Reading(
        datetime.fromisoformat(start), datetime.fromisoformat(end), ZoneInfo(zone), time.fromisoformat(handover)
    )
    try:
        print(dump(read_calendar(sys.stdin.buffer.read(), reading)))
    except BadCalendar as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
