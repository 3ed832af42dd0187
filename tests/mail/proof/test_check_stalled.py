"""Name servers that a stranger keeps silent or slow cost the stranger's own mail its proof, and make none wait."""

from dataclasses import replace

import pytest

from helpdeskd.mail.proof.check import check
from helpdeskd.mail.proof.dns import Resolver, Temporary
from tests.mail.proof.cases_arc import sealed
from tests.mail.proof.scene import LIMITS, Change, Scene
from tests.servers.dns import SILENCE, DnsServer

KEY, POLICY = ("s1._domainkey.acme.example", "TXT"), ("_dmarc.acme.example", "TXT")


def junk(signer: str) -> bytes:
    return f"DKIM-Signature: v=1; a=rsa-sha256; d={signer}; s=s1; h=from; bh=AAAA; b=AAAA\r\n".encode()


def forged(*signers: str) -> Scene:
    """A mail in Anna's name with signatures of these domains, whose name servers are silent, as is the client's."""
    scene = Scene(signers=[], reverse_path="eve@evil.test")
    scene.afterwards = lambda raw: b"".join(map(junk, signers)) + raw
    scene.zone |= {(f"s1._domainkey.{signer}", "TXT"): SILENCE for signer in signers}
    scene.zone[("evil.test", "TXT")] = SILENCE
    return scene


def within(scene: Scene, dns: DnsServer, **limits: float) -> str:
    """What the check says where a mail may ask no more than this."""
    dns.zone = scene.zone
    resolver = Resolver([(dns.host, dns.port)], replace(LIMITS, **limits))
    return check(scene.raw, scene.author, scene.envelope, resolver, scene.sealers)


@pytest.mark.parametrize("signer", ["slow{}.evil.test", "slow{}.example", "acme.example.slow{}.test"])
def test_silent_name_servers_of_strangers_put_nothing_off_and_their_keys_are_not_asked_for(signer: str, dns: DnsServer):
    signers = [signer.format(at) for at in range(8)]
    assert forged(*signers).found(dns) == f"temperror {'+'.join(['policy'] * 8)} fail=reject -"
    assert [name for name, *_ in dns.asked if "_domainkey" in name] == []


def test_without_a_policy_they_put_nothing_off_either(dns: DnsServer):
    scene = forged("slow.evil.test")
    scene.zone.pop(POLICY)
    assert scene.found(dns) == "temperror policy none -"


def test_an_honest_signature_among_those_of_strangers_is_found(dns: DnsServer):
    scene = Scene()
    scene.afterwards = lambda raw: b"".join(junk(f"slow{at}.evil.test") for at in range(20)) + raw
    assert scene.found(dns).endswith(" pass dkim")


def test_what_the_client_s_name_servers_take_is_missing_to_nobody(dns: DnsServer):
    """Two questions for the policy and one for the key; none is left for the client that brought it."""
    value = within(Scene(), dns, questions=3)
    assert "spf=permerror reason=DNS-TXT-of-mailer.example.-the-mail-has-used-up-its-time-or-questions" in value
    assert "dmarc=pass" in value


def spf_only(scene: Scene) -> None:
    scene.spf_only()


def child(scene: Scene) -> None:
    scene.signers[0].domain = b"mail.acme.example"


@pytest.mark.parametrize("change", [lambda _: None, spf_only, child, sealed("list.example")])
def test_a_mail_that_has_used_up_its_questions_is_unproved_and_not_put_off(change: Change, dns: DnsServer):
    scene = Scene()
    change(scene)
    value = within(scene, dns, questions=2)
    assert "dmarc=fail" in value
    assert "used-up" in value


@pytest.mark.parametrize("name", [KEY, POLICY])
def test_a_domain_of_the_authors_that_is_slow_itself_puts_the_mail_off(name: tuple[str, str], dns: DnsServer):
    scene = Scene(reverse_path="bounces@mailer.example")
    if name == POLICY:
        scene.signers = []
    scene.zone[name] = SILENCE
    with pytest.raises(Temporary, match=name[0].replace(".", r"\.")):
        within(scene, dns)
