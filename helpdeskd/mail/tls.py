"""TLS as we speak it, on every connection: 1.2 or newer (RFC 8996), and as a client never without a verified name."""

import ssl
from datetime import UTC, datetime
from pathlib import Path


def client_context(ca_file: Path | str | None = None) -> ssl.SSLContext:
    """For a connection of ours; `ca_file` replaces the system's authorities. Raises OSError (ssl.SSLError)."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def server_context(chain: Path, key: Path | None) -> ssl.SSLContext:
    """For a listener, with its certificate as it is now. Raises OSError (ssl.SSLError)."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A client of TLS 1.2 could have us work without end on one connection.
    context.options |= ssl.OP_NO_RENEGOTIATION
    # Without a password, OpenSSL would ask for one on the terminal, and wait.
    context.load_cert_chain(chain, key, password="")
    return context


def shown_until(server: ssl.SSLContext, chain: Path) -> datetime:
    """When the certificate ends that a listener's clients are shown, aware UTC.

    Found by a handshake with ourselves, whose client trusts just this certificate. Raises ssl.SSLError where it is of
    no use to any client: ended already, or not for a server.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(chain)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client, other = context.wrap_bio(back, there), server.wrap_bio(there, back, server_side=True)
    for side in (client, other, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    certificate = client.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
