"""The desk that each story is played on: on SQLite; on PostgreSQL the first of each file, and in the soak all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import postgres
from tests.world import World


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "world" in metafunc.fixturenames:
        metafunc.parametrize("world", ["sqlite", "postgres"], indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    begun: set[Path] = set()
    for item in items:
        if item.path.parent == Path(__file__).parent and "postgres" in item.name:
            if item.path in begun:
                item.add_marker(pytest.mark.soak)
            begun.add(item.path)


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    extra = postgres.table() if getattr(request, "param", "sqlite") == "postgres" else ""
    with World(tmp_path / "desk", extra) as desk:
        yield desk
