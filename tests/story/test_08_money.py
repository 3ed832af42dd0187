"""Nothing costs what was not agreed: time is booked, asked for, agreed to and told by mail."""

import pytest

from helpdeskd.domain.ticket import Decision, Status
from helpdeskd.storage import db
from helpdeskd.storage.directory import StoredDirectory
from tests.bills import costs
from tests.world import ANS, PIET, STRANGER, Sent, World, texts

DORA = "Dora Dekker <dora@dentist.example>"
BEN = "Ben Blom <ben@dentist.example>"
TOM = "Tom Teller <tom@dentist.example>"
GIJS = "Gijs Groen <gijs@garage.example>"
HANS = "Hans Hout <hans@garage.example>"


def charged(world: World, reference: str = "HD-1001") -> tuple[int, int, int]:
    """Minutes worked, charged and not approved."""
    minutes = costs(world, reference).settlement.minutes
    return minutes.real, minutes.charged, minutes.unapproved


@pytest.fixture
def asked(world: World) -> World:
    """Ben, who may only open, has asked something of a contract by the hour, and everybody has read that."""
    world.receives(BEN)
    world.news()
    return world


@pytest.fixture
def estimated(asked: World) -> World:
    """Piet has asked for two hours more."""
    asked.replies(PIET, asked.last("piet"), "/estimate 2h Moving the archive")
    return asked


@pytest.fixture
def prepaid(world: World) -> World:
    """Hans has asked something of a contract with prepaid hours."""
    world.receives(HANS)
    world.news()
    return world


def request(world: World, who: str = "dora") -> Sent:
    return world.last(who, "approval-request")


def test_time_is_booked_within_what_the_contract_authorises(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/time 40m\nCould you try again?")
    assert asked.news() == ["ben reply", "piet agent-transcript"]
    assert charged(asked) == (40, 40, 0)
    assert "/time 40m: 40 min from 2026-11-23 09:20" in asked.last("piet").text
    assert "charged 40 min (66.67 EUR), 0 not approved" in asked.last("piet").text
    assert "40" not in asked.last("ben").text.partition("Could you")[2].partition("HD-1001")[0]


def test_what_is_beyond_it_is_on_record_and_not_charged(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/time 90m")
    assert asked.news() == ["piet agent-transcript"]
    assert charged(asked) == (90, 60, 30)
    assert "30 not approved" in asked.last("piet").text
    assert "/estimate asks the customer" in asked.last("piet").text


def test_a_request_for_what_was_worked_already_says_so_and_the_transcript_does_not_ask_for_another(
    asked: World,
) -> None:
    asked.replies(PIET, asked.last("piet"), "/time 90m\n/estimate 60m")
    assert "Worked already  30 min" in request(asked).text
    assert "30 not approved" in asked.last("piet", "agent-transcript").text
    assert "/estimate asks the customer" not in asked.last("piet", "agent-transcript").text


def test_an_estimate_asks_those_who_may_approve_and_the_ticket_waits(estimated: World) -> None:
    assert estimated.news() == [
        "ben status",
        "dora approval-request",
        "piet agent-transcript",
        "tom approval-request",
    ]
    assert estimated.ticket().status is Status.APPROVAL
    assert "Moving the archive" in request(estimated).text
    assert estimated.target("resolution").due is None


def test_an_approval_counts_once_and_everybody_is_told(estimated: World) -> None:
    estimated.news()
    mail = estimated.replies(DORA, request(estimated), "Akkoord.\n\nPlease begin tomorrow.")
    assert (mail.fate, mail.reference) == ("approval", "HD-1001")
    assert estimated.news() == [
        "ans agent-update",
        "ben approval-result",
        "dora approval-result",
        "piet agent-update",
        "tom approval-result",
    ]
    assert "Please begin tomorrow." in estimated.last("piet").text
    assert "Approved            2 h" in estimated.last("piet").text
    assert "You have approved this work" in estimated.last("dora").text
    assert "Dora Dekker has approved this work" in estimated.last("tom").text
    assert estimated.ticket().status is Status.NEW
    estimated.replies(PIET, estimated.last("piet"), "/time 180m")
    assert charged(estimated) == (180, 180, 0)
    again = estimated.replies(TOM, request(estimated, "tom"), "approve")
    assert again.fate == "added"
    assert estimated.last("tom").notice == "approval-result"
    estimated.replies(PIET, estimated.last("piet"), "/time 30m")
    assert charged(estimated) == (210, 180, 30)


def test_less_than_was_asked_may_be_approved(estimated: World) -> None:
    estimated.replies(DORA, request(estimated), "approve 1h")
    assert "1 h of the 2 h that we asked for" in estimated.last("dora").text
    estimated.replies(PIET, estimated.last("piet"), "/time 3h")
    assert charged(estimated) == (180, 120, 60)


@pytest.mark.parametrize("text", ["Akkoord, graag vanmiddag.", "Nee, te duur.", "Ja graag", "Akkoord met 2 uur"])
def test_who_writes_more_than_the_word_is_told_how_to_answer(estimated: World, text: str) -> None:
    estimated.news()
    mail = estimated.replies(DORA, request(estimated), text)
    assert mail.fate == "added"
    assert estimated.news() == ["ans agent-update", "dora approval-result", "piet agent-update"]
    assert 'write only "approve" or "decline"' in estimated.last("dora").text
    assert text in estimated.last("piet").text
    assert estimated.replies(DORA, request(estimated), "akkoord").fate == "approval"


def test_a_decline_ends_the_waiting_and_nothing_is_charged(estimated: World) -> None:
    mail = estimated.replies(DORA, request(estimated), "Nee")
    assert mail.fate == "approval"
    assert estimated.ticket().status is Status.NEW
    assert estimated.target("resolution").due is not None
    assert "nothing is charged for it" in estimated.last("dora", "approval-result").text
    estimated.at("2026-11-23 12:00")
    estimated.replies(PIET, estimated.last("piet"), "/time 30m")
    assert charged(estimated) == (30, 0, 30)


def test_what_was_worked_before_a_decline_stays_authorised_by_the_contract(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/time 50m\n/estimate 2h")
    asked.replies(DORA, request(asked), "nee")
    asked.at("2026-11-23 12:00")
    asked.replies(PIET, asked.last("piet"), "/time 60m\n/resolve")
    assert charged(asked) == (110, 50, 60)


def test_who_has_not_the_right_cannot_approve(estimated: World) -> None:
    mail = estimated.replies(BEN, estimated.last("ben", "status"), "approve")
    assert mail.fate == "added"
    assert estimated.last("ben").notice == "approval-result"
    assert estimated.ticket().status is Status.APPROVAL


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("Let me think about it.", {}),
        ("> akkoord", {}),
        ("That is not ok", {}),
        ("approve perhaps", {}),
        ("approve", {"headers": {"Auto-Submitted": "auto-replied"}}),
        ("approve", {"strength": "none"}),
    ],
)
def test_what_is_not_the_word_of_a_proved_person_approves_nothing(
    estimated: World, text: str, more: dict[str, object]
) -> None:
    estimated.replies(DORA, request(estimated), text, **more)
    assert estimated.ticket().status is Status.APPROVAL
    with db.transaction():
        assert StoredDirectory().approvals(estimated.ticket().id) == ()


def test_who_cannot_decide_and_says_no_to_something_else_is_understood(estimated: World) -> None:
    estimated.replies(BEN, estimated.last("ben", "status"), "Nee")
    assert estimated.news()[0] == "ans agent-update"
    assert estimated.sent("ben", "approval-result") == []
    assert estimated.ticket().status is Status.APPROVAL


def test_somebody_else_cannot_use_the_request_of_a_colleague(estimated: World) -> None:
    mail = estimated.replies(TOM, request(estimated, "dora"), "approve")
    assert mail.fate != "approval"
    assert estimated.ticket().status is Status.APPROVAL


def test_an_approval_of_a_request_that_was_replaced_does_not_count(estimated: World) -> None:
    first = request(estimated)
    estimated.replies(PIET, estimated.last("piet"), "/estimate 4h")
    assert estimated.replies(DORA, first, "approve").fate == "added"
    assert estimated.ticket().status is Status.APPROVAL
    assert estimated.replies(DORA, request(estimated), "approve").fate == "approval"


def test_a_request_that_the_desk_took_back_cannot_be_approved(estimated: World) -> None:
    estimated.replies(PIET, estimated.last("piet"), "/resolve")
    assert estimated.replies(DORA, request(estimated), "approve").fate == "added"
    assert estimated.ticket().status is Status.RESOLVED


def test_nobody_answers_is_reminded_once_and_then_the_estimate_expires(estimated: World) -> None:
    estimated.news()
    estimated.at("2026-11-25 10:00")
    assert estimated.news() == ["dora approval-request", "tom approval-request"]
    assert estimated.ticket().status is Status.APPROVAL
    estimated.at("2026-12-23 09:59")
    assert estimated.news() == []
    estimated.at("2026-12-23 10:00")
    assert estimated.news() == [
        "ans agent-update",
        "ben approval-result",
        "dora approval-result",
        "piet agent-update",
        "tom approval-result",
    ]
    assert estimated.ticket().status is Status.NEW
    assert estimated.replies(DORA, request(estimated), "approve").fate == "added"
    assert estimated.ticket().status is Status.NEW


def test_a_reminder_can_be_answered_as_the_request_can(estimated: World) -> None:
    estimated.at("2026-11-25 10:00")
    assert estimated.replies(DORA, request(estimated), "approve").fate == "approval"


def test_an_amount_of_money_is_never_exceeded(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/estimate €50")
    asked.replies(DORA, request(asked), "ok")
    asked.replies(PIET, asked.last("piet"), "/time 2h")
    assert charged(asked) == (120, 90, 30)
    assert sum(line.amount for line in costs(asked).settlement.lines) == 150_00


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("/time", "how long?"),
        ("/time soon", "how long?"),
        ("/time 40m at 25:00", "is no time of day"),
        ("/time 40m at 09:30", "not over yet"),
        ("/time 40m on 2026-11-24", "not over yet"),
        ("/time 40m on Friday", "is no date"),
        ("/time 40m level 0", "is no number"),
        ("/time -10m", "cannot be taken back"),
        ("/time 25h", "how long?"),
        ("/time 40m onsite", "needs an estimate"),
        ("/estimate", "how much?"),
        ("/estimate DKK 500", "the contract is in EUR"),
        ("/outside gardening", "names no topic"),
        ("/time 1h 30", "30 what?"),
        ("/estimate 2h\n/outside training", "write it above /estimate"),
        ("/estimate 2h\n/resolve", "nobody would be asked"),
    ],
)
def test_what_cannot_be_done_does_nothing_and_says_why(asked: World, line: str, wrong: str) -> None:
    asked.replies(PIET, asked.last("piet"), f"{line}\n/take\nHello.")
    assert asked.news() == ["piet agent-error"]
    assert wrong in asked.last("piet").text
    assert asked.ticket().owner == ""


def test_an_approval_stands_in_the_ledger_under_the_name_of_who_gave_it(estimated: World) -> None:
    estimated.replies(DORA, request(estimated), "approve")
    estimated.replies(PIET, estimated.last("piet"), "/time 2h\n/why")
    assert "(approved by Dora Dekker)" in estimated.last("piet").text
    with db.transaction():
        assert [approval.by for approval in StoredDirectory().approvals(1)] == ["Dora Dekker"]


def test_time_is_taken_back_by_a_reversing_entry(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/time 40m\n/time 20m at 08:00\n/time -30m")
    assert charged(asked)[0] == 30
    with db.transaction():
        assert [entry.minutes for entry in StoredDirectory().entries(1)] == [40, 20, -20, -10]
    asked.replies(ANS, asked.last("ans"), "/time -10m")
    assert "ans has 0 minutes booked" in asked.last("ans").text


def test_work_on_site_is_booked_when_an_estimate_was_approved(estimated: World) -> None:
    estimated.replies(DORA, request(estimated), "approve")
    estimated.replies(PIET, estimated.last("piet"), "/time 30m onsite km 42")
    kinds = {line.kind.value: line.amount for line in costs(estimated).settlement.lines}
    assert kinds == {"work": 50_00, "travel": 16_80}


def test_a_ticket_without_charge_costs_nothing(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/time 40m\n/nocharge our own mistake\n/resolve")
    assert charged(asked) == (40, 0, 0)
    assert costs(asked).settlement.lines == ()


def test_a_resolved_ticket_costs_its_minimum(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/time 5m\n/resolve")
    assert [(line.kind.value, line.minutes, line.amount) for line in costs(asked).settlement.lines] == [
        ("work", 5, 8_33),
        ("minimum", 10, 16_67),
    ]


def test_what_is_outside_the_contract_is_told_and_asked(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/outside training We can teach this.")
    assert asked.news() == ["ben outside-contract", "piet agent-transcript"]
    assert "training" in asked.last("ben").text
    assert "We can teach this." in asked.last("ben").text
    assert asked.ticket().entitlement.decision is Decision.ASK
    assert asked.ticket().status is Status.WAITING


def test_work_outside_the_contract_costs_nothing_that_was_not_agreed(asked: World) -> None:
    """The contract authorises an hour; of what was worked after the customer was told, it authorises nothing."""
    asked.replies(PIET, asked.last("piet"), "/time 10m")
    asked.replies(PIET, asked.last("piet"), "/outside training")
    asked.at("2026-11-23 12:00")
    asked.replies(PIET, asked.last("piet"), "/time 30m")
    assert charged(asked) == (40, 10, 30)
    asked.replies(PIET, asked.last("piet"), "/estimate 2h")
    asked.replies(DORA, request(asked), "yes")
    assert charged(asked) == (40, 40, 0)


def test_the_minimum_of_a_ticket_outside_the_contract_needs_no_approval(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/outside training\n/resolve")
    assert charged(asked) == (0, 15, 0)
    asked.at("2026-11-23 12:00")
    asked.replies(PIET, asked.last("piet"), "/time 40m")
    assert charged(asked) == (40, 15, 25)


def test_outside_with_an_estimate_waits_for_the_approval(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/outside training\n/estimate 2h")
    assert asked.news() == [
        "ben outside-contract",
        "dora approval-request",
        "piet agent-transcript",
        "tom approval-request",
    ]
    assert "have received our estimate" in asked.last("ben").text
    assert "2 h" in asked.last("ben").text
    assert asked.ticket().status is Status.APPROVAL
    assert "training" in request(asked).text


def test_the_last_ticket_of_the_quota_and_the_ones_beyond_are_told(world: World) -> None:
    for number in range(1, 5):
        world.receives(BEN, subject=f"Question {number}")
    told = [mail.text for mail in world.sent("ben", "ticket-received")]
    assert ["3" in text.partition("HD-100")[2] for text in told[:1]]
    assert [mail.to for mail in world.sent(notice="quota-warning")] == ["dora@dentist.example", "tom@dentist.example"]
    world.replies(PIET, world.last("piet"), "/time 30m")
    assert [line.rate for line in costs(world, "HD-1004").settlement.lines] == [115_00]


def test_a_rejected_ticket_gives_its_place_back(world: World) -> None:
    for number in range(1, 5):
        world.receives(BEN, subject=f"Question {number}")
    world.replies(PIET, world.sent("piet", "agent-new")[0], "/reject not for us")
    world.replies(PIET, world.last("piet", "agent-new"), "/time 30m")
    assert [line.rate for line in costs(world, "HD-1004").settlement.lines] == [100_00]


def test_prepaid_hours_are_agreed_drawn_and_told(prepaid: World) -> None:
    prepaid.replies(PIET, prepaid.last("piet"), "/outside functional\n/estimate 20m")
    assert [mail.to for mail in prepaid.sent(notice="approval-request")] == ["gijs@garage.example"]
    prepaid.replies(GIJS, request(prepaid, "gijs"), "ja")
    prepaid.replies(PIET, prepaid.last("piet"), "/time 20m\nDone.\n/resolve")
    assert charged(prepaid) == (20, 30, 0)
    cards = costs(prepaid).cards
    assert cards is not None
    assert cards.balance == 270
    assert [line.amount for line in costs(prepaid).settlement.lines] == [0]
    assert "cards: 270 of 300 min left" in prepaid.last("piet").text


def test_an_estimate_of_more_than_the_cards_have_is_refused(prepaid: World) -> None:
    prepaid.replies(PIET, prepaid.last("piet"), "/estimate 6h")
    assert prepaid.news() == ["piet agent-error"]
    assert "the cards have 5 h left" in prepaid.last("piet").text


def test_the_last_hour_of_a_card_is_given_once_and_the_customer_is_warned(prepaid: World) -> None:
    prepaid.receives(HANS, subject="Another thing")
    for reference in ("HD-1001", "HD-1002"):
        page = next(mail for mail in reversed(prepaid.sent("piet")) if mail.reference == reference)
        prepaid.replies(PIET, page, "/estimate 4h")
        prepaid.replies(GIJS, request(prepaid, "gijs"), "ok")
    prepaid.news()
    for reference in ("HD-1001", "HD-1002"):
        page = next(mail for mail in reversed(prepaid.sent("ans")) if mail.reference == reference)
        prepaid.replies(ANS, page, "/time 4h")
    assert [charged(prepaid, reference) for reference in ("HD-1001", "HD-1002")] == [(240, 240, 0), (240, 60, 180)]
    assert prepaid.news() == ["ans agent-transcript", "ans agent-transcript", "gijs card-low"]
    assert "the cards lack 180" in prepaid.last("ans").text


def test_a_mail_that_says_more_than_the_word_is_a_request(world: World) -> None:
    text = "The screen shows a balance that cannot be right, since we bought a card a week ago. Please look at it."
    assert world.receives(HANS, subject="Saldo", text=text).fate == "opened"


@pytest.mark.parametrize(
    ("subject", "text"),
    [("Saldo", "Dear desk, how are you?"), ("Question", "saldo")],
)
def test_a_contact_asks_for_the_balance(world: World, subject: str, text: str) -> None:
    mail = world.receives(HANS, subject=subject, text=text)
    assert mail.fate == "commands"
    assert world.news() == ["hans balance"]


def test_a_stranger_who_asks_for_the_balance_gets_nothing(world: World) -> None:
    assert world.receives(STRANGER, subject="Saldo").fate == "held"
    assert world.news() == []
    assert texts(world.sent("sam")) == ""
