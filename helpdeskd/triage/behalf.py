"""On behalf: an agent opens a ticket for a contact, by `/for ADDRESS` or by forwarding the contact's mail.

In: mail of a proved agent that belongs to no ticket yet, so there is no reply address that could be asked for. Out: the
ticket, opened as if the contact had written what was forwarded (else what the agent wrote); what the agent wrote above
it stays inside. The desk vouches for the contact, whose rights and contract are asked as always.

When it is not clear for whom it is, nothing is opened, and the agent is asked.
"""

from dataclasses import replace

from helpdeskd.domain.address import normalise
from helpdeskd.domain.directory import Contact
from helpdeskd.domain.event import CommandsDone, CommandsFailed, NoteAdded
from helpdeskd.domain.ticket import Reason
from helpdeskd.triage import request
from helpdeskd.triage.case import Case, Outcome, Proof, Strength
from helpdeskd.triage.forwarded import Forwarded, forwarded
from helpdeskd.triage.grammar import Parsed, parse

WORD = "for"
WHOM = "for whom is it? (/for ADDRESS, alone at the top, with the address of a contact)"


def opened_for(case: Case) -> Outcome | None:
    """Opens a ticket for a contact, or asks for whom; None for anything else."""
    if case.agent is None or case.proof.strength is Strength.NONE or case.thread.ticket or case.thread.misuse:
        return None
    parsed, copied = parse(case.own), forwarded(case.message)
    named = [line.argument for line in parsed.commands if line.word == WORD]
    if not named and (copied is None or case.desk.is_ours(normalise(copied.address))):
        return None
    contact = _contact(case, named or [copied.address if copied else ""])
    if contact is None:
        return _failed(case, WHOM)
    if len(parsed.commands) > len(named) or parsed.misplaced:
        return _failed(case, "the ticket is not open yet: send other commands in answer to its notice")
    return _opened(case, contact, parsed, copied)


def _failed(case: Case, why: str) -> Outcome:
    assert case.agent is not None
    failed = CommandsFailed(case.now, case.by, (why,), case.message.text, case.agent.address)
    return Outcome("commands", "nothing was done: " + why, None, (failed,))


def _contact(case: Case, named: list[str]) -> Contact | None:
    """The one contact that is named."""
    return case.directory.contact(normalise(named[0].strip("<>"))) if len(named) == 1 else None


def _opened(case: Case, contact: Contact, parsed: Parsed, copied: Forwarded | None) -> Outcome:
    """The contact's request, as the desk took it in."""
    assert case.agent is not None
    text = copied.text if copied else parsed.text
    theirs = replace(
        case,
        message=replace(case.message, subject=copied.subject if copied and copied.subject else case.message.subject),
        agent=None,
        contact=contact,
        customer=case.directory.customer(contact.customer),
        proof=Proof(contact.address, Strength.ALIGNED, Reason("accepted-by-desk")),
        accepted=True,
        new=text,
        own=text,
    )
    outcome = request.new(theirs)
    if outcome.fate != "opened":
        return _failed(case, f"it is not served for {contact.name} ({outcome.reason})")
    note = (NoteAdded(case.now, case.by, parsed.text),) if copied and parsed.text else ()
    told = CommandsDone(case.now, case.by, (f"/for: opened for {contact.name}",), (), case.agent.address)
    return replace(outcome, events=(*outcome.events, *note, told))
