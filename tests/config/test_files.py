"""The files that a configuration names are there, and secrets are nobody else's to read."""

from pathlib import Path

import pytest

from helpdeskd.config.files import file_problems
from tests.config.small_desk import LINES, SMALL, loaded

SMARTHOST = '[smarthost]\nhost = "smtp.desk.example"\nlogin = "desk"\n'


def test_a_password_file_that_is_not_there_is_an_error_at_its_key(tmp_path: Path) -> None:
    errors, warnings = file_problems(loaded(tmp_path, SMALL + SMARTHOST + 'password_file = "password"\n'))
    assert errors == [
        f"{tmp_path}/config.toml:{LINES + 4}: smarthost.password_file: "
        f"{tmp_path}/password cannot be read: No such file or directory"
    ]
    assert warnings == []


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True)])
def test_a_password_that_everybody_can_read_is_a_warning(tmp_path: Path, mode: int, warned: bool) -> None:
    (tmp_path / "password").write_text("sesame")
    (tmp_path / "password").chmod(mode)
    errors, warnings = file_problems(loaded(tmp_path, SMALL + SMARTHOST + 'password_file = "password"\n'))
    assert errors == []
    assert bool(warnings) == warned


def test_credentials_are_looked_for_where_systemd_gives_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = loaded(tmp_path, SMALL + SMARTHOST + 'password_credential = "smtp"\n')
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert file_problems(found) == ([], [])
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert "smarthost.password_credential" in file_problems(found)[0][0]
    (tmp_path / "smtp").write_text("sesame")
    assert file_problems(found) == ([], [])


def test_every_certificate_and_key_of_a_listener_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "cert").write_text("")
    text = '[[smtp]]\nname = "mx"\nlisten = "[::]:25"\ntls = "starttls"\ntls_cert = "cert"\ntls_key = "key"\n'
    errors, _ = file_problems(loaded(tmp_path, SMALL + text))
    assert [line.rpartition(f"{tmp_path}/")[2] for line in errors] == [
        "cert is empty",
        "key cannot be read: No such file or directory",
    ]
