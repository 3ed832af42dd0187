"""F27: whoever starts and stops the desk does so at any moment, and more than once.

It ends with 0 within its half minute, or had not begun; what was taken is served by the next. A storm of other signals,
and a second daemon beside the first: tests/system.
"""

import random
import signal

import pytest

from tests.servers.process import until
from tests.system.desk import PATIENCE_SECONDS, RunningDesk, mail
from tests.system.sink import Sink

ROUNDS = 25
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGHUP, signal.SIGINT)


@pytest.mark.soak
def test_f27_signals_to_end_and_reload_at_any_moment_lose_nothing(desk: RunningDesk, sink: Sink):
    """Before it listens to signals, one ends it as it ends any program."""
    dice = random.Random(27)
    assert desk.process is not None
    for number in range(1, ROUNDS + 1):
        moment = dice.random() * 3
        until(lambda moment=moment: desk.hears("READY=1", moment) or True, moment)
        for _ in range(4):
            desk.process.send_signal(dice.choice(SIGNALS))
        desk.process.send_signal(signal.SIGTERM)
        assert desk.process.wait(PATIENCE_SECONDS) in {0, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT}
        desk.launch()
        if number % 5 == 0:
            desk.send_until_taken(mail(number))
    assert desk.hears("READY=1"), desk.log
    assert {row["fate"] for row in desk.decides(ROUNDS // 5)} == {"opened"}
    desk.sends(2 * (ROUNDS // 5))
    assert "Traceback" not in desk.log
    desk.audit()
