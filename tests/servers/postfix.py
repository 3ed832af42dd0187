"""A private Postfix for the tests: its own configuration, queue, data and log, on a port of 127.0.0.1.

The fixture `postfix` is called with where mail goes: `postfix({"desk.example": ("127.0.0.1", 2003)})` starts a server
that takes mail by SMTP on `port` and hands all of that domain's over by LMTP. `rest`, a host and port of LMTP too,
takes everything else, which makes the server a smarthost into a sink; without it, mail for others bounces. What is
deferred is tried again every second; headers are left as they come; `settings` are more lines of main.cf. Postfix
starts as root only: without root or without Postfix the tests are skipped, or fail in CI.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.servers.process import await_greeting, free_port, program, refuse

Place = tuple[str, int]
STOP_SECONDS = 20.0

MAIN = """
compatibility_level = 3.6
config_directory = {folder}/etc
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_tls_security_level = none
relay_domains = {domains}
transport_maps = inline:{{ {transports} }}
default_transport = {rest}
alias_maps =
alias_database =
local_recipient_maps =
notify_classes =
biff = no
local_header_rewrite_clients =
disable_dns_lookups = yes
lmtp_host_lookup = native
message_size_limit = 60000000
mailbox_size_limit = 0
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
transport_retry_time = 1s
{settings}
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 1 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
lmtp      unix - - n - - lmtp
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
tlsmgr    unix - - n 1000? 1 tlsmgr
showq     unix n - n - - showq
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A server in a folder; clients send to 127.0.0.1 at `port`."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, domains: Mapping[str, Place], rest: Place | None, settings: str) -> None:
        self._program = program("postfix", "postfix")
        if os.geteuid() != 0:
            refuse("Postfix starts as root only")
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.log = folder / "log"
        self.log.touch()
        for name in ("etc", "queue", "data"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        transports = ", ".join(f"{{ {domain} = {_lmtp(place)} }}" for domain, place in domains.items())
        main = MAIN.format(
            folder=folder,
            domains=" ".join(domains),
            transports=transports or "{ nowhere.invalid = discard: }",
            rest=_lmtp(rest) if rest else "error:no route",
            settings=settings,
        )
        (folder / "etc/main.cf").write_text(main)
        (folder / "etc/master.cf").write_text(MASTER.format(port=self.port))

    def start(self) -> None:
        """Start, and wait until it greets."""
        command = [self._program, "-c", str(self._folder / "etc"), "start-fg"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_greeting(self.port, self._process, self.log)

    @property
    def pid(self) -> int:
        """The process that all others are below."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """Stop at once; what is in the queue stays there for the next start."""
        if self._process is not None:
            command = [self._program, "-c", str(self._folder / "etc"), "abort"]
            try:
                subprocess.run(
                    command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=STOP_SECONDS
                )
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._kill()
            self._process.wait()
            self._process = None

    def _kill(self) -> None:
        """All of them wait for ever for their log when that process has died (it does after a pause of the machine)."""
        os.killpg(int((self._folder / "queue/pid/master.pid").read_text()), signal.SIGKILL)


def _lmtp(place: Place) -> str:
    return f"lmtp:inet:[{place[0]}]:{place[1]}"


@contextmanager
def running(domains: Mapping[str, Place], rest: Place | None = None, settings: str = "") -> Iterator[Postfix]:
    """A server in a folder that the user postfix can enter."""
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    try:
        server = Postfix(folder, domains, rest, settings)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def postfix() -> Iterator[Callable[..., Postfix]]:
    """Starts a server: `postfix(domains, rest=None, settings="")`."""
    with ExitStack() as stack:
        yield lambda *asked, **more: stack.enter_context(running(*asked, **more))
