"""`helpdeskd ingest PATH…`: mails from .eml files, mbox files, Maildirs or standard input, through the real inbox.

Prints the fate of each. While a daemon runs on the desk its worker decides, and this command waits for it; otherwise it
decides by itself, and the mails that follow go out when a daemon is started. The same mail twice is one (fate
duplicate). What cannot be read, or is no mail, is told and costs itself only. The exit status is 1 where something was
told, or a mail was refused, failed or is still queued.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path

from helpdeskd.cli.common import add_config, fail, now, opened, with_config
from helpdeskd.cli.inbox import tell
from helpdeskd.cli.mail_files import NoMail, checked, mail_files
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.arriving import store_of
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.database import where
from helpdeskd.daemon.lifecycle import AlreadyRunning, StateLock
from helpdeskd.daemon.office import Office, settle_in
from helpdeskd.daemon.worker import Worker
from helpdeskd.domain.address import normalise
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.imap_envelope import envelope_of
from helpdeskd.storage import db, inbox
from helpdeskd.storage.arrivals import arrival, aside
from helpdeskd.storage.claims import claims_of

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 60.0
ALL = 2**31
BAD = ("", "failed", "refused")


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("ingest", help="take in .eml files, mbox files or Maildirs; - is standard input")
    parser.add_argument("path", nargs="+", metavar="PATH")
    add_config(parser)
    parser.set_defaults(run=with_config(_ingest))


def file_envelope(raw: bytes, loaded: Loaded) -> Envelope:
    """The envelope of a mail from a file: for the first of our addresses that it names, else the first queue's."""
    desk = loaded.desk
    envelope = envelope_of(raw, now(), "file", desk.queues[0].address, lambda address: desk.is_ours(normalise(address)))
    return replace(envelope, source="file")


def mails(path: str) -> Iterator[bytes]:
    """The raw mails behind a path, none for an empty folder. Raises OSError, or NoMail at what is none."""
    for raw in _raw(path):
        yield checked(raw)


def _raw(path: str) -> Iterator[bytes]:
    if path == "-":
        yield sys.stdin.buffer.read()
        return
    with ExitStack() as boxes:
        yield from (file.read() for file in mail_files(Path(path), boxes))


def _ingest(args: argparse.Namespace, loaded: Loaded) -> int:
    status, ids = 0, []
    with opened(loaded):
        for path in args.path:
            try:
                ids += [_put(raw, loaded) for raw in mails(path)]
            except (OSError, NoMail) as fault:
                status = fail(f"{path}: {getattr(fault, 'strerror', None) or fault}")
        _decide(loaded, ids)
        for number in ids:
            status = max(status, _told(args, number, loaded))
    return status


def _put(raw: bytes, loaded: Loaded) -> int:
    mail = aside(arrival([file_envelope(raw, loaded)], raw))
    with db.transaction():
        settle_in(loaded, now())
        store = store_of(where(loaded.settings), loaded.config.desk.prefix)
        ((number,),) = store([mail])
    return number


def _decide(loaded: Loaded, ids: Iterable[int]) -> None:
    """Decide here, or let whoever holds the desk decide, for as long as that moves on."""
    wanted, before, until = set(ids), -1, 0.0
    while waiting := len(wanted & {row.id for row in inbox.listed("queued", ALL)}):
        try:
            with StateLock(loaded.settings.state):
                _work(loaded)
                return
        except AlreadyRunning:
            if waiting != before:
                before, until = waiting, time.monotonic() + PATIENCE_SECONDS
            if time.monotonic() > until:
                return
            time.sleep(LOOK_SECONDS)


def _work(loaded: Loaded) -> None:
    claims = claims_of(where(loaded.settings), loaded.settings.node.lease)
    worker = Worker(Office(loaded), Clock(), lambda _row: nullcontext(), claims)
    while worker.work():
        pass


def _told(args: argparse.Namespace, number: int, loaded: Loaded) -> int:
    received = inbox.get(number)
    assert received is not None
    tell(args, received, loaded.settings.zone)
    return int(received.fate in BAD)
