"""Monitoring systems write: one ticket for each thing that is wrong, and at night somebody is woken, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.domain.charge import charge_of
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.storage import db
from helpdeskd.storage.directory import StoredDirectory
from tests.alert_mails import HOSTS, SAMPLES, Sample
from tests.world import ANNA, PIET, World

ALERTS = "".join(
    f'\n[[alert]]\nname = "{name}"\nlike = "{name}"\nsenders = ["{name}@monitor.desk.example"]\n'
    for name in (sample.system for sample in SAMPLES)
)
OF_CUSTOMERS = """
[[alert]]
name = "bakery"
like = "nagios"
senders = ["monitor.bakery.example"]
customer = "bakery"
recovery = "resolve"

[[alert]]
name = "dentist"
like = "nagios"
senders = ["monitor.dentist.example"]
customer = "dentist"
"""
NAGIOS = SAMPLES[0]
AT_THE_BAKERY, AT_THE_DENTIST = "nagios@monitor.bakery.example", "nagios@monitor.dentist.example"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk", ALERTS + OF_CUSTOMERS) as desk:
        yield desk


@pytest.fixture
def night(world: World) -> World:
    world.at("2026-11-23 23:10")
    return world


def sends(world: World, sample: Sample, subject: str, from_: str = "") -> str:
    """An alert arrives; its fate, and the ticket."""
    sender = from_ or sample.sender
    mail = world.receives(sender, subject=subject, text=sample.text, html=sample.html, headers=sample.headers)
    return f"{mail.fate} {mail.reference}".strip()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.system)
def test_each_system_is_understood_as_it_is_installed(night: World, sample: Sample) -> None:
    for subject in sample.others:
        assert sends(night, sample, subject) == "recorded"
    assert sends(night, sample, sample.problem) == "opened HD-1001"
    assert night.ticket().subject == f"{sample.name}: {sample.states[0]}"
    assert night.news() == ["piet duty-page"]
    assert sends(night, sample, sample.problem) == "added HD-1001"
    assert night.news() == []
    assert sends(night, sample, sample.recovery) == "added HD-1001"
    assert night.story()[-2:] == ["MailRecorded", "AlertRecovered"]
    assert night.news() == ["ans agent-update", "piet agent-update"]
    for subject in sample.others:
        assert sends(night, sample, subject).startswith("recorded")
    assert night.news() == []


@pytest.mark.parametrize("system", HOSTS)
def test_a_whole_host_is_a_ticket_of_its_own(night: World, system: str) -> None:
    sample, (problem, recovery) = next(s for s in SAMPLES if s.system == system), HOSTS[system]
    sends(night, sample, sample.problem)
    assert sends(night, sample, problem) == "opened HD-1002"
    assert night.ticket("HD-1002").subject == "web1: DOWN"
    assert sends(night, sample, recovery) == "added HD-1002"


def test_inside_opening_hours_the_team_gets_a_ticket_of_the_highest_priority_and_nobody_is_woken(world: World) -> None:
    sends(world, NAGIOS, NAGIOS.problem)
    assert world.news() == ["ans agent-new", "piet agent-new"]
    new = world.last("piet", "agent-new")
    assert new.subject == "[HD-1001] web1 / HTTP: CRITICAL"
    assert "connect: refused" in new.text
    assert world.ticket().priority == "high"


def test_the_page_shows_the_alert_and_the_paging_goes_on_until_somebody_takes_it(night: World) -> None:
    sends(night, NAGIOS, NAGIOS.problem)
    page = night.last("piet", "duty-page")
    assert page.subject == "[HD-1001] Emergency (step 1): web1 / HTTP: CRITICAL"
    assert "HD-1001 from Helpdesk" in " ".join(page.text.split())
    assert "connect: refused" in page.text
    night.advance(minutes=15)
    assert night.news() == ["ans duty-page", "piet duty-page"]
    assert "connect: refused" in night.last("ans", "duty-page").text
    night.replies("Ans Smit <ans@desk.example>", night.last("ans", "duty-page"), "/ack")
    night.news()
    night.advance(hours=2)
    assert night.news() == []
    assert night.ticket().owner == "ans"


def test_nothing_is_ever_sent_to_a_monitoring_system(night: World) -> None:
    sends(night, NAGIOS, NAGIOS.problem)
    night.replies(PIET, night.last("piet", "duty-page"), "Looking.")
    night.replies(PIET, night.last("piet"), "It was the disk.\n\n/resolve")
    night.at("2026-12-02 12:00")
    assert night.ticket().status is Status.CLOSED
    assert [mail.to for mail in night.mails if not mail.to.endswith("@desk.example")] == []


def test_nobody_waits_for_an_answer_to_an_alert(world: World) -> None:
    sends(world, NAGIOS, NAGIOS.problem, AT_THE_BAKERY)
    with db.transaction():
        kinds = [target.kind for target in StoredDirectory().targets(world.ticket().id)]
    assert kinds == ["resolution"]


def test_an_alert_that_flaps_wakes_once_and_after_the_window_again(night: World) -> None:
    sends(night, NAGIOS, NAGIOS.problem)
    night.replies(PIET, night.last("piet", "duty-page"), "/ack")
    night.news()
    for _ in range(3):
        night.advance(minutes=10)
        sends(night, NAGIOS, NAGIOS.recovery)
        night.advance(minutes=10)
        sends(night, NAGIOS, NAGIOS.problem)
    assert night.news() == ["piet agent-update"] * 6
    sends(night, NAGIOS, NAGIOS.recovery)
    night.news()
    night.advance(minutes=31)
    assert sends(night, NAGIOS, NAGIOS.problem) == "added HD-1001"
    assert night.news() == ["piet duty-page"]


def test_a_recovery_resolves_what_nobody_has_taken_and_stops_the_paging(night: World) -> None:
    sends(night, NAGIOS, NAGIOS.problem, AT_THE_BAKERY)
    night.advance(minutes=5)
    sends(night, NAGIOS, NAGIOS.recovery, AT_THE_BAKERY)
    assert night.ticket().status is Status.RESOLVED
    night.news()
    night.advance(hours=3)
    assert night.news() == []


def test_a_problem_that_flaps_and_stays_is_not_left_alone(night: World) -> None:
    for subject in (NAGIOS.problem, NAGIOS.recovery, NAGIOS.problem):
        sends(night, NAGIOS, subject, AT_THE_BAKERY)
        night.advance(minutes=1)
    assert night.ticket().status is Status.NEW
    assert len(night.sent(notice="duty-page")) == 1
    night.advance(minutes=15)
    assert [mail.to for mail in night.sent(notice="duty-page")[1:]] == ["ans@desk.example"]


def test_a_contract_without_duty_wakes_nobody_and_the_team_reads_it_in_the_morning(night: World) -> None:
    sends(night, NAGIOS, NAGIOS.problem, AT_THE_DENTIST)
    assert night.news() == ["ans agent-new", "piet agent-new"]
    assert night.ticket().customer == "dentist"


def test_an_alert_takes_no_place_of_the_quota_and_has_no_minimum(world: World) -> None:
    sends(world, NAGIOS, NAGIOS.problem, AT_THE_DENTIST)
    world.replies(PIET, world.last("piet", "agent-new"), "/resolve")
    world.receives("Dora Dekker <dora@dentist.example>", subject="Printer")
    world.at("2026-12-02 12:00")
    with db.transaction():
        statements = {issued.month: issued for issued in StoredDirectory().statements("dentist")}
    (november,) = statements.values()
    assert [line.ticket for line in november.lines] == []
    assert november.quota is not None
    assert november.quota.used == 1


def test_time_that_an_agent_books_on_a_customers_alert_is_charged_and_on_our_own_never(world: World) -> None:
    for sender in (AT_THE_DENTIST, ""):
        sends(world, NAGIOS, NAGIOS.problem, sender)
        world.replies(PIET, world.last("piet", "agent-new"), "/time 20m\n/resolve")
    alerts = [world.ticket("HD-1001"), world.ticket("HD-1002")]
    with db.transaction():
        charges = [charge_of(ticket, plan_of(world, ticket), StoredDirectory()) for ticket in alerts]
    assert [charge.net for charge in charges] == [33_33, 0]


def plan_of(world: World, ticket: Ticket) -> Plan:
    return world.office.loaded.desk.plans[ticket.plan]


def test_after_a_ticket_is_closed_the_next_problem_is_a_new_one_that_later_alerts_join(world: World) -> None:
    sends(world, NAGIOS, NAGIOS.problem)
    world.replies(PIET, world.last("piet", "agent-new"), "/close")
    assert sends(world, NAGIOS, NAGIOS.problem) == "opened HD-1002"
    assert world.ticket("HD-1002").links == ("HD-1001",)
    assert sends(world, NAGIOS, NAGIOS.recovery) == "added HD-1002"


def test_a_forged_alert_wakes_nobody_and_is_held(night: World) -> None:
    mail = night.receives(NAGIOS.sender, subject=NAGIOS.problem, text=NAGIOS.text, strength="none")
    assert mail.fate == "held"
    assert night.sent(notice="duty-page") == []


def test_a_mail_that_is_no_alert_is_held_and_the_team_told_at_once(night: World) -> None:
    assert sends(night, NAGIOS, "** NOISE Service Alert: web1/HTTP is PURPLE **") == "held"
    night.advance(minutes=1)
    assert night.news() == ["ans held-digest", "piet held-digest"]
    assert "nagios" in night.last("piet", "held-digest").text


def test_the_customer_may_join_the_ticket_of_an_alert_and_is_then_told_like_any_other(night: World) -> None:
    sends(night, NAGIOS, NAGIOS.problem, AT_THE_BAKERY)
    night.news()
    mail = night.receives(ANNA, "duty@desk.example", "Web shop is down!")
    assert (mail.fate, mail.reference) == ("added", "HD-1001")
    night.replies(PIET, night.last("piet", "duty-page"), "/ack")
    assert night.sent("anna", "duty-taken")
    sends(night, NAGIOS, NAGIOS.recovery, AT_THE_BAKERY)
    assert night.ticket().status is Status.OPEN


@pytest.fixture
def merged(world: World) -> World:
    """By day the bakery's server is down, and Piet sees that this is why their till hangs."""
    world.receives(ANNA, subject="Our till hangs", text="It hangs.")
    world.replies(PIET, world.last("piet", "agent-new"), "/take")
    sends(world, NAGIOS, NAGIOS.problem, AT_THE_BAKERY)
    world.replies(PIET, world.last("piet", "agent-new"), "/take")
    return world


def into_the_tills(world: World) -> None:
    world.replies(PIET, world.sent("piet", "agent-new")[-1], "/merge HD-1001")
    assert world.ticket("HD-1002").merged_into == "HD-1001"
    world.news()


@pytest.mark.parametrize("recovers", ["before", "after"])
def test_a_problem_that_is_back_wakes_somebody_also_where_its_ticket_was_merged(merged: World, recovers: str) -> None:
    if recovers == "after":
        into_the_tills(merged)
    assert sends(merged, NAGIOS, NAGIOS.recovery, AT_THE_BAKERY) in {"added HD-1001", "added HD-1002"}
    if recovers == "before":
        into_the_tills(merged)
    else:
        assert merged.news() == ["piet agent-update"]
        assert merged.last("piet").reference == "HD-1001"
    merged.at("2026-11-23 23:10")
    merged.news()
    assert sends(merged, NAGIOS, NAGIOS.problem, AT_THE_BAKERY) == "opened HD-1003"
    assert merged.news() == ["piet duty-page"]
    assert merged.ticket("HD-1003").links == ("HD-1001",)
    merged.advance(minutes=16)
    assert merged.news() == ["ans duty-page"]


def test_it_wakes_somebody_also_within_the_window_as_nobody_has_it(night: World) -> None:
    night.receives(ANNA, subject="Our till hangs", text="It hangs.")
    sends(night, NAGIOS, NAGIOS.problem, AT_THE_BAKERY)
    night.replies(PIET, night.last("piet", "duty-page"), "/downgrade")
    night.replies(PIET, night.last("piet", "duty-page"), "/merge HD-1001")
    sends(night, NAGIOS, NAGIOS.recovery, AT_THE_BAKERY)
    night.news()
    night.advance(minutes=1)
    assert sends(night, NAGIOS, NAGIOS.problem, AT_THE_BAKERY) == "opened HD-1003"
    assert night.news() == ["piet duty-page"]


def test_what_is_reported_again_and_again_wakes_nobody_while_the_other_is_worked_on(merged: World) -> None:
    into_the_tills(merged)
    merged.at("2026-11-23 23:10")
    merged.news()
    assert sends(merged, NAGIOS, NAGIOS.problem, AT_THE_BAKERY) == "added HD-1001"
    assert merged.news() == []


def test_a_problem_that_lasts_longer_than_the_other_ticket_wakes_somebody(merged: World) -> None:
    into_the_tills(merged)
    merged.replies(PIET, merged.sent("piet", "agent-new")[0], "/resolve")
    merged.at("2026-11-23 23:10")
    merged.news()
    assert sends(merged, NAGIOS, NAGIOS.problem, AT_THE_BAKERY) == "opened HD-1003"
    assert merged.news() == ["piet duty-page"]
