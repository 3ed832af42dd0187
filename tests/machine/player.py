"""Who plays with a desk and its model: how a step is made, of the one and of the other.

A mail that was stored is in the model's hands; one whose server heard no answer comes again; and of what was in hand
when the desk died nobody knows whether it arrived.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from hypothesis.stateful import RuleBasedStateMachine

from helpdeskd.domain.message import Message
from helpdeskd.mail.parse import parse
from helpdeskd.mail.smtp_trace import as_sent
from helpdeskd.storage import db
from helpdeskd.storage.outbox import Queued
from tests.machine.desk import Desk
from tests.machine.model import RETRY_WINDOW, Mail, Model
from tests.machine.nodes import Nodes
from tests.machine.promises import asked, number_of
from tests.mail_client import answer, thread, write

FAST = Path("/dev/shm")
SUPPORT = "support@desk.example"
Letter = tuple[str, str, Message]
"""A mail of the desk's that arrived: its recipient, the reference of its ticket, and itself."""


class Player(RuleBasedStateMachine):
    """`letters` are the mails that arrived since the last restore, `old` those of before.

    `mailbox` holds mails by UID, `unheard` those whose servers heard no answer.
    """

    kind: ClassVar[type[Desk] | type[Nodes]]

    def sits_down(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=FAST if FAST.is_dir() else None))
        self.desk, self.model = self.kind(self.folder / "desk"), Model()
        self.letters: list[Letter] = []
        self.old: list[Letter] = []
        self.mailbox: dict[int, Mail] = {}
        self.unheard: list[Mail] = []
        self.numbers = iter(range(1, 10_000))

    def gets_up(self) -> None:
        self.desk.ends()
        shutil.rmtree(self.folder)

    # Mails.

    def written(self, kind: str, sender: str, case: int = 0, to: str = SUPPORT, **parts: object) -> Mail:
        number = next(self.numbers)
        subject, text = str(parts.pop("subject", f"Case {number}")), str(parts.pop("text", f"This is mail {number}."))
        headers = {"X-Number": str(number)}
        raw = write(sender, to, subject, text, "aligned", self.desk.clock.now(), number, headers=headers, **parts)  # type: ignore[arg-type]
        return Mail(number, kind, case or number, sender, to, as_sent(raw))

    def answers(self, kind: str, letter: Letter, kill: int | None) -> None:
        recipient, reference, message = letter
        to, subject, text = answer(message, "This is mail %d.")
        number = next(self.numbers)
        self.numbers = iter([number, *self.numbers])
        case = self.model.cases[reference]
        parts = {"subject": subject, "text": text.replace("%d", str(number), 1), **thread(message)}
        self.hand_over(self.written(kind, recipient, case, to, **parts), kill)

    def hand_over(self, mail: Mail, kill: int | None) -> None:
        """As a mail server does: who was not told 250 comes again, at once."""
        before = self.rows_of(mail)
        if self.does(lambda: self.take(mail), kill):
            if self.rows_of(mail) > before:
                self.note(mail)
            self.take(mail)
        self.note(mail)

    def take(self, mail: Mail) -> None:
        assert self.desk.parts.takes(mail.raw, mail.sender, mail.to), "250 was not heard"

    def note(self, mail: Mail, again: bool = True) -> None:
        if again or mail.number not in self.model.held.at:
            self.model.held.accept(mail, self.desk.clock.now())

    def fetch(self, uid: int, kill: int | None) -> None:
        """A mail is moved out of the mailbox when it is stored; killed between the two, the desk sees it again."""
        mail = self.mailbox[uid]
        known = self.is_stored(mail)
        died = self.does(lambda: self.desk.parts.fetches(mail.raw, mail.sender, mail.to, f"box/1/{mail.number}"), kill)
        if known or not died:
            self.mailbox.pop(uid)
        if self.is_stored(mail):
            self.note(mail, again=False)

    # The desk.

    def does(self, work: Callable[[], object], kill: int | None) -> bool:
        """Whether the desk died of it."""
        if kill is None:
            work()
            return False
        row = self.desk.parts.in_hand
        died = self.desk.dies_at(kill, work)
        if died and row is not None:
            self.model.cut[row.message_id] += 1
        return died

    def cut_in_hand(self) -> None:
        if (row := self.desk.parts.in_hand) is not None:
            self.model.cut[row.message_id] += 1

    def claims_one(self) -> Queued | None:
        """The row in hand: the one that there is, or the next."""
        if self.desk.parts.in_hand is None:
            self.desk.parts.sends(None)
        return self.desk.parts.in_hand

    def arrives(self, row: Queued) -> None:
        self.model.arrived[row.message_id] += 1
        if row.reference:
            self.letters.append((row.recipient, row.reference, parse(row.content)))

    # What there is.

    def fresh(self, mail: Mail) -> bool:
        """Whether its sender may still send it again."""
        at = self.model.held.at.get(mail.number)
        return at is None or abs(self.desk.clock.now() - at) < RETRY_WINDOW

    def to_whom_it_may_answer(self, letters: list[Letter], people: tuple[str, ...]) -> list[Letter]:
        """Those to one of these people whose ticket is there."""
        with db.transaction():
            there = {reference for (reference,) in asked("SELECT reference FROM ticket")}
        return [letter for letter in letters if letter[0] in people and letter[1] in there]

    def is_stored(self, mail: Mail) -> bool:
        return self.rows_of(mail) > 0

    @staticmethod
    def rows_of(mail: Mail) -> int:
        """How many rows of the inbox it has."""
        with db.transaction():
            rows = asked("SELECT content FROM inbox JOIN raw ON raw.id = raw_id")
        return [number_of(content) for (content,) in rows].count(mail.number)
