"""Objects of the bucket that no row needs any more, so that what was taken away is away there too.

Two kinds: of rows whose words an erasure or the retention took (`owed`, known by the row, which still names them), and
those that never had a row, because of a crash between the two or of a mail that came twice (`unnamed`). Each is removed
after the transaction, and forgotten when it is: a crash between them costs another try. `missing` is the other way
round: rows whose object is not there.
"""

from collections.abc import Collection, Iterator, Mapping

from helpdeskd.storage import db, objects
from helpdeskd.storage.codec import array
from helpdeskd.storage.tables import proxy

PART = 500
_OWED = "SELECT id, stored_in FROM raw WHERE stored_in <> '' AND size = 0 ORDER BY id LIMIT :limit"
_SETTLE = """
UPDATE raw SET stored_in = '' WHERE size = 0 AND id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids))"""
_NAMED = "SELECT stored_in FROM raw WHERE stored_in <> '' AND stored_in IN (SELECT value FROM json_each(:names))"
_STORED = """
SELECT min(inbox.id), raw.stored_in, raw.size FROM raw JOIN inbox ON inbox.raw_id = raw.id
WHERE raw.stored_in <> '' AND raw.size > 0 GROUP BY raw.id, raw.stored_in, raw.size ORDER BY 1"""


def owed() -> dict[int, str]:
    """Some rows that have lost their words, and the object of each, which is to be removed."""
    return dict(proxy.execute_sql(_OWED, {"limit": PART}).fetchall())


def settle(rows: Collection[int]) -> None:
    """Their objects are removed."""
    proxy.execute_sql(_SETTLE, {"ids": array(rows)})


def unnamed(names: Collection[str]) -> set[str]:
    """Those of these objects that no row names."""
    return set(names) - {name for (name,) in proxy.execute_sql(_NAMED, {"names": array(names)}).fetchall()}


def clear() -> int:
    """Remove all objects that are owed, outside a transaction; how many. Raises Unavailable."""
    count = 0
    while gone := _owed():
        for name in gone.values():
            objects.remove(name)
        with db.transaction():
            settle(gone)
        count += len(gone)
    return count


def stored() -> dict[int, tuple[str, int]]:
    """The mails that are in the bucket: of each the name of its object, and its bytes."""
    return {number: (name, size) for number, name, size in proxy.execute_sql(_STORED).fetchall()}


def missing(mails: Mapping[int, tuple[str, int]]) -> Iterator[str]:
    """What the bucket does not have of them as it was stored, a sentence each; outside a transaction.

    Raises Unreachable.
    """
    there = dict(objects.sizes()) if mails else {}
    for number, (name, size) in mails.items():
        if name not in there:
            yield f"the object of mail {number} is missing in {objects.told()}: {name} (a backup may have it)"
        elif there[name] != size:
            yield f"the object of mail {number} in {objects.told()} has {there[name]} bytes, and not {size}: {name}"


def _owed() -> dict[int, str]:
    with db.transaction():
        return owed()
