"""Alerts: which mails they are, which ticket they belong to, and when they wake somebody."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from helpdeskd.domain.address import Mailbox
from helpdeskd.domain.desk import Desk, Monitor
from helpdeskd.domain.directory import Contract
from helpdeskd.domain.event import AlertRaised, AlertRecovered, DutyPaged, MailHeld, StatusChanged, TicketOpened
from helpdeskd.domain.message import Bounce, FailedRecipient, Message
from helpdeskd.domain.standby import Period
from helpdeskd.domain.ticket import Emergency, Status, Ticket
from helpdeskd.triage.case import Outcome
from tests.triage.small_desk import (
    ANNA,
    BAKERY,
    DESK,
    NIGHT,
    NOW,
    OFFICE,
    OUTSIDE,
    PIET,
    PLAN,
    FakeDirectory,
    decide,
    envelope,
    happened,
    mail,
    ticket,
)

NAGIOS = "nagios@monitor.example"
MONITOR = Monitor(
    name="nagios",
    senders=(NAGIOS, "probes.example"),
    patterns=(re.compile(r"(?P<state>\w+) (?P<host>[^/ ]+)(?:/(?P<service>.+))?"), re.compile(r"State: (?P<state>.+)")),
    problem=frozenset({"down", "critical"}),
    recovery=frozenset({"up"}),
    other=frozenset({"ack"}),
    flap=timedelta(minutes=30),
)
KEY = "nagios/web1/HTTP"


def at(desk: Desk = DESK, **changes: object) -> Desk:
    """A desk with the monitor, changed."""
    return replace(desk, monitors=(replace(MONITOR, **changes),))  # type: ignore[arg-type]


OWN, BAKERYS, RESOLVES = at(), at(customer="bakery"), at(resolves=True)


def alert(subject: str = "DOWN web1/HTTP", **fields: object) -> Message:
    sent_by = str(fields.pop("sender", NAGIOS))
    return mail(sent_by, **({"subject": subject, "text": "Connection refused."} | fields))


def comes(
    subject: str = "DOWN web1/HTTP",
    now: datetime = NOW,
    desk: Desk = OWN,
    known: Ticket | None = None,
    **fields: object,
) -> Outcome:
    """What becomes of an alert that comes now, where its ticket is this."""
    directory = FakeDirectory(tickets=(known,) if known else ())
    return decide(alert(subject, **fields), envelope(at=now), directory, desk, now)


def alerted(**changes: object) -> Ticket:
    """The ticket of the alert, which nobody has taken."""
    as_usual = {"customer": "", "requester": NAGIOS, "participants": (), "unanswered_since": None, "alert_key": KEY}
    return ticket(**(as_usual | {"opened_at": NIGHT} | changes))


def paged(**changes: object) -> Emergency:
    return replace(Emergency(1, "piet", ("piet",), NIGHT + timedelta(minutes=15)), **changes)  # type: ignore[arg-type]


def test_a_problem_opens_a_ticket_of_the_highest_priority_that_says_host_service_and_state() -> None:
    outcome = comes()
    assert (outcome.fate, happened(outcome)) == ("opened", ["TicketOpened"])
    opened = outcome.ticket
    assert opened is not None
    assert (opened.subject, opened.priority, opened.kind) == ("web1 / HTTP: DOWN", "high", "problem")
    assert (opened.alert_key, opened.on_quota, opened.participants) == (KEY, False, ())


def test_the_desks_own_alert_costs_nobody_anything() -> None:
    opened = comes().ticket
    assert opened is not None
    assert (opened.customer, opened.nocharge) == ("", True)


def test_the_alert_of_a_customer_is_their_ticket() -> None:
    opened = comes(desk=BAKERYS).ticket
    assert opened is not None
    assert (opened.customer, opened.plan, opened.nocharge) == ("bakery", "basic", False)


def test_the_state_may_stand_in_the_text() -> None:
    only_host = re.compile("Report of (?P<host>.+)")
    outcome = comes(
        "Report of web1", desk=at(patterns=(only_host, MONITOR.patterns[1])), text="Hello\n\n State: Critical"
    )
    assert outcome.ticket is not None
    assert outcome.ticket.subject == "web1: Critical"


def test_a_key_of_its_own_counts_before_host_and_service() -> None:
    grouped = re.compile(r"(?P<state>\w+) (?P<key>\w+) on (?P<host>\w+)")
    opened = comes("DOWN latency on web1", desk=at(patterns=(grouped,))).ticket
    assert opened is not None
    assert (opened.alert_key, opened.subject) == ("nagios/latency", "web1 / latency: DOWN")


def test_of_several_systems_with_one_sender_the_one_that_understands_the_mail_counts() -> None:
    other = replace(MONITOR, name="other", patterns=(re.compile("nothing"),))
    opened = comes(desk=replace(DESK, monitors=(other, MONITOR))).ticket
    assert opened is not None
    assert opened.alert_key == KEY


@pytest.mark.parametrize("sender", [NAGIOS, "anything@probes.example", "Root@Probes.Example"])
def test_senders_are_addresses_and_whole_domains(sender: str) -> None:
    assert comes(sender=sender).fate == "opened"


@pytest.mark.parametrize("sender", ["other@monitor.example", "x@sub.probes.example"])
def test_who_is_not_listed_is_a_stranger(sender: str) -> None:
    assert happened(comes(sender=sender)) == ["MailHeld"]


def test_an_automatic_mail_is_an_alert_all_the_same() -> None:
    passed = ("Authentication-Results", "mx.desk.example; dmarc=pass header.from=monitor.example")
    assert comes(headers=(passed, ("Auto-Submitted", "auto-generated"))).fate == "opened"


def test_a_monitor_in_the_trusted_network_is_proved() -> None:
    directory = FakeDirectory(tickets=())
    assert decide(alert(headers=()), envelope(peer=OFFICE), directory, OWN).fate == "opened"


@pytest.mark.parametrize("desk", [OWN, replace(OWN, trust=replace(OWN.trust, strength_to_open="none"))])
def test_what_nothing_proves_is_held_and_wakes_nobody(desk: Desk) -> None:
    held = decide(alert(headers=()), envelope(peer=OUTSIDE, at=NIGHT), FakeDirectory(tickets=()), desk, NIGHT)
    assert (held.fate, happened(held)) == ("held", ["MailHeld"])


@pytest.mark.parametrize("subject", ["MAYBE web1/HTTP", "Your weekly report"])
def test_a_mail_that_is_not_understood_is_held_for_a_person_at_once(subject: str) -> None:
    outcome = comes(subject, NIGHT)
    (held,) = outcome.events
    assert outcome.fate == "held"
    assert isinstance(held, MailHeld)
    assert (held.urgent, held.reasons[0].code) == (True, "alert-unknown")


@pytest.mark.parametrize("person", [ANNA, PIET])
def test_a_contact_or_an_agent_is_a_person_whatever_is_listed(person: object) -> None:
    address = person.addresses[0]  # type: ignore[attr-defined]
    outcome = comes(sender=address, desk=at(senders=(address,)))
    assert not (outcome.ticket and outcome.ticket.alert_key)


def test_a_delivery_report_from_a_listed_domain_is_no_alert() -> None:
    report = Bounce((FailedRecipient("x@probes.example", "failed", "5.1.1", True, True),))
    assert comes(sender="mailer-daemon@probes.example", bounce=report).fate == "recorded"


def test_mail_with_several_authors_is_no_proof() -> None:
    outcome = comes(from_=Mailbox("", NAGIOS), from_defect="two From fields")
    assert happened(outcome) == ["MailHeld"]


def test_a_problem_of_our_own_wakes_duty_when_the_desk_is_closed() -> None:
    outcome = comes(now=NIGHT)
    assert happened(outcome) == ["TicketOpened", "DutyPaged"]
    page = outcome.events[1]
    assert isinstance(page, DutyPaged)
    assert (page.person, page.step, page.first) == ("piet", 1, True)


def test_nobody_is_woken_where_nobody_is_on_duty() -> None:
    assert happened(comes(now=NIGHT, desk=replace(OWN, duty=None))) == ["TicketOpened"]


def bakery(**contract: object) -> FakeDirectory:
    this_year = Contract("basic", date(2026, 1, 1), date(2026, 12, 31), **contract)  # type: ignore[arg-type]
    return FakeDirectory((replace(BAKERY, contracts=(this_year,)),), tickets=())


def pages(directory: FakeDirectory, desk: Desk = BAKERYS) -> bool:
    return "DutyPaged" in happened(decide(alert(), envelope(at=NIGHT), directory, desk, NIGHT))


def test_a_customers_contract_decides_whether_duty_is_woken() -> None:
    without = replace(BAKERYS, plans={"basic": replace(PLAN, duty=False)})
    assert pages(bakery())
    assert not pages(bakery(), without)


def test_an_unpaid_contract_or_none_wakes_nobody_and_the_ticket_says_so() -> None:
    assert not pages(bakery(paid_until=date(2026, 1, 31)))
    none = FakeDirectory((replace(BAKERY, contracts=()),), tickets=())
    outcome = decide(alert(), envelope(at=NIGHT), none, BAKERYS, NIGHT)
    assert outcome.ticket is not None
    assert [reason.code for reason in outcome.ticket.entitlement.reasons][::2] == ["alert", "no-contract"]
    assert happened(outcome) == ["TicketOpened"]


def test_where_duty_is_by_agreement_only_the_agreed_period_wakes() -> None:
    agreed = replace(BAKERYS, plans={"basic": replace(PLAN, duty_by_agreement=True)})
    hour = timedelta(hours=1)
    assert not pages(bakery(), agreed)
    assert pages(bakery(standby=(Period(NIGHT - hour, NIGHT + hour),)), agreed)


def test_a_customer_who_is_no_longer_known_wakes_nobody() -> None:
    assert not pages(FakeDirectory((), tickets=()), BAKERYS)


def test_a_problem_that_is_reported_again_is_recorded_and_wakes_nobody() -> None:
    outcome = comes(now=NIGHT, known=alerted(emergency=paged()))
    assert (outcome.fate, happened(outcome)) == ("added", ["MailRecorded"])


def test_another_service_of_the_host_is_another_ticket() -> None:
    assert comes("DOWN web1/SSH", known=alerted()).fate == "opened"
    assert comes("DOWN web1", known=alerted()).fate == "opened"


def test_what_is_neither_problem_nor_recovery_is_recorded_on_the_ticket_if_there_is_one() -> None:
    assert (comes("ACK web1/HTTP").fate, happened(comes("ACK web1/HTTP"))) == ("recorded", [])
    on_ticket = comes("ACK web1/HTTP", known=alerted())
    assert (on_ticket.fate, happened(on_ticket)) == ("recorded", ["MailRecorded"])


def test_a_recovery_is_noted() -> None:
    outcome = comes("UP web1/HTTP", known=alerted())
    assert (outcome.fate, happened(outcome)) == ("added", ["AlertRecovered"])


@pytest.mark.parametrize("known", [None, alerted(status=Status.CLOSED), alerted(recovered_at=NOW)])
def test_a_recovery_of_nothing_that_lasts_is_only_recorded(known: Ticket | None) -> None:
    outcome = comes("UP web1/HTTP", known=known)
    assert (outcome.fate, "AlertRecovered" in happened(outcome)) == ("recorded", False)


def test_a_recovery_resolves_what_nobody_has_taken_where_the_monitor_says_so() -> None:
    outcome = comes("UP web1/HTTP", desk=RESOLVES, known=alerted(emergency=paged()))
    recovered, changed = outcome.events
    assert isinstance(recovered, AlertRecovered)
    assert isinstance(changed, StatusChanged)
    assert (recovered.resolved, changed.new) == (True, Status.RESOLVED)
    assert changed.until is not None


@pytest.mark.parametrize(
    "known",
    [
        alerted(owner="piet", status=Status.OPEN),
        alerted(emergency=paged(taken_by="piet")),
        alerted(participants=ticket().participants),
        alerted(status=Status.PENDING),
        alerted(status=Status.RESOLVED, resolved_at=NIGHT),
    ],
)
def test_a_recovery_resolves_nothing_that_somebody_has_to_do_with(known: Ticket) -> None:
    assert happened(comes("UP web1/HTTP", desk=RESOLVES, known=known)) == ["AlertRecovered"]


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("minutes", "woken"), [(0, False), (30, False), (31, True)])
def test_a_problem_that_comes_back_within_the_flap_window_wakes_nobody(minutes: int, woken: bool) -> None:
    known = alerted(recovered_at=NIGHT - minutes * MINUTE)
    outcome = comes(now=NIGHT, known=known)
    assert happened(outcome) == ["AlertRaised", *(["DutyPaged"] if woken else [])]


@pytest.mark.parametrize(("minutes", "woken"), [(30, False), (31, True)])
def test_a_problem_after_its_ticket_was_closed_opens_a_linked_one_and_wakes_by_the_same_window(
    minutes: int, woken: bool
) -> None:
    outcome = comes(now=NIGHT, known=alerted(status=Status.CLOSED, resolved_at=NIGHT - minutes * MINUTE))
    assert happened(outcome) == ["TicketOpened", *(["DutyPaged"] if woken else [])]
    opened = outcome.events[0]
    assert isinstance(opened, TicketOpened)
    assert opened.ticket.links == ("ACME-1001",)
    assert ("duty" in [reason.code for reason in opened.ticket.entitlement.reasons]) == woken


@pytest.mark.parametrize(("owner", "status"), [("", Status.NEW), ("piet", Status.OPEN)])
def test_a_problem_opens_again_what_was_resolved(owner: str, status: Status) -> None:
    outcome = comes(known=alerted(status=Status.RESOLVED, resolved_at=NOW, recovered_at=NOW, owner=owner))
    assert happened(outcome) == ["AlertRaised", "StatusChanged"]
    changed = outcome.events[1]
    assert isinstance(changed, StatusChanged)
    assert changed.new is status


def test_a_problem_that_flaps_lets_the_paging_go_on_that_its_recovery_has_stopped() -> None:
    stopped = alerted(
        status=Status.RESOLVED, resolved_at=NIGHT, recovered_at=NIGHT, emergency=paged(released=True, next_at=None)
    )
    raised = comes(now=NIGHT, known=stopped).events[0]
    assert isinstance(raised, AlertRaised)
    assert raised.next_at == NIGHT + timedelta(minutes=15)


@pytest.mark.parametrize("emergency", [None, paged(), paged(taken_by="piet", released=True)])
def test_paging_that_was_not_stopped_does_not_begin_again(emergency: Emergency | None) -> None:
    known = alerted(status=Status.RESOLVED, resolved_at=NIGHT, recovered_at=NIGHT, emergency=emergency)
    raised = comes(now=NIGHT, known=known).events[0]
    assert isinstance(raised, AlertRaised)
    assert raised.next_at is None


MERGED = alerted(status=Status.MERGED, merged_into="ACME-1002", resolved_at=NIGHT)
RECOVERED = replace(MERGED, recovered_at=NIGHT)


def merged(subject: str, known: Ticket = MERGED, **other: object) -> Outcome:
    """What becomes of an alert at night whose ticket has gone into another one."""
    there = alerted(**({"id": 2, "reference": "ACME-1002", "alert_key": ""} | other))
    return decide(alert(subject), envelope(at=NIGHT), FakeDirectory(tickets=(known, there)), OWN, NIGHT)


def test_what_a_merged_ticket_is_about_is_reported_again_where_it_went() -> None:
    outcome = merged("DOWN web1/HTTP")
    assert (outcome.fate, happened(outcome)) == ("added", ["MailRecorded"])
    assert outcome.ticket is not None
    assert outcome.ticket.reference == "ACME-1002"


@pytest.mark.parametrize("other", [{}, {"alert_key": "own/else", "recovered_at": NIGHT}, {"owner": "ans"}])
def test_a_recovery_is_a_note_where_it_went_and_ends_the_problem_of_that_key_only(other: dict[str, object]) -> None:
    outcome = merged("UP web1/HTTP", **other)
    assert (outcome.fate, happened(outcome)) == ("added", ["NoteAdded"])
    ((known, events),) = ((each.ticket, each.events) for each in outcome.elsewhere)
    assert (known, [type(event) for event in events]) == (MERGED, [AlertRecovered])
    assert happened(merged("UP web1/HTTP", RECOVERED, **other)) == ["MailRecorded"]


@pytest.mark.parametrize(
    ("known", "other"),
    [
        (RECOVERED, {}),
        (RECOVERED, {"status": Status.CLOSED}),
        (RECOVERED, {"alert_key": "own/else"}),
        (MERGED, {"status": Status.CLOSED, "resolved_at": NIGHT}),
        (MERGED, {"status": Status.RESOLVED, "resolved_at": NIGHT}),
    ],
)
def test_what_is_back_after_a_merge_is_a_new_ticket_that_wakes_somebody(
    known: Ticket, other: dict[str, object]
) -> None:
    outcome = merged("DOWN web1/HTTP", known, **other)
    assert (outcome.fate, happened(outcome)) == ("opened", ["TicketOpened", "DutyPaged"])
    assert outcome.ticket is not None
    assert outcome.ticket.links == ("ACME-1002",)


def test_a_recovery_does_not_resolve_a_ticket_that_another_has_gone_into() -> None:
    own = alerted(links=("ACME-1002",))
    gone = alerted(id=2, reference="ACME-1002", alert_key="own/else", status=Status.MERGED, merged_into="ACME-1001")
    outcome = decide(alert("UP web1/HTTP"), envelope(), FakeDirectory(tickets=(own, gone)), RESOLVES)
    assert happened(outcome) == ["AlertRecovered"]


def test_a_mail_that_a_person_accepts_for_a_contact_becomes_an_ordinary_ticket() -> None:
    automatic = alert(headers=(("Auto-Submitted", "auto-generated"),))
    outcome = decide(automatic, envelope(), FakeDirectory(tickets=()), OWN, accepted_for=ANNA.address)
    assert outcome.fate == "opened"
    assert outcome.ticket is not None
    assert (outcome.ticket.requester, outcome.ticket.alert_key) == (ANNA.address, "")


def test_of_a_long_mail_only_the_beginning_is_looked_at() -> None:
    text = "\n" * 100 + "State: DOWN"
    assert comes("web1", desk=at(patterns=(MONITOR.patterns[1],)), text=text).fate == "held"
