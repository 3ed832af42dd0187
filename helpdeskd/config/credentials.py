"""Secrets: read from files or from systemd's credentials, never from the configuration, argv or the environment.

A secret is the first line of a file, or of the file of that name in $CREDENTIALS_DIRECTORY. It is read anew each
time, so a changed password needs no restart, and its text is never part of an error.

The keys that sign reply addresses are lines of a file, the newest first. Where none is configured they are in
`token.key` in the state folder, made at its first use; two processes that make it at once end with the same key.
"""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from helpdeskd.config.problems import ConfigErrors

SHORTEST_KEY = 32
KEY_FILE = "token.key"


def credential(name: str | None) -> Path | None:
    """Where systemd puts a credential; None outside of a unit that has any."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder) / name if folder and name else None


def secret(file: Path | None, name: str | None) -> str:
    """The secret in a file, else in the credential of that name.

    Raises OSError where it cannot be read, ValueError where it is empty.
    """
    return secret_lines(file, name)[0]


def secret_lines(file: Path | None, name: str | None) -> list[str]:
    """All lines of a secret that has several; raises as `secret` does."""
    return _lines(_place(file, name))


def token_keys(state: Path, file: Path | None, name: str | None) -> tuple[bytes, ...]:
    """The keys that sign reply addresses, newest first.

    Raises ConfigErrors where they cannot be read or one is shorter than 32 characters.
    """
    try:
        place = _place(file, name) if file or name else _made(state / KEY_FILE)
        keys = tuple(line.encode() for line in _lines(place))
    except (OSError, ValueError) as error:
        raise ConfigErrors([f"the token keys cannot be read: {error}"]) from None
    if min(map(len, keys)) < SHORTEST_KEY:
        raise ConfigErrors([f"{place}: a token key is shorter than {SHORTEST_KEY} characters (openssl rand -hex 32)"])
    return keys


def new_key() -> str:
    """A key for a key file: 256 bits."""
    return secrets.token_hex(32)


def _place(file: Path | None, name: str | None) -> Path:
    place = file or credential(name)
    if place is None:
        raise FileNotFoundError(f"no credential {name}: $CREDENTIALS_DIRECTORY is not set")
    return place


def _lines(place: Path) -> list[str]:
    lines = [line.strip() for line in place.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not lines:
        raise ValueError(f"{place} is empty")
    return lines


def _made(place: Path) -> Path:
    """The key file, made whole before it has its name, which is on the disk before anything is signed."""
    if not place.exists():
        handle, draft = tempfile.mkstemp(dir=place.parent, prefix=".key-")
        with os.fdopen(handle, "w") as written:
            written.write(f"{new_key()}\n")
            written.flush()
            os.fsync(written.fileno())
        with suppress(FileExistsError):
            os.link(draft, place)
        Path(draft).unlink()
        folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return place
