"""B04: the probes of facts 1, 2 and 4, which the library that we build on does not stand, against our own sessions."""

import asyncio
import logging

import pytest

from tests.mail.smtp_client import MAIL, House, connected, greeted, open_door

SECRET = RuntimeError("secret /var/lib/db password=hunter2")


def broken(*_: object) -> bool:
    raise SECRET


@pytest.mark.parametrize("where", ["accept", "recipients", "reserve", "logins"])
async def test_b04_a_fault_of_ours_never_refuses_a_mail_for_good_and_tells_nothing(where, monkeypatch):
    faults = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context["exception"]))
    house = House(fault=SECRET if where == "accept" else None)
    async with greeted(house, logins=broken, require_tls_for_auth=False, login_pause=0) as client:
        assert (await client.say("EHLO client.example")).startswith("250")
        if where in {"recipients", "reserve"}:
            monkeypatch.setattr(type(house), "is_ours" if where == "recipients" else "has_room", broken)
        said = [
            await client.say("AUTH PLAIN AHByaW50ZXIAc2VjcmV0") if where == "logins" else "",
            await client.say("MAIL FROM:<anna@customer.example>"),
            await client.say("RCPT TO:<support@example.org>"),
        ]
        if said[-1].startswith("250"):
            await client.say("DATA")
            await client.send_raw(MAIL + b".\r\n")
            said.append(await client.reply())
        assert (await client.say("NOOP")).startswith("250")
    assert "451 4.3.0 We have a problem, come again later" in said
    assert not [reply for reply in said if "secret" in reply or "hunter2" in reply]
    assert faults == [SECRET]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"Subject: a\r\n", "250"), (b"a\nb\r\n", "550"), (b"x" * 2000 + b"\r\n", "552"), (b"y" * 900 + b"\r\n", "500")],
)
async def test_b04_lmtp_answers_for_each_of_three_recipients_whatever_became_of_the_mail(content, code):
    recipients = ("support@example.org", "sales@example.org", "support@example.org")
    async with greeted(House(), protocol="lmtp", max_size=1000, line_limit=800) as client:
        replies = [await client.deliver(content, *recipients, greeting="LHLO a"), *[await client.reply() for _ in "23"]]
        assert [reply[:3] for reply in replies] == [code] * 3
        assert [reply.split()[2] for reply in replies] == [f"<{recipient}>" for recipient in recipients]
        assert (await client.say("NOOP")).startswith("250")


@pytest.mark.parametrize("length", [999, 1001, 1002, 20_000])
async def test_b04_a_line_that_is_longer_than_it_should_be_is_no_reason_to_refuse_a_mail_for_good(length):
    house = House()
    async with greeted(house) as client:
        assert (await client.deliver(b"x" * length + b"\r\n")).startswith("250")
    assert house.contents == [b"x" * length + b"\r\n"]


async def test_b04_the_null_reverse_path_is_empty_and_no_text_of_two_brackets():
    house = House()
    async with greeted(house) as client:
        await client.say_all("EHLO a", "MAIL FROM:<>", "RCPT TO:<support@example.org>", "DATA")
        await client.send_raw(MAIL + b".\r\n")
        assert (await client.reply()).startswith("250")
    assert [envelope.reverse_path for envelope in house.mails[0][0]] == [""]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (b"RCPT TO:<support@example.org>\n", "500"),
        (b"RCPT TO:<support\x00@example.org>\r\n", "500"),
        (b"RCPT TO:< support @ example.org >\r\n", "553"),
        (b"RCPT TO:<support@example.org\r>\r\n", "500"),
        (b"RCPT TO:<support@example.org> <sales@example.org>\r\n", "5"),
        (b"RCPT TO:<support@example.org>,<sales@example.org>\r\n", "5"),
        (b"RCPT TO:<support@example.org@elsewhere.example>\r\n", "553"),
        (b"RCPT TO:<support%elsewhere.example@example.org>\r\n", "550"),
        (b"RCPT TO:<elsewhere.example!support@example.org>\r\n", "550"),
        (b'RCPT TO:<"support@elsewhere.example"@example.org>\r\n', "550"),
        (b"RCPT TO:<@support.example:victim@elsewhere.example>\r\n", "550"),
        (b"RCPT TO:<anybody@elsewhere.example>\r\n", "550"),
    ],
)
async def test_b04_a_path_with_a_trick_in_it_reaches_nobody(command, code):
    async with greeted(House()) as client:
        await client.say_all("EHLO a", "MAIL FROM:<a@b.example>")
        await client.send_raw(command)
        assert (await client.reply()).startswith(code)
        assert (await client.say("DATA")).startswith(("503", "500"))


@pytest.mark.parametrize("length", [70_000, 1_000_000])
async def test_b04_an_answer_to_auth_that_never_ends_is_the_clients_fault(length):
    faults = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
    async with greeted(House(), logins=lambda *_: False, require_tls_for_auth=False) as client:
        await client.say_all("EHLO client.example", "AUTH LOGIN")
        await client.send_raw(b"x" * length + b"\r\n")
        assert (await client.last_replies()).startswith("421 4.7.0 ")
    assert faults == []


async def test_b04_nothing_that_a_client_says_reaches_the_log(caplog):
    caplog.set_level(logging.DEBUG)
    async with open_door(House()) as listener, connected(listener) as client:
        await client.say_all(
            "EHLO secret.example", "MAIL FROM:<secret@b.example>", "RCPT TO:<secret@example.org>", "SECRET"
        )
    assert logging.getLogger("mail.log").getEffectiveLevel() == logging.WARNING
    assert not [record for record in caplog.records if "secret" in record.getMessage().lower()]
