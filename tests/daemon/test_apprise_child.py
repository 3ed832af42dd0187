"""The process that tells a page by apprise."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

CHILD = (sys.executable, "-m", "helpdeskd.daemon.apprise_child")
BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


@dataclass
class Service:
    """A web service that apprise can speak to."""

    status: int = 200
    told: list[dict[str, str]] = field(default_factory=list)
    port: int = 0


@pytest.fixture
def service() -> Iterator[Service]:
    running = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            running.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(running.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        running.port = server.server_address[1]
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        server.shutdown()


def told(*urls: str) -> tuple[int, str]:
    """How the process ended, and what it said."""
    record = json.dumps({"text": "Emergency HD-1001", "urls": "\n".join(urls)})
    done = subprocess.run(CHILD, input=record, capture_output=True, text=True, env=BARE, timeout=60)
    assert done.stdout == ""
    return done.returncode, done.stderr.strip()


def test_a_page_is_told_to_each_service(service: Service) -> None:
    url = f"json://127.0.0.1:{service.port}/s3cret"
    assert told(url, url + "/two") == (0, "")
    assert [each["message"] for each in service.told] == ["Emergency HD-1001"] * 2


def test_a_service_that_refuses_is_tried_again_and_no_url_is_told(service: Service) -> None:
    service.status = 500
    assert told(f"json://127.0.0.1:{service.port}/s3cret") == (75, "a service did not take it")


def test_a_url_that_apprise_does_not_know_is_wrong_and_is_called_by_its_line(service: Service) -> None:
    assert told(f"json://127.0.0.1:{service.port}/", "s3cret://x") == (
        1,
        "line 2 of the URLs is none that apprise knows",
    )
    assert service.told == []
