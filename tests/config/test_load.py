"""A configuration loads whole, or says everything that is wrong with it."""

from argparse import Namespace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.config.load import DEFAULT_FILE, find, load
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.domain.amount import parse_amount
from helpdeskd.domain.desk import Desk, Relay
from helpdeskd.domain.duty import order
from tests.config.small_desk import LINES, SMALL, errors, loaded

AGENTS = """
[[agent]]
name = "piet"
title = "Piet Jansen"
addresses = ["piet@desk.example"]
[[agent]]
name = "ans"
title = "Ans Smit"
addresses = ["ans@desk.example"]
"""


def test_a_small_desk_loads_with_the_defaults_of_the_spec(tmp_path: Path) -> None:
    desk = loaded(tmp_path, SMALL).desk
    assert desk.calendar.name == "office"
    assert desk.languages == ("en",)
    assert desk.quiet == parse_amount("7 days")
    assert desk.ladder == Desk.__dataclass_fields__["ladder"].default
    assert desk.duty is None


def test_a_plan_without_a_calendar_or_languages_has_the_desks(tmp_path: Path) -> None:
    desk = loaded(tmp_path, SMALL).desk
    assert desk.plans["standard"].calendar is desk.calendar
    assert desk.plans["standard"].languages == desk.languages


def test_every_error_of_a_file_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = SMALL.replace('prefix = "HD"', 'prefix = "hd"').replace('"4 working hours"', '"4 parsecs"')
    found = errors(tmp_path, text + "colour = 1\n[smarthost]\nport = true\n[desks]\n")
    assert [line.partition(": ")[0] for line in found] == [
        "config.toml:4",
        "config.toml:13",
        f"config.toml:{LINES + 1}",
        f"config.toml:{LINES + 2}",
        f"config.toml:{LINES + 3}",
        f"config.toml:{LINES + 4}",
    ]
    assert found[0] == 'config.toml:4: desk.prefix: "hd" has not the form that it needs (such as "HD")'
    assert "no unit is called" in found[1]
    assert "smarthost.host: is missing" in found[3]
    assert found[-1].endswith("desks: unknown key (did you mean desk?)")


def test_a_name_that_nothing_has_is_told_beside_errors_of_form(tmp_path: Path) -> None:
    found = errors(tmp_path, SMALL.replace('plan = "standard"', 'plan = "gold"') + 'colour = "red"\n')
    assert [line.split(": ")[1] for line in found] == ["desk.plan", "queue.colour"]


def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    assert errors(tmp_path, "[desk]\nname = \n") == ["config.toml:2: Invalid value"]
    assert [line.partition(": ")[0] for line in errors(tmp_path, '[desk]\nname = "x')] == ["config.toml:2"]


def test_what_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b'[desk]\nname = "caf\xe9"\n')
    with pytest.raises(ConfigErrors, match=r"config\.toml:2: is not UTF-8 text"):
        load(tmp_path / "config.toml")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match=r"none\.toml:1: cannot be read: No such file or directory"):
        load(tmp_path / "none.toml")


def test_file_names_count_from_the_folder_of_the_file(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SMALL + '[state]\nfolder = "state"\n[templates]\nfolder = "/opt/texts"\n').settings
    assert settings.state == tmp_path / "state"
    assert settings.templates == Path("/opt/texts")


def test_sizes_and_times_are_written_as_people_say_them(tmp_path: Path) -> None:
    servers = '[[smtp]]\nname = "mx"\nlisten = "[::]:25"\nmax_size = "10 MiB"\nidle = "90 minutes"\n'
    listener = loaded(tmp_path, SMALL + servers).settings.smtp[0]
    assert (listener.max_size, listener.idle) == (10 * 1024**2, timedelta(minutes=90))


def test_a_roster_by_position_is_the_agents_of_the_directory(tmp_path: Path) -> None:
    found = loaded(tmp_path, SMALL + "[duty]\nroster = [2, 1, 3]\n" + AGENTS)
    assert found.desk.duty is not None
    assert found.desk.duty.roster.people == ("ans", "piet")


def test_another_directory_has_another_roster(tmp_path: Path) -> None:
    found = loaded(tmp_path, SMALL + "[duty]\nroster = [1, 2]\n" + AGENTS)
    assert found.directory is not None
    swapped = found.desk_for(found.directory.agents[::-1]).duty
    named = found.desk_for(found.directory.agents, ["ans"]).duty
    assert swapped is not None
    assert named is not None
    assert (swapped.roster.people, named.roster.people) == (("ans", "piet"), ("ans",))
    assert found.desk_for([]).duty is None


def test_somebody_who_has_left_the_directory_is_left_out_of_the_roster_and_its_overrides(tmp_path: Path) -> None:
    shift = "from = 2026-12-24T18:00:00+01:00\nto = 2026-12-25T09:00:00+01:00\n"
    duty = f'[duty]\nroster = ["piet", "ans"]\n[[duty.override]]\nperson = "piet"\n{shift}'
    found = loaded(tmp_path, SMALL + duty + AGENTS)
    assert found.directory is not None
    left = found.desk_for(found.directory.agents[1:]).duty
    named = found.desk_for(found.directory.agents, ["zoe", "ans"]).duty
    assert left is not None
    assert named is not None
    assert (left.roster.people, left.roster.overrides) == (("ans",), ())
    assert (named.roster.people, len(named.roster.overrides)) == (("ans",), 1)


@pytest.mark.parametrize(
    ("roster", "people"), [('["zoe"]', ("piet",)), ('["zoe", "kim", "lee"]', ("piet", "ans")), ("[7]", ("piet",))]
)
def test_a_roster_of_nobody_who_is_known_wakes_the_first_agents(
    tmp_path: Path, roster: str, people: tuple[str, ...]
) -> None:
    agents = loaded(tmp_path, SMALL + AGENTS).directory
    assert agents is not None
    found = loaded(tmp_path, SMALL + f"[duty]\nroster = {roster}\n").desk_for(agents.agents).duty
    assert found is not None
    assert found.roster.people == people


def test_names_of_a_roster_are_believed_while_no_agent_is_in_sight(tmp_path: Path) -> None:
    found = loaded(tmp_path, SMALL + '[duty]\nroster = ["zoe"]\n').desk.duty
    assert found is not None
    assert found.roster.people == ("zoe",)


def test_a_rotation_and_overrides_are_in_the_zone_of_the_desk(tmp_path: Path) -> None:
    duty = """[duty]
roster = ["piet", "ans"]
rotation = { anchor = 2026-01-05, handover = "08:30" }
[[duty.override]]
person = "ans"
from = 2026-12-24T18:00:00+01:00
to = 2026-12-25T09:00:00+01:00
"""
    found = loaded(tmp_path, SMALL + duty + AGENTS).desk.duty
    assert found is not None
    assert found.roster.rotation is not None
    assert str(found.roster.rotation.zone) == "Europe/Amsterdam"
    assert found.roster.overrides[0].start == datetime(2026, 12, 24, 17, 0, tzinfo=UTC)
    assert order(found.roster, datetime(2026, 12, 24, 20, tzinfo=UTC)) == ("ans", "piet")


def test_a_directory_file_is_read_and_checked_with_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "people.toml").write_text(
        '[[agent]]\nname = "piet"\ntitle = "Piet"\naddresses = ["piet@desk.example"]\n'
    )
    text = SMALL.replace("[calendar.", 'directory = "people.toml"\n[calendar.')
    directory = loaded(tmp_path, text).directory
    assert directory is not None
    assert [agent.name for agent in directory.agents] == ["piet"]
    (tmp_path / "people.toml").write_text("[[agent]]\ncolour = 1\n")
    assert "people.toml:2: agent.colour: unknown key" in "\n".join(errors(tmp_path, text))


def test_a_directory_is_in_this_file_or_in_another_not_in_both(tmp_path: Path) -> None:
    (tmp_path / "people.toml").write_text("")
    found = errors(tmp_path, SMALL.replace("[calendar.", 'directory = "people.toml"\n[calendar.') + AGENTS)
    assert [line.partition(" (")[0] for line in found] == [
        "config.toml:6: desk.directory: the directory stands in this file already"
    ]


def test_the_file_is_the_options_else_the_environments_else_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HELPDESKD_CONFIG", raising=False)
    assert find(Namespace(config=None)) == DEFAULT_FILE
    monkeypatch.setenv("HELPDESKD_CONFIG", "/srv/other.toml")
    assert find(Namespace(config=None)) == Path("/srv/other.toml")
    assert find(Namespace(config="mine.toml")) == Path("mine.toml")


def test_a_relay_may_have_no_name_and_some_hops_of_its_own(tmp_path: Path) -> None:
    relay = '[[relay]]\nauthserv_id = ""\nbelow_received = 4\n'
    found = loaded(tmp_path, SMALL + relay).desk.trust.relays
    assert found == (Relay("", (), 4),)


@pytest.mark.parametrize(("letters", "fits"), [(22, True), (23, False)])
def test_a_queues_address_leaves_room_for_a_token_after_it(tmp_path: Path, letters: int, fits: bool) -> None:
    text = SMALL.replace("support@desk.example", f"{'s' * letters}@desk.example")
    if fits:
        assert loaded(tmp_path, text).desk.queues
    else:
        assert "leaves no room for reply addresses" in errors(tmp_path, text)[0]


def test_no_agent_is_called_as_the_desk_itself(tmp_path: Path) -> None:
    agent = '[[agent]]\nname = "desk"\ntitle = "D"\naddresses = ["d@desk.example"]\n'
    assert "an agent cannot be called" in errors(tmp_path, SMALL + agent)[0]


def test_a_queue_may_be_about_a_product(tmp_path: Path) -> None:
    text = (
        SMALL + '[[queue]]\nname = "shop"\naddresses = ["shop@desk.example"]\nteam = "support"\nproduct = "webshop"\n'
    )
    assert [(queue.name, queue.product) for queue in loaded(tmp_path, text).desk.queues] == [
        ("support", ""),
        ("shop", "webshop"),
    ]


def test_a_desk_without_plus_addresses_may_have_a_long_one(tmp_path: Path) -> None:
    text = SMALL.replace("support@desk.example", f"{'s' * 40}@desk.example") + "\n[mail]\nplus_addresses = false\n"
    desk = loaded(tmp_path, text).desk
    assert (len(desk.queues[0].address), desk.plus_addresses) == (53, False)


def test_the_room_for_attachments_is_20_mib_or_what_is_written(tmp_path: Path) -> None:
    assert loaded(tmp_path, SMALL).desk.largest_attachments == 20 * 1024**2
    assert loaded(tmp_path, SMALL + '\n[mail]\nattachments = "7 MiB"\n').desk.largest_attachments == 7 * 1024**2
