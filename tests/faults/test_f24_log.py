"""F24: the log cannot be written: its disk is full, its reader is gone or hangs, or standard error was never open.

Mail is served as ever, and no line of the log gets into a file or a connection that took the number of standard error.
"""

from collections.abc import Callable

import pytest

from tests.system.desk import RunningDesk, mail
from tests.system.sink import Sink


@pytest.mark.parametrize(
    "shell",
    [
        pytest.param("2>/dev/full", id="of a full disk"),
        pytest.param("2>&-", id="that is closed"),
        pytest.param("2> >(exec true)", id="whose reader is gone", marks=pytest.mark.soak),
    ],
)
def test_f24_a_log_that_cannot_be_written_costs_no_mail(new_desk: Callable[..., RunningDesk], sink: Sink, shell: str):
    desk = new_desk(smarthost=sink.port)
    desk.start(command=["bash", "-c", f'exec "$@" {shell}', "bash"])
    for number in range(1, 4):
        desk.send(mail(number))
    assert [row["fate"] for row in desk.decides(3)] == ["opened"] * 3
    desk.sends(6)
    assert all("stage=" not in file.read_text("latin-1") for file in desk.state.iterdir())
    desk.audit()
