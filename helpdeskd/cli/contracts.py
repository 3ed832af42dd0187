"""`helpdeskd contracts list|add|end`: agreements of customers.

`contracts end bakery 2026-11-30` makes that day the last one of every contract that is in force on it; one that begins
later stays.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from helpdeskd.cli.change import Refused, Row, changed, of_customer
from helpdeskd.cli.common import day
from helpdeskd.cli.lookup import add_action, add_noun
from helpdeskd.config.load import Loaded
from helpdeskd.domain.directory import Contract, Customer
from helpdeskd.storage.codec import plain
from helpdeskd.storage.directory import StoredDirectory


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    actions = add_noun(subparsers, "contracts", _rows)
    adding = add_action(actions, "add", "a new contract of a customer", _add)
    ending = add_action(actions, "end", "the last day of a customer's contracts", _end)
    for action in (adding, ending):
        action.add_argument("customer", metavar="CUSTOMER")
    adding.add_argument("plan", metavar="PLAN")
    adding.add_argument("first", metavar="FIRST", type=day, help="its first day")
    adding.add_argument("last", metavar="LAST", type=day, help="its last day")
    adding.add_argument("--agreement", metavar="NAME", default="", help="a named variant of the plan")
    ending.add_argument("day", metavar="DATE", type=day)


def _rows(known: StoredDirectory) -> Iterator[Row]:
    for customer in known.customers():
        yield from ({"customer": customer.name, **plain(contract)} for contract in customer.contracts)


def _add(args: argparse.Namespace, loaded: Loaded) -> int:
    new = Contract(args.plan, args.first, args.last, agreement=args.agreement)

    def change(customer: Customer) -> Customer:
        return replace(customer, contracts=(*customer.contracts, new))

    return changed(args, loaded, "contracts", of_customer(args.customer, change))


def _end(args: argparse.Namespace, loaded: Loaded) -> int:
    return changed(args, loaded, "contracts", of_customer(args.customer, lambda customer: _ended(customer, args.day)))


def _ended(customer: Customer, last: date) -> Customer:
    if not any(contract.in_force(last) for contract in customer.contracts):
        raise Refused(f"{customer.name} has no contract in force on {last} (helpdeskd contracts lists them)")
    ended = (replace(one, last_day=last) if one.in_force(last) else one for one in customer.contracts)
    return replace(customer, contracts=tuple(ended))
