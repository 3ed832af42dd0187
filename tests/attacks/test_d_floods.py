"""D03, D04: a flood of forged mail costs the desk little, its agents one mail, and nobody else anything.

`tests/world.py` plays the whole desk: inbox, worker, turn, sweep and outbox.
"""

import random
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.storage import db, inbox
from tests.mail_client import report
from tests.world import ANNA, BRAM, PEERS, PIET, World, texts

FLOOD, STORM, LONG_FLOOD = 400, 100, 10_000
TEAM = 2
SUPPORT, DUTY = "support@desk.example", "duty@desk.example"
MOST_BYTES_OF_A_DIGEST = 256 * 1024


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk") as world:
        yield world


def forged(world: World, number: int, to: str) -> bytes:
    """A mail of a stranger whose address, name, subject and text are others each time; or that poses as a contact."""
    chosen = random.Random(number)
    from_ = chosen.choice([f"Sam {number} <sam{number}@s{number % 97}.example>", ANNA, PIET, "ceo@bakery.example"])
    word = "".join(chosen.choices("abcdefghij ", k=30))
    return world.written(from_, to, f"{word} {number}", f"Buy {word}\n" * 3, "none")


def flood(world: World, mails: int, to: str = SUPPORT, every: int = 50) -> None:
    """So many forged mails, with one of Bram's and a sweep after each `every`."""
    for number in range(mails):
        world.puts(forged(world, number, to), to, f"bounce{number}@elsewhere.example")
        if number % every == every - 1:
            world.receives(BRAM, subject=f"Real matter {number}")
            world.advance(seconds=1)
    world.works()


def held() -> int:
    with db.transaction():
        return inbox.counts()["held"]


def to_agents(world: World) -> list[str]:
    return [mail.notice for mail in world.mails if mail.row.to_agent and mail.notice == "held-digest"]


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """What there was four hours after a flood had begun, with a mail of Bram's among each fifty."""
    with World(Path(tmp_path_factory.mktemp("flooded"))) as world:
        flood(world, FLOOD)
        assert (held(), to_agents(world)) == (FLOOD, [])
        world.advance(hours=4)
    return world


def test_d03_a_forged_flood_is_told_to_each_agent_in_one_digest(flooded: World) -> None:
    assert to_agents(flooded) == ["held-digest"] * TEAM


def test_d03_the_digest_of_a_flood_is_short_and_says_how_much_more_there_is(flooded: World) -> None:
    digest = flooded.last("piet", "held-digest")
    assert digest.subject.endswith(f": {FLOOD}")
    assert f"… + {FLOOD - 50}" in digest.text
    assert digest.text.count("Accept: ") == 50
    assert len(digest.row.content) < MOST_BYTES_OF_A_DIGEST


def test_d03_a_contacts_real_mail_in_a_flood_is_served_as_ever(flooded: World) -> None:
    opened = flooded.sent("piet", "agent-new")
    assert len({mail.reference for mail in opened}) == len(opened) == FLOOD // 50
    assert all("Bram Bakker <bram@bakery.example>" in mail.text for mail in opened)


def test_d03_a_flood_sends_at_most_the_configured_automatic_mails(flooded: World) -> None:
    assert [mail.notice for mail in flooded.sent("bram", "ticket-received")] == ["ticket-received"] * 5


def test_d04_strangers_and_forged_senders_get_nothing_at_all(flooded: World) -> None:
    customers = [mail for mail in flooded.mails if not mail.row.to_agent]
    assert {mail.to for mail in customers} == {"bram@bakery.example"}
    assert "Buy" not in texts(customers)


def test_d04_a_proved_stranger_gets_nothing_either(desk: World) -> None:
    assert desk.receives("Sam <sam@elsewhere.example>", text="Proved, but unknown.").status == "held"
    desk.advance(days=3)
    assert [mail for mail in desk.mails if not mail.row.to_agent] == []


def test_d03_a_flood_to_the_duty_address_wakes_nobody_and_is_soon_collected(desk: World) -> None:
    desk.at("2026-11-23 22:00")
    flood(desk, STORM, DUTY, every=5)
    assert desk.sent("piet", "duty-page") == []
    at_once = len(to_agents(desk))
    assert 0 < at_once <= 5 * TEAM
    desk.advance(hours=1)
    assert len(to_agents(desk)) == at_once + TEAM


def test_d03_the_automatic_mails_of_a_flood_of_proved_mail_are_at_most_those_configured(tmp_path: Path) -> None:
    with World(tmp_path / "small", "\n[caps]\naddress_hour = 1000\naddress_day = 1000\ndesk_hour = 7\n") as world:
        for number in range(30):
            world.receives((ANNA, BRAM)[number % 2], subject=f"Matter {number}")
        assert len([mail for mail in world.mails if not mail.row.to_agent]) == 7
        assert len(world.tickets()) == 30


def test_d03_a_bounce_storm_is_recorded_and_one_bounce_told(desk: World) -> None:
    desk.receives(BRAM)
    desk.replies(PIET, desk.last("piet"), "Which version?")
    answer = desk.last("bram", "reply")
    desk.news()
    for number in range(STORM):
        raw = report(answer.message, answer.row.sender, "5.1.1") + f"{number}\r\n".encode()
        desk.puts(raw, answer.row.sender, "", PEERS["none"])
    desk.works()
    assert desk.news() == ["piet agent-update"]
    assert desk.story().count("DeliveryFailed") == 1


def test_d03_a_storm_of_bounces_that_nobody_asked_for_is_recorded_only(desk: World) -> None:
    for number in range(STORM):
        raw = f"From: MAILER-DAEMON@x.example\r\nTo: {SUPPORT}\r\nSubject: Undelivered Mail\r\n\r\nNo {number}.\r\n"
        desk.puts(raw.encode(), SUPPORT, "", PEERS["none"])
    desk.works()
    desk.advance(hours=2)
    assert desk.mails == []
    with db.transaction():
        assert inbox.counts() == {"done": STORM}


def test_d03_automatic_answers_to_everything_are_recorded_and_change_nothing(desk: World) -> None:
    desk.receives(BRAM)
    desk.news()
    for number in range(30):
        desk.replies(BRAM, desk.last("bram"), f"I am away {number}.", headers={"Auto-Submitted": "auto-replied"})
    assert desk.news() == []
    assert desk.ticket().unanswered_since is not None


def test_d04_a_mail_of_a_contact_is_answered_by_one_mail_with_nothing_of_its_text(desk: World) -> None:
    raw = desk.written(BRAM, SUPPORT, "Hi", "Viagra!", headers={"Cc": "victim@elsewhere.example"})
    desk.takes(raw, SUPPORT, BRAM)
    (answer,) = [mail for mail in desk.mails if not mail.row.to_agent]
    assert answer.to == "bram@bakery.example"
    assert "Viagra" not in answer.row.content.decode()


@pytest.mark.soak
def test_d03_a_flood_of_ten_thousand_is_as_quiet_and_needs_bounded_memory_and_disk(desk: World) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    flood(desk, LONG_FLOOD, every=500)
    desk.advance(hours=1)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    disk = sum(file.stat().st_size for file in desk.state.iterdir())
    print(f"{LONG_FLOOD} forged mails: {grown / 1024:.0f} MiB more memory, {disk / 1024**2:.0f} MiB on disk")
    assert held() == LONG_FLOOD
    assert to_agents(desk) == ["held-digest"] * TEAM
    assert len(desk.last("piet", "held-digest").row.content) < MOST_BYTES_OF_A_DIGEST
    assert grown < 256 * 1024
    assert disk < LONG_FLOOD * 16 * 1024
