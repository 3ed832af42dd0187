"""What nodes tell each other over the database that they share: mail has come, mail is to be sent.

A connection of its own listens (LISTEN), in a thread of its own; `db.announce` rings. A bell that is not heard costs
time and nothing else, because everybody looks by themselves every second or two: so a lost connection is opened again
after a pause that grows, and then everything is as if it had rung. Never raises.
"""

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from helpdeskd.storage.engine import Where

if TYPE_CHECKING:
    pass

LONGEST_PAUSE = 30.0
LISTEN_SECONDS = 5.0
"""How soon it is noticed that we are to end."""


class Bell:
    """Calls `heard` with the channel of what was rung on another node, from its own thread, between `start` and `stop`.

    Of what this node has rung itself it hears too.
    """

    def __init__(self, where: Where, channels: tuple[str, ...], heard: Callable[[str], None]) -> None:
        self._where, self._channels, self._heard = where, channels, heard
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bell", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """It ends within a few seconds by itself; nobody has to wait for it."""
        self._ending.set()

    def join(self) -> None:
        """Wait for its end."""
        self._thread.join()

    def _run(self) -> None:
        # Only here: it needs the extra postgres.
        import psycopg

        pause = 0.1
        while not self._ending.is_set():
            with contextlib.suppress(psycopg.Error, OSError):
                self._listen()
                pause = 0.1
            self._ending.wait(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)

    def _listen(self) -> None:
        """Until we are to end, or the connection is lost."""
        from helpdeskd.storage.postgres import dial

        with dial(self._where) as connection:
            for channel in self._channels:
                connection.execute(f'LISTEN "{channel}"')
                self._heard(channel)
            while not self._ending.is_set():
                for told in connection.notifies(timeout=LISTEN_SECONDS):
                    self._heard(told.channel)
