"""A short plain mail to a gateway that makes a text message of it.

In: what is to be said. Out: finished bytes as `bare` makes them, with the reference as subject and at most 160
characters in one line.
"""

from datetime import datetime

from helpdeskd.mail import bare, headers

LONGEST = 160
"""The characters of one text message (GSM 03.38)."""


def compose(from_: str, to: str, reference: str, text: str, message_id: str, instance: str, now: datetime) -> bytes:
    """The finished mail; addresses are bare, `now` is aware. Raises UnsafeOutput."""
    line = headers.plain(text)
    short = line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"
    return bare.compose(from_, to, reference, short, message_id, instance, now)
