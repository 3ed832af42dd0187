"""The supervisor: the one place where the daemon is put together, started, reloaded and stopped.

    listeners, mailboxes ─▶ inbox ─▶ worker (a process) ─▶ outbox ─▶ dispatch ─▶ smarthost
                                     ticks ─▶ sweep ─────────▲

Start: configuration, templates and interpreter are checked, the database is opened (and checked, after an unclean end),
then the ways in; READY=1 when mail can come. SIGHUP loads the configuration anew: a broken one is refused with its
errors and the old one stays (P10); listeners and mailboxes keep their addresses until a restart. SIGTERM drains: no new
mail, what is under way is finished, within 30 s (P12). After an I/O error of the database the daemon stops, and the
next start checks it (P9).
"""

import asyncio
import contextlib
import signal
import threading
import time
from pathlib import Path

from helpdeskd import __version__
from helpdeskd.config.load import Loaded, load
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.daemon import doors, lifecycle, log
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.crew import Crew
from helpdeskd.daemon.dispatch import Dispatch
from helpdeskd.daemon.intake import Intake
from helpdeskd.daemon.office import Office, settle_in
from helpdeskd.daemon.sweep import Sweep
from helpdeskd.daemon.ticks import SWEEP_SECONDS, Ticks
from helpdeskd.domain.address import normalise
from helpdeskd.mail.imap_intake import Mailbox
from helpdeskd.mail.smtp_intake import Listener
from helpdeskd.storage import db, outbox
from helpdeskd.storage.db import Door

DRAIN_SECONDS = 20.0
STALE_SECONDS = 60.0
LISTENERS = ("smtp", "lmtp", "submission")


class CannotStart(Exception):
    """Why the daemon does not start; the lines are for people."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))


class Supervisor:
    """The daemon of one configuration file, for one `run`."""

    def __init__(self, config: Path, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self._config = config
        self._loaded = load(config)
        self._office = prepared(self._loaded)
        self._ending = asyncio.Event()
        self._listeners: list[Listener] = []
        self._mailboxes: list[tuple[Mailbox, threading.Thread]] = []
        self._stop_mailboxes = threading.Event()

    async def run(self, ready: asyncio.Event | None = None) -> None:
        """Serve until SIGTERM or `end`. Raises CannotStart, StorageError, OSError or ValueError when it cannot begin."""
        settings = self._loaded.settings
        log.setup(settings.log_level, self._office.mark)
        with lifecycle.StateLock(settings.state):
            self.door = Door(settings.state)
            try:
                await self.door(_begin, self._loaded)
                await self._start()
                log.started(version=__version__)
                lifecycle.notify("READY=1")
                if ready is not None:
                    ready.set()
                await self._until_the_end()
            finally:
                await self._stop()
                self.door.close()
                log.stopped(reason="drained")

    def end(self) -> None:
        """Drain and return from `run`."""
        self._ending.set()

    def moved(self) -> None:
        """The clock was set: the worker follows, and the clock's work is done now."""
        self.crew.set_clock()

    async def sweep(self) -> None:
        """Do what is due, and send what came of it."""
        if await self.door(self._sweep.run, self.clock.now()):
            self._wake_dispatch()

    async def reload(self) -> bool:
        """Take the configuration as it is now; False when it is broken, and the old one stays."""
        lifecycle.notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            loaded = load(self._config)
            office = prepared(loaded)
            await self._certificates(loaded)
        except (ConfigErrors, CannotStart, OSError, ValueError) as fault:
            log.reloaded(ok=False, detail=str(fault))
            lifecycle.notify("READY=1")
            return False
        self._loaded, self._office = loaded, office
        self._sweep.office = office
        if self._dispatch is not None:
            self._dispatch.office = office
        self.crew.replace()
        log.reloaded(ok=True, detail="")
        lifecycle.notify("READY=1")
        return True

    async def _start(self) -> None:
        settings = self._loaded.settings
        self.crew = Crew(self._config, self.door, self.clock, self._wake_dispatch)
        self._sweep = await self.door(Sweep, self._office)
        self._dispatch: Dispatch | None = None
        if settings.smarthost is not None:
            smarthost = doors.smarthost_settings(settings.smarthost, settings.hostname)
            self._dispatch = Dispatch(self.door, self._office, smarthost, self.clock)
        largest = max((table.max_size for name in LISTENERS for table in getattr(settings, name)), default=0)
        self._intake = Intake(self.door, settings.state, max(largest, settings.disk_reserve), self.crew.wake)
        self._ticks = Ticks(self.sweep)
        self._tasks = [asyncio.create_task(self.crew.run())]
        if self._dispatch is not None:
            self._tasks.append(asyncio.create_task(self._dispatch.run()))
        await self._open_listeners()
        self._open_mailboxes()
        self._ticks.start()

    async def _open_listeners(self) -> None:
        settings, inherited = self._loaded.settings, lifecycle.inherited_sockets()
        for table in (table for name in LISTENERS for table in getattr(settings, name)):
            wanted = doors.listener_settings(table, settings.hostname, frozenset({self._loaded.desk.domain}))
            listener = Listener(wanted, self._intake.accept, self._is_ours, self._intake.has_room, self.clock.now)
            await listener.open(doors.where(table.listen, inherited))
            self._listeners.append(listener)

    def _open_mailboxes(self) -> None:
        for table in self._loaded.settings.mailboxes:
            mailbox = Mailbox(doors.mailbox_settings(table), self._intake, self._is_ours)
            # The wake of a mailbox's thread is the intake's own: it goes through the loop.
            thread = threading.Thread(target=mailbox.run, args=(self._stop_mailboxes, lambda: None), name=table.name)
            thread.start()
            self._mailboxes.append((mailbox, thread))

    def _is_ours(self, address: str) -> bool:
        return self._loaded.desk.is_ours(normalise(address))

    def _wake_dispatch(self) -> None:
        if self._dispatch is not None:
            self._dispatch.wake()

    async def _certificates(self, loaded: Loaded) -> None:
        """Read all certificates, then use them; a broken one changes nothing."""
        tables = [table for name in LISTENERS for table in getattr(loaded.settings, name)]
        contexts = [doors.server_tls(table) for table in tables]
        for listener, context in zip(self._listeners, contexts, strict=False):
            if context is not None:
                await listener.use_tls(context)

    async def _until_the_end(self) -> None:
        """Signals, and the watchdog: it is fed only while the loop, the database and the sweep all move."""
        loop = asyncio.get_running_loop()
        reloads: set[asyncio.Task[bool]] = set()
        with contextlib.suppress(ValueError, RuntimeError):  # not the main thread
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self.end)
            loop.add_signal_handler(signal.SIGHUP, lambda: reloads.add(loop.create_task(self.reload())))
        pause = lifecycle.watchdog_seconds() or SWEEP_SECONDS
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._ending.wait()
            if self.door.broken:
                log.alarm(what="database I/O error", detail="stopping; the next start checks it")
                self.end()
            elif time.monotonic() - self._ticks.last < STALE_SECONDS:
                lifecycle.notify("WATCHDOG=1")

    async def _stop(self) -> None:
        """Drain: ways in first, then the worker, then the outbox."""
        lifecycle.notify("STOPPING=1")
        if not hasattr(self, "_ticks"):
            return
        await self._ticks.stop()
        await asyncio.gather(*(listener.drain(DRAIN_SECONDS) for listener in self._listeners))
        self._stop_mailboxes.set()
        for mailbox, thread in self._mailboxes:
            mailbox.stop()
            await asyncio.to_thread(thread.join, DRAIN_SECONDS)
        self.crew.stop()
        if self._dispatch is not None:
            self._dispatch.stop()
        await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
        for task in self._tasks:
            task.cancel()


def prepared(loaded: Loaded) -> Office:
    """The office of a configuration, with every template rendered once and this interpreter's headers proved safe.

    Raises CannotStart with what is wrong.
    """
    loaded.settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    office = Office(loaded)
    broken = office.composer.check_templates()
    if broken:
        raise CannotStart(broken)
    office.composer.canary()
    return office


def _begin(loaded: Loaded) -> None:
    """What the database needs before the first mail."""
    state = db.quick_check()
    if state != "ok":
        raise db.StorageError(f"the database is damaged: {state} (restore a backup)")
    outbox.recover()
    settle_in(loaded)
