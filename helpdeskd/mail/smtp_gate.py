"""What is asked of a mail before its content comes: is there room, is the recipient ours (RFC 5321 §3.3).

The hooks that aiosmtpd calls for MAIL and RCPT once their syntax is right. A mail is only ever taken for our own
addresses, whoever sends it, so the desk is no relay; `postmaster` is always one of them (§4.5.1).
"""

from collections.abc import Sequence

from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Transaction

from helpdeskd.mail.smtp_settings import Intake

NO_ROOM = "452 4.3.1 We have no room, come again later"
NEEDS_UTF8 = "553 5.6.7 An address outside ASCII needs SMTPUTF8"
NOT_OURS = "550 5.1.1 No such address here"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients, send this mail to the others later"


class Gate:
    """Decides on senders and recipients; each hook returns the reply and notes what it admits in the transaction."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def __dir__(self) -> tuple[str, ...]:
        """The hooks only: aiosmtpd looks through all names for them, for each connection."""
        return "handle_MAIL", "handle_RCPT"

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, transaction: Transaction, address: str, _options: Sequence[str]
    ) -> str:
        """Any sender may come while the disk has room."""
        if not address.isascii() and not transaction.smtp_utf8:
            return NEEDS_UTF8
        if not self._intake.reserve():
            return NO_ROOM
        transaction.mail_from = address
        return "250 2.1.0 Sender ok"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, transaction: Transaction, address: str, _options: Sequence[str]
    ) -> str:
        """Our addresses only, and not too many of them."""
        if not address.isascii() and not transaction.smtp_utf8:
            return NEEDS_UTF8
        if not self._is_ours(address):
            return NOT_OURS
        if len(transaction.rcpt_tos) >= self._intake.settings.max_recipients:
            return TOO_MANY_RECIPIENTS
        transaction.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    def _is_ours(self, address: str) -> bool:
        local, _, domain = address.lower().partition("@")
        settings = self._intake.settings
        if local == "postmaster" and (not domain or domain in settings.domains | {settings.hostname.lower()}):
            return True
        return self._intake.recipients(address)
