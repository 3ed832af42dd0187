"""What the commands share: a desk that is open already is worked on as it is, at the time of its story."""

from pathlib import Path

from helpdeskd.cli.common import rehearsing
from helpdeskd.config.load import load
from tests.cli.program import Program
from tests.world import ANNA, World, local


def test_within_a_rehearsal_commands_work_on_the_open_desk(helpdeskd: Program, world: World, config: Path) -> None:
    with world:
        world.receives(ANNA, strength="none")
        with rehearsing(load(config), local("2026-11-25 09:00")):
            assert helpdeskd("held", "accept", 1).status == 0
        assert world.ticket().reference == "HD-1001"
        assert world.story()[0] == "TicketOpened"


def test_within_a_rehearsal_now_is_the_time_of_the_story(helpdeskd: Program, config: Path) -> None:
    with rehearsing(load(config), local("2026-11-25 09:00")):
        [answer] = helpdeskd("sla", "--json").rows
    assert answer["start"] == "2026-11-25T09:00:00+01:00"
    assert helpdeskd("sla", "--json").rows[0]["start"] != answer["start"]
