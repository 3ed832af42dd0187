"""A web server over TLS that gives the answers that a test wants, and remembers what it was asked.

`with Web(certificate) as web:` listens on a free port of 127.0.0.1. Each question gets the next of `answers` (status,
fields, body), the last one again and again. A body that is a list is sent piece by piece, `pause` seconds apart.
"""

import contextlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType

from tests.servers.certificates import Certificate

Body = bytes | Sequence[bytes]
OK: tuple[int, dict[str, str], Body] = (200, {}, b"")


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    fields: dict[str, str]
    body: bytes


@dataclass
class Web:
    """`asked` is what it was asked; `connections` counts clients, also those that did not like the certificate."""

    certificate: Certificate
    answers: list[tuple[int, dict[str, str], Body]] = field(default_factory=lambda: [OK])
    pause: float = 0.0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    over: Event = field(default_factory=Event)

    def __enter__(self) -> "Web":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate.chain, self.certificate.key)
        self._server = _Server(("127.0.0.1", 0), self.handler())
        self._server.web, self._server.context = self, context
        self.port: int = self._server.server_address[1]
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def link(self, path: str = "/", host: str = "localhost") -> str:
        return f"https://{host}:{self.port}{path}"

    def handler(self) -> type[BaseHTTPRequestHandler]:
        return _handler(self)

    def answer(self) -> tuple[int, dict[str, str], Body]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    web: Web
    context: ssl.SSLContext

    def finish_request(self, request, client_address) -> None:  # type: ignore[no-untyped-def]
        """TLS begins in the client's own thread; one that turns away is nobody's fault."""
        self.web.connections += 1
        with contextlib.suppress(OSError), self.context.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)


def _handler(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            web.asked.append(Asked(self.command, self.path, dict(self.headers.items()), body))
            status, fields, content = web.answer()
            self.send_response(status)
            for name, text in fields.items():
                self.send_header(name, text)
            self.end_headers()
            for piece in [content] if isinstance(content, bytes) else content:
                self.wfile.write(piece)
                self.wfile.flush()
                if web.pause:
                    web.over.wait(web.pause)

        do_GET = do_POST = _serve

        def log_message(self, *_: object) -> None:
            """Silent."""

    return Handler
