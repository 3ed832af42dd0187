"""What an agent sees over many tickets: theirs, what is due, and what is known of a customer."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from helpdeskd.domain.card import Card, Draw
from helpdeskd.domain.event import CommandsDone
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Status
from helpdeskd.policy.clock import wind
from helpdeskd.policy.explain import answers
from helpdeskd.policy.survey import MOST, customer, due, mine
from tests.policy.scenes import ANS, BAKERY, CONTRACT, MIA, NOW, PIET, PLAN, TICKET, People, scene

HOUR = timedelta(hours=1)
ASKED = CommandsDone(NOW, "piet", (), ("mine", "due", "customer bakery"), "piet@desk.example")
SECOND = replace(TICKET, id=2, reference="HD-1002", priority="low", owner="piet", subject="Slow")
WAITS = replace(TICKET, id=3, reference="HD-1003", owner="piet", status=Status.WAITING, subject="x" * 200)
ALL = (TICKET, SECOND, WAITS)


@dataclass
class Clocked(People):
    """With the targets of its tickets."""

    def targets(self, ticket_id: int) -> tuple[Target, ...]:
        ticket = next(ticket for ticket in self.others if ticket.id == ticket_id)
        return () if ticket.status is Status.WAITING else wind(ticket, (), PLAN, NOW)


def test_an_agent_sees_their_own_tickets_with_what_is_due_first_at_the_top() -> None:
    assert mine(PIET, scene(ASKED, people=Clocked(others=(WAITS, TICKET, SECOND)))).splitlines() == [
        "your open tickets: 2",
        "  HD-1002 new, low, piet, Bakery: Slow; resolution due Mon 2026-11-30 10:00",
        "  HD-1003 waiting, normal, piet, Bakery: …",
    ]
    assert mine(ANS, scene(ASKED, people=Clocked(others=ALL))) == "your open tickets: none"


def test_what_is_late_comes_first_and_then_what_is_due_next_on_tickets_of_the_team() -> None:
    people = Clocked(others=(SECOND, replace(TICKET, subject="")))
    assert due(ANS, scene(ASKED, people=people, now=NOW + 5 * HOUR)).splitlines() == [
        "due on your tickets and those of your teams: 3",
        "  response late, was due Mon 2026-11-23 14:00: HD-1001 new, normal, support, Bakery: (no subject)",
        "  resolution due Wed 2026-11-25 10:00: HD-1001 new, normal, support, Bakery: (no subject)",
        "  resolution due Mon 2026-11-30 10:00: HD-1002 new, low, piet, Bakery: Slow",
    ]
    assert due(MIA, scene(ASKED, people=people)) == "due on your tickets and those of your teams: none"


def test_a_goal_is_called_one() -> None:
    goal = scene(ASKED, people=Clocked(others=(replace(TICKET, priority="high"),)))
    assert "  resolution goal due Mon 2026-11-23 14:00: HD-1001" in due(PIET, goal)


def test_a_long_list_is_told_in_part() -> None:
    many = tuple(replace(SECOND, id=number, reference=f"HD-{number}") for number in range(MOST + 2))
    lines = mine(PIET, scene(ASKED, people=Clocked(others=many))).splitlines()
    assert len(lines) == MOST + 2
    assert lines[-1] == "  and 2 more"


def test_a_customer_is_told_with_contract_cards_contacts_tickets_and_solutions() -> None:
    solved = (
        replace(TICKET, id=number, reference=f"HD-{number}", status=Status.CLOSED, solution=f"Restart {number}.")
        for number in range(4, 8)
    )
    paid = replace(CONTRACT, agreement="gold", paid_until=date(2026, 12, 1), covers=("webshop", "mail"))
    known = replace(
        BAKERY, sites=("main", "shop"), contracts=(paid,), cards=(Card("b-1", 300, 400_00, date(2026, 1, 1)),)
    )
    people = Clocked(others=(TICKET, *solved), bakery=known, drawn=(Draw("b-1", "HD-1", 120),))
    assert customer("bakery", PIET, scene(ASKED, people=people)).splitlines() == [
        "Bakery (bakery)",
        "contract: standard gold, 2026-01-01 to 2026-12-31, paid until 2026-12-01, covers webshop, mail",
        "prepaid hours: 180 of 300 min left",
        "sites: main, shop",
        "",
        "contacts: 2",
        "  Anna <anna@bakery.example>: may open",
        "  Bram <bram@bakery.example>: may open, spend; general",
        "",
        "open tickets: 1",
        "  HD-1001 new, normal, support, Bakery: It hangs; response due Mon 2026-11-23 14:00; "
        "resolution due Wed 2026-11-25 10:00",
        "",
        "newest solutions: 3",
        "  HD-7 It hangs: Restart 7.",
        "  HD-6 It hangs: Restart 6.",
        "  HD-5 It hangs: Restart 5.",
    ]


def test_a_customer_without_a_contract_or_anything_else() -> None:
    ended = replace(CONTRACT, last_day=date(2026, 3, 31))
    bare = replace(BAKERY, contacts=(), contracts=(ended,))
    assert customer("bakery", PIET, scene(ASKED, people=Clocked(bakery=bare))).splitlines() == [
        "Bakery (bakery)",
        "contract: none in force (the last day of the last one is 2026-03-31)",
        "",
        "contacts: none",
        "",
        "open tickets: none",
    ]
    assert customer("gone", PIET, scene(ASKED)) == "there is no customer gone"


def test_each_question_is_answered_in_turn() -> None:
    told = answers(ASKED, scene(ASKED, people=Clocked(others=ALL)), PIET)
    assert [text.splitlines()[0] for text in told] == [
        "your open tickets: 2",
        "due on your tickets and those of your teams: 3",
        "Bakery (bakery)",
    ]
