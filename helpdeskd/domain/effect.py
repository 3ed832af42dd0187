"""What a policy may ask for. Effects are values; `daemon.turn` carries them out in the transaction of their event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from helpdeskd.domain.notice import Item, Notice


@dataclass(frozen=True, slots=True)
class Remind:
    """A line for somebody's next collected mail of that notice, not before an instant in their working time."""

    notice: str
    address: str
    not_before: datetime
    item: Item


@dataclass(frozen=True, slots=True)
class RunHook:
    """Run the configured command with this text-only record as JSON on its standard input."""

    argv: tuple[str, ...]
    record: Mapping[str, str]


Effect = Notice | Remind | RunHook
