"""One request to a web server of others, and its answer: what the webhook and the duty calendar go out by.

In: a link, a body, limits. Out: status and body. https only; the certificate must be valid for the host; a redirect is
an answer like any other and is not followed. The host's name is looked up once, and the connection goes to an address
that was checked: none of this machine, of a private network or of any other special one (RFC 6890), unless the
operator has named its network, so that no name in the DNS leads into the operator's own house. The answer is read up
to a size, and once the name was found all of it takes at most so many seconds, however slowly the other side goes on.

Raises Refused for what must not be asked or is too large, and OSError (ssl.SSLError among them) or
http.client.HTTPException for what may go well another time. Blocks: run it in a thread.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from threading import Event, Timer
from urllib.parse import urlsplit

from helpdeskd.domain.desk import Network
from helpdeskd.mail.tls import client_context

PORT = 443
FIELDS = {"User-Agent": "helpdeskd", "Connection": "close"}
NAT64 = IPv6Network("64:ff9b::/96")
WORLD = IPv6Network("2000::/3")
"""The only part of IPv6 that leads out (RFC 4291 §2.4); what else is called global leads back into a site."""
SPECIAL = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "3fff::/20")))
"""What Python's register lacks in some versions, and the address at which one cloud talks to its machines."""


class Refused(ValueError):
    """Not asked, or not taken; the text is for people and holds no link."""


@dataclass(frozen=True, slots=True)
class Limits:
    """At most so long, and so many bytes of an answer (0: it is not read); `networks` are reached although special."""

    seconds: float
    size: int
    networks: tuple[Network, ...] = ()
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


def request(method: str, link: str, limits: Limits, body: bytes | None = None, kind: str = "") -> Answer:
    """Ask a server that the link names; `kind` is the type of the body."""
    parts = urlsplit(link)
    host, port = parts.hostname, parts.port or PORT
    if parts.scheme != "https" or host is None:
        raise Refused("a link must begin with https:// and name a host")
    context = client_context(limits.ca_file)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = FIELDS | {"Host": parts.netloc} | ({"Content-Type": kind} if kind else {})
    plain = socket.create_connection((_address(host, port, limits.networks), port), limits.seconds)
    with _in_time(plain, limits.seconds), context.wrap_socket(plain, server_hostname=host) as secure:
        return _asked(secure, (method, target, body, headers), limits.size)


def _asked(secure: ssl.SSLSocket, question: tuple[str, str, bytes | None, Mapping[str, str]], size: int) -> Answer:
    """What the server answers on a connection that is made already."""
    connection = HTTPConnection(secure.server_hostname or "")
    connection.sock = secure
    connection.request(*question)
    with connection.getresponse() as answer:
        read = answer.read(size + 1) if size else b""
    if len(read) > size:
        raise Refused(f"the answer is larger than {size // 1024} KiB")
    return Answer(answer.status, read)


def _address(host: str, port: int, networks: Sequence[Network]) -> str:
    """The first address of a host that may be reached."""
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    allowed = [address for address in found if _is_public(address) or _is_in(address, networks)]
    if not allowed:
        raise Refused(f"{host} is in a private or special network (name the network to allow it)")
    return allowed[0]


def _is_public(address: str) -> bool:
    found = _ip(address)
    if found.is_multicast or not found.is_global or any(found in network for network in SPECIAL):
        return False
    return isinstance(found, IPv4Address) or found in WORLD


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    return any(_ip(address) in network for network in networks)


def _ip(address: str) -> IPv4Address | IPv6Address:
    """An address, or the IPv4 address within one of IPv6 that leads to it (RFC 4291, 3056, 6052)."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv4Address):
        return found
    translated = IPv4Address(int(found) & 0xFFFFFFFF) if found in NAT64 else None
    return found.ipv4_mapped or found.sixtofour or translated or found


@contextmanager
def _in_time(connection: socket.socket, seconds: float) -> Iterator[None]:
    """End the connection when the time is up; whoever waits for it gets a TimeoutError."""
    # The socket itself becomes another one when TLS begins; this stays, and ends the same connection.
    other, over = connection.dup(), Event()

    def end() -> None:
        over.set()
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
        late = over.is_set()
    except (OSError, HTTPException):
        late = over.is_set()
        if not late:
            raise
    finally:
        timer.cancel()
        other.close()
        connection.close()
    if late:
        raise TimeoutError(f"took longer than {seconds:g} seconds")
