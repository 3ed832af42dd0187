"""The table [retention]: how long the desk keeps what it no longer needs for its work."""

from typing import Annotated

from pydantic import AfterValidator

from helpdeskd.config.fields import Duration, Table, key
from helpdeskd.domain.retention import LEAST_AUDIT, Retention

USUAL = Retention()


def _audit(value: object) -> object:
    if value < LEAST_AUDIT:  # type: ignore[operator]
        raise ValueError(f"the audit record is kept for at least {LEAST_AUDIT.days} days")
    return value


class RetentionTable(Table):
    """How long what is kept."""

    received: Duration = key(USUAL.received, "Mails as they came, without files.", such="90 days")
    attachments: Duration = key(USUAL.attachments, "Mails as they came, with files.", such="365 days")
    sent: Duration = key(USUAL.sent, "Mails as they were sent.", such="90 days")
    strangers: Duration = key(USUAL.strangers, "Who wrote mail that became no ticket, and its subject.", such="90 days")
    tickets: Duration = key(USUAL.tickets, "Words and people of tickets on which no time was booked.", such="730 days")
    billed: Duration = key(
        USUAL.billed, "Words and people of the others, as long as the law wants its books kept.", such="2557 days"
    )
    audit: Annotated[Duration, AfterValidator(_audit)] = key(USUAL.audit, "The audit record.", such="1095 days")

    def retention(self) -> Retention:
        return Retention(**{name: getattr(self, name) for name in Retention.__dataclass_fields__})
