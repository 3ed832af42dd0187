"""What happens to a desk, and to its model: mail of customers and agents, new and again, by SMTP and from a mailbox; a
connection that is cut; a smarthost that takes, puts off, refuses or is cut off; a clock that runs, jumps and goes back;
a kill before any statement, and a new start. After each step the two are compared (`promises`).
"""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from helpdeskd.mail.delivery import Failed, Later, Result, Sent, Uncertain
from helpdeskd.storage import db
from tests.machine.model import ANSWER, NEW, REPLY
from tests.machine.player import Letter, Player
from tests.machine.promises import asked, keeps_its_promises
from tests.machine.smtp import Cut

PIET = "piet@desk.example"
CUSTOMERS = ("anna@bakery.example", "bram@bakery.example")
KILLS = st.one_of(st.none(), st.integers(1, 120))
STEPS = st.sampled_from([timedelta(minutes=2), *(timedelta(hours=hours) for hours in (1, -1, 7, -7, 24, 72))])
CALM_DAYS = 4
"""The calm in the end: long enough for all that is put off and due."""


class Machine(Player):
    """Of any desk."""

    @initialize()
    def begin(self) -> None:
        self.sits_down()
        self.a_customer_asks(CUSTOMERS[0], None)
        self.desk.parts.works()

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.everything_is_done_in_the_end()
            self.gets_up()

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
        for uid in list(self.mailbox):
            self.fetch(uid, kill)
            kill = None

    @precondition(lambda self: any(map(self.fresh, self.model.held.accepted)))
    @rule(data=st.data(), kill=KILLS)
    def the_same_mail_comes_again(self, data: st.DataObject, kill: int | None) -> None:
        self.hand_over(data.draw(st.sampled_from(list(filter(self.fresh, self.model.held.accepted)))), kill)

    @rule(sender=st.sampled_from(CUSTOMERS), cut=st.sampled_from([Cut.BEFORE_THE_DOT, Cut.BEFORE_THE_ANSWER]))
    def a_mail_servers_connection_is_cut(self, sender: str, cut: Cut) -> None:
        """A mail without its final dot is nobody's; one without its answer is ours, and comes again."""
        mail = self.written(NEW, sender)
        assert not self.desk.parts.takes(mail.raw, mail.sender, mail.to, cut)
        assert self.is_stored(mail) == (cut is Cut.BEFORE_THE_ANSWER)
        if self.is_stored(mail):
            self.note(mail)
        self.unheard.append(mail)

    @precondition(lambda self: self.unheard)
    @rule(kill=KILLS)
    def who_heard_no_answer_comes_again(self, kill: int | None) -> None:
        """Unless the time has passed in which servers do."""
        mail = self.unheard.pop(0)
        if self.fresh(mail):
            self.hand_over(mail, kill)

    @precondition(lambda self: self.answerable(CUSTOMERS))
    @rule(data=st.data(), kill=KILLS)
    def a_customer_replies(self, data: st.DataObject, kill: int | None) -> None:
        """Also to a mail of before a restore, if its ticket is still there."""
        self.answers(REPLY, data.draw(st.sampled_from(self.answerable(CUSTOMERS))), kill)

    @precondition(lambda self: self.to_whom_it_may_answer(self.letters, (PIET,)))
    @rule(data=st.data(), kill=KILLS)
    def an_agent_answers(self, data: st.DataObject, kill: int | None) -> None:
        self.answers(ANSWER, data.draw(st.sampled_from(self.to_whom_it_may_answer(self.letters, (PIET,)))), kill)

    # It is worked on.

    @rule()
    def all_goes_well(self) -> None:
        self.desk.parts.works()
        while self.claims_one():
            self.the_smarthost_answers(Sent("250 ok"), None)

    @rule(kill=KILLS)
    def the_worker_works(self, kill: int | None) -> None:
        self.does(self.desk.parts.works, kill)

    @rule(step=STEPS, kill=KILLS)
    def time_passes_or_goes_back(self, step: timedelta, kill: int | None) -> None:
        self.desk.clock.at += step
        self.does(self.desk.parts.ticks, kill)

    @rule(result=st.sampled_from([Sent("250 ok"), Sent("250 ok"), Later("451 later"), Failed("550 no")]), kill=KILLS)
    def the_smarthost_answers(self, result: Result, kill: int | None) -> None:
        """Killed after the final dot, the desk does not know it."""
        row = self.claims_one()
        if row is None:
            return
        if isinstance(result, Sent):
            self.arrives(row)
        self.does(lambda: self.desk.parts.sends(result), kill)

    @rule(arrives=st.booleans(), dies=st.booleans())
    def the_smarthost_is_cut_off_after_the_final_dot(self, arrives: bool, dies: bool) -> None:
        row = self.claims_one()
        if row is None:
            return
        if arrives:
            self.arrives(row)
        self.model.cut[row.message_id] += 1
        if dies:
            self.desk.dies()
        else:
            self.desk.parts.sends(Uncertain("no answer"))

    # It dies, and comes back.

    @rule()
    def it_is_killed(self) -> None:
        self.cut_in_hand()
        self.desk.dies()

    @rule()
    def it_is_started_again(self) -> None:
        self.cut_in_hand()
        self.desk.restarts()

    # What is always true.

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        if hasattr(self, "desk"):
            with db.transaction():
                keeps_its_promises(self.model)

    def everything_is_done_in_the_end(self) -> None:
        """When trouble is over, nothing waits and all has arrived that was not refused."""
        while self.unheard:
            self.who_heard_no_answer_comes_again(None)
        self.the_mailbox_is_polled(None)
        for _ in range(CALM_DAYS):
            self.desk.clock.at += timedelta(days=1)
            self.desk.parts.ticks()
            self.all_goes_well()
        self.it_is_as_the_model_says()
        with db.transaction():
            assert asked("SELECT id FROM inbox WHERE status <> 'done'") == []
            assert asked("SELECT id FROM outbox WHERE status NOT IN ('sent', 'failed')") == []
            sent = {row[0] for row in asked("SELECT message_id FROM outbox WHERE status = 'sent'")}
        assert sent <= set(self.model.arrived) | self.model.lost_world

    def answerable(self, people: tuple[str, ...]) -> list[Letter]:
        return self.to_whom_it_may_answer(self.letters + self.old, people)
