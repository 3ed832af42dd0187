"""Row A03: Authentication-Results that a sender can write, or that a server writes of somebody else, prove nobody.

Every way to forge a field is tried against every server whose fields are known, each beside that server's own result
for a mail that is not proved: whatever stands in the mail, the sender stays unproved. And each server's own field for a
mail that is proved does prove it, so that the table shows the forgery to fail and not the reading.
"""

from dataclasses import dataclass
from ipaddress import ip_network

import pytest

from helpdeskd.domain.desk import Relay, Trust
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.parse import parse
from helpdeskd.triage.authenticate import authenticate
from helpdeskd.triage.case import Proof, Strength
from tests.authentication_results import FROM, SERVERS, Server
from tests.triage.small_desk import NOW, OUTSIDE, RELAY

NETWORK = (ip_network(RELAY),)
PASS = f"dmarc=pass header.from={FROM}"
OURS = "Received: from mx.desk.example (mx.desk.example [192.0.2.25]) by us; Mon, 23 Nov 2026 09:00:00 +0000"
HOP = "Received: from outside by {name}; Mon, 23 Nov 2026 09:00:00 +0000"
SENDERS = "Received: from laptop by mx.elsewhere.example; Mon, 23 Nov 2026 08:59:00 +0000"


def proof(server: Server, fields: list[str], peer: str = RELAY) -> Proof:
    """How a mail with these fields is proved that this server handed to us."""
    raw = "\r\n".join([OURS, *fields, f"From: Anna <anna@{FROM}>", "Subject: x", "", "hello", ""]).encode()
    relay = Relay(server.name, NETWORK, server.hops)
    envelope = Envelope("x@elsewhere.example", "support@desk.example", NOW, peer=peer)
    return authenticate(parse(raw), envelope, Trust((relay,)))


def by_server(server: Server, results: tuple[str, ...], *below: str) -> list[str]:
    """The server's own hops and fields, and below them what came to it."""
    hops = [HOP.format(name=server.host)] * server.hops
    return [*hops, *(f"Authentication-Results: {each}" for each in results), *below]


def forged(text: str) -> str:
    return f"Authentication-Results: {text}"


BELOW_THE_HOP = [
    "{id}; " + PASS,
    "{id} 1; " + PASS,
    "{id};\r\n\tdmarc=pass\r\n\theader.from=" + FROM,
    "{ID}; DMARC=PASS HEADER.FROM=" + FROM,
    "(a comment) {id} (another) ; (more) dmarc (x) = (y) pass (z) header.from (w) = (v) " + FROM,
    '"{id}"; dmarc="pass" header.from="' + FROM + '"',
    "{id}; spf=pass smtp.mailfrom=" + FROM,
    "{id}; dkim=pass header.d=" + FROM,
    "{id}; dmarc=none; dkim=pass header.i=@" + FROM,
    "{id}; dmarc=bestguesspass header.from=" + FROM + "; spf=pass smtp.mailfrom=" + FROM,
    "dmarc=pass action=none header.from=" + FROM + ";compauth=pass reason=100",
]
OTHER_FIELDS = [
    "ARC-Authentication-Results: i=1; {id}; " + PASS,
    "X-Authentication-Results: {id}; " + PASS,
    "Authentication-Results-Original: {id}; " + PASS,
    "X-MS-Exchange-Authentication-Results: {id}; " + PASS,
    "Received-SPF: pass ({id}: domain of " + FROM + " designates 192.0.2.1) client-ip=192.0.2.1",
    "Authentication-Results : {id}; " + PASS,
    "X-Received: by {id}\r\nX-Note: Authentication-Results: {id}; " + PASS,
    "DKIM-Signature: v=1; a=rsa-sha256; d=" + FROM + "; s=s1; h=from; bh=x; b=y",
]


def written(text: str, server: Server) -> str:
    return text.replace("{id}", server.host).replace("{ID}", server.host.upper())


@pytest.mark.parametrize("server", SERVERS, ids=str)
def test_a03_the_result_of_each_known_server_for_a_mail_that_passed_proves_its_sender(server: Server) -> None:
    assert proof(server, by_server(server, server.passed, SENDERS)).strength is Strength.ALIGNED


@pytest.mark.parametrize("server", SERVERS, ids=str)
def test_a03_the_result_of_each_known_server_for_a_mail_that_failed_proves_nobody(server: Server) -> None:
    assert proof(server, by_server(server, server.failed, SENDERS)).strength is Strength.NONE


@pytest.mark.parametrize("server", SERVERS, ids=str)
@pytest.mark.parametrize("text", BELOW_THE_HOP)
def test_a03_a_field_with_the_servers_name_that_came_from_outside_proves_nobody(server: Server, text: str) -> None:
    field = forged(written(text, server))
    failed = by_server(server, server.failed)
    hop = HOP.format(name=server.host)
    for below in ([SENDERS, field], [field, SENDERS], [field], [hop, field], [field, field], [hop, hop, field]):
        assert proof(server, [*failed, *below]).strength is Strength.NONE


@pytest.mark.parametrize("server", SERVERS, ids=str)
@pytest.mark.parametrize("text", OTHER_FIELDS)
def test_a03_no_other_field_proves_anybody_not_even_at_the_top(server: Server, text: str) -> None:
    field = written(text, server)
    assert proof(server, [field, *by_server(server, server.failed)]).strength is Strength.NONE
    assert proof(server, [field]).strength is Strength.NONE


@pytest.mark.parametrize("server", SERVERS, ids=str)
def test_a03_what_another_client_says_in_the_servers_name_proves_nobody(server: Server) -> None:
    fields = by_server(server, server.passed, SENDERS)
    for peer in (OUTSIDE, "", "not an address", "192.0.2.26", "::ffff:192.0.2.26"):
        assert proof(server, fields, peer).strength is Strength.NONE


@pytest.mark.parametrize("server", SERVERS, ids=str)
def test_a03_one_hop_too_far_down_not_even_the_servers_own_result_counts(server: Server) -> None:
    hop = HOP.format(name=server.host)
    assert proof(server, [hop, *by_server(server, server.passed, SENDERS)]).strength is Strength.NONE


@dataclass(frozen=True)
class One:
    """The one field at the server's place, and why it proves nobody."""

    why: str
    text: str

    def __str__(self) -> str:
        return self.why


AT_THE_RIGHT_PLACE = [
    One("other From", "mx.desk.example; dmarc=pass header.from=elsewhere.example"),
    One("subdomain of the From", f"mx.desk.example; dmarc=pass header.from=sub.{FROM}"),
    One("parent of the From", "mx.desk.example; dmarc=pass header.from=example"),
    One("From as a prefix", f"mx.desk.example; dmarc=pass header.from={FROM}.elsewhere.example"),
    One("From as a suffix", f"mx.desk.example; dmarc=pass header.from=evil{FROM}"),
    One("From as a local part", f"mx.desk.example; dmarc=pass header.from={FROM}@elsewhere.example"),
    One("From as a quoted local part", f'mx.desk.example; dmarc=pass header.from="x@{FROM}"@elsewhere.example'),
    One("From that looks alike", "mx.desk.example; dmarc=pass header.from=b\u0430kery.example"),
    One("two Froms", f"mx.desk.example; dmarc=pass header.from=elsewhere.example header.from={FROM}"),
    One("no From", "mx.desk.example; dmarc=pass"),
    One("another property", f"mx.desk.example; dmarc=pass header.d={FROM}"),
    One("the policy's From", f"mx.desk.example; dmarc=pass policy.header.from={FROM}"),
    One("two verdicts", f"mx.desk.example; dmarc=pass dmarc=fail header.from={FROM}"),
    One("two verdicts, the better one last", f"mx.desk.example; dmarc=fail dmarc=pass header.from={FROM}"),
    One("two results", f"mx.desk.example; dmarc=fail header.from={FROM}; {PASS}"),
    One("two results, the better one first", f"mx.desk.example; {PASS}; dmarc=fail header.from={FROM}"),
    One("two that pass", f"mx.desk.example; {PASS}; {PASS}"),
    One("a pass in a comment", f"mx.desk.example; dmarc=fail ({PASS})"),
    One("a pass in a nested comment", f"mx.desk.example; dmarc=fail (a (b) ; {PASS}; c)"),
    One("a comment that ends by a quoted parenthesis", f"mx.desk.example; dmarc=fail (\\) ; {PASS})"),
    One("a comment without end", f"mx.desk.example; {PASS} ("),
    One("a pass in quotes", f'mx.desk.example; spf=fail smtp.mailfrom="x; {PASS} "@x.example'),
    One("quotes without end", f'mx.desk.example; {PASS} reason="'),
    One("an escaped quote", f'mx.desk.example; spf=fail reason="\\"; {PASS}; x="'),
    One("a pass in a reason", f'mx.desk.example; dmarc=fail reason="x;{PASS}" header.from={FROM}'),
    One("version 2", f"mx.desk.example 2; {PASS}"),
    One("version 10", f"mx.desk.example 10; {PASS}"),
    One("two versions", f"mx.desk.example 1 1; {PASS}"),
    One("a method of version 2", f"mx.desk.example; dmarc/2=pass header.from={FROM}"),
    One("a name within another one", f"mx.desk.example.elsewhere.example; {PASS}"),
    One("a name behind another one", f"elsewhere.mx.desk.example; {PASS}"),
    One("a name in a comment", f"(mx.desk.example) elsewhere.example; {PASS}"),
    One("no name", PASS),
    One("an empty name", f"; {PASS}"),
    One("no result", "mx.desk.example; none"),
    One("a verdict of ours", f"mx.desk.example; dmarc=passed header.from={FROM}"),
    One("a verdict that begins alike", f"mx.desk.example; dmarc=pass-ish header.from={FROM}"),
    One("no verdict", f"mx.desk.example; dmarc= header.from={FROM}"),
    One("fail and a signature", f"mx.desk.example; dmarc=fail header.from={FROM}; dkim=pass header.d={FROM}"),
    One("temporary error", f"mx.desk.example; dmarc=temperror header.from={FROM}; dkim=pass header.d={FROM}"),
    One("SPF of the greeting", f"mx.desk.example; spf=pass smtp.helo={FROM}"),
    One("SPF of another path", "mx.desk.example; spf=pass smtp.mailfrom=elsewhere.example"),
    One("SPF without a path", "mx.desk.example; spf=pass"),
    One("a signature for another domain", f"mx.desk.example; dkim=pass header.d=x.example header.i=@{FROM}"),
    One("a signature without a domain", "mx.desk.example; dkim=pass"),
    One("a seal", f"mx.desk.example; arc=pass header.from={FROM}; arc=pass header.d={FROM}"),
    One("sender-id", f"mx.desk.example; sender-id=pass header.from={FROM}"),
    One("our own name", f"helpdeskd; {PASS} policy.aligned=dkim"),
    One("an encoded word", f"=?utf-8?q?mx.desk.example=3B?= {PASS}"),
    One("a NUL", f"mx.desk.example\0; {PASS}"),
]
PLAIN = Server("plain", "mx.desk.example", ("mx.desk.example; none",), ("mx.desk.example; none",))


@pytest.mark.parametrize("one", AT_THE_RIGHT_PLACE, ids=str)
def test_a03_at_the_right_place_only_the_one_result_for_our_reading_of_from_counts(one: One) -> None:
    assert proof(PLAIN, [forged(one.text), SENDERS]).strength is Strength.NONE


def test_a03_two_fields_of_the_server_that_speak_of_dmarc_prove_nobody() -> None:
    passed, failed = f"mx.desk.example; {PASS}", f"mx.desk.example; dmarc=fail header.from={FROM}"
    for pair in ((passed, passed), (passed, failed), (failed, passed)):
        assert proof(PLAIN, [forged(text) for text in pair]).strength is Strength.NONE


@pytest.mark.parametrize("more", ["dkim=pass header.d=" + FROM, "spf=pass smtp.mailfrom=" + FROM, PASS])
def test_a03_a_second_field_below_adds_no_proof_that_the_topmost_one_does_not_have(more: str) -> None:
    for top in ("dkim=none", "dmarc=none header.from=" + FROM, "dkim=fail header.d=" + FROM, "none"):
        fields = [forged(f"mx.desk.example; {top}"), forged(f"mx.desk.example; {more}")]
        assert proof(PLAIN, fields).strength is Strength.NONE


@pytest.mark.parametrize(
    ("results", "rests_on"),
    [
        (f"spf=pass smtp.mailfrom={FROM}; dkim=none; {PASS}", "spf"),
        (f"spf=pass smtp.mailfrom={FROM}; dkim=fail header.d={FROM}; {PASS}", "spf"),
        (f"spf=pass smtp.mailfrom={FROM}; dkim=pass header.d=evil.example; {PASS}", "spf"),
        (f"spf=pass smtp.mailfrom={FROM}; dkim=pass header.i=@evil.example; {PASS}", "spf"),
        (f"spf=pass smtp.mailfrom={FROM}; dkim=pass header.d=not{FROM}; {PASS}", "spf"),
        (f"spf=pass smtp.mailfrom={FROM}; dkim=pass header.d={FROM}.evil.example; {PASS}", "spf"),
        (f"spf=pass smtp.mailfrom={FROM}; dkim=pass header.d=evil.example header.i=@{FROM}; {PASS}", "spf"),
        (f"spf=pass smtp.mailfrom={FROM}; dkim=pass; {PASS}", "spf"),
        (f"spf=pass smtp.mailfrom={FROM}; dkim=pass header.d=evil.example; dkim=pass header.d={FROM}; {PASS}", "dmarc"),
        (f"spf=pass smtp.mailfrom={FROM}; dkim=pass header.d=mail.{FROM}; {PASS}", "dmarc"),
        (f"spf=pass smtp.mailfrom={FROM}; dkim=pass header.i=@{FROM}; {PASS}", "dmarc"),
        (f"spf=pass smtp.mailfrom={FROM}; dkim=pass header.d={FROM}; {PASS}", "dmarc"),
        (f"spf=fail smtp.mailfrom={FROM}; dkim=pass header.d={FROM}; {PASS}", "dmarc"),
        (PASS, "dmarc"),
    ],
)
def test_a09_a_dmarc_pass_by_spf_alone_is_known_as_such(results: str, rests_on: str) -> None:
    assert proof(PLAIN, [forged(f"mx.desk.example; {results}")]).reason.detail == rests_on


def test_a09_our_own_check_says_by_which_method_dmarc_passed() -> None:
    checked = f"helpdeskd; spf=pass smtp.mailfrom={FROM}; dkim=pass header.d=x.example; {PASS} policy.aligned="
    message = parse(f"From: anna@{FROM}\r\n\r\nhello\r\n".encode())
    for aligned, rests_on in (("spf", "spf"), ("dkim", "dmarc")):
        envelope = Envelope("x@x.example", "support@desk.example", NOW, peer=OUTSIDE, checked=checked + aligned)
        assert authenticate(message, envelope, Trust()).reason.detail == rests_on
