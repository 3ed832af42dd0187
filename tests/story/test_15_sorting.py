"""Agents sort tickets by mail: level, product, site, queue, customer, links, spam, reminders; and ask what is theirs.

Customers hear nothing of it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.domain.month import Month
from helpdeskd.domain.statement import Statement
from helpdeskd.domain.ticket import Decision, Status
from helpdeskd.storage import db, ledger
from tests.bills import costs
from tests.world import ANNA, ANS, BRAM, PIET, World, local, texts

BEN = "Ben Blom <ben@dentist.example>"
DORA = "Dora Dekker <dora@dentist.example>"
FLEUR = "Fleur Bloem <fleur@florist.example>"
GIJS = "Gijs Groen <gijs@garage.example>"
SARA = "Sara Shop <sara@shop.example>"
HANS = "Hans Hout <hans@garage.example>"
NEL = "Nel Net <nel@desk.example>"

MORE = """
[[queue]]
name = "webshop"
addresses = ["webshop@desk.example"]
team = "network"
product = "webshop"

[[agent]]
name = "nel"
title = "Nel Net"
addresses = ["nel@desk.example"]
teams = ["network"]
level = 2

[[customer]]
name = "florist"
title = "Bloemen Fleur"
language = "en"
sites = ["Gent", "Gouda", "Aalst"]
[[customer.contact]]
name = "Fleur Bloem"
addresses = ["fleur@florist.example"]
rights = ["open", "approve"]
[[customer.contract]]
plan = "hourly"
first_day = 2026-01-01
last_day = 2026-12-31
covers = ["hosting"]
[[customer.contract]]
plan = "standard"
first_day = 2026-01-01
last_day = 2026-12-31
covers = ["telephone"]

[[customer]]
name = "shop"
title = "Shop"
language = "en"
[[customer.contact]]
name = "Sara Shop"
addresses = ["sara@shop.example"]
rights = ["open", "spend"]
[[customer.contract]]
plan = "hourly"
first_day = 2026-01-01
last_day = 2026-12-31
covers = ["hosting"]
[[customer.contract]]
plan = "prepaid"
first_day = 2026-01-01
last_day = 2026-12-31
covers = ["webshop"]
[[customer.card]]
name = "shop-1"
hours = 5
price = "400.00"
bought = 2026-11-24
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    """With a second level, a queue about a product, and a customer with several contracts."""
    with World(tmp_path / "desk", MORE) as world:
        yield world


def told(world: World, line: str, who: str = PIET) -> str:
    """What the transcript says of a line that is the whole mail; nobody of the customer hears of it."""
    before = len(world.mails)
    name = who.partition("<")[2].partition("@")[0]
    notice = next(mail for mail in reversed(world.sent(name)) if mail.reference)
    world.replies(who, notice, line)
    new = world.mails[before:]
    assert all(mail.row.to_agent for mail in new), texts(new)
    transcript = world.last(name)
    assert transcript.notice == "agent-transcript", transcript.text
    return transcript.text


def refused(world: World, line: str) -> str:
    """What is wrong with the line; nothing is done, and nobody else is told."""
    before = world.ticket()
    world.news()
    world.replies(PIET, world.last("piet"), line)
    assert world.news() == ["piet agent-error"]
    assert world.ticket() == before
    return world.last("piet").text


def statements(customer: str) -> tuple[Statement, ...]:
    with db.transaction():
        return ledger.issued(customer)


def drawn(customer: str) -> dict[str, int]:
    with db.transaction():
        return {draw.ticket: draw.minutes for draw in ledger.draws(customer)}


# Level and queue


def test_an_escalation_gives_the_ticket_to_the_agents_of_that_level_and_tells_them(desk: World) -> None:
    desk.receives(BRAM)
    desk.replies(PIET, desk.last("piet"), "/take")
    desk.news()
    said = told(desk, "/level 2")
    assert "level is 2, team is network, without an owner; it is for Nel Net" in said
    assert desk.news() == ["nel agent-update", "piet agent-transcript"]
    assert "escalated to your level" in desk.last("nel").text
    assert re.search(r"^Level +2$", desk.last("nel").text, re.MULTILINE)
    ticket = desk.ticket()
    assert (ticket.level, ticket.team, ticket.owner, ticket.status) == (2, "network", "", Status.NEW)


def test_what_happens_later_is_told_to_that_level_until_a_team_has_the_ticket(desk: World) -> None:
    desk.receives(BRAM)
    told(desk, "/level 2")
    desk.news()
    desk.replies(BRAM, desk.last("bram"), "Any news?")
    assert desk.news() == ["nel agent-update"]
    told(desk, "/assign support", NEL)
    assert desk.ticket().level == 0
    desk.news()
    desk.replies(BRAM, desk.last("bram"), "Any news?")
    assert desk.news() == ["ans agent-update", "piet agent-update"]


def test_an_answer_with_an_escalation_reaches_the_customer_and_leaves_no_owner(desk: World) -> None:
    desk.receives(BRAM)
    desk.news()
    desk.replies(PIET, desk.last("piet"), "/level 2\nA specialist will look at it.")
    assert desk.news() == ["bram reply", "nel agent-update", "piet agent-transcript"]
    assert "/level" not in desk.last("bram").text
    assert desk.ticket().owner == ""


def test_a_level_that_nobody_has_is_refused_with_those_that_there_are(desk: World) -> None:
    desk.receives(BRAM)
    assert 'nobody is of level "3" (one of 1, 2)' in refused(desk, "/level 3")


def test_another_queue_gives_its_team_the_ticket_and_its_address_to_the_notices(desk: World) -> None:
    desk.receives(BRAM)
    desk.news()
    said = told(desk, "/queue web")
    assert "queue is webshop, team is network, without an owner; notices come from webshop@desk.example" in said
    assert desk.news() == ["nel agent-update", "piet agent-transcript"]
    desk.replies(NEL, desk.last("nel"), "I will look at it.")
    answer = desk.last("bram", "reply")
    assert answer.message.from_ is not None
    assert answer.message.from_.address == "webshop@desk.example"
    assert desk.ticket().product == "webshop"


def test_no_ticket_is_moved_to_the_address_that_wakes_people(desk: World) -> None:
    desk.receives(BRAM)
    assert 'there is no queue "duty" (one of support, webshop)' in refused(desk, "/queue duty")


# Product and site


def test_another_product_brings_the_contract_that_covers_it_with_its_deadlines(desk: World) -> None:
    desk.receives(FLEUR)
    assert desk.ticket().plan == "hourly"
    said = told(desk, "/product tele")
    assert "product is telephone; plan standard" in said
    assert "response due Mon 2026-11-23 14:00" in said
    assert (desk.ticket().plan, desk.target("response").due) == ("standard", local("2026-11-23 14:00"))
    reasons = [str(reason) for reason in desk.ticket().entitlement.reasons]
    assert "contract: standard" in reasons
    assert "covered: telephone" in reasons
    assert "contract: hourly" not in reasons


def test_a_product_that_no_contract_covers_warns_and_needs_approval(desk: World) -> None:
    desk.receives(FLEUR)
    said = told(desk, "/product webshop")
    assert "served as: ask; warning: no contract in force covers webshop, ask before it costs (/estimate)" in said
    assert desk.ticket().entitlement.decision is Decision.ASK
    assert "product is hosting; served as: accept" in told(desk, "/product hosting")
    assert desk.ticket().entitlement.decision is Decision.ACCEPT


def test_a_product_or_site_that_is_not_known_or_not_the_only_one_is_refused(desk: World) -> None:
    desk.receives(FLEUR)
    assert 'there is no product "printer" (one of webshop, hosting, telephone)' in refused(desk, "/product printer")
    assert '"g" is more than one site (one of Gent, Gouda)' in refused(desk, "/site g")
    assert "site is Gent" in told(desk, "/site gent")
    assert desk.ticket().site == "Gent"


def test_an_estimate_under_other_prices_is_withdrawn(desk: World) -> None:
    desk.receives(FLEUR)
    desk.replies(PIET, desk.last("piet"), "/estimate 3h")
    request = desk.last("fleur", "approval-request")
    assert "no longer asked for an approval" in told(desk, "/product telephone")
    assert (desk.ticket().estimate, desk.ticket().status) == (None, Status.NEW)
    desk.replies(FLEUR, request, "approve")
    assert desk.last("fleur").notice == "approval-result"
    assert "withdrawn" in desk.last("fleur").text


# Customer


def test_a_ticket_of_another_customer_has_its_contract_deadlines_and_contact(desk: World) -> None:
    desk.receives(BRAM, cc=[ANNA])
    desk.news()
    said = told(desk, "/customer bloemen fleur@florist.example")
    assert "of Bloemen Fleur, for Fleur Bloem; no longer on it: bram@bakery.example, anna@bakery.example" in said
    assert "; its subject, which somebody else wrote, is left out; plan hourly" in said
    assert "resolution due Wed 2026-11-25 10:00" in said
    assert desk.news() == ["piet agent-transcript"]
    assert desk.story()[-2:] == ["CustomerChanged", "CommandsDone"]
    ticket = desk.ticket()
    assert (ticket.customer, ticket.requester, ticket.plan) == ("florist", "fleur@florist.example", "hourly")
    assert [one.address for one in ticket.participants] == ["fleur@florist.example"]
    assert not ticket.subject


def test_no_text_of_one_customer_reaches_the_other(desk: World) -> None:
    desk.receives(BRAM, subject="Secret recipe", text="The recipe of our bread is lost.", cc=[ANNA])
    desk.replies(PIET, desk.last("piet"), "Was it on the server?")
    asked = desk.last("bram", "reply")
    told(desk, "/customer fleur@florist.example")
    desk.news()
    desk.replies(PIET, desk.last("piet"), "We have looked at your request.")
    desk.replies(PIET, desk.last("piet"), "/resolve")
    assert {mail.partition(" ")[0] for mail in desk.news()} == {"fleur", "piet"}
    new = texts(desk.sent("fleur"))
    assert "We have looked at your request." in new
    assert not any(word in new.lower() for word in ("recipe", "bread", "server", "bakery", "bram", "anna"))
    mail = desk.replies(BRAM, asked, "It was.")
    assert mail.reference == "HD-1002"
    assert "It was." not in texts(desk.sent("fleur"))


def test_an_answer_in_the_mail_that_gives_the_ticket_away_is_for_the_new_contact_alone(desk: World) -> None:
    desk.receives(BRAM, text="The recipe of our bread is lost.")
    desk.news()
    desk.replies(PIET, desk.last("piet"), "/customer fleur@florist.example\nWe have looked at your request.")
    assert desk.news() == ["fleur reply", "piet agent-transcript"]
    assert "bread" not in desk.last("fleur").text


def test_who_asks_must_be_a_contact_of_the_customer(desk: World) -> None:
    desk.receives(BRAM)
    assert "for whom? (/customer florist ADDRESS, of fleur@florist.example)" in refused(desk, "/customer florist")
    assert "anna@bakery.example is a contact of bakery, not of florist" in refused(
        desk, "/customer florist anna@bakery.example"
    )
    assert "sam@elsewhere.example is no contact of any customer" in refused(desk, "/customer sam@elsewhere.example")
    assert "it is Bakkerij de Vries B.V.'s already" in refused(desk, "/customer bakery")


def test_a_customer_without_a_contract_is_warned_of(desk: World) -> None:
    desk.receives(BRAM)
    said = told(desk, "/customer luc@brasserie.example")
    assert "served as: ask; warning: the contract ended on 2025-12-31, ask before it costs (/estimate)" in said


def test_what_is_booked_follows_the_ticket_and_cards_get_back_what_it_has_drawn(desk: World) -> None:
    desk.receives(HANS)
    desk.replies(PIET, desk.last("piet"), "/time 30m")
    told(desk, "/customer dora@dentist.example")
    assert drawn("garage") == {}
    assert (costs(desk).settlement.minutes.charged, costs(desk).place) == (30, 1)
    assert "quota: 1/3" in [str(reason) for reason in desk.ticket().entitlement.reasons]
    told(desk, "/customer hans@garage.example")
    assert costs(desk).place == 0
    assert [str(reason) for reason in desk.ticket().entitlement.reasons if reason.code == "quota"] == []


def test_a_ticket_on_which_somebody_has_agreed_to_costs_stays_where_it_is(desk: World) -> None:
    desk.receives(GIJS)
    desk.replies(PIET, desk.last("piet"), "/estimate 30m")
    desk.replies(GIJS, desk.last("gijs", "approval-request"), "approve")
    desk.replies(PIET, desk.last("piet"), "/time 30m")
    assert drawn("garage") == {"HD-1001": 30}
    assert "its customer has agreed to costs" in refused(desk, "/customer dora@dentist.example")


def test_a_product_of_another_contract_gives_the_cards_back_too(desk: World) -> None:
    desk.receives(SARA, to="webshop@desk.example")
    desk.replies(NEL, desk.last("nel"), "/estimate 30m")
    desk.replies(SARA, desk.last("sara", "approval-request"), "approve")
    told(desk, "/time 30m", NEL)
    assert drawn("shop") == {"HD-1001": 30}
    assert "product is hosting; plan hourly" in told(desk, "/product hosting", NEL)
    assert drawn("shop") == {}
    assert costs(desk).settlement.minutes.charged == 30


def test_a_statement_that_was_issued_is_put_right_by_the_next_one(desk: World) -> None:
    desk.receives(BEN)
    desk.replies(PIET, desk.last("piet"), "/time 60m")
    desk.at("2026-12-02 10:00")
    assert statements("dentist")[-1].net == 100_00
    said = told(desk, "/customer florist fleur@florist.example")
    assert "it stands on Tandarts Dekker's statement of 2026-11: their next one takes it back" in said
    desk.at("2027-01-01 10:00")
    for customer, nets in {"dentist": [100_00, -100_00], "florist": [0, 100_00]}.items():
        issued = [one for one in statements(customer) if one.month in {Month(2026, 11), Month(2026, 12)}]
        assert [one.net for one in issued] == nets
        assert all(line.correction for line in issued[-1].lines)


# Links, spam and reminders


def test_linked_tickets_know_of_each_other_and_the_customer_never_reads_it(desk: World) -> None:
    desk.receives(BRAM)
    desk.receives(ANNA, subject="Printer")
    desk.news()
    assert "linked to HD-1001" in told(desk, "/link [hd-1001]")
    assert (desk.ticket("HD-1001").links, desk.ticket("HD-1002").links) == (("HD-1002",), ("HD-1001",))
    assert desk.news() == ["piet agent-transcript"]
    desk.replies(PIET, desk.last("piet"), "It is the same cause.")
    assert "HD-1001" not in texts(desk.sent("anna"))
    assert "there is no ticket HD-9" in refused(desk, "/link HD-9")
    assert "that is this ticket" in refused(desk, "/link HD-1002")


def test_spam_ends_without_a_word_and_gives_its_place_back(desk: World) -> None:
    desk.receives(BEN, subject="Buy now")
    desk.receives(BEN, subject="Real")
    desk.news()
    first = desk.sent("piet", "agent-new")[0]
    desk.replies(PIET, first, "/spam")
    assert desk.news() == ["piet agent-transcript"]
    assert desk.ticket().status is Status.REJECTED
    assert desk.target("resolution").ended_unmet
    assert costs(desk, "HD-1002").place == 1
    desk.replies(PIET, first, "/reopen")
    assert desk.ticket().status is Status.NEW
    assert costs(desk, "HD-1002").place == 2


def test_an_answer_to_spam_is_not_sent(desk: World) -> None:
    desk.receives(BEN)
    assert "what you wrote would go to its sender" in refused(desk, "/spam\n\nPlease stop this.")
    desk.replies(PIET, desk.last("piet"), "/spam\n/note\n\nIt is the third one.")
    assert desk.ticket().status is Status.REJECTED
    assert "third" not in texts(desk.sent("ben"))


def test_an_agent_is_reminded_of_a_ticket_at_the_time_they_named(desk: World) -> None:
    desk.receives(BRAM)
    said = told(desk, "/snooze 5h ask the supplier")
    assert "you are reminded on 2026-11-23 15:00" in said
    desk.at("2026-11-23 14:59")
    assert desk.ticket().status is Status.NEW
    assert not desk.sent("piet", "agent-digest")
    desk.at("2026-11-23 15:00")
    reminder = desk.last("piet", "agent-digest")
    assert "HD-1001" in reminder.text
    assert "ask the supplier" in reminder.text
    assert not desk.sent("ans", "agent-digest")
    assert "supplier" not in texts(desk.sent("bram"))


def test_nobody_is_reminded_at_night_or_of_a_ticket_that_is_over(desk: World) -> None:
    desk.receives(BRAM)
    assert "you are reminded on 2026-11-24 08:30" in told(desk, "/snooze 12h ask the supplier")
    told(desk, "/spam")
    desk.at("2026-11-24 12:00")
    assert "supplier" not in texts(desk.sent("piet", "agent-digest"))


# Questions


def test_mine_tells_an_agent_what_is_theirs_and_what_is_due_when(desk: World) -> None:
    desk.receives(BRAM)
    desk.receives(ANNA, subject="Printer", text="Out of paper.")
    told(desk, "/take\n/priority high")
    said = told(desk, "/mine")
    assert "your open tickets: 1" in said
    assert "HD-1002 open, high, piet, Bakkerij de Vries B.V.: Printer; response due Mon 2026-11-23 11:00" in said
    assert "HD-1001" not in said.partition("your open tickets")[2].partition("Commands")[0]


def test_due_tells_what_is_late_first_and_then_what_comes_next(desk: World) -> None:
    desk.receives(BRAM)
    desk.receives(ANNA, subject="Printer")
    told(desk, "/priority high")
    desk.at("2026-11-23 11:30")
    lines = [line for line in told(desk, "/due").splitlines() if "due Mon" in line or "due Wed" in line]
    assert "response late, was due Mon 2026-11-23 11:00: HD-1002" in lines[-4]
    assert "response due Mon 2026-11-23 14:00: HD-1001" in "\n".join(lines[-4:])


def test_an_agent_is_told_who_a_customer_is_without_any_ticket(desk: World) -> None:
    desk.receives(BEN)
    desk.receives(ANS, subject="hello", text="/customer? dekker", strength="internal")
    assert 'there is no customer "dekker"' in desk.last("ans").text
    desk.receives(ANS, subject="hello", text="/customer? Tandarts", strength="internal")
    said = desk.last("ans", "agent-transcript").text
    for line in (
        "Tandarts Dekker (dentist)",
        "contract: hourly, 2026-01-01 to 2026-12-31",
        "tickets this month: 1 of 3",
        "Dora Dekker <dora@dentist.example>: may approve, manage, open",
        "open tickets: 1",
        "HD-1001 new, normal, support, Tandarts Dekker: Invoice screen hangs",
    ):
        assert line in said
    assert {mail.to for mail in desk.sent() if not mail.row.to_agent} == {"ben@dentist.example"}


def test_the_customer_of_the_ticket_is_meant_where_none_is_named(desk: World) -> None:
    desk.receives(HANS)
    assert "prepaid hours: 300 of 300 min left" in told(desk, "/customer?")
