"""On behalf: an agent opens a ticket for a contact, by `/for`, after a phone call by `/call`, or by forwarding a mail.

In: mail of a proved agent that belongs to no ticket yet, so there is no reply address that could be asked for. Out: the
ticket, opened as if the contact had written what was forwarded (else what the agent wrote); what the agent wrote above
it stays inside. The desk vouches for the contact, whose rights and contract are asked as always. A call is the agent's
own from the beginning, and its minutes are booked.

When it is not clear for whom it is, or anything else is wrong, nothing is opened, and the agent is asked.
"""

from dataclasses import replace

from helpdeskd.domain.address import normalise
from helpdeskd.domain.directory import Contact
from helpdeskd.domain.event import CommandsDone, CommandsFailed, NoteAdded
from helpdeskd.domain.ticket import Reason, Ticket
from helpdeskd.triage import request
from helpdeskd.triage.case import Case, Outcome, Proof, Strength
from helpdeskd.triage.commands import BY_NAME
from helpdeskd.triage.forms import OTHER_FORM, other_commands
from helpdeskd.triage.forwarded import Forwarded, forwarded
from helpdeskd.triage.grammar import Line, Parsed, parse
from helpdeskd.triage.once import DONE_BEFORE, NO_NAME, has_one_name
from helpdeskd.triage.orders import booking, call
from helpdeskd.triage.orders.order import Done, Order, Wrong
from helpdeskd.triage.orders.owner import owned

FOR = "for"
CALL = "call"
WHOM = "for whom is it? (/for ADDRESS, alone at the top, with the address of a contact)"
WHO_CALLED = f"who called? ({call.USAGE}, alone at the top, with the address of a contact)"


def opened_for(case: Case) -> Outcome | None:
    """Opens a ticket for a contact, or asks for whom; None for anything else."""
    if case.agent is None or case.proof.strength is Strength.NONE or case.thread.ticket or case.thread.misuse:
        return None
    parsed, copied = parse(case.own), forwarded(case.message)
    named = [line for line in parsed.commands if line.word in {FOR, CALL}]
    if not named and (copied is None or case.desk.is_ours(normalise(copied.address))):
        return None
    line = named[0] if named else Line(FOR, copied.address if copied else "", "")
    try:
        contact = _contact(case, line, len(named) > 1)
        if len(parsed.commands) > len(named) or parsed.misplaced:
            raise Wrong("the ticket is not open yet: send other commands in answer to its notice")
        if other_commands(case):
            raise Wrong(OTHER_FORM)
        if not has_one_name(case.message):
            raise Wrong(NO_NAME)
        if case.directory.heard_from(case.message.message_id, case.agent.address):
            raise Wrong(DONE_BEFORE)
        return _opened(case, contact, line, _said(line, parsed), copied)
    except Wrong as wrong:
        return _failed(case, str(wrong))


def _failed(case: Case, why: str) -> Outcome:
    assert case.agent is not None
    failed = CommandsFailed(case.now, case.by, (why,), case.message.text, case.agent.address)
    return Outcome("commands", "nothing was done: " + why, None, (failed,))


def _contact(case: Case, line: Line, is_one_of_several: bool) -> Contact:
    """The one contact that is named. Raises Wrong where the agent may not do this, and for nobody."""
    assert case.agent is not None
    if not BY_NAME[line.word].is_for(case.agent, case.desk):
        raise Wrong("only a manager may do that here")
    address = call.parted(line.argument)[0] if line.word == CALL else line.argument
    contact = case.directory.contact(normalise(address.strip("<>")))
    if contact is None or is_one_of_several:
        raise Wrong(WHO_CALLED if line.word == CALL else WHOM)
    return contact


def _said(line: Line, parsed: Parsed) -> str:
    """What the agent wrote, on the line of a call or below. Raises Wrong."""
    if line.word != CALL:
        return parsed.text
    written = call.parted(line.argument)[1]
    call.refuse_without_time(written)
    return "\n\n".join(filter(None, (booking.text_of(written), parsed.text)))


def _opened(case: Case, contact: Contact, line: Line, said: str, copied: Forwarded | None) -> Outcome:
    """The contact's request, as the desk took it in. Raises Wrong."""
    assert case.agent is not None
    if line.word == CALL and not (said or copied):
        raise Wrong(f"what was it about? ({call.USAGE}, or write it below)")
    subject = copied.subject if copied and copied.subject else case.message.subject
    outcome = _asked(case, contact, subject, copied.text if copied else said)
    if outcome.fate != "opened" or outcome.ticket is None:
        raise Wrong(f"it is not served for {contact.name} ({outcome.reason})")
    note = (NoteAdded(case.now, case.by, said),) if copied and said else ()
    worked = _worked(case, outcome.ticket, line)
    lines = filter(None, (f"/{line.word}: opened for {contact.name}", worked.told))
    done = CommandsDone(case.now, case.by, tuple(lines), (), case.agent.address)
    return replace(outcome, events=(*outcome.events, *note, *worked.events, done))


def _worked(case: Case, ticket: Ticket, line: Line) -> Done:
    """A call is worked on already, by who took it. Raises Wrong."""
    assert case.agent is not None
    if line.word != CALL:
        return Done()
    received_at, mail = case.envelope.received_at, case.message.message_id
    order = Order(ticket, "", case.agent, case.desk, case.directory, case.now, received_at, mail)
    booked = call.booked(order, call.parted(line.argument)[1])
    return Done((*owned(order, case.agent), *booked.events), f"{booked.told}; the ticket is yours")


def split_off(case: Case, contact: Contact, subject: str, text: str) -> Outcome:
    """What becomes of a text that an agent takes out of a ticket: a request of that contact alone, and no emergency."""
    ticket = case.thread.ticket
    assert ticket is not None
    queue = case.desk.queue_named(ticket.queue) or case.queue
    queue = replace(queue, duty=False, product=ticket.product or queue.product)
    alone = replace(case, queue=queue, message=replace(case.message, to=(), cc=()))
    return _asked(alone, contact, subject, text)


def _asked(case: Case, contact: Contact, subject: str, text: str) -> Outcome:
    """What becomes of a text as the request of a contact, for whom the desk vouches."""
    theirs = replace(
        case,
        message=replace(case.message, subject=subject),
        agent=None,
        contact=contact,
        customer=case.directory.customer(contact.customer),
        proof=Proof(contact.address, Strength.ALIGNED, Reason("accepted-by-desk")),
        accepted=True,
        new=text,
        own=text,
    )
    return request.new(theirs)
