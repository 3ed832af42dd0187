"""F02: power may fail at any time. What was answered 250 is on the disk: the last write of its commit to the log of the
database is followed by an fdatasync of that same file, which has come back, before "250" goes to the client.

That anything was synced is not enough: SQLite does so with `synchronous=NORMAL` too, when its log begins anew.
"""

import smtplib
from pathlib import Path

from tests.faults.strace import Call, calls, recorded, threads
from tests.servers.process import until
from tests.system.desk import ANNA, PATIENCE_SECONDS, SUPPORT, RunningDesk, mail

MAILS = 4
LOG = "helpdeskd.db-wal"


def test_f02_what_was_answered_250_was_synced_after_its_last_write(desk: RunningDesk, tmp_path: Path):
    record = tmp_path / "calls"
    ours = set[int]()
    with recorded(desk.pid, "pwrite64,fdatasync,sendto", record):
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
            assert_synced(before)
            before.clear()
            answers += 1
    assert answers == MAILS
    assert len(desk.decides(MAILS)) == MAILS


def is_answer(call: Call) -> bool:
    """Our last word on a mail that is ours now."""
    return call.name == "sendto" and '"250 2.0.0 ' in call.rest


def assert_synced(before: list[Call]) -> None:
    """The calls since the last mail was answered."""
    writes = [(place, call) for place, call in enumerate(before) if call.name == "pwrite64" and call.path.endswith(LOG)]
    assert writes, "nothing was written"
    place, last = writes[-1]
    synced = [call for call in before[place:] if call.name == "fdatasync" and call.rest.endswith("= 0")]
    assert any(call.descriptor == last.descriptor for call in synced), before
