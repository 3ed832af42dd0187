"""An open database of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.storage import db


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """The state folder of the open database."""
    db.connect(tmp_path)
    yield tmp_path
    db.close()
