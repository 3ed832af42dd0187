"""How long what is kept, once it is settled (docs/privacy.md)."""

from dataclasses import dataclass
from datetime import timedelta

DAY = timedelta(days=1)
LEAST_AUDIT = 365 * DAY


@dataclass(frozen=True, slots=True)
class Retention:
    """Each counted from when it was settled: a mail decided or sent, a ticket ended, a change made.

    `received` are the bytes of mails, `attachments` of those that bring files, `sent` of those that went out;
    `strangers` is what is told of mails that became no ticket. `tickets` are the words and people of tickets without
    work, `billed` of those with; `audit` is the audit record.
    """

    received: timedelta = 90 * DAY
    attachments: timedelta = 365 * DAY
    sent: timedelta = 90 * DAY
    strangers: timedelta = 90 * DAY
    tickets: timedelta = 730 * DAY
    billed: timedelta = 2557 * DAY
    audit: timedelta = 1095 * DAY
