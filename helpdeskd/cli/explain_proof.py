"""How a mail that is explained came, and what its sender is proved by: our own check, which really asks the DNS, or
what a relay says.

Without --peer a file counts as brought by a configured relay; where the desk has none, its signatures are checked, and
with --peer all that the desk checks of a mail that comes to it directly.
"""

import argparse
from dataclasses import dataclass, replace
from ipaddress import ip_address

from helpdeskd.config.auth import is_on
from helpdeskd.config.load import Loaded
from helpdeskd.domain.address import domain_of, normalise
from helpdeskd.domain.message import Envelope, Message
from helpdeskd.triage.authenticate import evidence, is_for_us_to_check
from helpdeskd.triage.authentication_results import Result


@dataclass(frozen=True, slots=True)
class Checked:
    """How the mail came, with what was found; `parked` says why a mail would have to wait."""

    envelope: Envelope
    results: tuple[Result, ...] = ()
    parked: str = ""


def add_options(parser: argparse.ArgumentParser) -> None:
    """How the mail is handed to the desk."""
    parser.add_argument("--peer", metavar="IP", type=_address, help="the client that would bring it by SMTP")
    parser.add_argument("--helo", metavar="NAME", default="", help="what that client calls itself")
    parser.add_argument("--from-envelope", metavar="ADDRESS", help="its envelope sender, <> for none")


def as_it_came(args: argparse.Namespace, envelope: Envelope) -> Envelope:
    """The envelope of a file, as the options say."""
    if args.from_envelope is not None:
        envelope = replace(envelope, reverse_path=args.from_envelope.removeprefix("<").removesuffix(">"))
    return replace(envelope, source="smtp", peer=args.peer, helo=args.helo) if args.peer else envelope


def checked(envelope: Envelope, raw: bytes, message: Message, loaded: Loaded) -> Checked:
    """What our own check finds, or a relay says. Blocks on DNS. Raises ValueError where the system has no DNS."""
    trust, parked = loaded.desk.trust, ""
    unspoken_for = is_for_us_to_check(envelope, trust) or (envelope.source == "file" and not trust.relays)
    if unspoken_for and is_on(loaded.settings.auth):
        found, parked = _asked(envelope, raw, message, loaded)
        envelope = replace(envelope, checked=found)
    return Checked(envelope, evidence(message, envelope, trust), parked)


def _asked(envelope: Envelope, raw: bytes, message: Message, loaded: Loaded) -> tuple[str | None, str]:
    # The extra `auth` may not be installed.
    from helpdeskd.mail.proof.check import check
    from helpdeskd.mail.proof.dns import Limits, Resolver, Temporary

    author, auth = message.from_, loaded.settings.auth
    if author is None or message.from_defect:
        return None, ""
    dns = Resolver(auth.nameservers, Limits(mail=auth.timeout))
    try:
        domain = domain_of(normalise(author.address))
        return check(raw, domain, envelope, dns, frozenset(auth.arc_sealers)), ""
    except Temporary as fault:
        return None, str(fault)


def _address(text: str) -> str:
    """An IP address, for argparse. Raises ValueError."""
    return str(ip_address(text))
