"""`helpdeskd demo`: a desk in a temporary folder, with a smarthost of its own, plays a day of real mail over SMTP and
shows every mail in and out as it happens. The daemon is the real one; only its clock is set to the story's time.
Afterwards it stays up, for `swaks` or a mail client, until Ctrl-C.
"""

import argparse
import asyncio
import socket
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from helpdeskd.cli.common import fail
from helpdeskd.cli.scenes import DAY, Scene
from helpdeskd.cli.stage import Screen, Seen, Smarthost, hand_over, written
from helpdeskd.daemon.app import Supervisor
from helpdeskd.daemon.office import shipped
from helpdeskd.mail.parse import parse
from helpdeskd.storage import inbox, outbox

ZONE = ZoneInfo("Europe/Amsterdam")
TUESDAY = 1
LOOK_SECONDS = 0.05
PORTS = (2525, 2526)
AFTERWARDS = """
The desk stays up. It is now {now:%A %H:%M} there. Send it mail, for example:

  swaks --server 127.0.0.1:{port} --from anna@bakery.example --to support@desk.example \\
        --header "Subject: Nog een vraag" --body "Kan de bon ook per e-mail?"

and look at it from another terminal:

  helpdeskd tickets list --config {config}
  helpdeskd why HD-1001 --config {config}

Ctrl-C ends it."""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("demo", help="a desk that plays a day of real mail before your eyes")
    parser.add_argument("--end", action="store_true", help="end after the story instead of staying up")
    parser.set_defaults(run=_demo)


def _demo(args: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="helpdeskd-demo-") as folder:
        ports = [_free(port) for port in PORTS]
        config = _config(Path(folder), ports)
        try:
            asyncio.run(Demo(config, ports).run(stay=not args.end))
        except OSError as fault:
            return fail(f"demo: {fault}")
    return 0


def _free(wanted: int) -> int:
    """The wanted port if it is free, else another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind(("127.0.0.1", wanted))
            return wanted
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _config(folder: Path, ports: list[int]) -> Path:
    """The demo's configuration, with ports that are free here."""
    text = (shipped("examples") / "demo.toml").read_text("utf-8")
    for wanted, free in zip(PORTS, ports, strict=True):
        text = text.replace(str(wanted), str(free))
    config = folder / "config.toml"
    config.write_text(text, "utf-8")
    return config


class Demo:
    """One desk, one story."""

    def __init__(self, config: Path, ports: list[int]) -> None:
        self._config, self._ports = config, ports
        self._screen = Screen()
        self._smarthost = Smarthost(self._screen)
        self._desk = Supervisor(config)
        self._shown = 0
        self._told = False

    async def run(self, stay: bool) -> None:
        """Play the story; then stay up, or end."""
        self._desk.clock.set(_first_day())
        smarthost = await self._smarthost.open(self._ports[1])
        ready = asyncio.Event()
        desk = asyncio.create_task(self._desk.run(ready))
        await asyncio.wait([desk, asyncio.create_task(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
        if not desk.done():
            await self._play(desk, stay)
        await desk
        await smarthost.drain(1)

    async def _play(self, desk: asyncio.Task[None], stay: bool) -> None:
        first = self._desk.clock.now()
        for scene in DAY:
            if not desk.done():
                await self._scene(scene, first)
        if stay and not desk.done():
            now = self._desk.clock.now().astimezone(ZONE)
            print(AFTERWARDS.format(now=now, port=self._ports[0], config=self._config), flush=True)
            while not desk.done():
                await self._show_received()
                await asyncio.sleep(LOOK_SECONDS)
        self._desk.end()

    async def _scene(self, scene: Scene, first: datetime) -> None:
        at = _at(scene, first)
        await self._pass_time(at)
        self._screen.title(at, scene.title)
        if scene.sender:
            reverse_path, forward_path, raw = written(scene, at, await self._answered(scene))
            self._screen.received(forward_path, parse(raw))
            self._told = True
            await hand_over(self._ports[0], reverse_path, forward_path, raw)
        await self._quiet()
        await self._desk.sweep()
        await self._quiet()
        self._told = False

    async def _pass_time(self, at: datetime) -> None:
        self._desk.clock.set(at.astimezone(UTC))
        self._desk.moved()

    async def _answered(self, scene: Scene) -> Seen | None:
        """The newest mail of the wanted notice that the scene's sender has got."""
        for mail in self._smarthost.newest(_who(scene)):
            sent = await self._desk.door(outbox.by_message_id, mail.message.message_id)
            if sent is not None and sent.notice == (scene.answers or scene.bounces):
                return mail
        return None

    async def _quiet(self) -> None:
        """Until everything that came in is decided and everything that follows is sent."""
        while await self._show_received() or await self._desk.door(_at_work):
            await asyncio.sleep(LOOK_SECONDS)

    async def _show_received(self) -> bool:
        """Show mails that were decided since the last look; True while some are not decided yet."""
        rows = [row for row in reversed(await self._desk.door(inbox.listed)) if row.id > self._shown]
        for row in rows:
            if row.status == "queued":
                return True
            if not self._told:
                received = await self._desk.door(inbox.get, row.id)
                self._screen.received(row.envelope.forward_path, parse(received.raw if received else b""))
            self._screen.decided(row)
            self._shown = row.id
        return False


def _at_work() -> bool:
    waiting = outbox.counts()
    return bool(inbox.counts().get("queued") or waiting.get("queued") or waiting.get("sending"))


def _who(scene: Scene) -> str:
    """The address whose mail is answered, or came back."""
    return "anna@bakery.example" if scene.bounces else scene.sender.partition("<")[2].rstrip(">")


def _first_day() -> datetime:
    """The story's first morning: the last Tuesday."""
    today = datetime.now(ZONE)
    day = today - timedelta(days=(today.weekday() - TUESDAY) % 7 or 7)
    return day.replace(hour=9, minute=0, second=0, microsecond=0).astimezone(UTC)


def _at(scene: Scene, first: datetime) -> datetime:
    hour, minute = map(int, scene.time.split(":"))
    day = first.astimezone(ZONE) + timedelta(days=scene.day)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)
