"""Death at a chosen line: how it is shown that a kill -9 anywhere costs nothing (spec P12, fault F01).

    HELPDESKD_FAILPOINT=commit.after:3          each process of the desk kills itself when it passes there a third time
    HELPDESKD_FAILPOINT=commit.after:3:FILE     the first to do so makes FILE, and none dies once it is there

`reach` stands behind every change of state, and does nothing but compare two strings while nobody asks for a death. The
variable is read once, when the process starts. It is for tests: whoever can set it could as well send the signal. In no
room of its own, because all rooms that do something have points. A point that is not in POINTS is refused (ValueError).
"""

import os
import signal
from pathlib import Path

VARIABLE = "HELPDESKD_FAILPOINT"
POINTS = (
    # Any transaction of any process.
    "commit.before",
    "commit.after",
    # Start and end.
    "schema.before",
    "schema.after",
    "start.recovered",
    "start.settled",
    "end.drained",
    # A mail comes.
    "intake.stored",
    "intake.put",
    "intake.committed",
    "smtp.answered",
    "imap.put",
    "imap.filed",
    "checker.found",
    # It is decided.
    "worker.taken",
    "worker.parsed",
    "worker.decided",
    "worker.struck",
    "turn.recorded",
    "turn.carried",
    "letter.queued",
    # The clock.
    "sweep.done",
    # A mail goes.
    "dispatch.claimed",
    "dispatch.settled",
    "smarthost.text",
    "smarthost.dot",
    "smarthost.answered",
)

_point, _left, _once = "", 0, ""


def arm(wanted: str) -> None:
    """Die at `point:n`, or `point:n:file`; "" for never. Raises ValueError for what is neither."""
    global _point, _left, _once
    name, _, rest = wanted.partition(":")
    times, _, once = rest.partition(":")
    if wanted and name not in POINTS:
        raise ValueError(f"{VARIABLE}: there is no point {name!r} (one of {', '.join(POINTS)} would be right)")
    _point, _left, _once = name, int(times or 1), once


def reach(point: str) -> None:
    """We are at this point."""
    if point == _point:
        _count_down()


def _count_down() -> None:
    global _left
    _left -= 1
    if _left > 0 or (_once and not _is_first(Path(_once))):
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _is_first(mark: Path) -> bool:
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


arm(os.environ.get(VARIABLE, ""))
