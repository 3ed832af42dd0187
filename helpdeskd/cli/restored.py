"""`helpdeskd restored`: say that the state folder was put back by other means than `helpdeskd restore`.

Reply addresses, approvals and commands that were sent before count no more; the numbers of tickets jump, because those
that were given since the copy was made are in use outside; and mail that was to be sent then is held back, because it
may have arrived since. Prints the number of the next ticket.
"""

import argparse

from helpdeskd.cli.common import add_config, emit, fail, now, stored, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.turn import FIRST_NUMBER
from helpdeskd.storage import counter
from helpdeskd.storage.epoch import begin_anew


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("restored", help="begin anew after the state was put back by other means")
    add_config(parser)
    parser.set_defaults(run=with_config(_restored))


def _restored(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        held_back = begin_anew(now())
        following = next_ticket(loaded)
    emit(args, [following], "reply addresses sent before count no more; the next ticket is {}".format, _plain)
    if held_back:
        tell_held_back(held_back)
    return 0


def next_ticket(loaded: Loaded) -> str:
    """The reference that the next ticket of the open desk gets."""
    return f"{loaded.desk.prefix}-{FIRST_NUMBER + counter.last('ticket') + 1}"


def tell_held_back(mails: int) -> None:
    """On standard error, because there is something to do."""
    fail(f"{mails} mails are held back that may have arrived: `outbox list --status failed` lists them, `outbox retry` "
         "sends one, `outbox drop` never")  # fmt: skip


def _plain(following: str) -> dict[str, object]:
    return {"next_ticket": following}
