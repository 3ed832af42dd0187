"""How well a mail's sender is proved: rules in order, the first answer wins; no answer is no proof.

In: the message, the envelope and whom the desk trusts. Out: a Proof with its reason. A From field that does not
identify exactly one mailbox proves nobody, whatever else is in the mail. Display names, Reply-To and Sender take no
part.

Authentication-Results (RFC 8601) count only when the client that handed the mail to us is a configured relay, the field
has that relay's authserv-id, stands where only that relay can have put it (above the first Received field that is
neither ours nor, for relays that are configured so, the relay's own), and is the topmost such field, of which no other
speaks of DMARC: OpenDMARC writes its result above OpenDKIM's, in a field of its own. `dmarc=pass` must be for our
reading of the From domain, which covers relaxed alignment too; without a policy or a dmarc result, a dkim or spf pass
for exactly that domain counts. Our own check (`mail.proof`) is read by the same rules, last.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from helpdeskd.domain.address import a_label, domain_of, normalise
from helpdeskd.domain.desk import Network, Relay, Trust
from helpdeskd.domain.message import Envelope, Message
from helpdeskd.domain.ticket import Reason
from helpdeskd.triage.authentication_results import OURS, Result, read
from helpdeskd.triage.case import Proof, Strength

Rule = Callable[[str, Message, Envelope, Trust], Proof | None]
NO_POLICY = frozenset({"none", "bestguesspass"})
_IDENTITIES = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}


def authenticate(message: Message, envelope: Envelope, trust: Trust) -> Proof:
    """The sender's proof (spec "Who: strength"); never raises."""
    address = normalise(message.from_.address) if message.from_ and not message.from_defect else ""
    if not address:
        return Proof("", Strength.NONE, Reason("several-froms", message.from_defect or "From is no address"))
    answers = (rule(address, message, envelope, trust) for rule in RULES)
    unproved = Proof(address, Strength.NONE, Reason("unproved-sender", address))
    return next((proof for proof in answers if proof is not None), unproved)


def login(address: str, _message: Message, envelope: Envelope, _trust: Trust) -> Proof | None:
    """SMTP AUTH by one of our own users or devices; a login that is an address vouches for that address only."""
    if not envelope.login or ("@" in envelope.login and normalise(envelope.login) != address):
        return None
    return Proof(address, Strength.ALIGNED, Reason("internal-network", f"login {envelope.login}"), internal=True)


def network(address: str, _message: Message, envelope: Envelope, trust: Trust) -> Proof | None:
    """A client inside a network that is trusted as a whole; not a relay there, which passes on mail of strangers."""
    if not _inside(envelope.peer, trust.networks) or any(_inside(envelope.peer, r.networks) for r in trust.relays):
        return None
    return Proof(address, Strength.ALIGNED, Reason("internal-network", envelope.peer), internal=True)


def provider(address: str, _message: Message, envelope: Envelope, trust: Trust) -> Proof | None:
    """A mailbox whose provider refuses unproved senders itself."""
    if envelope.source != "imap" or envelope.account not in trust.accounts:
        return None
    return Proof(address, Strength.ALIGNED, Reason("aligned", f"mailbox {envelope.account}"))


def relay(address: str, message: Message, envelope: Envelope, trust: Trust) -> Proof | None:
    """The Authentication-Results of a relay that is configured."""
    said = (aligned(results, domain_of(address)) for results in _said_by_relays(message, envelope, trust))
    return next((Proof(address, Strength.ALIGNED, Reason("aligned", method)) for method in said if method), None)


def own_check(address: str, _message: Message, envelope: Envelope, _trust: Trust) -> Proof | None:
    """What our own check found."""
    method = aligned(_found_by_us(envelope), domain_of(address))
    return Proof(address, Strength.ALIGNED, Reason("aligned", method)) if method else None


RULES: tuple[Rule, ...] = (login, network, provider, relay, own_check)


def is_for_us_to_check(envelope: Envelope, trust: Trust) -> bool:
    """Whether nobody whom the desk trusts speaks for what came so: then our own check may prove its sender."""
    if envelope.login or envelope.source == "file" or _inside(envelope.peer, trust.networks):
        return False
    by_provider = envelope.source == "imap" and envelope.account in trust.accounts
    return not by_provider and not any(_came_by(envelope, known) for known in trust.relays)


def evidence(message: Message, envelope: Envelope, trust: Trust) -> tuple[Result, ...]:
    """The results that were looked at, for people: of our own check, else of the first relay that has any."""
    said = _said_by_relays(message, envelope, trust)
    return _found_by_us(envelope) or next(filter(None, said), ())


def _came_by(envelope: Envelope, known: Relay) -> bool:
    """Mailboxes, and our Unix socket for LMTP, are filled by relays without networks; files by an administrator."""
    if envelope.source == "file":
        return True
    if envelope.source == "imap" or (envelope.source == "lmtp" and not envelope.peer):
        return not known.networks
    return _inside(envelope.peer, known.networks)


def _inside(peer: str, networks: tuple[Network, ...]) -> bool:
    address = _address(peer) if networks else None
    return address is not None and any(address in network for network in networks)


@lru_cache(maxsize=64)
def _address(peer: str) -> IPv4Address | IPv6Address | None:
    """Asked several times of each mail, and of the same few peers."""
    try:
        return ip_address(peer)
    except ValueError:
        return None


def _found_by_us(envelope: Envelope) -> tuple[Result, ...]:
    found = read(envelope.checked or "")
    return found.results if found is not None and found.authserv_id == OURS else ()


def _said_by_relays(message: Message, envelope: Envelope, trust: Trust) -> Iterator[tuple[Result, ...]]:
    """What each relay that the mail came by says of it."""
    return (_said(message, envelope, known) for known in trust.relays if _came_by(envelope, known))


def _said(message: Message, envelope: Envelope, known: Relay) -> tuple[Result, ...]:
    """The results in the topmost of a relay's fields; none where another of them speaks of DMARC.

    A relay's field is above all that the sender wrote, who may have forged others below it.
    """
    fields = (read(value) for value in _above_its_hop(message, envelope, known))
    own = [found.results for found in fields if found is not None and _is_named(found.authserv_id, known)]
    doubts = any(result.method == "dmarc" for results in own[1:] for result in results)
    return () if doubts or not own else own[0]


def _is_named(authserv_id: str, known: Relay) -> bool:
    """Whether that is the relay's name; `*.mx.example` is every name below mx.example."""
    name = known.authserv_id.lower()
    return authserv_id.endswith(name[1:]) if name.startswith("*.") else authserv_id == name


def _above_its_hop(message: Message, envelope: Envelope, known: Relay) -> Iterator[str]:
    """The Authentication-Results above the hop that the relay received the mail by."""
    own_hops = (1 if envelope.source in {"smtp", "lmtp"} else 0) + known.below_received
    for name, value in message.headers:
        if name.lower() == "received":
            own_hops -= 1
            if own_hops < 0:
                return
        elif name.lower() == "authentication-results":
            yield value


def aligned(results: tuple[Result, ...], domain: str) -> str:
    """Which method proves that From domain (RFC 8601 §2.7, RFC 9989 §4.10); "" for none, and for two of dmarc.

    "spf" also for a dmarc that passed by nothing else: what must not be forged may not rest on SPF alone.
    """
    dmarc = [result for result in results if result.method == "dmarc"]
    if len(dmarc) > 1:
        return ""
    if dmarc and dmarc[0].verdict not in NO_POLICY:
        if dmarc[0].verdict != "pass" or not _names(dmarc[0], ("header.from",), domain):
            return ""
        return "spf" if _by_spf_alone(dmarc[0], results, domain) else "dmarc"
    found = (r.method for r in results if r.verdict == "pass" and _names(r, _IDENTITIES.get(r.method, ()), domain))
    return next(found, "")


def _by_spf_alone(dmarc: Result, results: tuple[Result, ...], domain: str) -> bool:
    """As our own check says, or as no signature has passed beside SPF that may be what DMARC passed by: a stranger's
    says nothing of the author.
    """
    if by := dmarc.properties.get("policy.aligned"):
        return by == "spf"
    passed = [result for result in results if result.verdict == "pass"]
    signers = (_named(each, _IDENTITIES["dkim"]) for each in passed if each.method == "dkim")
    signed = any(_is_related(signer, domain) for signer in signers)
    return not signed and any(each.method == "spf" for each in passed)


def _is_related(one: str, other: str) -> bool:
    """Whether they are the same domain, or one is above the other."""
    return bool(one) and (f".{one}".endswith(f".{other}") or f".{other}".endswith(f".{one}"))


def _names(result: Result, identities: tuple[str, ...], domain: str) -> bool:
    """Whether the result is about that domain."""
    return _named(result, identities) == domain


def _named(result: Result, identities: tuple[str, ...]) -> str:
    """The domain in the first of these properties that the result has; Zoho puts it in angle brackets."""
    claimed = next((result.properties[name] for name in identities if name in result.properties), "")
    bare = claimed[1:-1] if claimed.startswith("<") and claimed.endswith(">") else claimed
    return a_label(bare.rpartition("@")[2])
