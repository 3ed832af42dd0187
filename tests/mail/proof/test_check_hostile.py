"""Whatever a stranger writes into a mail or into DNS: no result but ours, only Temporary raised, bounded work."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpdeskd.mail.proof.dns import Temporary
from helpdeskd.triage.authenticate import aligned
from helpdeskd.triage.authentication_results import read
from tests.mail.proof.scene import Scene
from tests.servers.dns import DnsServer

MIB = 1024 * 1024
NASTY = [
    *(
        'a"; dmarc=pass header.from=acme.example; x="',
        "a;dmarc=pass",
        "a b",
        "a(b",
        "a)b",
        "a\\b",
        'a"b',
        "a\x00b",
        "a\rb",
    ),
    *(
        "a\u2028b",
        "\ud800",
        "acme.example.",
        "..",
        "",
        " ",
        "a=b",
        "%{d}",
        "é" * 300,
        "xn--",
        "xn--a",
        "ß.de",
        "-",
        "_",
    ),
    *("9" * 5000, "*", "a" * 300, "＠acme.example", "\u3002acme\u3002example"),
]
nasty = st.one_of(st.sampled_from(NASTY), st.text(max_size=20))


def lines(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass").replace(b"\r", b"\r\n ").replace(b"\n\n", b"\n")


def mail(*above: bytes, text: bytes = b"Help\r\n") -> Scene:
    """An unsigned mail with these fields above its own."""
    scene = Scene(signers=[], reverse_path="eve@evil.example")
    scene.text = ""
    scene.afterwards = lambda raw: b"".join(field + b"\r\n" for field in above) + raw + text
    return scene


def says_nothing_but_its_own(scene: Scene, dns: DnsServer) -> str:
    """Check, and be sure that the value proves nobody and is well-formed ASCII in one line."""
    try:
        value = scene.check(dns)
    except Temporary as error:
        return str(error)
    results = read(value)
    assert results is not None
    assert value.isascii()
    assert value.isprintable()
    assert results.authserv_id == "helpdeskd"
    assert {result.method for result in results.results} <= {"spf", "dkim", "dmarc"}
    assert [result.method for result in results.results].count("dmarc") == 1
    assert aligned(results.results, "acme.example") == ""
    return value


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["d", "s", "i", "h", "t", "x", "c", "q", "a", "b", "bh", "v", "l"]), nasty))
@example({"d": 'a"; dmarc=pass header.from=acme.example; x="'})
@example({"i": "@acme.example\r\n"})
def test_tags_of_a_signature(server: DnsServer, tags: dict[str, str]):
    base = {"v": "1", "a": "rsa-sha256", "d": "evil.example", "s": "s1", "h": "from", "bh": "AAAA", "b": "AAAA"}
    field = ";".join(f" {name}={value}" for name, value in (base | tags).items())
    says_nothing_but_its_own(mail(b"DKIM-Signature:" + lines(field)), server)


@settings(max_examples=40)
@given(nasty, nasty, nasty)
def test_addresses_and_names_of_a_client(server: DnsServer, local: str, domain: str, helo: str):
    scene = mail()
    scene.zone[("evil.example", "TXT")] = ["v=spf1 exists:%{l}.%{h}.%{s}.%{o}.evil.example -all"]
    for scene.reverse_path in (f"{local}@{domain}", f"{local}@evil.example", ""):
        scene.helo = helo
        says_nothing_but_its_own(scene, server)


@settings(max_examples=40)
@given(st.sampled_from(["spf", "key", "policy"]), nasty)
@example("policy", "; p=reject) dmarc=pass header.from=acme.example (")
def test_answers_of_dns(server: DnsServer, which: str, text: str):
    scene = mail(b"DKIM-Signature: v=1; a=rsa-sha256; d=evil.example; s=s1; h=from; bh=AAAA; b=AAAA")
    answer = text.encode("utf-8", "surrogatepass").decode("latin-1")[:200]
    names = {
        "spf": ("evil.example", f"v=spf1 {answer}"),
        "key": ("s1._domainkey.evil.example", f"v=DKIM1; p={answer}"),
        "policy": ("_dmarc.acme.example", f"v=DMARC1; p=none; rua=mailto:x; {answer}"),
    }
    scene.txt(*names[which])
    says_nothing_but_its_own(scene, server)


SIGNATURE = b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=s1; h=from; bh=AAAA; b=AAAA"
SEALS = b"\r\n".join(
    b"ARC-Seal: i=%d; a=rsa-sha256; cv=pass; d=acme.example; s=s1; b=AAAA\r\n"
    b"ARC-Message-Signature: i=%d; a=rsa-sha256; d=acme.example; s=s1; h=from; bh=AAAA; b=AAAA\r\n"
    b"ARC-Authentication-Results: i=%d; x; dmarc=pass header.from=acme.example" % (at, at, at)
    for at in range(1, 60)
)
HUGE = {
    "a signature of 64 KiB": mail(SIGNATURE + b"A" * 65536),
    "a signature of blanks": mail(SIGNATURE + b" " * 65536 + b"!"),
    "a signature of folds": mail(SIGNATURE + b"\r\n " * 20000 + b"!"),
    "a signature of many blanks": mail(SIGNATURE + (b" " * 70 + b"A") * 100 + b"!"),
    "a signature of a thousand names": mail(SIGNATURE + b"; h=" + b"from:" * 1000 + b"from"),
    "a thousand signatures": mail(*[SIGNATURE] * 1000),
    "four hundred signatures": mail(*[SIGNATURE] * 400),
    "four hundred signatures of others": mail(*[SIGNATURE.replace(b"acme", b"s%d" % at) for at in range(400)]),
    "sixty seals": mail(SEALS),
    "a body of blanks": mail(SIGNATURE, text=b" " * MIB + b"x"),
    "a body of blanks and tabs": mail(SIGNATURE, text=b" \t" * (MIB // 2) + b"x"),
    "a body of empty lines": mail(SIGNATURE, text=b"\r\n" * (MIB // 2)),
    "a body of empty lines and a word": mail(SIGNATURE, text=b"\r\n" * (MIB // 2) + b"x"),
    "a body of bare returns": mail(SIGNATURE, text=b"\r" * MIB),
}


@pytest.mark.parametrize("name", HUGE)
def test_f29_what_is_huge_asks_little(name: str, dns: DnsServer):
    scene = HUGE[name]
    scene.sealers = frozenset({"acme.example"})
    says_nothing_but_its_own(scene, dns)
    assert len(dns.asked) <= 8 + 8 + 8


def test_f29_a_record_that_asks_for_more_and_more_is_left_alone(dns: DnsServer):
    """Ten exchangers for each of ten mechanisms would be a hundred questions, and each macro one more."""
    scene = mail()
    scene.zone[("evil.example", "TXT")] = [f"v=spf1 {' '.join(f'mx:m{at}.example' for at in range(10))} -all"]
    for at in range(10):
        scene.zone[(f"m{at}.example", "MX")] = [f"10 h{each}.m{at}.example" for each in range(10)]
        scene.zone |= {(f"h{each}.m{at}.example", "A"): ["192.0.2.9"] for each in range(10)}
    assert "spf=permerror" in says_nothing_but_its_own(scene, dns)
    assert len(dns.asked) <= 80
