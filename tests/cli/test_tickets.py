"""`helpdeskd tickets` and `helpdeskd why`: what stands in the database, for people and as JSON."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.world import ANNA, FREDERIK, PIET, World


@pytest.fixture
def story(world: World) -> World:
    """Anna's request, answered; half of its time used. Frederik's, untouched."""
    with world:
        world.receives(ANNA)
        world.replies(PIET, world.last("piet", "agent-new"), "Have you tried the other printer?\n\n/wait")
        world.replies(ANNA, world.last("anna", "reply"), "That one hangs too.")
        world.receives(FREDERIK, subject="Ny skærm", text="Kan vi få en større skærm?")
        world.at("2026-11-23 18:00")
    return world


def test_the_newest_ticket_stands_first(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("tickets", "list")
    assert ran.status == 0
    assert [line.split()[0] for line in ran.out.splitlines()] == ["HD-1002", "HD-1001"]
    assert "bakery: 'Invoice screen hangs'" in ran.out


def test_a_list_is_limited_by_status_customer_and_number(helpdeskd: Program, story: World) -> None:
    def listed(*words: str) -> list[str]:
        return [row["reference"] for row in helpdeskd("tickets", "list", "--json", *words).rows]

    assert listed() == ["HD-1002", "HD-1001"]
    assert listed("--status", "new") == ["HD-1002"]
    assert listed("--customer", "bakery") == ["HD-1001"]
    assert listed("--customer", "nobody") == []
    assert listed("--limit", "1") == ["HD-1002"]
    assert helpdeskd("tickets", "list", "--status", "asleep").status == 2
    assert helpdeskd("tickets", "list", "--limit", "0").status == 2


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("other", "PRINTER"), ["HD-1001"]),
        (("skærm",), ["HD-1002"]),
        (("frederik@havn.example",), ["HD-1002"]),
        (("hd-1001",), ["HD-1001"]),
        (("printer", "skærm"), []),
        (("other print",), ["HD-1001"]),
        (("print other",), []),
        (("AND", "printer"), []),
        (('"*', "printer"), ["HD-1001"]),
        (("***",), []),
    ],
)
def test_a_search_finds_the_tickets_in_which_all_words_stand(
    helpdeskd: Program, story: World, words: tuple[str, ...], found: list[str]
) -> None:
    assert [row["reference"] for row in helpdeskd("tickets", "search", *words, "--json").rows] == found


def test_a_search_is_limited_by_status_customer_and_number(helpdeskd: Program, story: World) -> None:
    def found(*words: str) -> list[str]:
        return [row["reference"] for row in helpdeskd("tickets", "search", "example", "--json", *words).rows]

    assert found() == ["HD-1002", "HD-1001"]
    assert found("--status", "new") == ["HD-1002"]
    assert found("--customer", "bakery") == ["HD-1001"]
    assert found("--limit", "1") == ["HD-1002"]


@pytest.fixture
def solved(story: World) -> World:
    """And what solved Anna's."""
    with story:
        story.replies(PIET, story.last("piet", "agent-update"), "/solution Replace the fuser.\n/solution Then print.")
    return story


def test_what_is_found_is_shown_with_the_words_marked_and_what_solved_it(helpdeskd: Program, solved: World) -> None:
    assert helpdeskd("tickets", "search", "printer", "bakery").out.splitlines() == [
        "HD-1001    open       2026-11-23 bakery: 'Invoice screen hangs'",
        "           Have you tried the other [printer]?",
        "           solution: Replace the fuser. Then print.",
    ]
    [row] = helpdeskd("tickets", "search", "fuser", "--json").rows
    assert (row["reference"], row["status"], row["customer"]) == ("HD-1001", "open", "bakery")
    assert (row["snippet"], row["solution"]) == ("Replace the [fuser].", "Replace the fuser.\nThen print.")
    assert datetime.fromisoformat(row["opened_at"]).utcoffset() is not None


def test_a_ticket_is_shown_with_its_solution(helpdeskd: Program, solved: World) -> None:
    assert "\nsolution: Replace the fuser.\nThen print.\n" in helpdeskd("tickets", "show", "HD-1001").out
    [ticket] = helpdeskd("tickets", "show", "HD-1001", "--json").rows
    assert ticket["solution"] == "Replace the fuser.\nThen print."


def test_a_ticket_is_shown_with_its_story(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("tickets", "show", "hd-1001")
    assert ran.out.startswith("HD-1001 Invoice screen hangs\n")
    assert ran.out.index("Have you tried") < ran.out.index("That one hangs too.")


def test_a_ticket_as_json_has_its_events_with_the_mails_that_caused_them(helpdeskd: Program, story: World) -> None:
    [ticket] = helpdeskd("tickets", "show", "HD-1001", "--json").rows
    assert (ticket["reference"], ticket["status"], ticket["owner"]) == ("HD-1001", "open", "piet")
    events = [(event["event"], event["mail"]) for event in ticket["events"]]
    assert events[0] == ("TicketOpened", 1)
    assert ("CustomerWrote", 3) in events
    assert all(datetime.fromisoformat(event["at"]).utcoffset() is not None for event in ticket["events"])


def test_why_tells_how_entitlement_deadlines_and_thread_came_about(helpdeskd: Program, story: World) -> None:
    told = helpdeskd("why", "HD-1001").out
    assert "HD-1001 was served as: accept" in told
    assert "contract: standard" in told
    assert "resolution within 2 working days" in told
    assert "mail 3 of anna@bakery.example, 2026-11-23T10:00:00+01:00: added (reply address)" in told


def test_why_as_json_has_all_of_it_with_offsets(helpdeskd: Program, story: World) -> None:
    [told] = helpdeskd("why", "HD-1001", "--json").rows
    assert told["entitlement"]["outcome"] == "accept"
    assert told["entitlement"]["reasons"][0].startswith("contact: Anna de Vries")
    targets = {target["target"]: target for target in told["targets"]}
    assert targets["response"]["met"] == "2026-11-23T10:00:00+01:00"
    assert targets["resolution"]["due"] == "2026-11-25T10:00:00+01:00"
    assert targets["resolution"]["timeline"][0]["from"] == "2026-11-23T10:00:00+01:00"
    assert [(mail["mail"], mail["fate"]) for mail in told["thread"]] == [(1, "opened"), (2, "commands"), (3, "added")]


DORA = "Dora Dekker <dora@dentist.example>"
GIJS = "Gijs Groen <gijs@garage.example>"


@pytest.fixture
def work(world: World) -> World:
    """For the dentist 80 minutes, 10 of which were taken back, and an estimate that nobody has answered; for the garage
    20 minutes of an hour that was approved.
    """
    with world:
        world.receives(DORA)
        world.replies(PIET, world.last("piet", "agent-new"), "/time 80m at 08:10 km 12\n/time -10m\n/estimate 2h")
        world.receives(GIJS)
        world.replies(PIET, world.last("piet", "agent-new"), "/estimate 1h")
        world.replies(GIJS, world.last("gijs", "approval-request"), "ok")
        world.replies(PIET, world.last("piet", "agent-new"), "/time 20m")
    return world


def test_why_tells_how_the_charge_came_about(helpdeskd: Program, work: World) -> None:
    told = helpdeskd("why", "HD-1001").out.split("\n\n")[-2].splitlines()
    assert told == [
        "HD-1001 costs 104.80 EUR without VAT",
        "  70 min worked = 60 min charged + 10 min unapproved",
        "  entry 1: Mon 2026-11-23 08:10, piet, 80 min, level 1, 12 km",
        "  entry 2: Mon 2026-11-23 08:10, piet, -10 min, level 1, takes back from entry 1",
        "  work on 2026-11-23: 60 min at 100.00 EUR an hour = 100.00 EUR",
        "  travel on 2026-11-23: 12 km at 0.40 EUR a km = 4.80 EUR",
        "  not charged on 2026-11-23: 10 min unapproved",
        "  why: nobody approved 10 min, and the contract allows 60 min without asking",
        "  asked by piet, Mon 2026-11-23 10:00: 120 min; no answer yet, it can be agreed to until Wed 2026-12-23 10:00",
        "  ticket 1 of its month; the quota is 3",
    ]


def test_why_by_mail_tells_the_same_charge(helpdeskd: Program, work: World) -> None:
    told = helpdeskd("why", "HD-1001").out.split("\n\n")[-2]
    with work:
        work.replies(PIET, work.sent("piet", "agent-new")[0], "/why")
        assert told in work.last("piet", "agent-transcript").text


def test_why_as_json_has_the_charge_with_money_as_text_and_minutes_as_numbers(helpdeskd: Program, work: World) -> None:
    [told] = helpdeskd("why", "HD-1001", "--json").rows
    charge = told["charge"]
    assert (charge["net"], charge["currency"], charge["nocharge"]) == ("104.80", "EUR", False)
    assert charge["entries"][1] == {
        "entry": 2, "agent": "piet", "start": "2026-11-23T08:10:00+01:00", "minutes": -10,
        "level": 1, "onsite": False, "km": 0, "reverses": 1,
    }  # fmt: skip
    assert charge["minutes"] == {
        "real": 70, "rounding": 0, "minimum": 0, "free": 0, "charged": 60, "unapproved": 10
    }  # fmt: skip
    assert [(line["kind"], line["rate"], line["amount"]) for line in charge["lines"]] == [
        ("work", "100.00", "100.00"),
        ("travel", "0.40", "4.80"),
    ]
    assert charge["unapproved"] == {
        "not_approved": 10, "not_on_a_card": 0, "days": [{"date": "2026-11-23", "minutes": 10}]
    }  # fmt: skip
    assert (charge["estimate"]["minutes"], charge["estimate"]["amount"]) == (120, None)
    assert (charge["quota"], charge["card"], charge["approvals"]) == ({"limit": 3, "place": 1}, None, [])


def test_why_as_json_has_what_was_approved_and_drawn_on_cards(helpdeskd: Program, work: World) -> None:
    [told] = helpdeskd("why", "HD-1002", "--json").rows
    charge = told["charge"]
    assert (charge["net"], charge["estimate"], charge["quota"]) == ("0.00", None, None)
    assert charge["approvals"] == [
        {"by": "Gijs Groen", "at": "2026-11-23T10:00:00+01:00", "minutes": 60, "amount": None}
    ]
    assert charge["draws"] == [{"card": "garage-1", "minutes": 30}]
    assert charge["card"] == {"bought": 300, "used": 30, "balance": 270}
    assert charge["lines"][0]["text"] == "rounded up by 10 min, from card garage-1, approved by Gijs Groen"


def test_a_plan_without_prices_has_a_charge_without_currency(helpdeskd: Program, story: World) -> None:
    [told] = helpdeskd("why", "HD-1001", "--json").rows
    assert (told["charge"]["currency"], told["charge"]["entries"]) == (None, [])
    assert "HD-1001 costs nothing: its plan has no prices" in helpdeskd("why", "HD-1001").out


@pytest.mark.parametrize("words", [("tickets", "show", "HD-7"), ("why", "HD-7"), ("why", "HD-7", "--json")])
def test_an_unknown_ticket_is_told(helpdeskd: Program, story: World, words: tuple[str, ...]) -> None:
    ran = helpdeskd(*words)
    assert (ran.status, ran.complaint) == (1, f"{words[0]}: there is no HD-7")


def test_looking_changes_nothing(helpdeskd: Program, story: World, config: Path) -> None:
    with story:
        before = story.story()
    helpdeskd("why", "HD-1001")
    helpdeskd("tickets", "show", "HD-1001")
    with story:
        assert story.story() == before


def test_why_has_how_duty_was_woken(helpdeskd: Program, world: World) -> None:
    with world:
        world.at("2026-11-23 23:00")
        world.receives(ANNA, "duty@desk.example", "Shop is down")
        world.at("2026-11-23 23:20")
        world.replies(PIET, world.last("piet", "duty-page"), "/ack")
    assert (
        "step 2, ans was paged\n  Mon 2026-11-23 23:20: taken by piet, after 20 min\n"
        in helpdeskd("why", "HD-1001").out
    )
    [told] = helpdeskd("why", "HD-1001", "--json").rows
    assert told["duty"] == [
        {"at": "2026-11-23T23:00:00+01:00", "event": "DutyPaged", "person": "piet", "step": 1},
        {"at": "2026-11-23T23:15:00+01:00", "event": "DutyPaged", "person": "ans", "step": 2},
        {"at": "2026-11-23T23:20:00+01:00", "event": "DutyTaken", "person": "piet", "step": None},
    ]
