"""What a desk promises, as plain values: which mails were accepted, which of them its tickets tell of, what went out.

Nothing here asks the desk. `Model` is what must be true; a restore makes true again what was when the backup was made,
but for what the world has got: references that were given, and mail that arrived.
"""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

NEW, REPLY, ANSWER, STALE = "new", "reply", "answer", "stale"
"""A customer's request, a customer's reply, an agent's answer, and one to a reply address of before a restore."""
RETRY_WINDOW = timedelta(days=4)
"""A mail server that was not told 250 comes again for so long."""


@dataclass(frozen=True)
class Mail:
    """A mail to the desk, about a case (the number of the mail that began it)."""

    number: int
    kind: str
    case: int
    sender: str
    to: str
    raw: bytes = field(repr=False)


@dataclass
class Held:
    """What the desk holds: mails in the order in which they were accepted, and how many came again."""

    accepted: list[Mail] = field(default_factory=list)
    at: dict[int, datetime] = field(default_factory=dict)
    again: int = 0

    def accept(self, mail: Mail, now: datetime) -> None:
        """The sender was told 250, or could have been."""
        if mail.number in self.at:
            self.again += 1
        else:
            self.accepted.append(mail)
            self.at[mail.number] = now

    def story(self, case: int, decided: set[int]) -> list[int]:
        """The mails that the ticket of a case tells of, in order."""
        return [m.number for m in self.accepted if m.case == case and m.kind != STALE and m.number in decided]


@dataclass
class Model:
    """`arrived` are the Message-IDs that the smarthost took, `cut` those whose answer was lost, each time."""

    held: Held = field(default_factory=Held)
    arrived: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    lost_world: set[str] = field(default_factory=set)
    cases: dict[str, int] = field(default_factory=dict)
    backup: Held | None = None

    def backs_up(self) -> None:
        self.backup = deepcopy(self.held)

    def goes_back(self, decided: set[int]) -> None:
        """What arrived stays so, and must not arrive again; answers that were not decided yet come too late."""
        assert self.backup is not None
        self.held = deepcopy(self.backup)
        self.held.accepted = [
            replace(mail, kind=STALE) if mail.kind == ANSWER and mail.number not in decided else mail
            for mail in self.held.accepted
        ]
        self.lost_world |= set(self.arrived)
        self.arrived.clear()
        self.cut.clear()
