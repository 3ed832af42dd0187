"""The tables as peewee sees them; the schema itself is what `migrations/` made. Nothing outside this room may import
this.

Instants are stored as fixed-width UTC text, so that their order as text is their order in time; values of the domain
are stored whole as JSON in `state`, with columns beside it only for what is searched for.
"""

from datetime import UTC, datetime

from peewee import (
    AutoField,
    BlobField,
    BooleanField,
    CompositeKey,
    DatabaseProxy,
    Field,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

proxy = DatabaseProxy()


def stamp(instant: datetime, name: str) -> str:
    """An instant as it is stored. Raises ValueError, with the name of what it is, for one without zone."""
    if instant.tzinfo is None:
        raise ValueError(f"{name}: an instant without zone ({instant})")
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


class UTCField(Field):
    """An aware instant as `2026-11-21T09:30:00.000000Z`. Refuses naive values."""

    field_type = "TEXT"

    def db_value(self, value: datetime | None) -> str | None:
        return None if value is None else stamp(value, self.name)

    def python_value(self, value: str | None) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class Row(Model):
    class Meta:
        database = proxy
        legacy_table_names = False


class Meta(Row):
    key = TextField(primary_key=True)
    value = TextField()


class Counter(Row):
    name = TextField(primary_key=True)
    value = IntegerField()


class Raw(Row):
    id = AutoField()
    sha256 = TextField(unique=True)
    size = IntegerField()
    content = BlobField()
    stored_in = TextField(default="")
    has_files = IntegerField(null=True)


class Inbox(Row):
    id = AutoField()
    content = ForeignKeyField(Raw, column_name="raw_id")
    sha256 = TextField()
    source_key = TextField(null=True, unique=True)
    source = TextField()
    account = TextField()
    reverse_path = TextField(null=True)
    forward_path = TextField()
    peer = TextField()
    login = TextField()
    received_at = UTCField()
    helo = TextField(default="")
    checked = TextField(null=True)
    author = TextField(default="")
    check_at = UTCField(null=True)
    check_tries = IntegerField(default=0)
    status = TextField()
    strikes = IntegerField(default=0)
    position = IntegerField()
    fate = TextField(default="")
    reason = TextField(default="")
    sender = TextField(default="")
    subject = TextField(default="")
    reference = TextField(default="")
    decided_at = UTCField(null=True)


class Outbox(Row):
    id = AutoField()
    channel = TextField()
    message_id = TextField(unique=True)
    sender = TextField()
    recipient = TextField()
    notice = TextField()
    reference = TextField()
    automatic = BooleanField()
    to_agent = BooleanField()
    content = BlobField()
    status = TextField()
    uncertain = BooleanField(default=False)
    attempts = IntegerField(default=0)
    next_at = UTCField()
    created_at = UTCField()
    done_at = UTCField(null=True)
    reply = TextField(default="")
    by_people = BooleanField(default=False)
    inbox_id = IntegerField(default=0)


class TicketRow(Row):
    id = AutoField()
    reference = TextField(unique=True)
    customer = TextField()
    status = TextField()
    owner = TextField()
    wake_at = UTCField(null=True)
    duty_at = UTCField(null=True)
    ask_at = UTCField(null=True)
    plan = TextField(default="")
    accepted_at = UTCField(null=True)
    on_quota = BooleanField(default=True)
    alert_key = TextField(null=True)
    state = TextField()

    class Meta:
        table_name = "ticket"


class EventRow(Row):
    id = AutoField()
    ticket_id = IntegerField(null=True)
    inbox_id = IntegerField(null=True)
    at = UTCField()
    type = TextField()
    state = TextField()

    class Meta:
        table_name = "event"


class Heard(Row):
    id = AutoField()
    message_id = TextField()
    reference = TextField()
    sender = TextField()


class TargetRow(Row):
    id = AutoField()
    ticket_id = IntegerField()
    kind = TextField()
    next_at = UTCField(null=True)
    state = TextField()

    class Meta:
        table_name = "target"


class Reminder(Row):
    id = AutoField()
    notice = TextField()
    address = TextField()
    not_before = UTCField()
    state = TextField()


class CustomerRow(Row):
    name = TextField(primary_key=True)
    position = IntegerField()
    state = TextField()

    class Meta:
        table_name = "customer"


class AgentRow(Row):
    name = TextField(primary_key=True)
    position = IntegerField()
    state = TextField()

    class Meta:
        table_name = "agent"


class KnownAddress(Row):
    address = TextField(primary_key=True)
    customer = TextField()
    agent = TextField()


class KnownDomain(Row):
    domain = TextField(primary_key=True)
    customer = TextField()


class EntryRow(Row):
    ticket_id = IntegerField()
    number = IntegerField()
    minutes = IntegerField()
    state = TextField()

    class Meta:
        table_name = "entry"
        primary_key = CompositeKey("ticket_id", "number")


class ApprovalRow(Row):
    ticket_id = IntegerField()
    number = IntegerField()
    minutes = IntegerField()
    state = TextField()

    class Meta:
        table_name = "approval"
        primary_key = CompositeKey("ticket_id", "number")


class DrawRow(Row):
    customer = TextField()
    ticket_id = IntegerField()
    card = TextField()
    minutes = IntegerField()
    state = TextField()

    class Meta:
        table_name = "draw"
        primary_key = CompositeKey("ticket_id", "card")


class StatementRow(Row):
    customer = TextField()
    month = TextField()
    issued_at = UTCField()
    state = TextField()

    class Meta:
        table_name = "statement"
        primary_key = CompositeKey("customer", "month")


class BillingRow(Row):
    customer = TextField(primary_key=True)
    first_month = TextField()
    due_at = UTCField()

    class Meta:
        table_name = "billing"


class DutyCalendarRow(Row):
    id = IntegerField(primary_key=True)
    version = IntegerField()
    state = TextField()

    class Meta:
        table_name = "duty_calendar"


class BlockedRow(Row):
    address = TextField(primary_key=True)
    by = TextField()
    at = UTCField()

    class Meta:
        table_name = "blocked"


class MorningRow(Row):
    agent = TextField()
    notice = TextField()
    due_at = UTCField()
    since = UTCField()

    class Meta:
        table_name = "morning"
        primary_key = CompositeKey("agent", "notice")


class ToldRow(Row):
    agent = TextField()
    what = TextField()
    at = UTCField()

    class Meta:
        table_name = "told"
        primary_key = CompositeKey("agent", "what")
