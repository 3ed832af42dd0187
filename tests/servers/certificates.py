"""A certificate authority for one test run, made with the `openssl` command.

In: a folder of the test. Out: the authority's certificate for clients to trust, and certificates with keys for the
servers. Good for two days, trusted by nobody else. Raises subprocess.CalledProcessError where openssl fails.
"""

import ssl
import subprocess
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files of a server's certificate and its private key."""

    chain: Path
    key: Path


class Authority:
    """An authority; `certificate` is the PEM file that clients trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.certificate = folder / "authority.pem"
        self._key = folder / "authority.key"
        uses = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
        extensions = [word for use in uses for word in ("-addext", use)]
        _openssl("req", "-x509", *_KEY, "-days", "2", "-subj", "/CN=Test authority", *extensions,
                 "-keyout", self._key, "-out", self.certificate)  # fmt: skip

    def issue(self, *names: str) -> Certificate:
        """A certificate for these host names and addresses."""
        stem = self._folder / names[0].replace("*", "any")
        request, extensions = stem.with_suffix(".csr"), stem.with_suffix(".ext")
        made = Certificate(Path(f"{stem}.pem"), Path(f"{stem}.key"))
        extensions.write_text(
            f"subjectAltName={','.join(map(_alternative, names))}\n"
            "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n"
            "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        )
        _openssl("req", "-new", *_KEY, "-subj", f"/CN={names[0]}", "-keyout", made.key, "-out", request)
        _openssl("x509", "-req", "-days", "2", "-in", request, "-extfile", extensions, "-CA", self.certificate,
                 "-CAkey", self._key, "-CAcreateserial", "-out", made.chain)  # fmt: skip
        return made


def serving(certificate: Certificate) -> ssl.SSLContext:
    """TLS of a server with this certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


def expired(authority: Authority) -> Certificate:
    """A certificate for 127.0.0.1 that is right in all but its date."""
    good = authority.issue("127.0.0.1")
    old = Certificate(good.chain.with_name("expired.pem"), good.key)
    request = good.chain.with_name("expired.csr")
    named = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    signed = ["-CA", authority.certificate, "-CAkey", authority.certificate.with_suffix(".key"), "-CAcreateserial"]
    _openssl("req", "-new", "-key", good.key, *named, "-out", request)
    _openssl("x509", "-req", "-in", request, "-copy_extensions", "copy", *signed, "-days", "-1", "-out", old.chain)
    return old


def _alternative(name: str) -> str:
    """One entry of subjectAltName (RFC 5280 §4.2.1.6)."""
    try:
        return f"IP:{ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
