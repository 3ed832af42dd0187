"""Alignment and policies (RFC 9989): who signs for whom, by the tree walk. SPF passes for the provider only."""

from tests.mail.proof.scene import HERE, Case, Change, Scene, Signer, public

GOOD = "pass pass pass dkim"
REJECT, NONE = "pass policy fail=reject -", "pass policy fail=none -"


def world(author: str, signer: str, **records: str) -> Change:
    """An author's domain, a signer's domain, and policies: `acme_example="p=none"` is that of acme.example."""

    def change(scene: Scene) -> None:
        del scene.zone[("_dmarc.acme.example", "TXT")]
        scene.write_as(author)
        scene.signers = [Signer(signer.encode())]
        scene.txt(f"s1._domainkey.{signer}", public("acme"))
        for name, record in records.items():
            scene.txt(f"_dmarc.{name.replace('_', '.')}", f"v=DMARC1; {record}")

    return change


def policy(*texts: str) -> Change:
    """Mail of acme.example signed by below.acme.example, with these texts at _dmarc.acme.example."""

    def change(scene: Scene) -> None:
        world("acme.example", "below.acme.example")(scene)
        scene.txt("_dmarc.acme.example", *texts)

    return change


def forged(author: str, **records: str) -> Change:
    """Mail of that author signed by evil.test."""
    return world(author, "evil.test", **records)


def existing(change: Change) -> Change:
    def both(scene: Scene) -> None:
        change(scene)
        scene.zone[(scene.author, "A")] = [HERE]

    return both


def by_spf(change: Change, reverse_path: str) -> Change:
    def both(scene: Scene) -> None:
        change(scene)
        scene.signers, scene.reverse_path = [], reverse_path
        scene.txt(reverse_path.rpartition("@")[2], f"v=spf1 ip4:{HERE} -all")

    return both


DEEP = "a.b.c.d.e.f.g.acme.example"

CASES = [
    Case("walk-one-up", GOOD, world("sub.acme.example", "acme.example", acme_example="p=reject")),
    Case("walk-two-up", GOOD, world("x.sub.acme.example", "acme.example", acme_example="p=reject")),
    Case("walk-nine-labels", GOOD, world(DEEP, "acme.example", acme_example="p=reject")),
    Case(
        "walk-passes-over-the-eighth",
        GOOD,
        world(DEEP, "acme.example", acme_example="p=reject", b_c_d_e_f_g_acme_example="p=none; psd=n"),
    ),
    Case("walk-signed-below", GOOD, world("acme.example", "mail.acme.example", acme_example="p=reject")),
    Case("walk-siblings", GOOD, world("news.acme.example", "mail.acme.example", acme_example="p=reject")),
    Case(
        "walk-own-record-and-the-organisation's",
        GOOD,
        world("sub.acme.example", "acme.example", sub_acme_example="p=reject", acme_example="p=none"),
    ),
    Case("walk-parent-without-record", REJECT, world("sub.acme.example", "acme.example", sub_acme_example="p=reject")),
    Case("walk-child-without-record-of-parent", "pass policy none -", world("sub.acme.example", "acme.example")),
    Case("walk-names-that-end-alike", REJECT, world("acme.example", "notacme.example", acme_example="p=reject")),
    Case("walk-top-level-without-psd", REJECT, world("acme.example", "evil.example", example="p=reject")),
    Case(
        "walk-top-level-signs",
        "pass permerror fail=reject -",
        world("acme.example", "example", acme_example="p=reject"),
    ),
    Case("walk-brand's-top-level", GOOD, world("shop.acme", "mail.acme", acme="p=reject; psd=n")),
    Case(
        "psd-makes-siblings-strangers",
        REJECT,
        world("acme.city.example", "evil.city.example", city_example="p=reject; psd=y"),
    ),
    Case(
        "psd-one-below-is-the-organisation",
        GOOD,
        world("acme.city.example", "mail.acme.city.example", city_example="p=reject; psd=y"),
    ),
    Case(
        "psd-does-not-sign-for-those-below",
        REJECT,
        world("acme.city.example", "city.example", city_example="p=reject; psd=y"),
    ),
    Case("psd-itself-is-an-author", GOOD, world("city.example", "city.example", city_example="p=reject; psd=y")),
    Case(
        "psd-policy-gives-way-to-the-organisation's",
        NONE,
        world("acme.city.example", "evil.test", city_example="p=reject; psd=y", acme_city_example="p=none"),
    ),
    Case(
        "psd-no-splits-an-organisation",
        REJECT,
        world("hosted.acme.example", "acme.example", hosted_acme_example="p=reject; psd=n", acme_example="p=none"),
    ),
    Case(
        "psd-no-of-the-signer",
        REJECT,
        world("acme.example", "hosted.acme.example", hosted_acme_example="p=reject; psd=n", acme_example="p=reject"),
    ),
    Case("psd-unknown-word", GOOD, world("sub.acme.example", "acme.example", acme_example="p=reject; psd=perhaps")),
    Case("strict-same-domain", GOOD, world("acme.example", "acme.example", acme_example="p=reject; adkim=s")),
    Case("strict-below", REJECT, world("acme.example", "mail.acme.example", acme_example="p=reject; adkim=s")),
    Case("strict-for-spf-only", GOOD, world("acme.example", "mail.acme.example", acme_example="p=reject; aspf=s")),
    Case(
        "strict-spf-below",
        "pass none fail=reject -",
        by_spf(policy("v=DMARC1; p=reject; aspf=s"), "anna@mail.acme.example"),
    ),
    Case("strict-spf-same", "pass none pass spf", by_spf(policy("v=DMARC1; p=reject; aspf=s"), "anna@acme.example")),
    Case("relaxed-spf-below", "pass none pass spf", by_spf(policy("v=DMARC1; p=reject"), "anna@mail.acme.example")),
    Case(
        "sp",
        "pass policy fail=quarantine -",
        existing(forged("sub.acme.example", acme_example="p=reject; sp=quarantine")),
    ),
    Case("sp-not-for-the-domain", REJECT, existing(forged("acme.example", acme_example="p=reject; sp=none"))),
    Case("np-for-what-is-not-there", REJECT, forged("gone.acme.example", acme_example="p=none; sp=none; np=reject")),
    Case("np-not-for-what-is-there", NONE, existing(forged("sub.acme.example", acme_example="p=none; np=reject"))),
    Case("np-beside-p", REJECT, forged("gone.acme.example", acme_example="p=none; np=reject")),
    Case("test-of-reject", "pass policy fail=quarantine -", forged("acme.example", acme_example="p=reject; t=y")),
    Case("test-of-quarantine", NONE, forged("acme.example", acme_example="p=quarantine; t=y")),
    Case("test-changes-no-pass", GOOD, policy("v=DMARC1; p=reject; t=y")),
    Case("pct-is-ignored", REJECT, forged("acme.example", acme_example="p=reject; pct=0")),
    Case("no-record", "pass policy none -", policy()),
    Case("no-record-but-the-same-domain", "pass pass none dkim", world("acme.example", "acme.example")),
    Case("two-records", "pass policy none -", policy("v=DMARC1; p=reject", "v=DMARC1; p=none")),
    Case("record-beside-other-texts", GOOD, policy("v=spf1 -all", "v=DMARC1; p=reject")),
    Case("no-p-with-rua", NONE, forged("acme.example", acme_example="rua=mailto:d@acme.example")),
    Case("no-p-without-rua", "pass policy none -", policy("v=DMARC1; adkim=r")),
    Case("unknown-p-with-rua", NONE, forged("acme.example", acme_example="p=maybe; rua=mailto:d@acme.example")),
    Case("unknown-sp", "pass policy none -", policy("v=DMARC1; p=reject; sp=maybe")),
    Case("unknown-tags", GOOD, policy("v=DMARC1; p=reject; x=1; rubbish; ;")),
    Case("p-in-capitals", REJECT, forged("acme.example", acme_example="P = REJECT")),
    Case("version-in-small", "pass policy none -", policy("v=dmarc1; p=reject")),
    Case("version-not-first", "pass policy none -", policy("p=reject; v=DMARC1")),
    Case("policy-of-version-2", "pass policy none -", policy("v=DMARC2; p=reject")),
    Case("record-of-quotes", "pass policy none -", policy('v=DMARC1; p="reject" (dmarc=pass); rua=x')),
    Case("huge-policy", "pass policy none -", policy(f"v=DMARC1; p=reject; rua={'x' * 5000}")),
]
