"""Reply addresses of a running desk, and what an attacker makes of them."""

import base64
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

from helpdeskd.daemon.office import Office
from helpdeskd.daemon.worker import Worker
from helpdeskd.domain.address import with_detail
from helpdeskd.domain.directory import Contact, Right
from helpdeskd.domain.token import ADOPT, APPROVE, DESK, DUTY, MANAGE, REPLY, THIRD_PARTY, Keyring
from helpdeskd.storage import db, directory
from helpdeskd.storage.directory import StoredDirectory
from tests.world import ANNA, BRAM, PIET, Sent, World

SUPPORT = "support@desk.example"
SUPPLIER = "help@supplier.example"
LENGTH = 24 * 8
HOLDERS = {
    REPLY: ("bram@bakery.example", "bram status"),
    APPROVE: ("anna@bakery.example", "anna status"),
    ADOPT: ("anna@bakery.example", "anna address-misused"),
    MANAGE: ("anna@bakery.example", "anna address-misused"),
    DESK: ("piet@desk.example", "piet address-misused"),
    DUTY: ("piet@desk.example", "piet agent-update"),
    THIRD_PARTY: (SUPPLIER, "piet agent-update"),
}
"""Whose the address of each purpose is, and who is told; of the third party's, the agents. BOUNCE is nobody's to
answer: servers write to it, and it says nothing but that a mail of ours did not arrive."""


def token_of(mail: Sent) -> str:
    """The one in the reply address of a mail of ours."""
    return mail.header("Reply-To").partition("+t.")[2].partition("@")[0]


def to(token: str, kind: str = "t") -> str:
    return with_detail(SUPPORT, f"{kind}.{token}")


def keyring(world: World) -> Keyring:
    return world.office.post().keyring


def flipped(token: str, bit: int) -> str:
    """With that bit of what is signed, or of the signature, turned over."""
    data = bytearray(base64.b32decode(token.upper() + "=" * (-len(token) % 8)))
    data[bit // 8] ^= 1 << bit % 8
    return base64.b32encode(data).decode().rstrip("=").lower()


def forged(world: World, holder: str, others: str, purpose: str = REPLY) -> Iterator[tuple[str, str]]:
    """Tokens for the first ticket that are not good for `holder`, by what is wrong; `others` is somebody else."""
    keys = keyring(world)
    good = keys.issue(1, holder, purpose, world.now)
    yield "none", ""
    yield "somebody else's", keys.issue(1, others, purpose, world.now)
    yield "of another ticket that is not there", keys.issue(99, holder, purpose, world.now)
    yield "cut", good[:-1]
    yield "cut in half", good[: len(good) // 2]
    yield "longer", good + "a"
    yield "bit flipped in the ticket", flipped(good, 32)
    yield "bit flipped in the purpose", flipped(good, 40)
    yield "bit flipped in the expiry", flipped(good, 56)
    yield "bit flipped in the signature", flipped(good, LENGTH - 1)
    yield "expired", keys.issue(1, holder, purpose, world.now - timedelta(days=402))
    yield "of a clock that was ahead", keys.issue(1, holder, purpose, world.now + timedelta(days=2))
    yield "of another epoch", replace(keys, epoch="0badcafe").issue(1, holder, purpose, world.now)
    yield "of another key", replace(keys, keys=(b"k" * 32,)).issue(1, holder, purpose, world.now)
    yield "of no known purpose", keys.issue(1, holder, "x", world.now)
    yield "for delivery reports", keys.issue(1, holder, "b", world.now)


def with_keys(world: World, *keys: str) -> None:
    """The desk after its keys were changed and it was started again."""
    (world.state / "token.key").write_text("".join(f"{key}\n" for key in keys))
    composer = world.office.composer
    world.office = Office(world.office.loaded)
    world.office.composer = composer
    world.worker = Worker(world.office, world.clock, lambda _: nullcontext())


def leaves(address: str) -> None:
    """An agent or a contact is nobody of the directory any more."""
    change_contacts(lambda contact: None if address in contact.addresses else contact, without_agent=address)


def may_only_open(address: str) -> None:
    """A contact loses every right but to open tickets."""

    def changed(contact: Contact) -> Contact:
        return replace(contact, rights=frozenset({Right.OPEN})) if address in contact.addresses else contact

    change_contacts(changed)


def change_contacts(change: Callable[[Contact], Contact | None], without_agent: str = "") -> None:
    with db.transaction():
        known = StoredDirectory()
        customers = [
            replace(customer, contacts=tuple(filter(None, map(change, customer.contacts))))
            for customer in known.customers()
        ]
        directory.replace(customers, [agent for agent in known.agents() if without_agent not in agent.addresses])


def issued(world: World, purpose: str) -> Sent:
    """A mail of ours whose reply address is for that purpose."""
    if purpose == DUTY:
        world.at("2026-11-29 10:00")
        world.receives(BRAM, "duty@desk.example", "Server", "The server is down.")
        return world.last("piet", "duty-page")
    if purpose == MANAGE:
        world.receives(ANNA, subject="contacts", text="")
        return world.last("anna", "contacts")
    if purpose in {ADOPT, DESK}:
        world.receives("Nina New <nina@bakery.example>", subject="Printer")
        world.advance(hours=2)
        return world.last("anna", "adopt-request") if purpose == ADOPT else world.last("piet", "held-digest")
    world.receives(BRAM)
    lines = {APPROVE: "/estimate 2h", THIRD_PARTY: f"/forward {SUPPLIER}\\n\\nDo you know this?"}
    if purpose in lines:
        world.replies(PIET, world.last("piet", "agent-new"), lines[purpose].replace("\\n", "\n"))
    return {
        REPLY: lambda: world.last("bram"),
        APPROVE: lambda: world.last("anna", "approval-request"),
        THIRD_PARTY: lambda: world.last(SUPPLIER),
    }[purpose]()


def logged(world: World) -> int:
    with db.transaction():
        rows = db.proxy.execute_sql("SELECT count(*) FROM event WHERE type IN ('TokenMisused', 'AddressMisused')")
        return int(rows.fetchone()[0])


def of_bakery() -> object:
    with db.transaction():
        customer = StoredDirectory().customer("bakery")
    assert customer is not None
    return customer.contacts
