"""Command hooks, played by small shell scripts."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from helpdeskd.daemon.hook import run
from helpdeskd.mail.delivery import Failed, Later, Sent

RECORD = {"ticket": "ACME-1042", "subject": "$(reboot); \"`'\nønsk"}
LONG = 30


def script(tmp_path: Path, text: str) -> tuple[str, ...]:
    path = tmp_path / "hook"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return (str(path),)


async def test_a_hook_is_told_the_record_as_json_and_nothing_is_read_by_a_shell(tmp_path):
    out = tmp_path / "out"
    argv = (*script(tmp_path, f'echo "$1" > {out}; cat >> {out}'), "$(id)")
    result = await run(argv, RECORD, LONG)
    argument, told = out.read_text().splitlines()
    assert (result, argument) == (Sent(f"{argv[0]} is done"), "$(id)")
    assert json.loads(told) == RECORD


async def test_a_hook_gets_a_bare_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials")
    out = tmp_path / "out"
    await run(script(tmp_path, f"env > {out}"), RECORD, LONG)
    names = {line.partition("=")[0] for line in out.read_text().splitlines()}
    assert names - {"PWD", "_", "SHLVL", "OLDPWD"} == {"PATH", "LANG"}


async def test_a_hook_that_reads_nothing_is_no_trouble(tmp_path):
    assert isinstance(await run(script(tmp_path, "exec 0<&-; exit 0"), {"text": "x" * 500_000}, LONG), Sent)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("echo 'no line' >&2; echo more >&2; exit 75", Later("{} ended with status 75: no line")),
        ("echo '\\033[2Jbroken' >&2; exit 74", Failed("{} ended with status 74:  [2Jbroken")),
        ("exit 1", Failed("{} ended with status 1: it said nothing")),
        ("kill -KILL $$", Failed("{} ended with status -9: it said nothing")),
    ],
)
async def test_the_exit_status_says_whether_to_try_again(tmp_path, text, expected):
    argv = script(tmp_path, text)
    result = await run(argv, RECORD, LONG)
    assert type(result) is type(expected)
    assert result.reply == expected.reply.format(argv[0])


async def test_a_hook_that_takes_too_long_is_killed_with_its_children(tmp_path):
    children = tmp_path / "children"
    argv = script(tmp_path, f"sleep 600 & echo $! $$ > {children}; sync {children}; wait")
    result = await run(argv, RECORD, 2.0)
    assert result == Later(f"{argv[0]} took longer than 2 seconds")
    for pid in children.read_text().split():
        await gone(int(pid))


async def test_a_cancelled_hook_is_killed_with_its_children(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    argv = script(tmp_path, f"sleep 600 & echo $! $$ > {fifo}; wait")
    running = asyncio.ensure_future(run(argv, RECORD, LONG))
    pids = await asyncio.to_thread(fifo.read_text)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    for pid in pids.split():
        await gone(int(pid))


async def gone(pid: int) -> None:
    """Wait until a process has ended; one that init has not yet collected has ended, too."""
    async with asyncio.timeout(10):
        while _is_running(pid):
            await asyncio.sleep(0)


def _is_running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_a_child_that_outlives_the_hook_is_not_waited_for(tmp_path):
    pid = tmp_path / "pid"
    result = await run(script(tmp_path, f"sleep 600 & echo $! > {pid}"), RECORD, LONG)
    os.kill(int(pid.read_text()), 9)
    assert isinstance(result, Sent)


@pytest.mark.parametrize("mode", [None, 0o644])
async def test_a_hook_that_cannot_be_run_has_failed(tmp_path, mode):
    path = tmp_path / "hook"
    if mode is not None:
        path.write_text("#!/bin/sh\n")
        path.chmod(mode)
    result = await run((str(path),), RECORD, LONG)
    assert isinstance(result, Failed)
    assert "cannot be run" in result.reply
