"""One request to a web server, against a real one with a certificate of its own authority."""

import socket
import ssl
import time
from dataclasses import replace
from http.client import HTTPException
from ipaddress import ip_network
from threading import Thread

import pytest

from helpdeskd.daemon.https import Limits, Refused, request
from tests.servers.certificates import Authority
from tests.servers.web import Web

HERE = (ip_network("127.0.0.0/8"),)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def limits(authority: Authority) -> Limits:
    return Limits(5.0, 1 << 16, HERE, authority.certificate)


def test_a_question_and_its_answer(authority: Authority, limits: Limits) -> None:
    with Web(authority.issue("localhost"), [(201, {"Content-Length": "4"}, b"fine")]) as web:
        answer = request("POST", web.link("/page?key=1"), limits, b'{"a": 1}', "application/json")
    (asked,) = web.asked
    assert (answer.status, answer.body) == (201, b"fine")
    assert (asked.method, asked.path, asked.body) == ("POST", "/page?key=1", b'{"a": 1}')
    assert (asked.fields["Content-Type"], asked.fields["Host"]) == ("application/json", f"localhost:{web.port}")


def test_a_redirect_is_an_answer_and_is_not_followed(authority: Authority, limits: Limits) -> None:
    with Web(authority.issue("localhost")) as web:
        web.answers = [(302, {"Location": web.link("/elsewhere")}, b"")]
        assert request("GET", web.link(), limits).status == 302
    assert [asked.path for asked in web.asked] == ["/"]


@pytest.mark.parametrize("name", ["other.example", "127.0.0.2"])
def test_a_certificate_for_another_host_is_none(authority: Authority, limits: Limits, name: str) -> None:
    with Web(authority.issue(name)) as web, pytest.raises(ssl.SSLCertVerificationError):
        request("GET", web.link(), limits)
    assert web.asked == []


def test_a_certificate_of_an_authority_that_nobody_trusts_is_none(authority: Authority, limits: Limits) -> None:
    with Web(authority.issue("localhost")) as web, pytest.raises(ssl.SSLCertVerificationError):
        request("GET", web.link(), replace(limits, ca_file=None))
    assert web.asked == []


@pytest.mark.parametrize("link", ["http://localhost/", "ftp://localhost/", "https:///page", "localhost"])
def test_only_links_over_tls_are_asked(limits: Limits, link: str) -> None:
    with pytest.raises(Refused, match="https"):
        request("GET", link, limits)


def test_a_host_of_the_own_house_is_not_reached_unless_its_network_is_named(
    authority: Authority, limits: Limits
) -> None:
    with Web(authority.issue("localhost")) as web:
        for networks in ((), (ip_network("10.0.0.0/8"),)):
            with pytest.raises(Refused, match="private or special network"):
                request("GET", web.link(), replace(limits, networks=networks))
        assert web.connections == 0


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1", "2002:0a00:0001::1", "192.0.2.1", "2001:db8::1",
    ],
)  # fmt: skip
def test_special_addresses_are_not_reached(limits: Limits, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = [(family, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Refused, match=r"hooks\.example is in a private or special network"):
        request("GET", "https://hooks.example/", replace(limits, networks=()))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses_are_reached(limits: Limits, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    called: list[tuple[str, int]] = []

    def connect(where: tuple[str, int], _seconds: float) -> socket.socket:
        called.append(where)
        raise ConnectionRefusedError

    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(family, socket.SOCK_STREAM, 6, "", (address, 443))])
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        request("GET", "https://hooks.example/", replace(limits, networks=()))
    assert called == [(address, 443)]


def test_a_name_is_looked_up_once_so_that_what_was_checked_is_what_is_reached(
    authority: Authority, limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name in the DNS may lead somewhere else the second time."""
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, *more: object, **options: object) -> object:
        if host == "hooks.example":
            looked_up.append(host)
        return real("127.0.0.1" if host == "hooks.example" else host, *more, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with Web(authority.issue("hooks.example")) as web:
        assert request("GET", web.link(host="hooks.example"), limits).status == 200
    assert looked_up == ["hooks.example"]


def test_an_answer_is_read_up_to_its_limit(authority: Authority, limits: Limits) -> None:
    with Web(authority.issue("localhost"), [(200, {}, b"x" * 2048), (200, {}, b"x" * 2049)]) as web:
        small = replace(limits, size=2048)
        assert len(request("GET", web.link(), small).body) == 2048
        with pytest.raises(Refused, match="larger than 2 KiB"):
            request("GET", web.link(), small)


def test_where_nobody_reads_the_answer_its_size_does_not_matter(authority: Authority, limits: Limits) -> None:
    with Web(authority.issue("localhost"), [(200, {}, b"x" * 100_000)]) as web:
        answer = request("POST", web.link(), replace(limits, size=0), b"{}")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("fields", [{}, {"Content-Length": "1000"}])
def test_a_server_that_drips_is_left_when_the_time_is_up(
    authority: Authority, limits: Limits, fields: dict[str, str]
) -> None:
    """Each piece comes in time, all of them would not."""
    with Web(authority.issue("localhost"), [(200, fields, [b"x"] * 1000)], pause=0.05) as web:
        began = time.monotonic()
        with pytest.raises(TimeoutError, match=r"took longer than 0\.5 seconds"):
            request("GET", web.link(), replace(limits, seconds=0.5))
        assert time.monotonic() - began < 5


def test_a_server_that_says_nothing_is_left_when_the_time_is_up(limits: Limits) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        request("GET", f"https://localhost:{silent.getsockname()[1]}/", replace(limits, seconds=0.2))


def test_a_server_that_is_not_there_is_a_fault_of_the_way(limits: Limits) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        request("GET", f"https://localhost:{port}/", limits)


def test_a_server_that_does_not_speak_http_is_a_fault_of_the_way(authority: Authority, limits: Limits) -> None:
    certificate = authority.issue("localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.chain, certificate.key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with context.wrap_socket(client, server_side=True) as secure:
                secure.recv(4096)
                secure.sendall(b"220 mail.example ESMTP\r\n\r\n")

        thread = Thread(target=serve)
        thread.start()
        with pytest.raises(HTTPException):
            request("GET", f"https://localhost:{server.getsockname()[1]}/", limits)
        thread.join()
