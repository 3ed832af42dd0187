"""`helpdeskd` runs a command; `config` is a desk on which nothing has happened; `world` plays something on it first."""

import shutil
from pathlib import Path

import pytest

from tests.cli.program import Program, program
from tests.world import CONFIG, World


@pytest.fixture
def helpdeskd(capfd: pytest.CaptureFixture[str]) -> Program:
    return program(capfd)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of the stories, which the commands find by $HELPDESKD_CONFIG."""
    file = tmp_path / "config.toml"
    shutil.copy(CONFIG, file)
    monkeypatch.setenv("HELPDESKD_CONFIG", str(file))
    return file


@pytest.fixture
def world(config: Path) -> World:
    """A desk to play on; leave it (`with world:`) before a command looks at what happened."""
    return World(config.parent)
