"""What `init` writes is a small desk that works; it never overwrites."""

from datetime import date
from pathlib import Path

import pytest

from helpdeskd.config.advice import advice
from helpdeskd.config.files import file_problems
from helpdeskd.config.init import desk_texts, write_desk
from helpdeskd.config.load import load

TODAY = date(2026, 11, 21)


def test_what_is_written_loads_and_warns_only_of_the_network_that_it_trusts_for_a_trial(tmp_path: Path) -> None:
    write_desk(tmp_path / "desk", TODAY)
    loaded = load(tmp_path / "desk" / "config.toml")
    assert file_problems(loaded) == ([], [])
    assert [line.partition(": ")[2].partition(":")[0] for line in advice(loaded)] == ["trust.networks"]


def test_the_desk_has_a_customer_under_contract_and_an_agent(tmp_path: Path) -> None:
    write_desk(tmp_path, TODAY)
    directory = load(tmp_path / "config.toml").directory
    assert directory is not None
    assert directory.customers[0].contract_on(TODAY) is not None
    assert directory.agents[0].teams == ("support",)


def test_the_key_is_the_owners_alone_and_new_each_time(tmp_path: Path) -> None:
    write_desk(tmp_path / "one", TODAY)
    write_desk(tmp_path / "two", TODAY)
    assert (tmp_path / "one" / "token.key").stat().st_mode & 0o777 == 0o600
    keys = {load(tmp_path / name / "config.toml").settings.token_keys for name in ("one", "two")}
    assert len(keys) == 2


def test_a_desk_of_the_system_keeps_its_state_and_key_where_the_unit_may_write(tmp_path: Path) -> None:
    texts = desk_texts(Path("/etc/helpdeskd"), TODAY)
    assert sorted(texts) == ["config.toml", "directory.toml"]
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    settings = load(tmp_path / "config.toml").settings
    assert (settings.state, settings.token_key_file) == (Path("/var/lib/helpdeskd"), None)


@pytest.mark.parametrize("there", ["config.toml", "directory.toml", "token.key"])
def test_nothing_is_written_where_something_is_there(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(FileExistsError, match="is there already"):
        write_desk(tmp_path, TODAY)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(there, "mine")]
