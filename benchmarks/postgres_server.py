"""A private PostgreSQL server: Debian's binaries, a folder of its own on the disk that is measured, and its defaults.

It listens to a socket in its folder and to nothing else, is as durable as a desk asks for, and runs as the user
`postgres` where we are root. `new` makes a database with the desk's schema. Raises Skipped where it is not installed.
"""

import getpass
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from benchmarks.harness import Skipped
from benchmarks.processes import started
from helpdeskd.storage import db
from helpdeskd.storage.engine import Where

PROGRAMS = Path("/usr/lib/postgresql")
START_SECONDS = 60.0
USER = "postgres"


class Server:
    """A running one; `pid` is the process that all others are below."""

    def __init__(self, folder: Path, user: str, pid: int) -> None:
        self._folder, self._user, self._numbers, self.pid = folder, user, count(1), pid

    def new(self) -> str:
        """The url of a database that no desk has used."""
        name = f"desk_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        db.connect(Where(self._folder, self._url(name)))
        db.close()
        return self._url(name)

    def execute(self, statement: str) -> None:
        """On the server itself."""
        import psycopg

        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _url(self, database: str) -> str:
        return f"postgresql://{self._user}@/{database}?host={self._folder}"


@contextmanager
def postgres(parent: Path) -> Iterator[Server]:
    """A server in a folder that the user postgres can enter, removed at the end."""
    programs = _programs()
    is_root = os.geteuid() == 0
    user = USER if is_root else getpass.getuser()
    as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if is_root else []
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=parent))
    try:
        folder.chmod(0o755)
        if is_root:
            shutil.chown(folder, user)
        data, log = str(folder / "data"), folder / "log"
        words = ["-D", data, "-U", user, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "-N"]
        made = subprocess.run([*as_user, str(programs / "initdb"), *words], cwd="/", capture_output=True, check=False)
        if made.returncode:
            raise RuntimeError(f"initdb: {made.stderr.decode('utf-8', 'replace').strip()[-300:]}")
        settings = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"]
        with started([*as_user, str(programs / "postgres"), "-D", data, *settings], log) as process:
            server = Server(folder, user, process.pid)
            _await(server, process, log)
            yield server
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    """Of the newest version that is installed."""
    installed = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda found: int(found.parts[-3]))
    if not installed:
        raise Skipped("PostgreSQL is not installed (apt install postgresql)")
    if find_spec("psycopg") is None:
        raise Skipped("needs psycopg (pip install 'helpdeskd[postgres]')")
    return installed[-1].parent


def _await(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    import psycopg

    end = time.monotonic() + START_SECONDS
    while True:
        try:
            return server.execute("SELECT 1")
        except psycopg.OperationalError as fault:
            if process.poll() is not None or time.monotonic() > end:
                said = log.read_text("utf-8", "replace").strip()[-300:]
                raise RuntimeError(f"PostgreSQL does not start: {said}") from fault
            time.sleep(0.05)
