"""Spam ends without a word to who sent it, by page or notice, alone in its mail, and costs nobody anything."""

import pytest

from helpdeskd.domain.ticket import Status
from tests.bills import costs
from tests.world import ANNA, ANS, PIET, World

DUTY = "duty@desk.example"
BEN = "Ben Blom <ben@dentist.example>"
HANS = "Hans Hout <hans@garage.example>"


def test_a_page_for_spam_wakes_nobody_else_and_is_not_taken(world: World) -> None:
    world.at("2026-11-23 22:00")
    world.receives(ANNA, to=DUTY, subject="Down", text="Everything is down.")
    world.news()
    world.replies(PIET, world.last("piet", "duty-page"), "/spam\nThe third one tonight.")
    assert world.news() == ["ans agent-update", "piet agent-transcript"]
    told = world.last("piet").text
    assert "page: it is spam, so nobody takes it and nobody else is woken" in told
    assert "the customer" not in told
    assert (world.ticket().status, world.ticket().owner) == (Status.REJECTED, "")
    world.at("2026-11-24 06:00")
    assert world.news() == []


def test_whoever_was_woken_for_spam_does_not_take_it_later(world: World) -> None:
    world.at("2026-11-23 22:00")
    world.receives(ANNA, to=DUTY, subject="Down", text="Everything is down.")
    world.advance(minutes=15)
    world.replies(PIET, world.last("piet", "duty-page"), "/spam")
    world.news()
    for line in ("I am on it.", "/ack", "/downgrade"):
        world.replies(ANS, world.last("ans", "duty-page"), line)
    assert [line for line in world.news() if line.startswith("anna")] == []
    assert world.last("ans").notice == "agent-error"
    assert world.ticket().status is Status.REJECTED


@pytest.mark.parametrize("other", ["/close", "/outside training", "/time 10m", "/take", "/priority normal", "/wait"])
@pytest.mark.parametrize("spam_first", [True, False])
def test_spam_stands_alone(world: World, other: str, spam_first: bool) -> None:
    world.receives(BEN)
    world.news()
    before, lines = world.ticket(), ["/spam", other] if spam_first else [other, "/spam"]
    world.replies(PIET, world.last("piet"), "\n".join(lines))
    assert world.news() == ["piet agent-error"]
    assert world.ticket() == before


def test_spam_stands_beside_notes_and_questions(world: World) -> None:
    world.receives(BEN)
    world.news()
    world.replies(PIET, world.last("piet"), "/why\n/spam\n/show\n/note the third one")
    assert world.news() == ["ans agent-update", "piet agent-transcript"]
    assert world.ticket().status is Status.REJECTED
    assert world.story().count("NoteAdded") == 1


@pytest.mark.parametrize("sender", [BEN, HANS], ids=["by the hour", "prepaid"])
def test_what_was_booked_on_spam_is_not_charged_until_it_is_opened_again(world: World, sender: str) -> None:
    world.receives(sender)
    first = world.last("piet")
    world.replies(PIET, first, "/time 30m at 08:40")
    before = costs(world)
    assert before.settlement.minutes.real
    assert before.settlement.minutes.charged or before.settlement.minutes.unapproved
    world.replies(PIET, first, "/spam")
    assert costs(world).settlement.minutes.charged == 0
    assert costs(world).settlement.lines == ()
    cards = costs(world).cards
    assert cards is None or cards.balance == cards.bought
    world.replies(PIET, first, "/why")
    assert "nothing: it is spam (/spam)" in world.last("piet").text
    world.replies(PIET, first, "/reopen")
    assert costs(world).settlement == before.settlement
