"""How the desk itself does, watched by its supervisor: the figures that are read from outside, and alarms.

In: the parts of the supervisor that know. `run` looks for alarms until `stop`; `open` serves the page of metrics where
the configuration says so, until `close`. Both ask the same figures. Raises OSError where the page cannot be served, and
Unavailable only when the database is not to be trusted any more.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from helpdeskd.config.load import Settings
from helpdeskd.daemon import doors
from helpdeskd.daemon.alarms import Alarms
from helpdeskd.daemon.causes import Here
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.metrics import Metrics, Node
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.scrape import Scrapes
from helpdeskd.daemon.ticks import Ticks
from helpdeskd.daemon.ways_in import WaysIn
from helpdeskd.storage import db
from helpdeskd.storage.door import Door


class Watch:
    """Of a supervisor with these parts; `has_clock` tells whether its node does what is due."""

    def __init__(
        self,
        office: Office,
        door: Door,
        clock: Clock,
        parts: Callable[[], tuple[WaysIn, Ticks]],
        wake_dispatch: Callable[[], None],
        has_clock: Callable[[], bool] = lambda: True,
    ) -> None:
        self._settings, self._parts = office.loaded.settings, parts
        self._alarms = Alarms(office, door, clock, self._here, wake_dispatch, has_clock)
        self._scrapes = Scrapes(Metrics(door, clock.now, self._node).page)

    async def run(self) -> None:
        await self._alarms.run()

    def replace(self, office: Office) -> None:
        """By this configuration from now on; the place of the page counts after a restart."""
        self._alarms.office = office

    def stop(self) -> None:
        self._alarms.stop()

    async def open(self, settings: Settings) -> None:
        """Serve the page, if it is to be served."""
        if settings.metrics.listen:
            await self._scrapes.open(doors.where(settings.metrics.listen, {}))

    async def close(self) -> None:
        await self._scrapes.close()

    def _free(self) -> int:
        return shutil.disk_usage(self._settings.state).free

    def _here(self) -> Here:
        return Here(self._settings.node.called, self._free(), tuple(self._parts()[0].mailboxes()))

    def _node(self) -> Node:
        ways_in, ticks = self._parts()
        files = (self._settings.state / f"{db.FILE}{end}" for end in ("", "-wal", "-shm"))
        return Node(
            name=self._settings.node.called,
            sweep_age=ticks.age,
            free=self._free(),
            database=sum(map(_bytes, files)),
            mailboxes={box.name: box.lag.total_seconds() for box in ways_in.mailboxes()},
            certificates=ways_in.certificates(),
        )


def _bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
