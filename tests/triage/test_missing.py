"""What a report lacks of what its plan asks for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from helpdeskd.domain.event import TicketOpened
from helpdeskd.domain.message import Attachment
from tests.triage.small_desk import DESK, DUTY_ADDRESS, NIGHT, NOW, PLAN, FakeDirectory, decide, envelope, mail

PICTURE = Attachment("screen.png", "image/png", 9, inline=True, kept=b"")
DEMANDING = replace(DESK, plans={"basic": replace(PLAN, asks_for=("web address", "picture", "steps"))})


def lacks(text: str, *attachments: Attachment) -> tuple[str, ...]:
    (opened,) = decide(mail(text=text, attachments=attachments), desk=DEMANDING).events
    assert isinstance(opened, TicketOpened)
    return opened.missing


def test_a_report_without_anything_lacks_all_that_is_asked_for_in_the_plans_order() -> None:
    assert lacks("It is broken.") == ("web address", "picture", "steps")


def test_a_complete_report_lacks_nothing() -> None:
    assert lacks("https://shop.example/cart " + "and then " * 10, PICTURE) == ()


def test_a_plan_that_asks_for_nothing_misses_nothing() -> None:
    (opened,) = decide(mail()).events
    assert isinstance(opened, TicketOpened)
    assert opened.missing == ()


@pytest.mark.parametrize(
    "text", ["http://x.example", "see www.shop.example.", "shop.example/cart", "HTTPS://X.example"]
)
def test_a_web_address_is_found_as_people_write_it(text: str) -> None:
    assert "web address" not in lacks(text)


@pytest.mark.parametrize("text", ["the shop", "anna@shop.example", "1.2/3", "www. what", "and/or", "http://"])
def test_what_is_no_web_address_is_still_missing(text: str) -> None:
    assert "web address" in lacks(text)


def test_only_an_image_is_a_picture() -> None:
    assert "picture" in lacks("see it", replace(PICTURE, type="application/pdf"))
    assert "picture" not in lacks("see it", PICTURE)


@pytest.mark.parametrize(("words", "missing"), [(19, True), (20, False)])
def test_steps_need_twenty_words(words: int, missing: bool) -> None:
    assert ("steps" in lacks("word " * words)) is missing


@pytest.mark.parametrize(("words", "missing"), [(29, ("30 words",)), (30, ())])
def test_a_plan_may_ask_for_a_number_of_words(words: int, missing: tuple[str, ...]) -> None:
    desk = replace(DESK, plans={"basic": replace(PLAN, asks_for=("30 words",))})
    (opened,) = decide(mail(text="word " * words), desk=desk).events
    assert isinstance(opened, TicketOpened)
    assert opened.missing == missing


def test_words_of_a_quote_are_no_steps() -> None:
    assert "steps" in lacks("It is broken.\n\n> " + "word " * 30)


def test_what_is_missing_is_to_be_recalled_after_two_working_days() -> None:
    opened = decide(mail(), desk=DEMANDING).ticket
    assert opened is not None
    assert opened.missing == ("web address", "picture", "steps")
    assert opened.missing_at == NOW + timedelta(days=2)
    complete = decide(mail()).ticket
    assert complete is not None
    assert (complete.missing, complete.missing_at) == ((), None)


def test_an_emergency_is_not_asked_for_more() -> None:
    opened, _ = decide(mail(), envelope(DUTY_ADDRESS, at=NIGHT), FakeDirectory(tickets=()), DEMANDING, now=NIGHT).events
    assert isinstance(opened, TicketOpened)
    assert (opened.missing, opened.ticket.missing, opened.ticket.missing_at) == ((), (), None)
