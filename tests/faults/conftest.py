"""The servers and desks that the tests of faults may ask for."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.faults.engines import POSTGRES, SQLITE, WITHOUT_SCHEMA
from tests.servers import postgres
from tests.system.conftest import desk, sink
from tests.system.desk import RunningDesk

__all__ = ["desk", "sink"]

TABLES = {SQLITE: str, POSTGRES: postgres.table, WITHOUT_SCHEMA: partial(postgres.table, postgres.BARE)}


@pytest.fixture
def new_desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., RunningDesk]]:
    """Makes a desk that is not started yet: with SQLite, unless the test asks for another engine (`engines`)."""
    made: list[RunningDesk] = []

    def make(extra: str = "", **options: Any) -> RunningDesk:
        table = TABLES[getattr(request, "param", SQLITE)]()
        made.append(RunningDesk(tmp_path, extra=f"{extra}{table}", **options))
        return made[-1]

    yield make
    for each in made:
        each.stop()
