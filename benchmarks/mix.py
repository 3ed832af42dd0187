"""The mails that everything is measured with: a mix as a helpdesk gets it, the same in every run.

Of twenty mails twelve are plain (2.5 kB), five have an HTML form beside the text (14 kB), two a picture of 200 kB and
one a file of 2 MB, which base64 makes a third larger: about 170 kB a mail. Half are new matters and half replies to
them, by 200 contacts of 50 customers. A reply comes at least `LAG` new matters after what it answers, so that as many
sessions at a time do not bring it first. `run` stands in every Message-ID: the same mails of another run are others.

In: how many, which kinds, a seed. Out: `Mail`s, lines ended by CRLF, ASCII only.
"""

import base64
import quopri
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from textwrap import fill

from benchmarks.words import words

SUPPORT = "support@desk.example"
CUSTOMERS, CONTACTS = 50, 4
LAG = 32
MIX = ("plain",) * 12 + ("html",) * 5 + ("photo",) * 2 + ("archive",)
KINDS = {"mix": MIX, "plain": ("plain",), "huge": ("huge",)}
"""What can be asked for; `huge` is a mail of 33 MB, which is in no mix."""
FILES = {
    "photo": ("photo.jpg", "image/jpeg", 200_000),
    "archive": ("logs.zip", "application/zip", 2_000_000),
    "huge": ("video.mp4", "video/mp4", 24_300_000),
}
TEXT_BYTES = {"plain": 1_700, "html": 5_200, "photo": 1_700, "archive": 1_700, "huge": 1_700}
BOUNDARY = b"------------0iXq8rWcYt3mZ5bN"
PROOF = "relay.test"
"""The relay whose word the desk takes for who has sent a mail."""
DATE = "Mon, 02 Nov 2026 09:14:00 +0100"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in pieces, of which the file is shared by many."""

    sender: str
    message_id: str
    kind: str
    answers: str
    pieces: tuple[bytes, ...]

    @property
    def raw(self) -> bytes:
        return b"".join(self.pieces)


def sender(number: int) -> str:
    """The address of a contact, of which there are `CUSTOMERS` times `CONTACTS`."""
    number %= CUSTOMERS * CONTACTS
    return f"contact{number % CONTACTS}@customer{number // CONTACTS}.example"


def subject(number: int) -> str:
    """What a matter is about."""
    return f"{' '.join(words(random.Random(number), 6))} {number}"


def mails(count: int, kinds: Sequence[str] = MIX, seed: int = 1, run: str = "a") -> Iterator[Mail]:
    """So many mails, half of them replies (a kind in every block of `kinds` as often as it stands there)."""
    draw = random.Random(seed)
    block: list[str] = []
    for number, is_reply in _order(count):
        block = block or draw.sample(kinds, len(kinds))
        yield _mail(number, is_reply, block.pop(), run)


def _order(count: int) -> Iterator[tuple[int, bool]]:
    """Which matter comes, and whether it is the reply: some new ones, then one of each, then the replies left."""
    new, replies = -(-count // 2), count // 2
    ahead = min(LAG, new)
    yield from ((number, False) for number in range(ahead))
    for number in range(new - ahead):
        yield number, True
        yield number + ahead, False
    yield from ((number, True) for number in range(new - ahead, replies))


def _mail(number: int, is_reply: bool, kind: str, run: str) -> Mail:
    address = sender(number)
    domain = address.partition("@")[2]
    first, message_id = (f"<{run}.{number}.{part}@{domain}>" for part in ("new", "reply" if is_reply else "new"))
    draw = random.Random(f"{number} {is_reply}")
    lines = [
        f"Authentication-Results: {PROOF}; dmarc=pass header.from={domain}",
        f"Received: from mail.{domain} (mail.{domain} [192.0.2.{number % 250}])",
        f"\tby relay.test with ESMTPS id {run}{number}; {DATE}",
        f"From: Contact {number % CONTACTS} <{address}>",
        f"To: Support <{SUPPORT}>",
        f"Subject: {'Re: ' if is_reply else ''}{subject(number)}",
        f"Date: {DATE}",
        f"Message-ID: {message_id}",
        *([f"In-Reply-To: {first}", f"References: {first}"] if is_reply else []),
        "User-Agent: Mozilla Thunderbird",
        "Content-Language: en-GB",
        "MIME-Version: 1.0",
    ]
    head = "".join(f"{line}\r\n" for line in lines).encode()
    pieces = (head, *_content(kind, _text(kind, is_reply, draw)))
    return Mail(address, message_id, kind, first if is_reply else "", pieces)


def _text(kind: str, is_reply: bool, draw: random.Random) -> str:
    size = TEXT_BYTES[kind]
    if not is_reply:
        return f"Hello,\n\n{_lines(size, draw)}\n"
    quoted = "".join(f"> {line}\n" for line in _lines(size // 2, draw).splitlines())
    return f"Hello,\n\n{_lines(size // 2, draw)}\n\nOn 02/11/2026 09:00, Support wrote:\n{quoted}"


def _content(kind: str, text: str) -> tuple[bytes, ...]:
    """The header of the content, an empty line and the content, in pieces."""
    plain = b"Content-Type: text/plain; charset=UTF-8; format=flowed\r\n" + _quoted(text)
    if kind == "html":
        return _multipart("alternative", plain, _html(text))
    if kind in FILES:
        return _multipart("mixed", plain, _file(kind))
    return (plain,)


def _html(text: str) -> bytes:
    paragraphs = "".join(f"<p style='margin-top:0;margin-bottom:0'>{escape(line)}</p>\n" for line in text.splitlines())
    whole = f"<html><head><meta charset='utf-8'></head><body>\n{paragraphs}</body></html>\n"
    return b"Content-Type: text/html; charset=UTF-8\r\n" + _quoted(whole)


def _multipart(kind: str, first: bytes, second: bytes) -> tuple[bytes, ...]:
    head = b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n--%b\r\n' % (kind.encode(), BOUNDARY, BOUNDARY)
    return head + first + b"--%b\r\n" % BOUNDARY, second, b"--%b--\r\n" % BOUNDARY


def _lines(size: int, draw: random.Random) -> str:
    text = " ".join(words(draw, size // 7))[:size]
    return fill(f"Héllo {text}", 72)


def _quoted(text: str) -> bytes:
    encoded = quopri.encodestring(text.encode())
    return b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + encoded.replace(b"\n", b"\r\n")


@cache
def _file(kind: str) -> bytes:
    """A part of noise, since pictures and archives are compressed already."""
    name, content_type, size = FILES[kind]
    content = base64.encodebytes(random.Random(kind).randbytes(size)).replace(b"\n", b"\r\n")
    head = f'Content-Type: {content_type}; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    return head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + content
