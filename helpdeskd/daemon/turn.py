"""One turn: what a mail or the clock brought about becomes rows, all in the caller's transaction.

    events ─▶ ticket (evolve) ─▶ targets (wind) ─▶ policies (react) ─▶ effects ─▶ outbox, reminders

`decide` is the turn of a mail, up to its fate; `carry_out` is shared with the sweep. Raises whatever the database or
composing raises: the transaction is then rolled back, and nothing has happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never, get_args

from helpdeskd.daemon import log
from helpdeskd.daemon.letters import Post
from helpdeskd.domain.address import normalise
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Directory
from helpdeskd.domain.effect import Effect, Remind, RunHook
from helpdeskd.domain.event import DeliveryFailed, DutyPaged, Event, NoteAdded, TicketEvent, TicketOpened
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.message import Message
from helpdeskd.domain.notice import Notice
from helpdeskd.domain.ticket import Ticket
from helpdeskd.policy.clock import wind
from helpdeskd.policy.react import react
from helpdeskd.policy.scene import Scene
from helpdeskd.storage import counter, inbox, outbox, reminders, tickets
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.inbox import Received
from helpdeskd.triage.case import Outcome, Strength
from helpdeskd.triage.commands import COMMANDS, sensible
from helpdeskd.triage.triage import World, triage

DESK = "desk"
FIRST_NUMBER = 1000
STATUS_OF_FATE = {"held": "held", "failed": "failed"}
HELP = (*(f"{command.usage}: {command.does}" for command in COMMANDS), "//: a line that begins with a slash")


@dataclass(frozen=True, slots=True)
class Cause:
    """The mail that brought a turn about; `writer` is the main address of who is proved to have written it, or ""."""

    inbox_id: int
    message: Message
    forward_path: str
    writer: str
    strength: str

    def is_addressed(self, desk: Desk) -> bool:
        """Whether an address of the desk stands in To or Cc."""
        shown = (*self.message.to, *self.message.cc)
        return any(desk.is_ours(normalise(mailbox.address)) for mailbox in shown)


def decide(row: Received, message: Message, post: Post, now: datetime, accepted_for: str = "") -> Outcome:
    """Give a queued mail its fate, with everything that follows from it.

    `accepted_for` is the contact (normalised address) for whom a person accepted the held mail.
    """
    directory = StoredDirectory()
    outcome = triage(message, row.envelope, World(post.desk, directory, post.keyring, post.instance, accepted_for), now)
    cause = _cause(row, message, outcome, directory)
    ticket = carry_out(outcome.ticket, outcome.events, cause, post, now)
    reference = ticket.reference if ticket and outcome.fate != "held" else ""
    if reference:
        # A mail that no person wrote is not what our next one answers.
        tickets.heard(message.message_id, reference, "" if outcome.fate == "recorded" else cause.writer)
    sender = message.from_.address if message.from_ else ""
    status = STATUS_OF_FATE.get(outcome.fate, "done")
    inbox.finish(row.id, outcome.fate, outcome.reason, reference, sender, message.subject, now, status)
    log.decided(inbox_id=row.id, fate=outcome.fate, reason=outcome.reason, ticket=reference)
    return outcome


def _cause(row: Received, message: Message, outcome: Outcome, directory: Directory) -> Cause:
    proof = outcome.proof
    person = (directory.contact(proof.address) or directory.agent(proof.address)) if proof else None
    writer = person.address if person else proof.address if proof else ""
    strength = proof.strength if proof else Strength.NONE
    return Cause(row.id, message, row.envelope.forward_path, writer, strength)


def carry_out(
    ticket: Ticket | None, events: Sequence[Event], cause: Cause | None, post: Post, now: datetime
) -> Ticket | None:
    """Record events and do what follows; the ticket as it is afterwards."""
    events = tuple(_numbered(event, post) for event in events)
    for event in events:
        ticket = event.ticket if isinstance(event, TicketOpened) else ticket
        if ticket is not None and isinstance(event, get_args(TicketEvent)):
            ticket = evolve(ticket, event)
    scene = _scene(ticket, events, cause, post, now)
    if ticket is not None:
        tickets.save(ticket)
        tickets.save_targets(ticket.id, scene.targets)
    for event in events:
        tickets.record(event, ticket.id if ticket else None, cause.inbox_id if cause else None)
        if isinstance(event, DeliveryFailed):
            outbox.bounced(event.outbox_id, event.detail, now)
        if ticket is not None and isinstance(event, DutyPaged):
            log.paged(ticket=ticket.reference, person=event.person, step=event.step)
    for effect in react(scene):
        _do(effect, scene, cause, post)
    return ticket


def _numbered(event: Event, post: Post) -> Event:
    """A new ticket gets its number, and the reference that people see."""
    if not isinstance(event, TicketOpened):
        return event
    number = counter.count("ticket")
    reference = f"{post.desk.prefix}-{FIRST_NUMBER + number}"
    return replace(event, ticket=replace(event.ticket, id=number, reference=reference))


def _scene(ticket: Ticket | None, events: tuple[Event, ...], cause: Cause | None, post: Post, now: datetime) -> Scene:
    scene = Scene(post.desk, StoredDirectory(), now, events, ticket, help=HELP)
    if cause is not None:
        scene = replace(
            scene,
            queue=post.desk.queue_of(normalise(cause.forward_path)),
            mail_id=cause.inbox_id,
            addressed=cause.is_addressed(post.desk),
            writer=cause.writer,
            strength=cause.strength,
            attachments=tuple(attachment.name for attachment in cause.message.attachments),
        )
    if ticket is None:
        return scene
    commands = tuple(command.usage for command in sensible(ticket))
    return replace(scene, commands=commands, targets=wind(ticket, tickets.targets(ticket.id), scene.plan, now))


def _do(effect: Effect, scene: Scene, cause: Cause | None, post: Post) -> None:
    match effect:
        case Notice():
            _send(effect, scene, cause, post)
        case Remind():
            reminders.add(effect)
        case RunHook():
            post.run(effect, scene.ticket.reference if scene.ticket else "", scene.now)
        case _:
            assert_never(effect)


def _send(notice: Notice, scene: Scene, cause: Cause | None, post: Post) -> None:
    """Queue a notice; one that a cap forbids leaves a note on its ticket instead."""
    answered = cause.message.message_id if cause and notice.to.address == cause.writer else ""
    attached = cause.message.attachments if cause else ()
    refused = post.send(notice, scene.own_queue, scene.ticket, scene.now, answered, attached)
    if refused and scene.ticket is not None:
        text = f"{notice.name} to {notice.to.address} was not sent: {refused}"
        tickets.record(NoteAdded(scene.now, DESK, text), scene.ticket.id, None)
