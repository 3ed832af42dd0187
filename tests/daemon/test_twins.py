"""One mail to two addresses of the desk."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from helpdeskd.domain.message import Envelope
from helpdeskd.mail.smtp_trace import as_sent
from helpdeskd.storage import db, inbox
from tests.mail_client import answer
from tests.world import ANNA, PEERS, PIET, World

SUPPORT, HELP, DUTY = "support@desk.example", "help@desk.example", "duty@desk.example"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk") as desk:
        yield desk


def arrives(world: World, from_: str, paths: list[str], subject: str, text: str) -> list[str]:
    """What becomes of each copy of a mail to these addresses."""
    raw = world.written(from_, paths[0], subject, text)
    envelopes = [Envelope("sender@elsewhere.example", path, world.now, peer=PEERS["aligned"]) for path in paths]
    with db.transaction():
        numbers = inbox.put(envelopes, raw, as_sent(raw))
    world.works()
    with db.transaction():
        return [inbox.get(number).fate for number in numbers]  # type: ignore[union-attr]


def test_two_addresses_of_one_queue_are_one_request(world: World) -> None:
    assert arrives(world, ANNA, [SUPPORT, HELP], "Till", "The till hangs.") == ["opened", "duplicate"]
    assert [mail.notice for mail in world.sent("anna")] == ["ticket-received"]


def test_two_queues_are_two_requests(world: World) -> None:
    assert arrives(world, ANNA, [SUPPORT, DUTY], "Till", "The till hangs.") == ["opened", "opened"]


@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
def test_the_copy_at_the_reply_address_stands_for_the_other(world: World, places: tuple[int, int]) -> None:
    world.receives(ANNA, text="The till hangs.")
    reply_to, subject, text = answer(world.last("piet").message, "/take")
    paths, fates = [reply_to, SUPPORT], ["commands", "duplicate"]
    assert arrives(world, PIET, [paths[place] for place in places], subject, text) == [fates[place] for place in places]
    assert world.ticket().owner == "piet"
    assert [mail.notice for mail in world.sent("piet")] == ["agent-new", "agent-transcript"]


def test_the_same_words_a_week_later_are_a_new_request(world: World) -> None:
    raw = world.written(ANNA, SUPPORT, "Till", "The till hangs.")
    world.takes(raw, SUPPORT, ANNA)
    world.clock.at += timedelta(days=7)
    assert world.takes(raw, HELP, ANNA).fate == "opened"
