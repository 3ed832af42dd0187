"""`helpdeskd check` tells all errors and warnings at once, with file and line; errors make it fail."""

import json
from pathlib import Path

import pytest

from helpdeskd.cli import main
from tests.config.small_desk import SMALL

Output = pytest.CaptureFixture[str]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def check(config: Path, *options: str) -> int:
    return main(["check", "--config", str(config), *options])


def test_what_is_unwise_is_told_and_passes(config: Path, capsys: Output) -> None:
    config.write_text(SMALL)
    assert check(config) == 0
    told = capsys.readouterr()
    assert f"{config}:1: no mail can come in" in told.err
    assert all(line.endswith("[warning]") for line in told.err.splitlines())
    assert told.out == f"{config} is in order, with 3 warnings\n"


def test_what_is_wrong_is_told_and_fails(config: Path, capsys: Output) -> None:
    config.write_text(SMALL.replace("prefix", "praefix"))
    assert check(config) == 1
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        f'{config}:1: desk.prefix: is missing (such as "HD")',
        f"{config}:4: desk.praefix: unknown key (did you mean prefix?)",
    ]
    assert told.out == ""


def test_a_file_that_it_names_and_that_is_missing_fails(config: Path, capsys: Output) -> None:
    config.write_text(SMALL + '[state]\ntoken_key_file = "keys"\n')
    assert check(config) == 1
    assert "state.token_key_file" in capsys.readouterr().err


def test_a_broken_template_of_the_site_fails(config: Path, capsys: Output) -> None:
    (config.parent / "texts" / "en").mkdir(parents=True)
    (config.parent / "texts" / "en" / "reply.md.j2").write_text("Subject: x\n\n{{ nonsense }}\n")
    config.write_text(SMALL + '[templates]\nfolder = "texts"\n')
    assert check(config) == 1
    assert "reply.md.j2:3" in capsys.readouterr().err


def test_json_is_one_object_a_line(config: Path, capsys: Output) -> None:
    config.write_text(SMALL + 'colour = "red"\n')
    assert check(config, "--json") == 1
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["level"] == "error"
    assert "queue.colour: unknown key" in json.loads(line)["text"]
