"""A mail to send: every way through its states, and who gets how many."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from helpdeskd.storage import audit, db, outbox, tickets
from helpdeskd.storage.outbox import Queued
from tests.storage.values import MINUTE, NOW, mail

Act = Callable[[], object]
LATER = NOW + MINUTE


def queue(**changes: object) -> int:
    outbox_id = outbox.take_id()
    outbox.queue(mail(outbox_id, **changes))
    return outbox_id


def row(outbox_id: int = 1) -> Queued:
    found = outbox.get(outbox_id)
    assert found is not None
    return found


def claim() -> list[int]:
    return [claimed.id for claimed in outbox.claim(NOW, 10)]


def sent() -> None:
    outbox.sent(1, "250 ok", NOW)


def failed() -> None:
    outbox.failed(1, "550 no", NOW)


def later() -> None:
    outbox.later(1, "450 later", LATER)


def retry() -> bool:
    return outbox.retry(1, NOW)


def drop() -> bool:
    return outbox.drop(1, NOW)


def nothing() -> None:
    return


def bounced() -> None:
    outbox.bounced(1, "failed 5.1.1", NOW)


BEGIN: dict[str, tuple[Act, ...]] = {
    "queued": (),
    "sending": (claim,),
    "sent": (claim, sent),
    "failed": (claim, failed),
    "dropped": (drop,),
}


@pytest.mark.parametrize(
    ("before", "act", "after"),
    [
        ("queued", claim, "sending"),
        ("queued", sent, "queued"),
        ("queued", failed, "queued"),
        ("queued", drop, "dropped"),
        ("queued", retry, "queued"),
        ("queued", outbox.recover, "queued"),
        ("sending", sent, "sent"),
        ("sending", failed, "failed"),
        ("sending", later, "queued"),
        ("sending", outbox.recover, "queued"),
        ("sending", claim, "sending"),
        ("sending", drop, "sending"),
        ("sending", retry, "sending"),
        ("sent", claim, "sent"),
        ("sent", bounced, "bounced"),
        ("queued", bounced, "queued"),
        ("sent", drop, "sent"),
        ("sent", retry, "sent"),
        ("sent", outbox.recover, "sent"),
        ("failed", retry, "queued"),
        ("failed", drop, "dropped"),
        ("failed", claim, "failed"),
        ("dropped", retry, "queued"),
        ("dropped", claim, "dropped"),
    ],
)
def test_a_mail_goes_from_state_to_state(state: Path, before: str, act: Act, after: str) -> None:
    with db.transaction():
        queue()
        for step in BEGIN[before]:
            step()
        assert row().status == before
        act()
        assert row().status == after


def test_every_try_sends_the_same_bytes(state: Path) -> None:
    with db.transaction():
        queue(content=b"finished bytes")
        first = outbox.claim(NOW, 10)
        later()
        again = outbox.claim(LATER, 10)
    assert [claimed.content for claimed in (*first, *again)] == [b"finished bytes"] * 2
    assert first[0].message_id == again[0].message_id
    assert again[0].attempts == 1


@pytest.mark.parametrize(("at", "due"), [(LATER - timedelta(microseconds=1), []), (LATER, [1])])
def test_a_mail_is_not_tried_before_its_time(state: Path, at: object, due: list[int]) -> None:
    with db.transaction():
        queue(next_at=LATER)
        assert [claimed.id for claimed in outbox.claim(at, 10)] == due  # type: ignore[arg-type]


def test_the_oldest_go_first_as_many_as_asked_for(state: Path) -> None:
    with db.transaction():
        for minutes in (3, 1, 2):
            queue(next_at=NOW - minutes * MINUTE)
        assert [claimed.id for claimed in outbox.claim(NOW, 2)] == [1, 3]


def test_what_was_being_sent_when_we_died_is_uncertain(state: Path) -> None:
    with db.transaction():
        queue()
        queue()
        outbox.claim(NOW, 1)
        assert outbox.recover() == 1
    assert [row(1).uncertain, row(2).uncertain] == [True, False]


def test_cut_off_after_the_final_dot_is_uncertain_for_good(state: Path) -> None:
    with db.transaction():
        queue()
        claim()
        outbox.later(1, "lost", NOW, uncertain=True)
        claim()
        later()
    assert row().uncertain


def test_automatic_mails_are_counted_for_an_address_and_for_the_desk(state: Path) -> None:
    with db.transaction():
        queue()
        queue(recipient="bram@bakery.example")
        queue(automatic=False)
        queue(to_agent=True)
        queue(created_at=NOW - 2 * MINUTE)
        assert outbox.automatic_mails("anna@bakery.example", NOW - MINUTE) == 1
        assert outbox.automatic_mails("anna@bakery.example", NOW - 2 * MINUTE) == 2
        assert outbox.automatic_mails("", NOW - MINUTE) == 2


def test_a_mail_of_ours_is_found_by_message_id_and_number(state: Path) -> None:
    with db.transaction():
        queue()
        found = outbox.by_message_id("<1@desk.example>")
        assert found == outbox.by_id(1)
        assert outbox.by_message_id("<2@desk.example>") is None
    assert found is not None
    assert (found.recipient, found.notice, found.reference) == ("anna@bakery.example", "ticket-received", "HD-1001")


def test_the_last_mail_to_a_person_about_a_ticket(state: Path) -> None:
    with db.transaction():
        queue()
        queue()
        queue(recipient="bram@bakery.example")
        assert outbox.talk("HD-1001", "anna@bakery.example", NOW).ours == "<2@desk.example>"
        assert outbox.talk("HD-1002", "anna@bakery.example", NOW).ours == ""


def page() -> None:
    """What wakes somebody by a channel beside mail."""
    outbox.queue(outbox.page(outbox.take_id(), "webhook", "chat", "HD-1001", b"{}", NOW))


def test_a_page_by_another_channel_is_a_row_like_a_mail(state: Path) -> None:
    with db.transaction():
        page()
        (row,) = outbox.claim(NOW, 10)
        assert (row.channel, row.recipient, row.content) == ("webhook", "chat", b"{}")
        assert outbox.talk("HD-1001", "chat", NOW).ours == ""


def test_what_goes_to_the_smarthost_and_what_does_not_are_claimed_apart(state: Path) -> None:
    with db.transaction():
        queue()
        page()
        assert [row.channel for row in outbox.claim(NOW, 10, by_mail=False)] == ["webhook"]
        assert [row.channel for row in outbox.claim(NOW, 10, by_mail=True)] == ["mail"]


def test_a_page_that_is_called_off_is_never_sent(state: Path) -> None:
    with db.transaction():
        page()
        (row,) = outbox.claim(NOW, 10)
        outbox.called_off(row.id, "taken", NOW)
        assert outbox.counts() == {"dropped": 1}
        assert outbox.claim(NOW, 10) == []


def test_rows_are_listed_newest_first_without_their_content(state: Path) -> None:
    with db.transaction():
        queue()
        queue()
        drop()
        assert [(listed.id, listed.content) for listed in outbox.listed()] == [(2, b""), (1, b"")]
        assert [listed.id for listed in outbox.listed("dropped")] == [1]
        assert outbox.counts() == {"queued": 1, "dropped": 1}


@pytest.mark.usefixtures("state")
def test_the_newest_mail_to_somebody_may_be_asked_for_by_ticket_and_notice() -> None:
    queue(recipient="anna@bakery.example", reference="HD-1001", notice="reply", content=b"first")
    queue(recipient="anna@bakery.example", reference="HD-1002", notice="reply", content=b"second")
    queue(recipient="a.devries@bakery.example", reference="HD-1001", notice="status", content=b"third")
    both = ("anna@bakery.example", "a.devries@bakery.example")
    assert outbox.newest_to(both, "", "") == b"third"
    assert outbox.newest_to(both, "HD-1001", "reply") == b"first"
    assert outbox.newest_to(both, "", "reply") == b"second"
    assert outbox.newest_to(both[:1], "HD-1001", "") == b"first"
    assert outbox.newest_to(both, "HD-1003", "") is None


def test_a_number_that_was_taken_for_nothing_is_missed_by_nobody(state: Path) -> None:
    with db.transaction():
        queue()
        outbox.take_id()
        missed = "2 mails to send were made, but 1 are there"
        assert missed in audit.audit().faults
        outbox.leave_out()
        assert missed not in audit.audit().faults


def test_a_talk_tells_how_much_was_written_and_what_came_last_from_each(state: Path) -> None:
    with db.transaction():
        assert outbox.talk("HD-1001", "anna@bakery.example", NOW) == outbox.Talk(0)
        queue(recipient="anna@bakery.example", reference="HD-1001", message_id="<7@desk.example>")
        tickets.heard("<a@bakery.example>", "HD-1001", "anna@bakery.example")
        told = outbox.Talk(1, "<7@desk.example>", "<a@bakery.example>")
        assert outbox.talk("HD-1001", "anna@bakery.example", NOW) == told
        assert outbox.talk("HD-1001", "anna@bakery.example", NOW + MINUTE) == replace(told, mails=0)
