"""Lookups end in time, ask little, remember for a while, and take nothing that is too large."""

import threading

import pytest

from helpdeskd.mail.proof.dns import Limits, Resolver, Temporary
from tests.servers.dns import GARBAGE, SERVFAIL, SILENCE, TRUNCATED, DnsServer

NAME = "a.example"
SOON = Limits(question=0.3)


def resolver(dns: DnsServer, limits: Limits = SOON) -> Resolver:
    return Resolver([(dns.host, dns.port)], limits)


def test_a_text_of_many_strings_is_one(dns: DnsServer):
    dns.zone[(NAME, "TXT")] = [["v=spf1 ", "-all"], "other"]
    assert sorted(resolver(dns).lookups().txt(NAME)) == [b"other", b"v=spf1 -all"]


def test_an_answer_that_does_not_fit_into_a_datagram_is_asked_for_by_tcp(dns: DnsServer):
    dns.zone[(NAME, "TXT")] = ["x" * 3000]
    assert resolver(dns).lookups().txt(NAME) == (b"x" * 3000,)
    assert [transport for *_, transport in dns.asked] == ["udp", "tcp"]


def test_f29_aliases_are_followed(dns: DnsServer):
    dns.zone |= {("b.example", "CNAME"): [NAME], (NAME, "TXT"): ["found"]}
    assert resolver(dns).lookups().txt("b.example") == (b"found",)


@pytest.mark.parametrize("kind", ["A", "AAAA", "MX", "PTR", "TXT"])
def test_nothing_is_an_answer(dns: DnsServer, kind: str):
    dns.zone[("below.a.example", "TXT")] = ["there"]
    assert resolver(dns).lookups().ask(NAME, kind) == ()
    assert resolver(dns).lookups().ask("gone.example", kind) == ()


@pytest.mark.parametrize("fault", [SERVFAIL, SILENCE, GARBAGE, TRUNCATED])
def test_f29_a_fault_is_temporary_and_is_asked_about_once_a_mail(dns: DnsServer, fault: str):
    dns.zone[(NAME, "TXT")] = fault
    lookups = resolver(dns).lookups()
    for _ in range(2):
        with pytest.raises(Temporary, match=r"DNS: TXT of a\.example"):
            lookups.txt(NAME)
    assert [transport for *_, transport in dns.asked].count("udp") == 1
    dns.zone[(NAME, "TXT")] = ["well again"]
    assert resolver(dns).lookups().txt(NAME) == (b"well again",)


def test_a_server_that_is_silent_is_passed_over(dns: DnsServer):
    dns.zone[(NAME, "TXT")] = ["found"]
    nobody = ("127.0.0.1", 9)
    found = Resolver([nobody, (dns.host, dns.port)], Limits(question=10.0)).lookups().txt(NAME)
    assert found == (b"found",)


@pytest.mark.parametrize(
    ("records", "taken"),
    [
        (["x" * 3000], 1),
        (["x" * 4500], 0),
        (["x" * 4500, "small"], 1),
        (["x" * 3000 + str(at) for at in range(6)], 0),
        ([f"{at}" for at in range(100)], 100),
        ([f"{at}" for at in range(101)], 0),
    ],
)
def test_what_is_too_large_is_no_record(dns: DnsServer, records: list[str | list[str]], taken: int):
    dns.zone[(NAME, "TXT")] = records
    assert len(resolver(dns).lookups().txt(NAME)) == taken


def test_answers_are_remembered_also_that_there_is_none(dns: DnsServer):
    dns.zone[(NAME, "TXT")] = ["found"]
    asked = resolver(dns)
    for _ in range(3):
        assert asked.lookups().txt(NAME) == (b"found",)
        assert asked.lookups().txt("gone.example") == ()
    assert len(dns.asked) == 2


def test_an_answer_is_not_remembered_longer_than_its_ttl_or_our_limit(dns: DnsServer):
    dns.zone[(NAME, "TXT")] = ["found"]
    dns.ttl = 0
    asked = resolver(dns)
    for _ in range(3):
        asked.lookups().txt(NAME)
    assert len(dns.asked) == 3
    dns.ttl = 2**31 - 1
    asked = resolver(dns, Limits(longest=0.0, nothing=0.0))
    for _ in range(3):
        asked.lookups().txt(NAME)
        asked.lookups().txt("gone.example")
    assert len(dns.asked) == 9


def test_no_more_than_so_many_answers_are_remembered(dns: DnsServer):
    asked = resolver(dns, Limits(kept=10))
    for at in range(30):
        asked.lookups().txt(f"n{at}.example")
    asked.lookups().txt("n29.example")
    asked.lookups().txt("n0.example")
    assert len(dns.asked) == 31


def test_a_mail_asks_no_more_than_so_many_questions(dns: DnsServer):
    lookups = resolver(dns, Limits(questions=5)).lookups()
    for at in range(5):
        lookups.txt(f"n{at}.example")
    with pytest.raises(Temporary, match="used up"):
        lookups.txt("n5.example")
    assert lookups.txt("n4.example") == ()
    assert len(dns.asked) == 5


def test_f29_a_mail_waits_no_longer_than_its_time_however_many_servers_are_silent(dns: DnsServer):
    lookups = resolver(dns, Limits(question=0.3, mail=0.5)).lookups()
    dns.zone |= {(f"n{at}.example", "TXT"): SILENCE for at in range(50)}
    for at in range(50):
        with pytest.raises(Temporary):
            lookups.txt(f"n{at}.example")
    assert len(dns.asked) <= 4


@pytest.mark.parametrize(
    "name",
    ["", ".", "a..b", "x" * 64 + ".example", ".".join(["abcdefgh"] * 40), "bücher.example", "a\ud800b.example"],
)
def test_what_can_be_no_name_is_not_asked(dns: DnsServer, name: str):
    assert resolver(dns).lookups().txt(name) == ()
    assert [asked for asked in dns.asked if asked[0]] == []


def test_a_name_is_asked_as_it_is_and_not_as_a_zone_file_writes_it(dns: DnsServer):
    dns.zone[("a.example", "TXT")] = ["found"]
    assert resolver(dns).lookups().txt("\\097.example") == ()
    assert resolver(dns).lookups().txt("@") == ()


def test_many_threads_ask_at_once(dns: DnsServer):
    dns.zone |= {(f"n{at}.example", "TXT"): [str(at)] for at in range(40)}
    asked, found = resolver(dns, Limits(question=20.0)), {}

    def ask(start: int) -> None:
        for at in range(start, 40, 2):
            found[(start, at)] = asked.lookups().txt(f"n{at}.example")

    threads = [threading.Thread(target=ask, args=(start % 2,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {at: text for (_, at), text in found.items()} == {at: (str(at).encode(),) for at in range(40)}


def test_a_name_server_that_is_no_address_is_refused():
    with pytest.raises(ValueError):
        Resolver([("ns.example", 53)])
