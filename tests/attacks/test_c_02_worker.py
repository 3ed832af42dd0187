"""C02: one bad mail costs itself, wherever its time goes; and a worker that is no longer ours is not listened to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helpdeskd.daemon.crew import Crew
from helpdeskd.storage.door import Door
from tests.daemon.test_crew import Start, door, office, pid_other_than, start, strikes, until
from tests.servers.process import until as waits
from tests.system.desk import RunningDesk, mail
from tests.system.sink import Sink

__all__ = ["door", "office", "start"]

SLOW = (
    "Subject: {{ subject }}\n\n"
    "{% if 'endless' in subject %}{% for n in range(90000) %}{% set x = text | upper | lower %}{% endfor %}{% endif %}"
    "{{ text }}\n"
)
PATIENCE = 120.0
"""Three times two seconds of processor time, on a machine that may be busy."""


def test_c02_a_mail_whose_decision_never_ends_fails_alone_across_a_restart_and_may_be_tried_again(
    new_desk: Callable[..., RunningDesk], sink: Sink
) -> None:
    desk = new_desk(smarthost=sink.port, extra='[templates]\nfolder = "templates"')
    template = desk.folder / "templates/en/agent-new.md.j2"
    template.parent.mkdir(parents=True)
    template.write_text(SLOW)
    desk.start()
    text = "It hangs.\n" * 10_000
    bad = mail(1, text=text).replace(b"Subject: ", b"Subject: endless ", 1)
    desk.send(bad)
    desk.logs("stage=struck inbox=1 failed=0")
    desk.restart()
    desk.send(mail(2))
    poison, innocent = desk.decides(2, seconds=PATIENCE)
    assert (poison["fate"], poison["strikes"], innocent["fate"], innocent["strikes"]) == ("failed", 3, "opened", 0)
    assert desk.run("inbox", "show", "1")[1].endswith(bad)
    template.write_text("Subject: {{ subject }}\n\n{{ text }}\n")
    desk.restart()
    assert desk.run("inbox", "requeue", "1")[0] == 0
    assert waits(lambda: {row["id"]: row["fate"] for row in desk.inbox()}[1] == "opened", PATIENCE)


NONSENSE = (
    b"begin", b"begin x y", b"begin 1", b"fail 1", b"\\xff\\xfe", b"", b"end", b"idle now", b"begin 1 2 3",
    b"a" * 100_000, b"cos\\nsystem\\n(S'true'\\ntR.",
)  # fmt: skip


def once(said: str, mark: Path) -> str:
    """A worker that says something and hangs; the next one does as it is told."""
    return (
        f"import os, sys, time; first = not os.path.exists({str(mark)!r}); open({str(mark)!r}, 'w').close();"
        f"sys.stdout.buffer.write(b'''{said}\\n''' if first else b'idle\\n'); sys.stdout.flush();"
        "time.sleep(600 * first); sys.stdin.buffer.read()"
    )


@pytest.mark.parametrize("number", range(len(NONSENSE)))
async def test_c02_a_worker_that_says_what_none_says_is_replaced(start: Start, tmp_path: Path, number: int) -> None:
    crew: Crew = start(once(NONSENSE[number].decode("latin-1"), tmp_path / "mark"))
    first = await pid_other_than(crew, None)
    await pid_other_than(crew, first)


async def test_c02_nonsense_in_the_middle_of_a_mail_is_a_strike(start: Start, tmp_path: Path, door: Door) -> None:
    start(once("begin 1 100\\nnonsense", tmp_path / "mark"))

    async def struck() -> bool:
        return await strikes(door) == (1, "queued")

    await until(struck)
