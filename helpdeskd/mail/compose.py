"""Letters → finished bytes, checked: the one way in which a mail of ours comes to be (spec mail.md, "Out").

In: a `Letter` and the templates. Out: one RFC 5322 mail to one recipient, 7-bit, CRLF only, with a text and an HTML
part of the same words. The same letter always gives the same bytes, but for the time of a DKIM signature. From is
always an address of ours; the fields that mark automatic mail (RFC 3834, and what Exchange and others read) are on
automatic mail and on no other.

`Composer.compose` raises `BrokenTemplate` or `UnsafeOutput` and never answers with bytes that `headers.verify` refuses.
`Composer.shipped` composes what an operator's template could not. `Composer.canary` sends hostile text through all of
it; run it at start, and do not start when it raises.
"""

from collections.abc import Callable, Collection, Sequence
from email.parser import BytesParser
from email.utils import format_datetime
from functools import cached_property
from importlib.resources.abc import Traversable

from helpdeskd.domain.desk import LARGEST_ATTACHMENTS
from helpdeskd.domain.notice import Letter
from helpdeskd.mail import headers, mime
from helpdeskd.mail.headers import UnsafeOutput, verify
from helpdeskd.mail.render import Renderer
from helpdeskd.mail.sample import sample_letter
from helpdeskd.mail.words import Words

_HOSTILE = (
    "Hi\nBcc: victim@example.org",
    "Hi\r\n\r\nbody",
    "=?utf-8?q?Hi=0ABcc:_victim@example.org?=",
    "é =?UTF-8?Q?=0A?=Bcc: victim@example.org",
    "é =?utf-8?q?=3D=3FUTF-8=3FQ=3F=3D0A=3F=3DBcc:_victim?=",
    '"Anna" <victim@example.org>, x',
    "Anna\u2028Bcc: victim@example.org\x00\x85",
    "{{ 7 * 7 }} {% include 'layout.html.j2' %} <script> **b** [a](https://example.org)",
    "\ud800 \udcff" + "x" * 2000,
)


class Composer:
    """Composes with the templates of the folders, the operator's first and ours last. A reload makes a new one.

    `room` is what the attachments of one mail may come to, in bytes; `sign` puts a signature on top of finished bytes.
    """

    def __init__(
        self,
        folders: Sequence[Traversable],
        default_language: str,
        room: int = LARGEST_ATTACHMENTS,
        sign: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self._folders, self._room, self._sign = tuple(folders), room, sign
        self._renderer = Renderer(folders, default_language)
        self._language = default_language

    def compose(self, letter: Letter) -> bytes:
        """The finished mail. Raises BrokenTemplate, and UnsafeOutput for an address that cannot be written."""
        attached, left_out = mime.within_limit(letter.attachments, self._room)
        rendered = self._renderer.render(letter, [attachment.name for attachment in left_out])
        content = mime.entity(rendered.text, rendered.html, attached, letter.message_id)
        subject = _subject(letter, rendered.subject)
        raw = content.whole(_fields(letter, subject, rendered.words))
        return self.sealed(raw, letter.notice.to.address)

    def sealed(self, raw: bytes, recipient: str) -> bytes:
        """A mail that may be stored: checked, and signed where the desk signs. Raises UnsafeOutput."""
        verify(raw, recipient)
        if self._sign is None:
            return raw
        signed = self._sign(raw)
        verify(signed, recipient)
        return signed

    @cached_property
    def shipped(self) -> "Composer":
        """The same with our own templates only, in English where we have none in the desk's language."""
        if len(self._folders) == 1:
            return self
        ours = self._folders[-1]
        language = self._language if (ours / self._language).is_dir() else "en"
        return Composer([ours], language, self._room, self._sign)

    def words(self, language: str) -> Words:
        """The words of a language, else of the desk's, for what is told elsewhere than in a mail."""
        return self._renderer.words(language)

    def check_templates(self, languages: Collection[str] = ()) -> list[str]:
        """Renders every template with a sample, in these languages or in all: `FILE:LINE: what is wrong (what would be
        right)`, one line each.
        """
        return self._renderer.check(languages)

    def canary(self) -> None:
        """Raises UnsafeOutput when with this interpreter hostile text changes the fields or the parts of a mail."""
        wanted = _shape(self.shipped.compose(sample_letter("reply", self._language)))
        for text in _HOSTILE:
            try:
                raw = self.shipped.compose(sample_letter("reply", self._language, text=text, name=text))
                changed = "" if _shape(raw) == wanted else "other fields or parts"
            except (UnsafeOutput, ValueError) as fault:
                changed = str(fault)
            if changed:
                raise UnsafeOutput(f"this Python makes an unsafe mail of {text[:60]!r}: {changed} (use a newer one)")


def _shape(raw: bytes) -> list[list[str]]:
    """The names of the fields of a mail and of its parts, as a parser finds them."""
    return [[name.lower() for name in part] for part in BytesParser().parsebytes(raw).walk()]


def _fields(letter: Letter, subject: str, words: Words) -> list[tuple[str, str]]:
    """The header of a letter; those that are empty are left out."""
    to = letter.notice.to
    return [
        ("Date", format_datetime(letter.date)),
        ("From", headers.mailbox(_author(letter, words), letter.from_address)),
        ("To", headers.mailbox(to.name, to.address)),
        ("Reply-To", headers.addr_spec(letter.reply_to) if letter.reply_to else ""),
        ("Subject", headers.subject(subject)),
        ("Message-ID", headers.message_ids((letter.message_id,))),
        ("In-Reply-To", headers.message_ids((letter.in_reply_to,))),
        ("References", headers.message_ids(letter.references)),
        *(_automatic(letter) if letter.notice.automatic else ()),
        ("X-Helpdeskd-Id", headers.subject(letter.instance)),
        ("MIME-Version", "1.0"),
    ]


def _automatic(letter: Letter) -> tuple[tuple[str, str], ...]:
    """What tells other programs that no person wrote this, and that they need not answer."""
    answers = letter.notice.answers
    return (
        ("Auto-Submitted", "auto-replied" if answers else "auto-generated"),
        ("Precedence", "auto_reply" if answers else "bulk"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Autoreply", "yes" if answers else ""),
        ("X-Loop", headers.addr_spec(letter.from_address)),
    )


def _author(letter: Letter, words: Words) -> str:
    sender = letter.notice.sender
    return f"{sender} {words.word('via', 'lines')} {letter.from_name}" if sender else letter.from_name


def _subject(letter: Letter, subject: str) -> str:
    """The subject with the tag of its ticket, once: after a `Re:`, so that clients see one conversation."""
    tag = f"[{letter.tag}]"
    if not letter.tag or tag in subject:
        return subject or letter.from_name
    answer, _, rest = subject.partition(" ") if subject.lower().startswith("re: ") else ("", "", subject)
    return " ".join(filter(None, (answer, tag, rest)))
