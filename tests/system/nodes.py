"""Several desks as nodes of one, each a process with a folder of its own, on one PostgreSQL.

`Nodes(folder, url)` gives them the same keys; each is a `RunningDesk`, so any of them can be asked what all have done.
"""

import shutil
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.system.desk import RunningDesk
from tests.system.sink import Sink

LOOK_SECONDS = 0.4
NODE = """
[database]
url = "{url}"

[node]
name = "{name}"
lease = {lease}
{node}
"""


class NodeDesk(RunningDesk):
    """Asked less often than a desk with SQLite: each question of a command is a new connection."""

    def _comes_true(self, condition: Callable[[], object], seconds: float) -> None:
        def asked() -> object:
            time.sleep(LOOK_SECONDS)
            return condition()

        super()._comes_true(asked, seconds)


class Nodes:
    """They begin without any; `lease` is in seconds."""

    def __init__(self, folder: Path, url: str, lease: int = 60) -> None:
        self._folder, self._url, self._lease = folder, url, lease
        self.all: list[RunningDesk] = []

    def make(self, node: str = "", **options: Any) -> RunningDesk:
        """One more, not started; `node` are more lines of its table."""
        name = f"node{len(self.all) + 1}"
        folder = self._folder / name
        state = folder / "state"
        state.mkdir(parents=True)
        if self.all:
            shutil.copy(self.all[0].state / "token.key", state)
        node = node if "workers" in node else f"{node}\nworkers = 1"
        table = NODE.format(url=self._url, name=name, lease=self._lease, node=node)
        self.all.append(NodeDesk(folder, extra=f"{options.pop('extra', '')}{table}", **options))
        return self.all[-1]

    def start(self, node: str = "", **options: Any) -> RunningDesk:
        """One more, running."""
        made = self.make(node, **options)
        made.start()
        return made

    def stop(self) -> None:
        """All, whatever became of any."""
        with ExitStack() as stack:
            for desk in self.all:
                stack.callback(desk.stop)


def all_is_done_once_and_in_order(desk: RunningDesk, sink: Sink, mails: int) -> None:
    """The same of mails that came one after the other: their tickets have that order."""
    all_is_done_once(desk, sink, mails)
    opened = [row for row in desk.inbox() if row["fate"] == "opened"]
    assert [row["subject"] for row in opened] == [f"Printer {number}" for number in range(1, mails + 1)]
    # A mail over which a worker was killed has a strike, and goes behind the others (P8).
    references = [int(row["reference"].partition("-")[2]) for row in opened if not row["strikes"]]
    assert references == sorted(references)


def all_is_done_once(desk: RunningDesk, sink: Sink, mails: int) -> None:
    """Each mail of these numbers has one ticket, and each notice arrived, twice only where P4 says so."""
    rows = desk.decides(mails, seconds=90)
    opened = Counter(row["subject"] for row in rows if row["fate"] == "opened")
    assert opened == {f"Printer {number}": 1 for number in range(1, mails + 1)}
    sent = desk.sends(2 * mails, seconds=90)
    assert Counter(row["notice"] for row in sent) == {"ticket-received": mails, "agent-new": mails}
    arrived = Counter(message.message_id for _, message in sink.mails)
    assert set(arrived) == {row["message_id"] for row in sent}
    uncertain = {row["message_id"] for row in sent if row["uncertain"]}
    assert {message_id for message_id, times in arrived.items() if times > 1} <= uncertain
    report = desk.audit()
    assert report["accepted"] == report["done"] == len(rows)
