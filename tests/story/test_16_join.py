"""Tickets that become one, and one that becomes two: what each person reads of it, and where later mail goes."""

import pytest

from helpdeskd.domain.bill import bill
from helpdeskd.domain.charge import charge_of
from helpdeskd.domain.fact import Fact, History, Hours, Judged, Outcome, Worked, row_of
from helpdeskd.domain.ticket import Status
from helpdeskd.storage import db
from helpdeskd.storage.books import Books, touched
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.report import histories
from tests.mail_client import thread
from tests.world import ANNA, ANS, BRAM, EVE, PIET, STRANGER, World, local, texts

DUTY = "duty@desk.example"
BEN = "Ben Blom <ben@dentist.example>"
DORA = "Dora Dekker <dora@dentist.example>"
GIJS = "Gijs Groen <gijs@garage.example>"
HANS = "Hans Hout <hans@garage.example>"


@pytest.fixture
def two(world: World) -> World:
    """Anna's invoices hang (HD-1001); half an hour later Bram's till does (HD-1002)."""
    world.receives(ANNA, subject="Invoices hang", text="The invoices of Anna hang.")
    world.at("2026-11-23 10:30")
    world.receives(BRAM, subject="Till hangs", text="The till of Bram hangs.")
    world.news()
    return world


@pytest.fixture
def one(two: World) -> World:
    """Piet has seen that it is the same, and has made one of the two."""
    two.replies(PIET, two.sent("piet", "agent-new")[1], "/merge HD-1001")
    return two


def test_who_asked_is_told_the_number_and_the_team_what_came_to_it(one: World) -> None:
    assert one.news() == ["ans agent-update", "bram status", "piet agent-transcript"]
    told = one.last("bram")
    assert told.subject == "[HD-1002] Till hangs"
    assert "continue with it under that number" in told.text
    assert "HD-1001" in told.text
    assert "nvoices" not in texts(one.sent("bram"))
    assert "till" not in texts(one.sent("anna")).lower()
    assert "The till of Bram hangs." in one.last("ans").text
    assert "HD-1002 Till hangs" in one.last("ans").text


def test_the_transcript_says_where_it_went_and_which_promises_end(one: World) -> None:
    text = one.last("piet", "agent-transcript").text
    assert "goes on as HD-1001, normal, response due 2026-11-23 14:00, resolution due 2026-11-25 10:00" in text
    assert "promised here until now: response due 2026-11-23 14:30, resolution due 2026-11-25 10:30" in text


def test_the_ticket_is_over_and_its_targets_end_without_a_breach(one: World) -> None:
    ticket = one.ticket("HD-1002")
    assert (ticket.status, ticket.merged_into) == (Status.MERGED, "HD-1001")
    assert one.ticket().links == ("HD-1002",)
    for kind in ("response", "resolution"):
        target = one.target(kind, "HD-1002")
        assert (target.ended_unmet, target.breached_at) == (True, None)
    one.at("2026-11-27 10:00")
    assert not [mail for mail in one.sent("", "target-warning") if "HD-1002" in mail.text]


def test_the_next_answer_goes_to_both_and_neither_reads_what_the_other_wrote(one: World) -> None:
    one.news()
    one.at("2026-11-23 11:00")
    one.replies(PIET, one.sent("piet", "agent-new")[0], "Please restart it.")
    assert one.news() == ["anna reply", "bram reply"]
    assert "The invoices of Anna hang." in one.last("anna").text
    assert "nvoices of Anna" not in one.last("bram").text
    assert "till" not in one.last("anna").text.lower()
    assert one.last("bram").subject == "[HD-1001] Invoices hang"


@pytest.mark.parametrize("how", ["reply address", "Message-ID", "tag"])
def test_whatever_leads_to_the_merged_ticket_leads_to_the_other(one: World, how: str) -> None:
    one.news()
    received = one.sent("bram", "ticket-received")[0]
    if how == "reply address":
        mail = one.replies(BRAM, received, "And the receipts.")
    elif how == "Message-ID":
        mail = one.receives(BRAM, subject="Re: Till", text="And the receipts.", **thread(received.message))
    else:
        mail = one.receives(BRAM, subject="[HD-1002] Till", text="And the receipts.")
    assert (mail.fate, mail.reference) == ("added", "HD-1001")
    assert one.news() == ["ans agent-update", "piet agent-update"]


def test_an_agents_answer_to_the_old_notice_is_about_the_ticket_that_it_became(one: World) -> None:
    one.news()
    one.replies(ANS, one.sent("ans", "agent-new")[1], "/resolve\nPlease restart it.")
    assert one.ticket().status is Status.RESOLVED
    assert one.ticket("HD-1002").status is Status.MERGED
    assert one.news() == ["anna reply", "ans agent-transcript", "bram reply"]


def test_that_a_mail_did_not_arrive_is_told_where_the_ticket_went(one: World) -> None:
    one.news()
    one.bounces(one.last("bram", "status"))
    assert one.news() == ["ans agent-update", "piet agent-update"]
    assert one.last("ans").reference == "HD-1001"
    assert "bram@bakery.example" in one.last("ans").text


def test_somebody_else_learns_nothing_by_the_old_number(one: World) -> None:
    one.news()
    assert one.receives(EVE, subject="[HD-1002] Till", text="And mine.").fate == "opened"
    assert "HD-1001" not in texts(one.sent("eve"))
    assert one.receives(STRANGER, subject="[HD-1002] Till", text="And mine.").fate == "held"


def test_a_show_of_the_one_shows_the_other(one: World) -> None:
    one.replies(PIET, one.last("piet"), "/show")
    text = one.last("piet").text
    assert text.index("The invoices of Anna hang.") < text.index("The till of Bram hangs.")
    assert "refers to: HD-1002" in text
    one.replies(PIET, one.last("piet"), "/show HD-1002")
    assert "merged, normal" in one.last("piet").text


def test_an_answer_in_the_same_mail_goes_to_who_asked_here_and_the_other_team_reads_it(two: World) -> None:
    two.replies(PIET, two.sent("piet", "agent-new")[1], "/merge hd-1001\nWe know of it.")
    assert two.news() == ["ans agent-update", "bram reply", "bram status", "piet agent-transcript"]
    assert "We know of it." in two.last("ans").text
    assert two.ticket("HD-1002").answered_at == two.now
    assert two.ticket().unanswered_since is not None


def test_what_the_desk_has_to_act_on_opens_the_other_again(two: World) -> None:
    two.replies(PIET, two.sent("piet", "agent-new")[0], "/take\n/resolve")
    two.replies(PIET, two.sent("piet", "agent-new")[1], "/merge [HD-1001]")
    assert (two.ticket().status, two.ticket().resolved_at) == (Status.OPEN, None)
    assert two.target("resolution").is_open


def test_who_waited_longest_is_who_the_next_answer_is_due_for(two: World) -> None:
    two.at("2026-11-23 10:45")
    two.replies(PIET, two.sent("piet", "agent-new")[0], "We look into it.")
    two.at("2026-11-23 11:00")
    two.replies(PIET, two.sent("piet", "agent-new")[1], "/merge HD-1001")
    target = two.target("next response")
    assert target.start.isoformat() == "2026-11-23T09:30:00+00:00"
    assert target.is_open


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/merge", "into which ticket?"),
        ("/merge HD-9999", "there is no ticket HD-9999"),
        ("/merge HD-1002", "that is this ticket itself"),
        ("/merge HD-1003", "HD-1003 is not of this customer"),
        ("/merge HD-1001\n/merge HD-1001", "the ticket is merged"),
        ("/merge HD-1001\n/tim 5m", "no such command"),
    ],
)
def test_a_mail_with_a_merge_that_cannot_be_does_nothing(two: World, line: str, why: str) -> None:
    two.receives(EVE)
    two.news()
    two.replies(PIET, two.sent("piet", "agent-new")[1], f"{line}\n\nWe know of it.")
    assert two.news() == ["piet agent-error"]
    assert why in two.last("piet").text
    assert two.ticket("HD-1002").status is Status.NEW
    assert two.ticket().links == ()


def test_what_is_closed_is_opened_again_first(two: World) -> None:
    two.replies(PIET, two.sent("piet", "agent-new")[0], "/close")
    two.replies(PIET, two.sent("piet", "agent-new")[1], "/merge HD-1001")
    assert "HD-1001 is closed (open it again first: /reopen" in two.last("piet").text


def test_a_ticket_that_went_on_elsewhere_leads_there(one: World) -> None:
    one.receives(BRAM, subject="Scanner", text="The scanner too.")
    one.replies(PIET, one.last("piet"), "/merge HD-1002")
    assert one.ticket("HD-1003").merged_into == "HD-1001"
    one.news()
    one.replies(PIET, one.sent("piet", "agent-new")[0], "/merge HD-1003")
    assert "HD-1003 goes on as this ticket already" in one.last("piet").text


def test_a_merged_ticket_is_not_reopened(one: World) -> None:
    """Who answers its notice is on the ticket that it became."""
    one.replies(PIET, one.sent("piet", "agent-new")[1], "/reopen")
    assert "the ticket is new" in one.last("piet", "agent-error").text
    assert one.ticket("HD-1002").status is Status.MERGED


def test_an_emergency_does_not_fall_asleep_by_a_merge(two: World) -> None:
    two.at("2026-11-23 23:00")
    two.receives(BRAM, DUTY, "Shop is down", "Nothing works.")
    two.news()
    two.replies(PIET, two.last("piet", "duty-page"), "/merge HD-1001")
    assert "this is an emergency and HD-1001 is none" in two.last("piet", "agent-error").text
    two.at("2026-11-23 23:15")
    assert "ans duty-page" in two.news()


def test_the_ordinary_ticket_of_an_emergency_is_merged_into_it(two: World) -> None:
    two.at("2026-11-23 23:00")
    two.receives(BRAM, DUTY, "Shop is down", "Nothing works.")
    two.news()
    two.replies(PIET, two.sent("piet", "agent-new")[0], "/merge HD-1003")
    assert two.ticket("HD-1003").takes_part("anna@bakery.example")
    two.at("2026-11-23 23:15")
    assert "ans duty-page" in two.news()


def test_of_two_emergencies_one_may_go_on_as_the_other_while_somebody_is_woken_for_that(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.receives(BRAM, DUTY, "Shop is down", "Nothing works.")
    world.replies(PIET, world.last("piet"), "/ack")
    world.receives(ANNA, DUTY, "Till is down", "Nothing works here.")
    assert world.ticket("HD-1002").emergency is not None
    world.news()
    world.replies(PIET, world.last("piet", "duty-page"), "/merge HD-1001")
    assert world.news() == ["anna status", "piet agent-transcript"]
    assert "page" not in world.last("piet").text
    assert not {"/ack", "/downgrade", "/take"} & set(world.last("piet").text.replace("- ", "").splitlines())
    world.at("2026-11-24 02:00")
    assert world.news() == []


def test_a_page_that_is_answered_by_a_merge_takes_the_emergency_as_which_it_goes_on(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.receives(ANNA, DUTY, "Till is down", "Nothing works here.")
    page = world.last("piet", "duty-page")
    world.replies(PIET, page, "/ack")
    world.receives(BRAM, DUTY, "Shop is down", "Nothing works.")
    world.news()
    world.replies(PIET, page, "/merge HD-1002")
    assert world.news() == ["anna duty-taken", "anna status", "bram duty-taken", "piet agent-transcript"]
    assert "page: yours; the customer is told (HD-1002)" in world.last("piet").text
    emergency = world.ticket("HD-1002").emergency
    assert emergency is not None
    assert (emergency.taken_by, world.ticket("HD-1002").owner) == ("piet", "piet")
    world.at("2026-11-24 02:00")
    assert world.news() == []


def test_whose_the_other_emergency_is_stands_in_the_transcript(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.receives(BRAM, DUTY, "Shop is down", "Nothing works.")
    world.at("2026-11-23 23:15")
    world.replies(ANS, world.last("ans", "duty-page"), "/ack")
    world.receives(ANNA, DUTY, "Till is down", "Nothing works here.")
    world.replies(PIET, world.last("piet", "duty-page"), "/merge HD-1001\nI am asleep.")
    assert "page: it was taken by ans (HD-1001)" in world.last("piet", "agent-transcript").text
    assert "asleep" not in texts(world.sent("anna") + world.sent("bram"))


@pytest.mark.parametrize(
    "line",
    ["/downgrade", "/ack", "/take", "/solution restart it", "/kind question", "/link HD-1001", "/time 5m", "/nocharge",
     "/forward help@supplier.example", "/cc anna@bakery.example", "/resolve", "/split"],
)  # fmt: skip
def test_what_changes_a_ticket_stands_above_the_merge(world: World, line: str) -> None:
    world.at("2026-11-23 23:00")
    world.receives(ANNA, DUTY, "Till is down", "Nothing works here.")
    world.replies(PIET, world.last("piet", "duty-page"), "/ack")
    world.receives(BRAM, DUTY, "Shop is down", "Nothing works.")
    world.news()
    world.replies(PIET, world.last("piet", "duty-page"), f"/merge HD-1001\n{line}\n\nDoes it print?")
    assert world.news() == ["piet agent-error"]
    assert f"{line}: the ticket is merged, and goes on as HD-1001 (send this line there" in world.last("piet").text
    assert world.ticket("HD-1002").status is Status.NEW


def test_questions_may_stand_below_it(two: World) -> None:
    lines = "/merge HD-1001\n/note\n/why\n/show HD-1001\n/mine\n/due\n/help\n/duty"
    two.replies(PIET, two.sent("piet", "agent-new")[1], lines)
    assert two.news() == ["ans agent-update", "bram status", "piet agent-transcript"]
    assert two.ticket("HD-1002").owner == ""


def test_what_was_to_go_on_later_goes_on_then_as_the_other(two: World) -> None:
    two.replies(PIET, two.sent("piet", "agent-new")[0], "/take\n/resolve")
    two.replies(PIET, two.sent("piet", "agent-new")[1], "/pending 2wd the supplier delivers")
    two.news()
    two.replies(PIET, two.sent("piet", "agent-new")[1], "/merge HD-1001")
    assert two.news() == ["bram status", "piet agent-transcript"]
    assert "pending there until 2026-11-25 10:30, as it was here" in two.last("piet").text
    assert two.ticket().status is Status.PENDING
    two.news()
    two.at("2026-11-25 10:31")
    assert two.ticket().status is Status.OPEN
    assert "piet agent-update" in two.news()


def test_who_wanted_to_be_reminded_is_reminded_of_what_it_goes_on_as(two: World) -> None:
    two.replies(PIET, two.sent("piet", "agent-new")[1], "/snooze 1wd call Bram back")
    two.replies(ANS, two.sent("ans", "agent-new")[1], "/merge HD-1001")
    two.at("2026-11-24 12:00")
    reminder = two.last("piet", "agent-digest").text
    for word in ("HD-1001", "Invoices hang (HD-1002 Till hangs)", "call Bram back"):
        assert word in reminder


def test_no_reminder_comes_where_the_other_is_over_too(two: World) -> None:
    two.replies(PIET, two.sent("piet", "agent-new")[1], "/snooze 1wd call Bram back")
    two.replies(ANS, two.sent("ans", "agent-new")[1], "/merge HD-1001")
    two.replies(ANS, two.sent("ans", "agent-new")[0], "/close")
    two.at("2026-11-24 12:00")
    assert two.sent("piet", "agent-digest") == []


def minutes(world: World, reference: str) -> tuple[int, int, int, int]:
    """Minutes worked, free, charged and not approved on a ticket, and what that comes to."""
    ticket = world.ticket(reference)
    with db.transaction():
        found = bill(ticket, world.office.loaded.desk.plans[ticket.plan], StoredDirectory())
    assert found is not None
    settled = found.settlement
    counted = settled.minutes
    return counted.real, counted.charged, counted.unapproved, sum(line.amount for line in settled.lines)


@pytest.fixture
def worked(world: World) -> World:
    """Ben and Dora asked the same; 30 minutes were worked on the one, 35 on the other, of which 10 were a mistake."""
    world.receives(BEN)
    world.replies(PIET, world.last("piet", "agent-new"), "/time 30m")
    world.receives(DORA)
    world.replies(ANS, world.last("ans", "agent-new"), "/time 35m\n/time -10m")
    world.news()
    return world


def test_work_counts_once_on_the_ticket_that_is_left(worked: World) -> None:
    assert (minutes(worked, "HD-1001"), minutes(worked, "HD-1002")) == ((30, 30, 0, 50_00), (25, 25, 0, 41_67))
    worked.replies(PIET, worked.sent("piet", "agent-new")[1], "/time 5m\n/merge HD-1001")
    assert minutes(worked, "HD-1001") == (60, 60, 0, 100_00)
    assert minutes(worked, "HD-1002") == (0, 0, 0, 0)
    assert worked.audit() == []


def test_it_can_be_taken_back_there(worked: World) -> None:
    worked.replies(PIET, worked.sent("piet", "agent-new")[1], "/merge HD-1001")
    worked.replies(ANS, worked.sent("ans", "agent-new")[0], "/time -25m")
    assert minutes(worked, "HD-1001") == (30, 30, 0, 50_00)


def test_a_place_in_the_quota_is_given_back(worked: World) -> None:
    worked.replies(PIET, worked.sent("piet", "agent-new")[1], "/merge HD-1001")
    worked.receives(BEN, subject="Another one")
    with db.transaction():
        found = bill(worked.ticket("HD-1003"), worked.office.loaded.desk.plans["hourly"], StoredDirectory())
    assert found is not None
    assert found.place == 2


def test_what_was_approved_there_counts_here(worked: World) -> None:
    worked.replies(PIET, worked.sent("piet", "agent-new")[1], "/estimate 60m")
    worked.replies(DORA, worked.last("dora", "approval-request"), "approve")
    worked.replies(PIET, worked.sent("piet", "agent-new")[1], "/merge HD-1001")
    worked.replies(PIET, worked.sent("piet", "agent-new")[0], "/time 60m")
    assert minutes(worked, "HD-1001")[:3] == (115, 115, 0)
    worked.replies(PIET, worked.sent("piet", "agent-new")[0], "/time 25m\n/estimate 20m")
    assert minutes(worked, "HD-1001")[:3] == (140, 120, 20)
    worked.replies(DORA, worked.last("dora", "approval-request"), "approve")
    assert minutes(worked, "HD-1001")[:3] == (140, 140, 0)


def refused(world: World, number: int, into: str) -> str:
    """Why a ticket is not merged; nothing has changed."""
    world.replies(PIET, world.sent("piet", "agent-new")[number], f"/merge {into}")
    assert not any(ticket.status is Status.MERGED for ticket in world.tickets())
    assert world.audit() == []
    return world.last("piet", "agent-error").text


def test_work_that_the_contract_allows_on_two_tickets_and_not_on_one_is_not_merged(worked: World) -> None:
    worked.replies(PIET, worked.sent("piet", "agent-new")[0], "/time 10m")
    why = refused(worked, 1, "HD-1001")
    assert "would cost something else on one ticket: 60 min, 100.00 EUR instead of 65 min, 108.34 EUR" in why
    assert "(leave both, and let them refer to each other: /link HD-1001)" in why
    assert (minutes(worked, "HD-1001")[1], minutes(worked, "HD-1002")[1]) == (40, 25)


def test_work_does_not_go_to_a_month_whose_quota_is_used_up(world: World) -> None:
    world.receives(BEN)
    world.replies(PIET, world.last("piet", "agent-new"), "/time 60m at 08:40")
    world.at("2026-12-01 10:00")
    for _ in range(4):
        world.receives(BEN)
    assert "60 min, 115.00 EUR instead of 60 min, 100.00 EUR" in refused(world, 0, "HD-1005")
    world.replies(PIET, world.sent("piet", "agent-new")[0], "/merge HD-1004")
    assert minutes(world, "HD-1004") == (60, 60, 0, 100_00)


def test_what_was_declined_on_one_ticket_does_not_stop_the_charge_of_the_other(world: World) -> None:
    for _ in range(2):
        world.receives(BEN)
    world.replies(PIET, world.sent("piet", "agent-new")[0], "/estimate 3h")
    world.replies(DORA, world.last("dora", "approval-request"), "no")
    world.at("2026-11-23 12:00")
    world.replies(PIET, world.sent("piet", "agent-new")[1], "/time 50m")
    assert "0 min, 0.00 EUR instead of 50 min, 83.33 EUR" in refused(world, 0, "HD-1002")


def test_charged_work_is_not_merged_into_what_is_not_charged(worked: World) -> None:
    worked.replies(PIET, worked.sent("piet", "agent-new")[0], "/time -30m\n/nocharge")
    assert "0 min, 0.00 EUR instead of 25 min, 41.67 EUR" in refused(worked, 1, "HD-1001")


def test_where_nothing_is_booked_a_merge_is_fine_whatever_was_declined(world: World) -> None:
    for _ in range(2):
        world.receives(BEN)
    world.replies(PIET, world.sent("piet", "agent-new")[0], "/estimate 3h")
    world.replies(DORA, world.last("dora", "approval-request"), "no")
    world.replies(PIET, world.sent("piet", "agent-new")[0], "/merge HD-1002")
    assert world.ticket("HD-1001").merged_into == "HD-1002"
    assert world.ticket("HD-1002").declined_at is not None


def test_while_costs_are_asked_for_nothing_is_merged(worked: World) -> None:
    worked.replies(PIET, worked.sent("piet", "agent-new")[1], "/estimate 60m")
    worked.news()
    for number, into in ((1, "HD-1001"), (0, "HD-1002")):
        worked.replies(PIET, worked.sent("piet", "agent-new")[number], f"/merge {into}")
        assert "asked to approve costs of HD-1002" in worked.last("piet").text
    assert worked.news() == ["piet agent-error", "piet agent-error"]


def test_a_statement_that_is_issued_is_corrected_by_the_next(worked: World) -> None:
    worked.at("2026-12-01 10:00")
    worked.replies(PIET, worked.sent("piet", "agent-new")[1], "/merge HD-1001")
    worked.at("2027-01-01 10:00")
    november, december = worked.sent("dora", "statement")
    assert "€91.67" in november.text
    assert "HD-1001   25 min   €100.00   €41.67  Correction: work" in december.text
    assert "HD-1002  -25 min   €100.00  -€41.67  Correction: work" in december.text
    assert worked.audit() == []


def test_prepaid_hours_are_drawn_once(world: World) -> None:
    for number, who in enumerate((GIJS, HANS)):
        world.receives(who)
        world.replies(PIET, world.last("piet", "agent-new"), "/estimate 120m" if number else "/estimate 180m")
        world.replies(GIJS, world.last("gijs", "approval-request"), "approve")
        world.at(f"2026-11-2{number + 4} 12:00")
        world.replies(PIET, world.last("piet", "agent-new"), "/time 120m" if number else "/time 180m")
    assert (minutes(world, "HD-1001")[1], minutes(world, "HD-1002")[1]) == (180, 120)
    world.replies(PIET, world.last("piet", "agent-new"), "/merge HD-1001")
    assert minutes(world, "HD-1001") == (300, 300, 0, 0)
    assert minutes(world, "HD-1002") == (0, 0, 0, 0)
    assert "not approved" not in world.last("piet").text
    assert world.audit() == []


def test_the_report_counts_the_work_where_it_went_and_the_promises_as_ended(worked: World) -> None:
    worked.replies(PIET, worked.sent("piet", "agent-new")[1], "/merge HD-1001")
    since = local("2026-11-01 00:00")
    with db.transaction():
        found, books = list(histories(since)), Books(touched(since))
    rows = [reported(worked, history, books) for history in found]
    assert [sum(f.minutes for f in row if isinstance(f, Worked) and f.hours is Hours.WORKED) for row in rows] == [55, 0]
    assert [f.outcome for f in rows[1] if isinstance(f, Judged)] == [Outcome.ENDED]


def reported(world: World, history: History, books: Books) -> tuple[Fact, ...]:
    """What a report says of a ticket."""
    plan = world.office.loaded.desk.plans[history.ticket.plan]
    return row_of(history, charge_of(history.ticket, plan, books), plan.calendar, (), world.now).facts


@pytest.fixture
def split(two: World) -> World:
    """In a mail about the till, Bram has asked for something else too; Piet copies that."""
    two.replies(PIET, two.sent("piet", "agent-new")[1], "/split Colour printer\n/take\nHe also needs a colour printer.")
    return two


def test_the_text_becomes_a_ticket_of_its_own_that_the_customer_hears_of(split: World) -> None:
    assert split.news() == ["ans agent-new", "bram ticket-received", "piet agent-new", "piet agent-transcript"]
    ticket = split.ticket("HD-1003")
    assert (ticket.requester, ticket.customer, ticket.subject) == ("bram@bakery.example", "bakery", "Colour printer")
    assert (ticket.status, ticket.owner, ticket.team, ticket.links) == (Status.NEW, "", "support", ("HD-1002",))
    assert [one.address for one in ticket.participants] == ["bram@bakery.example"]
    assert split.target("response", "HD-1003").due is not None
    assert "He also needs" not in texts(split.sent("bram"))
    assert "First response" in split.last("bram").text
    assert "He also needs a colour printer." in split.last("ans").text
    assert split.ticket("HD-1002").links == ("HD-1003",)
    assert split.ticket("HD-1002").owner == "piet"
    assert "the new ticket is HD-1003" in split.last("piet", "agent-transcript").text


def test_an_answer_to_it_quotes_nothing_that_the_desk_wrote_down(split: World) -> None:
    split.replies(ANS, split.last("ans", "agent-new"), "Which paper do you use?")
    assert split.last("bram").notice == "reply"
    assert "He also needs" not in split.last("bram").text


def test_the_old_ticket_keeps_its_own(split: World) -> None:
    split.news()
    split.replies(BRAM, split.sent("bram", "ticket-received")[0], "The till again.")
    assert split.news() == ["piet agent-update"]
    assert split.ticket("HD-1002").unanswered_since is not None


def test_attachments_go_with_it(two: World) -> None:
    files = (("printer.txt", "text/plain", b"It is grey."),)
    two.replies(PIET, two.last("piet"), "/split\nA colour printer.", attachments=files)
    assert [part.name for part in two.last("ans", "agent-new").message.attachments] == ["printer.txt"]
    assert two.last("bram").message.attachments == ()


def test_what_is_split_off_an_emergency_wakes_nobody(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.receives(BRAM, DUTY, "Shop is down", "Nothing works.")
    world.replies(PIET, world.last("piet", "duty-page"), "/split Printer\nA colour printer.")
    assert world.ticket("HD-1002").emergency is None
    world.news()
    world.at("2026-11-24 02:00")
    assert world.news() == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/split", "what becomes a ticket of its own?"),
        ("/split\n/split\nA printer.", "one new ticket a mail"),
        ("/split\n/tim 5m\nA printer.", "no such command"),
    ],
)
def test_a_mail_with_a_split_that_cannot_be_does_nothing(two: World, text: str, why: str) -> None:
    two.replies(PIET, two.last("piet"), text)
    assert two.news() == ["piet agent-error"]
    assert why in two.last("piet").text


def test_by_the_contract_it_may_not_be_served(two: World) -> None:
    two.at("2027-01-04 10:00")
    two.news()
    two.replies(PIET, two.sent("piet", "agent-new")[1], "/split\nA printer.")
    assert two.news() == ["piet agent-error"]
    assert "it is not served for Bram Bakker" in two.last("piet").text


def test_a_reply_to_a_closed_ticket_opens_a_new_one_that_refers_to_it(two: World) -> None:
    two.replies(PIET, two.sent("piet", "agent-new")[1], "/close")
    two.news()
    two.replies(BRAM, two.last("bram", "closed"), "It hangs again.")
    assert two.news() == ["ans agent-new", "bram ticket-received", "piet agent-new"]
    assert two.ticket("HD-1003").links == ("HD-1002",)
    assert two.ticket("HD-1002").status is Status.CLOSED
    assert "HD-1002 has been closed" in two.last("bram").text


def test_a_closed_ticket_is_opened_again_by_an_agent_only(two: World) -> None:
    two.replies(PIET, two.sent("piet", "agent-new")[1], "/close")
    two.news()
    two.replies(PIET, two.last("piet"), "/reopen")
    assert two.ticket("HD-1002").status is Status.NEW
    assert two.news() == ["piet agent-transcript"]
    two.replies(BRAM, two.last("bram", "closed"), "Thank you.")
    assert two.news() == ["ans agent-update", "piet agent-update"]
