"""A prepared query answers as the query itself does, with other values each time and on any database."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from helpdeskd.storage import db
from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import Heard, Meta, Outbox, Raw, Reminder

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HEAR = Prepared(Heard.insert(message_id=value("message_id"), reference="HD-1001", sender=value("sender")))
LAST = Prepared(
    Heard.select(Heard.message_id)
    .where(Heard.reference == "HD-1001", Heard.sender == value("sender"))
    .order_by(Heard.id.desc())
    .limit(value("limit"))
)
REMIND = Prepared(Reminder.insert(notice="x?", address="a@b.example", not_before=value("at"), state='":at"'))
DUE = Prepared(Reminder.select(Reminder.notice, Reminder.not_before, Reminder.state).where(Reminder.id == value("id")))

pytestmark = pytest.mark.usefixtures("state")


def test_values_of_the_query_and_values_of_the_call_find_their_places() -> None:
    for number, sender in enumerate(("anna", "bram", "anna")):
        HEAR.run(sender=sender, message_id=f"<{number}>")
    assert LAST.rows(sender="anna", limit=5) == [("<2>",), ("<0>",)]
    assert LAST.rows(sender="anna", limit=1) == [("<2>",)]
    assert LAST.scalar(sender="bram", limit=1) == "<1>"


def test_where_nothing_is_found_there_is_none() -> None:
    assert LAST.rows(sender="eve", limit=1) == []
    assert LAST.row(sender="eve", limit=1) is None
    assert LAST.scalar(sender="eve", limit=1) is None


def test_an_instant_goes_in_and_comes_out_as_one() -> None:
    REMIND.run(at=NOON.astimezone(timezone(timedelta(hours=5))))
    assert DUE.row(id=1) == ("x?", NOON, '":at"')
    with pytest.raises(ValueError, match="at: an instant without zone"):
        REMIND.run(at=datetime(2026, 11, 2))


def test_a_truth_comes_out_as_one() -> None:
    columns = {name: value(name) for name in ("automatic", "to_agent")}
    texts = dict.fromkeys(("channel", "message_id", "sender", "recipient", "notice", "reference", "status"), "")
    Prepared(Outbox.insert(id=1, content=b"", next_at=NOON, created_at=NOON, **texts, **columns)).run(
        automatic=True, to_agent=False
    )
    assert Prepared(Outbox.select(Outbox.automatic, Outbox.to_agent)).row() == (True, False)


def test_what_is_stored_can_be_returned_and_is_there_afterwards() -> None:
    put = Prepared(Raw.insert(sha256=value("sha256"), size=1, content=value("content")).returning(Raw.id))
    with db.transaction():
        assert [put.scalar(sha256=name, content=b"\0x") for name in ("a", "b")] == [1, 2]
    assert Prepared(Raw.select(Raw.content).where(Raw.id == 2)).scalar() == b"\0x"


def test_it_serves_whatever_database_is_open(tmp_path: Path) -> None:
    mark = Prepared(Meta.select(Meta.value).where(Meta.key == "epoch"))
    first = mark.scalar()
    db.close()
    (tmp_path / "other").mkdir()
    db.connect(tmp_path / "other")
    assert mark.scalar() == db.epoch() != first
