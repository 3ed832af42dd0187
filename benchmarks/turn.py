"""From mail to stored ticket and queued acknowledgement, by the whole daemon, and by its worker alone.

`mail to acknowledgement` is from the first MAIL FROM of sixteen sessions until every mail is decided and its
acknowledgement stands in the outbox of a desk that has nowhere to send it, as the peers have it (`pipeline` sends it).
`worker alone` is the same desk started on a full inbox, without any client: from the first mail that is decided to the
last. What is slower there than with a client is the worker; what is faster there, it shares the machine with. CPU and
memory are those of all processes of the desk.
"""

from collections.abc import Iterator
from functools import partial
from itertools import accumulate

from benchmarks.desk import DECIDED, new_desk
from benchmarks.harness import Plan, Row, attempt, row
from benchmarks.mix import KINDS, mails
from benchmarks.rounds import Running, by_smtp, laps

PEERS = ("django-helpdesk, {}", "Roundup, {}")
WHOLE, ALONE = "mail to acknowledgement, {}", "worker alone, {}"


def run(plan: Plan) -> Iterator[Row]:
    rounds = {"mix": [plan.of(600, 40)] * plan.of(3, 2), "plain": [plan.of(1500, 40)] * plan.of(3, 2)}
    with new_desk(plan.folder) as desk:
        for name, counts in rounds.items():
            for place, count in enumerate(counts):
                desk.put(mails(count, KINDS[name], run=f"waiting{name}{place}"))
        with desk.serving() as daemon:
            running, before = Running(desk, (desk.port,), (daemon.pid,)), 0
            for name, counts in rounds.items():
                yield attempt(ALONE.format(name), partial(_alone, running, name, counts, before))
                before += sum(counts)
            for name, counts in rounds.items():
                yield attempt(WHOLE.format(name), partial(_whole, running, name, counts))


def _alone(running: Running, name: str, rounds: list[int], before: int) -> Row:
    """What waits is decided, and nothing comes."""
    samples = laps(running, DECIDED, [before + 1, *(before + done for done in accumulate(rounds))])
    return row(ALONE.format(name), samples, (WHOLE.format(name),))


def _whole(running: Running, name: str, rounds: list[int]) -> Row:
    """Mail comes by SMTP, and all of it, with all that came before, is decided."""
    return row(WHOLE.format(name), by_smtp(running, name, rounds, run=name), tuple(peer.format(name) for peer in PEERS))
