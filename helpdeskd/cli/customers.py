"""`helpdeskd customers list|add|remove`: organisations.

A customer that has tickets or cards is not removed, since what it owes would be lost: its contracts are ended.
"""

import argparse
from dataclasses import replace

from helpdeskd.cli.change import Refused, changed, row_of
from helpdeskd.cli.lookup import add_action, add_noun
from helpdeskd.config.directory_file import DirectoryFile
from helpdeskd.config.load import Loaded
from helpdeskd.domain.directory import Customer


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    actions = add_noun(subparsers, "customers", lambda known: map(row_of, known.customers()))
    adding = add_action(actions, "add", "a new customer", _add)
    adding.add_argument("name", metavar="NAME", help="short and unique: how commands call it")
    adding.add_argument("title", metavar="TITLE", help="what it is called")
    adding.add_argument("--language", metavar="nl", default="", help="default: the desk's")
    removal = add_action(actions, "remove", "a customer who has no tickets", _remove)
    removal.add_argument("name", metavar="NAME")


def _add(args: argparse.Namespace, loaded: Loaded) -> int:
    def change(before: DirectoryFile) -> DirectoryFile:
        if args.name in {one.name for one in before.customers}:
            raise Refused(f"there is a customer {args.name} already (a name can stand once)")
        new = Customer(args.name, args.title, language=args.language)
        return replace(before, customers=(*before.customers, new))

    return changed(args, loaded, "customers", change)


def _remove(args: argparse.Namespace, loaded: Loaded) -> int:
    def change(before: DirectoryFile) -> DirectoryFile:
        stays = tuple(one for one in before.customers if one.name != args.name)
        if stays == before.customers:
            raise Refused(f'there is no customer "{args.name}" (helpdeskd customers lists them)')
        return replace(before, customers=stays)

    return changed(args, loaded, "customers", change)
