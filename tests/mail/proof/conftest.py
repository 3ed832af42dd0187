"""One DNS server for all tests of the sender's check; each brings its own zone."""

from collections.abc import Iterator

import pytest

from tests.servers.dns import DnsServer, running
from tests.servers.opendkim import opendkim
from tests.servers.postfix import postfix

__all__ = ["opendkim", "postfix"]


@pytest.fixture(scope="session")
def server() -> Iterator[DnsServer]:
    with running() as started:
        yield started


@pytest.fixture
def dns(server: DnsServer) -> DnsServer:
    server.zone, server.asked, server.ttl = {}, [], 300
    return server
