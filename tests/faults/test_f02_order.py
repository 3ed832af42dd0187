"""F02: power may fail at any time. What was answered 250 is on the disk: the last write of its commit to the log of the
database, by the desk or by its server, is followed by an fdatasync of that same file, which has come back, before "250"
goes to the client.

That anything was synced is not enough: SQLite does so with `synchronous=NORMAL` too, when its log begins anew.
"""

import smtplib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.engines import POSTGRES, SQLITE, sessions
from tests.faults.strace import Call, calls, recorded, threads
from tests.servers.process import until
from tests.system.desk import ANNA, PATIENCE_SECONDS, SUPPORT, RunningDesk, mail

MAILS = 4
LOGS = {SQLITE: "helpdeskd.db-wal", POSTGRES: "pg_wal"}
ONE_WORKER, NOTHING_ELSE = "workers = 1", 'roles = ["intake"]'
"""What the desk does beside taking mail the server would log too."""


@pytest.mark.parametrize(("new_desk", "log"), LOGS.items(), indirect=["new_desk"], ids=LOGS)
def test_f02_what_was_answered_250_was_synced_after_its_last_write(
    new_desk: Callable[..., RunningDesk], tmp_path: Path, log: str
):
    desk = new_desk()
    if ONE_WORKER in desk.config.read_text():
        desk.change(ONE_WORKER, NOTHING_ELSE)
    desk.start()
    record, servers = tmp_path / "calls", sessions(desk)
    ours = set(servers)
    with recorded([desk.pid, *servers], "pwrite64,fdatasync,sendto", record):
        with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=PATIENCE_SECONDS) as client:
            for number in range(1, MAILS + 1):
                client.sendmail(ANNA, [SUPPORT], mail(number))
        ours |= threads(desk.pid)
        assert until(lambda: sum(is_answer(call) for call in calls(record)) == MAILS, PATIENCE_SECONDS)
    before = list[Call]()
    answers = 0
    for call in (call for call in calls(record) if call.thread in ours):
        before.append(call)
        if is_answer(call):
            assert_synced(before, log)
            before.clear()
            answers += 1
    assert answers == MAILS
    assert len(desk.inbox()) == MAILS


def is_answer(call: Call) -> bool:
    """Our last word on a mail that is ours now."""
    return call.name == "sendto" and '"250 2.0.0 ' in call.rest


def assert_synced(before: list[Call], log: str) -> None:
    """The calls since the last mail was answered."""
    writes = [(place, call) for place, call in enumerate(before) if call.name == "pwrite64" and log in call.path]
    assert writes, "nothing was written"
    place, last = writes[-1]
    synced = [call for call in before[place:] if call.name == "fdatasync" and call.rest.endswith("= 0")]
    assert any((call.thread, call.descriptor) == (last.thread, last.descriptor) for call in synced), before
