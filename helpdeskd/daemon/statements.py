"""Statements: made when a month is over, fixed for good, and mailed (policies, "Statement").

In: the name of a customer, in the caller's transaction. Out: rows of the ledger, an event for each, and mails to the
customer's contacts. Months are issued in their order, from the first that the customer is billed for; what was missed
while the desk was down is made up for at once (P7). A month that is over is issued once, whoever asks for it: `close`
is the clock's turn, `issue` that of an administrator.

So that mail to customers goes on while many statements go out, the clock uses up half of the desk's cap and waits.
"""

from datetime import datetime, timedelta

from helpdeskd.daemon import log
from helpdeskd.daemon.letters import HOUR, Post
from helpdeskd.daemon.turn import carry_out
from helpdeskd.domain.billing import end_of, month_now, unissued
from helpdeskd.domain.directory import Customer
from helpdeskd.domain.event import StatementIssued
from helpdeskd.domain.happening import DESK
from helpdeskd.domain.month import Month, months
from helpdeskd.domain.statement import Statement
from helpdeskd.policy.statement import readers
from helpdeskd.storage import billing, ledger, outbox
from helpdeskd.storage.books import Books, of_customer
from helpdeskd.storage.directory import StoredDirectory

PAUSE = timedelta(minutes=10)


def close(name: str, post: Post, now: datetime) -> None:
    """Issue what is due of a customer, and say when it is due next."""
    if 2 * outbox.automatic_mails("", now - HOUR) >= post.desk.caps.desk_hour:
        billing.next_at(name, now + PAUSE)
        return
    customer, month = StoredDirectory().customer(name), month_now(post.desk, now)
    if customer is not None:
        issue(customer, month.before, post, now)
    billing.next_at(name, end_of(month, post.desk))


def issue(customer: Customer, last: Month, post: Post, now: datetime) -> list[Statement]:
    """Issue all statements up to a month that is over, also before the customer is billed; which they are."""
    first = min(billing.first_month(customer.name) or last, last)
    made = list(unissued(customer, months(first, last), post.desk, Books(of_customer(customer.name))))
    for statement in made:
        ledger.issue(statement, now)
        carry_out(None, (StatementIssued(now, DESK, customer.name, statement.month),), None, post, now)
        if not (statement.is_empty or readers(customer)):
            log.alarm(what="statement for nobody", detail=f"{customer.name} {statement.month}")
    return made
