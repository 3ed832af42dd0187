"""One mail to two addresses of the desk."""

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parseaddr
from itertools import permutations
from pathlib import Path

import pytest

from helpdeskd.domain.message import Envelope
from helpdeskd.mail.smtp_trace import as_sent
from helpdeskd.storage import db, inbox
from tests.mail_client import answer, thread
from tests.world import ANNA, ANS, BRAM, EVE, PEERS, PIET, Sent, World, texts

SUPPORT, HELP, DUTY = "support@desk.example", "help@desk.example", "duty@desk.example"
NOTE, DUTY_NOTE = "support+note@desk.example", "duty+note@desk.example"
SECRET = "They have not paid."


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


def reply_to(mail: Sent) -> str:
    return parseaddr(mail.header("Reply-To"))[1]


def noted(address: str) -> str:
    """The same reply address, for what stays inside."""
    return address.replace("+t.", "+note.t.")


def arrive_apart(world: World, from_: str, paths: list[str], text: str, threaded: bool = True) -> list[str]:
    """What becomes at last of copies that come one after the other, in answer to the last mail to Piet."""
    mail = world.last("piet").message if threaded else None
    raw = world.written(from_, paths[0], "Re: Till", text, **(thread(mail) if mail else {}))  # type: ignore[arg-type]
    numbers = []
    for path in paths:
        numbers.append(world.puts(raw, path, parseaddr(from_)[1]))
        world.works()
        world.advance(minutes=2)
    with db.transaction():
        return [inbox.get(number).fate for number in numbers]  # type: ignore[union-attr]


def answered(world: World, notice: Sent, paths: list[str], text: str) -> list[str]:
    """What becomes of copies of an answer that come together."""
    raw = world.written(PIET, paths[0], "Re: Till", text, **thread(notice.message))  # type: ignore[arg-type]
    numbers = [world.puts(raw, path, "piet@desk.example") for path in paths]
    world.works()
    with db.transaction():
        return [inbox.get(number).fate for number in numbers]  # type: ignore[union-attr]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("inside", [NOTE, DUTY_NOTE, "support+note.t.own"])
def test_what_an_agent_writes_to_a_note_address_too_stays_inside(
    world: World, inside: str, order: tuple[int, ...]
) -> None:
    world.receives(ANNA, text="The till hangs.")
    notice = world.last("piet")
    own = reply_to(notice)
    paths = [own, noted(own) if inside.endswith("own") else inside, SUPPORT]
    fates = answered(world, notice, [paths[place] for place in order], f"/time 10m\n\n{SECRET}")
    assert sorted(fates) == ["commands", "duplicate", "duplicate"]
    assert world.story() == ["TicketOpened", "NoteAdded", "TimeBooked", "CommandsDone"]
    assert SECRET not in texts(world.sent("anna"))


def test_a_note_to_a_bare_note_address_is_proved_by_the_reply_address_beside_it(world: World) -> None:
    world.receives(ANNA, text="The till hangs.")
    paths = [NOTE, reply_to(world.last("piet"))]
    raw = world.written(PIET, NOTE, "New mail, no thread", SECRET)
    for path in paths:
        world.puts(raw, path, "piet@desk.example")
    world.works()
    assert world.story() == ["TicketOpened", "NoteAdded"]


def test_a_note_address_says_nothing_where_a_contact_writes_to_it(world: World) -> None:
    world.receives(ANNA, text="The till hangs.")
    own = reply_to(world.last("anna"))
    assert arrives(world, ANNA, [NOTE, own], "Re: Till", "It still does.") == ["duplicate", "added"]


def test_what_was_carried_out_at_the_bare_address_is_not_done_again(world: World) -> None:
    world.receives(ANNA, text="The till hangs.")
    paths = [SUPPORT, reply_to(world.last("piet"))]
    assert arrive_apart(world, PIET, paths, "/time 10m\n\nRestart it.") == ["commands", "duplicate"]
    assert world.story().count("TimeBooked") == 1
    assert len(world.sent("anna", "reply")) == 1


def test_what_lacked_the_reply_address_is_done_when_the_copy_there_comes(world: World) -> None:
    world.receives(ANNA, text="The till hangs.")
    paths = [SUPPORT, NOTE, reply_to(world.last("piet"))]
    fates = arrive_apart(world, PIET, paths, f"/time 10m\n\n{SECRET}", threaded=False)
    assert fates[-1] == "commands"
    assert world.story() == ["TicketOpened", "NoteAdded", "TimeBooked", "CommandsDone"]
    assert SECRET not in texts(world.sent("anna"))


def test_a_held_copy_ends_when_a_better_one_is_decided(world: World) -> None:
    world.receives(ANNA, text="The till hangs.")
    world.replies(PIET, world.last("piet"), "/forward help@supplier.example\nDoes it print?")
    supplier, own = "Sue Supplier <help@supplier.example>", reply_to(world.last("help"))
    assert arrive_apart(world, supplier, [SUPPORT, own], "It does.")[0] == "duplicate"
    assert world.story().count("ThirdPartyAnswered") == 1


def test_a_reply_address_of_somebody_else_stands_for_nothing_and_its_holder_is_told(world: World) -> None:
    world.receives(BRAM, text="The till hangs.")
    of_bram = reply_to(world.last("bram"))
    for number, paths in enumerate(permutations([SUPPORT, of_bram])):
        world.news()
        fates = arrives(world, EVE, list(paths), f"Printer {number}", "It is out of paper.")
        assert sorted(fates) == ["duplicate", "opened"]
        assert fates[paths.index(SUPPORT)] == "opened"
        # Once a day.
        assert ("bram status" in world.news()) is (number == 0)


@pytest.mark.parametrize("detail", ["foo", "t.nonsense", "b.nonsense"])
def test_a_detail_that_says_nothing_is_no_address_of_its_own(world: World, detail: str) -> None:
    paths = [SUPPORT, f"support+{detail}@desk.example"]
    assert arrives(world, ANNA, paths, "Till", "The till hangs.") == ["opened", "duplicate"]


def two_tickets(world: World) -> list[str]:
    """Piet's reply addresses for them."""
    world.receives(ANNA, text="The till hangs.")
    world.receives(BRAM, subject="Printer", text="No paper.")
    return [reply_to(mail) for mail in world.sent("piet", "agent-new")]


def test_the_reply_addresses_of_two_tickets_are_two_answers(world: World) -> None:
    paths = two_tickets(world)
    assert arrives(world, PIET, [*paths, SUPPORT], "Both", "It works again.") == ["added", "added", "duplicate"]
    assert len(world.sent("anna", "reply")) == len(world.sent("bram", "reply")) == 1


def test_a_note_beside_the_reply_addresses_of_two_tickets_is_one_note(world: World) -> None:
    paths = two_tickets(world)
    assert sorted(arrives(world, PIET, [paths[0], noted(paths[1])], "Both", SECRET)) == ["added", "duplicate"]
    assert world.sent("", "reply") == []


def test_the_reply_addresses_of_merged_tickets_are_of_one(world: World) -> None:
    paths = two_tickets(world)
    world.replies(ANS, world.last("ans", "agent-new"), "/merge HD-1001")
    assert sorted(arrives(world, PIET, paths, "Both", "It works again.")) == ["added", "duplicate"]
    assert world.story().count("AgentReplied") == 1


def test_two_reply_addresses_of_one_ticket_are_one(world: World) -> None:
    world.receives(ANNA, text="The till hangs.")
    first = reply_to(world.last("piet"))
    world.advance(days=1)
    world.replies(ANNA, world.last("anna"), "It still hangs.")
    second = reply_to(world.last("piet"))
    assert first != second
    assert arrives(world, PIET, [first, second], "Till", "Restart it.") == ["added", "duplicate"]
