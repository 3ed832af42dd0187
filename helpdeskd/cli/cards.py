"""`helpdeskd cards list|add`: prepaid hours of customers, and what is left of them.

`cards add bakery 5h 400.00` is a card bought today (in the zone of the desk's calendar); what the customer's tickets
lacked is drawn from it at once. A card never changes and is never removed; it is called after the customer and the day,
as in a directory file. The exit status is 1 for a name that another card has, and for a day that is not yet.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import count

from helpdeskd.cli.change import Refused, Row, changed, of_customer
from helpdeskd.cli.common import day, emit, now, stored
from helpdeskd.cli.lookup import add_action, add_noun
from helpdeskd.config.fields import money as cents_of
from helpdeskd.config.load import Loaded
from helpdeskd.domain.card import Card, card_name, use
from helpdeskd.domain.directory import Customer
from helpdeskd.domain.statement import money
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.triage.quantity import minutes_of


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    actions = add_noun(subparsers, "cards", _rows)
    adding = add_action(actions, "add", "a card that a customer bought, or is given", _add)
    adding.add_argument("customer", metavar="CUSTOMER")
    adding.add_argument("time", metavar="TIME", type=_minutes, help="such as 5h")
    adding.add_argument("price", metavar="PRICE", type=_cents, nargs="?", help="such as 400.00")
    adding.add_argument("--bought", metavar="DATE", type=day, help="default: today")
    adding.add_argument("--free", action="store_true", help="a gift, which has no price")
    adding.add_argument("--name", metavar="NAME", help="what statements call it")
    adding.set_defaults(misused=adding.error)


def _minutes(text: str) -> int:
    """Time, for argparse."""
    minutes = minutes_of(text)
    if minutes is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time (write it as 5h, 90m or 1h30)")
    return minutes


def _cents(text: str) -> int:
    """Money, for argparse."""
    try:
        return cents_of(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None


def _rows(known: StoredDirectory) -> Iterator[Row]:
    for customer in known.customers():
        draws = known.draws(customer.name)
        for card in customer.cards:
            used = sum(draw.minutes for draw in draws if draw.card == card.id)
            yield {
                "customer": customer.name,
                "card": card.id,
                "bought": card.bought.isoformat(),
                "free": card.free,
                "price": money(card.price),
                "minutes": card.minutes,
                "used": used,
                "balance": card.minutes - used,
            }


def _add(args: argparse.Namespace, loaded: Loaded) -> int:
    if (args.price is None) != args.free:
        args.misused("a card has a PRICE, or is --free")
    today = now().astimezone(loaded.settings.zone).date()
    bought = args.bought or today

    def change(customer: Customer) -> Customer:
        if bought > today:
            raise Refused(f"{bought} is not yet (a card is added when it is bought)")
        name = args.name or _new_name(customer, bought)
        if name in {card.id for card in customer.cards}:
            raise Refused(f"{customer.name} has a card {name} already (a card never changes: add another)")
        return replace(customer, cards=(*customer.cards, Card(name, args.time, args.price or 0, bought, args.free)))

    status = changed(args, loaded, "cards", of_customer(args.customer, change))
    if status == 0:
        emit(args, [_left(args.customer, loaded)], _told, dict)
    return status


def _new_name(customer: Customer, bought: date) -> str:
    """As a card of a directory file is called that has no name of its own."""
    taken = {card.id for card in customer.cards}
    return next(name for number in count(1) if (name := card_name(customer.name, bought, number)) not in taken)


def _left(name: str, loaded: Loaded) -> Row:
    with stored(loaded):
        known = StoredDirectory()
        customer = known.customer(name)
        left = use(customer.cards, known.draws(name)) if customer else None
    assert left is not None
    return {"customer": name, "bought": left.bought, "used": left.used, "balance": left.balance}


def _told(left: Row) -> str:
    return f"{left['customer']} has {left['balance']} min left of {left['bought']} min prepaid"
