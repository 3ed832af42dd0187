"""A mail server that hands a mail over by SMTP, to a session as it is, over a wire that can be cut: no network between.

In: what the session does with a mail, and where the wire is cut. Out: whether the client heard 250. Whoever dies while
the mail is stored dies out of `hands_over`.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any

from helpdeskd.domain.message import Envelope
from helpdeskd.mail.smtp_commands import SmtpSession
from helpdeskd.mail.smtp_limits import Traffic
from helpdeskd.mail.smtp_settings import Accept, Intake, SmtpSettings

RELAY = "192.0.2.25"
SETTINGS = SmtpSettings("desk.example", account="mx")
END = b".\r\n"
ROUNDS = 1000
"""Of the loop: more than any session takes."""


class Cut(Enum):
    """Where the connection is: nowhere, before the final dot, or when the mail is stored and its answer not sent."""

    NOWHERE = "nowhere"
    BEFORE_THE_DOT = "before the dot"
    BEFORE_THE_ANSWER = "before the answer"


class Wire(asyncio.Transport):
    """The session's end of a connection; `answers` is what it said."""

    def __init__(self, session: SmtpSession) -> None:
        super().__init__({"peername": (RELAY, 4711)})
        self._session, self.answers, self._gone = session, b"", False
        session.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._gone:
            self.answers += bytes(data)

    def is_closing(self) -> bool:
        return self._gone

    def close(self) -> None:
        self.cut()

    abort = close

    def cut(self) -> None:
        if not self._gone:
            self._gone = True
            self._session.connection_lost(None)


async def hands_over(
    accept: Accept, now: Callable[[], datetime], raw: bytes, sender: str, to: str, cut: Cut = Cut.NOWHERE
) -> bool:
    async def accepted(envelopes: Sequence[Envelope], whole: bytes) -> None:
        if cut is Cut.BEFORE_THE_ANSWER:
            wire.cut()
        await accept(envelopes, whole)

    born: list[asyncio.Task[object]] = []
    asyncio.get_running_loop().set_task_factory(partial(bear, born))
    intake = Intake(SETTINGS, accepted, lambda _: True, lambda: True, now, lambda *_: None)
    session = SmtpSession(intake, Traffic(SETTINGS), set())
    wire = Wire(session)
    session.data_received(f"EHLO mx\r\nMAIL FROM:<{sender}>\r\nRCPT TO:<{to}>\r\nDATA\r\n".encode() + raw)
    if cut is Cut.BEFORE_THE_DOT:
        for _ in range(20):  # the session is given time to hear it all
            await asyncio.sleep(0)
        wire.cut()
    else:
        session.data_received(END + b"QUIT\r\n")
    await all_ended(born)
    return b"250 2.0.0 Taken as " in wire.answers


def bear(born: list[asyncio.Task[object]], loop: asyncio.AbstractEventLoop, work: Any, **how: Any) -> Any:
    """A task, and remember it."""
    born.append(asyncio.Task(work, loop=loop, **how))
    return born[-1]


async def all_ended(born: list[asyncio.Task[object]]) -> None:
    """Nothing here waits for anything but each other. Raises what one of them died of."""
    for _ in range(ROUNDS):
        await asyncio.sleep(0)
        for task in born:
            if task.done() and not task.cancelled():
                task.result()
        if all(task.done() for task in born):
            return
    raise AssertionError(f"nothing comes of {born}")
