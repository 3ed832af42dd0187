"""The daemon's door to its database: what is told within a transaction is told once, and only if it happened."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from helpdeskd.config.load import load
from helpdeskd.daemon import log
from helpdeskd.daemon.database import door
from helpdeskd.storage import counter, db
from helpdeskd.storage.door import Door
from helpdeskd.storage.engine import Where
from tests.config.small_desk import SMALL
from tests.daemon.test_log import listening
from tests.servers.postgres import fresh
from tests.storage.test_postgres import elsewhere


@pytest.fixture
def shared(tmp_path: Path) -> Where:
    return fresh(tmp_path)


@pytest.fixture
def opened(tmp_path: Path, shared: Where) -> Iterator[Door]:
    file = tmp_path / "config.toml"
    file.write_text(f'{SMALL}[state]\nfolder = "."\n[database]\nurl = "{shared.url}"\n[node]\nname = "one"\n')
    with closing(door(load(file).settings)) as opened:
        opened.call(counter.count, "person")
        yield opened


def test_a_transaction_that_is_made_again_tells_what_it_does_once(opened: Door, shared: Where):
    tries: list[int] = []

    def work() -> None:
        tries.append(counter.last("person"))
        log.swept(done=tries[-1])
        if len(tries) == 1:
            elsewhere(shared, lambda: counter.count("person"))
        counter.count("person")

    with listening() as lines:
        opened.call(work)
    assert tries == [1, 2]
    assert [line.getMessage() for line in lines.records] == ["stage=swept done=2"]


def test_a_transaction_that_is_undone_tells_nothing(opened: Door):
    def work() -> None:
        log.swept(done=1)
        raise db.Unavailable("locked")

    with listening() as lines, pytest.raises(db.Unavailable):
        opened.call(work)
    assert lines.records == []
