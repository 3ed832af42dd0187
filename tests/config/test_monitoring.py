"""[metrics] and [alarms]: what is refused, and why."""

from pathlib import Path

import pytest

from tests.config.small_desk import LINES, SMALL, errors, loaded

DUTY = """\
[duty]
roster = ["piet"]
hook = ["/bin/true"]
[[duty.webhook]]
name = "chat"
url = "https://hooks.example/x"
hosts = ["hooks.example"]
"""


@pytest.mark.parametrize("place", ["127.0.0.1:9464", "[::1]:9464", "localhost:9464", "/run/helpdeskd/metrics.sock"])
def test_figures_are_read_on_this_machine(tmp_path: Path, place: str):
    assert loaded(tmp_path, f'{SMALL}[metrics]\nlisten = "{place}"\n').settings.metrics.listen == place


@pytest.mark.parametrize("place", ["0.0.0.0:9464", "[::]:9464", "192.0.2.1:9464", "desk.example:9464", ":9464"])
def test_to_open_them_to_others_takes_a_word(tmp_path: Path, place: str):
    table = f'{SMALL}[metrics]\nlisten = "{place}"\n'
    (error,) = errors(tmp_path, table)
    assert error.startswith(f"config.toml:{LINES + 1}: metrics: {place} is not on this machine alone (use 127.0.0.1")
    assert errors(tmp_path, f"{table}open_to_network = true\n") == []


@pytest.mark.parametrize("place", ["9464", "127.0.0.1:0", "systemd:metrics", "metrics.sock"])
def test_what_is_no_place_to_listen_at_is_refused(tmp_path: Path, place: str):
    assert len(errors(tmp_path, f'{SMALL}[metrics]\nlisten = "{place}"\n')) == 1


def test_without_the_table_nothing_is_served_and_nobody_told(tmp_path: Path):
    config = loaded(tmp_path, SMALL).config
    assert (config.metrics.listen, config.alarms.to, config.alarms.channels) == (None, (), ())


def test_alarms_do_not_go_to_the_desk_itself(tmp_path: Path):
    (error,) = errors(tmp_path, f'{SMALL}[alarms]\nto = ["root@x.example", "Support@desk.example"]\n')
    assert error.startswith(f"config.toml:{LINES + 2}: alarms.to: ")
    assert error.endswith('"Support@desk.example" is the desk\'s own address (a person needs another)')


@pytest.mark.parametrize("name", ["chat", "hook"])
def test_a_channel_of_the_duty_may_be_told(tmp_path: Path, name: str):
    assert errors(tmp_path, f'{SMALL}{DUTY}[alarms]\nchannels = ["{name}"]\n') == []


def test_a_channel_that_is_none_is_refused_with_those_that_there_are(tmp_path: Path):
    (error,) = errors(tmp_path, f'{SMALL}{DUTY}[alarms]\nchannels = ["chatt"]\n')
    assert error.endswith('alarms.channels: there is no channel of [duty] called "chatt" (there are: chat, hook)')
