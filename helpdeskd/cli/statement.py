"""`helpdeskd statement CUSTOMER --month 2026-11`: what a customer owes, or has used, in a month.

Without more it is told as it was issued or, for a month that is not, as it would be issued now: as a table, as JSON, or
as CSV (RFC 4180; cells safe for spreadsheets). In the CSV each line of the statement is a row; below them are what was
free and what is unapproved, the tickets of the month (`quota`: how many of how many), the prepaid minutes that are left
(`balance`), and the sums: `net`, `vat` (its rate is a percentage) and `total` (its date is the day to pay by).

`--issue` fixes the statement for good and mails it, after those of earlier months that are not issued yet, which are
told too; one that is issued stays as it is, and is not mailed again. The exit status is 1 where the customer is not
known, nothing has a price for it, or the month that is to be issued is not over.
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal

from helpdeskd.cli.common import add_config, emit, fail, now, stored, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.office import Office, composer_of
from helpdeskd.daemon.statements import issue
from helpdeskd.domain.billing import end_of, statement_of
from helpdeskd.domain.cell import cell
from helpdeskd.domain.line import Line
from helpdeskd.domain.month import Month, month_named
from helpdeskd.domain.statement import Statement, line_record, money, record
from helpdeskd.mail.words import Words
from helpdeskd.storage.books import Books, of_customer
from helpdeskd.storage.directory import StoredDirectory

COLUMNS = ("customer", "month", "kind", "ticket", "date", "minutes", "rate", "quantity", "amount", "currency", "text")
YEARS = range(1970, 2200)
Cells = dict[str, object]


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("statement", help="what a customer owes, or has used, in a month")
    parser.add_argument("customer", metavar="CUSTOMER", help="its name")
    parser.add_argument("--month", type=_month, required=True, metavar="YYYY-MM")
    parser.add_argument("--issue", action="store_true", help="fix it for good, and mail it")
    parser.add_argument("--csv", action="store_true", help="print CSV")
    add_config(parser)
    parser.set_defaults(run=with_config(_statement), misused=parser.error)


def _month(text: str) -> Month:
    """A month, for argparse."""
    try:
        month = month_named(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no month (write it as 2026-11)") from None
    if month.year not in YEARS:
        raise argparse.ArgumentTypeError(f"{text!r} is too far away ({YEARS[0]} to {YEARS[-1]})")
    return month


def _statement(args: argparse.Namespace, loaded: Loaded) -> int:
    if args.csv and args.json:
        args.misused("one of --csv and --json at a time")
    if args.issue and end_of(args.month, loaded.desk) > now():
        return fail(f"statement: {args.month} is not over (the month ends on {args.month.last_day})")
    with stored(loaded):
        customer = StoredDirectory().customer(args.customer)
        if customer is None:
            return fail(f'statement: there is no customer "{args.customer}" (helpdeskd customers lists them)')
        issued = issue(customer, args.month, Office(loaded).post(), now()) if args.issue else []
        made = statement_of(customer, args.month, loaded.desk, Books(of_customer(customer.name)))
    if made is None:
        return fail(f"statement: nothing has a price for {customer.name} (its plan has no tariff)")
    earlier = [each for each in issued if each.month != args.month]
    _print(args, [*earlier, made], composer_of(loaded).words(customer.language))
    return 0


def _print(args: argparse.Namespace, made: Sequence[Statement], words: Words) -> None:
    if args.csv:
        writer = csv.DictWriter(sys.stdout, COLUMNS, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(row for each in made for row in _rows(each, words))
    else:
        emit(args, made, lambda each: "\n".join(table(each, words)), lambda each: plain(each, words))


def plain(made: Statement, words: Words) -> dict[str, object]:
    """A statement in the fields of the interfaces, its lines worded in that language."""
    return record(made, lambda line: words.line(line, made.currency))


def table(made: Statement, words: Words) -> Iterator[str]:
    """A statement as lines of text: a table, and under it what is not charged, what is left, and the sums."""
    yield f"statement of {made.customer} for {made.month}, in {made.currency}"
    rows = [_cells(line, words, made.currency) for line in made.lines]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield from ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    yield from (f"free: {share.minutes} min on {share.day}, {share.ticket}" for share in made.free)
    yield from (f"unapproved, not charged: {it.minutes} min on {it.day}, {it.ticket}" for it in made.unapproved)
    if made.quota:
        yield f"tickets of the month: {made.quota.used}; the contract has {made.quota.limit}"
    if made.card:
        yield f"prepaid minutes: {made.card.bought} bought, {made.card.used} used, {made.card.balance} left"
    due = f", to be paid by {made.due_date}" if made.due_date and made.total > 0 else ""
    yield f"net {money(made.net)}, VAT {made.vat_rate} % {money(made.vat)}, total {money(made.total)}{due}"


def _cells(line: Line, words: Words, currency: str) -> tuple[str, ...]:
    count = f"{line.minutes} min" if line.quantity is None else str(line.quantity)
    text = words.line(line, currency)
    return (line.day.isoformat(), line.ticket, count, f"at {money(line.rate)}", f"= {money(line.amount)}", text)


def _rows(made: Statement, words: Words) -> Iterator[Cells]:
    about: Cells = {"customer": made.customer, "month": str(made.month), "currency": made.currency}
    for row in (*_charged(made, words), *_not_charged(made), *_allowances(made), *_sums(made)):
        yield {name: "" if value is None else value for name, value in (about | row).items()}


def _charged(made: Statement, words: Words) -> Iterator[Cells]:
    for line in made.lines:
        text = words.line(line, made.currency)
        yield line_record(line, text) | {"text": cell(text), "rate": _number(line.rate), "amount": _number(line.amount)}


def _not_charged(made: Statement) -> Iterator[Cells]:
    for kind, shares in (("free", made.free), ("unapproved", made.unapproved)):
        for share in shares:
            yield {"kind": kind, "ticket": share.ticket, "date": share.day.isoformat(), "minutes": share.minutes}


def _allowances(made: Statement) -> Iterator[Cells]:
    if made.quota:
        yield {"kind": "quota", "quantity": made.quota.used, "text": f"of {made.quota.limit}"}
    if made.card:
        text = f"of {made.card.bought}, {made.card.used} used"
        yield {"kind": "balance", "minutes": made.card.balance, "text": text}


def _sums(made: Statement) -> Iterator[Cells]:
    yield {"kind": "net", "amount": _number(made.net)}
    yield {"kind": "vat", "rate": made.vat_rate, "amount": _number(made.vat)}
    due = made.due_date.isoformat() if made.due_date else None
    yield {"kind": "total", "date": due, "amount": _number(made.total)}


def _number(cents: int) -> Decimal:
    """Money as a number, with two decimals."""
    return Decimal(money(cents))
