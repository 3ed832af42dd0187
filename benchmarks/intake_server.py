"""Intake alone, in a process of its own: `python -m benchmarks.intake_server FOLDER [URL]`.

The daemon's own listener, intake and database (SQLite in the folder, or PostgreSQL at a url) on a free port, which is
written to standard output; nothing decides the mail. Until SIGTERM.
"""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from benchmarks.mix import SUPPORT
from helpdeskd.daemon.arriving import store_of
from helpdeskd.daemon.intake import Intake
from helpdeskd.mail.smtp_intake import Listener
from helpdeskd.mail.smtp_settings import SmtpSettings
from helpdeskd.storage.door import Door
from helpdeskd.storage.engine import Where

MAX_SIZE = 50 * 1024 * 1024
MAX_PER_ADDRESS = 200
PREFIX = "HD"
DOMAIN = SUPPORT.partition("@")[2]


async def main(state: Path, url: str = "") -> None:
    """Listen until we are told to end."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    settings = SmtpSettings(
        DOMAIN, domains=frozenset({DOMAIN}), max_size=MAX_SIZE, max_connections_per_address=MAX_PER_ADDRESS
    )
    where = Where(state, url)
    with contextlib.closing(Door(where)) as door:
        intake = Intake(door, state, MAX_SIZE, reserve=0, wake=lambda: None, keep=store_of(where, PREFIX))
        listener = Listener(settings, intake.accept, {SUPPORT}.__contains__, intake.has_room)
        await listener.open(("127.0.0.1", 0))
        print(listener.ports[0], flush=True)
        await ended.wait()
        await listener.drain(1)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
