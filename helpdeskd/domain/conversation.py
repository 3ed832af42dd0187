"""Conversations: which queued mails have to be decided in the order of their arrival, and which may be taken now (P6).

A mail has keys. Two mails of one conversation share one: their author, the author's customer (or agent), a ticket that
both name and its customer, or a Message-ID that is in both threads. They are read from the header at intake, before
anything is proved, and name too much rather than too little; a mail that names others' tickets waits, and does no more.

That is enough for order: what a mail does to a ticket, it does for who takes part in it (the author), for its customer,
or because it answers a mail about it (token, tag, Message-ID). Only a mark in quoted text names a ticket unseen, where
a mail program keeps no header of a thread: such a mail is in order with all others of its author. For money it need not
be enough: two turns over one customer's hours conflict in the database, and the later one is done again (P13). The
order is that of acceptance: of two mails that were accepted at the same moment either may be the first.

`choose` is what a claimant takes. Nothing here raises, reads a clock or the database.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

KEY_BYTES = 6
"""Eight characters: two of a million conversations share a key by chance, and then only wait for each other."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What a mail's header says of its conversation, all of it unproved and bounded.

    `author` is a normalised address or "", `message_ids` are its own and those that it answers, `references` tickets
    as people name them, `ticket_ids` those of tokens.
    """

    author: str = ""
    message_ids: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    ticket_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail without a fate, `size` in bytes. `free`: nobody has it in hand, and nothing else holds it up."""

    id: int
    size: int
    keys: frozenset[str]
    free: bool


def keys(clues: Clues, party: str, tickets: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The keys of a mail. `party` is the customer or agent whom the desk knows its author as, or "".

    `tickets` are the references of those that it names, each with its customer or "".
    """
    named = chain.from_iterable((f"ticket {reference}", _party(customer)) for reference, customer in tickets)
    spelled = (f"author {clues.author}", _party(party), *named, *(f"mail {text}" for text in clues.message_ids))
    return frozenset(map(_short, filter(None, spelled)))


def choose(waiting: Sequence[Waiting], most: int, max_bytes: int) -> list[Waiting]:
    """Which of the mails that wait, in order, one claimant takes: at most so many and, but for one, so large.

    None that shares a key with an earlier one that it does not take. Where no mail is in hand, the first that is free
    and behind nobody is taken, so the queue always moves.
    """
    taken: list[Waiting] = []
    behind: set[str] = set()
    for mail in waiting:
        if len(taken) == most:
            break
        fits = not taken or mail.size <= max_bytes
        if mail.free and fits and behind.isdisjoint(mail.keys):
            taken.append(mail)
            max_bytes -= mail.size
        else:
            behind |= mail.keys
    return taken


def _party(name: str) -> str:
    return f"party {name}" if name else ""


def _short(text: str) -> str:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()
    return urlsafe_b64encode(digest).decode()
