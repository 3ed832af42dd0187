"""At night something stands still: somebody is woken, takes it, and the customer knows who."""

import json

import pytest

from helpdeskd.config.load import load
from helpdeskd.domain.ticket import Status
from tests.world import ANNA, ANS, BRAM, CONFIG, EVE, PIET, World

DUTY = "duty@desk.example"


@pytest.fixture
def night(world: World) -> World:
    """Monday 23:00; Bram's shop stands still."""
    world.at("2026-11-23 23:00")
    world.receives(BRAM, DUTY, "Shop is down", "Nothing works.")
    return world


def test_the_customer_is_told_at_once_and_the_first_on_duty_is_woken(night: World) -> None:
    assert night.news() == ["bram duty-informed", "piet duty-page"]
    informed = night.last("bram").text
    assert "HD-1001" in informed
    assert "may be charged" in informed
    page = night.last("piet")
    assert page.subject == "[HD-1001] Emergency (step 1): Shop is down"
    assert "Nothing works." in page.text
    assert "Monday 23 November 2026 at 23:15" in page.text
    assert "- /ack" in page.text
    assert "- /downgrade" in page.text
    assert night.ticket().priority == "high"


def test_the_hook_is_run_beside_each_page(night: World) -> None:
    assert json.loads(night.hooks[0].content) == {
        "event": "page",
        "person": "piet",
        "address": "piet@desk.example",
        "step": "1",
        "ticket": "HD-1001",
        "subject": "Shop is down",
        "text": "Emergency HD-1001, step 1: Shop is down",
    }


def test_silence_wakes_the_next(night: World) -> None:
    night.news()
    night.at("2026-11-23 23:14")
    assert night.news() == []
    night.at("2026-11-23 23:15")
    assert night.news() == ["ans duty-page"]
    assert "Nothing works." in night.last("ans").text


def test_a_reply_to_the_page_takes_it_and_the_customer_is_told_who(night: World) -> None:
    night.at("2026-11-23 23:20")
    night.news()
    mail = night.replies(ANS, night.last("ans", "duty-page"), "I am on it.")
    assert mail.fate == "commands"
    assert "bram duty-taken" in night.news()
    taken = night.last("bram").text
    assert "Ans Smit took your emergency request HD-1001 on Monday 23 November 2026 at 23:20" in taken
    assert "I am on it." not in taken
    assert night.ticket().owner == "ans"
    assert night.ticket().status is Status.OPEN
    assert "taken" in night.last("piet", "agent-update").text
    told = night.last("ans", "agent-transcript").text
    assert "your text stays inside; answer this mail to write to the customer" in told
    night.at("2026-11-24 08:00")
    assert night.sent("piet", "duty-page")[1:] == []


@pytest.mark.parametrize("notice", ["duty-page", "agent-transcript"])
def test_who_has_taken_it_writes_to_the_customer_by_answering_the_page_or_the_transcript(
    night: World, notice: str
) -> None:
    night.replies(PIET, night.last("piet", "duty-page"), "I am on it.")
    night.news()
    assert night.replies(PIET, night.last("piet", notice), "It works again.").fate == "added"
    assert night.news() == ["bram reply"]
    assert "It works again." in night.last("bram").text
    assert "I am on it." not in night.last("bram").text


def test_the_first_may_still_take_it_after_the_next_was_woken(night: World) -> None:
    night.at("2026-11-23 23:20")
    night.replies(PIET, night.last("piet", "duty-page"), "/ack")
    assert night.ticket().owner == "piet"
    night.replies(ANS, night.last("ans", "duty-page"), "Me too.")
    assert night.ticket().owner == "piet"
    assert len(night.sent("bram", "duty-taken")) == 1


def test_after_a_silent_round_the_manager_is_woken_too(night: World) -> None:
    night.at("2026-11-24 00:30")
    pages = [f"{mail.to.partition('@')[0]} {mail.at.minute}" for mail in night.sent(notice="duty-page")]
    assert pages == ["piet 0", "ans 15", "piet 30", "mia 30", "ans 45", "mia 45"]


def test_after_the_last_silent_round_the_team_finds_it_in_the_morning_and_nobody_is_paged_again(night: World) -> None:
    night.at("2026-11-24 08:00")
    assert len(night.sent(notice="duty-page")) == 6
    assert "Nobody acknowledged the emergency." in night.last("ans", "agent-update").text


def test_the_last_page_promises_no_other(night: World) -> None:
    night.at("2026-11-24 08:00")
    assert "the next person is alerted" in night.sent(notice="duty-page")[-3].text
    assert "the next person is alerted" not in night.last("ans", "duty-page").text


@pytest.mark.parametrize(
    ("people", "woken"), [(("piet", "ans"), ["piet", "ans", "mia"]), (("mia", "piet"), ["mia", "piet"])]
)
def test_after_a_single_silent_round_the_managers_are_woken_who_were_not_in_it(
    world: World, people: tuple[str, ...], woken: list[str]
) -> None:
    file = world.folder / "single.toml"
    roster = f"roster = {json.dumps(people)}\nrounds = 1"
    file.write_text(CONFIG.read_text().replace('roster = ["piet", "ans"]', roster).replace("rounds = 2", ""))
    world.office.loaded = load(file)
    world.at("2026-11-23 23:00")
    world.receives(BRAM, DUTY, "Shop is down", "Nothing works.")
    world.at("2026-11-24 08:00")
    assert [mail.to.partition("@")[0] for mail in world.sent(notice="duty-page")] == woken
    assert len(world.sent("bram")) == 1
    world.replies(f"{woken[-1]}@desk.example", world.last(woken[-1], "duty-page"), "/ack")
    assert world.ticket().owner == woken[-1]


def test_where_every_step_was_silent_another_emergency_wakes_them_again(night: World) -> None:
    night.at("2026-11-24 02:00")
    night.news()
    mail = night.receives(ANNA, DUTY, "The oven burns", "Please help.")
    assert (mail.fate, mail.reference) == ("added", "HD-1001")
    assert night.news() == [
        "anna status",
        "ans agent-update",
        "bram duty-informed",
        "piet agent-update",
        "piet duty-page",
    ]
    page = night.last("piet", "duty-page")
    assert "step 1" in page.subject
    assert "Nothing works." in page.text
    assert "Please help." in page.text
    night.at("2026-11-24 02:15")
    assert night.news() == ["ans duty-page"]
    night.replies(ANS, night.last("ans", "duty-page"), "/ack")
    assert "bram duty-taken" in night.news()


def test_an_answer_to_the_mail_that_it_is_no_emergency_wakes_the_first_again(night: World) -> None:
    night.replies(PIET, night.last("piet"), "/downgrade")
    night.news()
    for text in ("It is: the oven burns.", "Hello?"):
        mail = night.replies(BRAM, night.last("bram", "duty-released"), text)
        assert (mail.fate, mail.reference) == ("added", "HD-1001")
    assert len(night.sent("piet", "duty-page")) == 2
    assert "the oven burns" in night.last("piet", "duty-page").text
    assert len(night.sent("bram", "duty-informed")) == 2
    night.replies(PIET, night.last("piet", "duty-page"), "/ack")
    assert "bram duty-taken" in night.news()


def test_an_emergency_that_answers_an_ordinary_ticket_wakes_somebody(world: World) -> None:
    world.receives(BRAM)
    world.at("2026-11-23 23:00")
    world.news()
    received = world.last("bram", "ticket-received")
    mail = world.receives(BRAM, DUTY, f"Re: {received.subject}", "Now all is down.")
    assert (mail.fate, mail.reference) == ("opened", "HD-1002")
    assert world.news() == ["bram duty-informed", "piet duty-page"]
    assert "HD-1001" in world.last("piet").text


def test_the_same_emergency_mailed_thrice_is_one_page(night: World) -> None:
    for person, text in ((BRAM, "Hello?"), (ANNA, "Nothing works here.")):
        mail = night.receives(person, DUTY, "Shop is still down", text)
        assert (mail.fate, mail.reference) == ("added", "HD-1001")
    assert len(night.sent(notice="duty-page")) == 1
    assert len(night.sent(notice="duty-informed")) == 1
    assert [mail.to for mail in night.sent(notice="status")] == ["anna@bakery.example"]
    told = night.last("anna").text
    assert "HD-1001" in told
    assert "gewaarschuwd" in told
    night.receives(ANNA, DUTY, "Shop is still down", "Hello?")
    assert len(night.sent("anna")) == 1


def test_a_colleague_who_reports_what_is_taken_already_is_told_by_whom(night: World) -> None:
    night.replies(PIET, night.last("piet"), "/ack")
    night.news()
    night.receives(ANNA, DUTY, "Shop is down", "Here too.")
    assert "anna status" in night.news()
    assert "Piet Jansen is ermee bezig." in night.last("anna").text


def test_downgraded_the_customer_is_told_when_the_desk_opens(night: World) -> None:
    night.news()
    night.replies(PIET, night.last("piet"), "/downgrade")
    assert night.news() == ["ans agent-update", "bram duty-released", "piet agent-transcript"]
    assert "Tuesday 24 November 2026 at 08:30" in night.last("bram").text
    assert "Nothing works." in night.last("ans").text
    assert night.ticket().priority == "normal"
    night.at("2026-11-24 08:00")
    assert len(night.sent(notice="duty-page")) == 1


def test_an_emergency_after_a_released_one_is_a_new_one(night: World) -> None:
    night.replies(PIET, night.last("piet"), "/downgrade")
    night.receives(BRAM, DUTY, "Now it burns", "Really.")
    assert len(night.sent("piet", "duty-page")) == 2


def test_in_opening_hours_the_duty_address_is_an_ordinary_one_with_the_top_priority(world: World) -> None:
    world.receives(BRAM, DUTY, "Shop is down")
    assert world.news() == ["ans agent-new", "bram ticket-received", "piet agent-new"]
    assert world.ticket().priority == "high"
    assert world.ticket().emergency is None
    assert "Monday 23 November 2026 at 11:00" in world.last("bram").text


def test_a_customer_without_duty_in_the_contract_is_told_that_it_waits(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.receives(EVE, DUTY, "Shop is down")
    assert world.news() == ["ans agent-new", "eve ticket-received", "piet agent-new"]
    assert "Help outside our opening hours has not been agreed" in world.last("eve").text


def test_a_page_that_was_missed_while_the_desk_was_down_is_made_up_for_once(night: World) -> None:
    night.news()
    night.is_down_until("2026-11-24 01:00")
    assert night.news() == ["ans duty-page"]
