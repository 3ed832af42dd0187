"""What the desk itself brings: the certificates that its listeners show, its duty calendar as it can be had now, and
whether anybody hears of its alarms.
"""

from collections.abc import Iterator
from datetime import datetime

from helpdeskd.config.load import Loaded
from helpdeskd.config.oncall import BadCalendar
from helpdeskd.daemon import oncall
from helpdeskd.daemon.certificates import ALARMS
from helpdeskd.daemon.doctor.finding import Finding, error, ok, warning
from helpdeskd.daemon.ways_in import listeners
from helpdeskd.mail.tls import server_context, shown_until


def certificates(loaded: Loaded, now: datetime) -> Iterator[Finding]:
    """Until when the certificate of each listener counts."""
    for kind, table in listeners(loaded.settings):
        if table.tls == "none" or table.tls_cert is None:
            continue
        about = f"{kind} {table.name}"
        try:
            until = shown_until(server_context(table.tls_cert, table.tls_key), table.tls_cert)
        except OSError as fault:
            yield error(about, f"clients refuse {table.tls_cert}: {getattr(fault, 'verify_message', '') or fault}")
            continue
        told = f"its certificate ends at {until:%Y-%m-%d %H:%M} UTC"
        yield warning(about, f"{told} (renew it)") if until - now <= ALARMS[0] else ok(about, told)


def duty_calendar(loaded: Loaded, now: datetime) -> Iterator[Finding]:
    """The calendar's file or feed is fetched and read; nothing is stored."""
    table = loaded.config.duty.calendar if loaded.config.duty else None
    if table is None:
        return
    try:
        calendar = oncall.read(oncall.fetched(table), loaded, now)
    except BadCalendar as wrong:
        yield error("duty calendar", str(wrong))
        return
    yield ok("duty calendar", f"{len(calendar.events)} shifts from now on")


def alarms(loaded: Loaded, _now: datetime) -> Iterator[Finding]:
    """Whom they reach."""
    told = (*loaded.config.alarms.to, *loaded.config.alarms.channels)
    if told:
        yield ok("alarms", f"go to {', '.join(told)}")
    else:
        yield warning("alarms", "go to nobody but the log (add [alarms] with to)")
