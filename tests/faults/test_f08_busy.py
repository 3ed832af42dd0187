"""F08: another process keeps the database for half a minute. Senders wait or are told to come again, nothing is lost,
nothing gets a strike, and the service manager sees that the desk is alive.
"""

import smtplib
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.engines import locked, on_both
from tests.servers.process import until
from tests.system.desk import PATIENCE_SECONDS, RunningDesk, hand_over, mail
from tests.system.sink import Sink

HELD_SECONDS = 32.0
QUEUE_SECONDS = 4 * PATIENCE_SECONDS
"""What else the desk would do with its database is tried before, for ten seconds each."""


@on_both
def test_f08_a_database_that_another_process_locks_makes_senders_wait_or_come_again(desk: RunningDesk):
    with ThreadPoolExecutor(2) as clients:
        with locked(desk):
            refused = clients.submit(hand_over, desk.smtp, mail(1), seconds=QUEUE_SECONDS)
            assert until(refused.done, QUEUE_SECONDS)
            waiting = clients.submit(desk.send, mail(2))
            assert not waiting.done()
        with pytest.raises(smtplib.SMTPDataError) as answer:
            refused.result()
        waiting.result()
    assert (answer.value.smtp_code, answer.value.smtp_error[:5]) == (451, b"4.3.0")
    desk.send(mail(1))
    assert Counter((row["subject"], row["fate"]) for row in desk.decides(2)) == {
        ("Printer 1", "opened"): 1,
        ("Printer 2", "opened"): 1,
    }
    assert [row["strikes"] for row in desk.inbox()] == [0, 0]
    desk.audit()


@pytest.mark.soak
@on_both
def test_f08_a_database_that_is_busy_for_half_a_minute_costs_no_mail_and_no_heartbeat(desk: RunningDesk, sink: Sink):
    desk.notices.clear()
    until, number = time.monotonic() + HELD_SECONDS, 0
    with locked(desk):
        while time.monotonic() < until:
            number += 1
            with pytest.raises((OSError, smtplib.SMTPException)) as answer:
                desk.send(mail(number))
            if isinstance(answer.value, smtplib.SMTPResponseException):
                assert (answer.value.smtp_code, answer.value.smtp_error[:5]) == (451, b"4.3.0")
            assert desk.hears("WATCHDOG=1")
            desk.notices.clear()
    for again in range(1, number + 1):
        desk.send_until_taken(mail(again))
    fates = Counter((row["fate"], row["strikes"]) for row in desk.decides(number))
    # One whose client lost its patience may have been taken after all.
    assert fates.pop(("opened", 0)) == number
    assert fates.keys() <= {("duplicate", 0)}
    desk.sends(2 * number)
    desk.audit()
