"""When each customer's next statements are due, and since which month it gets any.

In and out: names of customers, months and aware UTC instants, in the caller's transaction. Months before the first one
were billed by somebody else, or not at all. A customer is due until the transaction that issues its statements says
when it is next.
"""

from collections.abc import Collection
from datetime import datetime

from helpdeskd.domain.month import Month, month_named
from helpdeskd.storage.tables import BillingRow


def begin(customers: Collection[str], month: Month, due_at: datetime) -> None:
    """Bill these customers and no other; those that are new from `month` on, at `due_at` for the first time."""
    known = {row.customer for row in BillingRow.select(BillingRow.customer)}
    for customer in known.difference(customers):
        BillingRow.delete().where(BillingRow.customer == customer).execute()
    for customer in customers:
        if customer not in known:
            BillingRow.insert(customer=customer, first_month=str(month), due_at=due_at).execute()


def first_month(customer: str) -> Month | None:
    """The first month that the customer is billed for; None for one that is not."""
    row = BillingRow.get_or_none(BillingRow.customer == customer)
    return month_named(row.first_month) if row else None


def due(now: datetime, limit: int) -> list[str]:
    """The customers whose statements are due, the longest waiting first."""
    rows = BillingRow.select(BillingRow.customer).where(BillingRow.due_at <= now)
    return [row.customer for row in rows.order_by(BillingRow.due_at, BillingRow.customer).limit(limit)]


def next_at(customer: str, due_at: datetime) -> None:
    """Say when the customer's next statements are due."""
    BillingRow.update(due_at=due_at).where(BillingRow.customer == customer).execute()
