"""The inbox as listeners and mailboxes see it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdeskd.daemon.intake import Intake
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.imap_poll import Fetched, source_key
from helpdeskd.mail.smtp_settings import StorageFull
from helpdeskd.storage import inbox
from helpdeskd.storage.door import Door

RAW = b"Subject: Printer\r\n\r\nIt is on fire.\r\n"
ENVELOPE = Envelope("anna@bakery.example", "support@desk.example", datetime(2026, 11, 2, 9, tzinfo=UTC))
KEY = source_key("support", "INBOX", 1, 7)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    opened = Door(tmp_path)
    yield opened
    opened.close()


def intake(door: Door, state: Path, woken: list[None] | None = None, largest: int = 0, reserve: int = 0) -> Intake:
    return Intake(door, state, largest, reserve, lambda: (woken if woken is not None else []).append(None))


async def test_a_mail_that_was_accepted_is_stored_and_wakes_the_worker(door: Door, tmp_path: Path):
    woken: list[None] = []
    await intake(door, tmp_path, woken).accept([ENVELOPE], RAW)
    stored = door.call(inbox.get, 1)
    assert stored is not None
    assert (stored.raw, stored.status, len(woken)) == (RAW, "queued", 1)


def test_a_mail_of_a_mailbox_is_stored_once_and_is_seen(door: Door, tmp_path: Path):
    woken: list[None] = []
    store = intake(door, tmp_path, woken)
    store.put([Fetched(ENVELOPE, RAW, KEY)])
    store.put([Fetched(ENVELOPE, RAW, KEY)])
    assert store.seen("support", "INBOX", 1, [6, 7, 8]) == {7}
    assert (len(door.call(inbox.listed)), len(woken)) == (1, 1)


def test_a_mail_that_is_too_large_leaves_its_header_as_failed(door: Door, tmp_path: Path):
    store = intake(door, tmp_path)
    store.oversized(ENVELOPE, b"Subject: Printer\r\n\r\n", KEY, 99_000_000)
    (row,) = door.call(inbox.listed)
    assert (row.status, row.reason) == ("failed", "99000000 bytes are over the limit; the mailbox still holds it")
    assert store.seen("support", "INBOX", 1, [7]) == {7}


def test_there_is_room_while_the_reserve_is_free_and_the_largest_mail_would_fit(door: Door, tmp_path: Path):
    free = shutil.disk_usage(tmp_path).free
    assert intake(door, tmp_path, reserve=free // 2).has_room()
    assert not intake(door, tmp_path, reserve=free * 2).has_room()
    assert intake(door, tmp_path, largest=free // 2).has_room()
    assert not intake(door, tmp_path, largest=free).has_room()


def test_without_room_a_mailbox_keeps_its_mail(door: Door, tmp_path: Path):
    with pytest.raises(StorageFull, match="mail waits in the mailbox"):
        intake(door, tmp_path, reserve=shutil.disk_usage(tmp_path).free * 2).put([Fetched(ENVELOPE, RAW, KEY)])
    assert door.call(inbox.listed) == []
