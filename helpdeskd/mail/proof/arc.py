"""ARC (RFC 8617): what a forwarder that we trust saw before it changed a mail.

Anybody can seal a chain, so it counts only where the last to seal is one of the configured sealers, everything that it
sealed is whole, and every seal before it too: then its ARC-Authentication-Results are as good as those of a relay.
dkimpy verifies the chain; the shape of the chain, `l=` and From are asked here. Nothing but Temporary is raised; a
chain for which the mail has no time left does not verify.
"""

import re
from collections.abc import Iterator
from functools import partial

import dkim as library

from helpdeskd.mail.proof import dkim, keys
from helpdeskd.mail.proof.dns import Lookups, Spent, Temporary
from helpdeskd.mail.proof.keys import Tags, Unusable
from helpdeskd.mail.proof.source import Source, is_reasonable
from helpdeskd.triage.authentication_results import Results, read

MOST_SETS = 10

_NAMES = (b"arc-seal", b"arc-message-signature", b"arc-authentication-results")
_INSTANCE = re.compile(rb"\s*i\s*=\s*([0-9]{1,2})\s*(?:;|$)")


def sealed(mail: Source | None, sealers: frozenset[str], lookups: Lookups) -> tuple[str, Results] | None:
    """The trusted sealer and its results; None where nothing counts. Raises Temporary."""
    if mail is None or not sealers:
        return None
    last = _last_set(mail)
    sealer = _sealer(last) if last else ""
    if not last or sealer not in sealers or len(mail.all(b"from")) != 1:
        return None
    results = read(last[_NAMES[2]].partition(b";")[2].decode("utf-8", "replace"))
    return (sealer, results) if results and _chain_verifies(mail, lookups) else None


def _last_set(mail: Source) -> dict[bytes, bytes] | None:
    """The newest set, where the chain has one field of each kind for each number from 1 on (§4.2.1)."""
    found: dict[bytes, dict[int, bytes]] = {name: dict(_numbered(mail, name)) for name in _NAMES}
    count = len(mail.all(_NAMES[0]))
    numbers = set(range(1, count + 1))
    if not 0 < count <= MOST_SETS or any(len(mail.all(name)) != count for name in _NAMES):
        return None
    if any(set(sets) != numbers for sets in found.values()):
        return None
    return {name: sets[count] for name, sets in found.items()}


def _numbered(mail: Source, name: bytes) -> Iterator[tuple[int, bytes]]:
    for _, value in mail.all(name):
        match = _INSTANCE.match(value) if is_reasonable(value) else None
        if match:
            yield int(match[1]), value


def _sealer(last: dict[bytes, bytes]) -> str:
    """The domain that sealed and signed, where it signed From and the whole text; else ""."""
    seal, signature = keys.tags(last[_NAMES[0]]), keys.tags(last[_NAMES[1]])
    if not seal or not signature or b"l" in signature or b"h" not in signature:
        return ""
    same = _domain(seal) == _domain(signature)
    return _domain(seal) if same and b"from" in dkim.signed_fields(signature) else ""


def _domain(tags: Tags) -> str:
    return dkim.name(tags.get(b"d", b""))


def _chain_verifies(mail: Source, lookups: Lookups) -> bool:
    """The newest set first: who cannot seal for a trusted domain costs us no more."""
    chain = library.ARC(minkey=keys.LEAST_BITS)
    chain.headers, chain.body = [list(field) for field in mail.fields], mail.relaxed
    ask = partial(_key_record, lookups)
    try:
        count, fields = chain.sorted_arc_headers()
        newest = chain.verify_instance(fields, count, dnsfunc=ask)
        whole = newest["ams-valid"] and newest["as-valid"] and chain.verify(dnsfunc=ask)[0] == library.CV_Pass
    except Spent:
        return False
    except Temporary:
        raise
    except Exception:
        return False
    return bool(whole)


def _key_record(lookups: Lookups, name: bytes, **_: object) -> bytes:
    """The key that dkimpy asks for, or b"" where it proves nothing. Raises Temporary."""
    selector, _mark, domain = name.decode("ascii", "replace").removesuffix(".").partition("._domainkey.")
    try:
        return keys.find(selector, domain, lookups).record
    except Unusable:
        return b""
