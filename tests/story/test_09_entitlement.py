"""Who gets what: roles, products, quota, the month's end, importance, standby; and strangers whom a contact adopts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.cli import main
from helpdeskd.domain.ticket import Decision
from helpdeskd.storage import db, inbox
from helpdeskd.storage.inbox import Received
from tests.world import ANNA, BRAM, EVE, PIET, STRANGER, World, local, texts

DUTY, HOSTING = "duty@desk.example", "hosting@desk.example"
NEW_AT_BAKERY = "Sam Nieuw <sam@bakery.example>"
GREET = "Greet Maes <greet@clinic.example>"
LOTTE = "Lotte Claes <lotte@clinic.example>"
EVA = "Eva Smit <eva@shop.example>"
STAN = "Stan Stil <stan@studio.example>"

MORE = """
[[queue]]
name = "hosting"
addresses = ["hosting@desk.example"]
team = "support"
product = "hosting"

[plan.named]
standard = "normal"
priority_by = "locked"
kinds = ["question", "complaint"]
to_manager = ["complaint"]
without_contract = "billable"
duty = true
contacts.roles = ["general", "site"]
[[plan.named.priority]]
name = "normal"
[[plan.named.tariff]]
currency = "EUR"
rate = { 1 = "95.00", 2 = "120.00" }
minimum_per_ticket = "15 minutes"

[plan.standby]
standard = "normal"
duty = true
duty_by_agreement = true
callout_start = "30 minutes"
[[plan.standby.priority]]
name = "high"
[[plan.standby.priority]]
name = "normal"

[plan.complete]
standard = "normal"
asks_for = ["picture"]
pauses = ["waiting", "information missing"]
[[plan.complete.priority]]
name = "normal"
resolution = "1 working day"

[[customer]]
name = "studio"
title = "Studio"
[[customer.contact]]
name = "Stan Stil"
addresses = ["stan@studio.example"]
rights = ["open", "approve"]
[[customer.contract]]
plan = "complete"
first_day = 2026-01-01
last_day = 2026-12-31

[[customer]]
name = "clinic"
title = "Clinic"
domains = ["clinic.example"]
sites = ["north"]
[[customer.contact]]
name = "Greet Maes"
addresses = ["greet@clinic.example"]
roles = ["site:north"]
[[customer.contact]]
name = "Lotte Claes"
addresses = ["lotte@clinic.example"]
[[customer.contract]]
plan = "named"
first_day = 2026-01-01
last_day = 2026-12-31

[[customer]]
name = "shop"
title = "Shop"
[[customer.contact]]
name = "Eva Smit"
addresses = ["eva@shop.example"]
[[customer.contact]]
name = "Finn Smit"
addresses = ["finn@shop.example"]
rights = []
[[customer.contract]]
plan = "standby"
first_day = 2026-01-01
last_day = 2026-12-31
covers = ["webshop"]
inform = "all contacts"
standby = [{ from = 2026-11-27T18:00:00+01:00, to = 2026-11-30T08:30:00+01:00 }]
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk", MORE) as desk:
        yield desk


def reasons(world: World, reference: str = "HD-1001") -> list[str]:
    return [str(reason) for reason in world.ticket(reference).entitlement.reasons]


def now(world: World, received: Received) -> Received:
    """What has become of a mail."""
    with db.transaction():
        row = inbox.get(received.id)
    assert row is not None
    return row


def test_only_who_has_a_role_that_the_plan_names_is_served_and_others_learn_whom_to_ask(world: World) -> None:
    refused = world.receives(LOTTE)
    assert (refused.fate, refused.reason) == ("refused", "no-role: general, site")
    assert world.news() == ["lotte refused"]
    assert "whom your organisation has named" in world.last("lotte").text
    assert world.receives(GREET).fate == "opened"


def test_without_a_contract_the_customer_reads_at_once_what_an_hour_costs(world: World) -> None:
    world.at("2027-01-04 10:00")
    world.receives(GREET)
    assert world.ticket().entitlement.decision is Decision.BILLABLE
    assert reasons(world)[-3:] == ["billable-without-contract", "rate: 95.00 EUR", "minimum: 15"]
    told = world.last("greet").text
    assert "our work on it is not free" in told
    assert "€95.00" in told
    assert "at least 15 min is charged" in told


def test_at_night_the_first_mail_tells_as_much_as_the_acknowledgement(world: World) -> None:
    world.at("2027-01-04 23:00")
    world.receives(GREET, DUTY)
    assert world.news() == ["greet duty-informed", "piet duty-page"]
    told = world.last("greet").text
    assert "our work on it is not free" in told
    assert "€95.00" in told
    assert "whoever is on duty is informed" in world.last("piet").text


def test_a_contract_serves_to_the_last_minute_of_its_last_day(world: World) -> None:
    world.at("2026-12-31 23:59")
    assert world.receives(BRAM).fate == "opened"
    world.at("2027-01-01 00:00")
    refused = world.receives(BRAM, subject="Another screen")
    assert (refused.fate, refused.reason) == ("refused", "contract-ended: 2026-12-31")


def test_a_product_that_is_not_covered_is_taken_in_and_told_to_need_approval(world: World) -> None:
    world.receives(EVA, HOSTING)
    ticket = world.ticket()
    assert (ticket.entitlement.decision, ticket.product) == (Decision.ASK, "hosting")
    assert "not-covered: hosting" in reasons(world)
    received = world.last("eva", "ticket-received").text
    assert "hosting" in received
    assert "approval" in received
    assert "hosting" in world.last("piet", "agent-new").text
    world.replies(PIET, world.last("piet"), "/why")
    assert "not-covered: hosting" in world.last("piet").text


def test_a_product_that_a_contract_without_limits_covers_is_ordinary(world: World) -> None:
    world.receives(BRAM, HOSTING)
    assert world.ticket().entitlement.decision is Decision.ACCEPT
    assert "approval" not in world.last("bram").text


def test_beyond_the_quota_a_ticket_is_billable_and_one_that_is_rejected_gives_its_place_back(world: World) -> None:
    dora = "Dora Dekker <dora@dentist.example>"
    for subject in ("One", "Two", "Three", "Four"):
        world.receives(dora, subject=subject)
    assert world.ticket("HD-1003").entitlement.decision is Decision.ACCEPT
    assert "quota: 3/3" in reasons(world, "HD-1003")
    assert world.ticket("HD-1004").entitlement.decision is Decision.BILLABLE
    assert reasons(world, "HD-1004")[-2:] == ["over-quota: 4/3", "over-quota-rate: 115.00 EUR"]
    first = next(mail for mail in world.sent("piet") if mail.reference == "HD-1001")
    world.replies(PIET, first, "/reject Twice.")
    world.replies(PIET, next(mail for mail in world.sent("piet") if mail.reference == "HD-1002"), "/reject Twice.")
    world.receives(dora, subject="Five")
    assert "quota: 3/3" in reasons(world, "HD-1005")


def test_a_mark_of_importance_is_told_to_count_for_nothing_by_itself(world: World) -> None:
    world.receives(BRAM, headers={"X-Priority": "1 (Highest)"})
    assert world.ticket().priority == "normal"
    assert "marked the importance" in world.last("bram").text
    assert "importance" in world.last("piet").text
    world.replies(PIET, world.last("piet"), "/priority high")
    assert world.ticket().priority == "high"
    world.receives(GREET, headers={"Importance": "high"})
    assert "Under your contract, we set the priority" in world.last("greet").text


def test_where_all_contacts_are_informed_each_knows_of_the_opening_and_gets_the_answers(world: World) -> None:
    world.receives(EVA)
    assert world.news() == ["ans agent-new", "eva ticket-received", "finn status", "piet agent-new"]
    assert "has opened request HD-1001" in world.last("finn").text
    world.replies(PIET, world.last("piet"), "Please restart it.\n\n/resolve")
    assert {"eva reply", "finn reply"} <= set(world.news())


def test_a_complaint_is_told_to_the_manager_when_it_is_known_to_be_one(world: World) -> None:
    world.receives(GREET, text="I am not happy.")
    world.replies(PIET, world.last("piet"), "/kind complaint")
    told = world.last("mia", "agent-update")
    assert "I am not happy." in told.text
    world.replies(PIET, world.last("piet", "agent-transcript"), "/kind complaint")
    assert len(world.sent("mia")) == 1


def test_standby_that_is_agreed_wakes_somebody_who_begins_in_time(world: World) -> None:
    world.at("2026-11-28 14:00")
    world.receives(EVA, DUTY, "Shop is down")
    assert world.news() == ["eva duty-informed", "finn status", "piet duty-page"]
    informed = world.last("eva").text
    assert "Start of work: within 30 minutes, by Saturday 28 November 2026 at 14:30" in informed
    world.at("2026-11-28 14:10")
    world.replies(PIET, world.last("piet", "duty-page"), "/ack")
    start = world.target("start")
    assert (start.met_at, start.breached_at) == (world.now, None)


def test_work_that_does_not_begin_in_time_is_known_to_be_late(world: World) -> None:
    world.at("2026-11-28 14:00")
    world.receives(EVA, DUTY, "Shop is down")
    world.at("2026-11-28 14:40")
    assert world.target("start").breached_at is not None
    world.replies(PIET, world.last("piet", "duty-page"), "/ack")
    assert world.target("start").met_at == world.now
    world.at("2026-11-30 08:31")
    assert "Start of work" in texts(world.sent(notice="target-warning"))


def test_without_an_agreed_period_nobody_is_woken_and_the_customer_knows(world: World) -> None:
    world.at("2026-11-26 23:00")
    world.receives(EVA, DUTY, "Shop is down")
    assert world.news() == ["ans agent-new", "eva ticket-received", "finn status", "piet agent-new"]
    received = world.last("eva").text
    assert "No standby has been agreed" in received
    assert "Friday 27 November 2026 at 08:30" in received
    assert world.ticket().priority == "normal"


def test_what_a_report_lacks_stops_the_clock_and_is_asked_for_once_more(world: World) -> None:
    world.receives(STAN)
    assert "screenshot" in world.last("stan").text
    assert world.target("resolution").due is None
    world.replies(PIET, world.last("piet"), "/why")
    assert "stands while information is missing" in world.last("piet").text
    assert "paused: information missing" in world.last("piet").text
    world.news()
    world.at("2026-11-27 18:00")
    assert world.news() == ["stan information-missing"]
    assert "screenshot" in world.last("stan").text
    world.at("2026-11-30 10:00")
    world.replies(STAN, world.last("stan"), "Here it is.")
    assert world.target("resolution").due == local("2026-12-01 10:00")
    assert world.ticket().missing == ()


def test_whoever_has_sent_it_is_not_reminded(world: World) -> None:
    world.receives(STAN)
    world.replies(STAN, world.last("stan"), "Here it is.")
    world.at("2026-12-01 12:00")
    assert world.sent("stan", "information-missing") == []


@pytest.mark.parametrize("text", ["Is it on?", "/take\nIs it on?"])
def test_who_was_answered_is_not_reminded_of_what_the_report_lacks(world: World, text: str) -> None:
    world.receives(STAN)
    world.replies(PIET, world.last("piet"), text)
    world.at("2026-12-01 12:00")
    assert world.sent("stan", "information-missing") == []


def test_who_is_asked_for_an_approval_is_not_reminded_of_what_the_report_lacks(world: World) -> None:
    world.receives(STAN)
    world.replies(PIET, world.last("piet"), "/estimate 2h")
    world.at("2026-12-01 12:00")
    assert [mail.notice for mail in world.sent("stan")] == ["ticket-received", "approval-request", "approval-request"]


@pytest.fixture
def asked(world: World) -> Received:
    """Somebody new at the bakery has written; its contacts are asked."""
    return world.receives(NEW_AT_BAKERY, subject="The till", text="Hello,\n\nthe till is dead.")


def test_the_contacts_who_may_open_tickets_are_asked_about_a_stranger_of_their_domain(
    world: World, asked: Received
) -> None:
    assert asked.status == "held"
    assert world.news() == ["anna adopt-request", "bram adopt-request"]
    request = world.last("bram")
    assert "sam@bakery.example" in request.text
    assert "> the till is dead." in request.text
    assert request.header("Auto-Submitted") == "auto-generated"
    world.advance(hours=2)
    assert world.news() == ["ans held-digest", "piet held-digest"]


def test_yes_opens_the_ticket_for_who_said_so_once(world: World, asked: Received) -> None:
    world.news()
    answer = world.replies(BRAM, world.last("bram"), "Yes.")
    assert (answer.fate, answer.status, answer.reference) == ("approval", "done", "")
    assert world.news() == ["ans agent-new", "bram ticket-received", "piet agent-new"]
    became = now(world, asked)
    assert (became.fate, became.status, became.reference) == ("opened", "done", "HD-1001")
    ticket = world.ticket()
    assert (ticket.requester, ticket.subject, ticket.accepted_at) == ("bram@bakery.example", "The till", world.now)
    assert "adopted: sam@bakery.example" in reasons(world)
    assert "the till is dead." in world.last("piet").text
    assert "This is about the message of sam@bakery.example." in world.last("bram").text
    late = world.replies(ANNA, world.last("anna", "adopt-request"), "ja")
    assert (late.fate, late.reason) == ("refused", "already-decided")
    assert world.news() == ["anna refused"]
    assert "Iemand van uw organisatie heeft al geantwoord: Bram Bakker (HD-1001)." in world.last("anna").text
    assert "niet in behandeling" not in world.last("anna").text
    world.at("2026-11-23 12:00")
    assert world.sent(notice="held-digest") == []
    assert world.sent("sam") == []


def test_an_answer_with_more_than_the_word_leaves_the_mail_held_and_is_told_so(world: World, asked: Received) -> None:
    assert world.replies(BRAM, world.last("bram"), "Yes please").fate == "opened"
    assert 'write only "approve" or "decline"' in world.last("bram", "ticket-received").text
    assert now(world, asked).status == "held"
    world.replies(BRAM, world.last("bram", "adopt-request"), "approve")
    assert now(world, asked).fate == "opened"


def test_the_contact_goes_on_with_the_ticket_as_with_their_own(world: World, asked: Received) -> None:
    world.replies(BRAM, world.last("bram"), "yes")
    world.replies(PIET, world.last("piet"), "Is it plugged in?")
    assert world.replies(BRAM, world.last("bram", "reply"), "Yes.").fate == "added"
    assert "Yes." in world.last("piet").text


def test_no_ends_it_without_a_word_to_the_stranger(world: World, asked: Received) -> None:
    world.news()
    answer = world.replies(ANNA, world.last("anna"), "Nee")
    assert answer.fate == "approval"
    became = now(world, asked)
    assert (became.fate, became.status, became.reason) == ("refused", "done", "not-adopted")
    assert world.news() == []
    assert world.replies(BRAM, world.last("bram"), "yes").reason == "already-decided"
    assert "has already answered: Anna de Vries." in world.last("bram").text
    assert world.sent("sam") == []


def test_a_question_instead_of_an_answer_reaches_the_desk_and_leaves_the_mail_held(
    world: World, asked: Received
) -> None:
    assert world.replies(BRAM, world.last("bram"), "Who is this?").fate == "opened"
    assert now(world, asked).status == "held"
    assert world.replies(BRAM, world.last("bram", "adopt-request"), "ok").fate == "approval"


def test_yes_gives_no_more_than_the_contract_does(world: World) -> None:
    world.at("2027-01-04 10:00")
    stranger = world.receives(NEW_AT_BAKERY)
    world.news()
    world.replies(BRAM, world.last("bram"), "yes")
    assert now(world, stranger).reason == "contract-ended: 2026-12-31"
    assert world.news() == ["bram refused"]


def test_at_night_a_yes_wakes_whoever_is_on_duty(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.receives(NEW_AT_BAKERY, DUTY, "All is down")
    world.advance(minutes=5)
    world.news()
    world.replies(BRAM, world.last("bram", "adopt-request"), "yes")
    assert world.news() == ["bram duty-informed", "piet duty-page"]


def test_nobody_says_yes_for_somebody_else(world: World, asked: Received) -> None:
    world.replies(EVE, world.last("bram"), "yes")
    world.replies(NEW_AT_BAKERY, world.last("bram"), "yes")
    world.replies(BRAM, world.last("bram"), "yes", strength="none")
    assert now(world, asked).status == "held"


def test_the_contacts_are_asked_about_the_same_stranger_once_a_day(world: World, asked: Received) -> None:
    world.news()
    assert world.receives(NEW_AT_BAKERY, subject="The till again").status == "held"
    world.receives(NEW_AT_BAKERY, subject="And again", headers={"Auto-Submitted": "auto-generated"})
    assert world.news() == []
    world.at("2026-11-24 10:01")
    world.news()
    world.receives(NEW_AT_BAKERY, subject="Still dead")
    assert world.news() == ["anna adopt-request", "bram adopt-request"]


def test_a_stranger_from_elsewhere_or_without_proof_asks_nobody(world: World) -> None:
    world.receives(STRANGER)
    world.receives(NEW_AT_BAKERY, strength="none")
    assert world.news() == []


def test_where_roles_are_asked_for_only_who_has_one_is_asked(world: World) -> None:
    world.receives("New Nurse <nina@clinic.example>")
    assert world.news() == ["greet adopt-request"]


def test_what_the_desk_has_decided_meanwhile_is_told_to_who_answers(world: World, asked: Received) -> None:
    config = str(world.folder / "config.toml")
    assert main(["held", "refuse", str(asked.id), "Spam", "--config", config]) == 0
    world.reopens()
    assert world.replies(BRAM, world.last("bram"), "yes").reason == "already-decided"
    assert "This message has already been decided." in world.last("bram").text


def test_explain_tells_every_reason(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world.at("2026-11-26 23:00")
    file = tmp_path / "mail.eml"
    file.write_bytes(world.written(EVA, DUTY, "Down", "It is down.", headers={"Importance": "high"}))
    config = str(world.folder / "config.toml")
    main(["explain", str(file), "--proved", "--to", DUTY, "--at", "2026-11-26T23:00", "--config", config])
    told = capsys.readouterr().out
    for reason in ("contact", "right: open", "contract: standby", "priority-asked: high", "duty-not-agreed"):
        assert f"({reason}" in told
    world.reopens()
