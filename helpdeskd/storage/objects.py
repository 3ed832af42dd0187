"""Large mails in a bucket that speaks S3, instead of in the database; the only place that knows obstore.

    take(raw, sha256) ──▶ name of an object that is there now, put before the transaction that stores it (P1)
    read(name)        ──▶ its bytes; none where it is gone. Whether they are those that came, their hash says (F30)
    beforehand(found) ──▶ a turn in which no bucket is asked: what it wants to read is fetched before it is tried again

Objects are called EPOCH/SHA256-RANDOM, below the prefix of the url: a name is used once, so no other mail, copy of a
mail or desk can need what is removed, and what a crash leaves behind is known by its missing row (`leftovers`). None is
changed. A process has one bucket, which `db.connect` opens; all may be called by any thread, and none should be within
a transaction. Where the bucket cannot be reached they raise Unreachable; for the next seconds they do so at once.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from helpdeskd.storage.engine import StorageError, Unavailable

if TYPE_CHECKING:
    from obstore.store import S3Store

CONNECT, SILENT, WHOLE = timedelta(seconds=2), timedelta(seconds=2), timedelta(seconds=25)
"""How long a connection, the next bytes of what is read, and a request with all its bytes may take: a worker that is
silent for half a minute is replaced.
"""
RETRIES, RETRY = 1, timedelta(seconds=1)
PAUSE_SECONDS = 5.0
"""So long a bucket that could not be reached is not asked again."""
NONCE_BYTES = 8
PROBE = "probe"
SEEN = "seen"
"""The object that says how many mails the desk of this epoch had, when it last tidied up."""
PAGE = 1000


class Unreachable(Unavailable):
    """The bucket's trouble: not there, refuses us, too slow. Nothing was done, but an object may be there."""


class Wanted(Exception):
    """A turn has to read an object that was not fetched for it; the name of the object."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where large mails are: `s3://bucket/prefix`, and from how many bytes on a mail is large."""

    url: str
    endpoint: str
    region: str
    key_id: str
    secret: str = field(repr=False)
    least: int = 256 * 1024


@dataclass(slots=True)
class _Open:
    """The bucket of this process, and when it is worth asking again."""

    bucket: Bucket
    folder: str
    reading: "S3Store"
    writing: "S3Store"
    down_until: float = 0.0


Found = dict[str, bytes | Unreachable]
"""What was fetched of the objects with these names, or why nothing was."""

_open: _Open | None = None
_found: ContextVar[Found | None] = ContextVar("found", default=None)


def use(bucket: Bucket | None, epoch: str) -> None:
    """Open it, or none, for this process, whose database has this epoch. Asks nobody. Raises StorageError."""
    global _open
    _open = None
    if bucket:
        # What is sent counts as silence of the bucket until it answers.
        _open = _Open(bucket, epoch, _store(bucket, {"read_timeout": SILENT}), _store(bucket, {}))


def told() -> str:
    """Which bucket, "" for none."""
    return _open.bucket.url if _open else ""


def takes(size: int) -> bool:
    """Whether a mail of so many bytes goes into the bucket."""
    return _open is not None and size >= _open.bucket.least


def is_reachable() -> bool:
    """Whether it is worth asking; False for some seconds after it could not be reached."""
    return _open is None or time.monotonic() >= _open.down_until


def take(raw: bytes, sha256: str) -> str:
    """Keep a mail; the name of its object, which is stored for good."""
    name = f"{_opened().folder}/{sha256}-{secrets.token_hex(NONCE_BYTES)}"
    _put(name, raw)
    return name


def read(name: str) -> bytes:
    """The bytes of an object, b"" where it is gone: a bucket that is gone itself is Unreachable."""
    found = _found.get()
    if found is None:
        return _read(name)
    if name not in found:
        raise Wanted(name)
    known = found[name]
    if isinstance(known, Unreachable):
        raise known
    return known


@contextmanager
def beforehand(found: Found) -> Iterator[None]:
    """Read within only what was found before, at once; raises Wanted for what was not looked for yet."""
    outer = _found.set(found)
    try:
        yield
    finally:
        _found.reset(outer)


def fetch(name: str, found: Found) -> None:
    """Find an object, or that it cannot be had now. Takes its time."""
    try:
        found[name] = _read(name)
    except Unreachable as fault:
        found[name] = fault


def _read(name: str) -> bytes:
    with _asked() as (obstore, store):
        try:
            return bytes(obstore.get(store, name).bytes())
        except FileNotFoundError:
            list(obstore.list(store, name))
            return b""


def remove(name: str) -> None:
    """Take an object away; one that is gone already is well."""
    with _asked() as (obstore, store):
        obstore.delete(store, name)


def sizes() -> Iterator[tuple[str, int]]:
    """Name and bytes of each object that any desk has below the prefix."""
    for page in _listed(""):
        yield from ((str(one["path"]), int(one["size"])) for one in page)


def older(age: timedelta) -> Iterator[list[str]]:
    """The names of this desk's objects that are older than that, by the bucket's own clock; some at a time."""
    folder = _opened().folder
    _put(f"{folder}/{PROBE}", b"")
    with _asked() as (obstore, store):
        now = obstore.head(store, f"{folder}/{PROBE}")["last_modified"]
    for page in _listed(f"{folder}/"):
        yield [str(one["path"]) for one in page if now - one["last_modified"] > age]


def see(mails: int) -> None:
    """Write down how many mails the desk has had."""
    _put(f"{_opened().folder}/{SEEN}", str(mails).encode())


def seen() -> int:
    """How many mails a desk of this epoch has written down."""
    return int(read(f"{_opened().folder}/{SEEN}") or 0)


def probe() -> None:
    """Put an object, read it and remove it. Raises Unreachable where one of these fails."""
    name, content = f"{_opened().folder}/{PROBE}-{secrets.token_hex(NONCE_BYTES)}", secrets.token_bytes(NONCE_BYTES)
    _put(name, content)
    found = read(name)
    remove(name)
    if found != content:
        raise Unreachable(f"{told()}: does not return what was put there")


def _put(name: str, raw: bytes) -> None:
    with _asked() as (obstore, _):
        obstore.put(_opened().writing, name, raw, use_multipart=False)


def _listed(prefix: str) -> Iterator[Any]:
    with _asked() as (obstore, store):
        yield from obstore.list(store, prefix or None, chunk_size=PAGE)


def _opened() -> _Open:
    if _open is None:
        raise Unreachable("the mail is in a bucket, and none is configured ([objects] with its url would be right)")
    return _open


@contextmanager
def _asked() -> Iterator[tuple[Any, "S3Store"]]:
    """What to ask it with. Raises Unreachable for whatever is the bucket's trouble."""
    import obstore
    from obstore.exceptions import BaseError

    opened = _opened()
    if time.monotonic() < opened.down_until:
        raise Unreachable(f"{opened.bucket.url}: could not be reached a moment ago")
    try:
        yield obstore, opened.reading
    except (BaseError, OSError) as fault:
        opened.down_until = time.monotonic() + PAUSE_SECONDS
        raise Unreachable(f"{opened.bucket.url}: {_in_words(fault)}") from fault


def _in_words(fault: Exception) -> str:
    """What obstore says, without what the server said to machines."""
    return str(fault).strip().partition("\n")[0].partition(": <?xml")[0]


def _store(bucket: Bucket, patience: dict[str, timedelta]) -> "S3Store":
    try:
        from obstore.exceptions import BaseError
        from obstore.store import S3Store
    except ImportError:
        raise StorageError(
            "the bucket of [objects] needs obstore, which is not installed (pip install 'helpdeskd[s3]' would be right)"
        ) from None
    parts = urlsplit(bucket.url)
    try:
        return S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=_config(bucket),
            client_options=_options(bucket) | patience,
            retry_config={"max_retries": RETRIES, "retry_timeout": RETRY},
        )
    except (BaseError, ValueError) as fault:
        raise StorageError(f"{bucket.url}: {_in_words(fault)}") from fault


def _options(bucket: Bucket) -> Any:
    is_plain = bucket.endpoint.startswith("http://")
    return {"connect_timeout": CONNECT, "timeout": WHOLE, "allow_http": is_plain}


def _config(bucket: Bucket) -> Any:
    config = {"region": bucket.region, "access_key_id": bucket.key_id, "secret_access_key": bucket.secret}
    return config | {"checksum_algorithm": "SHA256"} | ({"endpoint": bucket.endpoint} if bucket.endpoint else {})
