"""Mails of a scenario as they would reach the desk: what a mail client writes, and what servers put on top of it.

In: a scenario's mail, and the mail of ours that it answers. Out: envelopes, one for each of our addresses, and raw. A
reply is built as mail clients do: to Reply-To, with In-Reply-To and References, `Re:`, and the answered text quoted. A
mail of the past comes as it is.

How well the sender is proved follows from whom the configuration trusts: a relay's Authentication-Results, as they
would stand; else a mailbox whose provider checks senders, or a trusted network. Where nothing is trusted, nobody is
proved, as it would be. The same step always gives the same bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from html import escape
from ipaddress import ip_address

from helpdeskd.config.scenario import Mail, Past
from helpdeskd.domain.address import Mailbox, domain_of, normalise
from helpdeskd.domain.desk import Desk, Network, Relay, Trust
from helpdeskd.domain.message import Envelope, Message
from helpdeskd.mail.fields import Head, read_head
from helpdeskd.mail.imap_envelope import envelope_of
from helpdeskd.mail.parse import parse
from helpdeskd.mail.sender import read_from, read_mailboxes
from helpdeskd.mail.smtp_trace import Hop, received_field
from helpdeskd.storage import outbox
from helpdeskd.storage.directory import StoredDirectory

OUTSIDE = ("192.0.2.1", "198.51.100.1", "203.0.113.1")
"""Addresses of nobody (RFC 5737)."""

AS_WRITTEN = SMTP.clone(header_factory=HeaderRegistry(use_default_map=False))
"""Fields are folded, not understood: they are in form already, and understanding them would take half of the time."""

FILLING = b"It is not the content of an attachment that matters here. "
REVERSE_PATH = "return-path"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail at our door: `as_sent` is raw without the field that our listener puts on it."""

    envelopes: tuple[Envelope, ...]
    raw: bytes
    as_sent: bytes


@dataclass(frozen=True, slots=True)
class _Way:
    """How a mail comes to us: the envelope's source, peer and account, and the fields that a relay puts on it."""

    source: str
    peer: str
    account: str = ""
    fields: bytes = b""


def arrival(mail: Mail, name: str, answered: Message | None, desk: Desk) -> Arrival:
    """What the desk receives; `name` is the mail's id. There are no envelopes where no recipient is ours."""
    sent = mail.eml if mail.eml is not None else written(mail, name, answered)
    head = read_head(sent, 0, len(sent))
    way = _way(mail.auth, domain_of(_sender(mail, head)), desk.trust)
    envelope = Envelope(
        reverse_path=_reverse_path(mail, head),
        forward_path="",
        received_at=mail.at,
        source=way.source,
        peer=way.peer,
        account=way.account,
    )
    envelopes = tuple(replace(envelope, forward_path=path) for path in _forward_paths(mail, head, desk))
    relayed = way.fields + sent
    return Arrival(envelopes, _own_field(way, name, mail.at, desk) + relayed, relayed)


def past_arrival(past: Past, answered: Message | None, desk: Desk) -> Arrival:
    """What the desk receives when a mail comes again: proved by what its own fields say, as a relay wrote them.

    On a desk without relays whose mailbox's provider checks senders, it came by that mailbox.
    """
    raw, trust = past.read(), desk.trust
    if answered is not None:
        raw = f"In-Reply-To: {answered.message_id}\n".encode() + raw
    account = "" if trust.relays else min(trust.accounts, default="")
    at = past.at.astimezone(UTC)
    envelope = envelope_of(raw, at, account, desk.queues[0].address, lambda found: desk.is_ours(normalise(found)))
    return Arrival((envelope if account else replace(envelope, source="file"),), raw, raw)


def newest_to(reader: str, reference: str, notice: str) -> Message | None:
    """The newest mail of ours to a person, who has that address; about that ticket and of that notice, unless "" ."""
    known = StoredDirectory()
    person = known.contact(reader) or known.agent(reader)
    content = outbox.newest_to(person.addresses if person else (reader,), reference, notice)
    return None if content is None else parse(content)


def written(mail: Mail, name: str, answered: Message | None) -> bytes:
    """What the sender's mail client sends."""
    assert mail.from_ is not None
    letter = EmailMessage(AS_WRITTEN)
    fields = {
        "From": _shown(mail.from_),
        "To": ", ".join(map(_shown, mail.to)),
        "Cc": ", ".join(map(_shown, mail.cc)),
        "Subject": mail.subject or "",
        "Date": format_datetime(mail.at),
        "Message-ID": f"<{name}@{domain_of(mail.from_.address)}>",
    }
    if answered is not None:
        fields |= _as_answer(mail, answered)
    for field, value in (*fields.items(), *mail.headers.items()):
        del letter[field]
        if value and field.lower() != REVERSE_PATH:
            letter[field] = value
    _fill(letter, mail, answered)
    return letter.as_bytes()


def _shown(mailbox: Mailbox) -> str:
    return formataddr((mailbox.name, mailbox.address))


def _as_answer(mail: Mail, answered: Message) -> dict[str, str]:
    """The fields of a reply (RFC 5322 §3.6.4)."""
    subject = answered.subject if answered.subject.lower().startswith("re:") else f"Re: {answered.subject}"
    fields = {
        "Subject": subject if mail.subject is None else mail.subject,
        "In-Reply-To": answered.message_id,
        "References": " ".join((*answered.references, answered.message_id)),
    }
    return fields if mail.to else {"To": answered.header("Reply-To") or answered.header("From"), **fields}


def _fill(letter: EmailMessage, mail: Mail, answered: Message | None) -> None:
    """Text, HTML and attachments, with boundaries that are not drawn by lot."""
    if mail.text is not None:
        letter.set_content(mail.text + _quoted(answered, mail.at))
    if mail.html is not None:
        html = mail.html + _quoted_html(answered, mail.at)
        if mail.text is None:
            letter.set_content(html, subtype="html")
        else:
            letter.add_alternative(html, subtype="html")
    for attached in mail.attach:
        maintype, _, subtype = attached.type.partition("/")
        content = (FILLING * (attached.size // len(FILLING) + 1))[: attached.size]
        letter.add_attachment(content, maintype, subtype, filename=attached.name)
    for number, part in enumerate(letter.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_part_{number}")


def _quoted(answered: Message | None, at: datetime) -> str:
    if answered is None:
        return ""
    lines = (f"> {line}".rstrip() for line in answered.text.strip().splitlines())
    return "\n".join(("", "", _attribution(answered, at), *lines, ""))


def _quoted_html(answered: Message | None, at: datetime) -> str:
    if answered is None:
        return ""
    text = escape(answered.text.strip()).replace("\n", "<br>\n")
    return f"\n<div>{escape(_attribution(answered, at))}<br>\n<blockquote>{text}</blockquote></div>\n"


def _attribution(answered: Message, at: datetime) -> str:
    sent = (answered.date or at).astimezone(at.tzinfo)
    return f"On {sent:%a, %d %b %Y at %H:%M}, {answered.from_ or 'somebody'} wrote:"


def _sender(mail: Mail, head: Head) -> str:
    """Who the mail says that it is from, normalised; "" where it says nobody."""
    found = read_from(head)[0] or mail.from_
    return normalise(found.address) if found else ""


def _reverse_path(mail: Mail, head: Head) -> str:
    written = ((field.name, field.text) for field in head.fields)
    given = (value for name, value in (*mail.headers.items(), *written) if name.lower() == REVERSE_PATH)
    path = next(given, None)
    if path is not None:
        return path.strip().removeprefix("<").removesuffix(">")
    sender = mail.from_ or read_from(head)[0]
    return sender.address if sender else ""


def _forward_paths(mail: Mail, head: Head, desk: Desk) -> list[str]:
    """The addresses of ours that the mail is for; a file that names none was redirected to the first queue."""
    shown = (box for name in ("to", "cc") for field in head.all(name) for box in read_mailboxes(field))
    named: Iterable[Mailbox] = (*mail.to, *mail.cc) if mail.to else shown
    ours = dict.fromkeys(box.address for box in named if desk.is_ours(normalise(box.address)))
    return list(ours) or ([desk.queues[0].address] if mail.eml is not None and not mail.to else [])


def _way(auth: str, domain: str, trust: Trust) -> _Way:
    relay = next((known for known in trust.relays if known.networks), next(iter(trust.relays), None))
    if relay is not None:
        fields = _relays(relay, auth, domain)
        return _Way("smtp", _host(relay.networks[0]), "", fields) if relay.networks else _Way("imap", "", "", fields)
    if auth == "aligned" and trust.accounts:
        return _Way("imap", "", min(trust.accounts))
    if auth == "aligned" and trust.networks:
        return _Way("smtp", _host(trust.networks[0]))
    return _Way("smtp", _outside(trust))


def _relays(relay: Relay, auth: str, domain: str) -> bytes:
    """What a relay puts on a mail: Received fields of its own, and what it found out (RFC 8601), if it did.

    They have no date: a mail that the relay hands over twice has the same ones each time.
    """
    hop = f"Received: from {domain or 'unknown'} by {relay.authserv_id or 'relay'} with ESMTPS\r\n"
    verdict = "pass" if auth == "aligned" else "fail"
    found = (f"dkim={verdict} header.d={domain}", f"dmarc={verdict} header.from={domain}")
    words = "; ".join((relay.authserv_id, *found) if relay.authserv_id else found)
    results = "" if auth == "none" else f"Authentication-Results: {words}\r\n"
    return (hop * relay.below_received + results).encode()


def _own_field(way: _Way, name: str, at: datetime, desk: Desk) -> bytes:
    """The Received field of our listener; a mailbox is read as it is."""
    if way.source != "smtp":
        return b""
    hop = Hop("relay", way.peer, desk.domain, "smtp", extended=True, utf8=False, cipher="", login=False, id=name, at=at)
    return received_field(hop)


def _host(network: Network) -> str:
    """An address in it."""
    return str(network[1] if network.num_addresses > 1 else network[0])


def _outside(trust: Trust) -> str:
    """An address that nothing is believed of."""
    outside = (peer for peer in OUTSIDE if not any(ip_address(peer) in network for network in trust.networks))
    return next(outside, OUTSIDE[0])
