"""A mail of plain text without a template, for whoever looks after the desk and for gateways.

In: what is to be said. Out: finished bytes, 7-bit, with one text part. Marked as automatic, like all mail that no
person wrote (RFC 3834); to be sealed by `compose.Composer`. Raises UnsafeOutput for an address that cannot be written.
"""

from datetime import datetime
from email.utils import format_datetime

from helpdeskd.mail import headers, mime


def compose(
    from_: str,
    to: str,
    subject: str,
    text: str,
    message_id: str,
    instance: str,
    now: datetime,
    reply_to: str = "",
) -> bytes:
    """The finished mail; addresses are bare, `now` is aware."""
    fields = [
        ("Date", format_datetime(now)),
        ("From", headers.addr_spec(from_)),
        ("To", headers.addr_spec(to)),
        ("Reply-To", headers.addr_spec(reply_to) if reply_to else ""),
        ("Subject", headers.subject(subject)),
        ("Message-ID", headers.message_ids((message_id,))),
        ("Auto-Submitted", "auto-generated"),
        ("X-Helpdeskd-Id", headers.subject(instance)),
        ("MIME-Version", "1.0"),
    ]
    return mime.text_only(text).whole(fields)
