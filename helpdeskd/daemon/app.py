"""The supervisor: the one place where the daemon is put together, started, reloaded and stopped.

    ways in ─▶ inbox ─▶ worker (a process) ─▶ outbox ─▶ dispatch ─▶ smarthost
                  checker (a process) ▲          ▲
                        ticks ─▶ sweep ──────────┘
                        oncall: the duty calendar; watch: metrics, alarms

Start: configuration, templates and interpreter are checked, the database is opened (and checked, after an unclean end),
then the ways in; READY=1 when mail can come. SIGHUP loads the configuration anew: a broken one is refused with its
errors and the old one stays (P10). SIGTERM drains: no new mail, what is under way is finished, within 30 s (P12). After
an I/O error of the database, or when a part of the daemon fails, it stops with CannotServe, and the next start checks
the database (P9).
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from helpdeskd import __version__
from helpdeskd.config.load import Loaded
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.daemon import bucket, doors, lifecycle, log, oauth, record, retention
from helpdeskd.daemon.checker import Checker
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.crew import Crew
from helpdeskd.daemon.database import door
from helpdeskd.daemon.dispatch import Dispatch
from helpdeskd.daemon.intake import Intake
from helpdeskd.daemon.node import MAIL, OUTBOX, Node
from helpdeskd.daemon.office import CannotServe, Office, prepared, settle_in
from helpdeskd.daemon.oncall import OnCall
from helpdeskd.daemon.reloading import after_a_restart, refuse_to_move
from helpdeskd.daemon.sweep import Sweep
from helpdeskd.daemon.ticks import SWEEP_SECONDS, Ticks
from helpdeskd.daemon.watch import Watch
from helpdeskd.daemon.ways_in import WaysIn, largest_mail, told
from helpdeskd.domain.address import normalise
from helpdeskd.failpoint import reach
from helpdeskd.mail.headers import UnsafeOutput
from helpdeskd.storage import db, objects

TICK_DRAIN_SECONDS = 3.0
WAYS_IN_DRAIN_SECONDS = 10.0
TASKS_DRAIN_SECONDS = 12.0
"""Together less than the 30 s in which SIGTERM is obeyed."""
STALE_SECONDS = 40.0
"""Longer than a tick takes that waits for a locked database in vain, behind two others."""
LONG_CHECK_SECONDS = 600
UNCLEAN = "unclean"
"""A file that is in the state folder while a daemon runs."""


class Supervisor:
    """The daemon of one configuration file, for one `run`. Raises what `prepared` raises."""

    def __init__(self, config: Path, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self._config = config
        self._office = prepared(config)
        self._changed = asyncio.Event()
        self._ending = self._reload_wanted = False

    async def run(self, ready: asyncio.Event | None = None) -> None:
        """Serve until SIGTERM or `end`.

        Raises AlreadyRunning, StorageError, OSError or ValueError when it cannot begin, and CannotServe when it cannot
        go on.
        """
        settings = self._loaded.settings
        log.setup(settings.log_level, self._office.mark)
        asyncio.get_running_loop().set_exception_handler(_alarm)
        self._listen_to_signals()
        with lifecycle.StateLock(settings.state), contextlib.closing(door(settings)) as self.door:
            self._node = Node(self._loaded, self.door)
            was_unclean = (settings.state / UNCLEAN).exists()
            await self.door(_begin, self._office, self._node, self.clock.now(), was_unclean)
            await self._account()
            async with contextlib.AsyncExitStack() as stack:
                await self._start(stack)
                log.started(version=__version__, ways_in=self._told())
                lifecycle.notify("READY=1")
                if ready is not None:
                    ready.set()
                await self._until_the_end()
            reach("end.drained")
            (settings.state / UNCLEAN).unlink(missing_ok=True)
        log.stopped(reason="drained")

    def end(self) -> None:
        """Drain and return from `run`."""
        self._ending = True
        self._changed.set()

    async def moved(self) -> None:
        """We have set the clock: the worker follows, and it is no jump."""
        await self.door(retention.follow, self.clock.now())
        self.crew.set_clock()
        self._checker.wake()

    async def sweep(self) -> None:
        """Do what is due, and send what came of it."""
        if await self.door(self._due, self.clock.now()):
            self._mail_goes_out()
        self._bucket.look(self._node.has_clock)

    def _due(self, now: datetime) -> int:
        return self._sweep.run(now) if self._node.may_sweep() else 0

    async def reload(self) -> bool:
        """Take the configuration as it is now; False when it is broken, and the old one stays."""
        lifecycle.notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            office = await asyncio.to_thread(prepared, self._config)
            refuse_to_move(self._loaded.settings, office.loaded.settings)
            self._ways_in.use_certificates(office.loaded.settings)
        except (ConfigErrors, CannotServe, UnsafeOutput, OSError, ValueError) as fault:
            for line in str(fault).splitlines():
                log.reloaded(ok=False, detail=line)
            log.alarm(what="configuration refused", detail=str(fault))
            lifecycle.notify("READY=1")
            return False
        waits = after_a_restart(self._loaded.settings, office.loaded.settings)
        self._office = self._sweep.office = office
        if self._dispatch is not None:
            self._dispatch.office = office
        self.crew.replace(office)
        self._checker.replace(office)
        self._oncall.replace(office.loaded)
        self._watch.replace(office)
        await self._account()
        log.reloaded(ok=True, detail=f"after a restart: {', '.join(waits)}" if waits else "")
        lifecycle.notify("READY=1")
        return True

    async def _account(self) -> None:
        """Tell the audit record what is new; what cannot be told now is told at the next start or reload."""
        with contextlib.suppress(db.Unavailable, OSError):
            loaded, now = self._loaded, self.clock.now()
            await self.door(record.standing, loaded.settings.file, self._office.keys, loaded.desk, now)

    @property
    def _loaded(self) -> Loaded:
        return self._office.loaded

    async def _start(self, stack: contextlib.AsyncExitStack) -> None:
        """Start all parts. What has started is stopped by `stack`: ways in first, then worker and dispatch."""
        settings, loop = self._loaded.settings, asyncio.get_running_loop()
        node = self._node
        self.crew = Crew(
            self._office, self.door, self.clock, self._mail_goes_out, claims=node.claims, workers=node.workers
        )
        self._sweep = await self.door(Sweep, self._office)
        self._dispatch: Dispatch | None = None
        sign_ins = oauth.sign_ins(settings)
        if settings.smarthost is not None and node.does("delivery"):
            smarthost = doors.smarthost_settings(settings.smarthost, settings.hostname, sign_ins)
            self._dispatch = Dispatch(self.door, self._office, smarthost, self.clock, node.errands)
        self._oncall = OnCall(self.door, self._loaded, self.clock)
        self._checker = Checker(self._office, self.door, self.clock, self._mail_is_ready)
        self._watch = Watch(
            self._office, self.door, self.clock, self._seen, self._mail_goes_out, lambda: node.has_clock
        )
        self._tasks = [asyncio.create_task(part.run()) for part in self._parts()]
        for task in self._tasks:
            task.add_done_callback(lambda _: self._changed.set())
        stack.push_async_callback(self._stop_tasks)
        largest = largest_mail(settings)
        wake = partial(loop.call_soon_threadsafe, self._mail_has_come)
        register, store = self._checker.register, node.store
        intake = Intake(self.door, settings.state, largest, settings.disk_reserve, wake, register, store)
        self._ways_in = WaysIn(intake, self._is_ours, self.clock.now)
        stack.push_async_callback(self._ways_in.close, WAYS_IN_DRAIN_SECONDS)
        if node.does("intake"):
            await self._ways_in.open(settings, self._loaded.desk.domain, sign_ins)
        self._bucket = stack.enter_context(bucket.keeping(self.door))
        self._ticks = Ticks(self.sweep)
        self._ticks.start()
        stack.push_async_callback(self._ticks.stop, TICK_DRAIN_SECONDS)
        await self._watch.open(settings)
        stack.push_async_callback(self._watch.close)
        node.listen(self._heard)
        stack.callback(node.close)

    def _seen(self) -> tuple[WaysIn, Ticks]:
        return self._ways_in, self._ticks

    def _parts(self) -> Iterator[Crew | Checker | Dispatch | OnCall | Watch]:
        """Those that run beside the ways in and the clock, by the roles of this node."""
        if self._node.does("worker"):
            yield from (self.crew, self._checker)
        if self._dispatch is not None:
            yield self._dispatch
        if self._node.does("clock"):
            yield self._oncall
        yield self._watch

    def _told(self) -> str:
        return told(self._loaded.settings) if self._node.does("intake") else "none"

    def _mail_has_come(self) -> None:
        self._node.ring(MAIL)
        self._heard(MAIL)

    def _mail_is_ready(self) -> None:
        """Its sender has been checked."""
        self._node.ring(MAIL)
        self.crew.wake()

    def _mail_goes_out(self) -> None:
        self._node.ring(OUTBOX)
        self._heard(OUTBOX)

    def _heard(self, channel: str) -> None:
        """What was rung on another node, or happened on this one."""
        if channel == MAIL:
            self.crew.wake()
            self._checker.wake()
        elif self._dispatch is not None:
            self._dispatch.wake()

    def _is_ours(self, address: str) -> bool:
        return self._loaded.desk.is_ours(normalise(address))

    async def _until_the_end(self) -> None:
        """Signals, and the watchdog: it is fed only while the loop, the database and the sweep all move."""
        pause = min(lifecycle.watchdog_seconds() or SWEEP_SECONDS, SWEEP_SECONDS)
        while not self._ending:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._changed.wait()
            self._changed.clear()
            if self._reload_wanted:
                self._reload_wanted = False
                await self.reload()
            self._look()
        lifecycle.notify("STOPPING=1")

    def _look(self) -> None:
        """Whether all goes well. Raises CannotServe when a part has failed, or the database."""
        self._ways_in.look()
        if self.door.broken:
            raise CannotServe(["the database had an I/O error (the next start checks it)"])
        for task in self._tasks:
            if task.done() and not self._ending:
                fault = task.exception()
                raise CannotServe([log.told(fault) if fault else "a part of the daemon has ended"]) from fault
        if self._ticks.age < STALE_SECONDS:
            lifecycle.notify("WATCHDOG=1")

    def _listen_to_signals(self) -> None:
        def reload() -> None:
            self._reload_wanted = True
            self._changed.set()

        loop = asyncio.get_running_loop()
        with contextlib.suppress(ValueError, RuntimeError):  # not the main thread
            loop.add_signal_handler(signal.SIGTERM, self.end)
            loop.add_signal_handler(signal.SIGINT, self.end)
            loop.add_signal_handler(signal.SIGHUP, reload)

    async def _stop_tasks(self) -> None:
        """Let the worker and the dispatch finish the mail that each has in hand; what is left of them ends then."""
        self.crew.stop()
        self._oncall.stop()
        self._checker.stop()
        self._watch.stop()
        if self._dispatch is not None:
            self._dispatch.stop()
        await asyncio.wait(self._tasks, timeout=TASKS_DRAIN_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _begin(office: Office, node: Node, now: datetime, was_unclean: bool) -> None:
    """What the database needs before the first mail."""
    if was_unclean:
        checking = f"STATUS=checking the database\nEXTEND_TIMEOUT_USEC={LONG_CHECK_SECONDS * 1_000_000}"
        lifecycle.notify(checking)
        if (state := db.quick_check()) != "ok":
            raise db.StorageError(f"the database is damaged: {state} (restore a backup)")
        log.alarm(what="unclean end", detail="the desk was not stopped in order; the database was checked: ok")
    (office.loaded.settings.state / UNCLEAN).touch()
    node.begin(office.keys)
    reach("start.recovered")
    settle_in(office.loaded, now)
    reach("start.settled")


def _alarm(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What asyncio, or a session of a listener, could not tell anybody else; a lost bucket has been told."""
    fault = context.get("exception")
    if not isinstance(fault, objects.Unreachable):
        log.alarm(what="fault", detail=f"{context['message']}: {log.told(fault) if fault else 'it is not told which'}")
