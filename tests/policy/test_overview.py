"""What contacts ask about themselves is told to them alone."""

from dataclasses import replace

import pytest

from helpdeskd.domain.directory import Contact, Right
from helpdeskd.domain.event import QuestionAsked
from helpdeskd.domain.notice import Notice
from helpdeskd.domain.ticket import Participant, Status, Ticket
from helpdeskd.policy.overview import MOST
from helpdeskd.policy.react import react
from tests.policy.scenes import ANNA, BAKERY, BRAM, NOW, TICKET, People, notices, scene

DORA = Contact("bakery", "Dora", ("dora@bakery.example",), "en", frozenset({Right.MANAGE}))
OWN = replace(TICKET, participants=(Participant(ANNA.address, NOW),))
OTHER = replace(
    TICKET,
    reference="HD-1002",
    subject="Secret",
    requester=BRAM.address,
    participants=(Participant(BRAM.address, NOW),),
    status=Status.WAITING,
)
KNOWN = People(bakery=replace(BAKERY, contacts=(ANNA, BRAM, DORA)), others=(OTHER, OWN))


def told(word: str, by: str, ticket: Ticket | None = None, known: People = KNOWN) -> Notice:
    (notice,) = notices(react(scene(QuestionAsked(NOW, by, word), ticket=ticket, people=known)))
    assert notice.to.address == by
    return notice


def test_a_contact_sees_the_tickets_that_they_take_part_in() -> None:
    notice = told("status", ANNA.address)
    assert (notice.name, notice.facts.what) == ("status", "tickets")
    assert [(item.reference, item.subject, item.text, item.kind) for item in notice.facts.items] == [
        ("HD-1001", "It hangs", "", "new")
    ]


def test_who_may_manage_sees_all_and_whose_they_are() -> None:
    items = told("status", DORA.address).facts.items
    assert [(item.reference, item.text, item.kind) for item in items] == [
        ("HD-1002", "Bram", "waiting"),
        ("HD-1001", "Anna", "new"),
    ]


def test_a_list_has_an_end() -> None:
    many = tuple(replace(OWN, reference=f"HD-{number}") for number in range(MOST + 1))
    assert len(told("status", ANNA.address, known=replace(KNOWN, others=many)).facts.items) == MOST


@pytest.mark.parametrize(
    ("who", "rights"), [(ANNA, ("open",)), (BRAM, ("open", "spend")), (DORA, ("manage",))], ids=("anna", "bram", "dora")
)
def test_help_tells_what_this_contact_may_do(who: Contact, rights: tuple[str, ...]) -> None:
    notice = told("help", who.address)
    assert (notice.name, notice.facts.what, notice.facts.rights) == ("help", "", rights)


def test_who_would_close_no_ticket_of_theirs_is_told_how() -> None:
    notice = told("close", BRAM.address)
    assert (notice.name, notice.facts.what) == ("help", "close")


def test_who_closes_what_is_over_is_told_that_it_is_and_nobody_else() -> None:
    assert told("close", BRAM.address, replace(TICKET, status=Status.CLOSED)).name == "closed"


@pytest.mark.parametrize("word", ["status", "help", "close"])
def test_who_has_left_is_told_nothing(word: str) -> None:
    asked = QuestionAsked(NOW, "gone@bakery.example", word)
    assert notices(react(scene(asked, ticket=None, people=KNOWN))) == []
    assert notices(react(scene(asked, people=KNOWN))) == []
