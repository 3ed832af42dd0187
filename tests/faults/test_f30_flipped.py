"""F30: the disk changes a bit. In a stored mail it is noticed by the mail's hash, when the mail is read and by `audit`,
in a page of the database by the check of its structure. It is told, nothing is decided by it, and others are served.
"""

import shutil

import pytest

from helpdeskd.storage import db, inbox
from tests.cli.conftest import config, helpdeskd, world
from tests.cli.program import Program
from tests.world import ANNA, World

__all__ = ["config", "helpdeskd", "world"]

SUPPORT = "support@desk.example"
PAGE_SIZE = slice(16, 18)
"""Where a file of SQLite has the size of its pages (SQLite file format, section 1.3.2)."""
LEAVES_AND_BRANCHES = (2, 5, 10, 13)
"""How a page of a table or an index begins (SQLite file format, section 1.6)."""
EVERY = 9
"""The short form looks at so many fewer pages."""


def flip(world: World, text: bytes) -> None:
    """The last bit of a text that stands once in the database."""
    db.close()
    file = world.state / db.FILE
    content = bytearray(file.read_bytes())
    assert content.count(text) == 1
    content[content.index(text) + len(text) - 1] ^= 1
    file.write_bytes(content)
    db.connect(world.state)


def test_f30_a_mail_that_has_changed_before_its_turn_fails_and_others_are_served(world: World):
    with world:
        number = world.puts(world.written(ANNA, SUPPORT, "One", "A needle."), SUPPORT, "anna@bakery.example")
        flip(world, b"A needle.")
        assert world.receives(ANNA, subject="Two").fate == "opened"
        row = found(number)
        wrong = "the stored bytes are not those that came (a backup may have them)"
        assert (row.status, row.reason) == ("failed", f"ValueError: {wrong}")
        assert world.audit() == [f"the stored bytes of mail {number} are not those that came (a backup may have them)"]
        flip(world, b"A needle/")
        with db.transaction():
            assert inbox.requeue(number)
        world.works()
        assert found(number).fate == "opened"


def found(number: int) -> inbox.Received:
    with db.transaction():
        row = inbox.get(number)
    assert row is not None
    return row


def test_f30_a_mail_that_has_changed_after_its_turn_is_told_by_audit_and_to_who_reads_it(
    world: World, helpdeskd: Program
):
    with world:
        raw = b"X-Odd: a needle\r\n" + world.written(ANNA, SUPPORT, "One", "It hangs.")
        number = world.takes(raw, SUPPORT, ANNA).id
        flip(world, b"X-Odd: a needle")
        told = helpdeskd("audit")
        shown = helpdeskd("inbox", "show", number)
        flip(world, b"X-Odd: a needld")
    assert told.status == 1
    assert f"fault: the stored bytes of mail {number} are not those that came" in told.out
    assert shown.status == 1
    assert shown.out.startswith("X-Odd: a needld")
    assert "are not those that came" in shown.err


def test_f30_a_page_that_has_changed_is_told(world: World, helpdeskd: Program):
    assert pages_that_are_told(world, helpdeskd, EVERY) > 5


@pytest.mark.soak
def test_f30_every_page_that_has_changed_is_told(world: World, helpdeskd: Program):
    assert pages_that_are_told(world, helpdeskd, 1) > 50


def pages_that_are_told(world: World, helpdeskd: Program, every: int) -> int:
    """How many pages were changed, each of which the audit must tell of, in a sentence."""
    with world:
        world.receives(ANNA)
    file, whole = world.state / db.FILE, world.state / "whole"
    shutil.copy(file, whole)
    content = whole.read_bytes()
    size = int.from_bytes(content[PAGE_SIZE])
    pages = [at for at in range(size, len(content), size) if content[at] in LEAVES_AND_BRANCHES][::every]
    for at in pages:
        with file.open("r+b") as changed:
            changed.seek(at)
            changed.write(bytes([content[at] ^ 1]))
        told = helpdeskd("audit")
        assert told.status == 1, at // size
        assert "damaged" in told.err
        assert "Traceback" not in told.err
        shutil.copy(whole, file)
    assert helpdeskd("audit").status == 0
    return len(pages)
