"""The table `[auth]`: our own check of senders, by SPF, DKIM, DMARC and ARC (RFC 7208, 6376, 9989, 8617).

The check is made where mail comes to the desk directly and the extra `auth` is installed; `is_on` says whether it is.
In a closed network, which may have no DNS, it is made only where the file says so.
"""

from importlib.util import find_spec
from ipaddress import ip_address
from typing import Annotated

from pydantic import Field, PlainValidator

from helpdeskd.config.fields import Domain, Rows, Table, key

DNS_PORT = 53
_MODULES = ("dkim", "spf", "dns")


def _nameserver(value: object) -> tuple[str, int]:
    """A server that is asked: "192.0.2.53", "2001:db8::53", "192.0.2.53:5353" or "[2001:db8::53]:5353"."""
    text = value if isinstance(value, str) else ""
    host, _, port = text.rpartition(":") if "]:" in text or text.count(":") == 1 else (text, "", str(DNS_PORT))
    try:
        address = ip_address(host[1:-1] if host[:1] + host[-1:] == "[]" else host)
        if 1 <= int(port) <= 65535:
            return str(address), int(port)
    except ValueError:
        pass
    raise ValueError(f'"{value}" is no address of a name server (such as "192.0.2.53" or "[2001:db8::53]:5353")')


Nameserver = Annotated[tuple[str, int], PlainValidator(_nameserver)]


class AuthTable(Table):
    """Our own check of senders, where mail comes to the desk directly."""

    check: bool = key(True, "Whether senders are checked by SPF, DKIM and DMARC; needs the extra auth.")
    nameservers: Rows[Nameserver] = key(
        (), "Who is asked instead of the system's name servers.", such=["127.0.0.1", "[2001:db8::53]:5353"]
    )
    timeout: Annotated[int, Field(ge=5, le=300)] = key(
        20, "Seconds that the check of one mail may take, all its questions to the DNS together."
    )
    arc_sealers: Rows[Domain] = key(
        (),
        "Forwarders (mailing lists, mail gateways) whose ARC seals are believed about what they received.",
        such=["lists.example"],
    )


def is_installed() -> bool:
    """Whether the extra `auth` is there."""
    return all(find_spec(module) for module in _MODULES)


def in_closed_network(auth: AuthTable) -> AuthTable:
    """The table where unproved senders may open tickets."""
    return auth if "check" in auth.model_fields_set else auth.model_copy(update={"check": False})


def is_on(auth: AuthTable) -> bool:
    """Whether senders are checked by us."""
    return auth.check and is_installed()
