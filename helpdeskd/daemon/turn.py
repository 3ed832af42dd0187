"""One turn: what a mail or the clock brought about becomes rows, all in the caller's transaction.

    events ─▶ ticket (evolve) ─▶ targets (wind) ─▶ policies (react) ─▶ effects ─▶ outbox, reminders

`decide` is the turn of a mail, up to its fate, and of the held ones that it decides (`holding`); `carry_out` is shared
with the sweep.
Raises whatever the database or composing raises: the transaction is then rolled back, and nothing has happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import assert_never, get_args

from helpdeskd.daemon import log, registry
from helpdeskd.daemon.booking import enter
from helpdeskd.daemon.enclosed import enclosed
from helpdeskd.daemon.letters import PAGE, Post
from helpdeskd.domain.address import normalise
from helpdeskd.domain.bill import bill
from helpdeskd.domain.contact_event import ContactsChanged
from helpdeskd.domain.cost_event import TimeBooked
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Directory
from helpdeskd.domain.effect import Effect, Page, Remind
from helpdeskd.domain.event import (
    AdoptionDeclined,
    CommandsFailed,
    DeliveryFailed,
    DutyPaged,
    Event,
    MailAdopted,
    NoteAdded,
    TicketEvent,
    TicketOpened,
)
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.happening import DESK
from helpdeskd.domain.held_event import HeldEvent
from helpdeskd.domain.join_event import TicketSplit
from helpdeskd.domain.message import Attachment, Message
from helpdeskd.domain.notice import Notice
from helpdeskd.domain.ticket import Ticket
from helpdeskd.failpoint import reach
from helpdeskd.policy.answer import unsent
from helpdeskd.policy.clock import wind
from helpdeskd.policy.react import react
from helpdeskd.policy.remind import held_back
from helpdeskd.policy.scene import Scene
from helpdeskd.storage import counter, inbox, outbox, reminders, tickets
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.inbox import Received
from helpdeskd.triage import help
from helpdeskd.triage.case import Outcome, Strength
from helpdeskd.triage.commands import sensible
from helpdeskd.triage.triage import World, triage

FIRST_NUMBER = 1000
OF_TICKETS = get_args(TicketEvent)
STATUS_OF_FATE = {"held": "held", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class Cause:
    """The mail that brought a turn about; `writer` is the main address of who is proved to have written it, or "".

    `attachments` are those that are passed on, `directory` is what was read of it for this turn.
    """

    inbox_id: int
    message: Message
    forward_path: str
    writer: str
    strength: str
    attachments: tuple[Attachment, ...] = ()
    directory: StoredDirectory = field(default_factory=StoredDirectory, repr=False)

    def is_addressed(self, desk: Desk) -> bool:
        """Whether an address of the desk stands in To or Cc."""
        shown = (*self.message.to, *self.message.cc)
        return any(desk.is_ours(normalise(mailbox.address)) for mailbox in shown)


def decide(
    row: Received, message: Message, post: Post, now: datetime, accepted_for: str = "", adopted: bool = False
) -> Outcome:
    """Give a queued mail its fate, with everything that follows from it.

    `accepted_for` is the contact (normalised address) for whom a person accepted the held mail; `adopted`: the contact.
    """
    directory, post = StoredDirectory(post.people), replace(post, inbox_id=row.id)
    world = World(
        post.desk, directory, post.keyring, post.instance, accepted_for, adopted, partial(_let_in, post=post, now=now)
    )
    outcome = triage(message, row.envelope, world, now)
    cause = _cause(row, message, outcome, directory)
    ticket = carry_out(outcome.ticket, _with_elsewhere(outcome, cause, post, now), cause, post, now)
    reference = ticket.reference if ticket and outcome.fate != "held" else ""
    if reference:
        # What no person wrote is not what our next mail answers; and what was sent back has not been carried out.
        ended = outcome.fate == "recorded" or any(isinstance(event, CommandsFailed) for event in outcome.events)
        tickets.heard(message.message_id, reference, "" if ended else cause.writer)
    sender = message.from_.address if message.from_ else ""
    status = STATUS_OF_FATE.get(outcome.fate, "done")
    inbox.finish(row.id, outcome.fate, outcome.reason, reference, sender, message.subject, now, status)
    log.decided(inbox_id=row.id, fate=outcome.fate, reason=outcome.reason, ticket=reference)
    for event in outcome.events:
        if isinstance(event, MailAdopted | AdoptionDeclined | HeldEvent):
            _end_holding(event, post, now)
    return outcome


def _with_elsewhere(outcome: Outcome, cause: Cause, post: Post, now: datetime) -> tuple[Event, ...]:
    """Carry out what happens to other tickets; the mail's own events, with the reference of one that was made there."""
    events = outcome.events
    for other in outcome.elsewhere:
        # Two lines of a mail may be about the same other ticket.
        before = tickets.by_id(other.ticket.id) or other.ticket
        after = carry_out(before, other.events, cause, post, now)
        if after is not None and after.id != other.ticket.id:
            events = tuple(replace(e, opened=after.reference) if isinstance(e, TicketSplit) else e for e in events)
    return events


def _end_holding(decision: MailAdopted | AdoptionDeclined | HeldEvent, post: Post, now: datetime) -> None:
    # Only here: the supervisor, which carries out too, stays small and never parses.
    from helpdeskd.daemon.holding import end

    end(decision, post, now)


def _let_in(inbox_id: int, contact: str, post: Post, now: datetime) -> Outcome:
    # Only here, for the same reason.
    from helpdeskd.daemon.holding import judged

    return judged(inbox_id, contact, post, now)


def _cause(row: Received, message: Message, outcome: Outcome, directory: StoredDirectory) -> Cause:
    proof = outcome.proof
    person = (directory.contact(proof.address) or directory.agent(proof.address)) if proof else None
    writer = person.address if person else proof.address if proof else ""
    strength = proof.strength if proof else Strength.NONE
    attached = enclosed(message, outcome)
    return Cause(row.id, message, row.envelope.forward_path, writer, strength, attached, directory)


def carry_out(
    ticket: Ticket | None, events: Sequence[Event], cause: Cause | None, post: Post, now: datetime
) -> Ticket | None:
    """Record events and do what follows; the ticket as it is afterwards."""
    directory = cause.directory if cause else StoredDirectory(post.people)
    events = tuple(_numbered(event, post) for event in events)
    for event in events:
        ticket = event.ticket if isinstance(event, TicketOpened) else ticket
        if ticket is not None and isinstance(event, OF_TICKETS):
            ticket = evolve(ticket, event)
        if isinstance(event, ContactsChanged):
            registry.change_contacts(event)
            post.people.forget()
    events = tuple(_referenced(event, ticket) for event in events)
    scene = _scene(ticket, events, cause, directory, post, now)
    if ticket is not None:
        before = () if scene.happened(TicketOpened) else tickets.targets(ticket.id)
        scene = replace(scene, targets=wind(ticket, before, scene.plan, now))
        tickets.save(ticket)
        tickets.save_targets(ticket.id, scene.targets, before)
        events = (*events, *enter(ticket, events, scene.plan))
        scene = replace(scene, events=events, bill=bill(ticket, scene.plan, scene.directory))
    for event in events:
        _record(event, ticket, cause)
        reach("turn.recorded")
        if isinstance(event, DeliveryFailed):
            outbox.bounced(event.outbox_id, event.detail, now)
    effects = react(scene)
    not_sent = [why for effect in effects if (why := _do(effect, scene, cause, post))]
    _tell_not_sent(not_sent, scene, post)
    _log_pages(effects, scene)
    reach("turn.carried")
    return ticket


def _record(event: Event, ticket: Ticket | None, cause: Cause | None) -> None:
    """With its ticket and the mail that caused it; what is decided about a held mail, with that mail."""
    if isinstance(event, HeldEvent):
        tickets.record(event, None, event.inbox_id)
    else:
        tickets.record(event, ticket.id if ticket else None, cause.inbox_id if cause else None)


def _numbered(event: Event, post: Post) -> Event:
    """A new ticket gets its number, and the reference that people see."""
    if not isinstance(event, TicketOpened):
        return event
    number = counter.count("ticket")
    reference = f"{post.desk.prefix}-{FIRST_NUMBER + number}"
    return replace(event, ticket=replace(event.ticket, id=number, reference=reference))


def _referenced(event: Event, ticket: Ticket | None) -> Event:
    """What is booked on a new ticket gets its reference too."""
    if ticket is None or not isinstance(event, TimeBooked) or event.entry.ticket:
        return event
    return replace(event, entry=replace(event.entry, ticket=ticket.reference))


def _scene(
    ticket: Ticket | None,
    events: tuple[Event, ...],
    cause: Cause | None,
    directory: Directory,
    post: Post,
    now: datetime,
) -> Scene:
    commands = tuple(command.usage for command in sensible(ticket))
    scene = Scene(post.desk, directory, now, events, ticket, commands=commands)
    if cause is not None:
        agent = directory.agent(cause.writer)
        scene = replace(
            scene,
            queue=post.desk.queue_of(normalise(cause.forward_path)),
            mail_id=cause.inbox_id,
            addressed=cause.is_addressed(post.desk),
            writer=cause.writer,
            strength=cause.strength,
            attachments=tuple(attachment.name for attachment in cause.attachments),
            text=cause.message.text,
            help=help.told(ticket, agent, post.desk) if agent else (),
        )
    return scene


def _do(effect: Effect, scene: Scene, cause: Cause | None, post: Post) -> str:
    """Carry out an effect; for a mail that was not sent, the words for it."""
    match effect:
        case Notice():
            return _send(effect, scene, cause, post)
        case Remind():
            reminders.add(effect)
        case Page():
            post.page(effect, scene.own_queue, scene.ticket.reference if scene.ticket else "", scene.now)
        case _:
            assert_never(effect)
    return ""


def _send(notice: Notice, scene: Scene, cause: Cause | None, post: Post) -> str:
    """Queue a notice; why not, if it may not go out. What came with a delivery report is nobody's attachment.

    An agent who gets no more mail about a ticket reads so in the next hour, once.
    """
    answered = cause.message.message_id if cause and notice.to.address == cause.writer else ""
    attached = cause.attachments if cause and not scene.happened(DeliveryFailed) else ()
    refused = post.send(notice, scene.own_queue, scene.ticket, scene.now, answered, attached)
    if refused and notice.to.agent:
        if scene.ticket:
            reminders.add(held_back(notice.to.address, scene.ticket, refused, scene.now))
        return ""
    return f"{notice.name} to {notice.to.address} was not sent: {refused}" if refused else ""


def _tell_not_sent(lines: Sequence[str], scene: Scene, post: Post) -> None:
    """A note on the ticket for each mail that a cap held back, and one mail to the agents, which no cap holds back."""
    if not lines or scene.ticket is None:
        return
    for line in lines:
        tickets.record(NoteAdded(scene.now, DESK, line), scene.ticket.id, None)
    for notice in unsent(lines, scene):
        post.send(notice, scene.own_queue, scene.ticket, scene.now)


def _log_pages(effects: Sequence[Effect], scene: Scene) -> None:
    """A page counts as one when somebody gets it."""
    pages = any(isinstance(effect, Notice) and effect.name == PAGE for effect in effects)
    for event in scene.events:
        if scene.ticket is None or not isinstance(event, DutyPaged):
            continue
        if pages:
            log.paged(ticket=scene.ticket.reference, person=event.person, step=event.step)
        else:
            log.alarm(what="nobody was paged", about=scene.ticket.reference, detail=f"{event.person} is no agent")
