"""The mail that somebody sends on: who wrote it, its subject and its text, for who acts on its author's behalf.

In: a Message, or the text of a copied mail. Out: a Forwarded, or None. It is where mail programs put it: copied below
what the sender wrote, under a block of fields in any language of `header_block`, or attached as a mail of its own.

What stands in a copied block anybody can write, so it proves nothing: it is what a proved sender says of somebody else.
Outlook copies the mail that it answers in the same way, so the author may well be the desk itself. It takes linear
time and never raises.
"""

import re
from dataclasses import dataclass

from helpdeskd.domain.address import normalise
from helpdeskd.domain.message import Message
from helpdeskd.triage.header_block import fields, mark_at
from helpdeskd.triage.quoting import split

_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:]{1,64}@[^\s<>()\[\]\",;:]{1,255}")
_BRACKETED = re.compile(rf"[<\[(]\s*(?:mailto:)?({_ADDRESS.pattern})")
_END = re.compile(r"\n-{2,} ?end forwarded message ?-{2,}(?:\n|$)", re.IGNORECASE)
_AROUND = " \t\u00a0\"'*_,;:«»“”"


@dataclass(frozen=True, slots=True)
class Forwarded:
    """`address` as it is written, "" where the block tells a name only; `text` without the block and without marks."""

    address: str
    name: str
    subject: str
    text: str


def forwarded(message: Message) -> Forwarded | None:
    """The mail that is copied in a message; if none is, the first that is attached to it."""
    return read(split(message.text).forwarded) or read(message.forwarded)


def read(copied: str) -> Forwarded | None:
    """A copied mail that begins with its block of fields, or a title and the block; None where no author is told."""
    lines = copied.strip().split("\n")
    mark = mark_at(lines, 0)
    told = fields(lines[: mark.lines]) if mark else {}
    if mark is None or "from" not in told:
        return None
    address, name = _author(told["from"])
    text = _END.split("\n" + "\n".join(lines[mark.lines :]), maxsplit=1)[0]
    return Forwarded(address, name, told.get("subject", ""), text.strip("\n"))


def _author(value: str) -> tuple[str, str]:
    """Address and name of an author. The last address in brackets is the true one: a name may look like another."""
    bracketed = list(_BRACKETED.finditer(value))
    bare = _ADDRESS.search(value)
    address = bracketed[-1][1] if bracketed else bare[0] if bare else ""
    name = value[: bracketed[0].start()] if bracketed else value.replace(address, "")
    name = name.strip(_AROUND)
    return address if normalise(address) else "", "" if name == address else name
