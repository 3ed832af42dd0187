"""Who is not known, not proved or not entitled: held or refused, with the reason told to whom it may be told."""

from helpdeskd.cli import main
from helpdeskd.domain.ticket import Status
from helpdeskd.storage.inbox import Received
from tests.world import ANNA, BRAM, EVE, LUC, PIET, STRANGER, World, local, texts


def test_the_mails_of_strangers_are_held_and_told_in_one_digest(world: World) -> None:
    for subject in ("Hello", "Invoice attached"):
        assert world.receives(STRANGER, subject=subject).status == "held"
    assert world.news() == []
    world.advance(hours=2)
    assert world.news() == ["ans held-digest", "piet held-digest"]
    digest = world.last("piet").text
    assert "Hello (sam@elsewhere.example)\n\n> It hangs since this morning." in digest
    assert "Accept: /accept 1 as CONTACT\nRefuse: /refuse 1 REASON\nBlock the sender: /block 1" in digest
    assert "Invoice attached (sam@elsewhere.example)" in digest
    assert "not a known contact" in digest


def test_what_was_decided_before_the_digest_is_not_in_it(world: World) -> None:
    spam, other = (world.receives(STRANGER, subject=subject) for subject in ("Buy now", "Hello"))
    config = str(world.folder / "config.toml")
    assert main(["held", "refuse", str(spam.id), "Spam", "--config", config]) == 0
    world.reopens()
    world.advance(hours=2)
    digest = world.last("piet").text
    assert ("Buy now" in digest, "Hello" in digest) == (False, True)
    assert other.status == "held"


def test_held_at_night_is_told_in_the_morning(world: World) -> None:
    world.at("2026-11-27 22:00")
    world.receives(STRANGER)
    world.at("2026-11-30 08:29")
    assert world.news() == []
    world.at("2026-11-30 08:30")
    assert world.news() == ["ans held-digest", "piet held-digest"]


def test_held_mail_for_duty_is_told_at_once(world: World) -> None:
    world.at("2026-11-27 22:00")
    world.receives(STRANGER, "duty@desk.example", "Everything burns")
    world.advance(minutes=1)
    assert world.news() == ["ans held-digest", "piet held-digest"]


def test_a_contact_whom_nothing_proves_is_held_and_not_answered(world: World) -> None:
    mail = world.receives(ANNA, strength="none")
    assert mail.status == "held"
    world.advance(hours=2)
    assert world.sent("anna") == []
    assert "not proved" in world.last("piet").text
    assert "Accept: /accept 1\n" in world.last("piet").text


def test_nothing_that_an_unproved_sender_wrote_is_sent_to_a_customer(world: World) -> None:
    world.receives(BRAM)
    received = world.last("bram")
    forged = {"strength": "none", "text": "Pay to this account."}
    world.receives(BRAM, received.header("Reply-To"), f"Re: {received.subject}", **forged)
    world.receives(PIET, world.last("piet").header("Reply-To"), f"Re: {received.subject}", **forged)
    world.receives(STRANGER, received.header("Reply-To"), f"Re: {received.subject}", **forged)
    world.advance(days=2)
    assert "this account" not in texts(mail for mail in world.mails if not mail.row.to_agent)
    assert world.story().count("CustomerWrote") == 0


def test_a_reply_address_in_other_hands_is_not_honoured_and_the_desk_is_told(world: World) -> None:
    world.receives(BRAM)
    world.news()
    mail = world.receives(EVE, world.last("bram").header("Reply-To"), text="Let me in.")
    assert mail.status == "held"
    assert world.news() == ["ans agent-update", "bram status", "piet agent-update"]
    assert "somebody else" in world.last("piet").text
    assert "somebody else" in world.last("bram").text
    assert "Let me in" not in world.last("bram").text
    assert world.sent("eve") == []


def test_the_agent_whose_reply_address_was_used_is_told(world: World) -> None:
    world.receives(BRAM)
    world.news()
    world.receives(EVE, world.last("piet").header("Reply-To"), text="/resolve")
    assert world.news() == ["piet agent-update"]
    assert world.ticket().status is Status.NEW


def test_a_contract_that_has_ended_is_refused_and_says_why(world: World) -> None:
    mail = world.receives(LUC, subject="Caisse en panne")
    assert (mail.fate, mail.status) == ("refused", "done")
    assert world.news() == ["luc refused"]
    refused = world.last("luc")
    assert "31" in refused.text
    assert refused.header("In-Reply-To") == mail_id(world)
    assert refused.header("Auto-Submitted") == "auto-replied"


def mail_id(world: World) -> str:
    return f"<{world._written}@brasserie.example>"


def test_a_contact_without_the_right_to_open_is_told_whom_to_ask(world: World) -> None:
    mail = world.receives("Cato Bakker <cato@bakery.example>")
    assert mail.fate == "refused"
    assert world.news() == ["cato refused"]


def test_a_mail_that_does_not_name_our_address_opens_a_ticket_without_an_acknowledgement(world: World) -> None:
    mail = world.receives(BRAM, shown_to="everybody@bakery.example")
    assert mail.fate == "opened"
    assert world.news() == ["ans agent-new", "piet agent-new"]
    assert "our address is in neither To nor Cc" in world.last("piet").text


def test_a_second_address_of_the_desk_in_copy_is_answered(world: World) -> None:
    world.receives(BRAM, shown_to="everybody@bakery.example", cc=["help@desk.example"])
    assert "bram ticket-received" in world.news()


def test_a_held_mail_that_a_person_accepts_becomes_a_ticket(world: World) -> None:
    held = world.receives(STRANGER, text="I am new at the bakery.")
    config = str(world.folder / "config.toml")
    assert main(["held", "accept", str(held.id), "--as", "bram@bakery.example", "--config", config]) == 0
    world.reopens()
    assert world.news() == ["ans agent-new", "bram ticket-received", "piet agent-new"]
    assert world.ticket().requester == "bram@bakery.example"


def test_a_held_mail_that_a_person_refuses_is_answered_to_a_contact_who_was_proved(world: World) -> None:
    world.clock.at = local("2027-01-04 10:00")
    held = world.receives(EVE, subject="Printer")
    assert held.status == "held"
    assert world.news() == ["eve refused"]
    refuse(world, held, "You asked us to close your account.")
    assert world.news() == ["eve refused"]
    told = world.last("eve")
    assert "unable to deal with it" in told.text
    assert "- The reason: You asked us to close your account." in told.text
    assert told.header("In-Reply-To") == f"<{world._written}@smith.example>"


def test_a_held_mail_that_a_person_refuses_is_not_answered_to_anybody_else(world: World) -> None:
    for sender, strength in ((STRANGER, "aligned"), (EVE, "none"), (PIET, "aligned")):
        held = world.receives(sender, strength=strength)
        world.advance(hours=2)
        world.news()
        if held.status == "held":
            refuse(world, held, "No.")
            assert world.news() == []


def refuse(world: World, held: Received, reason: str) -> None:
    config = str(world.folder / "config.toml")
    assert main(["held", "refuse", str(held.id), reason, "--config", config]) == 0
    world.reopens()
