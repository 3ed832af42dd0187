"""LMTP (RFC 2033): SMTP for a mail server that hands mail on, with one reply per recipient.

LHLO is the only greeting. After the final dot every recipient that was accepted gets its own reply, in the order of the
RCPT commands, also when the mail is refused; ours are all alike, as all envelopes are committed together. Only a 421,
which ends the session, is said once.
"""

from aiosmtpd.smtp import syntax

from helpdeskd.mail.smtp_commands import SmtpSession
from helpdeskd.mail.smtp_connection import UNKNOWN


class LmtpSession(SmtpSession):
    """An LMTP session."""

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, hostname: str | None) -> None:
        await super().smtp_EHLO(hostname)

    async def smtp_EHLO(self, _hostname: str | None) -> None:
        await self.push(UNKNOWN)

    async def smtp_HELO(self, _hostname: str | None) -> None:
        await self.push(UNKNOWN)

    async def answer(self, recipients: list[str], reply: str) -> None:
        """One line for each recipient, and one error for all."""
        if reply.startswith("421"):
            await self.push(reply)
            return
        code, enhanced, text = reply.split(" ", 2)
        await self.push("\r\n".join(f"{code} {enhanced} <{recipient}> {text}" for recipient in recipients))
