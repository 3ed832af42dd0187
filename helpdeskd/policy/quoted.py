"""What a notice quotes at its end: the other side's last words, as far as its recipient may read them.

    an answer to the customer            what the customer wrote last, since that recipient takes part
    to agents: the customer wrote        the desk's last answer
    to agents: a colleague answered      what the customer wrote last
    to agents: the ticket is theirs      what the customer wrote last

Nothing else quotes. A note is never quoted, and to a customer only what a contact of theirs has sent: not what the desk
wrote down or let in on somebody's behalf, nor what a machine reported. A long text is cut, its whole is on the ticket.
"""

from collections.abc import Sequence
from dataclasses import replace

from helpdeskd.domain.event import AgentReplied, CustomerWrote, TicketOpened
from helpdeskd.domain.notice import Earlier, Notice, Recipient
from helpdeskd.policy.scene import Scene, title, to_address

MOST_LINES = 40
MOST_CHARACTERS = 4000
CUT = "[…]"

Written = TicketOpened | CustomerWrote | AgentReplied


def with_question(notice: Notice, scene: Scene) -> Notice:
    """The notice with what the customer wrote last, for an agent or for somebody of the customer."""
    asked = [event for event in _story(scene) if isinstance(event, TicketOpened | CustomerWrote)]
    if not notice.to.agent:
        asked = [event for event in asked if _may_read(notice.to, event, scene)]
    return _with(notice, asked, scene)


def with_answer(notice: Notice, scene: Scene) -> Notice:
    """An agent's notice with the desk's last answer."""
    return _with(notice, [event for event in _story(scene) if isinstance(event, AgentReplied)], scene)


def _story(scene: Scene) -> list[Written]:
    """What was written to and fro before this turn."""
    story = scene.directory.story(scene.ticket.id) if scene.ticket else ()
    written = (event for event in story if isinstance(event, TicketOpened | CustomerWrote | AgentReplied))
    return [event for event in written if event not in scene.events]


def _may_read(to: Recipient, event: TicketOpened | CustomerWrote, scene: Scene) -> bool:
    """Whether a contact of the customer sent this themselves, while the recipient took part."""
    vouched = event.accepted if isinstance(event, CustomerWrote) else event.ticket.accepted_at is not None
    writer = scene.directory.contact(event.by)
    if vouched or scene.ticket is None or writer is None or writer.customer != scene.ticket.customer:
        return False
    known = ((to_address(one.address, scene), one.joined_at) for one in scene.ticket.participants)
    return any(person is not None and person.address == to.address and since <= event.at for person, since in known)


def _with(notice: Notice, written: Sequence[Written], scene: Scene) -> Notice:
    text = _cut(written[-1].text) if written else ""
    return replace(notice, earlier=Earlier(title(scene, written[-1].by), written[-1].at, text)) if text else notice


def _cut(text: str) -> str:
    lines = text.strip().split("\n")
    kept = "\n".join(lines[:MOST_LINES])
    short = kept[:MOST_CHARACTERS].rstrip()
    return short if short == text.strip() else f"{short}\n{CUT}"
