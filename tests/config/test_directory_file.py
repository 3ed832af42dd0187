"""A directory is read from TOML or CSV alike, or everything that is wrong with it is told."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from helpdeskd.config.directory_file import DirectoryFile, read_directory
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.config.references import Known
from helpdeskd.domain.card import Card
from helpdeskd.domain.directory import Agent, Contact, Contract, Customer, Right
from helpdeskd.domain.standby import Period

KNOWN = Known.of(
    {
        "calendar": {"office": {}},
        "plan": {"best-effort": {"agreement": {"good": {}, "better": {}}}},
        "queue": [{"addresses": ["support@desk.example"]}],
    }
)
WHOLE = """\
[[customer]]
name = "bakery"
title = "Bakkerij de Vries B.V."
domains = ["Bakery.example"]
language = "nl"
timezone = "Europe/Amsterdam"
sites = ["main", "shop"]

  [[customer.contact]]
  name = "Anna de Vries"
  addresses = ["Anna@bakery.example", "anna@home.example"]
  rights = ["open", "spend", "approve", "manage"]
  roles = ["general", "technical", "site:main"]

  [[customer.contact]]
  name = "Bram"
  addresses = ["bram@bakery.example"]
  language = "fr"

  [[customer.contract]]
  plan = "best-effort"
  first_day = 2026-01-01
  last_day = 2026-12-31
  paid_until = 2026-12-31
  agreement = "good"
  covers = ["webshop"]
  standby = [{ from = 2026-11-27T18:00:00+01:00, to = 2026-11-30T08:30:00+01:00 }]

  [[customer.card]]
  hours = 5
  price = "400.00"
  bought = 2026-01-05

[[agent]]
name = "piet"
title = "Piet Jansen"
addresses = ["piet@desk.example"]
language = "nl"
level = 1
teams = ["support"]
calendar = "office"
manager = false

[duty]
roster = ["piet"]
"""
BAKERY = Customer(
    name="bakery",
    title="Bakkerij de Vries B.V.",
    domains=("bakery.example",),
    language="nl",
    zone="Europe/Amsterdam",
    sites=("main", "shop"),
    contacts=(
        Contact(
            "bakery",
            "Anna de Vries",
            ("anna@bakery.example", "anna@home.example"),
            "nl",
            frozenset(Right),
            ("general", "technical", "site:main"),
        ),
        Contact("bakery", "Bram", ("bram@bakery.example",), "fr"),
    ),
    contracts=(
        Contract(
            "best-effort",
            date(2026, 1, 1),
            date(2026, 12, 31),
            date(2026, 12, 31),
            "good",
            ("webshop",),
            standby=(Period(datetime(2026, 11, 27, 17, tzinfo=UTC), datetime(2026, 11, 30, 7, 30, tzinfo=UTC)),),
        ),
    ),
    cards=(Card("bakery-2026-01-05", 300, 400_00, date(2026, 1, 5)),),
)
IN_CSV = replace(BAKERY, contracts=(replace(BAKERY.contracts[0], standby=()),), cards=())
"""A row a contact has no place for standby and cards."""
PIET = Agent("piet", "Piet Jansen", ("piet@desk.example",), "nl", 1, ("support",), "office")
HEADER = (
    "customer,title,domains,customer_language,timezone,sites,contact,addresses,language,rights,roles,"
    "plan,first_day,last_day,paid_until,agreement,covers\n"
)
ANNA = (
    "bakery,Bakkerij de Vries B.V.,Bakery.example,nl,Europe/Amsterdam,main shop,"
    "Anna de Vries,Anna@bakery.example anna@home.example,,open spend approve manage,general technical site:main,"
    "best-effort,2026-01-01,2026-12-31,2026-12-31,good,webshop\n"
)
CSV = HEADER + ANNA + "bakery,,,,,,Bram,bram@bakery.example,fr,,,,,,,,\n"


def read(folder: Path, text: str, name: str = "people.toml") -> DirectoryFile:
    (folder / name).write_text(text, encoding="utf-8")
    return read_directory(folder / name, KNOWN).directory


def refused(folder: Path, text: str, name: str = "people.toml") -> list[str]:
    with pytest.raises(ConfigErrors) as broken:
        read(folder, text, name)
    return [line.removeprefix(f"{folder}/") for line in broken.value.errors]


def test_a_directory_file_is_read_as_the_interfaces_say(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE) == DirectoryFile((BAKERY,), (PIET,), ("piet",))


CARD = "[[customer.card]]\nhours = {}\nbought = 2026-01-05\n{}\n"


def test_a_card_is_called_after_its_customer_and_day_or_has_a_name(tmp_path: Path) -> None:
    gift, half = CARD.format(3, "free = true"), CARD.format(2.5, 'price = "200.00"')
    named = CARD.format(5, 'price = "400.00"\nname = "old"')
    customer = WHOLE.partition("[[customer.card]]")[0]
    assert read(tmp_path, customer + gift + named + half).customers[0].cards == (
        Card("bakery-2026-01-05", 180, 0, date(2026, 1, 5), free=True),
        Card("old", 300, 400_00, date(2026, 1, 5)),
        Card("bakery-2026-01-05-3", 150, 200_00, date(2026, 1, 5)),
    )


def test_two_cards_have_one_name_only_by_mistake(tmp_path: Path) -> None:
    card = CARD.format(3, 'free = true\nname = "gift"')
    [error] = refused(tmp_path, WHOLE + card + card)
    assert 'customer.card.name: the card "gift" is here twice' in error


@pytest.mark.parametrize(("begins", "fits"), [("08:30", True), ("08:29", False)])
def test_standby_periods_follow_each_other_and_do_not_overlap(tmp_path: Path, begins: str, fits: bool) -> None:
    more = f", {{ from = 2026-11-30T{begins}:00+01:00, to = 2026-12-01T08:30:00+01:00 }}]"
    text = WHOLE.replace("+01:00 }]", "+01:00 }" + more)
    if fits:
        assert len(read(tmp_path, text).customers[0].contracts[0].standby) == 2
    else:
        [error] = refused(tmp_path, text)
        assert error.startswith("people.toml:27: customer.contract.standby: the period from 2026-11-30 08:29")


def test_a_contract_may_keep_all_contacts_informed(tmp_path: Path) -> None:
    text = WHOLE.replace('agreement = "good"', 'inform = "all contacts"')
    assert read(tmp_path, text).customers[0].contracts[0].inform_all


def test_a_csv_file_says_the_same_of_customers(tmp_path: Path) -> None:
    assert read(tmp_path, CSV, "people.csv") == DirectoryFile((IN_CSV,))


def test_a_spreadsheets_semicolons_and_byte_order_mark_are_no_matter(tmp_path: Path) -> None:
    text = "\ufeff" + CSV.replace(",", ";").replace("\n", "\r\n")
    assert read(tmp_path, text, "people.csv") == DirectoryFile((IN_CSV,))


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            "paid_until",
            "payed_until",
            "people.toml:24: customer.contract.payed_until: unknown key (did you mean paid_until?)",
        ),
        (
            'rights = ["open",',
            'rights = ["own",',
            "people.toml:12: customer.contact.rights: \"own\" is not known (one of 'open'",
        ),
        (
            'addresses = ["bram@',
            'addresses = ["anna@',
            'people.toml:17: customer.contact.addresses: the address "anna@bakery',
        ),
        ('plan = "best-effort"', 'plan = "gold"', 'people.toml:21: customer.contract.plan: there is no plan "gold"'),
        ('calendar = "office"', 'calendar = "o"', 'people.toml:41: agent.calendar: there is no calendar "o"'),
        (
            "last_day = 2026-12-31",
            "last_day = 2025-12-31",
            "people.toml:20: customer.contract: last_day 2025-12-31 is before",
        ),
        (
            "last_day = 2026-12-31",
            'last_day = "31-12-2026"',
            "people.toml:23: customer.contract.last_day: must be a date",
        ),
        ("site:main", "site:head", 'people.toml:1: customer: a contact stands for the site "head"'),
        ('"general", "t', '"boss", "t', 'people.toml:13: customer.contact.roles: "boss" is no role'),
        ("Europe/Amsterdam", "Europe/Amstrdam", "people.toml:6: customer.timezone: no time zone is called"),
        (
            '"400.00"',
            '"400"',
            'people.toml:31: customer.card.price: "400" is no amount of money',
        ),
        ('price = "400.00"', "", "people.toml:29: customer.card: the card has no price (give one, or free = true)"),
        ("hours = 5", "hours = 0", "people.toml:30: customer.card.hours: 0 is out of bounds"),
        ("08:30:00", "08:30:01", "people.toml:27: customer.contract.standby: it begins and ends with a whole minute"),
        (
            'agreement = "good"',
            'agreement = "best"',
            'people.toml:25: customer.contract.agreement: the plan "best-effort" has no agreement "best" '
            "(it has: better, good)",
        ),
        ("to = 2026-11-30", "to = 2026-11-20", "people.toml:27: customer.contract.standby: it ends at"),
        ('roster = ["piet"]', 'roster = ["pete"]', 'people.toml:45: duty.roster: there is no agent "pete"'),
        ("piet@desk", "support@desk", 'people.toml:37: agent.addresses: "support@desk.example" is the desk\'s own'),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(tmp_path: Path, old: str, new: str, what: str) -> None:
    [error] = refused(tmp_path, WHOLE.replace(old, new))
    assert error.startswith(what)


def test_all_errors_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = WHOLE.replace("paid_until", "payed").replace('plan = "best-effort"', 'plan = "gold"').replace('"nl"', "3")
    assert [line.split(":")[1] for line in refused(tmp_path, text)] == ["5", "21", "24", "38"]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("agreement,", "agremeent,", 'people.csv:1: there is no column "agremeent"'),
        (
            "bram@bakery",
            "bram(at)bakery",
            'people.csv:3: customer.contact.addresses: "bram(at)bakery.example" is no address',
        ),
        ("bakery,,,", "bakery,Other,,", 'people.csv:3: customer.title: "Other" is not what an earlier row says'),
        ("2026-01-01", "1 January", "people.csv:2: customer.contract.first_day: must be a date"),
        ("bakery,,", ",,", "people.csv:3: customer.name: is missing"),
        ("fr,,,,,,,,", "fr,,,,,,,,,more", "people.csv:3: customer"),
    ],
)
def test_what_is_wrong_in_a_row_is_told_with_its_line(tmp_path: Path, old: str, new: str, what: str) -> None:
    found = refused(tmp_path, CSV.replace(old, new), "people.csv")
    assert any(line.startswith(what) for line in found)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "", "people.xlsx") == ["people.xlsx:1: a directory is a .toml or a .csv file"]
