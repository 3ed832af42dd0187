"""The checker against stand-ins for its process that answer, die, hang or lie; the real one is in tests/system."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.config.load import load
from helpdeskd.daemon import checker as checker_module
from helpdeskd.daemon.checker import Checker
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.wire import AT_ONCE
from helpdeskd.domain.desk import Monitor
from helpdeskd.domain.message import Envelope
from helpdeskd.storage import arrivals, inbox, unchecked
from helpdeskd.storage.door import Door
from helpdeskd.storage.inbox import Received
from tests.config.small_desk import SMALL

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
ANNA, BRAM, CAS = "anna@bakery.example", "bram@brasserie.example", "cas@castle.example"
PASS = "helpdeskd; dmarc=pass header.from=bakery.example"
PROGRAM = """
import json, os, sys, time
sys.stdin.buffer.readline()
def say(**told): print(json.dumps(told), flush=True)
say(ready=True)
for line in iter(sys.stdin.buffer.readline, b""):
    mail = json.loads(line)
    raw = sys.stdin.buffer.read(mail["size"])
    {each}
"""
FOUND = f'say(id=mail["id"], found="{PASS}")'

Start = Callable[[str], Checker]


def each(action: str) -> str:
    """A checker that does this with each mail."""
    return PROGRAM.format(each=action)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    file = tmp_path / "config.toml"
    file.write_text(SMALL + '[auth]\n[trust]\nnetworks = ["10.0.0.0/8"]\n[state]\nfolder = "state"\n')
    (tmp_path / "state").mkdir()
    return Office(load(file))


@pytest.fixture
def door(office: Office) -> Iterator[Door]:
    opened = Door(office.loaded.settings.state)
    yield opened
    opened.close()


@pytest.fixture
async def start(office: Office, door: Door) -> AsyncIterator[Start]:
    """Starts a checker whose process runs this program."""
    running: list[tuple[Checker, asyncio.Task[None]]] = []

    def begin(program: str) -> Checker:
        checker = Checker(office, door, Clock(), lambda: None, (sys.executable, "-c", program))
        running.append((checker, asyncio.create_task(checker.run())))
        return checker

    yield begin
    for checker, task in running:
        checker.stop()
        await asyncio.wait_for(task, 20)


def put(door: Door, author: str = ANNA, peer: str = "192.0.2.1", **more: str) -> int:
    """A mail that awaits its check."""
    envelope = Envelope(author, "support@desk.example", NOW, peer=peer, helo="mx.bakery.example", **more)
    raw = f"From: {author}\r\nSubject: Printer\r\n\r\nIt is on fire.\r\n".encode()

    def store() -> int:
        ((number,),) = arrivals.put([arrivals.arrival([envelope], raw, author=author, check_at=NOW)])
        return number

    return door.call(store)


async def row_when(door: Door, number: int, condition: Callable[[Received], object]) -> Received:
    async with asyncio.timeout(30):
        while True:
            row = await door(inbox.get, number)
            assert row is not None
            if condition(row):
                return row
            await asyncio.sleep(0.02)


def is_checked(row: Received) -> bool:
    return row.envelope.checked is not None


async def result(door: Door, number: int) -> str:
    """What is found about a mail, as soon as it is."""
    found = (await row_when(door, number, is_checked)).envelope.checked
    assert found is not None
    return found


async def test_what_is_found_is_kept_with_the_mail_and_the_worker_may_take_it(start: Start, door: Door):
    number = put(door)
    start(each(FOUND))
    assert await result(door, number) == PASS
    assert [row.id for row in await door(inbox.next_queued, 10, 1 << 20, NOW)] == [number]


async def test_the_checker_is_told_of_the_mail_and_what_to_check_by(start: Start, door: Door, tmp_path: Path):
    told = tmp_path / "told"
    first = put(door)
    start(each(f"open({str(told)!r}, 'ab').write(line + raw); {FOUND}"))
    await result(door, first)
    text = told.read_text()
    for part in ("192.0.2.1", "mx.bakery.example", ANNA, NOW.isoformat(), "It is on fire."):
        assert part in text


async def test_only_the_client_of_smtp_is_told_because_lmtp_has_another(start: Start, door: Door, tmp_path: Path):
    told = tmp_path / "told"
    number = put(door, source="lmtp")
    start(each(f"open({str(told)!r}, 'ab').write(line); {FOUND}"))
    await result(door, number)
    assert "192.0.2.1" not in told.read_text()
    assert "mx.bakery.example" not in told.read_text()


async def test_a_mail_about_which_the_dns_cannot_answer_is_parked_and_others_go_on(start: Start, door: Door):
    late, other = put(door), put(door, BRAM)
    start(each(f"say(id=mail['id'], later='DNS: timeout') if b'anna' in raw else {FOUND}"))
    await result(door, other)
    row = await row_when(door, late, lambda row: row.reason)
    assert (row.status, row.reason, row.envelope.checked) == ("queued", "parked: DNS: timeout", None)
    assert [row.id for row in await door(inbox.next_queued, 10, 1 << 20, NOW)] == [other]


async def test_a_client_whose_mails_take_long_does_not_hold_up_the_mail_of_others(start: Start, door: Door):
    for number in range(2 * AT_ONCE):
        put(door, f"eve@slow{number}.example", peer="198.51.100.9")
    good = put(door)
    start(each(f"{FOUND} if b'anna' in raw else None"))
    assert await result(door, good) == PASS


async def test_what_was_parked_takes_no_place_of_new_mail_whoever_brought_it(start: Start, door: Door):
    for number in range(2 * AT_ONCE):
        late = put(door, f"eve@slow{number}.example", peer=f"198.51.100.{number}")
        await door(unchecked.park, late, "DNS: timeout", NOW)
    good = put(door)
    start(each(f"{FOUND} if b'anna' in raw else None"))
    assert await result(door, good) == PASS


async def test_new_mail_takes_no_place_of_what_was_parked(start: Start, door: Door):
    for number in range(2 * AT_ONCE):
        put(door, f"eve@slow{number}.example", peer=f"198.51.100.{number}")
    good = put(door)
    await door(unchecked.park, good, "DNS: timeout", NOW)
    start(each(f"{FOUND} if b'anna' in raw else None"))
    assert await result(door, good) == PASS


async def test_mail_of_a_monitor_is_waited_for_as_that_of_contacts_is(start: Start, door: Door, office: Office):
    monitor = Monitor("nagios", ("monitor.example",), (), frozenset(), frozenset())
    office.loaded = replace(office.loaded, desk=replace(office.loaded.desk, monitors=(monitor,)))
    alert, stranger = put(door, "nagios@monitor.example"), put(door, BRAM)
    for number in (alert, stranger):
        await door(unchecked.park, number, "DNS: timeout", NOW)
        await door(unchecked.park, number, "DNS: timeout", NOW)
    start(each("say(id=mail['id'], later='DNS: timeout again')"))
    assert await result(door, stranger) == "helpdeskd; none (given up: DNS: timeout again)"
    row = await row_when(door, alert, lambda row: "again" in row.reason)
    assert not is_checked(row)


async def test_a_mail_that_was_parked_long_enough_is_decided_as_unproved_with_the_reason(start: Start, door: Door):
    number = put(door)
    for _ in range(unchecked.TRIES_FOR_STRANGERS - 1):
        assert await door(unchecked.park, number, "DNS: timeout", NOW)
    start(each("say(id=mail['id'], later='DNS: (timeout)')"))
    assert await result(door, number) == "helpdeskd; none (given up: DNS: timeout)"


async def test_a_mail_over_which_the_checker_dies_is_unproved_and_costs_no_other_its_proof(start: Start, door: Door):
    good, bad, better = put(door), put(door, BRAM), put(door, CAS)
    start(each(f"os._exit(9) if b'bram' in raw else (time.sleep(0.1), {FOUND})"))
    assert await result(door, bad) == "helpdeskd; none (the check did not end: it ended with 9)"
    assert [await result(door, good), await result(door, better)] == [PASS, PASS]


async def test_a_checker_that_is_killed_once_costs_no_mail_its_proof(start: Start, door: Door, tmp_path: Path):
    mark, number = tmp_path / "killed", put(door)
    start(each(f"{FOUND} if os.path.exists({str(mark)!r}) else (open({str(mark)!r}, 'x'), os.kill(os.getpid(), 9))"))
    assert await result(door, number) == PASS


async def test_a_mail_over_which_the_checker_hangs_is_unproved_and_the_next_one_is_checked(
    start: Start, door: Door, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(checker_module, "GRACE_SECONDS", -18.0)
    bad, good = put(door), put(door, BRAM)
    start(each(f"time.sleep(600) if b'anna' in raw else {FOUND}"))
    assert await result(door, bad) == "helpdeskd; none (the check did not end: it took too long)"
    assert await result(door, good) == PASS


async def test_mails_wait_with_the_reason_while_the_checker_does_not_start(start: Start, door: Door):
    number = put(door)
    start("import sys; sys.exit(3)")
    row = await row_when(door, number, lambda row: row.reason)
    assert row.reason == "parked: the checker does not start: it ended with 3"
    assert not is_checked(row)


@pytest.mark.parametrize(
    "answer",
    [
        "found='mx.elsewhere.example; dmarc=pass header.from=bakery.example'",
        "found='helpdeskd; dmarc=pass header.from=bakery.example (' ",
        "found='helpdeskd; dmarc=pass header.from=bakery.example ' + 'x' * 3000",
    ],
)
async def test_what_is_no_result_of_ours_is_no_result(start: Start, door: Door, answer: str):
    number = put(door)
    start(each(f"say(id=mail['id'], {answer})"))
    assert await result(door, number) == "helpdeskd; none (the check said nothing)"


@pytest.mark.parametrize("answer", ["print('[', flush=True)", "print('x' * 100_000, flush=True)"])
async def test_a_checker_that_says_what_cannot_be_read_is_ended(start: Start, door: Door, answer: str):
    number = put(door)
    start(each(answer))
    assert (await result(door, number)).startswith("helpdeskd; none (the check did not end")


async def test_a_result_about_a_mail_that_the_checker_was_not_given_counts_for_nothing(start: Start, door: Door):
    number = put(door)
    parked = put(door, BRAM)
    await door(unchecked.park, parked, "DNS: timeout", datetime.now(UTC) + timedelta(minutes=20))
    start(each(f"say(id={parked}, found='{PASS}'); {FOUND}"))
    await result(door, number)
    assert not is_checked(await row_when(door, parked, lambda row: row))


async def test_mail_is_checked_by_the_new_configuration_after_a_reload(
    start: Start, door: Door, office: Office, tmp_path: Path
):
    hangs = put(door)
    begun, new = tmp_path / "begun", tmp_path / "new"
    hang = f"(open({str(begun)!r}, 'x'), time.sleep(600))"
    checker = start(each(f"{FOUND} if os.path.exists({str(new)!r}) else {hang}"))
    async with asyncio.timeout(20):
        while not begun.exists():
            await asyncio.sleep(0.02)
    new.touch()
    checker.replace(office)
    assert await result(door, hangs) == PASS


async def test_where_the_check_is_switched_off_what_awaited_it_is_let_go_unproved(
    door: Door, office: Office, tmp_path: Path
):
    number = put(door)
    file = office.loaded.settings.file
    file.write_text(file.read_text().replace("[auth]\n", "[auth]\ncheck = false\n"))
    checker = Checker(Office(load(file)), door, Clock(), lambda: None, (sys.executable, "-c", "raise SystemExit(3)"))
    task = asyncio.create_task(checker.run())
    async with asyncio.timeout(20):
        while not await door(inbox.next_queued, 10, 1 << 20, NOW):
            await asyncio.sleep(0.02)
    checker.stop()
    await task
    assert not is_checked(await row_when(door, number, lambda row: row))


@pytest.mark.parametrize(
    ("peer", "login", "awaits"), [("192.0.2.1", "", 1), ("10.0.0.7", "", 0), ("192.0.2.1", "x", 0)]
)
def test_a_mail_awaits_a_check_only_where_nobody_else_speaks_for_it(
    door: Door, office: Office, peer: str, login: str, awaits: int
):
    checker = Checker(office, door, Clock(), lambda: None)
    envelope = Envelope(ANNA, "support@desk.example", NOW, peer=peer, login=login)

    author, check_at = checker.register(envelope, b"From: Anna <ANNA@bakery.example>\r\n\r\n")
    mail = arrivals.arrival([envelope], b"", author=author, check_at=check_at)
    door.call(arrivals.put, [mail])
    assert author == ANNA
    assert len(door.call(unchecked.due, datetime.now(UTC), 10)) == awaits
