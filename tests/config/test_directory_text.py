"""What is exported is read back as the same directory, whatever it holds."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from helpdeskd.config.directory_file import DirectoryFile, read_directory
from helpdeskd.config.directory_text import write_toml
from helpdeskd.config.references import Known
from helpdeskd.domain.card import Card
from helpdeskd.domain.directory import Agent, Contact, Contract, Customer, Right
from helpdeskd.domain.standby import Period

KNOWN = Known.of({"calendar": {"office": {}}, "plan": {"standard": {"agreement": {"good": {}}}}, "queue": []})
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
languages = st.sampled_from(["nl", "da", "fr"])
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    first, last = sorted([draw(days), draw(days)])
    paid = draw(st.none() | days)
    covers = tuple(draw(st.lists(words, max_size=2)))
    edges = sorted(draw(st.sets(st.integers(0, 100_000), max_size=4)))
    return Contract(
        "standard",
        first,
        last,
        paid,
        draw(st.sampled_from(["", "good"])),
        covers,
        draw(st.just("") | words),
        tuple(Period(minute(start), minute(end)) for start, end in pairwise(edges)),
        draw(st.booleans()),
    )


def minute(number: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)


def card(name: str, minutes: int, price: int, bought: date, free: bool) -> Card:
    return Card(name, minutes, 0 if free else price, bought, free)


def cards(number: int) -> st.SearchStrategy[Card]:
    names = st.integers(0, 999).map(lambda card: f"card-{number}-{card}")
    return st.builds(card, names, st.integers(1, 6_000_000), st.integers(0, 10**9), days, st.booleans())


@st.composite
def customers(draw: st.DrawFn, number: int) -> Customer:
    name, language = f"customer-{number}", draw(st.just("") | languages)
    contacts = tuple(
        Contact(
            name,
            draw(words),
            (f"c{number}-{position}@example.com",),
            draw(languages) if not language else draw(st.just(language) | languages),
            draw(st.frozensets(st.sampled_from(Right))),
            tuple(draw(st.lists(st.sampled_from(["general", "technical", "site:main"]), unique=True))),
        )
        for position in range(draw(st.integers(0, 2)))
    )
    return Customer(
        name,
        draw(words),
        (f"d{number}.example",) * draw(st.integers(0, 1)),
        language,
        draw(st.sampled_from(["", "Europe/Amsterdam"])),
        ("main", *draw(st.lists(words, max_size=2))),
        contacts,
        tuple(draw(st.lists(contracts(), max_size=2))),
        tuple(draw(st.lists(cards(number), max_size=2, unique_by=lambda card: card.id))),
    )


@st.composite
def agents(draw: st.DrawFn, number: int) -> Agent:
    return Agent(
        f"agent-{number}",
        draw(words),
        (f"a{number}@desk.example", f"a{number}@home.example"),
        draw(st.just("") | languages),
        draw(st.integers(1, 9)),
        tuple(draw(st.lists(st.sampled_from(["support", "second"]), unique=True))),
        draw(st.sampled_from(["", "office"])),
        draw(st.booleans()),
    )


@st.composite
def directories(draw: st.DrawFn) -> DirectoryFile:
    some = tuple(draw(customers(number)) for number in range(draw(st.integers(0, 2))))
    others = tuple(draw(agents(number)) for number in range(draw(st.integers(0, 2))))
    return DirectoryFile(some, others)


@settings(max_examples=60, deadline=None)
@given(directories())
def test_what_is_written_is_read_as_the_same(directory: DirectoryFile) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.toml"
        file.write_text(write_toml(directory.customers, directory.agents), encoding="utf-8")
        assert read_directory(file, KNOWN).directory == directory


def test_what_is_written_reads_well() -> None:
    piet = Agent("piet", "Piet Jansen", ("piet@desk.example",), teams=("support",), manager=True)
    assert write_toml([], [piet]) == (
        '[[agent]]\nname = "piet"\ntitle = "Piet Jansen"\naddresses = ["piet@desk.example"]\nlevel = 1\n'
        'teams = ["support"]\nmanager = true\n'
    )
