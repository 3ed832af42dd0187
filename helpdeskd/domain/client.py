"""Who a mail was brought by, as far as one client is not to take the share of the others."""

from functools import lru_cache
from ipaddress import ip_network

_REMEMBERED = 4096


@lru_cache(_REMEMBERED)
def origin_of(address: str) -> str:
    """What is counted as one client: an IPv4 address or, of IPv6, a /64, all of which one customer of a network has.

    What is no address is its own.
    """
    try:
        return str(ip_network((address.partition("%")[0], 64), strict=False)) if ":" in address else address
    except ValueError:
        return address


def client_of(source: str, account: str, peer: str) -> str:
    """Who brought a mail: the client, by its origin, or the mailbox that it was read from."""
    return f"mailbox {account}" if source == "imap" else origin_of(peer)
