"""What a ticket of a World comes to, read as it is stored."""

from helpdeskd.domain.bill import Bill, bill
from helpdeskd.storage import db
from helpdeskd.storage.directory import StoredDirectory
from tests.world import World


def costs(world: World, reference: str = "HD-1001") -> Bill:
    ticket = world.ticket(reference)
    with db.transaction():
        found = bill(ticket, world.office.loaded.desk.plans[ticket.plan], StoredDirectory())
    assert found is not None
    return found
