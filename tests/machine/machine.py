"""What happens to a desk, and to its model: mail of customers and agents, new and again, by SMTP and from a mailbox; a
smarthost that takes, puts off, refuses or is cut off; a clock that runs, jumps and goes back; a kill before any
statement; a backup, and a restore of it. After each step the two are compared (`promises`).
"""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from helpdeskd.domain.message import Message
from helpdeskd.mail.delivery import Failed, Later, Result, Sent, Uncertain
from helpdeskd.mail.parse import parse
from helpdeskd.storage import db
from helpdeskd.storage.outbox import Queued
from tests.machine.desk import Desk
from tests.machine.model import ANSWER, NEW, REPLY, STALE, Mail, Model
from tests.machine.promises import asked, decided, keeps_its_promises, number_of
from tests.mail_client import answer, thread, write

FAST = Path("/dev/shm")
SUPPORT, PIET = "support@desk.example", "piet@desk.example"
CUSTOMERS = ("anna@bakery.example", "bram@bakery.example")
RETRY_WINDOW = timedelta(days=4)
KILLS = st.one_of(st.none(), st.integers(1, 120))
STEPS = st.sampled_from(
    [
        timedelta(minutes=2),
        timedelta(hours=1),
        timedelta(hours=-1),
        timedelta(hours=7),
        timedelta(days=1),
        timedelta(days=3),
    ]
)


class Machine(RuleBasedStateMachine):
    """`letters` are the mails that arrived since the last restore, by case and recipient; `old` those of before."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=FAST if FAST.is_dir() else None))
        self.desk, self.model = Desk(self.folder / "desk"), Model()
        self.letters: list[tuple[str, str, Message]] = []
        self.old: list[tuple[str, str, Message]] = []
        self.mailbox: dict[int, Mail] = {}
        self.numbers = iter(range(1, 10_000))
        self.backups = iter(range(1, 10_000))
        self.saved: Path | None = None
        self.a_customer_asks(CUSTOMERS[0], None)
        self.desk.works()
        self.it_is_backed_up()  # with mail in the outbox, which the world gets a moment later
        self.all_goes_well()

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.everything_is_done_in_the_end()
            self.desk.ends()
            shutil.rmtree(self.folder)

    # Mail comes.

    @rule(sender=st.sampled_from(CUSTOMERS), kill=KILLS)
    def a_customer_asks(self, sender: str, kill: int | None) -> None:
        self.hand_over(self.written(NEW, sender), kill)

    @rule(sender=st.sampled_from(CUSTOMERS))
    def a_mail_comes_to_the_mailbox(self, sender: str) -> None:
        mail = self.written(NEW, sender)
        self.mailbox[mail.number] = mail

    @precondition(lambda self: self.mailbox)
    @rule(kill=KILLS)
    def the_mailbox_is_polled(self, kill: int | None) -> None:
        """A mail is moved when it is stored; killed between the two, it is seen again."""
        for uid, mail in list(self.mailbox.items()):
            if self.is_stored(mail) or not self.does(lambda mail=mail: self.take(mail, f"box/1/{mail.number}"), kill):
                self.mailbox.pop(uid)
            if self.is_stored(mail):
                self.note(mail, again=False)
            kill = None

    @precondition(lambda self: self.fresh())
    @rule(data=st.data(), kill=KILLS)
    def the_same_mail_comes_again(self, data: st.DataObject, kill: int | None) -> None:
        self.hand_over(data.draw(st.sampled_from(self.fresh())), kill)

    @precondition(lambda self: self.answerable(self.letters + self.old, CUSTOMERS))
    @rule(data=st.data(), kill=KILLS)
    def a_customer_replies(self, data: st.DataObject, kill: int | None) -> None:
        """Also to a mail of before a restore, if its ticket is still there."""
        self.answers(REPLY, data.draw(st.sampled_from(self.answerable(self.letters + self.old, CUSTOMERS))), kill)

    @precondition(lambda self: self.answerable(self.letters, (PIET,)))
    @rule(data=st.data(), kill=KILLS)
    def an_agent_answers(self, data: st.DataObject, kill: int | None) -> None:
        self.answers(ANSWER, data.draw(st.sampled_from(self.answerable(self.letters, (PIET,)))), kill)

    @precondition(lambda self: self.answerable(self.old, (PIET,)))
    @rule(data=st.data())
    def an_agent_answers_to_an_address_of_before_the_restore(self, data: st.DataObject) -> None:
        self.answers(STALE, data.draw(st.sampled_from(self.answerable(self.old, (PIET,)))), None)

    # It is worked on.

    @rule()
    def all_goes_well(self) -> None:
        self.desk.works()
        self.claims_one()
        while self.desk.in_hand:
            self.the_smarthost_answers(Sent("250 ok"), None)

    @rule(kill=KILLS)
    def the_worker_works(self, kill: int | None) -> None:
        self.does(self.desk.works, kill)

    @rule(step=STEPS, kill=KILLS)
    def time_passes_or_goes_back(self, step: timedelta, kill: int | None) -> None:
        self.desk.clock.at += step
        self.does(self.desk.ticks, kill)

    @rule(result=st.sampled_from([Sent("250 ok"), Sent("250 ok"), Later("451 later"), Failed("550 no")]), kill=KILLS)
    def the_smarthost_answers(self, result: Result, kill: int | None) -> None:
        """Killed after the final dot, the desk does not know it."""
        self.claims_one()
        row = self.desk.in_hand
        if row is None:
            return
        if isinstance(result, Sent):
            self.arrives(row)
        if self.does(lambda: self.desk.sends(result), kill):
            self.model.cut[row.message_id] += 1

    @rule(arrives=st.booleans(), dies=st.booleans())
    def the_smarthost_is_cut_off_after_the_final_dot(self, arrives: bool, dies: bool) -> None:
        self.claims_one()
        row = self.desk.in_hand
        if row is None:
            return
        if arrives:
            self.arrives(row)
        self.model.cut[row.message_id] += 1
        if dies:
            self.desk.dies()
        else:
            self.desk.sends(Uncertain("no answer"))

    # It dies, and comes back.

    @rule()
    def it_is_killed(self) -> None:
        self.cut_in_hand()
        self.desk.dies()

    @rule()
    def it_is_started_again(self) -> None:
        self.cut_in_hand()
        self.desk.restarts()

    @rule()
    def it_is_backed_up(self) -> None:
        self.saved = self.desk.backs_up(f"backup-{next(self.backups)}")
        self.model.backs_up()

    @precondition(lambda self: self.saved)
    @rule()
    def it_goes_back_to_the_backup(self) -> None:
        assert self.saved is not None
        restored = self.desk.goes_back_to(self.saved)
        assert restored.report.faults == []
        with db.transaction():
            self.model.goes_back(decided())
        self.old, self.letters, self.saved = self.old + self.letters, [], None
        self.mailbox = {uid: mail for uid, mail in self.mailbox.items() if not self.is_stored(mail)}

    # What is always true.

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        if hasattr(self, "desk"):
            with db.transaction():
                keeps_its_promises(self.model)

    def everything_is_done_in_the_end(self) -> None:
        """When trouble is over, nothing waits and all has arrived that was not refused."""
        self.the_mailbox_is_polled(None)
        for _ in range(40):
            self.desk.clock.at += timedelta(hours=2)
            self.desk.ticks()
            self.all_goes_well()
        self.it_is_as_the_model_says()
        with db.transaction():
            assert asked("SELECT id FROM inbox WHERE status <> 'done'") == []
            assert asked("SELECT id FROM outbox WHERE status NOT IN ('sent', 'failed')") == []
            sent = {row[0] for row in asked("SELECT message_id FROM outbox WHERE status = 'sent'")}
        assert sent <= set(self.model.arrived) | self.model.lost_world

    # How it is done.

    def written(self, kind: str, sender: str, case: int = 0, to: str = SUPPORT, **parts: object) -> Mail:
        number = next(self.numbers)
        subject, text = str(parts.pop("subject", f"Case {number}")), str(parts.pop("text", f"This is mail {number}."))
        headers = {"X-Number": str(number)}
        raw = write(sender, to, subject, text, "aligned", self.desk.clock.now(), number, headers=headers, **parts)  # type: ignore[arg-type]
        return Mail(number, kind, case or number, sender, to, raw)

    def answers(self, kind: str, letter: tuple[str, str, Message], kill: int | None) -> None:
        recipient, reference, message = letter
        to, subject, text = answer(message, "This is mail %d.")
        number = next(self.numbers)
        self.numbers = iter([number, *self.numbers])
        case = self.model.cases[reference]
        parts = {"subject": subject, "text": text.replace("%d", str(number), 1), **thread(message)}
        self.hand_over(self.written(kind, recipient, case, to, **parts), kill)

    def hand_over(self, mail: Mail, kill: int | None) -> None:
        """As a mail server does: who was not told 250 comes again."""
        before = self.rows_of(mail)
        if self.does(lambda: self.take(mail), kill):
            if self.rows_of(mail) > before:
                self.note(mail)
            self.take(mail)
        self.note(mail)

    def take(self, mail: Mail, source_key: str | None = None) -> None:
        self.desk.takes(mail.raw, mail.sender, mail.to, source_key)

    def note(self, mail: Mail, again: bool = True) -> None:
        if again or mail.number not in self.model.held.at:
            self.model.held.accept(mail, self.desk.clock.now())

    def does(self, work, kill: int | None) -> bool:  # type: ignore[no-untyped-def]
        """Whether the desk died of it."""
        if kill is None:
            work()
            return False
        row = self.desk.in_hand
        died = self.desk.dies_at(kill, work)
        if died and row is not None:
            self.model.cut[row.message_id] += 1
        return died

    def cut_in_hand(self) -> None:
        if self.desk.in_hand is not None:
            self.model.cut[self.desk.in_hand.message_id] += 1

    def claims_one(self) -> None:
        if self.desk.in_hand is None:
            self.desk.sends(None)

    def arrives(self, row: Queued) -> None:
        self.model.arrived[row.message_id] += 1
        if row.reference:
            self.letters.append((row.recipient, row.reference, parse(row.content)))

    def fresh(self) -> list[Mail]:
        """Mails that their senders may still send again."""
        now, at = self.desk.clock.now(), self.model.held.at
        return [mail for mail in self.model.held.accepted if abs(now - at[mail.number]) < RETRY_WINDOW]

    def answerable(
        self, letters: list[tuple[str, str, Message]], people: tuple[str, ...]
    ) -> list[tuple[str, str, Message]]:
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
