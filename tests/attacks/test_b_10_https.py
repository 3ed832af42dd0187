"""B10: no link and no name in the DNS leads a request of the desk into the house it stands in (SSRF)."""

import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.client import HTTPException
from ipaddress import ip_network

import pytest

from helpdeskd.config.duty import DutyCalendarTable, WebhookTable
from helpdeskd.daemon import channels, oncall
from helpdeskd.daemon.https import Limits, Refused, request
from tests.servers.certificates import Authority, serving
from tests.servers.web import Web

HERE = (ip_network("127.0.0.0/8"),)
MIB = 1024**2

INSIDE = (
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.0.1",
    "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "192.88.99.1", "198.18.0.1",
    "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::10.0.0.1",
    "2002:7f00:1::", "2002:a9fe:a9fe::", "2001::1", "fe80::1", "fe80::1%lo", "fec0::1", "fc00::1", "fd00:ec2::254",
    "ff02::1", "100::1", "2001:db8::1", "3fff::1", "5f00::1",
)  # fmt: skip
WRITTEN_OTHERWISE = (
    "127.0.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "0",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "localhost", "LOCALHOST",
    "localhost.", "169.254.169.254", "2852039166", "0xa9fea9fe", "[::ffff:a9fe:a9fe]",
    "[fd00:ec2::254]", "[fe80::1%25lo]",
)  # fmt: skip


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def limits(authority: Authority) -> Limits:
    return Limits(5.0, 64 * 1024, (), authority.certificate)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the DNS says of a name: the first answer once, then the next, the last one again and again."""
    answers: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *more: object, **options: object) -> object:
        found = answers.get(host, [host])
        address = found.pop(0) if len(found) > 1 else found[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return (
            [(family, socket.SOCK_STREAM, 6, "", (one, port)) for one in address.split()]
            if host in answers
            else real(host, port, *more, **options)
        )  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return answers


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Fails where anything is connected to."""
    reached: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, where: reached.append(where))
    yield reached
    assert reached == []


@pytest.mark.parametrize("address", INSIDE)
@pytest.mark.usefixtures("no_connection")
def test_b10_a_name_that_leads_inside_is_not_followed(limits: Limits, names: dict[str, list[str]], address: str):
    names["hooks.example"] = [address]
    with pytest.raises(Refused, match="private or special network"):
        request("POST", "https://hooks.example/", limits, b"{}")


@pytest.mark.parametrize("host", WRITTEN_OTHERWISE)
@pytest.mark.usefixtures("no_connection")
def test_b10_an_address_inside_is_refused_however_it_is_written(limits: Limits, host: str):
    with pytest.raises((Refused, OSError)):
        request("GET", f"https://{host}/latest/meta-data/", limits)


@pytest.mark.parametrize(
    "link", ["https://good.example@127.0.0.1/", "https://good.example:x@[::1]/", "https://127.0.0.1#@good/"]
)
@pytest.mark.usefixtures("no_connection")
def test_b10_what_stands_before_an_at_sign_is_no_host(limits: Limits, link: str):
    with pytest.raises(Refused):
        request("GET", link, limits)


def test_b10_a_name_that_leads_elsewhere_the_second_time_is_asked_once(
    authority: Authority, limits: Limits, names: dict[str, list[str]]
):
    """DNS rebinding: what was checked is what is connected to."""
    with Web(authority.issue("hooks.example")) as web:
        names["hooks.example"] = ["127.0.0.1", "127.0.0.2"]
        assert request("GET", web.link(host="hooks.example"), replace(limits, networks=HERE)).status == 200
        assert names["hooks.example"] == ["127.0.0.2"]
        names["hooks.example"] = ["10.0.0.1", "127.0.0.1"]
        with pytest.raises(Refused):
            request("GET", web.link(host="hooks.example"), replace(limits, networks=HERE))
        assert web.connections == 1


def test_b10_of_several_addresses_none_inside_is_tried(
    limits: Limits, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
):
    reached: list[str] = []

    def connect(where: tuple[str, int], _seconds: float) -> socket.socket:
        reached.append(where[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    names["hooks.example"] = ["127.0.0.1 10.0.0.1 93.184.215.14 169.254.169.254"]
    with pytest.raises(ConnectionRefusedError):
        request("GET", "https://hooks.example/", limits)
    assert reached == ["93.184.215.14"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_b10_a_redirect_is_not_followed(authority: Authority, limits: Limits, status: int):
    with Web(authority.issue("localhost")) as inside, Web(authority.issue("localhost")) as web:
        web.answers = [(status, {"Location": inside.link()}, b"")]
        assert request("GET", web.link(), replace(limits, networks=HERE)).status == status
        assert (inside.connections, len(web.asked)) == (0, 1)


@pytest.mark.parametrize(
    "link", ["http://hooks.example/", "file:///etc/passwd", "gopher://hooks.example/", "//hooks.example/"]
)
@pytest.mark.usefixtures("no_connection")
def test_b10_nothing_but_https_is_spoken(limits: Limits, link: str):
    with pytest.raises(Refused, match="https"):
        request("GET", link, limits)


@pytest.mark.parametrize("path", ["/a\r\nX-Evil: 1", "/a\nb", "/a b", "/\x00", "/ HTTP/1.1\r\nHost: evil"])
def test_b10_no_link_writes_a_second_request(authority: Authority, limits: Limits, path: str):
    with Web(authority.issue("localhost")) as web:
        with suppress(HTTPException, OSError):
            request("GET", web.link(path), replace(limits, networks=HERE))
        assert not [asked for asked in web.asked if "X-Evil" in asked.fields or asked.fields["Host"] == "evil"]
        assert len(web.asked) <= 1


# How much, and how long.


def raw_server(authority: Authority, answer: bytes, times: int) -> tuple[int, threading.Thread]:
    """A server over TLS that says this again and again, whatever it is asked; its port."""
    listener, context = socket.create_server(("127.0.0.1", 0)), serving(authority.issue("localhost"))

    def serve() -> None:
        with (
            listener,
            listener.accept()[0] as client,
            suppress(OSError),
            context.wrap_socket(client, server_side=True) as secure,
        ):
            secure.settimeout(1)
            secure.recv(4096)
            for _ in range(times):
                secure.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    return listener.getsockname()[1], thread


@pytest.mark.parametrize(
    "answer",
    [
        b"x" * MIB,
        b"HTTP/1.1 " + b"9" * MIB,
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * MIB,
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * MIB,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * MIB,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"fffffff\r\n" + b"x" * MIB,
    ],
    ids=["no HTTP", "status", "field", "fields", "continue", "body", "long body", "chunks"],
)
def test_b10_an_answer_without_end_is_given_up(authority: Authority, limits: Limits, answer: bytes):
    port, thread = raw_server(authority, answer, 40)
    with pytest.raises((Refused, HTTPException, OSError)):
        request("GET", f"https://localhost:{port}/", replace(limits, networks=HERE, seconds=2.0))
    thread.join()


def test_b10_the_limits_of_pages_and_calendars_are_those_of_the_spec():
    assert channels.WEBHOOK_SECONDS <= 10
    assert oncall.FETCH_SECONDS <= 15
    assert oncall.LARGEST <= 4 * MIB


def test_b10_a_server_that_speaks_only_an_old_version_of_tls_is_not_spoken_to(authority: Authority, limits: Limits):
    context = serving(authority.issue("localhost"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with Web(authority.issue("localhost")) as web:
        web._server.context = context
        with pytest.raises(ssl.SSLError):
            request("GET", web.link(), replace(limits, networks=HERE))
        assert web.asked == []


# What the configuration lets through.


def test_b10_a_webhook_goes_to_the_hosts_that_stand_beside_it_and_to_no_other(tmp_path):
    link = tmp_path / "link"
    table = WebhookTable(name="chat", hosts=["hooks.example"], url_file=str(link))
    for other in ("evil.example", "hooks.example.evil.example", "127.0.0.1", "[::1]"):
        link.write_text(f"https://{other}/x\n")
        with pytest.raises(ValueError, match="not among the hosts"):
            table.link()
    link.write_text("http://hooks.example/x\n")
    with pytest.raises(ValueError, match="https"):
        table.link()


async def test_b10_a_page_to_a_webhook_inside_fails_and_says_why(
    names: dict[str, list[str]], no_connection: list[object]
):
    names["hooks.example"] = ["169.254.169.254"]
    table = WebhookTable(name="chat", hosts=["hooks.example"], url="https://hooks.example/services/secret")
    result = channels._post(table, {"text": "HD-1001"})
    assert "private or special network" in result.reply
    assert "secret" not in result.reply


@pytest.mark.usefixtures("no_connection")
def test_b10_a_duty_calendar_inside_is_not_fetched(names: dict[str, list[str]]):
    names["calendar.example"] = ["10.0.0.7"]
    table = DutyCalendarTable(url="https://calendar.example/duty.ics")
    with pytest.raises(oncall.BadCalendar, match="private or special network"):
        oncall.fetched(table)
