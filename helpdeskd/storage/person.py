"""A person as the desk knows them, and which rows are about them: what an export holds and an erasure goes through.

In: an address. Out: a `Person` with all addresses and names that the directory has for them, and the tickets and mails
that are theirs, in the caller's transaction. Somebody who is in no directory has that one address. Reads only.

What is sought everywhere decides over everybody's mail, so no mail takes part in it, whatever names and subjects it
has: only the directory, and what an administrator adds. A name that is also somebody else's is never sought.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from helpdeskd.domain.address import normalise
from helpdeskd.domain.directory import Agent, Contact
from helpdeskd.domain.trace import Trace
from helpdeskd.storage.codec import array
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.engine import engine
from helpdeskd.storage.tables import proxy

SHORTEST_NAME = 3
_ASKED = "SELECT id, reference FROM ticket WHERE state ->> 'requester' IN (SELECT value FROM json_each(?)) ORDER BY id"
_PART = """
WITH who AS (SELECT value AS name FROM json_each(:who))
SELECT ticket_id FROM event
WHERE ticket_id IS NOT NULL AND (
    state ->> 'by' IN (SELECT name FROM who) OR state ->> 'owner' IN (SELECT name FROM who)
    OR state ->> 'person' IN (SELECT name FROM who) OR state ->> 'agent' IN (SELECT name FROM who))
UNION SELECT id FROM ticket WHERE owner IN (SELECT name FROM who)
UNION SELECT ticket.id FROM ticket, json_each(ticket.state, '$.participants')
WHERE value ->> 'address' IN (SELECT name FROM who)
UNION SELECT ticket.id FROM ticket, json_each(ticket.state ->> 'third_parties')
WHERE value IN (SELECT name FROM who)
ORDER BY 1"""
_SENT_IN = "SELECT id, sender, coalesce(reverse_path, '') FROM inbox ORDER BY id"
_ON = """
SELECT inbox_id FROM event
WHERE inbox_id IS NOT NULL AND ticket_id IN (SELECT CAST(value AS BIGINT) FROM json_each(:tickets))
UNION SELECT inbox.id FROM inbox JOIN ticket USING (reference)
WHERE ticket.id IN (SELECT CAST(value AS BIGINT) FROM json_each(:tickets))
ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class Person:
    """`agent` is the name by which the desk calls an agent, `customer` that of a contact's; "" for who is none.

    `names` are those of the directory and those added, without `shared`, which are somebody else's too; `sought` are
    the addresses and names that are sought everywhere, `near` the parts of names where they took part.

    `asked` are the tickets that they asked for, references by number; `part` the numbers of others on which they wrote,
    take part, or which they owned or were woken for; `mails` the numbers of the mails that came from them.
    """

    addresses: frozenset[str]
    names: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    sought: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    agent: str = ""
    customer: str = ""
    asked: tuple[tuple[int, str], ...] = ()
    part: tuple[int, ...] = ()
    mails: tuple[int, ...] = ()

    @property
    def trace(self) -> Trace:
        """What is sought everywhere."""
        return Trace(self.sought)

    @property
    def own(self) -> tuple[int, ...]:
        """The numbers of the tickets that they asked for."""
        return tuple(number for number, _ in self.asked)


def known(address: str, also: Collection[str] = (), ours: Iterable[str] = ()) -> Person:
    """Who has that normalised address. `also` are other words that mean them; `ours` are names of the desk itself."""
    directory = StoredDirectory()
    contact, agent = directory.contact(address), directory.agent(address)
    addresses = frozenset({address, *(contact.addresses if contact else ()), *(agent.addresses if agent else ())})
    called = _called(contact, agent)
    others = (*ours, *_others(directory, addresses))
    shared = frozenset(name for name in (*called, *also) if _is_in(name, others))
    found = Person(
        addresses,
        frozenset((*called, *also)) - shared,
        shared,
        # One word alone may mean somebody else, unless a person says that it does not.
        addresses | ({name for name in called if " " in name} | set(also)) - shared,
        frozenset(_near(called, agent.name if agent else "", others)),
        agent.name if agent else "",
        contact.customer if contact else "",
        mails=tuple(_from(addresses)),
    )
    return _with_tickets(found)


def on(tickets: Collection[int]) -> tuple[int, ...]:
    """The numbers of the mails that came to these tickets."""
    return tuple(number for (number,) in proxy.execute_sql(_ON, {"tickets": array(tickets)}).fetchall())


def _called(contact: Contact | None, agent: Agent | None) -> frozenset[str]:
    return frozenset({contact.name if contact else "", agent.title if agent else ""} - {""})


def _others(directory: StoredDirectory, addresses: frozenset[str]) -> Iterator[str]:
    """The names and addresses of everybody else."""
    for customer in directory.customers():
        yield from (customer.name, customer.title)
        for contact in customer.contacts:
            if not addresses & set(contact.addresses):
                yield from (contact.name, *contact.addresses)
    for agent in directory.agents():
        if not addresses & set(agent.addresses):
            yield from (agent.name, agent.title, *agent.addresses)


def _is_in(name: str, others: Iterable[str]) -> bool:
    """Whether it is somebody else's name, or stands in it."""
    trace = Trace((name,))
    return any(trace.is_in(other) for other in others)


def _near(called: Collection[str], agent: str, others: Collection[str]) -> Iterator[str]:
    """Words such as "van" and "de" are nobody's."""
    parts = {part for name in called for part in name.split() if len(part) >= SHORTEST_NAME and not part.islower()}
    yield from (part for part in parts if not _is_in(part, others))
    if agent:
        yield agent


def _with_tickets(who: Person) -> Person:
    asked = tuple(proxy.execute_sql(_ASKED, (array(who.addresses),)).fetchall())
    acted = array((*who.addresses, *((who.agent,) if who.agent else ())))
    own = {number for number, _ in asked}
    part = (number for (number,) in proxy.execute_sql(_PART, {"who": acted}).fetchall())
    return replace(who, asked=asked, part=tuple(number for number in part if number not in own))


def _from(addresses: Collection[str]) -> Iterator[int]:
    """By whom a mail names as its sender; the envelope counts only where it was never read."""
    for number, sender, reverse_path in engine().stream(_SENT_IN):
        if normalise(sender or reverse_path.strip("<>")) in addresses:
            yield number
