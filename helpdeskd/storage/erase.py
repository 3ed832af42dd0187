"""Erasing a person (GDPR article 17): what was theirs goes, and where they acted a pseudonym stands.

    find      before the transaction, because it reads every mail: which of them tell of the person, however coded
    hindered  what must be decided or sent first, so that an erasure is whole or is not made
    erase     in the caller's transaction: all of it, or nothing; after it `db.compact` takes away the old pages

What goes are all words on the tickets that they asked for, whoever wrote them, because no machine can tell which of
them quote or describe the person; their words on others' tickets, and the lines of others that repeat them; the bytes
of all mails by them, to them, on their tickets or that name them; their place in the directory. What stays is every row
with its number, times and fate, and all minutes and money; and what an agent wrote for customers, without their name.

`person-7` is a number that is given once and told to nobody. Raises Unavailable, and nothing was done.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from helpdeskd.domain.happening import DESK
from helpdeskd.domain.ticket import Ticket
from helpdeskd.domain.trace import Trace
from helpdeskd.storage import audit_chain, blank, contacts, counter, objects, person, search, tickets
from helpdeskd.storage.codec import array, text_of
from helpdeskd.storage.directory import ROSTER, StoredDirectory, duty_roster
from helpdeskd.storage.engine import engine
from helpdeskd.storage.person import Person
from helpdeskd.storage.scrub import Renaming, replace_everywhere
from helpdeskd.storage.tables import proxy, stamp

ERASED = "erased"
WORD = f"[{ERASED}]"
SHORTEST_LINE = 12
SETTLE = {
    "held": "decide it first: helpdeskd held list",
    "queued": "let it be decided first",
    "failed": "give it another turn first: helpdeskd inbox requeue",
}
"""What to do first with mail of somebody else."""
_RAWS = "SELECT id FROM raw WHERE size > 0", "SELECT content, stored_in FROM raw WHERE id = ?"
_SENT = "SELECT id FROM outbox WHERE NOT is_blank", "SELECT content, '' FROM outbox WHERE id = ?"
_WAITING = """
SELECT id, status FROM inbox
WHERE status IN ('queued', 'held', 'failed') AND raw_id IN (SELECT CAST(value AS BIGINT) FROM json_each(:raws))
    AND id NOT IN (SELECT CAST(value AS BIGINT) FROM json_each(:mails))
ORDER BY id"""
_UNSENT = """
SELECT id FROM outbox
WHERE status IN ('queued', 'sending') AND recipient NOT IN (SELECT value FROM json_each(:people))
    AND (id IN (SELECT CAST(value AS BIGINT) FROM json_each(:sent))
        OR reference IN (SELECT value FROM json_each(:references)))
ORDER BY id"""
_ABOUT = """
SELECT id FROM outbox
WHERE recipient IN (SELECT value FROM json_each(:people))
    OR reference IN (SELECT value FROM json_each(:references))
    OR status NOT IN ('queued', 'sending') AND reference IN (
        SELECT reference FROM ticket WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:part)))"""
_DROP = """
UPDATE outbox SET status = 'dropped', done_at = :at
WHERE status IN ('queued', 'sending') AND recipient IN (SELECT value FROM json_each(:people))"""
_END = """
UPDATE inbox SET
    fate = CASE status WHEN 'done' THEN fate ELSE 'refused' END, status = 'done', decided_at = coalesce(decided_at, :at)
WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:mails)) AND status <> 'done'"""
_FORGET = """
UPDATE inbox SET
    subject = CASE subject WHEN '' THEN '' ELSE :word END, reason = CASE reason WHEN '' THEN '' ELSE :word END
WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:mails))"""
_FORGET_WAY = """
UPDATE inbox SET sender = :pseudonym, reverse_path = NULL, peer = '', login = '', helo = '', author = '',
    checked = NULL, check_at = NULL
WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:mails))"""
_UNHEAR = """
DELETE FROM heard
WHERE sender IN (SELECT value FROM json_each(:people)) OR reference IN (SELECT value FROM json_each(:references))
    OR sender = '' AND reference IN (
        SELECT reference FROM ticket WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:part)))"""


@dataclass(frozen=True, slots=True)
class Found:
    """Where else they are told of: the bytes of mails received (`raw`), and mails sent, by number."""

    raws: frozenset[int]
    sent: frozenset[int]


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure changed: tickets asked for, others, bytes of mails, rows in which they were named.

    `unheard` are references of tickets that go on, and of which nobody of the customer hears any more; `sought` are the
    words that were sought everywhere.
    """

    pseudonym: str
    tickets: int
    others: int
    received: int
    sent: int
    rows: int
    unheard: tuple[str, ...]
    sought: tuple[str, ...]


def find(who: Person) -> Found:
    """Read every mail that still has its bytes, also those in the bucket: not within a transaction."""
    trace = who.trace
    raws, sent = (
        frozenset(
            number
            for (number,) in proxy.execute_sql(which).fetchall()
            for content, stored_in in proxy.execute_sql(its, (number,)).fetchall()
            if trace.is_in_mail(objects.read(stored_in) if stored_in else content)
        )
        for which, its in (_RAWS, _SENT)
    )
    return Found(raws, sent)


def hindered(who: Person, found: Found) -> Iterator[str]:
    """Why the person cannot be erased yet, a sentence each; none when nothing hinders it."""
    raws = found.raws | blank.raws_of(person.on(who.own))
    waiting = {"raws": array(raws), "mails": array(who.mails)}
    for number, status in proxy.execute_sql(_WAITING, waiting).fetchall():
        yield f"mail {number} is {status} and tells of them ({SETTLE[status]})"
    for (number,) in proxy.execute_sql(_UNSENT, _places(who) | {"sent": array(found.sent)}).fetchall():
        yield f"mail {number} to send tells of them (send or drop it first: helpdeskd outbox list --status queued)"
    owned = [ticket.reference for ticket in tickets.unfinished() if who.agent and ticket.owner == who.agent]
    if owned:
        yield f"{who.agent} still owns {', '.join(owned)} (assign them first)"
    if who.agent and len(StoredDirectory().agents()) == 1:
        yield f"{who.agent} is the only agent (another one first: helpdeskd directory apply)"


def erase(who: Person, found: Found, at: datetime) -> Erasure:
    """Take everything away that `find` and the tables know of them."""
    pseudonym = f"person-{counter.count('person')}"
    near = _near(who)
    unheard = tuple(t.reference for t in tickets.unfinished() if t.id in who.own and not _others_hear(t, who))
    received = _mails_received(who, found, pseudonym, at)
    sent = _mails_sent(who, found, at)
    _events(who, near)
    _tickets(who, near)
    _lines_to_tell(who)
    proxy.execute_sql(_UNHEAR, _places(who))
    _leave_directory(who)
    rows = replace_everywhere(who, pseudonym)
    search.rebuild()
    done = Erasure(pseudonym, len(who.asked), len(who.part), received, sent, rows, unheard, tuple(sorted(who.sought)))
    _account(done, who, at)
    return done


def _others_hear(ticket: Ticket, who: Person) -> bool:
    """Whether others of the customer take part, or are asked to approve."""
    return ticket.estimate is not None or any(
        participant.address not in who.addresses for participant in ticket.participants
    )


def _mails_received(who: Person, found: Found, pseudonym: str, at: datetime) -> int:
    on_own = person.on(who.own)
    near = () if who.agent else person.on(who.part)
    raws = found.raws | blank.raws_of((*who.mails, *on_own, *near))
    proxy.execute_sql(_END, {"mails": array(who.mails), "at": stamp(at, "at")})
    proxy.execute_sql(_FORGET, {"mails": array([*who.mails, *on_own]), "word": WORD})
    proxy.execute_sql(_FORGET_WAY, {"mails": array(who.mails), "pseudonym": pseudonym})
    return blank.blank_raws(raws, ERASED)


def _mails_sent(who: Person, found: Found, at: datetime) -> int:
    places = _places(who)
    proxy.execute_sql(_DROP, {"at": stamp(at, "at"), "people": places["people"]})
    about = {number for (number,) in proxy.execute_sql(_ABOUT, places).fetchall()}
    return blank.blank_sent(about | found.sent, ERASED)


def _events(who: Person, near: Trace) -> None:
    """All words on their tickets, and their own anywhere; on others' tickets what repeats them."""
    own, part, mails = set(who.own), set(who.part), set(who.mails)
    changes = []
    for number, ticket, mail, state in engine().stream("SELECT id, ticket_id, inbox_id, state FROM event"):
        told = json.loads(state) if ticket in own or ticket in part or mail in mails else {}
        theirs = not who.agent and (mail in mails or told.get("by") in who.addresses)
        if ticket in own or theirs:
            changes.append((blank.without_words(told, WORD), number))
        elif ticket in part and (left := _without(told, near)) != told:
            changes.append((left, number))
    _update("event", changes)


def _tickets(who: Person, near: Trace) -> None:
    changes = []
    for number, state in engine().stream("SELECT id, state FROM ticket"):
        if number in who.own:
            changes.append((blank.without_words(json.loads(state), WORD), number))
        elif number in who.part:
            changes.append((_without(json.loads(state), near), number))
    _update("ticket", changes)


def _lines_to_tell(who: Person) -> None:
    """What waits to be told to them, and of them."""
    proxy.execute_sql("DELETE FROM reminder WHERE address IN (SELECT value FROM json_each(?))", (array(who.addresses),))
    references, changes = {reference for _, reference in who.asked}, []
    for number, state in engine().stream("SELECT id, state FROM reminder"):
        item = json.loads(state)
        if item["reference"] in references or item.get("mail_id") in who.mails:
            changes.append((blank.without_words(item, WORD), number))
    _update("reminder", changes)


def _leave_directory(who: Person) -> None:
    customer = StoredDirectory().customer(who.customer) if who.customer else None
    if customer is not None:
        others = tuple(one for one in customer.contacts if not who.addresses & set(one.addresses))
        contacts.save(replace(customer, contacts=others))
    proxy.execute_sql("DELETE FROM blocked WHERE address IN (SELECT value FROM json_each(?))", (array(who.addresses),))
    if who.agent:
        proxy.execute_sql("DELETE FROM agent WHERE name = ?", (who.agent,))
        for table in ("known_address", "morning", "told"):
            proxy.execute_sql(f"DELETE FROM {table} WHERE agent = ?", (who.agent,))  # noqa: S608 - names of ours
        roster = json.dumps([name for name in duty_roster() if name != who.agent])
        proxy.execute_sql("UPDATE meta SET value = ? WHERE key = ?", (roster, ROSTER))


def _account(done: Erasure, who: Person, at: datetime) -> None:
    """Write the audit record anew where it names them, and tell of it."""
    name, own, mails = Renaming(who, done.pseudonym), set(who.own), set(who.mails)

    def without_them(detail: str) -> str:
        told = json.loads(detail)
        if told.get("ticket") in own or told.get("mail") in mails or told.get("inbox_id") in mails:
            detail = text_of(blank.without_words(told, WORD))
        return name.cell(detail, "detail")

    rewritten = audit_chain.rewrite(without_them)
    audit_chain.append("PersonErased", at, by=DESK, person=done.pseudonym, tickets=done.tickets, rewritten=rewritten)


def _near(who: Person) -> Trace:
    """What is sought on tickets where they took part: their names, and the lines that they wrote there."""
    return Trace({*who.near, *(() if who.agent else _lines(who))})


def _lines(who: Person) -> Iterator[str]:
    """The lines that they wrote, long enough to be nobody else's by chance."""
    query = "SELECT state FROM event WHERE state ->> 'by' IN (SELECT value FROM json_each(?))"
    for (state,) in proxy.execute_sql(query, (array(who.addresses),)).fetchall():
        event = json.loads(state)
        words = (event.get("text"), event.get("subject"), (event.get("ticket") or {}).get("subject"))
        lines = (line.strip() for text in words if text for line in text.splitlines())
        yield from (line for line in lines if len(line) >= SHORTEST_LINE)


def _without(value: Any, near: Trace) -> Any:
    return blank.changed(value, lambda text, key: near.replaced(text, WORD) if key in blank.WRITTEN else text)


def _update(table: str, changes: Collection[tuple[Any, int]]) -> None:
    for state, number in changes:
        changed = text_of(state), number
        proxy.execute_sql(f"UPDATE {table} SET state = ? WHERE id = ?", changed)  # noqa: S608 - names of ours


def _places(who: Person) -> dict[str, str]:
    return {
        "people": array(who.addresses),
        "references": array([reference for _, reference in who.asked]),
        "part": array(() if who.agent else who.part),
    }
