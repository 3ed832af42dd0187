"""How well a mail's sender is proved: rules in order, the first answer wins; no answer is no proof.

In: the message, the envelope and whom the desk trusts. Out: a Proof with its reason. A From field that does not
identify exactly one mailbox proves nobody, whatever else is in the mail. Display names, Reply-To and Sender take no
part.

Authentication-Results (RFC 8601) count only when the client that handed the mail to us is a configured relay, the field
has that relay's authserv-id, stands where only that relay can have put it (above the first Received field that is
neither ours nor, for relays that are configured so, the relay's own), and is the only such field. `dmarc=pass` must be
for our reading of the From domain; without a dmarc result an aligned dkim or spf pass counts. The own check of SPF,
DKIM and DMARC is one more rule in this tuple.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address

from helpdeskd.domain.address import a_label, domain_of, normalise
from helpdeskd.domain.desk import Network, Relay, Trust
from helpdeskd.domain.message import Envelope, Message
from helpdeskd.domain.ticket import Reason
from helpdeskd.triage.case import Proof, Strength

Rule = Callable[[str, Message, Envelope, Trust], Proof | None]
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
_PROPERTY = re.compile(r"\b(header\.from|header\.d|header\.i|smtp\.mailfrom)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)


def authenticate(message: Message, envelope: Envelope, trust: Trust) -> Proof:
    """The sender's proof (spec "Who: strength"); never raises."""
    address = normalise(message.from_.address) if message.from_ and not message.from_defect else ""
    if not address:
        return Proof("", Strength.NONE, Reason("several-froms", message.from_defect))
    answers = (rule(address, message, envelope, trust) for rule in RULES)
    unproved = Proof(address, Strength.NONE, Reason("unproved-sender", address))
    return next((proof for proof in answers if proof is not None), unproved)


def login(address: str, _message: Message, envelope: Envelope, _trust: Trust) -> Proof | None:
    """SMTP AUTH by one of our own users or devices; a login that is an address vouches for that address only."""
    if not envelope.login or ("@" in envelope.login and normalise(envelope.login) != address):
        return None
    return Proof(address, Strength.ALIGNED, Reason("internal-network", f"login {envelope.login}"), internal=True)


def network(address: str, _message: Message, envelope: Envelope, trust: Trust) -> Proof | None:
    """A client inside a network that is trusted as a whole."""
    if not _inside(envelope.peer, trust.networks):
        return None
    return Proof(address, Strength.ALIGNED, Reason("internal-network", envelope.peer), internal=True)


def provider(address: str, _message: Message, envelope: Envelope, trust: Trust) -> Proof | None:
    """A mailbox whose provider refuses unproved senders itself."""
    if envelope.source != "imap" or envelope.account not in trust.accounts:
        return None
    return Proof(address, Strength.ALIGNED, Reason("aligned", f"mailbox {envelope.account}"))


def relay(address: str, message: Message, envelope: Envelope, trust: Trust) -> Proof | None:
    """The Authentication-Results of a relay that is configured."""
    for known in trust.relays:
        if _came_by(envelope, known):
            passed = _results(message, envelope, known, domain_of(address))
            return Proof(address, Strength.ALIGNED, Reason("aligned", passed)) if passed else None
    return None


RULES: tuple[Rule, ...] = (login, network, provider, relay)


def _came_by(envelope: Envelope, known: Relay) -> bool:
    """A mailbox is filled by a relay that is configured without networks; a file is an administrator's, from any relay."""
    if envelope.source in {"imap", "file"}:
        return envelope.source == "file" or not known.networks
    return _inside(envelope.peer, known.networks)


def _inside(peer: str, networks: tuple[Network, ...]) -> bool:
    try:
        return any(ip_address(peer) in network for network in networks)
    except ValueError:
        return False


def _results(message: Message, envelope: Envelope, known: Relay, domain: str) -> str:
    """What the relay's one result says for that From domain: "dmarc", "dkim" or "spf"; "" for no pass."""
    fields = [value for value in _trusted_fields(message, envelope, known) if _authserv_id(value) == known.authserv_id]
    if len(fields) != 1:
        return ""
    return aligned(_uncommented(fields[0]), domain)


def _trusted_fields(message: Message, envelope: Envelope, known: Relay) -> list[str]:
    """The Authentication-Results above the hop that the relay received the mail by."""
    own_hops = (1 if envelope.source in {"smtp", "lmtp"} else 0) + (1 if known.below_received else 0)
    found: list[str] = []
    for name, value in message.headers:
        if name.lower() == "received":
            own_hops -= 1
            if own_hops < 0:
                break
        elif name.lower() == "authentication-results":
            found.append(value)
    return found


def _authserv_id(value: str) -> str:
    words = _uncommented(value).split(";", 1)[0].split()
    return words[0].lower() if words else ""


def _uncommented(value: str) -> str:
    """The field without comments, nested ones inside out; bounded, as a field is."""
    for _ in range(8):
        value, replaced = _COMMENT.subn(" ", value)
        if not replaced:
            break
    return value


def aligned(value: str, domain: str) -> str:
    """Which method of an uncommented result passes for that From domain (RFC 8601 §2.7, RFC 9989)."""
    results = [_result(part) for part in value.split(";")[1:]]
    dmarc = [(verdict, properties) for method, verdict, properties in results if method == "dmarc"]
    if dmarc:
        verdict, properties = dmarc[0]
        same = a_label(properties.get("header.from", "")) == domain
        return "dmarc" if len(dmarc) == 1 and verdict == "pass" and same else ""
    for method, verdict, properties in results:
        claimed = properties.get("header.d") or properties.get("header.i") or ""
        if method == "spf":
            claimed = properties.get("smtp.mailfrom", "")
        if method in {"dkim", "spf"} and verdict == "pass" and a_label(claimed.rpartition("@")[2]) == domain:
            return method
    return ""


def _result(part: str) -> tuple[str, str, dict[str, str]]:
    """`dkim=pass header.d=x` as method, verdict and properties."""
    words = part.split()
    method, _, verdict = (words[0] if words else "").lower().partition("=")
    properties = {name.lower(): found for name, found in _PROPERTY.findall(part)}
    return method.split("/")[0].strip(), verdict.strip(), properties
