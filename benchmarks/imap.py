"""Mail fetched from a mailbox: a private Dovecot, whose INBOX is full when the desk starts.

From the first mail that is in the desk's inbox to the last; each is in the database, synced, before it is moved to the
done folder. The desk decides them meanwhile, as it does in earnest. CPU and memory are the desk's, not Dovecot's.
"""

import time
from functools import partial
from typing import Any

from benchmarks.desk import UNDECIDED, new_desk
from benchmarks.harness import Plan, Row, Sample, attempt, row
from benchmarks.mix import KINDS, SUPPORT, mails
from benchmarks.processes import Peak, cpu_seconds
from benchmarks.servers import dovecot

EMPTY = "SELECT NOT EXISTS (SELECT 1 FROM inbox)"
TAKEN = "SELECT count(*) FROM inbox"
MAILBOX = """
[[mailbox]]
name = "support"
host = "127.0.0.1"
port = {port}
tls = "none"
user = "{user}"
password_file = "password"
address = "{address}"

[trust]
accounts = ["support"]
"""


def run(plan: Plan) -> list[Row]:
    with dovecot() as server:
        rows = []
        for name, count in {"mix": plan.of(400, 60), **plan.of({"plain": 1000}, {})}.items():
            rows.append(attempt(f"IMAP intake, {name}", partial(_row, plan, server, name, count)))
    return rows


def _row(plan: Plan, server: Any, name: str, count: int) -> Row:
    return row(f"IMAP intake, {name}", [_sample(plan, server, name, count) for _ in range(plan.of(3, 1))])


def _sample(plan: Plan, server: Any, name: str, count: int) -> Sample:
    user = server.new_user()
    server.deliver(user, *(mail.raw for mail in mails(count, KINDS[name])))
    mailbox = MAILBOX.format(port=server.port, user=user, address=SUPPORT)
    with new_desk(plan.folder, extra=mailbox) as desk:
        (desk.folder / "password").write_text(server.password)
        (desk.folder / "password").chmod(0o600)
        with desk.serving() as daemon:
            desk.until(EMPTY)
            begin, before, first = time.monotonic(), cpu_seconds(daemon.pid), desk.ask(TAKEN)
            with Peak(daemon.pid) as peak:
                end = desk.until(TAKEN, count)
            sample = Sample(count - first, end - begin, cpu_seconds(daemon.pid) - before, peak.mb)
            desk.until(UNDECIDED)
        desk.check(count)
        return sample
