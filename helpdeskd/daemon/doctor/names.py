"""What the DNS says of the domains that our mail comes from: MX, SPF, DMARC, and the DKIM keys that we sign with.

Asks the name servers of `[auth]`, else those of the system; needs the extra `auth`. An answer that cannot be had is an
error: nothing is known then. What other servers make of our mail is not tried.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from helpdeskd.config.auth import is_installed
from helpdeskd.config.load import Loaded
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.daemon.doctor.finding import Finding, error, ok, warning
from helpdeskd.daemon.office import signer
from helpdeskd.domain.address import a_label, domain_of

if TYPE_CHECKING:
    from helpdeskd.mail.proof.dns import Lookups

SHOWN = 120


def our_domains(loaded: Loaded, _now: datetime) -> Iterator[Finding]:
    """Each domain of a queue's address: can it be answered, and will others believe that the mail is ours?"""
    if not is_installed():
        yield warning("DNS", "not looked at (pip install '.[auth]')")
        return
    from helpdeskd.mail.proof.dns import Resolver, Temporary  # the extra may be missing

    try:
        lookups = Resolver(loaded.config.auth.nameservers).lookups()
    except ValueError as fault:
        yield error("DNS", str(fault))
        return
    looks = [(domain, partial(look, f"DNS {domain}", domain)) for domain in _domains(loaded) for look in OF_DOMAIN]
    if loaded.config.mail.dkim:
        looks.append((loaded.config.mail.dkim.domain or loaded.desk.domain, partial(_dkim, loaded)))
    for domain, look in looks:
        try:
            yield look(lookups)
        except Temporary as silent:
            yield error(f"DNS {domain}", str(silent))


def _domains(loaded: Loaded) -> list[str]:
    addresses = (address for queue in loaded.desk.queues for address in queue.addresses)
    return list(dict.fromkeys(a_label(domain_of(address)) for address in addresses))


def _mx(about: str, domain: str, lookups: "Lookups") -> Finding:
    found = lookups.ask(domain, "MX")
    if not found:
        return warning(about, "no MX: mail to it goes to the host of that name, if there is one (an MX record)")
    return ok(about, f"MX {', '.join(str(record.to_text()) for record in found)}"[:SHOWN])


def _spf(about: str, domain: str, lookups: "Lookups") -> Finding:
    found = _records(lookups.txt(domain), "v=spf1")
    if not found:
        return warning(about, 'no SPF: others cannot tell which servers may send (a TXT record "v=spf1 … -all")')
    if len(found) > 1:
        return error(about, f"{len(found)} SPF records, so that none counts (one; RFC 7208 section 4.5)")
    return ok(about, f"SPF {found[0]}"[:SHOWN])


def _dmarc(about: str, domain: str, lookups: "Lookups") -> Finding:
    found = _records(lookups.txt(f"_dmarc.{domain}"), "v=DMARC1")
    if len(found) != 1:
        told = "no DMARC policy" if not found else f"{len(found)} DMARC records, so that none counts"
        return warning(about, f'{told}: anybody may write as us (one TXT record at _dmarc, "v=DMARC1; p=reject")')
    return ok(about, f"DMARC {found[0]}"[:SHOWN])


def _dkim(loaded: Loaded, lookups: "Lookups") -> Finding:
    """Whether the DNS has the key that others need for what we sign."""
    try:
        ours = signer(loaded)
    except ConfigErrors as broken:
        return error("DKIM", broken.errors[0])
    assert ours is not None
    name = f"{ours.selector}._domainkey.{ours.domain}"
    found = lookups.txt(name)
    keys = {_tag("p", text) for text in found}
    if _tag("p", ours.record.encode()) in keys:
        return ok(f"DNS {ours.domain}", f"DKIM: {name} has our key")
    told = "is another key than ours" if found else "there is no key"
    return error(f"DNS {ours.domain}", f'DKIM: {told} at {name}, so no signature counts (TXT "{ours.record}")')


def _tag(name: str, record: bytes) -> str:
    """The value of a tag (RFC 6376 §3.2), without blanks."""
    pairs = (part.partition(b"=") for part in record.split(b";"))
    return next((b"".join(v.split()).decode("ascii", "replace") for n, _, v in pairs if n.strip() == name.encode()), "")


OF_DOMAIN = (_mx, _spf, _dmarc)


def _records(texts: tuple[bytes, ...], version: str) -> list[str]:
    """The TXT records of that version, as printable text."""
    shown = ("".join(c if c.isprintable() else "?" for c in text.decode("ascii", "replace")) for text in texts)
    return [text for text in shown if text.split(";")[0].split(" ")[0].strip().lower() == version.lower()]
