"""Who is woken, and what they and the customer read."""

from dataclasses import replace
from datetime import datetime

import pytest

from helpdeskd.domain.effect import RunHook
from helpdeskd.domain.event import CustomerWrote, DutyPaged, DutyTaken, TicketOpened
from helpdeskd.domain.ticket import Emergency
from helpdeskd.policy.duty import inform, page
from helpdeskd.policy.react import react
from tests.policy.scenes import ANS, DESK, NIGHT, TICKET, People, notices, scene, told

OPENED = TicketOpened(NIGHT, "anna@bakery.example", TICKET, "All is down", "high")
PAGED = DutyPaged(NIGHT, "desk", "piet", 1, NIGHT, first=True)


def paged(*people: str):  # type: ignore[no-untyped-def]
    return replace(TICKET, emergency=Emergency(len(people), people[-1], people, NIGHT))


def test_the_page_says_what_the_customer_wrote_also_at_a_later_step() -> None:
    first = notices(list(page(PAGED, scene(OPENED, PAGED, ticket=paged("piet")))))
    second = replace(PAGED, person="ans", step=2, first=False)
    later = notices(list(page(second, scene(second, ticket=paged("piet", "ans"), people=People((OPENED, PAGED))))))
    assert [notice.facts.text for notice in (*first, *later)] == ["All is down", "All is down"]
    assert [notice.facts.step for notice in (*first, *later)] == [1, 2]


def test_the_page_says_what_the_customer_wrote_since_too_and_the_same_words_once() -> None:
    wrote = [CustomerWrote(NIGHT, "bram@bakery.example", text) for text in ("All is down", "", "The oven too")]
    again = scene(*wrote, PAGED, ticket=paged("piet"), people=People((OPENED,)))
    assert [notice.facts.text for notice in notices(list(page(PAGED, again)))] == ["All is down\n\nThe oven too"]


@pytest.mark.parametrize(("step", "until"), [(1, NIGHT), (3, NIGHT), (4, None)])
def test_the_page_says_when_the_next_is_woken_unless_it_is_the_last(step: int, until: datetime | None) -> None:
    told = notices(list(page(replace(PAGED, step=step), scene(PAGED, ticket=paged("piet")))))
    assert {notice.facts.until for notice in told} == {until}


def test_the_page_lists_what_its_reader_may_answer() -> None:
    (told,) = notices(list(page(PAGED, scene(PAGED, ticket=paged("piet"), commands=("/ack", "/downgrade")))))
    assert told.facts.commands == ("/ack", "/downgrade")


def test_the_hook_gets_text_only() -> None:
    (hook,) = [effect for effect in react(scene(PAGED, ticket=paged("piet"))) if isinstance(effect, RunHook)]
    assert hook.argv == ("/bin/page",)
    assert hook.record["person"] == "piet"
    assert all(isinstance(value, str) for value in hook.record.values())


def test_without_a_hook_there_is_none() -> None:
    assert DESK.duty is not None
    quiet = replace(scene(PAGED, ticket=paged("piet")), desk=replace(DESK, duty=replace(DESK.duty, hook=())))
    assert [effect for effect in page(PAGED, quiet) if isinstance(effect, RunHook)] == []


def test_who_is_paged_again_is_joined_by_the_managers() -> None:
    again = replace(PAGED, step=3, first=False)
    assert told(again, ticket=paged("piet", "ans", "piet")) == ["piet duty-page", "mia duty-page"]


def test_a_manager_who_is_woken_because_all_was_silent_comes_alone() -> None:
    alone = replace(PAGED, person="mia", step=5, next_at=None, first=False)
    assert told(alone, ticket=paged("piet", "ans", "mia")) == ["mia duty-page"]
    (page_,) = notices(list(page(alone, scene(alone, ticket=paged("mia")))))
    assert page_.facts.until is None


def test_somebody_who_has_left_is_not_paged() -> None:
    assert told(PAGED, ticket=paged("piet"), people=People(everybody=(ANS,))) == ["anna duty-informed"]


def test_the_customer_is_told_of_the_promise_and_the_cost_once() -> None:
    (informed,) = notices(list(inform(PAGED, scene(PAGED, ticket=paged("piet"), now=NIGHT))))
    assert informed.facts.may_cost
    assert [promise.kind for promise in informed.facts.promises] == ["response", "resolution"]
    assert list(inform(replace(PAGED, first=False), scene(PAGED))) == []


def test_the_others_who_were_woken_may_sleep_on() -> None:
    taken = DutyTaken(NIGHT, "ans", "ans")
    twice = paged("piet", "ans", "piet", "ans")
    assert told(taken, ticket=twice) == [
        "anna duty-taken",
        "bram duty-taken",
        "piet agent-update",
    ]
