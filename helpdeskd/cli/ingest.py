"""`helpdeskd ingest PATH…`: mails from .eml files, mbox files, Maildirs or standard input, through the real inbox.

Prints the fate of each. While a daemon runs on the desk its worker decides, and this command waits for it; otherwise it
decides by itself, and the mails that follow go out when a daemon is started.
"""

import argparse
import mailbox
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from helpdeskd.cli.common import add_config, emit, fail, now, opened, with_config
from helpdeskd.cli.inbox import line, row
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.lifecycle import AlreadyRunning, StateLock
from helpdeskd.daemon.office import Office, settle_in
from helpdeskd.daemon.worker import Worker
from helpdeskd.domain.address import normalise
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.imap_envelope import envelope_of
from helpdeskd.storage import db, inbox

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 60.0


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("ingest", help="take in .eml files, mbox files or Maildirs; - is standard input")
    parser.add_argument("path", nargs="+")
    add_config(parser)
    parser.set_defaults(run=with_config(_ingest))


def file_envelope(raw: bytes, loaded: Loaded) -> Envelope:
    """The envelope of a mail from a file: for the first of our addresses that it names, else the first queue's."""
    desk = loaded.desk
    envelope = envelope_of(raw, now(), "file", desk.queues[0].address, lambda address: desk.is_ours(normalise(address)))
    return replace(envelope, source="file")


def mails(path: str) -> Iterator[bytes]:
    """The raw mails behind a path. Raises OSError."""
    place = Path(path)
    if path == "-":
        yield sys.stdin.buffer.read()
    elif place.is_dir():
        maildir = mailbox.Maildir(place, create=False)
        yield from (maildir.get_bytes(key) for key in maildir.keys())  # noqa: SIM118 - iterating gives mails
    elif _is_mbox(place):
        box = mailbox.mbox(place, create=False)
        yield from (box.get_bytes(key) for key in box.keys())  # noqa: SIM118
    else:
        yield place.read_bytes()


def _is_mbox(place: Path) -> bool:
    with place.open("rb") as file:
        return file.read(5) == b"From "


def _ingest(args: argparse.Namespace, loaded: Loaded) -> int:
    ids: list[int] = []
    bad = 0
    with opened(loaded):
        for path in args.path:
            try:
                ids += [number for raw in mails(path) for number in _put(raw, loaded)]
            except OSError as fault:
                bad += fail(f"{path}: {fault.strerror or fault}")
        _decide(loaded, ids)
        rows = [received for number in ids if (received := inbox.get(number))]
    emit(args, rows, line, row)
    return 1 if bad or any(received.fate in {"", "failed", "refused"} for received in rows) else 0


def _put(raw: bytes, loaded: Loaded) -> list[int]:
    with db.transaction():
        settle_in(loaded)
        return inbox.put([file_envelope(raw, loaded)], raw)


def _decide(loaded: Loaded, ids: list[int]) -> None:
    """Let the daemon decide, or decide here while none runs."""
    try:
        with StateLock(loaded.settings.state):
            worker = Worker(Office(loaded), Clock(), lambda _row: nullcontext())
            while worker.work():
                pass
    except AlreadyRunning:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until and any((r := inbox.get(n)) and r.status == "queued" for n in ids):
            time.sleep(LOOK_SECONDS)
