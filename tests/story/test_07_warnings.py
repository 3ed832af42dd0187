"""Time runs: who is warned, when, and that it is once."""

from pathlib import Path

from tests.world import ANS, BRAM, EVE, FREDERIK, PIET, World

WARNING = "target-warning"


def test_the_ladder_is_climbed_rung_by_rung(world: World) -> None:
    world.receives(FREDERIK)
    world.replies(PIET, world.last("piet"), "/take\n/priority normal")
    world.replies(PIET, world.last("piet"), "Hello.")
    world.news()
    world.at("2026-11-23 13:59")
    assert world.news() == []
    world.at("2026-11-23 14:00")
    assert world.news() == ["piet target-warning"]
    assert "50 % of the time used" in world.last("piet").text
    world.at("2026-11-23 16:00")
    assert world.news() == ["ans target-warning", "piet target-warning"]
    world.at("2026-11-23 18:00")
    assert world.news() == []
    world.at("2026-11-24 08:30")
    assert world.news() == ["ans target-warning", "mia target-warning", "piet target-warning"]
    assert "Missed HD-1001" in world.last("mia").text
    world.at("2026-11-24 12:30")
    assert world.news() == ["mia target-warning"]
    world.at("2026-12-24 12:30")
    assert world.news() == []


def test_a_ticket_without_an_owner_warns_its_team(world: World) -> None:
    world.receives(BRAM)
    world.news()
    world.at("2026-11-23 12:00")
    assert world.news() == ["ans target-warning", "piet target-warning"]


def test_warnings_of_several_tickets_are_one_mail(world: World) -> None:
    for subject in ("One", "Two", "Three"):
        world.receives(BRAM, subject=subject)
    world.at("2026-11-23 12:00")
    (warning,) = world.sent("piet", WARNING)
    assert all(reference in warning.text for reference in ("HD-1001 One", "HD-1002 Two", "HD-1003 Three"))


def test_a_warning_waits_for_the_working_time_of_its_reader(world: World) -> None:
    world.at("2026-11-23 08:30")
    world.receives(BRAM)
    world.replies(ANS, world.last("ans"), "/assign lars")
    world.news()
    world.at("2026-11-23 10:30")
    assert world.news() == ["ans target-warning", "piet target-warning"]
    world.at("2026-11-23 12:59")
    assert "lars target-warning" not in world.news()
    world.at("2026-11-23 13:00")
    assert world.news() == ["lars target-warning"]
    told = world.last("lars").text
    assert "75 % of the time used" in told
    assert told.count("HD-1001") == 1


def test_a_warning_that_is_over_before_its_reader_is_back_is_not_sent(world: World) -> None:
    world.at("2026-11-23 08:30")
    world.receives(BRAM)
    world.replies(ANS, world.last("ans"), "/assign lars")
    world.at("2026-11-23 11:00")
    world.replies(ANS, world.last("ans", "agent-new"), "Is it on?")
    world.at("2026-11-23 14:00")
    assert world.sent("lars", WARNING) == []
    assert len(world.sent("ans", WARNING)) == 1


def test_what_was_missed_is_told_although_it_was_done_late(world: World) -> None:
    world.at("2026-11-23 08:30")
    world.receives(BRAM)
    world.replies(ANS, world.last("ans"), "/assign evening")
    world.at("2026-11-23 12:45")
    world.replies(ANS, world.last("ans", "agent-new"), "Is it on?")
    world.at("2026-11-23 14:00")
    (warning,) = world.sent("lars", WARNING)
    assert "Missed HD-1001" in warning.text


def test_an_answer_ends_the_warnings_of_the_response(world: World) -> None:
    world.receives(EVE)
    world.replies(PIET, world.last("piet"), "Hello.")
    world.at("2026-12-24 12:00")
    assert world.sent(notice=WARNING) == []


def test_a_goal_warns_the_desk_as_a_goal(world: World) -> None:
    world.receives(EVE)
    world.at("2026-11-26 10:00")
    assert "First response (goal), 100 % of the time used" in world.last("mia", WARNING).text
    assert world.sent("eve", WARNING) == []


def test_a_sweep_that_is_three_days_late_tells_each_target_once(world: World) -> None:
    world.receives(BRAM)
    world.news()
    world.is_down_until("2026-11-26 10:00")
    assert world.news() == ["ans target-warning", "mia target-warning", "piet target-warning"]
    text = world.last("mia").text
    assert text.count("HD-1001") == 2
    assert "First response, 150 % of the time used, was due on Monday 23 November 2026 at 14:00" in text
    world.at("2026-11-26 18:00")
    assert [line for line in world.news() if line != "mia target-warning"] == []


def test_a_change_of_priority_does_not_warn_of_the_same_share_again(world: World) -> None:
    world.receives(BRAM)
    world.replies(PIET, world.last("piet"), "/take")
    world.at("2026-11-23 12:00")
    assert len(world.sent("piet", WARNING)) == 1
    world.replies(PIET, world.last("piet", "agent-new"), "/priority low")
    world.at("2026-11-23 14:00")
    assert len(world.sent("piet", WARNING)) == 1


def test_the_ladder_may_name_an_address_that_is_in_no_directory(tmp_path: Path) -> None:
    with World(tmp_path / "desk", '\n[[ladder]]\npercent = 50\nto = ["boss@elsewhere.example"]\n') as other:
        other.receives(BRAM)
        other.at("2026-11-23 12:00")
        assert [mail.to for mail in other.sent(notice=WARNING)] == ["boss@elsewhere.example"]
