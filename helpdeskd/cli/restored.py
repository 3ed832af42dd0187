"""`helpdeskd restored`: say that the state folder was put back from a backup, or taken over from another machine.

Reply addresses, approvals and commands that were sent before count no more, and the numbers of tickets jump, because
those that were given since the backup are in use outside. Prints the number of the next ticket.
"""

import argparse

from helpdeskd.cli.common import add_config, emit, now, stored, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.turn import FIRST_NUMBER
from helpdeskd.domain.happening import DESK
from helpdeskd.storage import audit_chain, counter
from helpdeskd.storage.epoch import renew


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("restored", help="begin anew after the state was put back from a backup")
    add_config(parser)
    parser.set_defaults(run=with_config(_restored))


def _restored(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        renew()
        audit_chain.append("Restored", now(), by=DESK)
        following = f"{loaded.desk.prefix}-{FIRST_NUMBER + counter.last('ticket') + 1}"
    emit(args, [following], "reply addresses sent before count no more; the next ticket is {}".format, _plain)
    return 0


def _plain(following: str) -> dict[str, object]:
    return {"next_ticket": following}
