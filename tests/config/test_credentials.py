"""Secrets come from files or from systemd's credentials, and are never told."""

import os
from pathlib import Path

import pytest

from helpdeskd.config.credentials import new_key, secret, token_keys
from helpdeskd.config.problems import ConfigErrors


def test_a_secret_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("open sesame\nsecond line\n")
    assert secret(tmp_path / "password", None) == "open sesame"


def test_a_credential_is_a_file_that_systemd_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "imap").write_text("sesame")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secret(None, "imap") == "sesame"


def test_a_secret_that_cannot_be_read_is_a_fault_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(FileNotFoundError, match="CREDENTIALS_DIRECTORY is not set"):
        secret(None, "imap")
    with pytest.raises(FileNotFoundError):
        secret(tmp_path / "none", None)
    with pytest.raises(ValueError, match="empty is empty"):
        secret(tmp_path / "empty", None)


def test_token_keys_are_the_lines_of_their_file_newest_first(tmp_path: Path) -> None:
    newest, older = new_key(), new_key()
    (tmp_path / "keys").write_text(f"{newest}\n{older}\n")
    assert token_keys(tmp_path, tmp_path / "keys", None) == (newest.encode(), older.encode())


def test_where_no_key_is_configured_one_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    first = token_keys(tmp_path, None, None)
    assert token_keys(tmp_path, None, None) == first
    assert [file.name for file in tmp_path.iterdir()] == ["token.key"]
    assert (tmp_path / "token.key").stat().st_mode & 0o077 == 0


def test_f02_a_key_that_is_made_is_on_the_disk_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, real = [], os.fsync

    def sync(descriptor: int) -> None:
        there = (tmp_path / "token.key").exists()
        synced.append((Path(os.readlink(f"/proc/self/fd/{descriptor}")).parent, there))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    token_keys(tmp_path, None, None)
    assert synced == [(tmp_path, False), (tmp_path.parent, True)]


@pytest.mark.parametrize(("length", "accepted"), [(31, False), (32, True)])
def test_a_short_token_key_is_refused(tmp_path: Path, length: int, accepted: bool) -> None:
    (tmp_path / "keys").write_text("k" * length)
    if accepted:
        assert token_keys(tmp_path, tmp_path / "keys", None)
    else:
        with pytest.raises(ConfigErrors, match="shorter than 32"):
            token_keys(tmp_path, tmp_path / "keys", None)
