"""E03: a desk whose header builder lets text start a field does not start, and `check` says so.

The builder is broken in the process that is started, as a Python with another fault than those known could break it;
`check` and `serve` are the real ones.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.world import CONFIG

BREAKS = {
    "text as it is": "headers.subject = lambda text: text.encode('ascii', 'replace').decode()",
    "encoded words decoded": "headers.subject = lambda text: str(make_header(decode_header(text))).encode('ascii', "
    "'replace').decode()",
    "no line ends removed": "headers.plain = lambda text: text",
    "a name that is not quoted": "headers._phrase = lambda name: name.encode('ascii', 'replace').decode()",
    "a check that sees nothing": "headers.mailbox = lambda name, to: name.replace('\\n', '\\r\\n').encode('ascii', "
    "'replace').decode() + f' <{to}>'; compose.verify = lambda *_: None",
}
SITE = """
from email.header import decode_header, make_header
from helpdeskd.mail import compose, headers
{broken}
"""


def run(folder: Path, command: str, broken: str) -> subprocess.CompletedProcess[str]:
    config = folder / "config.toml"
    config.write_text(CONFIG.read_text().replace('listen = "127.0.0.1:2525"', 'listen = "127.0.0.1:1"'))
    (folder / "sitecustomize.py").write_text(SITE.format(broken=broken))
    return subprocess.run(
        [sys.executable, "-m", "helpdeskd", command, "--config", str(config)],
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=CONFIG.parents[1],
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
def test_e03_check_refuses_an_interpreter_whose_header_builder_is_injectable(tmp_path: Path, broken: str) -> None:
    done = run(tmp_path, "check", broken)
    assert done.returncode == 1
    assert "this Python" in done.stderr
    assert "Traceback" not in done.stderr


def test_e03_serve_does_not_start_on_it(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", BREAKS["text as it is"])
    assert done.returncode == 1
    assert "this Python" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "state" / "helpdeskd.sqlite").exists()


def test_e03_this_python_is_accepted(tmp_path: Path) -> None:
    assert run(tmp_path, "check", "").returncode == 0
