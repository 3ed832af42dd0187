"""Several desks as nodes of one, each a process with a folder of its own, on one PostgreSQL.

`Nodes(folder, url)` gives them the same keys; each is a `RunningDesk`, so any of them can be asked what all have done.
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.system.desk import RunningDesk

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

    def make(self, node: str = "", url: str = "", **options: Any) -> RunningDesk:
        """One more, not started; `node` are more lines of its table."""
        name = f"node{len(self.all) + 1}"
        folder = self._folder / name
        state = folder / "state"
        state.mkdir(parents=True)
        if self.all:
            shutil.copy(self.all[0].state / "token.key", state)
        table = NODE.format(url=url or self._url, name=name, lease=self._lease, node=node)
        self.all.append(NodeDesk(folder, extra=f"{options.pop('extra', '')}{table}", **options))
        return self.all[-1]

    def start(self, node: str = "", url: str = "", **options: Any) -> RunningDesk:
        """One more, running."""
        made = self.make(node, url, **options)
        made.start()
        return made

    def stop(self) -> None:
        for desk in self.all:
            desk.stop()
