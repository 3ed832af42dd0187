"""`helpdeskd inbox`: mails received, their bytes, and another turn for those that wait."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.program import Program, in_a_process
from tests.world import ANNA, STRANGER, World


@pytest.fixture
def story(world: World) -> World:
    """Mail 1 opened a ticket, mail 2 is held."""
    with world:
        world.receives(ANNA)
        world.receives(STRANGER, text="Grüße aus Århus")
    return world


def test_the_newest_mail_stands_first_with_its_fate(helpdeskd: Program, story: World) -> None:
    held, opened = helpdeskd("inbox", "list").out.splitlines()
    assert held.split()[:4] == ["2", "2026-11-23T10:00:00+01:00", "held", "-"]
    assert held.endswith("sam@elsewhere.example: 'Invoice screen hangs' (unknown-sender: sam@elsewhere.example)")
    assert opened.split()[:4] == ["1", "2026-11-23T10:00:00+01:00", "opened", "HD-1001"]


def test_a_list_as_json_has_envelope_and_fate_but_no_bytes(helpdeskd: Program, story: World) -> None:
    [held] = helpdeskd("inbox", "list", "--json", "--status", "held").rows
    assert (held["id"], held["forward_path"], held["fate"]) == (2, "support@desk.example", "held")
    assert datetime.fromisoformat(held["received_at"]).utcoffset() is not None
    assert "raw" not in held
    assert [row["id"] for row in helpdeskd("inbox", "list", "--json", "--limit", "1").rows] == [2]
    assert helpdeskd("inbox", "list", "--status", "lost").status == 2


def test_a_mail_is_shown_as_it_came(story: World, config: Path) -> None:
    ran = in_a_process("inbox", "show", 2, config=config)
    assert ran.out.startswith("Received: from mx.desk.example")
    assert "Grüße aus Århus".encode().hex() in ran.out.encode().hex() or "Subject: Invoice screen hangs" in ran.out


def test_a_mail_as_json_is_what_is_known_about_it(helpdeskd: Program, story: World) -> None:
    [row] = helpdeskd("inbox", "show", 1, "--json").rows
    assert (row["fate"], row["reference"]) == ("opened", "HD-1001")


def test_a_held_mail_gets_another_turn(helpdeskd: Program, story: World) -> None:
    [row] = helpdeskd("inbox", "requeue", 2, "--json").rows
    assert (row["id"], row["status"], row["fate"]) == (2, "queued", "")
    assert helpdeskd("inbox", "list", "--status", "queued").out.split()[2] == "queued"


def test_what_is_done_is_not_done_again_and_the_others_are(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("inbox", "requeue", 1, 2, 7)
    assert ran.status == 1
    assert ran.err.splitlines() == [
        "inbox: mail 1 is neither held, failed nor waiting for a check",
        "inbox: mail 7 is neither held, failed nor waiting for a check",
    ]
    assert ran.out.split()[0] == "2"


def test_an_unknown_mail_is_told(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("inbox", "show", 7)
    assert (ran.status, ran.complaint) == (1, "inbox: there is no mail 7")
