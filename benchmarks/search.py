"""How fast search is on a full desk, and what it costs to keep: `python -m benchmarks.search [--tickets N]`.

Fills a database in a temporary folder (TMPDIR chooses the disk) with tickets of five texts each, in words that are as
often in them as words are in a language, and prints: the milliseconds to record an event, with the index and without,
in transactions of one turn; the size of the index beside the rest; the milliseconds (median and longest) to find a
common, a usual and a rare word and all three, and to find what is similar to a new ticket. The texts are the same in
every run. `loop` is how long a fixed loop of Python takes: compare figures only beside it.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.loop import loop_ms
from benchmarks.words import WORDS, words
from helpdeskd.domain.event import AgentReplied, CustomerWrote, Event, NoteAdded, TicketOpened
from helpdeskd.domain.solution_event import SolutionRecorded
from helpdeskd.domain.ticket import Decision, Entitlement, Ticket
from helpdeskd.storage import db, search, tickets
from helpdeskd.storage.tables import proxy

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DRAW = random.Random(7)
LENGTH = 90
TRIES = 25


def main() -> None:
    """Fill, measure, tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description="Measure search on a full desk.")
    parser.add_argument("--tickets", type=int, default=5000, metavar="N", help="how many (default: 5000)")
    count = parser.parse_args().tickets
    with tempfile.TemporaryDirectory(prefix="helpdeskd-bench-") as folder:
        db.connect(Path(folder))
        indexed = _fill(1, count)
        proxy.execute_sql("DROP TABLE search")
        proxy.execute_sql("CREATE TABLE search (subject, text, people)")
        bare = _fill(count + 1, count + max(1, count // 10))
        db.close()
    print(f"record: {indexed:.2f} ms an event, {bare:.2f} ms without an index; loop {loop_ms()} ms")


def _fill(first: int, last: int) -> float:
    """Milliseconds to record an event, in the transaction of its own that a mail is."""
    begin, events = time.perf_counter(), 0
    for number in range(first, last + 1):
        ticket = Ticket(
            number, f"HD-{1000 + number}", _text(6), f"customer{number % 200}", f"anna@customer{number % 200}.example",
            "standard", "support", "support", "normal", "problem", NOW, Entitlement(Decision.ACCEPT),
        )  # fmt: skip
        for event in _story(ticket):
            with db.transaction():
                tickets.save(ticket)
                tickets.record(event, number, None)
            events += 1
    took = 1000 * (time.perf_counter() - begin) / events
    if first == 1:
        _ask(replace(ticket, id=last))
    return took


def _story(ticket: Ticket) -> Iterator[Event]:
    yield TicketOpened(NOW, ticket.requester, ticket, _text(LENGTH), "normal")
    yield AgentReplied(NOW, "piet", _text(LENGTH))
    yield CustomerWrote(NOW, ticket.requester, _text(LENGTH))
    yield NoteAdded(NOW, "piet", _text(LENGTH))
    yield SolutionRecorded(NOW, "piet", _text(LENGTH // 5))


def _text(length: int) -> str:
    return " ".join(words(DRAW, length))


def _ask(newest: Ticket) -> None:
    """The size of the index and the times of questions, on what is stored."""
    tables = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'search%'", "SELECT sum(pgsize) FROM dbstat"
    index, whole = (proxy.execute_sql(sql).fetchone()[0] / 2**20 for sql in tables)
    print(f"{newest.id} tickets: index {index:.1f} MiB of {whole:.1f} MiB")
    common, usual, rare = WORDS[0], WORDS[300], WORDS[20_000]
    for asked in ([common], [usual], [rare], [common, usual, rare]):
        _timed(f"find {len(asked)} ({len(search.find(asked))} found)", partial(search.find, asked))
    several = iter(range(newest.id, newest.id - TRIES, -1))
    _timed("similar", lambda: search.similar(replace(newest, id=next(several)), 3))


def _timed(name: str, ask: Callable[[], object]) -> None:
    took = []
    for _ in range(TRIES):
        begin = time.perf_counter()
        ask()
        took.append(1000 * (time.perf_counter() - begin))
    print(f"{name:24} {statistics.median(took):8.2f} ms, at most {max(took):.2f} ms")


if __name__ == "__main__":
    main()
