"""Gives a desk the history of years: each ticket again and again, ended, with all that belongs to it.

Copies have numbers, references, Message-IDs and contents of their own, the people and the times of what they are copied
from, and are searched like any other. Counters follow, so that the desk adds up.
"""

from helpdeskd.storage.tables import proxy

REFERENCE = "iif({0} = '', '', 'HD-' || (substr({0}, 4) + copy.k * {{ticket}}))"
COPIES = {
    "raw": {"id": "id + copy.k * {raw}", "sha256": "printf('%064x', id + copy.k * {raw})"},
    "inbox": {
        "id": "id + copy.k * {inbox}",
        "raw_id": "raw_id + copy.k * {raw}",
        "sha256": "printf('%064x', id + copy.k * {inbox})",
        "source_key": "source_key || '/' || (id + copy.k * {inbox})",
        "position": "position + copy.k * {inbox}",
        "reference": REFERENCE.format("reference"),
    },
    "ticket": {
        "id": "id + copy.k * {ticket}",
        "reference": REFERENCE.format("reference"),
        "status": "'closed'",
        "wake_at": "NULL",
        "duty_at": "NULL",
        "ask_at": "NULL",
        "state": "json_set(replace(state, reference, " + REFERENCE.format("reference") + "), '$.status', 'closed')",
    },
    "event": {
        "id": "id + copy.k * {event}",
        "ticket_id": "ticket_id + copy.k * {ticket}",
        "inbox_id": "inbox_id + copy.k * {inbox}",
    },
    "outbox": {
        "id": "id + copy.k * {outbox}",
        "message_id": "(id + copy.k * {outbox}) || message_id",
        "reference": REFERENCE.format("reference"),
    },
    "heard": {
        "id": "id + copy.k * {heard}",
        "message_id": "(id + copy.k * {heard}) || message_id",
        "reference": REFERENCE.format("reference"),
    },
    "target": {"id": "id + copy.k * {target}", "ticket_id": "ticket_id + copy.k * {ticket}", "next_at": "NULL"},
    "entry": {"ticket_id": "ticket_id + copy.k * {ticket}"},
    "approval": {"ticket_id": "ticket_id + copy.k * {ticket}"},
    "draw": {"ticket_id": "ticket_id + copy.k * {ticket}"},
}
COUNTED = {"accepted": "inbox", "ticket": "ticket", "outbox": "outbox", "position": "inbox"}


def grow(times: int) -> None:
    """Copy all that there is so many times, in the caller's transaction."""
    largest = {table: asked(f"SELECT max(id) FROM {table}") for table, changes in COPIES.items() if "id" in changes}
    rows = {table: asked(f"SELECT count(*) FROM {table}") for table in COPIES}
    events = asked("SELECT max(id) FROM event")
    for table, changes in COPIES.items():
        names = [name for (_, name, *_) in proxy.execute_sql(f"PRAGMA table_info({table})")]
        values = ", ".join(changes.get(name, name).format(**largest) for name in names)
        proxy.execute_sql(
            f"WITH RECURSIVE copy (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM copy WHERE k < {times}) "
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table}, copy"
        )
    for name, table in COUNTED.items():
        more = (rows if name == "accepted" else largest)[table] * times
        proxy.execute_sql("UPDATE counter SET value = value + ? WHERE name = ?", (more, name))
    proxy.execute_sql(
        "INSERT INTO search (rowid, subject, text, people) SELECT id, subject, text, people FROM written WHERE id > ?",
        (events,),
    )


def asked(query: str) -> int:
    return int(proxy.execute_sql(query).fetchone()[0] or 0)
