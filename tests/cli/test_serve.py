"""`helpdeskd serve` says in a line each why it does not start; what it does then is told in tests/daemon."""

import socket
from pathlib import Path

from helpdeskd.config.load import load
from helpdeskd.daemon.lifecycle import StateLock
from tests.cli.program import Program, in_a_process
from tests.servers.process import free_port


def test_another_daemon_on_the_same_folder(config: Path) -> None:
    state = load(config).settings.state
    state.mkdir()
    with StateLock(state):
        ran = in_a_process("serve", config=config)
    assert ran.status == 1
    assert "another helpdeskd (process " in ran.complaint


def test_an_address_in_use(config: Path) -> None:
    port = free_port()
    config.write_text(config.read_text().replace("127.0.0.1:2525", f"127.0.0.1:{port}"))
    with socket.create_server(("127.0.0.1", port)):
        ran = in_a_process("serve", config=config)
    assert ran.status == 1
    assert "Traceback" not in ran.err
    assert "address already in use" in ran.err


def test_broken_templates_are_told_a_line_each(helpdeskd: Program, config: Path) -> None:
    for language in ("en", "nl"):
        folder = config.parent / "texts" / language
        folder.mkdir(parents=True)
        (folder / "reply.md.j2").write_text("Subject: x\n\n{{ nonsense }}\n")
    config.write_text(config.read_text() + '\n[templates]\nfolder = "texts"\n')
    ran = helpdeskd("serve")
    assert ran.status == 1
    assert len([line for line in ran.err.splitlines() if "reply.md.j2:3" in line]) == 2
