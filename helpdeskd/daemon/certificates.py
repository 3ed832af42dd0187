"""Watches the end of our listeners' certificates, so that the sysadmin hears of it before clients do (attack F19).

An alarm is raised 21 days, 7 days and 1 day before the end of each, at once for one that is of no use any more, and
again for each certificate that a reload brings. Who renews on their own at 30 days never sees one.
"""

import ssl
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from helpdeskd.daemon import log
from helpdeskd.mail.tls import shown_until

ALARMS = tuple(timedelta(days=days) for days in (21, 7, 1, 0))
Shown = tuple[str, ssl.SSLContext, Path]


class Certificates:
    """`shown` are the listeners' names, contexts and certificate files; `until` is when each ends, aware UTC."""

    def __init__(self, shown: Iterable[Shown]) -> None:
        self.until: dict[str, datetime] = {}
        self._told: dict[str, int] = {}
        for name, context, chain in shown:
            try:
                self.until[name] = shown_until(context, chain)
            except ssl.SSLError as fault:
                why = getattr(fault, "verify_message", "") or fault.reason
                log.alarm(what="certificate", about=name, detail=f"clients of {name} refuse {chain}: {why}")

    def look(self, now: datetime) -> None:
        """Raise what alarms are due; `now` is aware UTC."""
        for name, until in self.until.items():
            due = sum(until - now <= left for left in ALARMS)
            if due > self._told.get(name, 0):
                log.alarm(what="certificate", about=name, detail=f"that of {name} ends at {until:%Y-%m-%d %H:%M} UTC")
            self._told[name] = due
