"""What happens to a desk on SQLite alone: a backup, and a restore of it."""

from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from helpdeskd.storage import db
from tests.machine.desk import Desk
from tests.machine.machine import PIET, Machine
from tests.machine.model import STALE
from tests.machine.promises import decided


class OneDesk(Machine):
    kind = Desk
    desk: Desk

    @initialize()
    def begin(self) -> None:
        super().begin()
        self.backups = iter(range(1, 10_000))
        self.it_is_backed_up()  # with mail in the outbox, which the world gets a moment later
        self.all_goes_well()

    @precondition(lambda self: self.to_whom_it_may_answer(self.old, (PIET,)))
    @rule(data=st.data())
    def an_agent_answers_to_an_address_of_before_the_restore(self, data: st.DataObject) -> None:
        letters = self.to_whom_it_may_answer(self.old, (PIET,))
        self.answers(STALE, data.draw(st.sampled_from(letters)), None)

    @rule()
    def it_is_backed_up(self) -> None:
        self.saved: Path | None = self.desk.backs_up(f"backup-{next(self.backups)}")
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
