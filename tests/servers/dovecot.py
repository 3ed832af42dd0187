"""A private Dovecot for the tests: its own configuration, ports, users, mail and certificate, in its own folder.

The fixture `dovecot` runs one server for the whole test run, as root or not, and stops it; `dovecot_with` starts
another one whose capabilities are chosen. IMAP is on `port` (STARTTLS offered) and on `tls_port`. Each test takes a
user of its own with `new_user`. Mail is put there with `deliver`, over IMAP as any other client would.
"""

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.servers.certificates import Authority
from tests.servers.process import await_greeting, free_port, program

PASSWORD = "correct horse battery staple"
USERS = 100

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{chain}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
first_valid_uid = 1
mail_location = maildir:~/mail
mail_max_userip_connections = 50
{capability}
passdb {{
  driver = passwd-file
  args = scheme=plain {folder}/users
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={folder}/homes/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """A server in a folder. `authority` is the PEM file that clients trust; the certificate is for localhost."""

    host = "localhost"
    password = PASSWORD

    def __init__(self, folder: Path, capability: str = "", more: Callable[[Path], str] = lambda _: "") -> None:
        self._program = program("dovecot", "dovecot-imapd")
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._names = iter(f"support{n}" for n in range(USERS))
        self.port, self.tls_port = free_port(), free_port()
        authority = Authority(folder)
        self.authority = authority.certificate
        certificate = authority.issue("localhost")
        configuration = CONFIGURATION.format(
            folder=folder,
            chain=certificate.chain,
            key=certificate.key,
            port=self.port,
            tls_port=self.tls_port,
            capability=f"imap_capability = {capability}" if capability else "",
            **_identities(),
        )
        (folder / "dovecot.conf").write_text(configuration + more(folder))
        (folder / "users").write_text("".join(f"support{n}:{PASSWORD}\n" for n in range(USERS)))

    def start(self) -> None:
        """Start, on the same ports each time, and wait until it greets."""
        command = [self._program, "-F", "-c", str(self._folder / "dovecot.conf")]
        self._process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
        await_greeting(self.port, self._process, self._folder / "log")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop; with SIGKILL all of its processes at once and without a word to their clients."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, how)
            self._process.wait(20)
            self._process = None

    def new_user(self) -> str:
        """A user with an empty mailbox."""
        return next(self._names)

    @contextmanager
    def client(self, user: str) -> Iterator[imaplib.IMAP4]:
        """A mail program of the user's, logged in and with INBOX selected."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=20) as client:
            client.login(user, PASSWORD)
            client.select()
            yield client

    def deliver(self, user: str, *raws: bytes, flags: str = "", folder: str = "INBOX") -> None:
        """Put mails into a folder, byte for byte."""
        with self.client(user) as client:
            for raw in raws:
                answer, text = client.append(folder, flags, "", raw)
                assert answer == "OK", text

    def mails(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """The mails in a folder, in their order; none where the folder does not exist."""
        with self.client(user) as client:
            if client.select(folder, readonly=True)[0] != "OK":
                return []
            found = client.search(None, "ALL")[1][0].split()
            return [client.fetch(number.decode(), "(BODY.PEEK[])")[1][0][1] for number in found]


def _identities() -> dict[str, str]:
    """Whom Dovecot's parts run as: its own users where root may switch, else us."""
    if os.geteuid() == 0:
        return {
            "internal_user": "dovecot",
            "internal_group": "dovecot",
            "login_user": "dovenull",
            "mail_user": "nobody",
            "mail_group": grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name,
        }
    user, group = getpass.getuser(), grp.getgrgid(os.getegid()).gr_name
    return {
        "internal_user": user,
        "internal_group": group,
        "login_user": user,
        "mail_user": user,
        "mail_group": group,
    }


@contextmanager
def running(capability: str = "", more: Callable[[Path], str] = lambda _: "") -> Iterator[Dovecot]:
    """A server in a folder that its users can enter, which those of pytest are not; `more` is more configuration."""
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    folder.chmod(0o755)
    homes = folder / "homes"
    homes.mkdir()
    homes.chmod(0o777)
    (folder / "log").touch()
    try:
        server = Dovecot(folder, capability, more)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """The server of this test run."""
    with running() as server:
        yield server


@pytest.fixture
def private_dovecot() -> Iterator[Dovecot]:
    """A server of one test, which may stop and start it."""
    with running() as server:
        yield server


@pytest.fixture
def dovecot_with() -> Iterator[Callable[[str], Dovecot]]:
    """Starts a server that announces only the capabilities that it is called with."""
    with ExitStack() as stack:
        yield lambda capability: stack.enter_context(running(capability))
