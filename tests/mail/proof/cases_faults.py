"""DNS that fails for the moment: neither a pass nor a refusal, unless the answer is known without it (F29)."""

from tests.mail.proof.scene import HERE, Case, Change, Scene, Signer, public
from tests.servers.dns import GARBAGE, SERVFAIL, SILENCE, TRUNCATED

LATER = "temporary"
KEY, POLICY = "s1._domainkey.acme.example", "_dmarc.acme.example"


def broken(name: str, fault: str = SERVFAIL, spf_only: bool = False, record: str = f"v=spf1 ip4:{HERE} -all") -> Change:
    """The TXT of that name fails; the mail is signed, or else acme.example's own server brings it."""

    def change(scene: Scene) -> None:
        if spf_only:
            scene.spf_only(record)
        scene.zone[(name, "TXT")] = fault

    return change


def loop(name: str) -> Change:
    """Two aliases of each other."""

    def change(scene: Scene) -> None:
        scene.zone.pop((name, "TXT"), None)
        scene.zone |= {(name, "CNAME"): ["pool.example"], ("pool.example", "CNAME"): [name]}

    return change


def and_spf(change: Change) -> Change:
    """acme.example's own server brings the signed mail."""

    def both(scene: Scene) -> None:
        signers = scene.signers
        scene.spf_only()
        scene.signers = signers
        change(scene)

    return both


def signed_by(domain: str, *faults: str) -> Change:
    """Another domain signs, and these names fail."""

    def change(scene: Scene) -> None:
        scene.signers = [Signer(domain.encode())]
        scene.txt(f"s1._domainkey.{domain}", public("acme"))
        scene.zone |= {(name, "TXT"): SERVFAIL for name in faults}

    return change


def strict(change: Change) -> Change:
    def both(scene: Scene) -> None:
        change(scene)
        scene.txt(POLICY, "v=DMARC1; p=reject; adkim=s; aspf=s")

    return both


def no_policy(change: Change) -> Change:
    def both(scene: Scene) -> None:
        scene.zone.pop((POLICY, "TXT"))
        change(scene)

    return both


def helo_fails(scene: Scene) -> None:
    scene.reverse_path, scene.signers = "", []
    scene.zone[(scene.helo, "TXT")] = SERVFAIL


MEANWHILE = "temperror pass pass dkim"

CASES = [
    Case("key-servfail", LATER, broken(KEY)),
    Case("key-silence", LATER, broken(KEY, SILENCE)),
    Case("key-garbage", LATER, broken(KEY, GARBAGE)),
    Case("key-garbage-by-tcp", LATER, broken(KEY, TRUNCATED)),
    Case("key-alias-loop", LATER, loop(KEY)),
    Case("key-servfail-but-spf-aligned", "pass temperror pass spf", and_spf(broken(KEY))),
    Case("key-of-a-stranger-servfail", "pass policy fail=reject -", signed_by("evil.test", "s1._domainkey.evil.test")),
    Case("key-of-a-sibling-servfail", LATER, signed_by("mail.acme.example", "s1._domainkey.mail.acme.example")),
    Case(
        "key-of-a-child-servfail-strict",
        "pass policy fail=reject -",
        strict(signed_by("mail.acme.example", "s1._domainkey.mail.acme.example")),
    ),
    Case("key-servfail-without-policy", LATER, no_policy(broken(KEY))),
    Case(
        "key-of-a-child-servfail-without-policy",
        "pass policy none -",
        no_policy(signed_by("mail.acme.example", "s1._domainkey.mail.acme.example")),
    ),
    Case("spf-servfail", LATER, broken("acme.example", spf_only=True)),
    Case("spf-silence", LATER, broken("acme.example", SILENCE, spf_only=True)),
    Case("spf-garbage-answer", LATER, broken("acme.example", GARBAGE, spf_only=True)),
    Case("spf-garbage-by-tcp", LATER, broken("acme.example", TRUNCATED, spf_only=True)),
    Case("spf-include-servfail", LATER, broken("b.example", spf_only=True, record="v=spf1 include:b.example -all")),
    Case(
        "spf-servfail-after-a-match",
        "pass none pass spf",
        broken("b.example", spf_only=True, record=f"v=spf1 ip4:{HERE} include:b.example -all"),
    ),
    Case("spf-servfail-but-dkim-aligned", MEANWHILE, broken("mailer.example")),
    Case("spf-silence-but-dkim-aligned", MEANWHILE, broken("mailer.example", SILENCE)),
    Case(
        "spf-of-a-stranger-servfail",
        "temperror none fail=reject -",
        lambda s: (broken("mailer.example")(s), s.signers.clear())[1],
    ),
    Case("spf-of-the-helo-servfail", "temperror none fail=reject -", helo_fails),
    Case("policy-servfail-but-the-same-domain-signed", "pass pass - dkim", broken(POLICY)),
    Case("policy-silence-but-the-same-domain-signed", "pass pass - dkim", broken(POLICY, SILENCE)),
    Case("policy-servfail-but-the-same-domain-sent", "pass none - spf", broken(POLICY, spf_only=True)),
    Case("policy-servfail", LATER, signed_by("mail.acme.example", POLICY)),
    Case("policy-servfail-and-no-signature", LATER, lambda s: (broken(POLICY)(s), s.signers.clear())[1]),
    Case("policy-of-the-top-servfail", LATER, signed_by("mail.acme.example", "_dmarc.example")),
    Case("policy-of-the-signer-servfail", LATER, signed_by("mail.acme.example", "_dmarc.mail.acme.example")),
    Case(
        "policy-of-a-stranger-servfail",
        "pass policy fail=reject -",
        signed_by("evil.test", "_dmarc.evil.test", "_dmarc.test"),
    ),
    Case("policy-alias-loop", LATER, lambda s: (loop(POLICY)(s), s.signers.clear())[1]),
]
