"""What the tests of a whole running desk may ask for."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.dovecot import dovecot
from tests.servers.postfix import postfix
from tests.system.desk import RunningDesk
from tests.system.sink import Sink, serving

__all__ = ["dovecot", "postfix"]


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A smarthost that takes every mail, until its script is changed."""
    with serving() as running:
        yield running


@pytest.fixture
def new_desk(tmp_path: Path) -> Iterator[Callable[..., RunningDesk]]:
    """Makes a desk that is not started yet."""
    made: list[RunningDesk] = []

    def make(**options: Any) -> RunningDesk:
        made.append(RunningDesk(tmp_path, **options))
        return made[-1]

    yield make
    for desk in made:
        desk.stop()


@pytest.fixture
def desk(new_desk: Callable[..., RunningDesk], sink: Sink) -> RunningDesk:
    """A desk that runs, and sends to `sink`."""
    running = new_desk(smarthost=sink.port)
    running.start()
    return running
