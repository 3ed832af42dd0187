"""An open database of its own for each test, of each engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.storage import db
from helpdeskd.storage.engine import Where
from tests.servers import postgres


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """A database that is not open yet."""
    return postgres.fresh(tmp_path) if request.param == "postgres" else Where(tmp_path)


@pytest.fixture
def state(where: Where) -> Iterator[Path]:
    """The state folder of the open database."""
    db.connect(where)
    yield where.state
    db.close()
