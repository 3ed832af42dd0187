"""The scripted smarthost in a thread of its own, beside a desk that runs as a process."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from helpdeskd.domain.message import Message
from helpdeskd.mail.parse import parse
from tests.servers.smarthost import Script, Smarthost


class Sink:
    """`script` may be changed while it runs; `mails` are those that were accepted, each with its recipient."""

    def __init__(self, smarthost: Smarthost) -> None:
        self._smarthost = smarthost

    @property
    def port(self) -> int:
        return self._smarthost.port

    @property
    def commands(self) -> list[str]:
        return list(self._smarthost.commands)

    def play(self, script: Script) -> None:
        self._smarthost.script = dict(script)

    @property
    def raws(self) -> list[tuple[str, bytes]]:
        """The same as they came."""
        taken = list(self._smarthost.accepted)
        return [(mail.rcpt.partition("<")[2].partition(">")[0], mail.raw) for mail in taken]

    @property
    def mails(self) -> list[tuple[str, Message]]:
        return [(recipient, parse(raw)) for recipient, raw in self.raws]

    def to(self, address: str) -> list[Message]:
        return [message for recipient, message in self.mails if recipient == address]


@contextmanager
def serving(script: Script | None = None, port: int = 0) -> Iterator[Sink]:
    """A smarthost on a port, or on a free one."""
    with in_a_thread(Smarthost(script or {}, at=port)) as smarthost:
        yield Sink(smarthost)


@contextmanager
def in_a_thread(smarthost: Smarthost) -> Iterator[Smarthost]:
    """Runs it in a thread of its own, and hangs up on everybody at the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(smarthost.__aenter__(), loop).result(20)
        yield smarthost
    finally:
        asyncio.run_coroutine_threadsafe(smarthost.stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        # Who was connecting just then is hung up on too.
        while under_way := asyncio.all_tasks(loop):
            loop.run_until_complete(asyncio.wait(under_way))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
