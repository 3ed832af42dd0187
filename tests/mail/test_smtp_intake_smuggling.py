"""No sequence but CRLF.CRLF ends a mail, so no second mail can be hidden in one (CVE-2023-51764 and its kin)."""

import pytest

from tests.mail.smtp_client import House, greeted

HIDDEN = b"MAIL FROM:<evil@example.com>\r\nRCPT TO:<support@example.org>\r\nDATA\r\nhidden\r\n.\r\n"
LONE = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r\n.\r",
    b"\r.\r\n",
    b"\n.\r",
    b"\r.\n",
    b"\r\n.\r\r\n",
    b"\n\n.\r\n",
]
NUL = [b"\r\n\x00.\r\n", b"\r\n.\x00\r\n"]


@pytest.mark.parametrize("end", LONE + NUL)
async def test_a_hidden_mail_is_never_taken(end):
    house = House()
    async with greeted(house) as client:
        reply = await client.deliver(b"Subject: a\r\n\r\nb" + end + HIDDEN[:-3])
        assert reply[:9] == ("550 5.5.2" if end in LONE else "250 2.0.0")
        assert (await client.say("NOOP")).startswith("250")
    assert [envelopes[0].reverse_path for envelopes, _ in house.mails] == ["anna@customer.example"] * (end in NUL)


@pytest.mark.parametrize("end", LONE + NUL)
async def test_on_local_lmtp_it_is_one_repaired_mail(end):
    house = House()
    async with greeted(house, protocol="lmtp", allow_bare_newlines=True) as client:
        reply = await client.deliver(b"Subject: a\r\n\r\nb" + end + HIDDEN[:-3], greeting="LHLO client.example")
        assert reply.startswith("250")
    [(envelopes, _)] = house.mails
    assert envelopes[0].reverse_path == "anna@customer.example"
    [content] = house.contents
    assert content.endswith(b"\r\nDATA\r\nhidden\r\n")
    assert content.count(b"\r") == content.count(b"\n") == content.count(b"\r\n")


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
    ],
)
async def test_a_broken_command_line_is_refused(line):
    async with greeted(House()) as client:
        await client.send_raw(line)
        assert (await client.reply()).startswith("500 5.5.2 ")


async def test_a_command_behind_a_lone_lf_is_a_line_of_its_own_and_refused():
    async with greeted(House()) as client:
        await client.send_raw(b"EHLO a\nMAIL FROM:<a@b.example>\r\n")
        assert (await client.reply()).startswith("500 5.5.2 ")
        assert (await client.reply()).startswith("503 5.5.1 ")
