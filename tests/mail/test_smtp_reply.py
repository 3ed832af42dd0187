"""The syntax of commands and paths, and the codes of replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail.smtp_reply import COMMAND_LIMIT, parse_command, parse_path, with_enhanced_code


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("<anna@customer.example>", "anna@customer.example"),
        (" <anna@customer.example>", "anna@customer.example"),
        ("anna@customer.example", "anna@customer.example"),
        ("<>", "<>"),
        ("<root>", "root"),
        ("<@relay.example,@other.example:a@b.example>", "a@b.example"),
        ('<"a b>\\""@c.example>', '"a b>\\""@c.example'),
        ("<a@[192.0.2.1]>", "a@[192.0.2.1]"),
        ("<a..b.@docomo.example>", "a..b.@docomo.example"),
        ("<bounce+x=y#z/1@b.example>", "bounce+x=y#z/1@b.example"),
    ],
)
def test_a_path_gives_its_address(text, address):
    assert parse_path(text.strip()) == (address, "")


@pytest.mark.parametrize(
    "text", ["", "< a@b >", "<a b@c>", "<a@b", "a@b>", "<a@b@c>", "<a@>", "<@b>", "<a@b>SIZE=1", "<<a@b>>", '<"a@b>']
)
def test_what_is_no_path_is_told_so(text):
    assert parse_path(text) is None


def test_parameters_follow_the_path():
    assert parse_path("<a@b> SIZE=12  BODY=8BITMIME") == ("a@b", "SIZE=12  BODY=8BITMIME")


def test_a_command_line_may_be_as_long_as_the_limit_and_no_longer():
    assert parse_command(b"x" * (COMMAND_LIMIT - 2) + b"\r\n") == ("X" * (COMMAND_LIMIT - 2), None)
    assert parse_command(b"x" * (COMMAND_LIMIT - 1) + b"\r\n") is None


def test_a_verb_is_read_in_any_case_and_its_argument_as_it_is():
    assert parse_command(b"mail FROM:<Anna@b>\r\n") == ("MAIL", "FROM:<Anna@b>")
    assert parse_command("rcpt TO:<søren@b>\r\n".encode()) == ("RCPT", "TO:<søren@b>")
    assert parse_command(b"\r\n") == ("", None)


@given(st.binary(max_size=60))
def test_any_octets_are_a_command_or_are_not(line):
    command = parse_command(line + b"\r\n")
    if command is not None and command[1] is not None:
        parse_path(command[1])


@pytest.mark.parametrize(
    ("reply", "complete"),
    [
        ("250 OK", "250 2.0.0 OK"),
        ("250 2.1.5 OK", "250 2.1.5 OK"),
        ("501 Syntax: DATA", "501 5.5.4 Syntax: DATA"),
        ("354 Go on", "354 Go on"),
        ("334 VXNlcm5hbWU6", "334 VXNlcm5hbWU6"),
    ],
)
def test_a_reply_gets_the_code_that_it_lacks(reply, complete):
    assert with_enhanced_code(reply) == complete
