"""`helpdeskd init` writes a desk that `helpdeskd check` accepts."""

import json
from pathlib import Path

import pytest

from helpdeskd.cli import main


def test_what_init_writes_passes_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path / "desk")]) == 0
    assert f"made {tmp_path}/desk/config.toml" in capsys.readouterr().out
    assert main(["check", "--config", str(tmp_path / "desk" / "config.toml")]) == 0
    (warning,) = capsys.readouterr().err.splitlines()
    assert "for a trial only" in warning


def test_init_does_not_overwrite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text("mine")
    assert main(["init", str(tmp_path)]) == 1
    assert "config.toml is there already" in capsys.readouterr().err
    assert (tmp_path / "config.toml").read_text() == "mine"


def test_init_says_what_it_made_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--json", str(tmp_path)]) == 0
    made = [json.loads(line)["made"] for line in capsys.readouterr().out.splitlines()]
    assert sorted(Path(file).name for file in made) == [
        "config.toml",
        "directory.toml",
        "state",
        "templates",
        "token.key",
    ]
