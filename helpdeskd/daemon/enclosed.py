"""What came with a mail and is passed on with what is sent of it: the attachments, and pictures that stood in its text.

Passed on once: a picture in the text that an earlier mail on the ticket brought byte for byte is the logo of a
signature, or is quoted, and everybody has it. One of less than a kilobyte is decoration. What is no picture, and what
is attached as a file, always goes. Earlier mails are searched as they came, without parsing them. Never fails.
"""

from binascii import b2a_base64

from helpdeskd.domain.message import Attachment, Message
from helpdeskd.storage import inbox, tickets

SMALLEST_PICTURE = 1024
MOST_MAILS = 10
"""So many earlier mails are searched, the newest ones."""


def enclosed(message: Message, ticket_id: int | None) -> tuple[Attachment, ...]:
    """The attachments of a mail that tell its readers something. It is on that ticket, or on none yet."""
    shown = [attachment for attachment in message.attachments if _is_in_the_text(attachment)]
    large = [picture for picture in shown if picture.size >= SMALLEST_PICTURE]
    earlier = _earlier_mails(ticket_id) if large and ticket_id is not None else []
    dropped = {picture.sha256 for picture in shown if picture not in large or _is_in(picture, earlier)}
    return tuple(a for a in message.attachments if not (_is_in_the_text(a) and a.sha256 in dropped))


def _is_in_the_text(attachment: Attachment) -> bool:
    return attachment.inline and attachment.type.startswith("image/")


def _is_in(picture: Attachment, mails: list[bytes]) -> bool:
    """Whether one of the mails, without its line breaks, holds the picture in base64 (RFC 2045 §6.8)."""
    coded = b2a_base64(picture.content, newline=False)
    return any(coded in mail for mail in mails)


def _earlier_mails(ticket_id: int) -> list[bytes]:
    numbers = dict.fromkeys(mail for _, mail in tickets.events(ticket_id) if mail is not None)
    found = (inbox.get(number) for number in list(numbers)[-MOST_MAILS:])
    return [mail.raw.translate(None, b"\r\n") for mail in found if mail is not None]
