"""What a desk must be, compared with what its model says (P2 to P7, P11): asked of its database, in a transaction."""

import json
import re
from collections import Counter
from typing import Any

from helpdeskd.storage import audit
from helpdeskd.storage.tables import proxy
from tests.machine.model import ANSWER, NEW, Model

TELLS = ("TicketOpened", "CustomerWrote", "AgentReplied")


def keeps_its_promises(model: Model) -> None:
    assert audit.audit().faults == []
    every_mail_has_one_fate(model)
    tickets_tell_each_mail_once_and_in_order(model)
    nothing_went_out_that_was_not_decided_or_twice(model)
    what_was_due_happened_once()


def every_mail_has_one_fate(model: Model) -> None:
    rows = asked("SELECT content, status, fate, strikes FROM inbox JOIN raw ON raw.id = raw_id ORDER BY position")
    assert all(status in {"queued", "done"} and strikes == 0 for _, status, _, strikes in rows)
    first = [number_of(content) for content, _, fate, _ in rows if fate != "duplicate"]
    assert first == [mail.number for mail in model.held.accepted]
    assert len(rows) - len(first) == model.held.again


def tickets_tell_each_mail_once_and_in_order(model: Model) -> None:
    stories: dict[int, list[int]] = {}
    for reference, subject in asked("SELECT reference, state ->> 'subject' FROM ticket"):
        case = int(subject.removeprefix("Case "))
        assert model.cases.setdefault(reference, case) == case, "a reference that was given to somebody else"
        stories[case] = []
    for subject, text in asked(f"""
        SELECT ticket.state ->> 'subject', event.state ->> 'text' FROM event JOIN ticket ON ticket.id = ticket_id
        WHERE type IN {TELLS} ORDER BY event.id"""):
        stories[int(subject.removeprefix("Case "))].append(int(re.findall(r"mail (\d+)\.", text)[0]))
    done = decided()
    cases = {mail.case for mail in model.held.accepted if mail.kind == NEW and mail.number in done}
    assert stories == {case: model.held.story(case, done) for case in cases}


def nothing_went_out_that_was_not_decided_or_twice(model: Model) -> None:
    made = {row[0]: row[1:] for row in asked("SELECT message_id, uncertain, notice, reference FROM outbox")}
    assert set(model.arrived) <= set(made)
    assert not model.lost_world & set(model.arrived)
    for message_id, times in model.arrived.items():
        assert times <= 1 + model.cut[message_id]
        assert times == 1 or made[message_id][0], "a duplicate that is not marked uncertain"
    told = Counter((reference, notice) for _, notice, reference in made.values())
    done = decided()
    answers = Counter(m.case for m in model.held.accepted if m.kind == ANSWER and m.number in done)
    for (reference,) in asked("SELECT reference FROM ticket"):
        assert told[reference, "ticket-received"] == 1
        assert told[reference, "reply"] == answers[model.cases[reference]]


def what_was_due_happened_once() -> None:
    passed = Counter(
        (ticket, kind, due, share)
        for ticket, kind, due, shares in asked("""
            SELECT ticket_id, state ->> 'kind', state ->> 'due', state ->> 'shares' FROM event
            WHERE type = 'TargetPassed'""")
        for share in json.loads(shares)
    )
    assert [each for each, times in passed.items() if times > 1] == []


def decided() -> set[int]:
    """The numbers of the mails that have their fate."""
    rows = asked("SELECT content FROM inbox JOIN raw ON raw.id = raw_id WHERE status = 'done' AND fate <> 'duplicate'")
    return {number_of(content) for (content,) in rows}


def asked(query: str) -> list[tuple[Any, ...]]:
    return list(proxy.execute_sql(query))


def number_of(raw: bytes) -> int:
    return int(re.findall(rb"X-Number: (\d+)", raw)[0])
