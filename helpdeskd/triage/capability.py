"""Reply addresses that are about no ticket: what a mail answers that somebody was asked or sent for a purpose.

In: a case, and a purpose of `domain.token`. Out: the number that the capability is about. It counts only for the person
it was issued to and in its time; how well the sender is proved is the asker's question. Nothing fails.
"""

from collections.abc import Iterator

from helpdeskd.domain.directory import Contact
from helpdeskd.domain.token import MANAGE, read
from helpdeskd.triage.case import Case
from helpdeskd.triage.thread import marks


def answered(case: Case, contact: Contact, purpose: str) -> int:
    """The number that this contact was sent a notice about, which the mail answers; 0 for none."""
    for text in _tokens(case):
        claim = read(text)
        if claim and claim.purpose == purpose and case.keyring.holder(text, contact.addresses, case.now):
            return claim.ticket_id
    return 0


def holder_of_list(case: Case) -> str:
    """Whose list of contacts the mail answers that somebody else has sent to its reply address; "" for nobody's.

    A Message-ID misuses nothing: it travels with every conversation that goes on without us.
    """
    text = next(_tokens(case))
    claim = read(text)
    customer = case.directory.customer_of_list(claim.ticket_id) if claim and claim.purpose == MANAGE else None
    others = [contact for contact in customer.contacts if contact != case.contact] if customer else []
    return case.keyring.holder(text, [address for contact in others for address in contact.addresses], case.now)


def _tokens(case: Case) -> Iterator[str]:
    """The one in the address that the mail was sent to, those in the Message-IDs that it answers, and in its quote."""
    kind, _, text = case.detail.partition(".")
    yield text if kind == "t" else ""
    for message_id in (case.message.in_reply_to, *case.message.references[-1:]):
        yield message_id.strip("<>").partition("@")[0].partition(".")[2]
    yield from marks(case.message, case.own)
