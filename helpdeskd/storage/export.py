"""All that is stored about a person, for a request of access (GDPR articles 15 and 20).

In: a person, in the caller's transaction. Out: `Record`s, each with its kind and plain values, and the mails that they
sent and were sent, byte for byte. Reads only.

Theirs is what they gave, what they wrote and were sent, what was decided about it, and what it cost. What others wrote
is there as far as they were sent it. Notes of agents are left out, because they are mostly about the matter and about
other people: `notes` counts them for each ticket, so that somebody reads them and adds what is about the applicant.
Agents, who are other people too, stand there as "agent". Of an agent it is told what they did and when, without the
words, which are about customers and theirs to ask for.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from helpdeskd.domain.directory import Agent, Contact
from helpdeskd.domain.happening import DESK
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage import audit_chain, blank, inbox, ledger, outbox, tickets
from helpdeskd.storage.codec import array, plain, text_of
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.inbox import Received
from helpdeskd.storage.person import Person
from helpdeskd.storage.tables import proxy

AGENT = "agent"
OF_DECISIONS = ("fate", "reason", "reference", "decided_at")
_TO_THEM = "SELECT id FROM outbox WHERE recipient IN (SELECT value FROM json_each(?)) ORDER BY id"
_THEIR_EVENTS = """
SELECT ticket.reference, event.at, event.type, event.state FROM event LEFT JOIN ticket ON ticket.id = event.ticket_id
WHERE event.state ->> 'by' IN (SELECT value FROM json_each(?)) ORDER BY event.id"""
_NOTES = """
SELECT ticket_id, count(*) FROM event
WHERE type IN ('NoteAdded', 'SolutionRecorded', 'ThirdPartyAsked', 'ThirdPartyAnswered')
    AND ticket_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))
GROUP BY ticket_id"""
_BLOCKED = "SELECT address, at FROM blocked WHERE address IN (SELECT value FROM json_each(?))"
_DIGESTS = "SELECT notice, not_before FROM reminder WHERE address IN (SELECT value FROM json_each(?)) ORDER BY id"


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that is stored; `raw` is the mail itself where it is one and still there."""

    kind: str
    values: dict[str, Any]
    raw: bytes = field(default=b"", repr=False)


def collect(who: Person, is_proved: Callable[[Received], bool]) -> Iterator[Record]:
    """Everything, kind by kind; `is_proved` says whether a mail with an address of theirs was proved to be theirs."""
    yield Record("person", {"addresses": sorted(who.addresses), "names": sorted(who.names)})
    yield from _in_the_directory(who)
    yield from _tickets(who)
    yield from _written(who)
    yield from _mails_received(who, is_proved)
    yield from _mails_sent(who)
    yield from _accounted(who)
    for address, at in _rows(_BLOCKED, who.addresses):
        yield Record("blocked", {"address": address, "since": at})
    for notice, not_before in _rows(_DIGESTS, who.addresses):
        yield Record("waiting to be told", {"notice": notice, "not_before": not_before})


def notes(who: Person) -> dict[str, int]:
    """How many internal notes there are on the tickets that they asked for, by reference."""
    references = dict(who.asked)
    return {references[number]: count for number, count in _rows(_NOTES, references)}


def _in_the_directory(who: Person) -> Iterator[Record]:
    directory = StoredDirectory()
    for address in sorted(who.addresses):
        known: tuple[Contact | Agent | None, ...] = (directory.contact(address), directory.agent(address))
        for one in known:
            if one is not None and one.address == address:
                values = plain(one)
                yield Record("contact" if isinstance(one, Contact) else AGENT, values)


def _tickets(who: Person) -> Iterator[Record]:
    for number in sorted({*who.own, *who.part}):
        ticket = tickets.by_id(number)
        assert ticket is not None
        asked = number in who.own
        values = {
            "ticket": ticket.reference,
            "subject": ticket.subject if asked else None,
            "customer": ticket.customer,
            "status": ticket.status.value,
            "opened_at": _iso(ticket.opened_at),
            "asked_for_it": asked,
            "takes_part": any(participant.address in who.addresses for participant in ticket.participants),
        }
        yield Record("ticket", values)
        yield from _booked(ticket, who, asked)


def _booked(ticket: Ticket, who: Person, asked: bool) -> Iterator[Record]:
    """Time worked for them, or by them, and what they approved."""
    for entry in ledger.entries(ticket.id):
        if asked or entry.agent == who.agent:
            worked = {"ticket": ticket.reference, "start": _iso(entry.start), "minutes": entry.minutes}
            yield Record("time", worked | {"onsite": entry.onsite})
    for approval in ledger.approvals(ticket.id):
        if approval.by in who.names | who.addresses:
            yield Record("approval", plain(approval))


def _written(who: Person) -> Iterator[Record]:
    """What they did and wrote, on tickets and without one."""
    acted = (*who.addresses, *((who.agent,) if who.agent else ()))
    for reference, at, kind, state in _rows(_THEIR_EVENTS, acted):
        told = {name: value for name, value in json.loads(state).items() if name not in {"at", "ticket", "by"}}
        opened = json.loads(state).get("ticket")
        subject = {"subject": opened["subject"]} if isinstance(opened, dict) else {}
        values = {"ticket": reference, "at": at, "what": kind, **subject, **told}
        yield Record("action", blank.without_words(values, "") if who.agent else values)


def _mails_received(who: Person, is_proved: Callable[[Received], bool]) -> Iterator[Record]:
    for number in who.mails:
        row = inbox.get(number)
        assert row is not None
        envelope = {name: value for name, value in plain(row.envelope).items() if value not in ("", None)}
        decided = {name: value for name, value in plain(row).items() if name in OF_DECISIONS}
        values = {
            "mail": number,
            "direction": "in",
            "subject": row.subject,
            "status": row.status,
            **envelope,
            **decided,
            "proved": None if row.raw.startswith(blank.BLANK) else is_proved(row),
        }
        yield _mail(values, row.raw, who)


def _mails_sent(who: Person) -> Iterator[Record]:
    for (number,) in _rows(_TO_THEM, who.addresses):
        row = outbox.get(number)
        assert row is not None
        values = {
            "mail": number,
            "direction": "out",
            "to": row.recipient,
            "notice": row.notice,
            "ticket": row.reference,
            "at": _iso(row.created_at),
            "status": row.status,
        }
        yield _mail(values, row.content, who)


def _accounted(who: Person) -> Iterator[Record]:
    """The rows of the audit record that name them."""
    for row in audit_chain.listed():
        if _names(row.detail, who):
            values = {"number": row.number, "at": _iso(row.at), "what": row.what}
            yield Record("audit", values | {"detail": _about(row.detail, who)})


def _about(detail: Mapping[str, Any], who: Person) -> dict[str, Any]:
    """What a row says, without the others whom it names beside them."""
    told = {name: _of_lists(value, who) for name, value in detail.items()}
    by = str(told.get("by", DESK))
    return told if by in {DESK, who.agent} or "@" in by else told | {"by": AGENT}


def _of_lists(value: Any, who: Person) -> Any:
    if isinstance(value, dict):
        return {name: _of_lists(each, who) for name, each in value.items()}
    return [each for each in value if _names(each, who)] if isinstance(value, list) else value


def _names(value: Any, who: Person) -> bool:
    text = text_of(value)
    return who.trace.is_in(text) or bool(who.agent and f'"{who.agent}"' in text)


def _mail(values: dict[str, Any], raw: bytes, who: Person) -> Record:
    if who.agent:
        return Record("mail", values | {"subject": ""})
    return Record("mail", values, b"" if raw.startswith(blank.BLANK) else raw)


def _rows(query: str, values: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = proxy.execute_sql(query, (array(values),)).fetchall()
    return found


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
