"""Who else comes into a ticket: contacts who take part, phone calls, and third parties who are asked for help."""

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from helpdeskd.domain.ticket import Status
from helpdeskd.storage import db, ledger
from tests.mail_client import thread
from tests.world import ANNA, ANS, BRAM, EVE, MIA, PIET, STRANGER, Sent, World, texts

SUPPLIER = "Sue Supplier <help@supplier.example>"
ADDRESS = "help@supplier.example"
SECRET = "It hangs since this morning."


def asked(world: World, text: str = "Does version 7 print?", **parts: object) -> Sent:
    """Bram has asked something; Piet asks the supplier."""
    world.receives(BRAM)
    world.news()
    world.replies(PIET, world.last("piet"), f"/forward {ADDRESS}\n{text}", **parts)
    return world.last("help")


def answers(world: World, to: Sent, text: str = "Version 8 does.", from_: str = SUPPLIER, **parts: object) -> None:
    world.replies(from_, to, text, **parts)


def notes(world: World) -> list[str]:
    return [kind for kind in world.story() if kind in {"ThirdPartyAsked", "ThirdPartyAnswered", "NoteAdded"}]


def to_customers(world: World) -> list[str]:
    """What went to anybody but agents and the supplier."""
    return [f"{mail.to} {mail.notice}" for mail in world.mails if not mail.row.to_agent and mail.to != ADDRESS]


RECEIVED = ["bram@bakery.example ticket-received"]


def test_a_supplier_is_asked_in_the_agents_words_and_sees_nothing_else_of_the_ticket(world: World) -> None:
    world.receives(BRAM, attachments=[("secret.txt", "text/plain", b"secret")])
    world.news()
    bill = ("log.txt", "text/plain", b"printed nothing")
    mail = world.last("piet")
    world.receives(
        PIET,
        mail.header("Reply-To"),
        "Re: [HD-1001] Version 7",
        f"/forward {ADDRESS}\nDoes version 7 print?\n\nOn Monday, Helpdesk wrote:\n> {SECRET}\n",
        attachments=[bill],
        **thread(mail.message),
    )
    assert world.news() == ["ans agent-update", "help forward", "piet agent-transcript"]
    question = world.last("help")
    assert question.subject == "[HD-1001] Version 7"
    assert "Does version 7 print?" in question.text
    assert "Piet Jansen" in question.text
    for inside in (SECRET, "Bram", "bakery", "Bakkerij", "Invoice", "/forward"):
        assert inside not in question.message.text + question.subject
    assert [attachment.name for attachment in question.message.attachments] == ["log.txt"]
    assert question.message.from_ is not None
    assert (question.message.from_.name, question.message.from_.address) == (
        "Piet Jansen via Helpdesk",
        "support@desk.example",
    )
    assert question.header("Auto-Submitted") == ""
    assert to_customers(world) == RECEIVED
    assert world.ticket().answered_at is None
    assert ADDRESS in world.last("ans").text


def test_the_answer_is_a_note_for_the_agents_and_for_nobody_else(world: World) -> None:
    question = asked(world)
    before = world.ticket()
    world.news()
    answers(world, question, attachments=[("manual.txt", "text/plain", b"press print")])
    assert world.news() == ["ans agent-update", "piet agent-update"]
    told = world.last("piet")
    assert "The third party that was asked has answered" in told.text
    assert "Version 8 does." in told.text
    assert f"- /forward {ADDRESS}\n" in told.text
    assert [attachment.name for attachment in told.message.attachments] == ["manual.txt"]
    assert (world.ticket(), to_customers(world)) == (before, RECEIVED)
    assert notes(world) == ["ThirdPartyAsked", "ThirdPartyAnswered"]
    world.replies(PIET, told, "/show")
    assert f"{ADDRESS} (note):\nVersion 8 does." in world.last("piet").text
    assert f"piet (to {ADDRESS}):\nDoes version 7 print?" in world.last("piet").text


def test_an_answer_to_that_note_goes_to_the_customer_and_a_forward_back_to_the_supplier(world: World) -> None:
    first = asked(world)
    answers(world, first)
    told = world.last("piet")
    world.news()
    world.replies(PIET, told, "Please install version 8.")
    assert world.news() == ["bram reply"]
    assert "Please install version 8." in world.last("bram").text
    assert "Version 8 does." not in texts(world.sent("bram"))
    world.replies(PIET, told, f"/forward {ADDRESS}\nAnd version 6?")
    again = world.last("help")
    assert again.header("In-Reply-To") == world_answer(world)
    assert again.subject == first.subject
    assert "And version 6?" not in texts(world.sent("bram"))


def world_answer(world: World) -> str:
    """The Message-ID of the supplier's mail."""
    return f"<{world._written - 2}@supplier.example>"


def test_the_owner_and_who_asked_are_both_told_of_the_answer(world: World) -> None:
    world.receives(BRAM)
    world.replies(ANS, world.last("ans"), "/take")
    world.replies(PIET, world.last("piet"), f"/forward {ADDRESS}\nDoes it print?")
    world.news()
    answers(world, world.last("help"))
    assert world.news() == ["ans agent-update", "piet agent-update"]


def test_who_cannot_be_proved_is_heard_and_marked(world: World) -> None:
    question = asked(world)
    world.news()
    answers(world, question, "Pay to this account.", strength="none")
    assert world.news() == ["ans agent-update", "piet agent-update"]
    assert "nothing proves that it is from them" in world.last("piet").text
    assert to_customers(world) == RECEIVED
    world.replies(PIET, world.last("piet"), "/show")
    assert "(note, sender not proved):\nPay to this account." in world.last("piet").text


WHOSE = {
    "supplier, aligned": (SUPPLIER, "aligned", "added", "ThirdPartyAnswered"),
    "supplier, not proved": (SUPPLIER, "none", "added", "ThirdPartyAnswered"),
    "stranger, aligned": (STRANGER, "aligned", "held", "TokenMisused"),
    "stranger, not proved": (STRANGER, "none", "held", "TokenMisused"),
    "colleague of the supplier": ("Jo <jo@supplier.example>", "aligned", "held", "TokenMisused"),
    "contact who takes part": (BRAM, "aligned", "added", "TokenMisused"),
    "contact of another customer": (EVE, "aligned", "held", "TokenMisused"),
    "contact, not proved": (BRAM, "none", "held", "TokenMisused"),
    "agent, aligned": (PIET, "aligned", "commands", "TokenMisused"),
    "agent, not proved": (PIET, "none", "held", "TokenMisused"),
}


@pytest.mark.parametrize("case", WHOSE.values(), ids=WHOSE)
def test_the_suppliers_reply_address_serves_the_supplier_only(case: tuple[str, str, str, str], world: World) -> None:
    person, strength, fate, event = case
    question = asked(world)
    mail = world.receives(
        person, question.header("Reply-To"), "Re: " + question.subject, "/resolve\nIt is mine.", strength=strength
    )
    assert mail.fate == fate
    assert world.story()[-1] == event
    assert world.ticket().status is Status.NEW
    assert world.story().count("ThirdPartyAnswered") == (1 if person == SUPPLIER else 0)
    assert "It is mine" not in texts(world.sent("bram") + world.sent("help") + world.sent("sam"))


def test_without_its_reply_address_the_supplier_is_a_stranger_like_any_other(world: World) -> None:
    asked(world)
    mail = world.receives(SUPPLIER, subject="[HD-1001] Version 7", text="Hello?")
    assert (mail.fate, "ThirdPartyAnswered" in world.story()) == ("held", False)


def test_the_message_id_of_the_question_leads_back_too(world: World) -> None:
    question = asked(world)
    world.receives(SUPPLIER, text="Version 8 does.", **thread(question.message))
    assert world.story()[-1] == "ThirdPartyAnswered"


def test_what_the_supplier_writes_is_never_a_command(world: World) -> None:
    answers(world, asked(world), "/resolve\n/close\nIt is solved.")
    assert world.ticket().status is Status.NEW
    assert "/resolve" in world.last("piet").text


@pytest.mark.parametrize("command", ["/wait", "/pending 2wd", "/resolve", "/close"])
def test_an_answer_leaves_the_ticket_as_it_is(command: str, world: World) -> None:
    question = asked(world)
    world.replies(PIET, world.last("piet"), command)
    before = world.ticket()
    answers(world, question)
    assert world.ticket() == before
    assert world.story()[-1] == "ThirdPartyAnswered"
    assert "Version 8 does." in world.last("piet").text


def test_an_automatic_answer_is_recorded_only(world: World) -> None:
    question = asked(world)
    world.news()
    answers(world, question, "We are on holiday.", headers={"Auto-Submitted": "auto-replied"})
    assert (world.story()[-1], world.news()) == ("MailRecorded", [])


def test_a_question_that_does_not_arrive_is_told_to_the_agents(world: World) -> None:
    world.receives(BRAM)
    world.replies(ANS, world.last("ans"), "/take")
    world.replies(PIET, world.last("piet"), f"/forward {ADDRESS}\nDoes it print?")
    world.news()
    world.bounces(world.last("help"))
    assert world.news() == ["ans agent-update", "piet agent-update"]
    assert ADDRESS in world.last("piet").text


REFUSED = {
    "": "is no address",
    "supplier": "is no address",
    "help@supplier": "is no address",
    "a,b@supplier.example": "is no address",
    f"{'x' * 65}@supplier.example": "is no address",
    "help@supplier.example and others": "is no address",
    "support@desk.example": "the desk's own",
    "support+x@desk.example": "the desk's own",
    "ans@desk.example": "a colleague",
    "a.devries@bakery.example": "Anna de Vries of this customer (/cc",
    "eve@smith.example": "a contact of smith",
}


@pytest.mark.parametrize("address", REFUSED)
def test_a_third_party_is_nobody_whom_the_desk_knows(address: str, world: World) -> None:
    world.receives(BRAM)
    world.replies(PIET, world.last("piet"), f"/forward {address}\nDoes it print?")
    assert world.last("piet").notice == "agent-error"
    assert REFUSED[address] in world.last("piet").text.replace("\n", " ")
    assert world.ticket().third_parties == ()
    assert to_customers(world) == RECEIVED


@pytest.mark.parametrize(
    "text",
    [
        f"/forward {ADDRESS}",
        f"/forward {ADDRESS}\n/forward {ADDRESS}\nTwice?",
        f"/forward {ADDRESS}\n/note\nInside?",
        f"/forward {ADDRESS}\n/call bram@bakery.example 5m\nInside?",
        f"/forward {ADDRESS}\n/frward x\nDoes it print?",
    ],
)
def test_a_question_that_is_not_clear_is_sent_to_nobody(text: str, world: World) -> None:
    world.receives(BRAM)
    world.news()
    world.replies(PIET, world.last("piet"), text)
    assert world.news() == ["piet agent-error"]


def test_two_suppliers_are_asked_the_same_and_know_nothing_of_each_other(world: World) -> None:
    world.receives(BRAM)
    world.replies(PIET, world.last("piet"), f"/forward {ADDRESS}\n/forward info@maker.example\nDoes it print?")
    one, other = world.last("help"), world.last("info")
    assert "maker" not in one.message.text
    assert "supplier" not in other.message.text
    assert one.header("Reply-To") != other.header("Reply-To")


def test_a_mail_without_a_subject_does_not_tell_the_tickets(world: World) -> None:
    world.receives(BRAM)
    mail = world.last("piet")
    world.receives(PIET, mail.header("Reply-To"), "", f"/forward {ADDRESS}\nDoes it print?", **thread(mail.message))
    assert world.last("help").subject == "[HD-1001] Helpdesk"


def test_an_answer_to_a_ticket_that_was_merged_is_a_note_where_it_went(world: World) -> None:
    question = asked(world)
    world.receives(BRAM, subject="Again")
    world.replies(PIET, world.last("piet", "agent-transcript"), "/merge HD-1002")
    answers(world, question)
    assert world.story("HD-1002")[-1] == "ThirdPartyAnswered"


def test_a_colleague_whom_the_agent_lets_in_gets_what_is_written_from_then_on(world: World) -> None:
    world.receives(BRAM)
    world.replies(PIET, world.last("piet"), "First answer.")
    world.news()
    world.advance(minutes=1)
    world.replies(PIET, world.last("piet"), "/cc a.devries@bakery.example")
    assert world.news() == ["piet agent-transcript"]
    world.replies(PIET, world.last("piet"), "Second answer.")
    assert world.news() == ["anna reply", "bram reply"]
    assert [mail.notice for mail in world.sent("anna")] == ["reply"]
    assert "First answer" not in texts(world.sent("anna"))
    assert SECRET not in texts(world.sent("anna"))
    world.replies(ANNA, world.last("anna"), "Thank you.")
    assert world.story()[-1] == "CustomerWrote"


def test_an_answer_in_the_mail_that_lets_somebody_in_goes_to_them_too(world: World) -> None:
    world.receives(BRAM)
    world.advance(minutes=1)
    world.replies(PIET, world.last("piet"), "/cc anna@bakery.example\nHere it is.")
    assert "Here it is." in world.last("anna", "reply").text
    assert SECRET not in world.last("anna", "reply").text


NOT_LET_IN = {
    "": "whom? (/cc ADDRESS)",
    "ann@bakery.example": "did you mean anna@bakery.example? /forward asks anybody else",
    "eve@smith.example": "is no contact of this customer",
    ADDRESS: "/forward asks anybody else",
    "ans@desk.example": "is no contact of this customer",
    "cato@bakery.example": "may not open requests",
    "bram@bakery.example": "takes part already",
    "anna@bakery.example eve@smith.example": "eve@smith.example is no contact of this customer",
}


@pytest.mark.parametrize("address", NOT_LET_IN)
def test_nobody_but_authorised_contacts_of_the_customer_is_let_in(address: str, world: World) -> None:
    world.receives(BRAM)
    before = world.ticket()
    world.replies(PIET, world.last("piet"), f"/cc {address}\nHere it is.")
    assert NOT_LET_IN[address] in " ".join(world.last("piet", "agent-error").text.split())
    assert (world.ticket(), to_customers(world)) == (before, RECEIVED)


def test_who_is_taken_out_gets_nothing_any_more_and_joins_again_by_writing(world: World) -> None:
    world.receives(BRAM, cc=["anna@bakery.example"])
    world.replies(PIET, world.last("piet"), "/uncc a.devries@bakery.example")
    world.news()
    world.replies(PIET, world.last("piet"), "For Bram only.")
    assert world.news() == ["bram reply"]
    world.receives(ANNA, subject="[HD-1001] And?", text="And?")
    world.replies(PIET, world.last("piet"), "For both.")
    assert "For both." in world.last("anna").text
    assert "For Bram only." not in texts(world.sent("anna"))


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "whom? (/uncc ADDRESS; beside the requester: anna@bakery.example)"),
        ("bram@bakery.example", "is the requester, who takes part as long as there is a ticket"),
        ("eve@smith.example", "does not take part (beside the requester: anna@bakery.example)"),
    ],
)
def test_the_requester_stays_and_nobody_is_taken_out_by_mistake(address: str, why: str, world: World) -> None:
    world.receives(BRAM, cc=["anna@bakery.example"])
    before = world.ticket()
    world.replies(PIET, world.last("piet"), f"/uncc {address}")
    assert why in " ".join(world.last("piet", "agent-error").text.split())
    assert world.ticket() == before


def test_a_phone_call_becomes_a_ticket_that_is_its_agents_with_the_minutes_booked(world: World) -> None:
    mail = world.receives(PIET, subject="Till", text="/call bram@bakery.example 12m\nThe till does not open.")
    assert mail.fate == "opened"
    assert world.news() == ["ans agent-new", "bram ticket-received", "piet agent-new", "piet agent-transcript"]
    ticket = world.ticket()
    assert (ticket.requester, ticket.subject, ticket.owner, ticket.status) == (
        "bram@bakery.example",
        "Till",
        "piet",
        Status.OPEN,
    )
    transcript = world.last("piet").text
    assert "/call: opened for Bram Bakker" in transcript
    assert "12 min from 2026-11-23 09:48; the ticket is yours" in transcript
    assert "minutes:" not in transcript
    assert "The till does not open." in world.last("ans").text
    assert "/call" not in texts(world.sent("bram"))
    assert world.story() == ["TicketOpened", "OwnerChanged", "StatusChanged", "TimeBooked", "CommandsDone"]


def test_the_minutes_of_a_call_count_on_its_ticket(world: World) -> None:
    world.receives(PIET, subject="Till", text="/call ben@dentist.example 12m")
    assert world.last("piet").notice == "agent-error"
    world.receives(PIET, subject="Till", text="/call ben@dentist.example 12m The till is stuck")
    assert "The till is stuck" in world.last("ans", "agent-new").text
    assert "minutes: 12 worked" in world.last("piet").text
    with db.transaction():
        (entry,) = ledger.entries(world.ticket().id)
    assert (entry.ticket, entry.agent, entry.minutes) == ("HD-1001", "piet", 12)
    world.replies(PIET, world.last("piet"), "/time -12m")
    assert "12 min taken back" in world.last("piet").text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/call 12m\nHello", "who called?"),
        ("/call nobody@elsewhere.example 12m\nHello", "who called?"),
        ("/call bram@bakery.example\nHello", "how long was it?"),
        ("/call bram@bakery.example -12m\nHello", "how long was it?"),
        ("/call bram@bakery.example soon\nHello", "how long?"),
        ("/call bram@bakery.example 12m at 23:00\nHello", "not over yet"),
        ("/call bram@bakery.example 12m", "what was it about?"),
        ("/call cato@bakery.example 12m\nHello", "it is not served for Cato Bakker (no-right"),
        ("/call luc@brasserie.example 12m\nHello", "it is not served for Luc Martin (contract-ended"),
        ("/call bram@bakery.example 12m\n/take\nHello", "the ticket is not open yet"),
        ("/call bram@bakery.example 12m\n/for anna@bakery.example\nHello", "who called?"),
    ],
)
def test_a_call_that_is_not_clear_or_not_served_opens_nothing(text: str, why: str, world: World) -> None:
    assert world.receives(PIET, text=text).fate == "commands"
    assert why in " ".join(world.last("piet", "agent-error").text.split())
    assert [mail.to for mail in world.mails] == ["piet@desk.example"]


def test_a_call_on_a_ticket_is_booked_and_what_was_said_stays_inside(world: World) -> None:
    world.receives(BRAM)
    world.replies(ANS, world.last("ans"), "/take")
    world.news()
    world.replies(PIET, world.last("piet"), "/call a.devries@bakery.example 12m told her why\nShe is not amused.")
    assert world.news() == ["ans agent-update", "piet agent-transcript"]
    assert "the text stays inside" in " ".join(world.last("piet").text.split())
    note = " ".join(world.last("ans").text.replace(">", " ").split())
    assert "Call with Anna de Vries <anna@bakery.example : 12 min from 2026-11-23 09:48 told her why" in note
    assert "She is not amused." in note
    assert world.story()[-3:] == ["NoteAdded", "TimeBooked", "CommandsDone"]
    assert to_customers(world) == RECEIVED


def test_a_call_with_who_was_asked_for_help_is_booked_too_and_with_nobody_else(world: World) -> None:
    asked(world)
    world.replies(PIET, world.last("piet"), f"/call {ADDRESS} 5m")
    assert world.story()[-2] == "TimeBooked"
    world.replies(PIET, world.last("piet"), "/call eve@smith.example 5m")
    assert "is no contact of this customer" in world.last("piet", "agent-error").text


def test_a_mail_that_is_forwarded_as_an_attachment_is_its_authors(world: World) -> None:
    inner = EmailMessage(SMTP)
    inner["From"], inner["To"], inner["Subject"] = BRAM, "piet@desk.example", "Till is stuck"
    inner.set_content("The till does not open any more.")
    for text in ("", "He is furious.", "/for bram@bakery.example", "/call bram@bakery.example 5m He called too"):
        outer = EmailMessage(SMTP)
        world._written += 1
        outer["Authentication-Results"] = "mx.desk.example; dmarc=pass header.from=desk.example"
        outer["From"], outer["To"], outer["Subject"] = PIET, "support@desk.example", "Fwd: Till"
        outer["Message-ID"] = f"<{world._written}@desk.example>"
        outer.set_content(text)
        outer.add_attachment(inner)
        assert world.takes(outer.as_bytes(), "support@desk.example", PIET).fate == "opened", text
        assert world.mails[-1].subject.endswith("Till is stuck")
        assert "The till does not open any more." in world.last("ans", "agent-new").text
    assert "furious" not in texts(world.sent("bram"))
    assert "called too" not in texts(world.sent("bram"))


def test_an_answer_to_a_page_that_asks_a_supplier_takes_the_emergency_and_says_nothing_of_a_note(world: World) -> None:
    world.at("2026-11-27 22:00")
    world.receives(BRAM, "duty@desk.example", "Everything burns")
    world.news()
    world.replies(PIET, world.last("piet", "duty-page"), f"/forward {ADDRESS}\nIs your service up?")
    assert world.news() == ["bram duty-taken", "help forward", "piet agent-transcript"]
    assert "page: yours" in world.last("piet").text
    assert "stays inside" not in world.last("piet").text
    assert "NoteAdded" not in world.story()
    answers(world, world.last("help"), "It is down.")
    assert world.news() == ["piet agent-update"]


@pytest.mark.parametrize("text", ["/call bram@bakery.example 5m\nHello", "/for bram@bakery.example\nHello"])
def test_where_only_managers_may_no_other_agent_opens_for_a_contact(text: str, tmp_path: Path) -> None:
    with World(tmp_path / "desk", of_desk='managers_only = ["call", "for"]\n') as world:
        world.receives(PIET, text=text)
        assert "only a manager may do that here" in world.last("piet", "agent-error").text
        assert world.receives(MIA, text=text).fate == "opened"


def test_without_plus_addresses_the_question_leads_back_all_the_same(tmp_path: Path) -> None:
    with World(tmp_path / "desk", "\n[mail]\nplus_addresses = false\n") as world:
        question = asked(world)
        assert question.header("Reply-To") == "support@desk.example"
        world.receives(SUPPLIER, text=f"It does.\n\nOn Monday you wrote:\n> {question.text.splitlines()[-1]}")
        answers(world, question)
        assert notes(world) == ["ThirdPartyAsked", "ThirdPartyAnswered", "ThirdPartyAnswered"]


def test_who_asked_on_a_ticket_that_was_merged_hears_of_the_answer_and_of_a_mail_that_did_not_arrive(
    world: World,
) -> None:
    world.receives(ANNA)
    world.receives(BRAM)
    world.replies(ANS, world.sent("ans", "agent-new")[1], f"/forward {ADDRESS}\nDoes version 7 print?")
    question = world.last("help")
    world.replies(PIET, world.sent("piet", "agent-new")[0], "/take")
    world.replies(PIET, world.sent("piet", "agent-new")[1], "/merge HD-1001")
    assert world.ticket().third_parties == (ADDRESS,)
    world.news()
    answers(world, question)
    assert world.news() == ["ans agent-update", "piet agent-update"]
    world.bounces(question)
    assert world.news() == ["ans agent-update", "piet agent-update"]
    assert world.last("ans").reference == "HD-1001"
    world.replies(ANS, world.last("ans"), f"/call {ADDRESS} 5m")
    assert world.news() == ["ans agent-transcript", "piet agent-update"]
    world.replies(ANS, world.last("ans"), f"/forward {ADDRESS}\nAnd version 9?")
    assert world.last("help").subject.removeprefix("[HD-1001] ") == question.subject.removeprefix("[HD-1002] ")
    assert "Version 8 does." not in texts(world.sent("anna") + world.sent("bram"))
