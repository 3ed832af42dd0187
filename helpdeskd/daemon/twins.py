"""The same mail at several addresses of the desk (To and Cc, a reply address and the queue's own): one is decided.

In: a queued mail, in the caller's transaction. Out: the mail as it is to be decided, or None where it ended as a copy.

    copies      of one queue, at whatever addresses; of an agent also those at a reply or note address of another one
    stands      a copy that something came of; else the one at the writer's own reply address, which proves most; else
                the first. A reply address of somebody else stands for nothing, but its holder is told
    inside      where an agent wrote to a note address too, the one that is decided is a note, whichever it is
    apart       the writer's own reply addresses for two tickets: an answer to each, unless it is a note

A copy that came first and waits for a person is ended when a better one is decided. Raises what `turn` raises.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from helpdeskd.daemon import log
from helpdeskd.daemon.letters import Post
from helpdeskd.daemon.turn import carry_out
from helpdeskd.domain.address import normalise, split_detail, with_detail
from helpdeskd.domain.contact_event import AddressMisused
from helpdeskd.domain.desk import Queue
from helpdeskd.domain.event import CommandsFailed, TokenMisused
from helpdeskd.domain.merged import merged_into
from helpdeskd.domain.message import Message
from helpdeskd.domain.token import APPROVE, BOUNCE, DUTY, REPLY, THIRD_PARTY, read
from helpdeskd.storage import inbox, tickets
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.inbox import Received
from helpdeskd.triage.agent import NOTE
from helpdeskd.triage.triage import World, triage

CARRIED_OUT = frozenset({"opened", "added", "commands", "approval", "recorded"})
OF_TICKETS = frozenset({REPLY, DUTY, APPROVE, THIRD_PARTY})
Matter = tuple[str, int]
"""What a token is about: the purpose ("" for all that are about tickets), and the number."""


@dataclass(frozen=True, slots=True)
class Copy:
    """`about` is what the writer's own token in the address is about; `foreign`: it is no way for this writer; `note`:
    an agent keeps inside what it says.
    """

    row: Received
    queue: Queue
    about: Matter | None = None
    foreign: bool = False
    note: bool = False

    @property
    def worth(self) -> int:
        """How much its address says and proves."""
        return -1 if self.foreign else 2 * (self.about is not None) + self.note

    @property
    def place(self) -> tuple[int, int]:
        """The greater one stands for the lesser; of two alike the first."""
        return self.worth, -self.row.id


@dataclass(frozen=True, slots=True)
class _Writer:
    """Who a mail says that it is from, with all of their addresses; nothing is proved of it."""

    addresses: tuple[str, ...]
    is_agent: bool


def as_decided(row: Received, message: Message, post: Post, now: datetime) -> Received | None:
    """The mail, addressed as all of its copies together say; None where another one stands for it."""
    others = inbox.copies(row)
    if not others:
        return row
    writer = _writer(message)
    mine = _copy(row, writer, post, now)
    if mine is None:
        return row
    copies = [copy for other in others if (copy := _copy(other, writer, post, now))]
    inside = any(copy.note for copy in (mine, *copies))
    same = [copy for copy in copies if copy.row.fate != "duplicate" and _are_one(mine, copy, writer, inside)]
    stands = _that_stands(mine, same)
    if stands is not None:
        _end_as_copy(row, message, stands, now)
        if mine.foreign:
            _tell_holder(row, message, post, now)
        return None
    for copy in same:
        if copy.row.status == "held":
            _end_as_copy(copy.row, message, mine, now)
    return _inside(row) if inside and not mine.note else row


def _writer(message: Message) -> _Writer:
    directory = StoredDirectory()
    address = normalise(message.from_.address) if message.from_ else ""
    agent = directory.agent(address)
    person = directory.contact(address) or agent
    return _Writer(person.addresses if person else (address,), agent is not None)


def _copy(row: Received, writer: _Writer, post: Post, now: datetime) -> Copy | None:
    """What the address of a copy says; None for one that belongs to no queue."""
    address = normalise(row.envelope.forward_path)
    queue, detail = post.desk.queue_of(address), split_detail(address)[1]
    if queue is None:
        return None
    kind, _, token = detail.removeprefix(f"{NOTE}.").partition(".")
    about = _own(token, writer, post, now) if kind == "t" else None
    foreign = kind == BOUNCE or (kind == "t" and about is None and read(token) is not None)
    return Copy(row, queue, about, foreign, writer.is_agent and detail.partition(".")[0] == NOTE)


def _own(token: str, writer: _Writer, post: Post, now: datetime) -> Matter | None:
    """What a token is about that was issued to the writer and is good; None for any other."""
    claim, directory = read(token), StoredDirectory()
    if claim is None:
        return None
    ticket = directory.ticket_by_id(claim.ticket_id) if claim.purpose in OF_TICKETS else None
    bound = range(1, ticket.estimates + 1) if ticket and claim.purpose == APPROVE else (0,)
    if not any(post.keyring.holder(token, writer.addresses, now, about) for about in bound):
        return None
    return ("", merged_into(ticket, directory).id) if ticket else (claim.purpose, claim.ticket_id)


def _are_one(one: Copy, other: Copy, writer: _Writer, inside: bool) -> bool:
    near = one.queue == other.queue or (writer.is_agent and max(one.worth, other.worth) > 0)
    apart = one.about is not None and other.about is not None and one.about != other.about
    return near and (inside or not apart)


def _that_stands(mine: Copy, same: list[Copy]) -> Copy | None:
    """The copy that is, or will be, decided instead of this one."""
    done = next((copy for copy in same if _is_carried_out(copy.row)), None)
    better = [copy for copy in same if copy.place > mine.place]
    return done or max(better, key=lambda copy: copy.place, default=None)


def _is_carried_out(row: Received) -> bool:
    """Whether something came of it: not held, refused, or sent back to an agent with what was wrong."""
    if row.status != "done" or row.fate not in CARRIED_OUT:
        return False
    return not any(isinstance(event, CommandsFailed) for event in tickets.events_of_mail(row.id))


def _inside(row: Received) -> Received:
    """The same mail at the address for what stays inside."""
    base, detail = split_detail(normalise(row.envelope.forward_path))
    kept = f"{NOTE}.{detail}" if detail.startswith("t.") else NOTE
    return replace(row, envelope=replace(row.envelope, forward_path=with_detail(base, kept)))


def _end_as_copy(row: Received, message: Message, other: Copy, now: datetime) -> None:
    """Write down that another mail is decided instead."""
    why, sender = f"same content as mail {other.row.id}", message.from_.address if message.from_ else ""
    inbox.finish(row.id, "duplicate", why, "", sender, message.subject, now)
    log.decided(inbox_id=row.id, fate="duplicate", reason=why, ticket="")


def _tell_holder(row: Received, message: Message, post: Post, now: datetime) -> None:
    """That somebody else has written to their reply address is told, though nothing else comes of this copy."""
    world = World(post.desk, StoredDirectory(), post.keyring, post.instance)
    outcome = triage(message, row.envelope, world, now)
    for event in outcome.events:
        if isinstance(event, TokenMisused):
            carry_out(outcome.ticket, (event,), None, post, now)
        elif isinstance(event, AddressMisused):
            carry_out(None, (event,), None, post, now)
