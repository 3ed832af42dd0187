"""What a policy may ask for. Effects are values; `daemon.turn` carries them out in the transaction of their event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from helpdeskd.domain.desk import Channel
from helpdeskd.domain.notice import Item, Notice


@dataclass(frozen=True, slots=True)
class Remind:
    """A line for somebody's next collected mail of that notice, not before an instant in their working time."""

    notice: str
    address: str
    not_before: datetime
    item: Item


@dataclass(frozen=True, slots=True)
class Page:
    """Wake somebody by a channel beside mail, which is given this record of texts."""

    channel: Channel
    record: Mapping[str, str]


Effect = Notice | Remind | Page
