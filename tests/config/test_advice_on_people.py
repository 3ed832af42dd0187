"""What a plan asks of the directory, and a customer has not, is a warning where it stands."""

from pathlib import Path

import pytest

from helpdeskd.config.advice import advice
from helpdeskd.config.advice_on_people import people_advice
from tests.config.small_desk import CALENDAR, DESK, LINES, PLAN, QUEUE, SMALL, loaded

CONTRACT = '[[customer.contract]]\nplan = "standard"\nfirst_day = 2026-01-01\nlast_day = 2026-12-31\n'
CUSTOMER = '[[customer]]\nname = "bakery"\ntitle = "Bakery"\nsites = ["main", "shop"]\n' + CONTRACT
TARIFF = '[[plan.standard.tariff]]\ncurrency = "EUR"\nrate = "100.00"\n'
STANDBY = "standby = [{ from = 2026-11-27T18:00:00+01:00, to = 2026-11-30T08:30:00+01:00 }]\n"
ROLES = 'contacts.roles = ["site", "general", "technical"]'


def contact(name: str, more: str = "") -> str:
    return f'[[customer.contact]]\nname = "{name}"\naddresses = ["{name}@bakery.example"]\n{more}\n'


def warnings(folder: Path, plan: str, customer: str, more: str = "") -> list[str]:
    """About a customer of a desk whose plan has one more line."""
    text = SMALL.replace('standard = "normal"', f'standard = "normal"\n{plan}') + more + customer
    found = loaded(folder, text)
    lines = found.source.told(people_advice(found.people, found.config))
    return [line.removeprefix(f"{found.source.file}:") for line in lines]


@pytest.mark.parametrize(("names", "told"), [(["anna", "bram"], 0), (["anna", "bram", "carl"], 1)])
def test_a_plan_limits_the_contacts_who_may_open_tickets(tmp_path: Path, names: list[str], told: int) -> None:
    found = warnings(tmp_path, "contacts.most = 2", CUSTOMER + "".join(map(contact, names)))
    assert len(found) == told
    assert all(
        'customer.contact: 3 contacts of "bakery" may open tickets (the plan standard has 2 at most)' in line
        for line in found
    )


def test_a_contact_who_may_open_nothing_does_not_count(tmp_path: Path) -> None:
    people = contact("anna") + contact("bram") + contact("carl", 'rights = ["approve"]')
    assert warnings(tmp_path, "contacts.most = 2", CUSTOMER + people) == []


def test_each_site_and_each_role_needs_somebody(tmp_path: Path) -> None:
    found = warnings(tmp_path, ROLES, CUSTOMER + contact("anna", 'roles = ["general", "site:main"]'))
    assert found == [
        f'{LINES + 2}: customer: no contact of "bakery" who may open tickets has the role "{role}" '
        "(the plan standard wants one)"
        for role in ("site:shop", "technical")
    ]
    enough = contact("anna", 'roles = ["general", "site:main"]') + contact("bram", 'roles = ["technical", "site:shop"]')
    assert warnings(tmp_path, ROLES, CUSTOMER + enough) == []


def test_who_has_no_role_where_roles_are_asked_for_is_told(tmp_path: Path) -> None:
    everybody = contact("anna", 'roles = ["general", "technical", "site:main", "site:shop"]') + contact("nurse")
    [found] = warnings(tmp_path, ROLES, CUSTOMER + everybody)
    assert 'customer.contact: "nurse" has none of the roles of the plan standard' in found
    silent = everybody.replace('nurse@bakery.example"]', 'nurse@bakery.example"]\nrights = []')
    assert warnings(tmp_path, ROLES, CUSTOMER + silent) == []


@pytest.mark.parametrize(
    ("terms", "first", "last", "told"),
    [
        ("days", "2026-01-02", "2027-12-30", ""),
        ("months", "2026-02-01", "2028-02-29", ""),
        ("months", "2026-02-02", "2026-02-28", "first_day: 2026-02-02 is not the first of a month"),
        ("months", "2026-02-01", "2028-02-28", "last_day: 2028-02-28 is not the last of a month"),
        ("months of one year", "2026-12-01", "2026-12-31", ""),
        ("months of one year", "2026-12-01", "2027-01-31", "last_day: 2027-01-31 is not in the year in which"),
        ("months of one year", "9999-12-01", "9999-12-31", ""),
    ],
)
def test_a_contract_that_does_not_fit_the_terms_of_its_plan_is_told(
    tmp_path: Path, terms: str, first: str, last: str, told: str
) -> None:
    contract = CUSTOMER.replace("2026-01-01", first).replace("2026-12-31", last)
    found = warnings(tmp_path, f'terms = "{terms}"', contract + contact("anna"))
    assert len(found) == bool(told)
    assert all(f"customer.contract.{told}" in line for line in found)


def test_a_standby_period_without_a_price_is_told(tmp_path: Path) -> None:
    customer = CUSTOMER + STANDBY + contact("anna")
    [found] = warnings(tmp_path, "", customer, TARIFF)
    assert "customer.contract.standby: the plan standard has no price for it" in found
    priced = TARIFF + '[[plan.standard.tariff.standby]]\nname = "always"\n'
    assert warnings(tmp_path, "", customer, priced) == []


def test_a_desk_without_customers_has_no_warnings(tmp_path: Path) -> None:
    found = loaded(tmp_path, DESK + CALENDAR + PLAN + QUEUE)
    assert list(people_advice(found.people, found.config)) == []


def test_a_language_that_the_desk_does_not_serve_is_told(tmp_path: Path) -> None:
    customer = '[[customer]]\nname = "mill"\ntitle = "Mill"\nlanguage = "da"\n'
    (line,) = [line for line in advice(loaded(tmp_path, SMALL + customer)) if "is not served" in line]
    assert 'they are written to in "en"' in line
