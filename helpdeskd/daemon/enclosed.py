"""What came with a mail and is passed on with what is sent of it: the attachments, and pictures that stood in its text.

Passed on once: a picture in the text that those who are written to have already, byte for byte, is the logo of a
signature, or is quoted. They have what came before on the ticket in a mail that was meant for their eyes:

    agents       what the customer wrote, and what agents answered them
    customers    what agents answered them since the last one joined; their own mails, where only one takes part
    others       nothing: a third party that is asked, and whoever reads of another ticket

A note, and what a third party wrote or the desk has let in, was for nobody's eyes in this sense. A picture of less than
a kilobyte is decoration. What is no picture, and what is attached as a file, always goes. Earlier mails are searched as
they came, without parsing them. Never fails.
"""

from binascii import b2a_base64

from helpdeskd.domain.event import AgentReplied, CustomerWrote, Event, MailHeld, TicketOpened
from helpdeskd.domain.join_event import TicketJoined
from helpdeskd.domain.message import Attachment, Message
from helpdeskd.domain.party_event import ParticipantAdded, ThirdPartyAsked
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage import inbox, tickets
from helpdeskd.triage.case import Outcome

MOST_MAILS = 10
"""So many earlier mails are searched, the newest ones."""


def enclosed(message: Message, outcome: Outcome) -> tuple[Attachment, ...]:
    """The attachments of a mail, of which this became, that tell its readers something."""
    shown = [attachment for attachment in message.attachments if attachment.in_text]
    large = [picture for picture in shown if not picture.is_decoration]
    earlier = _seen(outcome) if large else []
    dropped = {picture.sha256 for picture in shown if picture.is_decoration or _is_in(picture, earlier)}
    return tuple(a for a in message.attachments if not (a.in_text and a.sha256 in dropped))


def _is_in(picture: Attachment, mails: list[bytes]) -> bool:
    """Whether one of the mails, without its line breaks, holds the picture in base64 (RFC 2045 §6.8)."""
    coded = b2a_base64(picture.content, newline=False)
    return any(coded in mail for mail in mails)


def _seen(outcome: Outcome) -> list[bytes]:
    """The earlier mails that all who are written to have seen, without their line breaks."""
    ticket = outcome.ticket
    others = outcome.elsewhere or any(isinstance(event, ThirdPartyAsked) for event in outcome.events)
    answers = any(isinstance(event, AgentReplied) for event in outcome.events)
    if ticket is None or others or (answers and any(map(_has_joined, outcome.events))):
        return []
    numbers = _seen_by_customers(ticket) if answers else _seen_by_agents(ticket)
    newest = [number for number in dict.fromkeys(numbers) if not _was_held(number)][-MOST_MAILS:]
    # Not those in the bucket: that takes its time, and their pictures may go again.
    return [mail.raw.translate(None, b"\r\n") for mail in map(inbox.at_hand, newest) if mail is not None]


def _seen_by_agents(ticket: Ticket) -> list[int]:
    return [
        number for event, number in tickets.events(ticket.id) if number and (_is_theirs(event) or _is_answer(event))
    ]


def _seen_by_customers(ticket: Ticket) -> list[int]:
    numbers: list[int] = []
    for event, number in tickets.events(ticket.id):
        if _has_joined(event):
            # The mail that brings somebody in reaches them too.
            numbers = [earlier for earlier in numbers if earlier == number]
        alone = [participant.address for participant in ticket.participants] == [event.by]
        if number and (_is_answer(event) or (_is_theirs(event) and alone)):
            numbers.append(number)
    return numbers


def _is_theirs(event: Event) -> bool:
    """Whether a contact wrote it, and not somebody of the desk on their behalf."""
    return isinstance(event, CustomerWrote) or (isinstance(event, TicketOpened) and event.ticket.accepted_at is None)


def _is_answer(event: Event) -> bool:
    return isinstance(event, AgentReplied)


def _has_joined(event: Event) -> bool:
    """Whether somebody takes part from now on who has seen nothing of what came before."""
    return isinstance(event, ParticipantAdded) or (
        isinstance(event, CustomerWrote | TicketJoined) and bool(event.joined)
    )


def _was_held(number: int) -> bool:
    return any(isinstance(event, MailHeld) for event in tickets.events_of_mail(number))
