"""The page of metrics, read by good and by bad readers over real sockets."""

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from helpdeskd.daemon import scrape
from helpdeskd.daemon.scrape import LONGEST, MOST, Scrapes
from tests.servers.process import free_port

GET = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def text() -> bytes:
    return b"x 1\n"


@asynccontextmanager
async def served(where: tuple[str, int] | Path) -> AsyncIterator[None]:
    scrapes = Scrapes(text)
    await scrapes.open(where)
    try:
        yield
    finally:
        await scrapes.close()


async def connected(where: tuple[str, int] | Path) -> Streams:
    return await (asyncio.open_unix_connection(where) if isinstance(where, Path) else asyncio.open_connection(*where))


async def said(request: bytes, where: tuple[str, int] | Path) -> bytes:
    """All that is answered until the connection ends."""
    reader, writer = await connected(where)
    writer.write(request)
    try:
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.fixture
def port() -> tuple[str, int]:
    return "127.0.0.1", free_port()


async def test_the_page_is_read_at_a_port(port: tuple[str, int]):
    async with served(port):
        head, _, body = (await said(GET, port)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n")
    assert b"Content-Length: 4" in head
    assert body == b"x 1\n"


async def test_the_page_is_read_at_a_path_by_the_owner_and_the_group(tmp_path: Path):
    path = tmp_path / "metrics.sock"
    async with served(path):
        assert (await said(GET, path)).endswith(b"\r\n\r\nx 1\n")
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert not path.exists()


async def test_a_socket_that_a_dead_daemon_left_behind_gives_way(tmp_path: Path):
    path = tmp_path / "metrics.sock"
    left = await asyncio.start_unix_server(lambda _r, _w: None, path)
    left.close()
    assert path.exists()
    async with served(path):
        assert b"200 OK" in await said(GET, path)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"HEAD /metrics HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK"),
        (b"GET /metrics?x=1 HTTP/1.0\r\n\r\n", b"HTTP/1.1 200 OK"),
        (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 Not Found"),
        (b"GET /../etc/passwd HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 Not Found"),
        (b"POST /metrics HTTP/1.1\r\n\r\n", b"HTTP/1.1 405 Method Not Allowed"),
        (b"MAIL FROM:<a@b>\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
        (b"\xff\xfe\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
        (b"\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
        (b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 2 * LONGEST, b""),
    ],
)
async def test_what_is_asked_decides_what_is_answered(port: tuple[str, int], request_: bytes, answer: bytes):
    async with served(port):
        assert (await said(request_, port)).partition(b"\r\n")[0] == answer


async def test_a_head_has_no_body(port: tuple[str, int]):
    async with served(port):
        assert (await said(b"HEAD /metrics HTTP/1.1\r\n\r\n", port)).endswith(b"Connection: close\r\n\r\n")


async def test_who_says_nothing_is_sent_away_and_makes_room(port: tuple[str, int], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scrape, "SECONDS", 0.5)
    async with served(port):
        silent = [await connected(port) for _ in range(MOST)]
        assert await said(GET, port) == b""
        for reader, writer in silent:
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
            writer.close()
        assert b"200 OK" in await said(GET, port)


async def test_an_end_waits_for_nobody(port: tuple[str, int]):
    async with asyncio.timeout(5), served(port):
        _, writer = await connected(port)
    writer.close()
    with pytest.raises(OSError, match=r"[Cc]onnect"):
        await connected(port)
