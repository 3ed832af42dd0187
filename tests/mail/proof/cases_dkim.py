"""Signatures with one thing broken. SPF passes for the provider only, so the signature alone decides."""

import base64
from datetime import timedelta

from tests.mail.proof.scene import ED25519, NOW, SIGNED, Case, Change, Scene, Signer, ed25519, pem, public

KEY = "s1._domainkey.acme.example"
NO = "pass fail fail=reject -"
IGNORED = "pass policy fail=reject -"
BAD = "pass permerror fail=reject -"
GOOD = "pass pass pass dkim"
SECONDS = int(NOW.timestamp())


def tags(**values: str | None) -> Change:
    """Tags of the signature that are others, or not there."""
    given = {name.encode(): value if value is None else value.encode() for name, value in values.items()}
    return lambda scene: scene.signers[0].tags.update(given)


def swap(old: str, new: str) -> Change:
    return lambda scene: scene.replace(old.encode(), new.encode())


def received_before_it_expired(scene: Scene) -> None:
    """DNS failed then, so it is checked again after the time of x=."""
    scene.received = NOW - timedelta(hours=2)
    tags(t=str(SECONDS - 10000), x=str(SECONDS - 3600))(scene)


def append(text: bytes, **how: object) -> Change:
    def change(scene: Scene) -> None:
        for name, value in how.items():
            setattr(scene.signers[0], name, value)
        scene.afterwards = lambda raw: raw + text

    return change


def prepend(text: bytes) -> Change:
    def change(scene: Scene) -> None:
        scene.afterwards = lambda raw: text + raw

    return change


def key(*records: str | list[str]) -> Change:
    return lambda scene: scene.txt(KEY, *records)


def signer(**how: object) -> Change:
    def change(scene: Scene) -> None:
        for name, value in how.items():
            setattr(scene.signers[0], name, value)

    return change


def both(*changes: Change) -> Change:
    def change(scene: Scene) -> None:
        for each in changes:
            each(scene)

    return change


def short_key(bits: int) -> Change:
    return both(signer(key=pem(f"{bits}", bits)), key(public(f"{bits}", bits)))


def several_signers(scene: Scene) -> None:
    scene.signers[0].domain = b"list.example"
    scene.txt("s1._domainkey.list.example", public("acme"))


def beside_the_list(scene: Scene) -> None:
    scene.signers.append(Signer(b"list.example"))
    scene.txt("s1._domainkey.list.example", public("acme"))


def mailing_list(scene: Scene) -> None:
    """The list changes subject and text, and signs what it made of them."""
    scene.txt("s1._domainkey.list.example", public("acme"))
    scene.txt("_dmarc.list.example", "v=DMARC1; p=reject")
    scene.replace(b"Subject: ", b"Subject: [talk] ")
    before = scene.afterwards

    def distribute(raw: bytes) -> bytes:
        sent = before(raw) + b"-- \r\nTo unsubscribe, write to talk@list.example\r\n"
        return Signer(b"list.example").sign(sent) + sent

    scene.afterwards = distribute


def mailing_list_that_rewrites(scene: Scene) -> None:
    scene.replace(b"From: Anna <anna@acme.example>", b"From: Anna via Talk <talk@list.example>")
    mailing_list(scene)
    scene.author = "list.example"


def many(last: bytes) -> Change:
    """Fifty signatures of a stranger above the author's."""

    def change(scene: Scene) -> None:
        line = b"DKIM-Signature: v=1; a=rsa-sha256; d=%b; s=s%d; h=from; bh=AAAA; b=AAAA\r\n"
        scene.afterwards = lambda raw: b"".join(line % (last, at) for at in range(50)) + raw

    return change


def ed(scene: Scene) -> None:
    secret = base64.b64encode(bytes(ED25519))
    scene.signers[0].key, scene.signers[0].algorithm = secret, b"ed25519-sha256"
    scene.txt(KEY, ed25519())


def idn(scene: Scene) -> None:
    scene.write_as("xn--bcher-kva.example")
    scene.signers[0].domain = "bücher.example".encode()
    scene.txt("s1._domainkey.xn--bcher-kva.example", public("acme"))
    scene.txt("_dmarc.xn--bcher-kva.example", "v=DMARC1; p=reject")


def own_key(modulus: bytes, exponent: bytes) -> str:
    """An RSA key of these numbers, in DER (RFC 8017 A.1.1)."""
    numbers = b"".join(b"\x02\x82" + len(each).to_bytes(2, "big") + each for each in (modulus, exponent))
    der = b"\x30\x82" + len(numbers).to_bytes(2, "big") + numbers
    return f"v=DKIM1; p={base64.b64encode(der).decode()}"


def cut_signature(scene: Scene) -> None:
    scene.afterwards = lambda raw: raw.replace(b" b=", b" b=AAAA;y=", 1)


CASES = [
    Case("honest", GOOD, lambda scene: None),
    Case("no-signature", "pass none fail=reject -", lambda scene: scene.signers.clear()),
    Case("text-changed", NO, swap("on fire", "fine")),
    Case("text-appended", NO, append(b"Pay at once.\r\n")),
    Case("empty-lines-appended", GOOD, append(b"\r\n\r\n")),
    Case("subject-changed", NO, swap("Subject: Printer", "Subject: Money")),
    Case("from-changed", NO, swap("Anna <anna@acme.example>", "Boss <boss@acme.example>")),
    Case("unsigned-field-added", GOOD, prepend(b"X-Seen: yes\r\n")),
    Case("subject-added-above", IGNORED, prepend(b"Subject: Money\r\n")),
    Case("blanks-changed-relaxed", GOOD, swap("The  printer", "The printer")),
    Case(
        "blanks-changed-simple", NO, both(signer(canonical=(b"simple", b"simple")), swap("The  printer", "The printer"))
    ),
    Case("simple", GOOD, signer(canonical=(b"simple", b"simple"))),
    Case("subject-folded-relaxed", GOOD, swap("Subject: Printer", "Subject:\r\n Printer")),
    Case(
        "subject-folded-simple",
        NO,
        both(signer(canonical=(b"simple", b"simple")), swap("Subject: P", "Subject:\r\n P")),
    ),
    Case("no-text", GOOD, lambda scene: setattr(scene, "text", "")),
    Case("text-without-line-end", GOOD, lambda scene: setattr(scene, "text", "Help")),
    Case("bare-line-feeds", GOOD, lambda scene: setattr(scene, "afterwards", lambda raw: raw.replace(b"\r\n", b"\n"))),
    Case("length", IGNORED, signer(length=True)),
    Case("length-and-appended", IGNORED, append(b"Pay at once.\r\n", length=True)),
    Case("expired", IGNORED, tags(x=str(SECONDS - 3600), t=str(SECONDS - 7200))),
    Case("not-yet-expired", GOOD, tags(x=str(SECONDS + 3600))),
    Case("expired-since-it-came", GOOD, received_before_it_expired),
    Case("of-the-future", IGNORED, tags(t=str(SECONDS + 7200))),
    Case("expired-before-signed", BAD, tags(x=str(SECONDS - 3600), t=str(SECONDS))),
    Case("time-of-5000-digits", BAD, tags(t="9" * 5000)),
    Case("key-of-768-bits", BAD, short_key(768)),
    Case("key-of-1024-bits", GOOD, short_key(1024)),
    Case("key-of-16384-bits", BAD, key(own_key(b"\xff" * 2048, b"\1\0\1"))),
    Case("key-with-exponent-1", BAD, key(own_key(b"\xff" * 256, b"\1"))),
    Case("sha1", IGNORED, signer(algorithm=b"rsa-sha1")),
    Case("from-not-signed", IGNORED, signer(fields=SIGNED[1:])),
    Case("second-from-above", IGNORED, prepend(b"From: Boss <boss@acme.example>\r\n")),
    Case("second-from-below", IGNORED, swap("To: ", "From: Boss <boss@acme.example>\r\nTo: ")),
    Case("second-from-signed", IGNORED, lambda scene: scene.fields.insert(0, "From: Boss <boss@acme.example>")),
    Case("from-with-a-blank", BAD, swap("From: ", "From : ")),
    Case("wrong-selector", BAD, tags(s="s2")),
    Case("key-revoked", BAD, key("v=DKIM1; p=")),
    Case("key-of-another", NO, key(public("other"))),
    Case("key-is-garbage", BAD, key("v=DKIM1; p=AAAA")),
    Case("key-without-version", GOOD, key(public("acme").removeprefix("v=DKIM1; "))),
    Case("key-of-another-version", BAD, key(public("acme").replace("DKIM1", "DKIM2"))),
    Case("key-for-its-own-domain", GOOD, key(public("acme") + "; t=s")),
    Case("key-not-for-subdomains", BAD, both(key(public("acme") + "; t=s"), tags(i="anna@sub.acme.example"))),
    Case("key-for-subdomains", GOOD, tags(i="anna@sub.acme.example")),
    Case("key-in-test", GOOD, key(public("acme") + "; t=y")),
    Case("key-not-for-mail", BAD, key(public("acme") + "; s=tlsrpt")),
    Case("key-for-sha1", BAD, key(public("acme") + "; h=sha1")),
    Case("key-of-another-kind", BAD, key(ed25519())),
    Case("several-keys", BAD, key(public("acme"), public("other"))),
    Case("key-beside-another-text", GOOD, key("v=spf1 -all", public("acme"))),
    Case("key-of-many-strings", GOOD, key([public("acme")[at : at + 50] for at in range(0, 450, 50)])),
    Case("ed25519", GOOD, ed),
    Case("ed25519-text-changed", NO, both(ed, swap("on fire", "fine"))),
    Case("ed25519-short-signature", NO, both(ed, cut_signature)),
    Case("identity-of-another", BAD, tags(i="anna@evil.example")),
    Case("identity-that-ends-alike", BAD, tags(i="anna@notacme.example")),
    Case("domain-not-aligned", "pass policy fail=reject -", several_signers),
    Case("domain-aligned-beside-another", "pass pass+policy pass dkim", beside_the_list),
    Case("domain-of-one-label", BAD, tags(d="example", i=None)),
    Case("domain-in-capitals", GOOD, tags(d="ACME.example")),
    Case("domain-as-unicode", GOOD, idn),
    Case("unknown-algorithm", BAD, tags(a="rsa-md5")),
    Case("version-2", BAD, tags(v="2")),
    Case("no-version", BAD, tags(v=None)),
    Case("unknown-query", BAD, tags(q="dns/any")),
    Case("unknown-canonicalisation", BAD, tags(c="none/none")),
    Case("body-hash-is-garbage", BAD, tags(bh="!!!!")),
    Case("tag-twice", BAD, swap("DKIM-Signature: ", "DKIM-Signature: v=1; ")),
    Case("fifty-signatures-above", f"pass pass{'+policy' * 8} pass dkim", many(b"evil.example")),
    Case("mailing-list", "pass fail+policy fail=reject -", mailing_list),
    Case("mailing-list-that-rewrites-from", "pass pass+policy pass dkim", mailing_list_that_rewrites),
]
