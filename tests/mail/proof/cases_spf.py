"""SPF with one thing broken. Nothing is signed, so SPF alone decides; acme.example's policy is p=reject."""

from tests.mail.proof.scene import HERE, Case, Change, Scene

GOOD = "pass none pass spf"
HERE6 = "2001:db8::1"


def no(verdict: str) -> str:
    return f"{verdict} none fail=reject -"


def record(text: str | list[str], *more: str) -> Change:
    """acme.example's texts."""

    def change(scene: Scene) -> None:
        scene.spf_only()
        scene.txt("acme.example", text, *more)

    return change


def beside(text: str, kind: str, **records: str) -> Change:
    """acme.example's record, and one record each of that kind below example."""

    def change(scene: Scene) -> None:
        scene.spf_only(text)
        for name, value in records.items():
            scene.zone[(f"{name.replace('_', '.')}.example", kind)] = [value]

    return change


def way(text: str = f"v=spf1 ip4:{HERE} -all", **envelope: str | None) -> Change:
    """acme.example's record, and another way that the mail came."""

    def change(scene: Scene) -> None:
        scene.spf_only(text)
        for name, value in envelope.items():
            setattr(scene, name, value)

    return change


def chain(count: int) -> Change:
    """A record that includes one that includes one …; the last lets our client send."""

    def change(scene: Scene) -> None:
        scene.spf_only("v=spf1 include:i1.example -all")
        for at in range(1, count):
            scene.txt(f"i{at}.example", f"v=spf1 include:i{at + 1}.example -all")
        scene.txt(f"i{count}.example", f"v=spf1 ip4:{HERE} -all")

    return change


def by_mx(count: int) -> Change:
    def change(scene: Scene) -> None:
        scene.spf_only("v=spf1 mx -all")
        scene.zone[("acme.example", "MX")] = [f"10 mx{at}.example" for at in range(count)]
        scene.zone |= {(f"mx{at}.example", "A"): [HERE] for at in range(count)}

    return change


def by_name(scene: Scene) -> None:
    scene.spf_only("v=spf1 ptr -all")
    scene.zone[("1.2.0.192.in-addr.arpa", "PTR")] = ["mx.acme.example."]
    scene.zone[("mx.acme.example", "A")] = [HERE]


def by_lying_name(scene: Scene) -> None:
    by_name(scene)
    scene.zone[("mx.acme.example", "A")] = ["192.0.2.99"]


def null_path(scene: Scene) -> None:
    scene.spf_only()
    scene.reverse_path, scene.helo = "", "acme.example"


def helo_only(scene: Scene) -> None:
    """The client calls itself by the author's domain, and its reverse-path is a stranger's without a record."""
    scene.spf_only()
    scene.reverse_path, scene.helo = "eve@evil.example", "acme.example"


def garbage(scene: Scene) -> None:
    scene.spf_only('v=spf1 \x00\xff;spf=pass "smtp.mailfrom=acme.example -all')


def by_alias(scene: Scene) -> None:
    beside("v=spf1 a:www.example -all", "A", mx=HERE)(scene)
    scene.zone[("www.example", "CNAME")] = ["mx.example"]


def below(scene: Scene) -> None:
    way(reverse_path="anna@mail.acme.example")(scene)
    scene.txt("mail.acme.example", f"v=spf1 ip4:{HERE} -all")


CASES = [
    Case("spf-honest", GOOD, record(f"v=spf1 ip4:{HERE} -all")),
    Case("spf-fail", no("fail"), record("v=spf1 ip4:192.0.2.2 -all")),
    Case("spf-softfail", no("softfail"), record("v=spf1 ip4:192.0.2.2 ~all")),
    Case("spf-neutral", no("neutral"), record("v=spf1 ?all")),
    Case("spf-nothing-matches", no("neutral"), record("v=spf1 ip4:192.0.2.2")),
    Case("spf-no-record", no("none"), record("hello")),
    Case("spf-two-records", no("permerror"), record(f"v=spf1 ip4:{HERE} -all", "v=spf1 -all")),
    Case("spf-beside-other-texts", GOOD, record("verify=1", f"v=spf1 ip4:{HERE} -all")),
    Case("spf-many-strings", GOOD, record([*"v=spf1 ", f"ip4:{HERE}", " -all"])),
    Case("spf-huge", no("none"), record(f"v=spf1 ip4:{HERE} {'a' * 5000} -all")),
    Case("spf-syntax", no("permerror"), record(f"v=spf1 ip4:{HERE} ip5:1 -all")),
    Case("spf-garbage", no("permerror"), garbage),
    Case("spf-network", GOOD, record("v=spf1 ip4:192.0.2.0/24 -all")),
    Case("spf-everybody", no("policy"), record("v=spf1 +all")),
    Case("spf-everybody-by-network", no("policy"), record("v=spf1 ip4:0.0.0.0/0 -all")),
    Case("spf-everybody-by-halves", no("policy"), record("v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all")),
    Case("spf-everybody-by-include", no("policy"), beside("v=spf1 include:b.example -all", "TXT", b="v=spf1 +all")),
    Case("spf-a", GOOD, beside("v=spf1 a:mx.example -all", "A", mx=HERE)),
    Case("spf-a-by-alias", GOOD, by_alias),
    Case("spf-mx", GOOD, by_mx(1)),
    Case("spf-eleven-mx", no("permerror"), by_mx(11)),
    Case("spf-ptr", GOOD, by_name),
    Case("spf-ptr-that-lies", no("fail"), by_lying_name),
    Case("spf-include", GOOD, chain(1)),
    Case("spf-ten-lookups", GOOD, chain(10)),
    Case("spf-eleven-lookups", no("permerror"), chain(11)),
    Case(
        "spf-include-loop",
        no("permerror"),
        beside("v=spf1 include:b.example -all", "TXT", b="v=spf1 include:acme.example -all"),
    ),
    Case("spf-include-nothing", no("permerror"), record("v=spf1 include:nothing.example -all")),
    Case("spf-include-fails", no("neutral"), beside("v=spf1 include:b.example ?all", "TXT", b="v=spf1 -all")),
    Case("spf-redirect", GOOD, beside("v=spf1 redirect=b.example", "TXT", b=f"v=spf1 ip4:{HERE} -all")),
    Case("spf-redirect-nowhere", no("permerror"), record("v=spf1 redirect=nothing.example")),
    Case("spf-two-void", GOOD, record(f"v=spf1 a:n1.example a:n2.example ip4:{HERE} -all")),
    Case("spf-three-void", no("permerror"), record(f"v=spf1 a:n1.example a:n2.example a:n3.example ip4:{HERE} -all")),
    Case("spf-macro-address", GOOD, beside("v=spf1 exists:%{i}.x.example -all", "A", **{"192_0_2_1_x": "127.0.0.2"})),
    Case(
        "spf-macro-local-part",
        GOOD,
        beside("v=spf1 exists:%{l}.%{i}.x.example -all", "A", anna_192_0_2_1_x="127.0.0.2"),
    ),
    Case(
        "spf-everybody-by-local-part",
        no("policy"),
        beside("v=spf1 exists:%{l}.x.example -all", "A", anna_x="127.0.0.2"),
    ),
    Case("spf-macro-unknown", no("permerror"), record("v=spf1 exists:%{z}.example -all")),
    Case("spf-macro-malformed", no("permerror"), record("v=spf1 exists:%(i).example -all")),
    Case("spf-explanation-is-not-asked", no("fail"), record("v=spf1 -all exp=nothing.example")),
    Case("spf-ip6", GOOD, way(f"v=spf1 ip6:{HERE6} -all", peer=HERE6)),
    Case("spf-ip6-other", no("fail"), way("v=spf1 ip6:2001:db8::2 -all", peer=HERE6)),
    Case("spf-ip6-everybody", no("policy"), way("v=spf1 ip6:::/0 -all", peer=HERE6)),
    Case("spf-ip4-in-ip6", GOOD, way(peer=f"::ffff:{HERE}")),
    Case("spf-reverse-path-of-another", "pass none fail=reject -", way(reverse_path="bounces@mailer.example")),
    Case("spf-reverse-path-below", GOOD, below),
    Case("spf-reverse-path-null", "pass none fail=reject -", null_path),
    Case("spf-reverse-path-null-without-helo", no("none"), way(reverse_path="", helo="[192.0.2.1]")),
    Case("spf-helo-of-the-author", no("none"), helo_only),
    Case("spf-reverse-path-with-two-at", GOOD, way(reverse_path='"x@evil.example"@acme.example')),
    Case("spf-reverse-path-of-another-with-two-at", no("none"), way(reverse_path='"x@acme.example"@evil.example')),
    Case("spf-reverse-path-hostile", no("none"), way(reverse_path='a@b;spf=pass smtp.mailfrom="acme.example')),
    Case("spf-reverse-path-without-domain", no("none"), way(reverse_path="root")),
    Case("spf-reverse-path-unknown", no("none"), way(reverse_path=None)),
    Case("spf-imap", no("none"), way(source="imap", peer="")),
    Case("spf-lmtp", no("none"), way(source="lmtp")),
    Case("spf-client-unknown", no("none"), way(peer="unknown")),
]
