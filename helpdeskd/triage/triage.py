"""The spine: one mail in, one Outcome out. Pure; the only questions it asks go to the Directory.

    route ─▶ classify ─▶ authenticate ─▶ identify ─▶ thread ─▶ the first HANDLER that answers

Each step is told in the Outcome, so that `explain` and the ticket can say why. Nothing here sends, stores or logs.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from helpdeskd.domain.address import domain_of, normalise, split_detail
from helpdeskd.domain.desk import Desk, Queue
from helpdeskd.domain.directory import Contact, Customer, Directory
from helpdeskd.domain.event import TokenMisused
from helpdeskd.domain.message import Envelope, Message, Nature
from helpdeskd.domain.ticket import Reason
from helpdeskd.domain.token import Keyring
from helpdeskd.triage import (
    adopt,
    agent,
    alert,
    behalf,
    capability,
    consent,
    contacts,
    machine,
    question,
    request,
    third_party,
)
from helpdeskd.triage.authenticate import authenticate
from helpdeskd.triage.case import Case, Handler, LetIn, Misuse, Outcome, Proof, Step, Strength
from helpdeskd.triage.classify import Own, classify
from helpdeskd.triage.lookalike import resembles
from helpdeskd.triage.quoting import split
from helpdeskd.triage.thread import Question, find

HANDLERS: tuple[Handler, ...] = (
    machine.loop,
    alert.alert,
    machine.bounce,
    machine.automatic,
    third_party.answer,
    agent.too_long,
    behalf.opened_for,
    agent.without_token,
    request.blocked,
    request.misused_token,
    agent.unproved,
    agent.without_ticket,
    agent.on_ticket,
    request.unproved,
    adopt.answer,
    contacts.change,
    question.question,
    question.close,
    consent.answer,
    consent.no_answer,
    request.addition,
    request.same_emergency,
    request.new,
)


@dataclass(frozen=True, slots=True)
class World:
    """What a decision is taken in: the configured desk, who and what is known, and the keys of its tokens.

    `accepted_for` is the normalised address of the contact for whom a person of the desk accepted a held mail, or "";
    `adopted` says that the contact did so. `let_in` says what would become of a held mail.
    """

    desk: Desk
    directory: Directory
    keyring: Keyring
    instance: str
    accepted_for: str = ""
    adopted: bool = False
    let_in: LetIn | None = None


def triage(message: Message, envelope: Envelope, world: World, now: datetime) -> Outcome:
    """Decide what becomes of a mail that came in this envelope, `now` (aware UTC)."""
    case = _case(message, envelope, world, now)
    outcome = next(answer for answer in (handler(case) for handler in HANDLERS) if answer is not None)
    outcome = _with_misuse(outcome, case)
    events = (*outcome.events, *capability.misused(case))
    return replace(outcome, events=events, steps=(*_steps(case), *outcome.steps), proof=case.proof)


def _case(message: Message, envelope: Envelope, world: World, now: datetime) -> Case:
    desk, directory = world.desk, world.directory
    recipient = normalise(envelope.forward_path)
    detail = split_detail(recipient)[1]
    text = split(message.text)
    own = Own(frozenset({desk.domain}), desk.addresses, world.instance)
    nature, nature_reason = classify(message, envelope, own)
    proof = _proof(message, envelope, world)
    contact, known_agent = directory.contact(proof.address), directory.agent(proof.address)
    person = contact or known_agent
    if person is None and nature is Nature.PERSON:
        proof = _unless_look_alike(proof, world)
    addresses = person.addresses if person else (proof.address,)
    question = Question(message, detail, contact, known_agent, addresses, desk, directory, world.keyring, now, text.own)
    thread = find(question)
    if thread.proved and proof.strength is Strength.ALIGNED:
        proof = replace(proof, strength=Strength.TOKEN)
    return Case(
        message=message,
        envelope=envelope,
        desk=desk,
        directory=directory,
        keyring=world.keyring,
        now=now,
        queue=_route(recipient, desk),
        detail=detail,
        nature=nature,
        nature_reason=nature_reason,
        proof=proof,
        contact=contact,
        customer=_customer(contact, proof, directory),
        agent=known_agent,
        thread=thread,
        accepted=bool(world.accepted_for),
        new=text.new,
        own=text.own,
        let_in=world.let_in,
    )


def _proof(message: Message, envelope: Envelope, world: World) -> Proof:
    """The sender's proof; for an accepted mail, the contact whom the desk accepted it for."""
    if world.accepted_for:
        return Proof(world.accepted_for, Strength.ALIGNED, _why_accepted(message, world))
    return authenticate(message, envelope, world.desk.trust)


def _why_accepted(message: Message, world: World) -> Reason:
    """Who has let it in, and who wrote it where that is somebody else than the contact."""
    writer = normalise(message.from_.address) if message.from_ else ""
    contact = world.directory.contact(world.accepted_for)
    if world.adopted:
        return Reason("adopted", writer)
    own = not writer or (contact is not None and writer in contact.addresses)
    return Reason("accepted-by-desk") if own else Reason("let-in", writer)


def _customer(contact: Contact | None, proof: Proof, directory: Directory) -> Customer | None:
    """The contact's customer, or the one that claims a stranger's domain."""
    return directory.customer(contact.customer) if contact else directory.customer_of_domain(domain_of(proof.address))


def _unless_look_alike(proof: Proof, world: World) -> Proof:
    """A stranger whose domain imitates a known one proves nothing, however well that domain is proved."""
    imitated = resembles(proof.address, world.directory.known_domains() | {world.desk.domain})
    return replace(proof, strength=Strength.NONE, reason=Reason("look-alike", imitated)) if imitated else proof


def _with_misuse(outcome: Outcome, case: Case) -> Outcome:
    """A person's mail to somebody else's reply address: whatever becomes of it, the ticket tells the holder, once a
    day.
    """
    misuse = case.thread.misuse
    if misuse is None or case.nature is not Nature.PERSON or case.accepted:
        return outcome
    ticket = outcome.ticket or misuse.ticket
    if ticket.id != misuse.ticket.id:
        return outcome
    if _was_told(case, misuse):
        # Nor may the story of a ticket grow by what strangers write to a lost address of it.
        return outcome if outcome.fate == "held" else replace(outcome, ticket=ticket)
    return replace(outcome, ticket=ticket, events=(*outcome.events, TokenMisused(case.now, case.by, misuse.holder)))


def _was_told(case: Case, misuse: Misuse) -> bool:
    """Whether its holder and the desk have heard of a misuse of that reply address a short while ago."""
    told = (event for event in case.directory.story(misuse.ticket.id) if isinstance(event, TokenMisused))
    return any(event.holder == misuse.holder and event.at > case.now - capability.TOLD_AGAIN for event in told)


def _route(recipient: str, desk: Desk) -> Queue:
    """The queue of the address that the mail was sent to; mail to postmaster lands in the first one."""
    return desk.queue_of(recipient) or desk.queues[0]


def _steps(case: Case) -> tuple[Step, ...]:
    thread = case.thread
    who = (
        case.agent.title
        if case.agent
        else f"{case.contact.name} of {case.contact.customer}"
        if case.contact
        else "a stranger"
    )
    return (
        Step("queue", case.queue.name, case.envelope.forward_path),
        Step("nature", case.nature, case.nature_reason),
        Step("strength", case.proof.strength, str(case.proof.reason)),
        Step("sender", who, case.proof.address),
        Step("thread", thread.ticket.reference if thread.ticket else "new matter", thread.how or thread.noted),
    )
