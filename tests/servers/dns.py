"""A DNS server for the tests: authoritative for what a test puts into `zone`, over UDP and TCP on a port of 127.0.0.1.

`zone[("a.example", "TXT")] = ["v=spf1 -all"]` sets records: text, with a list of strings for one TXT record of several;
"10 mx.a.example" for MX. A name with records of another kind has no data, one without any does not exist; aliases are
followed as a resolver does. Instead of records there may be a fault: SERVFAIL, SILENCE, GARBAGE, or TRUNCATED (over
UDP: too long to fit, and garbage over TCP). `asked` lists the questions as (name, kind, transport).
"""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from dnslib import AAAA, CNAME, MX, PTR, QTYPE, RCODE, RD, RR, SOA, TXT, A, DNSRecord

SERVFAIL = "servfail"
SILENCE = "silence"
GARBAGE = "garbage"
TRUNCATED = "truncated"

Zone = dict[tuple[str, str], list[str | list[str]] | str]

_MOST_ALIASES = 20
_LONGEST_UDP = 512


class DnsServer:
    """Serves `zone` until it is stopped; `ttl` is that of every record."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.zone: Zone = {}
        self.asked: list[tuple[str, str, str]] = []
        self.ttl = 300

    def __enter__(self) -> "DnsServer":
        self._servers: list[socketserver.BaseServer] = []
        tcp = _Tcp((self.host, 0), _TcpQuestion)
        self.port = int(tcp.server_address[1])
        udp = _Udp((self.host, self.port), _UdpQuestion)
        for server in (tcp, udp):
            server.dns = self
            self._servers.append(server)
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def answer(self, packet: bytes, transport: str) -> bytes | None:
        """The reply to a question; None for silence."""
        question = DNSRecord.parse(packet)
        name, kind = str(question.q.qname).rstrip(".").lower(), QTYPE[question.q.qtype]
        self.asked.append((name, kind, transport))
        held = self.zone.get((name, kind))
        reply = question.reply()
        if held == SILENCE:
            return None
        if held == GARBAGE or (held == TRUNCATED and transport == "tcp"):
            return packet[:2] + b"\xff" * 30
        if held == SERVFAIL:
            reply.header.rcode = RCODE.SERVFAIL
        elif held == TRUNCATED:
            reply.header.tc = 1
        else:
            self._fill(reply, name, kind)
        return _fitting(reply, transport)

    def _fill(self, reply: DNSRecord, name: str, kind: str) -> None:
        for _ in range(_MOST_ALIASES):
            alias = self.zone.get((name, "CNAME"))
            if not isinstance(alias, list):
                break
            reply.add_answer(self._record(name, "CNAME", alias[0]))
            name = str(alias[0])
        records = self.zone.get((name, kind), [])
        for value in records if isinstance(records, list) else []:
            reply.add_answer(self._record(name, kind, value))
        if not reply.rr:
            known = any(owner == name or owner.endswith(f".{name}") for owner, _ in self.zone)
            reply.header.rcode = RCODE.NOERROR if known else RCODE.NXDOMAIN
            reply.add_auth(RR("example", QTYPE.SOA, rdata=SOA("ns.example", "root.example", (1, 1, 1, 1, 60)), ttl=60))

    def _record(self, name: str, kind: str, value: str | list[str]) -> RR:
        return RR(name, getattr(QTYPE, kind), rdata=_data(kind, value), ttl=self.ttl)


def _data(kind: str, value: str | list[str]) -> RD:
    if kind == "TXT":
        texts = value if isinstance(value, list) else [value[at : at + 255] for at in range(0, len(value), 255)]
        return TXT([text.encode("latin-1") for text in texts or [""]])
    assert isinstance(value, str)
    if kind == "MX":
        preference, exchange = value.split()
        return MX(exchange, int(preference))
    return {"A": A, "AAAA": AAAA, "CNAME": CNAME, "PTR": PTR}[kind](value)


def _fitting(reply: DNSRecord, transport: str) -> bytes:
    packed = reply.pack()
    if transport == "tcp" or len(packed) <= _LONGEST_UDP:
        return packed
    reply.rr, reply.auth, reply.header.tc = [], [], 1
    return reply.pack()


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True
    dns: DnsServer


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    dns: DnsServer


class _UdpQuestion(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        packet, socket = self.request
        reply = self.server.dns.answer(packet, "udp")  # type: ignore[attr-defined]
        if reply is not None:
            socket.sendto(reply, self.client_address)


class _TcpQuestion(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        packet = self.rfile.read(int.from_bytes(self.rfile.read(2), "big"))
        reply = self.server.dns.answer(packet, "tcp") if packet else None  # type: ignore[attr-defined]
        if reply is not None:
            self.wfile.write(len(reply).to_bytes(2, "big") + reply)


@contextmanager
def running() -> Iterator[DnsServer]:
    """A server with an empty zone."""
    with DnsServer() as server:
        yield server
