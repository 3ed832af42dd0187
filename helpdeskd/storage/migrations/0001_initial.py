"""The first schema: mail in, mail out, tickets with their events and targets, and the directory.

Each index answers a question that is asked for every mail or at every tick; the partial ones hold only rows that still
have something before them, so they stay small however many mails there were.
"""

TABLES = """
CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL);

CREATE TABLE raw (
    id INTEGER NOT NULL PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    content BLOB NOT NULL
);
CREATE TABLE inbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    raw_id INTEGER NOT NULL REFERENCES raw (id),
    sha256 TEXT NOT NULL,
    source_key TEXT UNIQUE,
    source TEXT NOT NULL,
    account TEXT NOT NULL,
    reverse_path TEXT,
    forward_path TEXT NOT NULL,
    peer TEXT NOT NULL,
    login TEXT NOT NULL,
    received_at TEXT NOT NULL,
    status TEXT NOT NULL,
    strikes INTEGER NOT NULL,
    position INTEGER NOT NULL,
    fate TEXT NOT NULL,
    reason TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    reference TEXT NOT NULL,
    decided_at TEXT
);
CREATE INDEX inbox_queue ON inbox (position) WHERE status = 'queued';
CREATE INDEX inbox_status ON inbox (status, id);
CREATE INDEX inbox_same ON inbox (sha256, forward_path);

CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    notice TEXT NOT NULL,
    reference TEXT NOT NULL,
    automatic INTEGER NOT NULL,
    to_agent INTEGER NOT NULL,
    content BLOB NOT NULL,
    status TEXT NOT NULL,
    uncertain INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    done_at TEXT,
    reply TEXT NOT NULL
);
CREATE INDEX outbox_due ON outbox (next_at, id) WHERE status = 'queued';
CREATE INDEX outbox_status ON outbox (status, id);
CREATE INDEX outbox_caps ON outbox (recipient, created_at) WHERE automatic AND NOT to_agent;
CREATE INDEX outbox_caps_desk ON outbox (created_at) WHERE automatic AND NOT to_agent;
CREATE INDEX outbox_thread ON outbox (reference, recipient, id);

CREATE TABLE ticket (
    id INTEGER NOT NULL PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    customer TEXT NOT NULL,
    status TEXT NOT NULL,
    owner TEXT NOT NULL,
    wake_at TEXT,
    duty_at TEXT,
    state TEXT NOT NULL
);
CREATE INDEX ticket_status ON ticket (status, id);
CREATE INDEX ticket_customer ON ticket (customer, id);
CREATE INDEX ticket_wake ON ticket (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX ticket_duty ON ticket (duty_at) WHERE duty_at IS NOT NULL;

CREATE TABLE event (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    ticket_id INTEGER REFERENCES ticket (id),
    inbox_id INTEGER REFERENCES inbox (id),
    at TEXT NOT NULL,
    type TEXT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX event_ticket ON event (ticket_id, id);
CREATE INDEX event_inbox ON event (inbox_id);

CREATE TABLE heard (
    id INTEGER NOT NULL PRIMARY KEY,
    message_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    sender TEXT NOT NULL
);
CREATE INDEX heard_message ON heard (message_id);
CREATE INDEX heard_ticket ON heard (reference, sender, id);

CREATE TABLE target (
    id INTEGER NOT NULL PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    kind TEXT NOT NULL,
    next_at TEXT,
    state TEXT NOT NULL,
    UNIQUE (ticket_id, kind)
);
CREATE INDEX target_next ON target (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE reminder (
    id INTEGER NOT NULL PRIMARY KEY,
    notice TEXT NOT NULL,
    address TEXT NOT NULL,
    not_before TEXT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX reminder_due ON reminder (not_before);
CREATE INDEX reminder_mail ON reminder (notice, address, not_before);

CREATE TABLE customer (name TEXT NOT NULL PRIMARY KEY, position INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE agent (name TEXT NOT NULL PRIMARY KEY, position INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE known_address (address TEXT NOT NULL PRIMARY KEY, customer TEXT NOT NULL, agent TEXT NOT NULL);
CREATE TABLE known_domain (domain TEXT NOT NULL PRIMARY KEY, customer TEXT NOT NULL);

INSERT INTO meta VALUES ('epoch', lower(hex(randomblob(4))))
"""


def up(_migrator: object, db: object) -> None:
    for statement in TABLES.split(";\n"):
        db.execute_sql(statement)  # type: ignore[attr-defined]
