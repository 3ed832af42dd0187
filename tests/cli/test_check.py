"""`helpdeskd check` tells all errors and warnings at once, with file and line; errors make it fail."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.cli import main
from helpdeskd.domain.planned import DutyCalendar, Planned
from helpdeskd.storage import db, duty
from helpdeskd.storage.tables import proxy
from tests.config.small_desk import LINES, SMALL
from tests.config.test_oncall import calendar

Output = pytest.CaptureFixture[str]
DAY = datetime(2026, 11, 23, 18, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def check(config: Path, *options: str) -> int:
    return main(["check", "--config", str(config), *options])


def test_what_is_unwise_is_told_and_passes(config: Path, capsys: Output) -> None:
    config.write_text(SMALL)
    assert check(config) == 0
    told = capsys.readouterr()
    assert f"{config}:1: no mail can come in" in told.err
    assert all(line.endswith("[warning]") for line in told.err.splitlines())
    assert told.out == f"{config} is in order, with 3 warnings\n"


def test_one_warning_is_one(config: Path, capsys: Output) -> None:
    smarthost = '[smarthost]\nhost = "127.0.0.1"\ntls = "none"\n'
    relay = '[[relay]]\nauthserv_id = "mx.desk.example"\nnetworks = ["127.0.0.1"]\n'
    config.write_text(SMALL + smarthost + relay)
    assert check(config) == 0
    assert capsys.readouterr().out == f"{config} is in order, with 1 warning\n"


def test_a_roster_that_names_somebody_whom_the_stored_desk_does_not_have_is_told(config: Path, capsys: Output) -> None:
    config.write_text(SMALL + '[state]\nfolder = "state"\n[duty]\nroster = ["zoe"]\n')
    assert check(config) == 0
    assert "zoe" not in capsys.readouterr().err
    agents = config.parent / "agents.toml"
    agents.write_text('[[agent]]\nname = "piet"\ntitle = "Piet"\naddresses = ["piet@desk.example"]\n')
    main(["directory", "apply", str(agents), "--config", str(config)])
    assert 'duty.roster: "zoe" is no agent' in capsys.readouterr().err
    assert check(config) == 0
    told = capsys.readouterr().err
    assert 'duty.roster: "zoe" is no agent of the stored directory, so is left out (on duty: piet) [warning]' in told


AGENT = '[[agent]]\nname = "piet"\ntitle = "Piet"\naddresses = ["piet@desk.example"]\n'
ON_DUTY = f'[state]\nfolder = "state"\n{AGENT}[duty]\nroster = ["piet"]\n[duty.calendar]\nfile = "duty.ics"\n'


def test_a_duty_calendar_that_cannot_be_read_is_an_error(config: Path, capsys: Output) -> None:
    config.write_text(SMALL + ON_DUTY)
    (config.parent / "duty.ics").write_text("<html>")
    assert check(config) == 1
    assert f"{config}:{LINES + 9}: duty.calendar: is no calendar that can be read" in capsys.readouterr().err


def test_people_of_a_duty_calendar_whom_nobody_knows_are_told(config: Path, capsys: Output) -> None:
    config.write_text(SMALL + ON_DUTY)
    day = datetime.now(UTC) + timedelta(days=1)
    events = (f"DTSTART;VALUE=DATE:{day:%Y%m%d}\nSUMMARY:{who}" for who in ("Zoe", "Piet"))
    (config.parent / "duty.ics").write_bytes(calendar(*events))
    assert check(config) == 0
    told = capsys.readouterr().err
    assert f'{config}:{LINES + 9}: duty.calendar: the event "Zoe" on {day:%Y-%m-%d}' in told
    assert "means no agent (their name or address would be right) [warning]" in told
    assert "Piet" not in told


def test_of_a_feed_what_the_desk_has_read_last_is_looked_at(config: Path, capsys: Output) -> None:
    config.write_text(SMALL + ON_DUTY.replace('file = "duty.ics"', 'url = "https://calendar.example/x"'))
    assert check(config) == 0
    main(["duty", "who", "--config", str(config)])
    (config.parent / "agents.toml").write_text(AGENT)
    main(["directory", "apply", str(config.parent / "agents.toml"), "--config", str(config)])
    db.connect(config.parent / "state")
    with db.transaction():
        duty.keep_calendar(DutyCalendar((Planned(DAY, DAY + timedelta(hours=8), "Zoe"),)))
    db.close()
    capsys.readouterr()
    assert check(config) == 0
    assert 'duty.calendar: the event "Zoe" on 2026-11-23 means no agent' in capsys.readouterr().err


def test_a_stored_desk_that_cannot_be_read_is_a_warning(config: Path, capsys: Output) -> None:
    config.write_text(SMALL + '[state]\nfolder = "state"\n[duty]\nroster = ["zoe"]\n')
    (config.parent / "state").mkdir()
    (config.parent / "state" / "helpdeskd.db").write_text("no database, but long enough to be looked at as one" * 99)
    assert check(config) == 0
    assert "the stored directory cannot be read: " in capsys.readouterr().err


def test_a_stored_desk_of_an_older_version_is_a_warning_and_is_left_as_it_is(config: Path, capsys: Output) -> None:
    config.write_text(SMALL + '[state]\nfolder = "state"\n')
    state = config.parent / "state"
    state.mkdir()
    db.connect(state)
    with db.transaction():
        (newest,) = proxy.execute_sql("SELECT max(name) FROM schema_migration").fetchone()
        proxy.execute_sql("DELETE FROM schema_migration WHERE name = ?", (newest,))
    db.close()
    before = (state / db.FILE).read_bytes()
    assert check(config) == 0
    assert "was written by an older version" in capsys.readouterr().err
    assert (state / db.FILE).read_bytes() == before


def test_what_is_wrong_is_told_and_fails(config: Path, capsys: Output) -> None:
    config.write_text(SMALL.replace("prefix", "praefix"))
    assert check(config) == 1
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        f'{config}:1: desk.prefix: is missing (such as "HD")',
        f"{config}:4: desk.praefix: unknown key (did you mean prefix?)",
    ]
    assert told.out == ""


def test_a_file_that_it_names_and_that_is_missing_fails(config: Path, capsys: Output) -> None:
    config.write_text(SMALL + '[state]\ntoken_key_file = "keys"\n')
    assert check(config) == 1
    assert "state.token_key_file" in capsys.readouterr().err


def test_a_broken_template_of_the_site_fails(config: Path, capsys: Output) -> None:
    (config.parent / "texts" / "en").mkdir(parents=True)
    (config.parent / "texts" / "en" / "reply.md.j2").write_text("Subject: x\n\n{{ nonsense }}\n")
    config.write_text(SMALL + '[templates]\nfolder = "texts"\n')
    assert check(config) == 1
    assert "reply.md.j2:3" in capsys.readouterr().err


def test_json_is_one_object_a_line(config: Path, capsys: Output) -> None:
    config.write_text(SMALL + 'colour = "red"\n')
    assert check(config, "--json") == 1
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["level"] == "error"
    assert "queue.colour: unknown key" in json.loads(line)["text"]
