"""The check says exactly what it must of one honest mail with one thing broken at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from helpdeskd.mail.proof.check import check
from helpdeskd.mail.proof.dns import Resolver, Temporary
from tests.mail.proof import cases_arc, cases_dkim, cases_dmarc, cases_faults, cases_spf
from tests.mail.proof.scene import Case, Scene
from tests.servers.dns import SERVFAIL, DnsServer

TABLES = (cases_dkim, cases_spf, cases_dmarc, cases_faults, cases_arc)
CASES = [case for table in TABLES for case in table.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_thing_broken(case: Case, dns: DnsServer):
    scene = Scene()
    case.change(scene)
    assert scene.found(dns) == case.expected


def test_there_are_enough_cases_and_each_has_a_name_of_its_own():
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)
    assert len(names) >= 80


def test_the_value_names_methods_domains_and_selectors_and_tells_why(dns: DnsServer):
    scene = Scene()
    assert scene.check(dns) == (
        "helpdeskd; spf=pass smtp.mailfrom=mailer.example; dkim=pass header.d=acme.example header.s=s1; "
        "dmarc=pass header.from=acme.example policy.aligned=dkim"
    )
    scene.signers[0].length = True
    assert scene.check(dns) == (
        "helpdeskd; spf=pass smtp.mailfrom=mailer.example; "
        "dkim=policy reason=the-tag-l-is-ignored header.d=acme.example header.s=s1; "
        "dmarc=fail header.from=acme.example policy.dmarc=reject"
    )


def test_what_failed_for_the_moment_is_named(dns: DnsServer):
    scene = Scene()
    scene.zone[("s1._domainkey.acme.example", "TXT")] = SERVFAIL
    with pytest.raises(Temporary, match=r"TXT of s1\._domainkey\.acme\.example"):
        scene.check(dns)


def test_many_threads_check_with_one_resolver(dns: DnsServer):
    scene = Scene()
    dns.zone, raw = scene.zone, scene.raw
    resolver = Resolver([(dns.host, dns.port)])
    with ThreadPoolExecutor(8) as threads:
        jobs = [threads.submit(check, raw, scene.author, scene.envelope, resolver, frozenset()) for _ in range(24)]
    assert {job.result() for job in jobs} == {scene.check(dns)}
    assert "dmarc=pass" in jobs[0].result()
