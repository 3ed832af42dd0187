"""A private server that speaks S3 (moto), one for all tests of a process, and a bucket of its own for whoever asks.

It keeps everything in memory, listens to this machine only, and ends with the process that asked for it first.
"""

import atexit
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from helpdeskd.storage.objects import Bucket
from tests.servers.process import START_SECONDS, free_port, until

KEY_ID, SECRET = "desk", "a secret of the desk"
_number = count(1)


@dataclass(frozen=True, slots=True)
class Server:
    """A running one."""

    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, method: str = "GET", content: bytes = b"") -> bytes:
        """What it answers. Raises OSError."""
        wanted = Request(f"{self.endpoint}/{path}", data=content or None, method=method)
        with urlopen(wanted, timeout=START_SECONDS) as answer:
            return bytes(answer.read())

    def answers(self) -> bool:
        try:
            return bool(self.ask("moto-api/"))
        except OSError:
            return False


@cache
def the_server() -> Server:
    """The one of this process, started now if there is none."""
    server = Server(free_port())
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(server.port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(process.kill)
    if not until(server.answers, START_SECONDS):
        pytest.fail(f"the S3 server did not start within {START_SECONDS:g} s: {' '.join(command)}")
    return server


def fresh(least: int = 64 * 1024, port: int = 0) -> Bucket:
    """An empty bucket; `port` is another way to the server."""
    server, name = the_server(), f"desk{next(_number)}"
    server.ask(name, "PUT")
    endpoint = f"http://127.0.0.1:{port}" if port else server.endpoint
    return Bucket(f"s3://{name}/mails", endpoint, "us-east-1", KEY_ID, SECRET, least)


def table(bucket: Bucket, folder: Path) -> str:
    """The table of a configuration in that folder."""
    (folder / "bucket-secret").write_text(SECRET)
    (folder / "bucket-secret").chmod(0o600)
    return f"""
[objects]
url = "{bucket.url}"
endpoint = "{bucket.endpoint}"
key_id = "{bucket.key_id}"
secret_file = "bucket-secret"
from = "{bucket.least // 1024} KiB"
"""
