"""B01: no sequence but CRLF.CRLF ends a mail, so no second mail can be hidden in one (CVE-2023-51764 and its kin)."""

from itertools import product

import pytest

from tests.mail.smtp_client import House, greeted

HIDDEN = b"MAIL FROM:<evil@example.com>\r\nRCPT TO:<support@example.org>\r\nDATA\r\nhidden\r\n.\r\n"
LINE_ENDS = {"LF": b"\n", "CR": b"\r", "CRLF": b"\r\n"}
LONE = {
    f"{before}.{after}": LINE_ENDS[before] + b"." + LINE_ENDS[after]
    for before, after in product(LINE_ENDS, LINE_ENDS)
    if (before, after) != ("CRLF", "CRLF")
} | {"CRLF.CR-CRLF": b"\r\n.\r\r\n", "LFLF.CRLF": b"\n\n.\r\n"}
NUL = {"CRLF-NUL.CRLF": b"\r\n\x00.\r\n", "CRLF.NUL-CRLF": b"\r\n.\x00\r\n"}
MAIL = b"Subject: a\r\n\r\nb"


def test_b01_the_variants_are_the_twelve_of_the_table() -> None:
    assert len({*LONE.values(), *NUL.values()}) == 12


@pytest.mark.parametrize("end", LONE.values(), ids=LONE)
async def test_b01_a_mail_with_a_lone_cr_or_lf_is_refused_whole_and_what_it_hides_is_never_taken(end):
    house = House()
    async with greeted(house) as client:
        assert (await client.deliver(MAIL + end + HIDDEN[:-3])).startswith("550 5.5.2 ")
        assert (await client.say("NOOP")).startswith("250")
    assert house.mails == []


@pytest.mark.parametrize("end", NUL.values(), ids=NUL)
async def test_b01_a_nul_beside_the_dot_ends_nothing(end):
    house = House()
    async with greeted(house) as client:
        assert (await client.deliver(MAIL + end + HIDDEN[:-3])).startswith("250 2.0.0 ")
        assert (await client.say("NOOP")).startswith("250")
    [([envelope], _)] = house.mails
    assert envelope.reverse_path == "anna@customer.example"
    assert house.contents == [MAIL + end.replace(b"\r\n.", b"\r\n") + HIDDEN[:-3]]


@pytest.mark.parametrize("end", [*LONE.values(), *NUL.values()], ids=[*LONE, *NUL])
async def test_b01_on_local_lmtp_that_repairs_line_ends_it_is_one_mail(end):
    house = House()
    async with greeted(house, protocol="lmtp", allow_bare_newlines=True) as client:
        reply = await client.deliver(MAIL + end + HIDDEN[:-3], greeting="LHLO client.example")
        assert reply.startswith("250")
        assert (await client.say("NOOP")).startswith("250")
    [(envelopes, _)] = house.mails
    assert envelopes[0].reverse_path == "anna@customer.example"
    [content] = house.contents
    assert content.endswith(b"\r\nDATA\r\nhidden\r\n")
    assert content.count(b"\r") == content.count(b"\n") == content.count(b"\r\n")


@pytest.mark.parametrize("end", LONE.values(), ids=LONE)
async def test_b01_lmtp_that_does_not_repair_refuses_as_smtp_does(end):
    house = House()
    async with greeted(house, protocol="lmtp") as client:
        reply = await client.deliver(MAIL + end + HIDDEN[:-3], greeting="LHLO client.example")
        assert reply.startswith("550 5.5.2 ")
    assert house.mails == []


@pytest.mark.parametrize(
    "line",
    [
        b"NOOP\n",
        b"NO\x00OP\r\n",
        b"NOOP\r\r\n",
        b"\xffNOOP\r\n",
        b"NOOP \xff\r\n",
        b"N\xc3\xb8\xc3\xb8p\r\n",
        b"NOOP\tx\r\n",
        b"NOOP \xc2\x85x\r\n",
        b"NOOP \xe2\x80\xa8x\r\n",
    ],
)
async def test_b01_a_broken_command_line_is_refused(line):
    async with greeted(House()) as client:
        await client.send_raw(line)
        assert (await client.reply()).startswith("500 5.5.2 ")


async def test_b01_a_command_behind_a_lone_lf_is_a_line_of_its_own_and_refused():
    async with greeted(House()) as client:
        await client.send_raw(b"EHLO a\nMAIL FROM:<a@b.example>\r\n")
        assert (await client.reply()).startswith("500 5.5.2 ")
        assert (await client.reply()).startswith("503 5.5.1 ")
