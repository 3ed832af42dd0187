"""From mail to stored ticket and queued acknowledgement, by the whole daemon, and by its worker alone.

`mail to acknowledgement` is from the first MAIL FROM of sixteen sessions until every mail is decided and its
acknowledgement stands in the outbox of a desk that has nowhere to send it, as the peers have it (`pipeline` sends it).
`worker alone` is the same desk started on a full inbox, without any client: from the first mail that is decided to the
last. What is slower there than with a client is the worker; what is faster there, it shares the machine with. CPU and
memory are those of all processes of the desk.
"""

import time
from functools import partial

from benchmarks.desk import DECIDED, UNDECIDED, new_desk
from benchmarks.harness import Plan, Row, Sample, attempt, row
from benchmarks.mix import KINDS, mails
from benchmarks.processes import Peak, cpu_seconds
from benchmarks.traffic import client

NOT_BEGUN = "SELECT NOT EXISTS (SELECT 1 FROM inbox WHERE status != 'queued')"
PEERS = ("django-helpdesk, {}", "Roundup, {}")


def run(plan: Plan) -> list[Row]:
    rows = []
    for name, count in (("mix", plan.of(600, 120)), ("plain", plan.of(1500, 200))):
        rows.append(attempt(f"mail to acknowledgement, {name}", partial(_whole, plan, name, count)))
        rows.append(attempt(f"worker alone, {name}", partial(_alone, plan, name, count)))
    return rows


def _whole(plan: Plan, name: str, count: int) -> Row:
    samples = [whole(plan, name, count) for _ in range(plan.of(3, 1))]
    return row(f"mail to acknowledgement, {name}", samples, tuple(peer.format(name) for peer in PEERS))


def _alone(plan: Plan, name: str, count: int) -> Row:
    return row(f"worker alone, {name}", [alone(plan, name, count) for _ in range(plan.of(3, 1))])


def whole(plan: Plan, name: str, count: int) -> Sample:
    """Mail comes by SMTP, and all of it is decided."""
    with new_desk(plan.folder) as desk, desk.serving() as daemon, client(desk.port, count, "--kinds", name) as sender:
        before = cpu_seconds(daemon.pid)
        with Peak(daemon.pid) as peak:
            begin = sender.begin()
            sender.result()
            end = desk.until(UNDECIDED)
        desk.check(count)
        return Sample(count, end - begin, cpu_seconds(daemon.pid) - before, peak.mb)


def alone(plan: Plan, name: str, count: int) -> Sample:
    """Nothing comes; what waits is decided."""
    with new_desk(plan.folder) as desk:
        desk.put(mails(count, KINDS[name]))
        with desk.serving() as daemon:
            desk.until(NOT_BEGUN)
            begin, before = time.monotonic(), cpu_seconds(daemon.pid)
            left = count - desk.ask(DECIDED)
            with Peak(daemon.pid) as peak:
                end = desk.until(UNDECIDED)
            desk.check(count)
            return Sample(left, end - begin, cpu_seconds(daemon.pid) - before, peak.mb)
