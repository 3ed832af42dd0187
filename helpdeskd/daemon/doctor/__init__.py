"""Whether everything that the configuration names is there and answers: rows of `EXAMINATIONS`, one function each.

In: a configuration that is in order (`helpdeskd check`) and the time (aware UTC). Out: findings, as they come. An
examination speaks to a server as the daemon would, changes nothing, and tells what fails instead of raising. To look
at something else, write a function and its row here.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from helpdeskd.config.load import Loaded
from helpdeskd.daemon.doctor import machine, mail_servers, names, own
from helpdeskd.daemon.doctor.finding import Finding, Level

__all__ = ["EXAMINATIONS", "Finding", "Level", "examine"]

Examination = Callable[[Loaded, datetime], Iterator[Finding]]

EXAMINATIONS: tuple[Examination, ...] = (
    machine.database,
    machine.bucket,
    machine.disk,
    machine.clock,
    own.certificates,
    own.duty_calendar,
    own.alarms,
    mail_servers.mailboxes,
    mail_servers.smarthost,
    names.our_domains,
)


def examine(loaded: Loaded, now: datetime) -> Iterator[Finding]:
    """All findings, in the order of the rows."""
    for examination in EXAMINATIONS:
        yield from examination(loaded, now)
