"""Reply addresses that are about no ticket: what a mail answers that somebody was asked or sent for a purpose.

In: a case, and a purpose of `domain.token`. Out: the number that the capability is about. It counts only for the person
it was issued to and in its time; how well the sender is proved is the asker's question. In other hands it is a misuse,
which its holder is told, once a day: whoever has the address could make us write without end. Nothing fails.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from helpdeskd.domain.contact_event import AddressMisused
from helpdeskd.domain.directory import Contact
from helpdeskd.domain.event import MailHeld
from helpdeskd.domain.message import Nature
from helpdeskd.domain.token import ADOPT, DESK, MANAGE, Claim, read
from helpdeskd.triage.case import Case
from helpdeskd.triage.thread import marks

TOLD_AGAIN = timedelta(days=1)
"""After that, a misuse of the same reply address is told again."""

NOTICE = "address-misused"


def answered(case: Case, contact: Contact, purpose: str) -> int:
    """The number that this contact was sent a notice about, which the mail answers; 0 for none."""
    for text in _tokens(case):
        claim = read(text)
        if claim and claim.purpose == purpose and case.keyring.holder(text, contact.addresses, case.now):
            return claim.ticket_id
    return 0


def misused(case: Case) -> tuple[AddressMisused, ...]:
    """That a person has sent the mail to such an address of somebody else, whatever becomes of it.

    A Message-ID misuses nothing: it travels with every conversation that goes on without us.
    """
    text = next(_tokens(case))
    claim = read(text)
    if claim is None or case.nature is not Nature.PERSON or case.accepted:
        return ()
    person = case.contact or case.agent
    own = person.addresses if person else (case.proof.address,)
    others = (address for address in _who_may_hold(claim, case) if address not in own)
    holder = case.keyring.holder(text, others, case.now)
    if not holder or case.directory.was_sent(NOTICE, holder, case.now - TOLD_AGAIN):
        return ()
    return (AddressMisused(case.now, case.by, holder, claim.purpose),)


def _who_may_hold(claim: Claim, case: Case) -> Iterable[str]:
    """The addresses to which a capability of that claim may have been sent."""
    if claim.purpose == MANAGE:
        return case.directory.who_got_list(claim.ticket_id)
    if claim.purpose == ADOPT:
        return _who_was_asked(claim.ticket_id, case)
    return [address for agent in case.directory.agents() for address in agent.addresses if claim.purpose == DESK]


def _who_was_asked(held: int, case: Case) -> Iterator[str]:
    """The contacts who were asked about a held mail."""
    for event in case.directory.story_of_mail(held):
        customer = case.directory.customer(event.customer) if isinstance(event, MailHeld) else None
        yield from (address for contact in (customer.contacts if customer else ()) for address in contact.addresses)


def _tokens(case: Case) -> Iterator[str]:
    """The one in the address that the mail was sent to, those in the Message-IDs that it answers, and in its quote."""
    kind, _, text = case.detail.removeprefix("note.").partition(".")
    yield text if kind == "t" else ""
    for message_id in (case.message.in_reply_to, *case.message.references[-1:]):
        yield message_id.strip("<>").partition("@")[0].partition(".")[2]
    yield from marks(case.message, case.own)
