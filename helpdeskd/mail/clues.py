"""What the header of a mail says of its conversation, before anybody has read the mail.

In: raw, the recipients of its envelopes and the prefix of the desk's references. Out: `Clues`. Reads the first 64 KiB
of the header block, in linear time, and at most so much of each field; never raises. Nothing in it is proved: it says
only which mails wait for each other (`domain.conversation`).
"""

import re
from collections.abc import Iterable, Iterator

from helpdeskd.domain.address import split_detail
from helpdeskd.domain.conversation import Clues
from helpdeskd.domain.token import APPROVE, DUTY, REPLY, THIRD_PARTY, read
from helpdeskd.mail.fields import decoded
from helpdeskd.mail.imap_envelope import header_fields, seems_from

MOST_IDS = 20
"""Of a References field the newest, as triage reads them; and the mail's own, and those of In-Reply-To."""
MOST_TICKETS = 6
LONGEST_FIELD = 16 * 1024
LONGEST_SUBJECT = 998
OF_TICKETS = frozenset({REPLY, DUTY, APPROVE, THIRD_PARTY})
_ID = re.compile(r"<[^<>\s]{1,998}>")


def clues_of(raw: bytes, recipients: Iterable[str], prefix: str) -> Clues:
    """The clues of a mail to these addresses."""
    fields = dict(reversed(header_fields(raw)))
    own, answered = _ids(fields, "message-id")[:1], _ids(fields, "in-reply-to")[:MOST_IDS]
    newest = (*reversed(_ids(fields, "references")[-MOST_IDS:]), *answered)
    tokens = (*map(_of_address, recipients), *map(_of_message_id, newest))
    tags = re.findall(rf"\[({re.escape(prefix)}-[0-9]{{1,9}})\]", _subject(fields), re.IGNORECASE)
    return Clues(
        author=seems_from(raw),
        message_ids=tuple(dict.fromkeys((*own, *newest))),
        references=tuple(dict.fromkeys(tag.upper() for tag in tags[:MOST_TICKETS])),
        ticket_ids=tuple(dict.fromkeys(_tickets(tokens)))[:MOST_TICKETS],
    )


def _ids(fields: dict[str, str], name: str) -> list[str]:
    return _ID.findall(fields.get(name, "")[-LONGEST_FIELD:])


def _subject(fields: dict[str, str]) -> str:
    return decoded(fields.get("subject", "")[:LONGEST_SUBJECT])


def _of_address(recipient: str) -> str:
    """The token of a reply address, `support+t.…@` or `support+note.t.…@`."""
    kind, _, token = split_detail(recipient.strip("<>"))[1].removeprefix("note.").partition(".")
    return token if kind == "t" else ""


def _of_message_id(message_id: str) -> str:
    """The token of a Message-ID of ours."""
    return message_id.strip("<>").partition("@")[0].partition(".")[2]


def _tickets(tokens: Iterable[str]) -> Iterator[int]:
    for claim in map(read, tokens):
        if claim is not None and claim.purpose in OF_TICKETS:
            yield claim.ticket_id
