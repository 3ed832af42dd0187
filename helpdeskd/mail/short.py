"""A short plain mail to a gateway that makes a text message of it.

In: what is to be said. Out: finished bytes, 7-bit, with the reference as subject and one text part of at most 160
characters in one line. Marked as automatic, like all mail that no person wrote (RFC 3834); to be sealed by
`compose.Composer`. Raises UnsafeOutput for an address that cannot be written.
"""

from datetime import datetime
from email.utils import format_datetime

from helpdeskd.mail import headers, mime

LONGEST = 160
"""The characters of one text message (GSM 03.38)."""


def compose(from_: str, to: str, reference: str, text: str, message_id: str, instance: str, now: datetime) -> bytes:
    """The finished mail; addresses are bare, `now` is aware."""
    line = headers.plain(text)
    content = mime.text_only(line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…")
    fields = [
        ("Date", format_datetime(now)),
        ("From", headers.addr_spec(from_)),
        ("To", headers.addr_spec(to)),
        ("Subject", headers.subject(reference)),
        ("Message-ID", headers.message_ids((message_id,))),
        ("Auto-Submitted", "auto-generated"),
        ("X-Helpdeskd-Id", headers.subject(instance)),
        ("MIME-Version", "1.0"),
    ]
    return content.whole(fields)
