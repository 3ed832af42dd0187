"""What a node does, and that one without a shared database does everything by itself."""

import re
import socket
from pathlib import Path

import pytest

from helpdeskd.config.load import ConfigErrors, Settings, load
from tests.config.small_desk import SMALL

SHARED = '[database]\nurl = "postgresql://desk@db.example/desk"\n'


def loaded(folder: Path, text: str) -> Settings:
    file = folder / "config.toml"
    file.write_text(SMALL + text)
    return load(file).settings


def test_a_node_does_everything_under_the_name_of_its_machine(tmp_path: Path):
    node = loaded(tmp_path, "").node
    assert all(map(node.does, ("intake", "worker", "delivery", "clock")))
    assert (node.workers, node.called) == (None, socket.gethostname())


def test_a_node_of_several_does_what_it_is_told(tmp_path: Path):
    node = loaded(tmp_path, f'{SHARED}[node]\nname = "mx1"\nroles = ["intake"]\nworkers = 4\nlease = 10').node
    assert (node.called, node.workers, node.lease) == ("mx1", 4, 10)
    assert node.does("intake")
    assert not node.does("worker")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[node]\nworkers = 2", "node.workers: is 2 without a [database] url (SQLite takes one writer at a time"),
        ('[node]\nroles = ["intake"]', "node.roles: leaves roles out without a [database] url"),
        (f"{SHARED}[node]\nworkers = 65", "node.workers:"),
        (f"{SHARED}[node]\nlease = 1", "node.lease:"),
        (f"{SHARED}[node]\nroles = []", "node.roles: is empty"),
        (f'{SHARED}[node]\nroles = ["cook"]', "node.roles:"),
        (f'{SHARED}[node]\nname = "a/b"', "node.name:"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(tmp_path: Path, text: str, why: str):
    with pytest.raises(ConfigErrors, match=re.escape(why)):
        loaded(tmp_path, text)
