"""DKIM signatures of our own mail (RFC 6376, RFC 8463), made when its bytes are made, so that each try sends the same.

In: finished bytes. Out: the same bytes below a `DKIM-Signature` by a key of the desk's domain. What is signed says who
writes to whom, about what and in which thread, and what the body is; a field that is not there is signed as not there,
and From once more than it is there, so that nobody can add one. Keys are RSA of at least 2048 bits or Ed25519, in PEM
without a passphrase; `Signer.of` raises `BadKey` for any other, with words for people. Needs the extra `auth`.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass, field

import dkim
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

SHORTEST_RSA = 2048
"""RFC 8301 §3.2 asks for at least 1024 bits, and for 2048 where that can be."""
SIGNED = (
    b"from", b"from", b"to", b"reply-to", b"subject", b"date", b"message-id", b"in-reply-to", b"references",
    b"mime-version", b"content-type", b"content-transfer-encoding", b"auto-submitted",
)  # fmt: skip


class BadKey(ValueError):
    """What is no key to sign with; the text says what is wrong (what would be right)."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for a domain (A-label) with the key that the DNS has at SELECTOR._domainkey.DOMAIN."""

    selector: str
    domain: str
    key: bytes = field(repr=False)
    algorithm: str

    @classmethod
    def of(cls, selector: str, domain: str, pem: bytes) -> "Signer":
        """With the private key in that PEM. Raises BadKey."""
        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise BadKey("is no private key in PEM without a passphrase (openssl genrsa -out FILE 2048)") from None
        if isinstance(key, RSAPrivateKey) and key.key_size >= SHORTEST_RSA:
            written = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
            return cls(selector, domain, written, "rsa-sha256")
        if isinstance(key, Ed25519PrivateKey):
            return cls(selector, domain, b64encode(key.private_bytes_raw()), "ed25519-sha256")
        if isinstance(key, RSAPrivateKey):
            raise BadKey(f"is an RSA key of {key.key_size} bits (of {SHORTEST_RSA} or more)")
        raise BadKey("is a key of another kind (RSA of 2048 bits or more, or Ed25519)")

    @property
    def record(self) -> str:
        """What stands in the DNS, as a TXT record, for others to verify by (RFC 6376 §3.6.1, RFC 8463 §4.1)."""
        if self.algorithm == "ed25519-sha256":
            public = Ed25519PrivateKey.from_private_bytes(b64decode(self.key)).public_key().public_bytes_raw()
            return f"v=DKIM1; k=ed25519; p={b64encode(public).decode()}"
        key = load_pem_private_key(self.key, None).public_key()
        public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"

    def __call__(self, raw: bytes) -> bytes:
        """The mail with its signature on top."""
        signature = dkim.sign(
            raw,
            self.selector.encode(),
            self.domain.encode(),
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            signature_algorithm=self.algorithm.encode(),
            include_headers=list(SIGNED),
        )
        return bytes(signature) + raw
