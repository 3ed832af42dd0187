"""What goes into the audit record beside events: changes of the directory, of the configuration, of keys and epoch.

In: the directory before and after a change, or the file and the keys as they are; in the caller's transaction. Out: a
row for each customer or agent that changed, with only what differs; and one for each mark of the desk that is not what
it was when it was last recorded. The keys themselves, and what the file says, are not told: fingerprints of them are.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from helpdeskd.config.directory_file import DirectoryFile
from helpdeskd.daemon import prices
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.happening import DESK
from helpdeskd.storage import audit_chain, db
from helpdeskd.storage.codec import plain

KEY_BYTES = 8


def directory_changed(before: DirectoryFile, after: DirectoryFile, now: datetime) -> None:
    """Tell who came, went, or is not what they were."""
    for kind, old, new in (
        ("customer", before.customers, after.customers),
        ("agent", before.agents, after.agents),
    ):
        was, becomes = ({one.name: _plain(one) for one in side} for side in (old, new))
        for name in dict.fromkeys((*was, *becomes)):
            if was.get(name) != becomes.get(name):
                change = dict(_difference(was.get(name, {}), becomes.get(name, {})))
                audit_chain.append("DirectoryChanged", now, by=DESK, **{kind: name}, **change)
    if before.duty_roster != after.duty_roster:
        audit_chain.append("RosterChanged", now, by=DESK, old=before.duty_roster, new=after.duty_roster)


def standing(file: Path, keys: Sequence[bytes], desk: Desk, now: datetime) -> None:
    """Tell what changed since it was told last: configuration file, prices, keys of tokens, epoch (a restore begins a
    new one).

    Raises OSError.
    """
    marks = {
        "ConfigurationChanged": _fingerprint(file.read_bytes()),
        prices.TOLD: prices.told(desk),
        "TokenKeysChanged": [_fingerprint(key) for key in keys],
        "EpochChanged": db.epoch(),
    }
    for what, mark in marks.items():
        told = audit_chain.newest(what)
        if told is None or told.get("new") != mark:
            audit_chain.append(what, now, by=DESK, old=told.get("new") if told else None, new=mark)


def are_known(keys: Sequence[bytes]) -> bool:
    """Whether the desk signs, or has signed last, with one of these keys of tokens, or has not told with which yet."""
    told = audit_chain.newest("TokenKeysChanged")
    return told is None or not {*told["new"]}.isdisjoint(map(_fingerprint, keys))


def _plain(one: object) -> dict[str, Any]:
    values: dict[str, Any] = plain(one)
    for contact in values.get("contacts", ()):
        contact["rights"].sort()
    return values


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What went of each side, by key; of lists only what differs."""
    keys = [key for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key)]
    for side, values, others in (("old", old, new), ("new", new, old)):
        yield side, {key: _only(values[key], others.get(key)) for key in keys if key in values}


def _only(value: Any, other: Any) -> Any:
    is_list = isinstance(value, list) and isinstance(other, list | None)
    return [one for one in value if one not in (other or ())] if is_list else value


def _fingerprint(secret: bytes) -> str:
    return hashlib.blake2b(secret, person=b"helpdeskd audit", digest_size=KEY_BYTES).hexdigest()
