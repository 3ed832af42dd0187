"""A private PostgreSQL server, and a database of its own for whoever asks, made in milliseconds from one template.

The binaries are those of Debian's `postgresql`; the server has a folder of its own, listens to a socket there and to
nothing else, runs as the user `postgres` where we are root, and ends with the process that asked for it first. It is
as durable as it must be (`fsync = on`), or nothing would connect to it.
"""

import atexit
import getpass
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest

from helpdeskd.storage import db
from helpdeskd.storage.engine import Where
from tests.servers.process import START_SECONDS, children, refuse, until

SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "16MB",
    "max_connections": "40",
    "autovacuum": "off",
    "max_wal_size": "64MB",
    "log_min_messages": "warning",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
REPLICATED = "-c wal_level=replica -c max_wal_senders=8"
"""Options of a server that has a standby."""
BARE = "template0"
ROOM = 2 << 30
_number = count(1)


@dataclass(frozen=True, slots=True)
class Server:
    """A running one."""

    folder: Path
    programs: Path
    user: str
    more: str = ""

    def url(self, database: str) -> str:
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def execute(self, *statements: str) -> None:
        """On the server itself."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    @property
    def pid(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        settings = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        options = f"{settings} -c unix_socket_directories='{self.folder}' {self.more}"
        log = str(self.folder / "log")
        told = _as_user(self.user, self._control("start"), "-w", "-t", f"{START_SECONDS:g}", "-l", log, "-o", options)
        if told.returncode:
            pytest.fail(
                f"PostgreSQL did not start:\n{told.stdout}{Path(log).read_text() if Path(log).exists() else ''}"
            )

    def stop(self, mode: str = "immediate") -> None:
        """`mode` as pg_ctl knows it: immediate is a crash."""
        _as_user(self.user, self._control("stop"), "-m", mode)

    def kill(self) -> None:
        """All its processes at once and without a word to anybody, as if its machine were gone."""
        for pid in (victims := [self.pid, *children(self.pid)]):
            os.kill(pid, signal.SIGKILL)
        assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in victims), START_SECONDS)

    def promote(self) -> None:
        """What was a standby takes writes from now on."""
        told = _as_user(self.user, self._control("promote"), "-w")
        assert told.returncode == 0, told.stdout

    def wait_for_standby(self) -> None:
        """Tell nobody that a commit is done, from now on, before a standby has it on its disk."""
        self.execute("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        assert until(lambda: self.asked("SELECT sync_state FROM pg_stat_replication") == "sync", START_SECONDS)

    def asked(self, question: str) -> object:
        """The first value of the first row, None without any."""
        with psycopg.connect(self.url("postgres")) as connection:
            row = connection.execute(question).fetchone()
        return row[0] if row else None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, what: str) -> list[str]:
        return [str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), what]


def fresh(state: Path, more: str = "", name: str = "", template: str = "") -> Where:
    """An empty database with its schema; `state` is the folder that a desk has beside it, `more` how it is made.

    `template` is another database that it begins as: of BARE, without a schema.
    """
    name = name or f"desk_{next(_number)}"
    the_server().execute(f"CREATE DATABASE {name} TEMPLATE {template or _template()} {more}")
    return Where(state, the_server().url(name))


def table(template: str = "") -> str:
    """The tables of a configuration whose database is a fresh one; one worker, on whatever machine."""
    return f'\n[database]\nurl = "{fresh(Path(), template=template).url}"\n[node]\nworkers = 1\n'


@cache
def the_server() -> Server:
    """The one of this process, started now if there is none. Skips or fails where PostgreSQL is not installed."""
    made = new_server()
    atexit.register(made.remove)
    return made


def new_server(more: str = "") -> Server:
    """Another one, which is its maker's to remove; `more` are options of `postgres`."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda found: int(found.parts[-3]))
    if not installed:
        refuse("PostgreSQL is not installed: apt install postgresql")
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    server = Server(folder_of(user), installed[-1].parent, user, more)
    data = str(server.folder / "data")
    command = [str(installed[-1]), "-D", data, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "-N"]
    told = _as_user(user, [*command, "-U", user])
    assert told.returncode == 0, told.stdout
    server.start()
    return server


def standby_of(primary: Server) -> Server:
    """A copy that follows a running server (`REPLICATED`) and can be promoted; its maker's to remove."""
    standby = replace(primary, folder=folder_of(primary.user))
    data = str(standby.folder / "data")
    command = [str(primary.programs / "pg_basebackup"), "-D", data, "-h", str(primary.folder), "-U", primary.user]
    told = _as_user(primary.user, command, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
    assert told.returncode == 0, told.stdout
    standby.start()
    return standby


def folder_of(user: str) -> Path:
    """A new one, of that user, which others can look into."""
    folder = Path(tempfile.mkdtemp(prefix="hd-pg-", dir=_quick_folder()))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    return folder


def _quick_folder() -> str:
    """In memory where there is room: a test's database is gone with it, and a sync costs nothing there."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > ROOM else tempfile.gettempdir()


@cache
def _template() -> str:
    the_server().execute("CREATE DATABASE template")
    with tempfile.TemporaryDirectory() as state:
        db.connect(Where(Path(state), the_server().url("template")))
        db.close()
    return "template"


def _as_user(user: str, command: list[str], *more: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the server, which refuses to be root."""
    change = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.geteuid() == 0 else []
    whole = [*change, *command, *more]
    return subprocess.run(whole, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/", check=False)
