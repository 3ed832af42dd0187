"""`helpdeskd explain`: the whole decision for a mail, and nothing happens."""

from pathlib import Path

import apsw
import pytest

from tests.cli.mails import eml, mail, maildir
from tests.cli.program import ROOT, Program, in_a_process
from tests.world import ANNA, STRANGER, World

OFFICE = ("--at", "2026-11-23T10:00")
NIGHT = ("--at", "2026-11-23T22:00")


def dump(state: Path) -> list[str]:
    """Everything that the database holds."""
    connection = apsw.Connection(str(state / "helpdeskd.db"))
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
    rows = [f"{table} {row}" for table in tables for row in connection.execute(f"SELECT * FROM {table}")]
    connection.close()
    return rows


def test_a_proved_contacts_request_would_be_opened_and_told(helpdeskd: Program, config: Path) -> None:
    ran = helpdeskd("explain", eml(config.parent), "--proved", *OFFICE)
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines[:5]] == ["queue", "nature", "strength", "sender", "thread"]
    assert "sender       Anna de Vries of bakery (anna@bakery.example)" in lines
    assert "opened HD-1001: accept" in lines
    assert "--- ticket-received to anna@bakery.example: [HD-1001] Printer" in lines
    assert any(line.startswith("--- agent-new to piet@desk.example") for line in lines)


def test_as_json_it_is_one_object(helpdeskd: Program, config: Path) -> None:
    file = eml(config.parent)
    [told] = helpdeskd("explain", file, "--proved", "--json", *OFFICE).rows
    assert (told["file"], told["fate"], told["ticket"]) == (str(file), "opened", "HD-1001")
    assert {"name", "result", "why"} == set(told["steps"][0])
    assert told["steps"][-1]["name"] == "entitlement"
    received = next(each for each in told["mails"] if each["notice"] == "ticket-received")
    assert received["to"] == "anna@bakery.example"
    assert "HD-1001" in received["text"]


def test_nothing_is_stored_where_no_desk_is(helpdeskd: Program, config: Path) -> None:
    helpdeskd("explain", eml(config.parent), "--proved")
    assert not (config.parent / "state").exists()


def test_nothing_changes_in_the_stored_desk(helpdeskd: Program, world: World, config: Path) -> None:
    with world:
        world.receives(ANNA)
        world.receives(STRANGER)
    before = dump(world.state)
    [told] = helpdeskd("explain", eml(config.parent), "--proved", "--json", *NIGHT, "--to", "duty@desk.example").rows
    assert (told["fate"], told["ticket"]) == ("opened", "HD-1002")
    assert helpdeskd("explain", eml(config.parent, name="held.eml")).status == 1
    assert dump(world.state) == before


def test_an_answer_is_explained_on_the_ticket_that_is_stored(helpdeskd: Program, world: World, config: Path) -> None:
    with world:
        world.receives(ANNA)
        received = world.last("anna", "ticket-received")
    file = eml(config.parent, mail("Re: Invoice", to=received.header("Reply-To")))
    [told] = helpdeskd("explain", file, "--proved", "--json", "--at", "2026-11-23T11:00").rows
    assert (told["fate"], told["ticket"], told["reason"]) == ("added", "HD-1001", "reply address")


def test_an_unproved_senders_mail_would_be_held_and_the_agents_told_later(helpdeskd: Program, config: Path) -> None:
    ran = helpdeskd("explain", eml(config.parent), *OFFICE)
    assert ran.status == 1
    assert "held: unproved-sender: anna@bakery.example" in ran.out.splitlines()
    assert "--- held-digest to piet@desk.example, collected for their working time" in ran.out.splitlines()
    [told] = helpdeskd("explain", eml(config.parent), *OFFICE, "--json").rows
    assert (told["ticket"], told["mails"]) == (None, [])
    assert {"to": "piet@desk.example", "notice": "held-digest"} in told["collected"]


def test_a_sender_who_is_taken_as_proved_is_not_said_to_be_in_our_network(helpdeskd: Program, config: Path) -> None:
    ran = helpdeskd("explain", eml(config.parent), "--proved", *OFFICE)
    assert "The sender is proved (mailbox explain --proved)." in ran.out
    assert "network" not in ran.out


def test_out_of_hours_the_duty_address_would_wake_somebody(helpdeskd: Program, config: Path) -> None:
    words = ("explain", eml(config.parent), "--proved", "--to", "duty@desk.example", "--json")
    [night] = helpdeskd(*words, *NIGHT).rows
    assert {"duty-page", "duty-informed"} == {each["notice"] for each in night["mails"]}
    assert night["hooks"] == 1
    [day] = helpdeskd(*words, *OFFICE).rows
    assert "duty-page" not in {each["notice"] for each in day["mails"]}
    assert day["hooks"] == 0


def test_the_promise_is_that_of_the_moment(helpdeskd: Program, config: Path) -> None:
    words = ("explain", eml(config.parent), "--proved")
    assert "24 november 2026 om 12:30" in helpdeskd(*words, *NIGHT).out
    assert "23 november 2026 om 14:00" in helpdeskd(*words, *OFFICE).out


def test_a_contact_without_a_contract_would_be_refused(helpdeskd: Program, config: Path) -> None:
    ran = helpdeskd("explain", eml(config.parent, mail(sender="luc@brasserie.example")), "--proved", *OFFICE)
    assert ran.status == 1
    assert "refused: contract-ended: 2025-12-31" in ran.out.splitlines()


def test_standard_input_is_a_mail(config: Path) -> None:
    ran = in_a_process("explain", "-", "--proved", "--json", config=config, stdin=mail())
    assert (ran.status, ran.rows[0]["file"], ran.rows[0]["fate"]) == (0, "-", "opened")


def test_it_needs_no_more_than_an_example(tmp_path: Path) -> None:
    ran = in_a_process("explain", "--proved", eml(tmp_path), config=ROOT / "examples" / "prepaid-card.toml")
    assert (ran.status, "opened HD-1001" in ran.out) == (0, True)


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "not a mail: it is empty"), (b"words\n", "not a mail: it has no header field")]
)
def test_what_is_no_mail_is_told(helpdeskd: Program, config: Path, content: bytes, told: str) -> None:
    file = eml(config.parent, content)
    ran = helpdeskd("explain", file)
    assert (ran.status, ran.complaint) == (1, f"{file}: {told}")


def test_what_cannot_be_explained_is_told(helpdeskd: Program, config: Path) -> None:
    missing = helpdeskd("explain", config.parent / "none.eml")
    assert (missing.status, missing.complaint) == (1, f"{config.parent}/none.eml: No such file or directory")
    empty = helpdeskd("explain", maildir(config.parent))
    assert (empty.status, empty.complaint) == (1, f"{config.parent}/Maildir: there is no mail in it")
    elsewhere = helpdeskd("explain", eml(config.parent), "--to", "support@elsewhere.example")
    assert (elsewhere.status, elsewhere.complaint) == (
        1,
        "explain: support@elsewhere.example is no address of the desk",
    )


def test_a_time_that_is_none_is_wrong_usage(helpdeskd: Program, config: Path) -> None:
    assert helpdeskd("explain", eml(config.parent), "--at", "noon").status == 2
