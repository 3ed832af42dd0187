"""The table [auth]: whom the desk asks about senders, and when it asks at all."""

from pathlib import Path

import pytest

from helpdeskd.config.auth import is_installed, is_on
from helpdeskd.config.files import file_problems
from tests.config.small_desk import LINES, SMALL, errors, loaded


def test_senders_are_checked_by_default_where_the_extra_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = loaded(tmp_path, SMALL).settings.auth
    assert is_on(auth) == is_installed()
    monkeypatch.setattr("helpdeskd.config.auth.find_spec", lambda _: None)
    assert not is_on(auth)


@pytest.mark.parametrize(
    ("auth", "on"), [("", False), ("[auth]\ntimeout = 5\n", False), ("[auth]\ncheck = true\n", True)]
)
def test_in_a_closed_network_senders_are_checked_only_where_the_file_says_so(
    tmp_path: Path, auth: str, on: bool
) -> None:
    found = loaded(tmp_path, SMALL + auth + '[trust]\nstrength_to_open = "none"\n')
    assert found.settings.auth.check == on


def test_name_servers_are_addresses_with_or_without_a_port(tmp_path: Path) -> None:
    servers = '["192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353", "[2001:db8::53]"]'
    found = loaded(tmp_path, f"{SMALL}[auth]\nnameservers = {servers}\n").settings.auth.nameservers
    assert found == (
        ("192.0.2.53", 53),
        ("192.0.2.53", 5353),
        ("2001:db8::53", 53),
        ("2001:db8::53", 5353),
        ("2001:db8::53", 53),
    )


@pytest.mark.parametrize("server", ["ns.desk.example", "192.0.2.53:0", "192.0.2.53:x", "192.0.2.53:70000", "", "[::1"])
def test_what_is_no_name_server_is_refused(tmp_path: Path, server: str) -> None:
    [error] = errors(tmp_path, f'{SMALL}[auth]\nnameservers = ["{server}"]\n')
    assert error.startswith(f"config.toml:{LINES + 2}: auth.nameservers: ")
    assert "is no address of a name server" in error


@pytest.mark.parametrize(
    "key", ["timeout = 4", "timeout = 301", 'timeout = "1 minute"', 'arc_sealers = ["no domain"]', "spf = true"]
)
def test_a_key_out_of_bounds_is_refused(tmp_path: Path, key: str) -> None:
    assert len(errors(tmp_path, f"{SMALL}[auth]\n{key}\n")) == 1


def test_a_check_that_is_asked_for_without_the_extra_is_an_error_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpdeskd.config.auth.find_spec", lambda _: None)
    asked, unasked = (loaded(tmp_path, f"{SMALL}[auth]\n{key}") for key in ("check = true\n", ""))
    [error] = file_problems(asked)[0]
    assert error.endswith(f"config.toml:{LINES + 2}: auth.check: needs the extra auth (pip install '.[auth]')")
    assert file_problems(unasked)[0] == []
