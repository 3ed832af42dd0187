"""Mail fetched from a mailbox: a private Dovecot, into whose INBOX many mails come at once.

From their coming until the last is in the desk's inbox; each is in the database, synced, before it is moved to the done
folder. The desk decides them meanwhile, as it does in earnest. CPU and memory are the desk's, not Dovecot's.
"""

import time
from collections.abc import Iterator
from functools import partial
from itertools import accumulate
from typing import Any

from benchmarks.desk import UNDECIDED, new_desk
from benchmarks.harness import Plan, Row, Sample, attempt, row
from benchmarks.mix import KINDS, SUPPORT, mails
from benchmarks.rounds import WARM, Running
from benchmarks.servers import dovecot

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


def run(plan: Plan) -> Iterator[Row]:
    with dovecot() as server:
        for name, count in {"mix": plan.of(400, 10), **plan.of({"plain": 1000}, {})}.items():
            yield attempt(f"IMAP intake, {name}", partial(_row, plan, server, name, [count] * plan.of(3, 2)))


def _row(plan: Plan, server: Any, name: str, rounds: list[int]) -> Row:
    user, several = server.new_user(), [WARM, *rounds]
    for place, count in enumerate(several):
        _lay(server, user, f"Waiting{place}", [mail.raw for mail in mails(count, KINDS[name], run=f"imap{place}")])
    mailbox = MAILBOX.format(port=server.port, user=user, address=SUPPORT)
    with new_desk(plan.folder, extra=mailbox) as desk:
        (desk.folder / "password").write_text(server.password)
        (desk.folder / "password").chmod(0o600)
        with desk.serving() as daemon:
            running = Running(desk, (desk.port,), (daemon.pid,))
            samples = [_sample(running, server, user, place, end) for place, end in enumerate(accumulate(several))]
        desk.check(sum(several))
    return row(f"IMAP intake, {name}", samples[1:], (f"mail to acknowledgement, {name}",))


def _lay(server: Any, user: str, folder: str, raws: list[bytes]) -> None:
    with server.client(user) as client:
        client.create(folder)
    server.deliver(user, *raws, folder=folder)


def _sample(running: Running, server: Any, user: str, place: int, end: int) -> Sample:
    """All mails of a folder come into the INBOX at once; `end` is how many there are then."""
    desk, before = running.desk, running.desk.ask(TAKEN)
    with server.client(user) as client:
        client.select(f"Waiting{place}")
        with running.meter() as used:
            begin = time.monotonic()
            status, told = client.copy("1:*", "INBOX")
            if status != "OK":
                raise RuntimeError(f"Dovecot does not copy: {told}")
            taken = desk.until(TAKEN, end)
    desk.until(UNDECIDED)
    return Sample(end - before, taken - begin, used.cpu, used.mb)
