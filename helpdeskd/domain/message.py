"""What a mail is: the envelope it came in, and the message that parsing makes of its raw bytes.

Values only. `mail.parse` makes a Message out of any bytes and never fails; what it could not read is told in
`defects`. Single-line fields hold no control, bidi or line-separator characters; addresses are as written (compare
them through `address.normalise`).
"""

from binascii import a2b_base64
from collections.abc import Callable, KeysView
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from helpdeskd.domain.address import Mailbox

SMALLEST_PICTURE = 1024
"""A picture in the text of fewer bytes than this shows nothing."""


class Nature(StrEnum):
    """What wrote a mail (spec "Nature"): only a person is answered, commands or approves."""

    PERSON = "person"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    BULK = "bulk"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a mail came (RFC 5321 §2.3.1): one forward-path; a mail to two of our addresses has two envelopes.

    `received_at` is aware UTC: when we accepted it, or the mailbox's INTERNALDATE; never the Date header. `peer` is the
    client's IP address or "", `login` the SMTP AUTH identity or "", `source` one of smtp, lmtp, imap, file; `account`
    the name of the listener or mailbox that took it in. `helo` is what the client called itself (RFC 5321 §4.1.1.1)
    or "", and `checked` what our own check of the sender found, as an RFC 8601 value; None where none was made.
    """

    reverse_path: str | None
    forward_path: str
    received_at: datetime
    source: str = "smtp"
    peer: str = ""
    login: str = ""
    account: str = ""
    helo: str = ""
    checked: str | None = None


@dataclass(frozen=True, slots=True)
class InBase64:
    """Octets, `size` of them, as they came: lines of 76 letters, CRLF between them (RFC 2045 §6.8)."""

    lines: bytes = field(repr=False)
    size: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not the body. `name` is made safe for people to read and is never used on disk.

    Few attachments are asked for their `content`, and it is decoded anew at each call where it is `kept` in base64.
    """

    name: str
    type: str
    size: int
    inline: bool
    kept: bytes | InBase64 = field(repr=False)
    content_id: str = ""
    contains: tuple[str, ...] = ()

    @property
    def content(self) -> bytes:
        return a2b_base64(self.kept.lines) if isinstance(self.kept, InBase64) else self.kept

    @property
    def sha256(self) -> str:
        """In hex; computed anew at each call, since few attachments are asked for it."""
        return sha256(self.content).hexdigest()

    @property
    def in_text(self) -> bool:
        """Whether it is a picture that stands in the text."""
        return self.inline and self.type.startswith("image/")

    @property
    def is_decoration(self) -> bool:
        """Whether it stands in the text and is too small to show anything."""
        return self.in_text and self.size < SMALLEST_PICTURE


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One recipient of a delivery report (RFC 3464 §2.3): failed for good, and is the address itself bad?"""

    address: str
    action: str
    status: str
    permanent: bool
    bad_address: bool


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery report and the Message-ID of the mail that it is about ("" if it does not say)."""

    recipients: tuple[FailedRecipient, ...]
    original_message_id: str = ""


def one_form() -> None:
    """What a mail shows in another form, where it has one form only."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a person or program wrote (RFC 5322, 2045).

    `from_` is the best reading of the From field for people; it identifies its author only while `from_defect` is "".
    `headers` are all fields in their order, top first, unfolded, names as written, values decoded to text. `text` is
    the whole text of the body: text/plain, else made from HTML; `plain` says that it was text/plain. `content_type` is
    the top type, lower case, without parameters (report-type is kept: `multipart/report; report-type=…`). `forwarded`
    is what the first attached mail says, below a title and its fields. `show` gives `shown`, which few ask for.
    `cut`: not all of it was read, for its length or because it has two readings; the whole is among the attachments.
    """

    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    subject: str = ""
    from_: Mailbox | None = None
    from_defect: str = "no From field"
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    date: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "text/plain"
    text: str = ""
    plain: bool = True
    attachments: tuple[Attachment, ...] = ()
    forwarded: str = ""
    show: Callable[[], str | None] = field(default=one_form, repr=False, compare=False)
    cut: bool = False
    bounce: Bounce | None = None
    defects: tuple[str, ...] = ()
    _named: dict[str, list[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named: dict[str, list[str]] = {}
        for name, value in self.headers:
            named.setdefault(name.lower(), []).append(value)
        object.__setattr__(self, "_named", named)

    @property
    def shown(self) -> str | None:
        """What a program shows that prefers the last form of each text (RFC 2046 §5.1.4), without what its HTML hides;
        None where there is one form only.
        """
        return self.show()

    @property
    def names(self) -> KeysView[str]:
        """The names of all fields, in lower case."""
        return self._named.keys()

    def header(self, name: str, default: str = "") -> str:
        """The first field of that name, whatever its case."""
        named = self._named.get(name.lower())
        return named[0] if named else default

    def all_headers(self, name: str) -> tuple[str, ...]:
        """Every field of that name, top first."""
        return tuple(self._named.get(name.lower(), ()))
