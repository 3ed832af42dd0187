"""A person as the desk knows them, and which rows are about them: what an export holds and an erasure goes through.

In: an address. Out: a `Person` with all addresses and names that the directory has for them, and the tickets and mails
that are theirs, in the caller's transaction. Somebody who is in no directory has that one address. Reads only.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from helpdeskd.domain.address import normalise
from helpdeskd.domain.trace import Trace
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.tables import proxy

LONG = 10
"""A subject of so many characters says enough to look for it elsewhere."""
_ASKED = (
    "SELECT id, reference FROM ticket WHERE state ->> '$.requester' IN (SELECT value FROM json_each(?)) ORDER BY id"
)
_PART = """
SELECT DISTINCT ticket_id FROM event
WHERE ticket_id IS NOT NULL AND state ->> '$.by' IN (SELECT value FROM json_each(:who))
UNION SELECT ticket.id FROM ticket, json_each(ticket.state, '$.participants')
WHERE value ->> 'address' IN (SELECT value FROM json_each(:who))
UNION SELECT ticket.id FROM ticket, json_each(ticket.state, '$.third_parties')
WHERE value IN (SELECT value FROM json_each(:who))
ORDER BY 1"""
_SENT_IN = "SELECT id, sender, coalesce(reverse_path, '') FROM inbox ORDER BY id"
_ON = """
SELECT inbox_id FROM event WHERE inbox_id IS NOT NULL AND ticket_id IN (SELECT value FROM json_each(:tickets))
UNION SELECT inbox.id FROM inbox JOIN ticket USING (reference)
WHERE ticket.id IN (SELECT value FROM json_each(:tickets))
ORDER BY 1"""
_SUBJECTS = """
SELECT subject FROM inbox WHERE id IN (SELECT value FROM json_each(:mails))
UNION SELECT state ->> '$.subject' FROM ticket WHERE id IN (SELECT value FROM json_each(:tickets))"""


@dataclass(frozen=True, slots=True)
class Person:
    """`agent` is the name by which the desk calls an agent, `customer` that of a contact's; "" for who is none.

    `asked` are the tickets that they asked for, references by number; `part` the numbers of others on which they wrote
    or take part; `mails` the numbers of the mails that came from them.
    """

    addresses: frozenset[str]
    names: frozenset[str] = frozenset()
    agent: str = ""
    customer: str = ""
    asked: tuple[tuple[int, str], ...] = ()
    part: tuple[int, ...] = ()
    mails: tuple[int, ...] = ()

    @property
    def trace(self) -> Trace:
        """Their addresses and whole names, which are sought everywhere. One word alone may mean somebody else."""
        return Trace((*self.addresses, *(name for name in self.names if " " in name)))

    @property
    def own(self) -> tuple[int, ...]:
        """The numbers of the tickets that they asked for."""
        return tuple(number for number, _ in self.asked)


def known(address: str, names: Iterable[str] = ()) -> Person:
    """Who has that normalised address; `names` are others by which they called themselves."""
    directory = StoredDirectory()
    contact, agent = directory.contact(address), directory.agent(address)
    addresses = frozenset({address, *(contact.addresses if contact else ()), *(agent.addresses if agent else ())})
    called = {*names, contact.name if contact else "", agent.title if agent else ""} - {""}
    found = Person(
        addresses,
        frozenset(called),
        agent.name if agent else "",
        contact.customer if contact else "",
        mails=tuple(_from(addresses)),
    )
    asked = tuple(proxy.execute_sql(_ASKED, (_array(addresses),)).fetchall())
    who = _array((*addresses, *((agent.name,) if agent else ())))
    part = (number for (number,) in proxy.execute_sql(_PART, {"who": who}).fetchall())
    own = {number for number, _ in asked}
    return replace(found, asked=asked, part=tuple(number for number in part if number not in own))


def on(tickets: Collection[int]) -> tuple[int, ...]:
    """The numbers of the mails that came to these tickets."""
    return tuple(number for (number,) in proxy.execute_sql(_ON, {"tickets": _array(tickets)}).fetchall())


def marks(person: Person) -> Trace:
    """What tells of them in mails about something else: also the references and the subjects of what they asked."""
    rows = proxy.execute_sql(_SUBJECTS, {"mails": _array(person.mails), "tickets": _array(person.own)}).fetchall()
    subjects = (subject for (subject,) in rows if subject and len(subject) >= LONG)
    return person.trace | (*subjects, *(reference for _, reference in person.asked))


def _from(addresses: Collection[str]) -> Iterator[int]:
    for number, sender, reverse_path in proxy.execute_sql(_SENT_IN).fetchall():
        if normalise(sender) in addresses or normalise(reverse_path.strip("<>")) in addresses:
            yield number


def _array(values: Iterable[object]) -> str:
    return json.dumps(list(values))
