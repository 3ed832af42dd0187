"""`helpdeskd demo`: a desk in a temporary folder, with a smarthost of its own, plays a day of real mail over SMTP and
shows every mail in and out as it happens. The daemon is the real one; only its clock is set to the story's time.

Afterwards the clock is the system's again, so that every command works on the desk from another terminal, and it stays
up for `swaks` or a mail client until Ctrl-C, which ends it with 0. Ports that are taken are replaced by free ones. The
folder is removed at the end. Where the desk cannot start, the reason is told and the exit status is 1.
"""

import argparse
import asyncio
import contextlib
import errno
import re
import signal
import socket
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helpdeskd.cli.common import fail, now
from helpdeskd.cli.scenes import DAY, Scene
from helpdeskd.cli.serve import REFUSALS
from helpdeskd.cli.stage import Screen, Seen, Smarthost, hand_over, written
from helpdeskd.config.load import load
from helpdeskd.daemon.app import Supervisor
from helpdeskd.daemon.office import shipped
from helpdeskd.domain.calendar import Calendar
from helpdeskd.storage import inbox, outbox
from helpdeskd.storage.inbox import Received

TUESDAY = 1
LOOK_SECONDS = 0.05
IDLE_LOOK_SECONDS = 0.5
PORTS = (2525, 2526)
TRIES = 3
AFTERWARDS = """
The desk stays up, and its clock is yours again. Send it mail, for example:

  swaks --server 127.0.0.1:{port} --from anna@bakery.example --to support@desk.example \\
        --header "Subject: Nog een vraag" --body "Kan de bon ook per e-mail?"

and look at it from another terminal:

  {program} tickets list --config {config}
  {program} why HD-1001 --config {config}
  {program} held list --config {config}

Ctrl-C ends it."""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("demo", help="a desk that plays a day of real mail before your eyes")
    parser.add_argument("--end", action="store_true", help="end after the story instead of staying up")
    parser.set_defaults(run=_demo)


def _demo(args: argparse.Namespace) -> int:
    why = ""
    for _ in range(TRIES):
        try:
            _show(stay=not args.end)
            return 0
        except BrokenPipeError:
            raise
        except REFUSALS as refusal:
            why = str(refusal)
            if not _taken_meanwhile(refusal):
                break
    return max(map(fail, why.splitlines()), default=1)


def _show(stay: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="helpdeskd-demo-") as folder:
        ports = free_ports()
        asyncio.run(Demo(_config(Path(folder), ports), ports).run(stay))


def _taken_meanwhile(refusal: Exception) -> bool:
    """Whether somebody took a port between our looking for it and our listening there."""
    return isinstance(refusal, OSError) and refusal.errno == errno.EADDRINUSE


def free_ports() -> list[int]:
    """The wanted ports, or free ones in the place of those that are taken."""
    with contextlib.ExitStack() as stack:
        return [_free(stack.enter_context(socket.socket()), port) for port in PORTS]


def _free(probe: socket.socket, wanted: int) -> int:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", wanted))
    except OSError:
        probe.bind(("127.0.0.1", 0))
    return int(probe.getsockname()[1])


def _config(folder: Path, ports: list[int]) -> Path:
    """The demo's configuration, with its ports replaced by those that are free here."""
    text = (shipped("examples") / "demo.toml").read_text("utf-8")
    free = dict(zip(map(str, PORTS), map(str, ports), strict=True))
    config = folder / "config.toml"
    config.write_text(re.sub("|".join(free), lambda wanted: free[wanted[0]], text), "utf-8")
    return config


class Demo:
    """One desk, one story."""

    def __init__(self, config: Path, ports: list[int]) -> None:
        self._config, self._ports = config, ports
        self._screen = Screen()
        self._smarthost = Smarthost()
        self._desk = Supervisor(config)
        self._shown_in = self._shown_out = 0

    async def run(self, stay: bool) -> None:
        """Play the story; then stay up until a signal comes, or end."""
        calendar = load(self._config).desk.calendar
        first = first_morning(calendar, now())
        self._desk.clock.set(first)
        smarthost = await self._smarthost.open(self._ports[1])
        ready = asyncio.Event()
        desk = asyncio.create_task(self._desk.run(ready))
        await asyncio.wait([desk, asyncio.create_task(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
        if not desk.done():
            await self._until_the_end(desk, asyncio.create_task(self._play(first.astimezone(calendar.zone), stay)))
        await desk
        await smarthost.drain(1)
        print("\nThe desk has stopped; its folder is removed.", flush=True)

    async def _until_the_end(self, desk: asyncio.Task[None], play: asyncio.Task[None]) -> None:
        """First the story ends, by itself or by a signal, then the desk. Raises what broke the story."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, play.cancel)
        await asyncio.wait([desk, play], return_when=asyncio.FIRST_COMPLETED)
        play.cancel()
        self._desk.end()
        await asyncio.wait([desk, play])
        if not play.cancelled() and not desk.exception():
            play.result()

    async def _play(self, first: datetime, stay: bool) -> None:
        self._screen.opening()
        for scene in DAY:
            await self._scene(scene, scene.at(first))
        if not stay:
            return
        await self._pass_time(now())
        words = {"port": self._ports[0], "config": self._config, "program": _program()}
        print(AFTERWARDS.format_map(words), flush=True)
        while True:
            await self._look()
            await asyncio.sleep(IDLE_LOOK_SECONDS)

    async def _scene(self, scene: Scene, at: datetime) -> None:
        self._screen.title(at, scene.title)
        await self._pass_time(at)
        if scene.sender:
            mail = written(scene, at, await self._answered(scene))
            await hand_over(self._ports[0], mail)
            await self._quiet()
            await self._pass_time(at)

    async def _pass_time(self, at: datetime) -> None:
        """Let the desk's clock run to there, and do what is due by then."""
        self._desk.clock.set(at.astimezone(UTC))
        await self._desk.moved()
        await self._desk.sweep()
        await self._quiet()

    async def _answered(self, scene: Scene) -> Seen | None:
        """The newest mail of the wanted notice that the scene's sender has got."""
        for mail in self._smarthost.newest(scene.reader):
            sent = await self._desk.door(outbox.by_message_id, mail.message.message_id)
            if sent is not None and sent.notice == (scene.answers or scene.bounces):
                return mail
        return None

    async def _quiet(self) -> None:
        """Until everything that came in is decided, and everything that follows is sent and shown."""
        while await self._look():
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> bool:
        """Show what has happened since the last look; True while there is more to come.

        A mail goes out only after the one that caused it was decided, so what was seen before the inbox is asked is
        shown after it.
        """
        out = len(self._smarthost.seen)
        for received in await self._desk.door(_decided, self._shown_in):
            self._screen.received(received)
            self._shown_in = received.id
        for mail in self._smarthost.seen[self._shown_out : out]:
            sent = await self._desk.door(outbox.by_message_id, mail.message.message_id)
            self._screen.sent(mail, sent.notice if sent else "")
        self._shown_out = out
        return await self._desk.door(_at_work) or len(self._smarthost.seen) > out


def _decided(after: int) -> list[Received]:
    """The mails behind an id that were decided, in the order in which they came, up to one that was not."""
    decided = []
    for row in reversed(inbox.listed()):
        received = inbox.get(row.id) if row.id > after else None
        if received is not None and received.status == "queued":
            break
        decided += [received] if received is not None else []
    return decided


def _at_work() -> bool:
    waiting = outbox.counts()
    return bool(inbox.counts().get("queued") or waiting.get("queued") or waiting.get("sending"))


def first_morning(calendar: Calendar, today: datetime) -> datetime:
    """09:00 on the newest Tuesday that, like the day after it, is past and no holiday."""
    morning = today.astimezone(calendar.zone).replace(hour=9, minute=0, second=0, microsecond=0)
    mornings = (morning - timedelta(days=days) for days in range(2, 366))
    return next(
        day
        for day in mornings
        if day.weekday() == TUESDAY and calendar.is_open(day) and calendar.is_open(day + timedelta(days=1))
    )


def _program() -> str:
    """How this program was called, so that it can be called so again."""
    return sys.argv[0] if Path(sys.argv[0]).name == "helpdeskd" else f"{sys.executable} -m helpdeskd"
