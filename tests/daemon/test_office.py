"""An office is what was checked, whatever becomes of its files."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.config.load import load
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.daemon.office import CannotServe, Office, prepared, settle_in, shipped
from helpdeskd.mail.parse import parse
from helpdeskd.mail.sample import sample_letter
from helpdeskd.storage import billing, db
from helpdeskd.storage.directory import StoredDirectory
from tests.config.small_desk import SMALL

OWN = SMALL + '[state]\nfolder = "state"\n[templates]\nfolder = "templates"\n'
NOTICE = "en/reply.md.j2"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A desk with a template of its own."""
    file = tmp_path / "config.toml"
    file.write_text(OWN)
    write(tmp_path, "Subject: {{ subject }}\n\nAs agreed.\n")
    return file


def write(folder: Path, text: str) -> None:
    template = folder / "templates" / NOTICE
    template.parent.mkdir(parents=True, exist_ok=True)
    template.write_text(text)


def reply(office: Office) -> str:
    return parse(office.composer.compose(sample_letter("reply", "en"))).text


def test_the_operators_template_is_used(config: Path):
    assert "As agreed." in reply(prepared(config))


def test_a_template_that_is_changed_later_counts_for_a_new_office_only(config: Path):
    office = prepared(config)
    write(config.parent, "Subject: {{ subject }}\n\nAs changed.\n")
    assert "As agreed." in reply(office)
    assert "As agreed." in reply(Office.unpacked(office.packed()))
    assert "As changed." in reply(prepared(config))


def test_an_office_outlives_its_files(config: Path):
    packed = prepared(config).packed()
    shutil.rmtree(config.parent / "templates")
    shutil.rmtree(config.parent / "state")
    config.unlink()
    assert "As agreed." in reply(Office.unpacked(packed))


def test_a_broken_template_is_told_by_file_and_line(config: Path):
    write(config.parent, "Subject: {{ subject }}\n\n{{ nonsense }}\n")
    with pytest.raises(CannotServe) as fault:
        prepared(config)
    (line,) = str(fault.value).splitlines()
    assert line.startswith(f"{config.parent / 'templates' / NOTICE}:3: ")


def test_a_folder_of_templates_that_is_not_there_is_told(config: Path):
    shutil.rmtree(config.parent / "templates")
    with pytest.raises(CannotServe, match="there is no such folder"):
        prepared(config)


def test_a_broken_configuration_is_told(config: Path):
    config.write_text(OWN.replace("prefix", "prefx"))
    with pytest.raises(ConfigErrors, match="prefx: unknown key"):
        prepared(config)


def test_what_comes_with_the_package_is_found():
    assert (shipped("templates") / NOTICE).is_file()


NOVEMBER = datetime(2026, 11, 23, 9, tzinfo=UTC)
PEOPLE = """
[[customer]]
name = "bakery"
title = "Bakery"
[[customer.contract]]
plan = "standard"
first_day = 2026-01-01
last_day = 2026-12-31
"""


def settled(config: Path, people: str, at: datetime = NOVEMBER) -> tuple[list[str], str]:
    """The cards that are stored, and the first month that the desk bills."""
    config.write_text(OWN.replace("[plan.standard]", '[plan.standard]\nwelcome_card = "3 hours"') + people)
    (config.parent / "state").mkdir(exist_ok=True)
    db.connect(config.parent / "state")
    with db.transaction():
        settle_in(load(config), at)
        found = [card.id for customer in StoredDirectory().customers() for card in customer.cards]
        names = [customer.name for customer in StoredDirectory().customers()]
        first = str(billing.first_month(names[0]) if names else None)
    db.close()
    return found, first


def test_a_desk_settles_in_with_its_directory_and_welcome_cards(config: Path):
    assert settled(config, PEOPLE) == (["bakery-welcome"], "2026-11")


def test_a_desk_that_has_settled_in_stays_as_it_is(config: Path):
    settled(config, PEOPLE)
    assert settled(config, PEOPLE.replace("bakery", "club"), NOVEMBER + timedelta(days=30)) == (
        ["bakery-welcome"],
        "2026-11",
    )
