"""What each figure says, read with Prometheus' own parser."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from helpdeskd.daemon import log, metrics, tally
from helpdeskd.daemon.metrics import Metrics, Node
from helpdeskd.daemon.tally import Tally
from helpdeskd.storage import alarms, commits, inbox, outbox
from helpdeskd.storage.alarms import Alarms, Known
from helpdeskd.storage.commits import Times
from helpdeskd.storage.door import Door
from helpdeskd.storage.engine import Where
from tests.storage.values import NOW, RAW, envelope, mail

ROOT = Path(__file__).parents[2]
END = datetime(2027, 2, 1, tzinfo=UTC)
NODE = Node("node1", 2.5, 10 << 30, 4096, {"support": 30.0}, {"smtp mx": END})
Figures = dict[str, float]
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def own_figures(monkeypatch: pytest.MonkeyPatch) -> Times:
    """Of this test alone."""
    times = Times()
    monkeypatch.setattr(commits, "OURS", times)
    monkeypatch.setattr(tally, "OURS", Tally(times))
    return times


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    opened = Door(Where(tmp_path))
    yield opened
    opened.close()


def at(door: Door, node: Node = NODE) -> Metrics:
    return Metrics(door, lambda: LATER, lambda: node)


def read(page: bytes) -> Figures:
    """`name{label=value,…}` and its value; the label of the node is left out."""
    found = {}
    for family in text_string_to_metric_families(page.decode()):
        for sample in family.samples:
            labels = [f"{name}={value}" for name, value in sample.labels.items() if name != "node"]
            found[f"{sample.name}{{{','.join(labels)}}}".removesuffix("{}")] = sample.value
    return found


async def test_the_figures_of_the_desk_are_those_of_its_tables(door: Door):
    def fill() -> None:
        for number in range(3):
            inbox.put([envelope()], RAW + str(number).encode())
        inbox.finish(1, "held", "unknown", "", "a@b.example", "x", NOW, "held")
        outbox.queue(mail(1))
        known = Known("outbox lags", "", "x", "node1", NOW, NOW)
        alarms.keep(Alarms((known, Known("delivery", "", "x", "node1", NOW, NOW, over_at=LATER))))

    door.call(fill)
    found = read(await at(door).page())
    assert found["helpdeskd_database_up"] == 1
    assert found["helpdeskd_inbox_mails{status=queued}"] == 2
    assert found["helpdeskd_inbox_mails{status=held}"] == 1
    assert found["helpdeskd_inbox_oldest_age_seconds{status=queued}"] == 300
    assert found["helpdeskd_outbox_mails{status=queued}"] == 1
    assert found["helpdeskd_outbox_oldest_age_seconds"] == 300
    assert found["helpdeskd_alarms_standing{alarm=outbox lags}"] == 1
    assert found["helpdeskd_alarms_standing{alarm=delivery}"] == 0


async def test_the_figures_of_a_node_are_those_that_it_has_counted(door: Door):
    log.received(inbox_id=1, source="smtp", account="mx", peer="", size=1)
    log.refused(client="192.0.2.1", reply="452 4.3.1 no room")
    log.decided(inbox_id=1, fate="loop", reason="", ticket="")
    log.sent(outbox_id=1, notice="reply", recipient="a@b.example", reply="250")
    log.struck(inbox_id=1, reason="", failed=True)
    log.alarm(what="worker ended", detail="x")
    found = read(await at(door).page())
    assert found["helpdeskd_received_mails_total{source=smtp}"] == 1
    assert found["helpdeskd_refusals_total{reply=452 4.3.1}"] == 1
    assert found["helpdeskd_decided_mails_total{fate=loop}"] == 1
    assert found["helpdeskd_decided_mails_total{fate=opened}"] == 0
    assert found["helpdeskd_loop_guard_trips_total{guard=own mail}"] == 1
    assert found["helpdeskd_sent_mails_total"] == 1
    assert found["helpdeskd_strikes_total{failed=1}"] == 1
    assert found["helpdeskd_alarms_total{alarm=worker ended}"] == 1
    assert found["helpdeskd_sweep_age_seconds"] == 2.5
    assert found["helpdeskd_mailbox_lag_seconds{mailbox=support}"] == 30
    assert found["helpdeskd_certificate_end_timestamp_seconds{listener=smtp mx}"] == END.timestamp()
    assert found["process_resident_memory_bytes"] > 1 << 20


async def test_figures_of_a_node_say_whose_they_are_and_those_of_the_desk_do_not(door: Door):
    text = (await at(door).page()).decode()
    of_node = {line.partition("{")[0] for line in text.splitlines() if 'node="node1"' in line}
    assert {"helpdeskd_sent_mails_total", "helpdeskd_database_up", "helpdeskd_commit_seconds_sum"} <= of_node
    assert of_node.isdisjoint({"helpdeskd_inbox_mails", "helpdeskd_targets_breached", "helpdeskd_outbox_mails"})


async def test_the_time_of_a_commit_is_in_the_page(door: Door, own_figures: Times):
    own_figures.add(0.02)
    found = read(await at(door).page())
    assert found["helpdeskd_commit_seconds_bucket{le=0.01}"] < found["helpdeskd_commit_seconds_bucket{le=0.025}"]
    assert found["helpdeskd_commit_seconds_count"] >= 1


async def test_a_page_is_kept_for_some_seconds(door: Door, monkeypatch: pytest.MonkeyPatch):
    pages = at(door)
    before = await pages.page()
    log.alarm(what="fault", detail="x")
    assert await pages.page() == before
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 0.0)
    assert await pages.page() != before


async def test_many_readers_ask_the_tables_once(door: Door):
    asked: list[int] = []

    class Counting(Door):
        async def __call__(self, function: Callable[..., object], *args: object) -> object:  # type: ignore[override]
            asked.append(1)
            return await Door.__call__(door, function, *args)

    pages = at(Counting.__new__(Counting))
    await asyncio.gather(*(pages.page() for _ in range(50)))
    assert len(asked) == 1


async def test_a_database_that_does_not_answer_is_told_and_the_rest_is_there(
    door: Door, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(metrics, "DOOR_SECONDS", 0.2)
    busy, over = threading.Event(), threading.Event()

    def hold() -> None:
        busy.set()
        over.wait(20)

    holding = asyncio.create_task(door(hold))
    assert await asyncio.to_thread(busy.wait, 20)
    found = read(await at(door).page())
    over.set()
    await holding
    assert found["helpdeskd_database_up"] == 0
    assert "helpdeskd_inbox_mails{status=queued}" not in found
    assert found["helpdeskd_sent_mails_total"] == 0


async def test_every_metric_that_the_rules_and_the_book_name_is_in_the_page(door: Door):
    log.refused(client="", reply="550 5.1.1")
    log.received(inbox_id=1, source="smtp", account="mx", peer="", size=1)
    door.call(alarms.keep, Alarms((Known("delivery", "", "x", "node1", NOW, NOW),)))
    there = {name.partition("{")[0] for name in read(await at(door).page())}
    for file in ("examples/prometheus-rules.yml", "docs/operations.md"):
        named = set(re.findall(r"\b(?:helpdeskd|process)_[a-z_]+\b", (ROOT / file).read_text("utf-8")))
        histograms = {name.removesuffix(part) for name in there for part in ("_bucket", "_sum", "_count")}
        assert named - there - histograms == set(), file
        assert len(named) > 8
