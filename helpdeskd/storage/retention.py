"""The retention: what is settled, and older than its class is kept, loses its words and its people; its row stays.

    received, attachments    bytes of mails that are decided, all of whose tickets have ended
    sent                     bytes of mails that are sent, bounced, failed or dropped
    strangers                who wrote mails that became no ticket, their subjects and reasons
    tickets                  words, addresses and names on tickets that have ended; what they cost stays, without names
    audit                    rows of the audit record, of which the chain keeps the last hash

Never what is not settled: mail that waits, open tickets and what was merged into them, work that no statement has told
of, tickets that drew on a card with hours left. In the caller's transaction, at most `limit` of each class at once, the
oldest first, so that a desk with years behind it is not kept from its work. Nothing is deleted that `audit` counts.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from helpdeskd.domain.happening import DESK
from helpdeskd.domain.retention import Retention
from helpdeskd.storage import audit_chain, blank, person, search
from helpdeskd.storage.arrivals import brings_files
from helpdeskd.storage.codec import array, text_of
from helpdeskd.storage.scrub import PEOPLE
from helpdeskd.storage.tables import proxy, stamp

PURGED = "purged"
WORD = f"[{PURGED}]"
PERSONAL = PEOPLE | {
    *("requester", "participants", "address", "addresses", "name", "names", "third_parties", "informed", "joined"),
    *("recipient", "holder", "asker", "contact"),
}
"""The keys of events and tickets that say who somebody is."""
_LEADS = """
WITH RECURSIVE leads (id, reference) AS (
    SELECT id, state ->> 'merged_into' FROM ticket WHERE status = 'merged'
    UNION SELECT leads.id, ticket.state ->> 'merged_into' FROM leads JOIN ticket USING (reference)
    WHERE ticket.status = 'merged'
), matter (id, ticket_id) AS (
    SELECT leads.id, ticket.id FROM leads JOIN ticket USING (reference)
), going_on (id) AS (
    SELECT id FROM ticket WHERE status NOT IN ('closed', 'merged', 'rejected')
    UNION SELECT matter.id FROM matter JOIN ticket ON ticket.id = matter.ticket_id
    WHERE ticket.status NOT IN ('closed', 'merged', 'rejected')
)
"""
"""A matter is what a merged ticket goes on as; it goes on while one of these tickets does."""
_PLAIN, _WITH_FILES = (
    f"""{_LEADS}
SELECT raw.id FROM raw JOIN inbox ON inbox.raw_id = raw.id
WHERE raw.size > 0 AND raw.has_files {which}
GROUP BY raw.id
HAVING min(CASE inbox.status WHEN 'done' THEN 1 ELSE 0 END) = 1 AND max(inbox.decided_at) < :before
    AND NOT EXISTS (
        SELECT 1 FROM inbox AS its JOIN event ON event.inbox_id = its.id
        WHERE its.raw_id = raw.id AND event.ticket_id IN (SELECT id FROM going_on))
ORDER BY raw.id LIMIT :limit"""  # noqa: S608 - a text of ours
    for which in ("IS NULL", "= 1")
)
_SENT = "SELECT id FROM outbox WHERE done_at < :before AND NOT is_blank ORDER BY done_at LIMIT :limit"
_STRANGERS = """
SELECT id FROM inbox
WHERE status = 'done' AND reference = '' AND decided_at < :before AND sender <> 'purged' ORDER BY id LIMIT :limit"""
_OF_MAILS = """
SELECT id, state FROM event
WHERE ticket_id IS NULL AND inbox_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))
    AND type NOT IN ('DutySwapped', 'StatementIssued', 'ContactAdded', 'ContactRemoved')"""
_OF_TICKETS = "SELECT id, state FROM event WHERE ticket_id = ?"
_TO_STRANGERS = """
UPDATE outbox SET recipient = 'purged', reply = ''
WHERE reference = '' AND done_at < ? AND is_blank AND recipient <> 'purged'"""
_FORGET = """
UPDATE inbox SET sender = 'purged', subject = '', reason = CASE reason WHEN '' THEN '' ELSE '[purged]' END,
    reverse_path = NULL, peer = '', login = '', helo = '', author = '', checked = NULL
WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"""
_ENDED = f"""{_LEADS}
SELECT ticket.id FROM ticket
WHERE ticket.id NOT IN (SELECT id FROM going_on)
    AND purged_at < (SELECT at FROM event WHERE ticket_id = ticket.id ORDER BY event.id DESC LIMIT 1)
    AND (SELECT max(at) FROM event
        WHERE ticket_id IN (SELECT ticket.id UNION ALL SELECT ticket_id FROM matter WHERE matter.id = ticket.id))
        < CASE WHEN EXISTS (SELECT 1 FROM entry WHERE ticket_id = ticket.id) THEN :billed ELSE :tickets END
    AND NOT EXISTS (
        SELECT 1 FROM entry WHERE ticket_id = ticket.id AND substr(entry.state ->> 'start', 1, 7)
            > (SELECT coalesce(max(month), '') FROM statement WHERE statement.customer = ticket.customer)
        AND ticket.customer IN (SELECT customer FROM statement))
    AND NOT EXISTS (
        SELECT 1 FROM draw JOIN customer ON customer.name = draw.customer, json_each(customer.state, '$.cards') AS card
        WHERE draw.ticket_id = ticket.id AND card.value ->> 'id' = draw.card
            AND CAST(card.value ->> 'minutes' AS BIGINT) > (
            SELECT sum(minutes) FROM draw AS all_of_it
            WHERE all_of_it.card = draw.card AND all_of_it.customer = draw.customer))
ORDER BY ticket.id LIMIT :limit"""  # noqa: S608 - a text of ours
_TICKET = """
UPDATE ticket SET owner = CASE owner WHEN '' THEN '' ELSE 'purged' END, purged_at = ?, state = ? WHERE id = ?"""
_SENT_ON = "SELECT outbox.id FROM outbox JOIN ticket USING (reference) WHERE ticket.id = ?"
_RECIPIENTS = """
UPDATE outbox SET recipient = 'purged', reply = '' WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"""
_UNHEAR = "DELETE FROM heard WHERE reference = (SELECT reference FROM ticket WHERE id = ?)"


@dataclass(frozen=True, slots=True)
class Purged:
    """How many of each class lost what they held."""

    received: int = 0
    attachments: int = 0
    sent: int = 0
    strangers: int = 0
    tickets: int = 0
    audit: int = 0

    @property
    def total(self) -> int:
        return sum(asdict(self).values())


def purge(keep: Retention, now: datetime, limit: int) -> Purged:
    """Purge what is too old, and tell of it in the audit record."""
    looked = _numbers(_PLAIN, before=stamp(now - keep.received, "now"), limit=limit)
    plain = [number for number in looked if not _has_files(number)]
    files = _numbers(_WITH_FILES, before=stamp(now - keep.attachments, "now"), limit=limit)
    sent = _numbers(_SENT, before=stamp(now - keep.sent, "now"), limit=limit)
    strangers = _numbers(_STRANGERS, before=stamp(now - keep.strangers, "now"), limit=limit)
    ages = {"tickets": stamp(now - keep.tickets, "now"), "billed": stamp(now - keep.billed, "now")}
    ended = _numbers(_ENDED, **ages, limit=limit)
    bytes_gone = blank.blank_raws(plain, PURGED), blank.blank_raws(files, PURGED), blank.blank_sent(sent, PURGED)
    _purge_strangers(strangers, stamp(now - keep.strangers, "now"))
    for ticket in ended:
        _purge_ticket(ticket, stamp(now, "now"))
    cut = audit_chain.cut(now - keep.audit)
    done = Purged(*bytes_gone, len(strangers), len(ended), cut["rows"] if cut else 0)
    if done.total:
        audit_chain.append("Purged", now, by=DESK, **{n: count for n, count in asdict(done).items() if count}, cut=cut)
    return done


def _has_files(raw_id: int) -> bool:
    """Whether a mail brings a file, which is remembered; of one in the bucket it is remembered since it came."""
    [content] = proxy.execute_sql("SELECT content FROM raw WHERE id = ?", (raw_id,)).fetchone()
    has = brings_files(content)
    if has:
        proxy.execute_sql("UPDATE raw SET has_files = 1 WHERE id = ?", (raw_id,))
    return has


def _purge_strangers(mails: Collection[int], before: str) -> None:
    proxy.execute_sql(_FORGET, (array(mails),))
    _purge_events(proxy.execute_sql(_OF_MAILS, (array(mails),)).fetchall())
    proxy.execute_sql(_TO_STRANGERS, (before,))


def _purge_ticket(number: int, at: str) -> None:
    mails, sent = person.on((number,)), [i for (i,) in proxy.execute_sql(_SENT_ON, (number,)).fetchall()]
    blank.blank_raws(blank.raws_of(mails), PURGED)
    blank.blank_sent(sent, PURGED)
    proxy.execute_sql(_FORGET, (array(mails),))
    proxy.execute_sql(_RECIPIENTS, (array(sent),))
    proxy.execute_sql(_UNHEAR, (number,))
    _purge_events(proxy.execute_sql(_OF_TICKETS, (number,)).fetchall())
    [state] = proxy.execute_sql("SELECT state FROM ticket WHERE id = ?", (number,)).fetchone()
    proxy.execute_sql(_TICKET, (at, _purged(state), number))
    for table in ("entry", "approval"):
        rows = proxy.execute_sql(f"SELECT number, state FROM {table} WHERE ticket_id = ?", (number,)).fetchall()  # noqa: S608 - names of ours
        change = f"UPDATE {table} SET state = ? WHERE ticket_id = ? AND number = ?"  # noqa: S608 - names of ours
        for place, state in rows:
            proxy.execute_sql(change, (_purged(state), number, place))


def _purge_events(rows: Iterable[tuple[int, str]]) -> None:
    """The index of the search forgets what they said."""
    for number, state in rows:
        search.take_out(number)
        proxy.execute_sql("UPDATE event SET state = ? WHERE id = ?", (_purged(state), number))
        search.add(number)


def _purged(state: str) -> str:
    told = blank.without_words(json.loads(state), WORD)
    return text_of(blank.changed(told, lambda text, key: PURGED if _says_who(text, key) else text))


def _says_who(text: str, key: str) -> bool:
    return key in PERSONAL and text not in {"", DESK}


def _numbers(query: str, **values: object) -> list[int]:
    return [number for (number,) in proxy.execute_sql(query, values).fetchall()]
