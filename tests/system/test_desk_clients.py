"""Whole conversations of people with real mail programs: out by SMTP, back into a mailbox of a real Dovecot."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.clients import Client, Library, Mutt, Swaks
from tests.servers.dovecot import Dovecot
from tests.system.desk import ANNA, PIET, SUPPORT, RunningDesk
from tests.system.sink import Sink

NO_PLUS = "\n[mail]\nplus_addresses = false\n"
WAYS = [(Mutt, ""), (Mutt, NO_PLUS), (Swaks, ""), (Library, "")]


class Post:
    """Carries what the desk has sent into the mailboxes of its people."""

    def __init__(self, desk: RunningDesk, sink: Sink, *people: Client) -> None:
        self.desk, self.sink, self.people = desk, sink, people
        self.carried = 0

    def brings(self, mails: int) -> None:
        """Wait until so many more mails have left the desk, and put them where they belong."""
        self.desk.sends(self.carried + mails)
        for recipient, raw in self.sink.raws[self.carried :]:
            next(person for person in self.people if person.address == recipient).receives(raw)
        self.carried += mails
        assert len(self.sink.raws) == self.carried


@pytest.mark.parametrize(("kind", "extra"), WAYS, ids=["mutt", "mutt-no-plus", "swaks", "library"])
def test_a_question_is_asked_answered_and_answered_again(
    kind: type[Client],
    extra: str,
    new_desk: Callable[..., RunningDesk],
    sink: Sink,
    dovecot: Dovecot,
    tmp_path: Path,
):
    desk = new_desk(smarthost=sink.port, extra=extra)
    desk.start()
    anna = kind("Anna de Vries", ANNA, desk.smtp, dovecot, tmp_path)
    piet = kind("Piet Jansen", PIET, desk.smtp, dovecot, tmp_path)
    post = Post(desk, sink, anna, piet)

    anna.writes(SUPPORT, "Printer", "It prints nothing.\n\nIt did yesterday.\n")
    assert [(row["fate"], row["reference"]) for row in desk.decides()] == [("opened", "HD-1001")]
    post.brings(2)
    assert anna.reads().subject == piet.reads().subject == "[HD-1001] Printer"

    piet.answers("/take\n/wait\n\nIs there paper in it?")
    assert desk.decides(2)[-1]["fate"] == "commands"
    post.brings(2)
    answer = anna.reads()
    said, _, quoted = answer.text.partition("Anna de Vries wrote:")
    assert "Is there paper in it?" in said
    assert quoted.strip() == "> It prints nothing.\n> \n> It did yesterday."
    assert "/take" not in answer.text
    assert "Done on HD-1001:" in piet.reads().text
    (ticket,) = desk.ask("tickets", "list")
    assert (ticket["owner"], ticket["status"]) == ("piet", "waiting")

    anna.answers("Yes, plenty.", below=True)
    joined = desk.decides(3)[-1]
    assert (joined["fate"], joined["reference"]) == ("added", "HD-1001")
    post.brings(1)
    said, _, quoted = piet.reads().text.partition("Piet Jansen wrote:")
    assert "> Yes, plenty." in said
    assert "paper" not in said
    assert quoted.strip() == "> Is there paper in it?"
    desk.audit()


def test_a_mistyped_command_comes_back_and_the_customer_gets_nothing(
    desk: RunningDesk, sink: Sink, dovecot: Dovecot, tmp_path: Path
):
    anna = Mutt("Anna de Vries", ANNA, desk.smtp, dovecot, tmp_path)
    piet = Mutt("Piet Jansen", PIET, desk.smtp, dovecot, tmp_path)
    post = Post(desk, sink, anna, piet)
    anna.writes(SUPPORT, "Printer", "It prints nothing.\n")
    desk.decides()
    post.brings(2)
    piet.answers("/resovle\n\nIt prints again.")
    desk.decides(2)
    post.brings(1)
    assert "did you mean /resolve?" in piet.reads().text
    assert "prints again" not in anna.reads().text
