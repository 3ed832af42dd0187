"""The words of customers, through the whole desk: what each does, for whom, and who is told of it."""

import json

import pytest

from helpdeskd.cli import main
from helpdeskd.daemon.turn import carry_out
from helpdeskd.domain.event import CustomerWrote
from helpdeskd.domain.ticket import Status
from helpdeskd.domain.token import MANAGE, read
from helpdeskd.storage import db
from helpdeskd.storage.directory import StoredDirectory
from tests.world import ANNA, BRAM, EVE, FREDERIK, HEIKE, LUC, PIET, STRANGER, Sent, World, texts

CATO = "Cato Bakker <cato@bakery.example>"
CEES = "Cees Cornelis <cees@bakery.example>"
PEOPLE = {"anna": ANNA, "bram": BRAM, "cato": CATO, "sam": STRANGER}
TICKET_WORDS = ("status", "balance", "help", "contacts", "close")
CHANGES = {"add": f"add {CEES} open", "remove": "remove bram@bakery.example"}
ADDED, REMOVED = {"anna", "bram", "cato", "cees"}, {"anna", "cato"}


def people(customer: str = "bakery") -> dict[str, str]:
    """The contacts as they are stored: the name in the address, and rights."""
    with db.transaction():
        found = StoredDirectory().customer(customer)
    assert found is not None
    return {one.address.partition("@")[0]: ",".join(sorted(one.rights)) for one in found.contacts}


def asks(world: World, who: str, word: str) -> Sent:
    """What somebody gets who writes nothing but a word as the subject."""
    world.receives(who, subject=word, text="")
    return world.mails[-1]


def the_list(world: World) -> Sent:
    """The list of contacts as Anna gets it."""
    sent = asks(world, ANNA, "contacts")
    assert (sent.notice, sent.to) == ("contacts", "anna@bakery.example")
    world.news()
    return sent


def told(world: World) -> list[str]:
    """What customers and strangers got since."""
    return [line for line in world.news() if not line.startswith(("piet ", "ans "))]


def ticket_of_three(world: World) -> None:
    """Bram's ticket, in which Anna and Cato take part; each of them was answered."""
    world.receives(BRAM)
    with db.transaction():
        wrote = CustomerWrote(world.now, "bram@bakery.example", "x", ("anna@bakery.example", "cato@bakery.example"))
        carry_out(world.ticket(), [wrote], None, world.office.post(), world.now)
    world.replies(PIET, world.last("piet"), "We look into it.")
    world.news()


# Who may do what. With a token: in answer to the desk's own mail to that person; a stranger has somebody else's.

ANSWERS = {
    ("status", "anna"): ["anna status"],
    ("status", "bram"): ["bram status"],
    ("status", "cato"): ["cato status"],
    ("balance", "anna"): ["anna balance"],
    ("balance", "bram"): ["bram balance"],
    ("balance", "cato"): ["cato balance"],
    ("help", "anna"): ["anna help"],
    ("help", "bram"): ["bram help"],
    ("help", "cato"): ["cato help"],
    ("contacts", "anna"): ["anna contacts"],
    ("contacts", "bram"): ["bram refused"],
    ("contacts", "cato"): ["cato refused"],
    ("close", "anna"): ["anna help"],
    ("close", "bram"): ["bram help"],
    ("close", "cato"): ["cato help"],
    ("add", "anna"): ["anna contacts"],
    ("add", "bram"): ["bram refused"],
    ("add", "cato"): ["cato refused"],
    ("remove", "anna"): ["anna contacts"],
    ("remove", "bram"): ["bram refused"],
    ("remove", "cato"): ["cato refused"],
}
"""Who is proved by their domain, and writes a new mail; with a token only a ticket is closed and a list changed."""

CLOSED = ["anna closed", "bram closed", "cato closed"]


@pytest.mark.parametrize("strength", ["aligned", "none"])
@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("word", [*TICKET_WORDS, *CHANGES])
def test_what_a_word_does_in_a_new_mail(world: World, word: str, who: str, strength: str) -> None:
    ticket_of_three(world)
    before = people()
    world.receives(PEOPLE[who], subject="A word", text=CHANGES.get(word, word), strength=strength)
    assert told(world) == (ANSWERS.get((word, who), []) if strength == "aligned" else [])
    assert (people(), world.ticket().status) == (before, Status.OPEN)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("word", TICKET_WORDS)
def test_what_a_word_does_in_a_reply(world: World, word: str, who: str) -> None:
    ticket_of_three(world)
    world.replies(PEOPLE[who], world.last("bram" if who == "sam" else who, "reply"), word)
    misused = ["bram status"] if who == "sam" else None
    assert told(world) == (misused or (CLOSED if word == "close" else ANSWERS[word, who]))
    assert world.ticket().status is (Status.CLOSED if (word, misused) == ("close", None) else Status.OPEN)
    assert "CustomerWrote" not in world.story()[2:]


@pytest.mark.parametrize("strength", ["aligned", "none"])
@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("word", CHANGES)
def test_what_a_word_does_in_a_reply_to_the_list_of_a_manager(world: World, word: str, who: str, strength: str) -> None:
    sent, before = the_list(world), people()
    world.replies(PEOPLE[who], sent, CHANGES[word], strength=strength)
    counts = (who, strength) == ("anna", "aligned")
    answers = ANSWERS.get((word, who), []) if strength == "aligned" else []
    assert told(world) == sorted([*answers, *(["anna address-misused"] if who != "anna" else [])])
    assert set(people()) == ((ADDED if word == "add" else REMOVED) if counts else set(before))


# close


def test_who_takes_part_closes_the_ticket_with_a_word_of_thanks(world: World) -> None:
    world.receives(BRAM)
    world.news()
    mail = world.replies(BRAM, world.last("bram"), "Close.\n\nThank you, it works again.\n")
    assert (mail.fate, world.ticket().status) == ("commands", Status.CLOSED)
    assert world.news() == ["ans agent-update", "bram closed", "piet agent-update"]
    assert "The customer has closed the request." in world.last("piet").text
    assert "it works again" in world.last("piet").text
    assert "HD-1001 has been closed" in world.last("bram").text
    assert world.last("bram").header("In-Reply-To") == mail_id(world)


def mail_id(world: World) -> str:
    return f"<{world._written}@bakery.example>"


def test_what_is_closed_already_is_told_and_opens_nothing(world: World) -> None:
    world.receives(BRAM)
    for _ in range(2):
        world.replies(BRAM, world.last("bram"), "close")
    assert world.news()[-1] == "piet agent-update"
    assert [mail.notice for mail in world.sent("bram")] == ["ticket-received", "closed", "closed"]
    assert world.story().count("StatusChanged") == 1


def test_more_than_the_word_on_what_is_closed_is_a_new_matter(world: World) -> None:
    world.receives(BRAM)
    world.replies(BRAM, world.last("bram"), "close")
    assert world.replies(BRAM, world.last("bram"), "close\n\nthe other one too, please").fate == "opened"


def test_a_colleague_who_does_not_take_part_closes_nothing(world: World) -> None:
    world.receives(BRAM)
    received = world.last("bram")
    world.news()
    world.receives(ANNA, subject=f"Re: {received.subject}", text="close")
    assert told(world) == ["anna help"]
    assert "hoort niet bij een melding waaraan u deelneemt" in world.last("anna").text
    assert world.ticket().status is Status.NEW


def test_an_emergency_that_the_customer_closes_wakes_nobody_else(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.receives(BRAM, "duty@desk.example")
    world.replies(BRAM, world.last("bram"), "close")
    world.news()
    world.advance(hours=2)
    assert world.news() == []
    assert world.ticket().status is Status.CLOSED


def test_a_vacation_note_never_closes_or_asks(world: World) -> None:
    world.receives(BRAM)
    world.news()
    for word in ("close", "status", "help"):
        world.replies(BRAM, world.last("bram"), word, headers={"Auto-Submitted": "auto-replied"})
    assert (told(world), world.ticket().status) == ([], Status.NEW)


# status


def test_a_contact_sees_their_own_open_tickets_and_a_manager_all(world: World) -> None:
    world.receives(BRAM, subject="Screen")
    world.receives(ANNA, subject="Printer")
    world.receives(EVE, subject="Secret")
    world.receives(BRAM, subject="Solved", text="x")
    world.replies(PIET, world.last("piet"), "/resolve")
    own, all_of_them = asks(world, BRAM, "status"), asks(world, ANNA, "Status")
    assert own.subject == "Your open requests"
    assert "- HD-1001 Screen: new, next promise Monday 23 November 2026 at 14:00" in own.text
    assert "Printer" not in own.text
    assert "- HD-1002 Printer: nieuw, volgende termijn" in all_of_them.text
    assert "- HD-1001 Screen: nieuw, van Bram Bakker, volgende termijn" in all_of_them.text
    assert not any(word in texts([own, all_of_them]) for word in ("Secret", "Solved", "since this morning"))


def test_without_open_tickets_that_is_said(world: World) -> None:
    assert "There are no open requests that you take part in now." in asks(world, BRAM, "status").text
    assert "geen openstaande meldingen van uw organisatie" in asks(world, ANNA, "status").text


def test_a_question_in_a_reply_changes_nothing_on_the_ticket(world: World) -> None:
    world.receives(BRAM)
    world.replies(PIET, world.last("piet"), "/wait")
    before = world.story()
    world.replies(BRAM, world.last("bram"), "status\n\nKind regards,\nBram Bakker")
    assert "HD-1001 Invoice screen hangs: waiting for your answer" in world.last("bram", "status").text
    assert world.story() == before


# help

HELP = {FREDERIK: ("hjælp", "luk"), HEIKE: ("Hilfe", "schließen"), LUC: ("aide", "clôturer"), EVE: ("help", "close")}


@pytest.mark.parametrize("who", HELP, ids=lambda who: who.partition("@")[2])
def test_help_answers_in_the_contacts_language_whatever_the_contract(world: World, who: str) -> None:
    word, example = HELP[who]
    sent = asks(world, who, word)
    assert (sent.notice, sent.to in who) == ("help", True)
    assert f"- {example}" in sent.text
    assert "support@desk.example" in sent.text


def test_help_tells_what_this_contact_may_do_and_no_more(world: World) -> None:
    manager, other, no_open = (asks(world, who, "help").text for who in (ANNA, EVE, CATO))
    assert "contactpersonen beheren" in manager
    assert "- contactpersonen:" in manager
    assert "- contacts:" not in other
    assert "approve" not in other
    assert "- uren van de strippenkaart gebruiken" in no_open
    assert "niet opgegeven om meldingen te doen" in no_open


@pytest.mark.parametrize(
    ("to", "subject", "text"),
    [
        ("support@desk.example", "Help", "The printer burns."),
        ("support@desk.example", "Status", "It blinks red."),
        ("support@desk.example", "Printer", "help\nIt does not print."),
        ("duty@desk.example", "Help!", ""),
        ("duty@desk.example", "", "help"),
    ],
)
def test_a_cry_for_help_is_a_request(world: World, to: str, subject: str, text: str) -> None:
    world.at("2026-11-23 23:00")
    assert world.receives(BRAM, to, subject, text).fate == "opened"
    assert ("piet duty-page" in world.news()) is to.startswith("duty")


def test_a_word_with_a_file_is_a_request(world: World) -> None:
    screen = [("screen.png", "image/png", b"x")]
    assert world.receives(BRAM, subject="help", text="", attachments=screen).fate == "opened"


def test_the_answers_to_words_obey_the_caps(world: World) -> None:
    for word in ("help", "status", "help", "status", "help", "status"):
        world.receives(BRAM, subject=word, text="")
    assert len(world.sent("bram")) == 5


# contacts


def test_a_manager_names_a_contact_who_can_write_from_then_on(world: World) -> None:
    assert world.receives(CEES).status == "held"
    world.news()
    sent = the_list(world)
    mail = world.replies(ANNA, sent, "Toevoegen Cees Cornelis <Cees@Bakery.example> openen, uitgeven")
    assert (mail.fate, mail.reason) == ("commands", "contact added: cees@bakery.example (open, spend)")
    assert world.news() == ["anna contacts"]
    confirmed = world.last("anna")
    assert confirmed.subject == "Een contactpersoon is toegevoegd"
    assert "Anna de Vries heeft Cees Cornelis <cees@bakery.example> opgegeven" in confirmed.text
    shown = "- Cees Cornelis, cees@bakery.example: meldingen doen, uren van de strippenkaart gebruiken"
    assert (shown in sent.text, shown in confirmed.text) == (False, True)
    assert people()["cees"] == "open,spend"
    assert world.receives(CEES).fate == "opened"
    assert "cees ticket-received" in world.news()


def test_without_rights_a_new_contact_may_open_tickets(world: World) -> None:
    world.replies(ANNA, the_list(world), f"add {CEES}")
    assert people()["cees"] == "open"


def test_who_is_removed_is_believed_no_more_and_their_tickets_stay(world: World) -> None:
    world.receives(BRAM)
    answer = world.last("bram")
    sent = the_list(world)
    world.replies(ANNA, sent, "verwijderen bram@bakery.example")
    assert world.news() == ["anna contacts"]
    assert world.replies(BRAM, answer, "/why").status == "held"
    world.replies(PIET, world.last("piet", "agent-new"), "We look into it.")
    assert (world.ticket().requester, world.ticket().customer) == ("bram@bakery.example", "bakery")
    assert [mail.notice for mail in world.sent("bram")] == ["ticket-received"]


def test_whose_list_somebody_else_answered_learns_of_it_and_not_what_was_written(world: World) -> None:
    mail = world.replies(STRANGER, the_list(world), "remove bram@bakery.example\nHand it over.")
    assert (mail.status, world.news()) == ("held", ["anna address-misused"])
    told = world.last("anna").text
    assert "kregen wij bericht van iemand anders" in told
    assert "bakery.example" not in told


def test_each_list_serves_for_one_change(world: World) -> None:
    old = the_list(world)
    world.replies(ANNA, old, f"add {CEES} manage")
    assert world.news() == ["anna contacts", "cees contacts"]
    world.replies(ANNA, old, "remove bram@bakery.example")
    assert world.news() == ["anna contacts"]
    assert "is intussen gewijzigd" in world.last("anna").text
    world.replies(ANNA, world.last("anna"), "remove bram@bakery.example")
    assert world.news() == ["anna contacts", "cees contacts"]
    assert set(people()) == {"anna", "cato", "cees"}


def test_the_same_change_does_not_count_again_once_it_was_undone(world: World) -> None:
    first = the_list(world)
    world.replies(ANNA, first, f"add {CEES}")
    world.replies(ANNA, world.last("anna"), "remove cees@bakery.example")
    world.replies(ANNA, first, f"add {CEES}")
    assert "cees" not in people()


def test_a_change_by_the_operator_makes_the_list_void(world: World) -> None:
    sent = the_list(world)
    config = str(world.folder / "config.toml")
    assert main(["contacts", "add", "bakery", "Dirk <dirk@bakery.example>", "--config", config]) == 0
    world.reopens()
    world.replies(ANNA, sent, f"add {CEES}")
    assert ("cees" in people(), "dirk@bakery.example" in world.last("anna").text) == (False, True)


def test_a_list_can_be_answered_for_thirty_days(world: World) -> None:
    sent = the_list(world)
    world.clock.at = world.now.replace(year=2027, month=1, day=4)
    world.replies(ANNA, sent, f"add {CEES}")
    assert "cees" not in people()
    assert "telt alleen als antwoord op een lijst" in world.last("anna").text


def test_every_manager_is_told_and_nobody_else(world: World) -> None:
    world.replies(ANNA, the_list(world), f"add {CEES} manage")
    dora = world.last("cees", "contacts")
    world.news()
    world.replies(CEES, dora, "remove anna@bakery.example")
    assert world.news() == ["anna contacts", "cees contacts"]
    gone = world.last("anna")
    assert "Cees Cornelis heeft Anna de Vries <anna@bakery.example> verwijderd" in gone.text
    assert "bram@bakery.example" not in gone.text
    assert gone.header("Reply-To") == ""
    assert people()["cees"] == "manage"


def test_the_last_manager_stays(world: World) -> None:
    world.replies(ANNA, the_list(world), "remove anna@bakery.example")
    assert world.news() == ["anna contacts"]
    assert "de laatste persoon" in world.last("anna").text
    assert "anna" in people()


def test_a_manager_can_leave_when_there_is_another(world: World) -> None:
    world.replies(ANNA, the_list(world), f"add {CEES} manage")
    world.replies(ANNA, world.last("anna"), "remove a.devries@bakery.example")
    assert set(people()) == {"bram", "cato", "cees"}


@pytest.mark.parametrize("address", ["eve@smith.example", "piet@desk.example", "support@desk.example"])
def test_whose_an_address_is_is_not_told(world: World, address: str) -> None:
    world.replies(ANNA, the_list(world), f"add Somebody <{address}>")
    assert f"Dit adres kunnen wij niet opnemen: {address}." in world.last("anna").text
    assert len(people()) == 3


def test_a_manager_who_writes_a_change_out_of_the_blue_gets_the_list_to_answer(world: World) -> None:
    world.receives(ANNA, subject="", text=f"add {CEES}")
    assert world.news() == ["anna contacts"]
    world.replies(ANNA, world.last("anna"), f"add {CEES}")
    assert "cees" in people()


def test_the_reply_address_of_the_list_is_bound_to_its_purpose_and_list(world: World) -> None:
    claims = [read(the_list(world).header("Reply-To").partition("+t.")[2].partition("@")[0]) for _ in range(2)]
    assert all(claim and claim.purpose == MANAGE for claim in claims)
    assert len({claim.ticket_id for claim in claims if claim}) == 1


def test_a_confirmation_is_not_held_back_by_what_else_was_sent(world: World) -> None:
    sent = the_list(world)
    for _ in range(5):
        asks(world, ANNA, "help")
    world.news()
    world.replies(ANNA, sent, f"add {CEES}")
    assert world.news() == ["anna contacts"]


def test_what_was_changed_by_mail_is_seen_and_not_undone_unseen(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ["--config", str(world.folder / "config.toml")]
    main(["directory", "export", *config])
    file = world.folder / "directory.toml"
    file.write_text(capsys.readouterr().out)
    world.reopens()
    world.replies(ANNA, the_list(world), f"add {CEES} open,spend")
    world.replies(ANNA, world.last("anna"), "remove bram@bakery.example")
    main(["contacts", "changes", *config])
    assert capsys.readouterr().out.splitlines() == [
        "2026-11-23T10:00:00+01:00 bakery: anna@bakery.example added Cees Cornelis <cees@bakery.example> (open, spend)",
        "2026-11-23T10:00:00+01:00 bakery: anna@bakery.example removed Bram Bakker <bram@bakery.example> (open)",
    ]
    main(["contacts", "changes", "--json", *config])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["change"], row["by"], row["addresses"], row["rights"]) for row in rows] == [
        ("added", "anna@bakery.example", ["cees@bakery.example"], ["open", "spend"]),
        ("removed", "anna@bakery.example", ["bram@bakery.example"], ["open"]),
    ]
    assert main(["directory", "apply", str(file), "--dry-run", *config]) == 0
    said = capsys.readouterr()
    assert "cees@bakery.example" in said.out
    assert said.err.splitlines()[:2] == [
        "customer bakery: cees@bakery.example, added by anna@bakery.example by mail, goes "
        "(directory export prints what stands) [warning]",
        "customer bakery: bram@bakery.example, removed by anna@bakery.example by mail, comes back "
        "(directory export prints what stands) [warning]",
    ]
    world.reopens()
