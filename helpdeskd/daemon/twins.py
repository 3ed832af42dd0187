"""The same mail at two addresses of one queue (To and Cc, or a reply address and the queue's own): one copy is decided.

The copy at a reply address, which says more, stands for one at a bare address; of two bare ones the first.
"""

from datetime import datetime

from helpdeskd.daemon import log
from helpdeskd.domain.address import normalise, split_detail
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.message import Message
from helpdeskd.storage import inbox
from helpdeskd.storage.inbox import Received


def standing_for(row: Received, desk: Desk) -> int:
    """The number of the mail that is decided instead of this one; 0 where none is. Reads the database."""
    address = normalise(row.envelope.forward_path)
    queue, (_, detail) = desk.queue_of(address), split_detail(address)
    if queue is None or detail:
        return 0
    same = ((number, normalise(path)) for number, path in inbox.copies(row))
    ours = ((number, path) for number, path in same if desk.queue_of(path) == queue)
    return next((number for number, path in ours if split_detail(path)[1] or number < row.id), 0)


def end_as_copy(row: Received, message: Message, other: int, now: datetime) -> None:
    """Write down that another mail is decided instead. Writes to the database."""
    why, sender = f"same content as mail {other}", message.from_.address if message.from_ else ""
    inbox.finish(row.id, "duplicate", why, "", sender, message.subject, now)
    log.decided(inbox_id=row.id, fate="duplicate", reason=why, ticket="")
