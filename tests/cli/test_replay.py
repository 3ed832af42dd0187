"""`helpdeskd simulate --replay` tells what a changed configuration would make of the mail of the past."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from helpdeskd.mail.smtp_trace import as_sent
from helpdeskd.storage import db, inbox
from tests.cli.mails import mbox
from tests.cli.program import ROOT, Program, Ran
from tests.world import ANNA, CONFIG, PIET, World

EXAMPLE = (ROOT / "examples" / "prepaid-card.toml").read_text()
PEOPLE = EXAMPLE[EXAMPLE.index("[[customer]]") :]
STATE = '\n[state]\nfolder = "state"\n'
MAILBOX = """
[[mailbox]]
name = "box"
host = "imap.desk.example"
user = "support"
password_file = "password"
address = "support@desk.example"

[trust]
accounts = ["box"]
"""
SLOWER = ('response = "4 working hours"', 'response = "8 working hours"')
NO_BRAM = ("bram@bakery.example", "bram.bakker@bakery.example")
MONDAY = "Mon, 02 Nov 2026 09:14:00 +0100"
TUESDAY = "Tue, 03 Nov 2026 10:00:00 +0100"


def past(
    name: str, at: str = MONDAY, sender: str = "anna@bakery.example", more: str = "", proved: bool = True
) -> bytes:
    """A mail as the relay of the examples keeps it."""
    domain = sender.partition("@")[2]
    verdict = f"Authentication-Results: mx.desk.example; dmarc=pass header.from={domain}\n" if proved else ""
    return (
        f"{verdict}Received: from mail.{domain} by mx.desk.example with ESMTPS; {at}\nFrom: {sender}\n"
        f"To: support@desk.example\nSubject: The {name} hangs\nMessage-ID: <{name}@{domain}>\n{more}\nIt hangs.\n"
    ).encode()


@dataclass
class Desk:
    """A folder with past mail, and the configuration before and after a change."""

    folder: Path
    run: Program
    mails: int = field(default=0)

    def came(self, *mails: bytes) -> None:
        """They lie in the Maildir, in that order."""
        for folder in ("cur", "new", "tmp"):
            (self.folder / "box" / folder).mkdir(parents=True, exist_ok=True)
        for mail in mails:
            self.mails += 1
            (self.folder / "box" / "cur" / f"{self.mails}.host:2,S").write_bytes(mail)

    def config(self, name: str, *changes: tuple[str, str], base: str = EXAMPLE + STATE) -> Path:
        for before, after in changes:
            assert before in base
            base = base.replace(before, after)
        (self.folder / name).write_text(base)
        return self.folder / name

    def replays(self, *changes: tuple[str, str], words: tuple[object, ...] = ("--json",)) -> Ran:
        """Replay under the example with changes, against the example."""
        configs = ("--config", self.config("new.toml", *changes), "--against", self.config("old.toml"))
        return self.run("simulate", "--replay", self.folder / "box", *configs, *words)


@pytest.fixture
def desk(tmp_path: Path, helpdeskd: Program) -> Desk:
    return Desk(tmp_path, helpdeskd)


def test_nothing_differs_under_the_same_configuration(desk: Desk) -> None:
    desk.came(past("screen"), past("printer", TUESDAY))
    assert desk.replays(words=()) == Ran(0, "0 of 2 mails differ\n", "")
    assert [row["differs"] for row in desk.replays().rows] == [[], []]


def test_a_slower_promise_differs_in_its_deadline(desk: Desk) -> None:
    desk.came(past("screen"), past("again", TUESDAY, more="In-Reply-To: <screen@bakery.example>\n"))
    told = desk.replays(SLOWER, words=())
    assert (told.status, told.err) == (0, "")
    assert told.out.splitlines()[:4] == [
        "Mon 2026-11-02 09:14  anna@bakery.example: The screen hangs",
        "      - response due Mon 2026-11-02 13:14",
        "      + response due Mon 2026-11-02 17:14",
        "",
    ]
    assert told.out.splitlines()[4].startswith("1 of 2 mails differ: deadlines of 1")


def test_one_json_object_for_each_mail_has_both_sides(desk: Desk) -> None:
    desk.came(past("screen"))
    [row] = desk.replays(SLOWER).rows
    assert {key: row[key] for key in ("id", "file", "at", "differs")} == {
        "id": "mail-1",
        "file": str(desk.folder / "box" / "cur" / "1.host:2,S"),
        "at": "2026-11-02T09:14:00+01:00",
        "differs": ["deadlines"],
    }
    assert row["old"] == {
        "fate": "opened",
        "reason": "accept",
        "about": "mail-1",
        "entitlement": {"outcome": "accept", "reasons": row["old"]["entitlement"]["reasons"]},
        "priority": "normal",
        "deadlines": [
            {"target": "response", "promised": True, "due": "2026-11-02T13:14:00+01:00"},
            {"target": "resolution", "promised": True, "due": "2026-11-04T09:14:00+01:00"},
        ],
        "mails": [
            {"to": "anna@bakery.example", "notice": "ticket-received"},
            {"to": "piet@desk.example", "notice": "agent-new"},
            {"to": "ans@desk.example", "notice": "agent-new"},
        ],
        "later": [{"to": "anna@bakery.example", "notice": "information-missing"}],
        "missed": ["response", "resolution"],
    }
    assert "contract: prepaid-card" in row["old"]["entitlement"]["reasons"]
    assert row["new"]["deadlines"][0]["due"] == "2026-11-02T17:14:00+01:00"


def test_a_contact_who_is_not_known_any_more_is_decided_otherwise(desk: Desk) -> None:
    desk.came(past("screen", sender="bram@bakery.example"))
    [row] = desk.replays(NO_BRAM).rows
    assert (row["old"]["fate"], row["new"]["fate"], row["new"]["entitlement"]) == ("opened", "held", None)
    assert {"fate", "reason", "entitlement", "deadlines", "mails"} <= set(row["differs"])
    told = desk.replays(NO_BRAM, words=()).out
    assert "      - opened (accept)\n" in told
    assert "      + held (unknown-sender: bram@bakery.example)\n" in told
    assert "1 of 1 mails differ: decisions of 1, deadlines of 1, mails of 1\nmails sent in all: " in told


def test_without_a_second_configuration_all_mails_are_told(desk: Desk) -> None:
    desk.came(past("screen"), past("offer", TUESDAY, "eve@elsewhere.example"))
    words = ("simulate", "--replay", desk.folder / "box", "--config", desk.config("new.toml"))
    told = desk.run(*words).out
    assert "      opened (accept)\n" in told
    assert "      resolution missed\n" in told
    assert told.endswith("      held (unknown-sender: eve@elsewhere.example)\n\n2 mails: 1 opened, 1 held\n")
    rows = desk.run(*words, "--json").rows
    assert [(row["old"], row["new"]["fate"], row["differs"]) for row in rows] == [
        (None, "opened", []),
        (None, "held", []),
    ]


def test_mails_are_played_in_the_order_in_which_they_came(desk: Desk) -> None:
    undated = past("old").replace(f"; {MONDAY}".encode(), b"")
    by_date = undated.replace(b"<old@", b"<date@").replace(b"Subject", f"Date: {TUESDAY}\nSubject".encode())
    wrong = past("screen", more="Date: Wed, 02 Sep 1998 10:00:00 +0200\n")
    desk.came(by_date, wrong, undated)
    os.utime(desk.folder / "box" / "cur" / "3.host:2,S", (1_777_777_777, 1_777_777_777))
    assert [(Path(row["file"]).name[0], row["at"]) for row in desk.replays().rows] == [
        ("3", "2026-05-03T05:09:37+02:00"),
        ("2", "2026-11-02T09:14:00+01:00"),
        ("1", "2026-11-03T10:00:00+01:00"),
    ]


def test_a_sender_is_proved_by_what_a_relay_of_that_configuration_wrote(desk: Desk) -> None:
    desk.came(past("screen"), past("printer", TUESDAY, proved=False))
    trusted, forged = desk.replays(("mx.desk.example", "mx.other.example")).rows
    assert (trusted["old"]["fate"], trusted["new"]["fate"]) == ("opened", "held")
    assert (forged["old"]["fate"], forged["new"]["fate"]) == ("held", "held")


def test_every_sender_may_be_taken_as_proved(desk: Desk) -> None:
    desk.came(past("screen", proved=False), past("offer", TUESDAY, "eve@elsewhere.example", proved=False))
    assert [row["new"]["fate"] for row in desk.replays(words=("--json", "--proved")).rows] == ["opened", "held"]


def test_on_a_desk_whose_mailbox_checks_senders_mails_came_by_it(desk: Desk) -> None:
    desk.came(past("screen", proved=False))
    without = EXAMPLE[: EXAMPLE.index("[[relay]]")] + EXAMPLE[EXAMPLE.index("[[smtp]]") :]
    desk.config("new.toml", base=without + STATE + MAILBOX)
    [row] = desk.run("simulate", "--replay", desk.folder / "box", "--config", desk.folder / "new.toml", "--json").rows
    assert row["new"]["fate"] == "opened"


def test_boxes_and_files_may_be_replayed_together(desk: Desk) -> None:
    box = mbox(desk.folder, past("printer", TUESDAY), past("screen"))
    file = desk.folder / "one.eml"
    file.write_bytes(past("mouse", "Mon, 02 Nov 2026 12:00:00 +0100"))
    words = ("simulate", "--replay", box, "--replay", file, "--config", desk.config("new.toml"), "--json")
    assert [row["file"] for row in desk.run(*words).rows] == [f"{box}:2", str(file), f"{box}:1"]


def test_what_is_no_mail_is_told_and_the_others_are_played(desk: Desk) -> None:
    desk.came(b"just some words\n", past("screen"))
    told = desk.replays(words=())
    assert (told.status, told.out) == (1, "0 of 1 mails differ\n")
    assert told.err == f"{desk.folder}/box/cur/1.host:2,S: not a mail: it has no header field\n"


def test_an_empty_or_missing_maildir_is_told(desk: Desk) -> None:
    assert desk.replays().complaint == f"{desk.folder}/box: No such file or directory"
    desk.came()
    assert desk.replays().complaint == f"{desk.folder}/box: there is no mail in it"


def test_a_configuration_that_is_broken_is_told(desk: Desk) -> None:
    desk.came(past("screen"))
    broken = desk.config("broken.toml", ('zone = "Europe/Amsterdam"', 'zone = "Europe/Nowhere"'))
    told = desk.run(
        "simulate", "--replay", desk.folder / "box", "--config", desk.config("new.toml"), "--against", broken
    )
    assert told.status == 1
    assert told.complaint.startswith(f"{broken}:")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("week.toml", "--replay", "box"),
        ("week.toml", "--against", "old.toml"),
        ("--against", "old.toml"),
        ("week.toml", "--proved"),
    ],
)
def test_a_scenario_or_past_mail_is_needed_and_not_both(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.run("simulate", *words).status == 2


def test_a_directory_may_take_the_place_of_both(desk: Desk) -> None:
    desk.came(past("screen", sender="bram@bakery.example"))
    people = desk.folder / "people.toml"
    people.write_text(PEOPLE.replace(*NO_BRAM))
    [row] = desk.replays(words=("--json", "--directory", people)).rows
    assert (row["old"]["fate"], row["new"]["fate"]) == ("held", "held")


def test_a_configuration_without_a_directory_knows_who_is_stored(desk: Desk) -> None:
    desk.came(past("screen"))
    bare = desk.config("new.toml", (PEOPLE, ""))

    def replayed() -> Ran:
        return desk.run("simulate", "--replay", desk.folder / "box", "--config", bare, "--json")

    assert replayed().complaint == (
        f"{bare}: nobody is known, and no desk is stored in {desk.folder}/state (name a file with --directory)"
    )
    (desk.folder / "people.toml").write_text(PEOPLE)
    assert desk.run("directory", "apply", desk.folder / "people.toml", "--config", bare).status == 0
    assert [row["new"]["fate"] for row in replayed().rows] == ["opened"]


def kept(world: World) -> list[bytes]:
    """What came to a desk, as its relay handed it over."""
    with db.transaction():
        rows = [inbox.get(row.id) for row in reversed(inbox.listed())]
    return [as_sent(row.raw) for row in rows if row]


def test_answers_to_the_real_desk_are_answers_to_the_rehearsed_one(desk: Desk) -> None:
    with World(desk.folder) as world:
        world.receives(ANNA, subject="Screen hangs")
        world.receives(ANNA, subject="Another")
        world.at("2026-11-23 11:30")
        world.replies(PIET, world.last("piet", "agent-new"), "Another one: try again.\n\n/wait")
        world.at("2026-11-23 12:30")
        world.replies(ANNA, world.last("anna", "reply"), "It works.")
        mails = kept(world)
        before = len(world.mails)
    desk.came(*mails)
    quick = desk.config(
        "new.toml", ('response = "4 working hours"', 'response = "1 working hour"'), base=CONFIG.read_text()
    )
    against = desk.folder / "config.toml"
    ran = desk.run("simulate", "--replay", desk.folder / "box", "--config", quick, "--against", against, "--json")
    assert (ran.status, ran.err) == (0, "")
    assert [(row["new"]["fate"], row["new"]["about"]) for row in ran.rows] == [
        ("opened", "mail-1"),
        ("opened", "mail-2"),
        ("commands", "mail-2"),
        ("added", "mail-2"),
    ]
    assert "response" not in ran.rows[1]["old"]["missed"]
    assert "response" in ran.rows[1]["new"]["missed"]
    with World(desk.folder) as world:
        world.works()
        assert len(world.mails) == 0 < before
