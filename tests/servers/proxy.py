"""A TCP proxy that cuts: between a desk and its database, or whatever else it speaks to.

`Proxy(target)` listens on a port of 127.0.0.1 and passes every connection on to the target, a port or the path of a
Unix socket. It can cut all connections at once, refuse new ones, hold back what the server says, and cut a connection
in the moment in which the server has said something: `cut_when(COMMITTED)` lets PostgreSQL commit, and nobody hears
that it did.
"""

import contextlib
import selectors
import socket
import threading
from pathlib import Path

COMMITTED = b"COMMIT\0"
"""In what PostgreSQL answers to a COMMIT (CommandComplete)."""
BLOCK = 65536


class Proxy:
    """Runs until `close`. `cuts` counts the connections that were cut because of what was said."""

    def __init__(self, target: Path | int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._word, self._passed, self._left = b"", 0, 0
        self._passing = threading.Event()
        self._passing.set()
        self.refusing = False
        self.cuts = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def cut_when(self, word: bytes, times: int = 1, after: int = 0) -> None:
        """Cut the next connections on which the server says this, instead of passing it on; but so many times not."""
        with self._lock:
            self._word, self._passed, self._left = word, after, times

    def cut_all(self) -> None:
        """Cut what is connected now."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            _hang_up(*pair)

    def hold(self) -> None:
        """Pass on nothing more that the server says, until `release`."""
        self._passing.clear()

    def release(self) -> None:
        self._passing.set()

    def close(self) -> None:
        self.release()
        _hang_up(self._listener)
        self.cut_all()
        self._thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            server = None if self.refusing else self._connected()
            if server is None:
                _hang_up(client)
                continue
            with self._lock:
                self._pairs.append((client, server))
            threading.Thread(target=self._pass, args=(client, server), daemon=True).start()

    def _connected(self) -> socket.socket | None:
        is_port = isinstance(self._target, int)
        server = socket.socket(socket.AF_INET if is_port else socket.AF_UNIX)
        try:
            server.connect(("127.0.0.1", self._target) if is_port else str(self._target))
        except OSError:
            server.close()
            return None
        return server

    def _pass(self, client: socket.socket, server: socket.socket) -> None:
        """Both ways, until one side ends or we cut."""
        with contextlib.suppress(OSError, ValueError), selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in ready.select():
                    said = key.fileobj.recv(BLOCK)  # type: ignore[union-attr]
                    if not said or (key.fileobj is server and self._is_to_cut(said)):
                        raise OSError
                    if key.fileobj is server:
                        self._passing.wait()
                    key.data.sendall(said)
        _hang_up(client, server)

    def _is_to_cut(self, said: bytes) -> bool:
        with self._lock:
            heard = self._left > 0 and self._word in said
            cut = heard and self._passed == 0
            self._passed -= heard and not cut
            self._left -= cut
            self.cuts += cut
        return cut


def _hang_up(*sockets: socket.socket) -> None:
    for each in sockets:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
