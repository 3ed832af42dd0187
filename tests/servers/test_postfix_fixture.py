"""The Postfix of the tests hands mail over to where it is told, and tries again what was deferred."""

import os
import signal
import smtplib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import postfix as module
from tests.servers.postfix import Place, Postfix
from tests.servers.process import free_port, until


@dataclass
class Sink:
    """An LMTP server that keeps what it is given; `defer` is how many it turns away before that."""

    defer: int = 0
    mails: list[tuple[list[str], bytes]] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.defer:
            self.defer -= 1
            return "451 4.3.0 try again"
        self.mails.append((list(envelope.rcpt_tos), envelope.original_content or b""))
        return "250 2.0.0 kept"


class Listener(Controller):
    def factory(self) -> SMTP:
        return LMTP(self.handler, hostname="sink.test")


@pytest.fixture
def listen() -> Iterator[Callable[[Sink], Place]]:
    started: list[Listener] = []

    def start(sink: Sink) -> Place:
        listener = Listener(sink, hostname="127.0.0.1", port=free_port())
        listener.start()
        started.append(listener)
        return "127.0.0.1", listener.port

    yield start
    for listener in started:
        listener.stop()


def send(server: Postfix, to: str) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=20) as client:
        client.sendmail("anna@acme.example", [to], b"Subject: Hello\r\n\r\nGood morning.\r\n")


def test_mail_for_a_domain_goes_to_its_place_and_all_else_to_the_rest(
    postfix: Callable[..., Postfix], listen: Callable[[Sink], Place]
) -> None:
    desk, world = Sink(), Sink()
    server = postfix({"desk.example": listen(desk)}, rest=listen(world))
    send(server, "help@desk.example")
    send(server, "bob@else.example")
    assert until(lambda: desk.mails and world.mails)
    assert desk.mails[0][0] == ["help@desk.example"]
    assert desk.mails[0][1].endswith(b"Subject: Hello\r\n\r\nGood morning.\r\n")
    assert world.mails[0][0] == ["bob@else.example"]


def test_mail_that_was_deferred_comes_again(postfix: Callable[..., Postfix], listen: Callable[[Sink], Place]) -> None:
    desk = Sink(defer=1)
    server = postfix({"desk.example": listen(desk)})
    send(server, "help@desk.example")
    assert until(lambda: desk.mails, 20)


def test_a_server_that_has_stopped_moving_is_ended_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 2.0)
    with module.running({}) as server:
        port, folder = server.port, server.log.parent
        os.killpg(int((folder / "queue/pid/master.pid").read_text()), signal.SIGSTOP)
    with pytest.raises(OSError):
        socket.create_connection((server.host, port), 5).close()
    assert not folder.exists()
