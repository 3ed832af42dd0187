"""What one table says of another: names exist, and names and addresses stand once."""

from pathlib import Path

import pytest

from tests.config.small_desk import CALENDAR, DESK, LINES, PLAN, QUEUE, SMALL, errors

CUSTOMER = """\
[[customer]]
name = "bakery"
title = "Bakery"
[[customer.contact]]
name = "Anna"
addresses = ["anna@bakery.example"]
"""
AGENT = '[[agent]]\nname = "piet"\ntitle = "Piet"\naddresses = ["piet@desk.example"]\n'
CONTRACT = '[[customer.contract]]\nplan = "gold"\nfirst_day = 2026-01-01\nlast_day = 2026-12-31\n'


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (
            '[[queue]]\nname = "SUPPORT"\naddresses = ["b@desk.example"]\nteam = "x"\n',
            2,
            'queue.name: the queue "SUPPORT"',
        ),
        (
            '[[queue]]\nname = "b"\naddresses = ["b@desk.example", "Support@DESK.example"]\nteam = "x"\n',
            3,
            'queue.addresses: the address "Support@DESK.example" is here twice',
        ),
        ('[trust]\naccounts = ["support"]\n', 2, 'trust.accounts: there is no mailbox "support" (there are: none)'),
        (
            '[[smtp]]\nname = "mx"\nlisten = "[::]:25"\n[[lmtp]]\nname = "mx"\nlisten = "[::]:24"\n',
            5,
            'lmtp.name: the listener or mailbox "mx" is here twice',
        ),
        (
            '[[smtp]]\nname = "a"\nlisten = "[::]:25"\n[[smtp]]\nname = "b"\nlisten = "[::]:25"\n',
            6,
            'the place to listen at "[::]:25" is here twice',
        ),
        (CUSTOMER + CONTRACT, 8, 'customer.contract.plan: there is no plan "gold" (there are: standard)'),
        (
            CUSTOMER + CONTRACT.replace("gold", "standard") + 'agreement = "good"\n',
            11,
            'customer.contract.agreement: the plan "standard" has no agreement "good" (it has: none)',
        ),
        (CUSTOMER + CUSTOMER.replace("anna@", "a@"), 8, 'customer.name: the customer "bakery" is here twice'),
        (CUSTOMER + AGENT.replace("piet@desk", "anna@bakery"), 10, 'the address "anna@bakery.example" is here twice'),
        (CUSTOMER + AGENT.replace("piet@", "support@"), 10, "is the desk's own address"),
        (AGENT + 'calendar = "night"\n', 5, 'agent.calendar: there is no calendar "night"'),
        (AGENT + '[duty]\nroster = ["pete"]\n', 6, 'duty.roster: there is no agent "pete" (there are: piet)'),
    ],
)
def test_what_does_not_fit_is_told_where_it_stands(tmp_path: Path, text: str, line: int, what: str) -> None:
    [error] = errors(tmp_path, SMALL + text)
    assert error.startswith(f"config.toml:{LINES + line}: ")
    assert what in error


def test_a_desk_whose_calendar_is_not_office_must_name_it(tmp_path: Path) -> None:
    [error] = errors(tmp_path, DESK + CALENDAR.replace("office", "home") + PLAN + QUEUE)
    assert error == 'config.toml:1: desk.calendar: there is no calendar "office" (name one of: home)'


def test_the_language_is_one_of_the_languages(tmp_path: Path) -> None:
    [error] = errors(tmp_path, DESK + 'language = "fr"\nlanguages = ["nl", "en"]\n' + CALENDAR + PLAN + QUEUE)
    assert error == 'config.toml:6: desk.language: "fr" is not among the languages (they are: nl, en)'


def test_a_mailbox_is_for_an_address_of_a_queue(tmp_path: Path) -> None:
    text = '[[mailbox]]\nname = "m"\nhost = "h"\nuser = "u"\npassword_file = "p"\naddress = "sales@desk.example"\n'
    [error] = errors(tmp_path, SMALL + text)
    assert 'there is no address of a queue "sales@desk.example" (there are: support@desk.example)' in error
    assert errors(tmp_path, SMALL + text.replace("sales@", "Support@")) == []


def test_what_only_managers_may_give_is_a_command(tmp_path: Path) -> None:
    [error] = errors(tmp_path, DESK + 'managers_only = ["free"]\n' + CALENDAR + PLAN + QUEUE)
    assert error.startswith('config.toml:6: desk.managers_only: there is no command "free" (there are: accept, ')
