"""The closed vocabulary of the log: one function per stage, one line per mail and stage.

A line is `stage=… inbox=… …`: fixed keys, first the id of the mail received, which also stands on the lines of all that
is sent because of it: `inbox=17` finds the whole way of a mail, `outbox=40` that of one mail of ours. Numbers and plain
words stand as they are; everything else is a JSON string of at most 1 KiB in ASCII, so no text of a mail can end a line
or begin another. Addresses are personal data: above DEBUG they are a keyed hash, equal for equal addresses while the
key stays, also where they stand within a text. Logging never raises into what it tells about; the handler
(`lifecycle.ErrorStream`) neither blocks nor raises. Every line is counted, whatever its level (`tally`).
"""

import hashlib
import json
import logging
import re
import secrets
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path

from helpdeskd.daemon import tally
from helpdeskd.daemon.lifecycle import ErrorStream
from helpdeskd.domain.address import normalise

LOG = logging.getLogger("helpdeskd")
VALUE_LENGTH = 1024
PLAIN = re.compile(r"[A-Za-z0-9_.:+/-]{1,64}")
ADDRESS = re.compile(r"(?<![^\s@<>\"'])[^\s@<>\"']+@[^\s@<>\"']+")

Line = tuple[int, str, Mapping[str, str | int]]

_keys = [secrets.token_bytes(16)]
_uncommitted: ContextVar[list[Line] | None] = ContextVar("uncommitted", default=None)


class _Who(str):
    """An address, of mail or of the network."""

    __slots__ = ()


def setup(level: str, key: bytes = b"") -> None:
    """Log to standard error from `level` (debug, info, warning, error) on.

    Addresses are hashed with `key`; without one, equal addresses look equal within one run of one process only.
    Libraries are heard from warning on, because some write addresses below that.
    """
    _keys[:] = [
        hashlib.blake2b(key, person=b"helpdeskd log", digest_size=16).digest() if key else secrets.token_bytes(16)
    ]
    root = logging.getLogger()
    root.handlers[:] = [ErrorStream()]
    root.setLevel(logging.WARNING)
    LOG.setLevel(level.upper())


def received(*, inbox_id: int, source: str, account: str, peer: str, size: int) -> None:
    """Raw and envelope are committed; `size` is in bytes."""
    _line(logging.INFO, "received", inbox=inbox_id, source=source, account=account, peer=_Who(peer), size=size)


def checked(*, inbox_id: int, result: str) -> None:
    """Our own check of a sender has come to an end; `result` is an RFC 8601 value."""
    _line(logging.INFO, "checked", inbox=inbox_id, result=result)


def parked(*, inbox_id: int, reason: str, next_at: datetime) -> None:
    """The DNS could not answer; the sender is checked again at `next_at`."""
    _line(logging.INFO, "parked", inbox=inbox_id, next_at=next_at.isoformat(timespec="seconds"), reason=reason)


def refused(*, client: str, reply: str) -> None:
    """A client was told that we do not take what it offered, or not now; it keeps the mail."""
    _line(logging.INFO, "refused", client=_Who(client), reply=reply)


def decided(*, inbox_id: int, fate: str, reason: str, ticket: str) -> None:
    """A mail got its fate; `ticket` is the reference, or ""."""
    _line(logging.INFO, "decided", inbox=inbox_id, fate=fate, ticket=ticket, reason=reason)


def struck(*, inbox_id: int, reason: str, failed: bool) -> None:
    """A mail could not be worked on; `failed` when that was its last chance."""
    _line(logging.ERROR if failed else logging.WARNING, "struck", inbox=inbox_id, failed=int(failed), reason=reason)


def queued(*, outbox_id: int, notice: str, ticket: str, recipient: str, inbox_id: int = 0) -> None:
    """A mail is to be sent, as soon as its transaction is committed; `inbox_id` is the mail that it is because of."""
    of = _ids(inbox_id, outbox_id)
    _line(logging.INFO, "queued", **of, notice=notice, ticket=ticket, recipient=_Who(recipient))


def sent(*, outbox_id: int, notice: str, recipient: str, reply: str, inbox_id: int = 0) -> None:
    """The other side took responsibility."""
    of = _ids(inbox_id, outbox_id)
    _line(logging.INFO, "sent", **of, notice=notice, recipient=_Who(recipient), reply=reply)


def later(*, outbox_id: int, notice: str, recipient: str, reply: str, next_at: datetime, inbox_id: int = 0) -> None:
    """Not sent, or nobody knows; tried again at `next_at`."""
    of, when = _ids(inbox_id, outbox_id), next_at.isoformat(timespec="seconds")
    _line(logging.INFO, "later", **of, notice=notice, recipient=_Who(recipient), next_at=when, reply=reply)


def failed(*, outbox_id: int, notice: str, recipient: str, reply: str, inbox_id: int = 0) -> None:
    """Refused for good, or given up."""
    of = _ids(inbox_id, outbox_id)
    _line(logging.WARNING, "failed", **of, notice=notice, recipient=_Who(recipient), reply=reply)


def called_off(*, outbox_id: int, notice: str, inbox_id: int = 0) -> None:
    """A page was not sent, because somebody has taken the emergency."""
    _line(logging.INFO, "called_off", **_ids(inbox_id, outbox_id), notice=notice)


def swept(*, done: int) -> None:
    """So many tickets and collected mails were due."""
    _line(logging.INFO, "swept", done=done)


def paged(*, ticket: str, person: str, step: int) -> None:
    """Somebody on duty was woken."""
    _line(logging.INFO, "paged", ticket=ticket, person=person, step=step)


def alarm(*, what: str, detail: str, about: str = "") -> None:
    """Something that a person should look at; `what` is a row of `alarms.CAUSES`, `about` which of several it is."""
    found(what=what, detail=detail, about=about)
    tally.OURS.raise_alarm(tally.Raised(what, about, shown(detail)[: tally.DETAIL_LENGTH]))


def found(*, what: str, detail: str, about: str = "") -> None:
    """An alarm of which the sysadmin is told anyhow."""
    _line(logging.ERROR, "alarm", what=what, **({"about": about} if about else {}), detail=detail)


def over(*, what: str, about: str = "") -> None:
    """An alarm has come to its end."""
    _line(logging.WARNING, "over", what=what, **({"about": about} if about else {}))


def told(fault: BaseException) -> str:
    """A fault of ours for an alarm: what it is, and the line of ours that it came from."""
    passed = [frame for frame in traceback.extract_tb(fault.__traceback__) if "helpdeskd" in frame.filename]
    where = f" at {'/'.join(Path(passed[-1].filename).parts[-3:])}:{passed[-1].lineno}" if passed else ""
    return f"{fault!r}{where}"


def started(*, version: str, ways_in: str) -> None:
    """The daemon accepts mail, by these listeners and mailboxes."""
    _line(logging.INFO, "started", version=version, ways_in=ways_in)


def reloaded(*, ok: bool, detail: str) -> None:
    """The configuration was read again; if not `ok`, the old one stays and `detail` says why."""
    _line(logging.INFO if ok else logging.ERROR, "reloaded", ok=int(ok), detail=detail)


def stopped(*, reason: str) -> None:
    """The daemon has drained and ends."""
    _line(logging.INFO, "stopped", reason=reason)


@contextmanager
def once_committed() -> Iterator[None]:
    """Put around a transaction: what is logged within it is written when it has come to its end, else never.

    Around a part of a transaction: when both have. Alarms do not wait, and are raised whatever becomes of it.
    """
    lines: list[Line] = []
    before = _uncommitted.set(lines)
    try:
        yield
    finally:
        _uncommitted.reset(before)
    for line in lines:
        _tell(*line)


def _ids(inbox_id: int, outbox_id: int) -> dict[str, int]:
    """Of a mail of ours; what the clock brings about is because of no mail."""
    return {"inbox": inbox_id, "outbox": outbox_id} if inbox_id else {"outbox": outbox_id}


def _line(level: int, stage: str, **values: str | int) -> None:
    _tell(level, stage, values)


def _tell(level: int, stage: str, values: Mapping[str, str | int]) -> None:
    waiting = _uncommitted.get()
    if waiting is None or stage == "alarm":
        _write(level, stage, values)
    else:
        waiting.append((level, stage, values))


def _write(level: int, stage: str, values: Mapping[str, str | int]) -> None:
    tally.OURS.hear(stage, values)
    if LOG.isEnabledFor(level):
        line = " ".join([f"stage={stage}", *(f"{key}={_value(value)}" for key, value in values.items())])
        # As `LOG.log` does, which looks for the caller first.
        LOG.handle(LOG.makeRecord(LOG.name, level, "", 0, line, (), None))


def _value(value: str | int) -> str:
    match value:
        case int():
            return str(value)
        case _Who() if value and not LOG.isEnabledFor(logging.DEBUG):
            return _hashed(value)
        case _ if PLAIN.fullmatch(value):
            return value
        case _:
            return _quoted(value)


def _quoted(text: str) -> str:
    """A JSON string of at most VALUE_LENGTH characters, all of them printable ASCII."""
    kept = shown(text)
    while len(quoted := json.dumps(kept).replace("\x7f", "\\u007f")) > VALUE_LENGTH:
        kept = kept[: len(kept) * 3 // 4]
    return quoted


def shown(text: str) -> str:
    """As much of a text as a line has room for, without the addresses in it."""
    kept = text[:VALUE_LENGTH]
    hides = not LOG.isEnabledFor(logging.DEBUG)
    return ADDRESS.sub(lambda address: _hashed(address[0]), kept) if hides else kept


def _hashed(address: str) -> str:
    known = (normalise(address) or address).encode("utf-8", "surrogatepass")
    return "#" + hashlib.blake2b(known, key=_keys[0], digest_size=6).hexdigest()
