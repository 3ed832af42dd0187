"""One life of a desk, from its start to its end or its kill: all its stages after each other in one process.

`Lives` starts lives as processes that are forked from one which has loaded everything, so that a life costs little and
a kill is a real one. Each takes in what mail servers still have to hand over, decides it, does what is due (the clock
is hours ahead), and sends what is queued to the smarthost. A mail that it has taken is written down at once, as a mail
server does which reads 250.
"""

import asyncio
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helpdeskd import failpoint
from helpdeskd.config.load import Loaded, load
from helpdeskd.daemon import doors
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.database import where
from helpdeskd.daemon.dispatch import Dispatch
from helpdeskd.daemon.intake import Intake
from helpdeskd.daemon.node import Node
from helpdeskd.daemon.office import Office, settle_in
from helpdeskd.daemon.sweep import Sweep
from helpdeskd.daemon.worker import Worker
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.imap_poll import Poller
from helpdeskd.mail.imap_session import Session
from helpdeskd.mail.imap_settings import ImapSettings
from helpdeskd.storage import db, outbox, unchecked
from helpdeskd.storage.claims import claims_of
from helpdeskd.storage.door import Door
from helpdeskd.storage.inbox import Received
from tests.system.desk import ANNA, SUPPORT, mail
from tests.world import shipped_templates

PRELOADED = ["tests.faults.rehearsed"]
KILLED = -9
"""How a process ends that kills itself."""
POISON = 13
"""The number of a mail over which the worker raises."""
FROZEN = datetime(2026, 11, 23, 9, tzinfo=UTC)
LATER = timedelta(hours=5)


@dataclass(frozen=True)
class Life:
    """What a life is given: the desk's configuration, the port of a mailbox, mails by number, where to die."""

    config: Path
    imap: int
    mails: tuple[int, ...]
    failpoint: str = ""

    @property
    def taken(self) -> Path:
        """The mails that were taken, by number, a line each."""
        return self.config.with_name("taken")


class Standing(Clock):
    """Tells one instant."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self._at = at

    def now(self) -> datetime:
        return self._at


def live(life: Life) -> None:
    """All stages, each with a connection of its own, as the processes of the desk have."""
    failpoint.arm(life.failpoint)
    loaded = load(life.config)
    loaded.settings.state.mkdir(exist_ok=True)
    office = office_of(loaded)
    asyncio.run(take_in(life, office))
    decide(office)
    asyncio.run(send(office))


def office_of(loaded: Loaded) -> Office:
    """With templates that are compiled once for all lives."""
    office = Office(loaded)
    office.composer = shipped_templates(loaded.desk.largest_attachments)
    return office


async def take_in(life: Life, office: Office) -> None:
    settings = office.loaded.settings
    with closing(Door(where(settings))) as door:
        node = Node(office.loaded, door)
        await door(begin, node, office)
        intake = Intake(door, settings.state, 0, 0, lambda: None, register, node.store)
        for number in left(life):
            envelope = Envelope(ANNA, SUPPORT, FROZEN, peer="127.0.0.1", account="mx")
            await intake.accept([envelope], mail(number))
            with life.taken.open("a") as taken:
                taken.write(f"{number}\n")
        if life.imap:
            await asyncio.to_thread(read_mailbox, life, intake)
        for due in await door(unchecked.due, FROZEN, 100):
            await door(unchecked.found, due.id, "")


def begin(node: Node, office: Office) -> None:
    """What the last life was sending may or may not have arrived; what it had claimed is free."""
    node.begin(office.keys)
    settle_in(office.loaded, FROZEN)


def left(life: Life) -> list[int]:
    """The mails that nobody has taken yet."""
    taken = life.taken.read_text().split() if life.taken.exists() else []
    return [number for number in life.mails if str(number) not in taken]


def register(_envelope: Envelope, _raw: bytes) -> tuple[str, datetime]:
    """Every mail awaits a check."""
    return ANNA, FROZEN


def read_mailbox(life: Life, intake: Intake) -> None:
    settings = ImapSettings(
        name="support",
        host="127.0.0.1",
        port=life.imap,
        tls="none",
        user="support",
        password=lambda: "secret",
        address=SUPPORT,
    )
    with closing(Session(settings)) as session:
        session.login()
        Poller(settings, intake, {SUPPORT}.__contains__).poll(session, lambda: None)


def decide(office: Office) -> None:
    """The worker until nothing is queued, and a tick some hours later."""
    settings = office.loaded.settings
    db.connect(where(settings))
    worker = Worker(office, Standing(FROZEN), in_hand, claims_of(where(settings), settings.node.lease))
    while worker.work():
        pass
    sweep = Sweep(office)
    with db.transaction():
        sweep.run(FROZEN + LATER)
    db.close()


@contextmanager
def in_hand(row: Received) -> Iterator[None]:
    # Not again while it gets its strike.
    if row.raw == mail(POISON) and sys.exception() is None:
        raise RuntimeError("poison")
    yield


async def send(office: Office) -> None:
    """Until nothing is due."""
    settings = office.loaded.settings
    assert settings.smarthost is not None
    smarthost = doors.smarthost_settings(settings.smarthost, settings.hostname, {})
    with closing(Door(where(settings))) as door:
        dispatch = Dispatch(door, office, smarthost, Standing(FROZEN + LATER), Node(office.loaded, door).errands)
        running = asyncio.create_task(dispatch.run())
        while await door(waiting):
            await asyncio.sleep(0.005)
        dispatch.stop()
        await running


def waiting() -> bool:
    return bool({"queued", "sending"} & outbox.counts().keys())


class Lives:
    """Starts lives, each in a process of its own."""

    def __init__(self) -> None:
        self._forking = multiprocessing.get_context("forkserver")
        self._forking.set_forkserver_preload(PRELOADED)

    def run(self, work: Callable[..., None], *arguments: object) -> int:
        """Let a process do it; its exit status, -9 when it was killed."""
        process = self._forking.Process(target=work, args=arguments)
        process.start()
        process.join(60)
        assert process.exitcode is not None
        return process.exitcode
