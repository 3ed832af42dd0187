"""`/level` and `/queue`: where a ticket belongs in the desk."""

from dataclasses import replace

from helpdeskd.domain.desk import Queue
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.event import OwnerChanged, StatusChanged
from helpdeskd.domain.sort_event import LevelChanged, QueueChanged
from helpdeskd.domain.ticket import Status
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import ANS, DESK, NOW, PIET, FakeDirectory, ticket

NEL = Agent("nel", "Nel Net", ("nel@desk.example",), level=2, teams=("network",))
TIM = Agent("tim", "Tim Taal", ("tim@desk.example",), level=2, teams=("support",))
ROB = Agent("rob", "Rob Raad", ("rob@desk.example",), level=3)
DAN = Agent("dan", "Dan Data", ("dan@desk.example",), level=2, teams=("data",))
WEB = Queue("webshop", ("web@desk.example",), "network", product="webshop")
SALES = Queue("sales", ("sales@desk.example",), "sales")
SHOP = replace(DESK, queues=(*DESK.queues, WEB, SALES))


def people(*agents: Agent) -> FakeDirectory:
    return FakeDirectory(people=(PIET, ANS, *agents))


def test_a_level_that_the_team_has_leaves_the_team_and_clears_the_owner() -> None:
    result = order("/level 2", ticket(owner="piet", status=Status.OPEN), directory=people(NEL, TIM))
    assert result.events == (
        OwnerChanged(NOW, "piet", "", "support"),
        StatusChanged(NOW, "piet", Status.OPEN, Status.NEW),
        LevelChanged(NOW, "piet", 0, 2),
    )
    assert result.lines == ("/level 2: level is 2, team is support, without an owner; it is for Tim Taal",)


def test_a_level_that_one_other_team_has_goes_to_that_team() -> None:
    result = order("/level 2", directory=people(NEL))
    assert (result.ticket.team, result.ticket.level) == ("network", 2)


def test_a_level_that_several_other_teams_have_is_refused() -> None:
    told = refusal("/level 2", directory=people(NEL, DAN))
    assert told == "/level 2: several teams have that level: network, data (/assign TEAM on a line above)"
    assert order("/assign data\n/level 2", directory=people(NEL, DAN)).ticket.team == "data"


def test_agents_of_no_team_get_it_by_their_level_alone() -> None:
    result = order("/level 3", directory=people(ROB))
    assert (result.ticket.team, result.ticket.level) == ("support", 3)
    assert result.lines[0].endswith("it is for Rob Raad")


def test_a_level_that_nobody_has_is_refused() -> None:
    for written in ("/level 3", "/level high", "/level 02", "/level ²"):
        assert refusal(written, directory=people(NEL)).endswith("(one of 1, 2)")
    assert refusal("/level", directory=people(NEL)) == "/level: which level? (one of 1, 2)"


def test_a_team_that_is_given_the_ticket_has_it_whatever_the_level() -> None:
    assert order("/assign network", ticket(level=2), directory=people(NEL)).ticket.level == 0
    assert order("/assign nel", ticket(level=2), directory=people(NEL)).ticket.level == 2


def test_another_queue_brings_its_team_and_what_it_is_about() -> None:
    result = order("/queue WEB", ticket(owner="piet", status=Status.OPEN), desk=SHOP)
    assert result.events[:2] == (
        QueueChanged(NOW, "piet", "support", "webshop"),
        OwnerChanged(NOW, "piet", "", "network"),
    )
    moved = result.ticket
    assert (moved.queue, moved.team, moved.owner, moved.product) == ("webshop", "network", "", "webshop")
    assert "notices come from web@desk.example; product is webshop" in result.lines[0]


def test_a_product_that_an_agent_has_set_stays_in_another_queue() -> None:
    assert order("/queue webshop", ticket(product="printer"), desk=SHOP).ticket.product == "printer"
    assert order("/queue sales", ticket(queue="webshop", product="webshop"), desk=SHOP).ticket.product == "webshop"


def test_the_same_queue_one_of_duty_and_one_that_there_is_not_are_refused() -> None:
    assert "it is in that queue already" in order("/queue support", desk=SHOP).errors[0]
    for name in ("duty", "print"):
        assert (
            f'there is no queue "{name}" (one of support, webshop, sales)'
            in order(f"/queue {name}", desk=SHOP).errors[0]
        )
