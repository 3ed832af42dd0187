"""The refresh token of a sign-in: the configured one, until the token server replaces it (RFC 6749 §6).

A replacement is kept in `oauth-NAME.sealed` in the state folder, readable by its owner only and encrypted with a key
made of the desk's token key: a copy of the folder alone opens no mailbox, where the token key is a credential. Sealed
with it is of which configured token it took the place, so that a new sign-in counts at once. Only who holds the
sign-in (`held`) reads and writes, one process at a time: servers that replace tokens refuse one that is used twice.

Raises OSError or ValueError for what cannot be read. What cannot be written is remembered and told in an alarm.
"""

import base64
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from helpdeskd.config.credentials import secret
from helpdeskd.config.oauth import OAuthTable
from helpdeskd.daemon import log

if TYPE_CHECKING:  # of the extra [oauth]
    from cryptography.fernet import MultiFernet

Keys = Callable[[], tuple[bytes, ...]]


class RefreshToken:
    """Of the sign-in `name`; `keys` are the desk's token keys, newest first, asked for each time."""

    def __init__(self, name: str, table: OAuthTable, state: Path, keys: Keys) -> None:
        self._name, self._table, self._keys = name, table, keys
        self._place = state / f"oauth-{name}.sealed"
        self._unwritten: dict[str, str] = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes away from this sign-in, as long as they would do the same."""
        handle = os.open(self._place.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._hand_over(handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def read(self) -> str:
        """The one that counts now."""
        first = self._configured()
        kept = self._unwritten or self._unsealed()
        return kept["token"] if kept.get("for") == _mark(first) else first

    def write(self, token: str) -> None:
        """From now on it is this one; returns when it is on the disk."""
        self._unwritten = {"for": _mark(self._configured()), "token": token}
        try:
            self._seal(self._unwritten)
        except OSError as fault:
            log.alarm(what="refresh token not written", detail=f"oauth.{self._name}: {fault} (needed after a restart)")
        else:
            self._unwritten = {}

    def _configured(self) -> str:
        return secret(self._table.refresh_token_file, self._table.refresh_token_credential)

    def _seal(self, kept: dict[str, str]) -> None:
        handle, draft = tempfile.mkstemp(dir=self._place.parent, prefix=".oauth-")
        try:
            with os.fdopen(handle, "wb") as written:
                self._hand_over(written.fileno())
                written.write(self._box().encrypt(json.dumps(kept).encode()))
                written.flush()
                os.fsync(written.fileno())
            Path(draft).replace(self._place)
        finally:
            Path(draft).unlink(missing_ok=True)

    def _unsealed(self) -> dict[str, str]:
        """What was kept; nothing where there is nothing, or it was sealed with a key that is gone."""
        from cryptography.fernet import InvalidToken

        if not self._place.exists():
            return {}
        try:
            kept: dict[str, str] = json.loads(self._box().decrypt(self._place.read_bytes()))
        except InvalidToken:
            log.alarm(what="refresh token not readable", detail=f"oauth.{self._name}: sealed with another token key")
            return {}
        return kept

    def _box(self) -> "MultiFernet":
        """Seals with the newest of the keys, opens with any."""
        from cryptography.fernet import Fernet, MultiFernet
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        def derived(key: bytes) -> bytes:
            return HKDF(SHA256(), 32, salt=None, info=f"helpdeskd oauth {self._name}".encode()).derive(key)

        return MultiFernet([Fernet(base64.urlsafe_b64encode(derived(key))) for key in self._keys()])

    def _hand_over(self, handle: int) -> None:
        """A file that root makes belongs to the daemon's user, as the folder does."""
        if os.geteuid() == 0:
            folder = self._place.parent.stat()
            os.fchown(handle, folder.st_uid, folder.st_gid)


def _mark(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
