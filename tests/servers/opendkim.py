"""A private opendkim for the tests: it signs, as a milter on a port of 127.0.0.1, the mail of one domain.

`opendkim(domain, selector, key)` starts it with a PEM key; give `milter` to Postfix as smtpd_milters. `canonical` is
its Canonicalization. It is told loudly where it is not installed: the test is skipped, or fails in CI.
"""

import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.servers.process import START_SECONDS, free_port, program, until

CONFIGURATION = """
Socket inet:{port}@127.0.0.1
Mode s
Domain {domain}
Selector {selector}
KeyFile {folder}/key
Canonicalization {canonical}
OversignHeaders From
RequireSafeKeys no
InternalHosts 127.0.0.1
Syslog no
"""


class Opendkim:
    """A running signer."""

    def __init__(self, port: int) -> None:
        self.milter = f"inet:127.0.0.1:{port}"


@contextmanager
def _running(domain: str, selector: str, key: bytes, canonical: str = "relaxed/simple") -> Iterator[Opendkim]:
    path, port = program("opendkim", "opendkim"), free_port()
    with tempfile.TemporaryDirectory(prefix="opendkim-") as name:
        folder = Path(name)
        (folder / "key").write_bytes(key)
        settings = {"port": port, "domain": domain, "selector": selector, "folder": folder, "canonical": canonical}
        (folder / "conf").write_text(CONFIGURATION.format(**settings))
        log = (folder / "log").open("wb")
        process = subprocess.Popen([path, "-f", "-x", str(folder / "conf")], stdout=log, stderr=log)
        try:
            if not until(lambda: _listens(port) or process.poll() is not None, START_SECONDS) or process.poll():
                pytest.fail(f"opendkim did not start:\n{(folder / 'log').read_text()}")
            yield Opendkim(port)
        finally:
            process.terminate()
            process.wait(20)
            log.close()


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False


@pytest.fixture
def opendkim() -> Iterator[Callable[..., Opendkim]]:
    """Starts a signer: `opendkim(domain, selector, key, canonical="relaxed/simple")`."""
    with ExitStack() as stack:
        yield lambda *asked, **more: stack.enter_context(_running(*asked, **more))
