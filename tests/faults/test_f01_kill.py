"""F01: a kill -9 at any step costs nothing but a second copy of a mail whose row says so.

Named points (`helpdeskd.failpoint`) stand behind every change of state. A desk lives until it is killed at the first,
second, third … passing of each, and each next life has more mail and what the last one left; until one passes through.
"""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import helpdeskd
from helpdeskd import failpoint
from tests.faults.engines import POSTGRES, SQLITE, on_both
from tests.faults.life import KILLED, POISON, Life, Lives, live
from tests.servers.scripted_imap import ScriptedImap, folder_of
from tests.system.desk import ANNA, RunningDesk, mail
from tests.system.sink import Sink

IN_A_LIFE = tuple(p for p in failpoint.POINTS if not p.startswith(("schema.", "start.", "end.", "smtp.")))
"""The others are passed where a desk is a daemon, or made."""
QUICK = {SQLITE: 2, POSTGRES: 1}
"""So many times each point is passed in the short form."""
OF_CLAIMS = ("commit.after", "worker.taken", "worker.struck", "turn.carried", "dispatch.claimed", "sweep.done")
"""Where nodes share a database, a kill at these leaves the most behind."""
MAILS_OF_A_LIFE = 2
MOST_MAILS = 40
"""All may be due in the last life, and one mail to the agents has room for 50 lines."""
IN_THE_MAILBOX = (901, 902)


@pytest.fixture(scope="module")
def lives() -> Lives:
    return Lives()


def test_f01_every_point_stands_in_the_program_and_no_other():
    sources = Path(helpdeskd.__file__).parent.rglob("*.py")
    reached = {point for source in sources for point in re.findall(r'reach\("([^"]+)"\)', source.read_text())}
    assert reached == set(failpoint.POINTS)


def test_f01_a_point_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match=r"there is no point 'commit' \(one of commit\.before"):
        failpoint.arm("commit:1")


@pytest.mark.parametrize(
    ("new_desk", "point", "most"),
    [(engine, point, most) for engine, most in QUICK.items() for point in IN_A_LIFE if most > 1 or point in OF_CLAIMS],
    indirect=["new_desk"],
)
def test_f01_a_desk_that_is_killed_at_a_point_loses_and_repeats_nothing(
    new_desk: Callable[..., RunningDesk], sink: Sink, lives: Lives, point: str, most: int
):
    killed_at_every_passing(new_desk(smarthost=sink.port), sink, lives, point, most)


@pytest.mark.soak
@on_both
@pytest.mark.parametrize("point", IN_A_LIFE)
def test_f01_a_desk_that_is_killed_at_every_passing_of_a_point_loses_and_repeats_nothing(
    new_desk: Callable[..., RunningDesk], sink: Sink, lives: Lives, point: str
):
    killed_at_every_passing(new_desk(smarthost=sink.port), sink, lives, point, most=1000)


def killed_at_every_passing(desk: RunningDesk, sink: Sink, lives: Lives, point: str, most: int) -> None:
    mails: tuple[int, ...] = (POISON,)
    with ScriptedImap(folder_of({number: mail(number) for number in IN_THE_MAILBOX})) as mailbox:
        for passing in range(1, most + 1):
            if len(mails) < MOST_MAILS:
                mails += tuple(range(100 * passing, 100 * passing + MAILS_OF_A_LIFE))
            ended = lives.run(live, Life(desk.config, mailbox.port, mails, f"{point}:{passing}"))
            assert ended == KILLED or passing > 1, "it was never passed"
            if ended != KILLED:
                break
            assert desk.audit()["faults"] == []
        assert lives.run(live, Life(desk.config, mailbox.port, mails)) == 0
    is_as_if_nothing_had_happened(desk, sink, set(mails) - {POISON})


def is_as_if_nothing_had_happened(desk: RunningDesk, sink: Sink, mails: set[int]) -> None:
    """The model: each mail opens one ticket, is answered and told once; two copies arrive only of what is uncertain.

    The poison fails, and those of the mailbox are held: its server proves nobody.
    """
    report = desk.audit()
    assert report["queued"] == 0
    fates = {(f"Printer {number}", "opened"): 1 for number in mails}
    fates |= {(f"Printer {number}", "held"): 1 for number in IN_THE_MAILBOX}
    told = Counter((row["subject"], row["fate"]) for row in desk.inbox() if row["fate"] != "duplicate")
    assert told == fates | {("", "failed"): 1}
    rows = desk.outbox()
    about_tickets = [(row["notice"], row["recipient"], row["reference"]) for row in rows if row["reference"]]
    assert set(Counter(about_tickets).values()) == {1}
    collected = " ".join(desk.written(row["id"]).text for row in rows if not row["reference"])
    lines = Counter(re.findall(r"Missed HD-\d+ (Printer \d+)|(Accept): ", collected))
    assert lines == {**{(f"Printer {number}", ""): 1 for number in mails}, ("", "Accept"): len(IN_THE_MAILBOX)}
    assert Counter(row["notice"] for row in rows)["ticket-received"] == len(mails)
    assert {row["status"] for row in rows} == {"sent"}
    arrived = Counter(message.message_id for _, message in sink.mails)
    assert set(arrived) == {row["message_id"] for row in rows}
    uncertain = {row["message_id"] for row in rows if row["uncertain"]}
    assert {message_id for message_id, times in arrived.items() if times > 1} <= uncertain
    assert max(arrived.values()) <= 2
    assert {message.subject.partition("] ")[2] for message in sink.to(ANNA)} == {f"Printer {n}" for n in mails}
