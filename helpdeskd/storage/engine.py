"""What a database engine does in its own way: SQLite (`storage.sqlite`) or PostgreSQL (`storage.postgres`).

Both are a `Database` of peewee and take the same SQL: what both know, `?` or `:name` where a value stands, instants as
fixed-width UTC text, JSON read by `state ->> 'key'` and `json_each(:array)`. Everything else that one of them needs is
a method or an attribute of `Engine`, so that no other module asks which one is open; only the index of the search
(`storage.search`) has a module for each. `db.connect` chooses.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from peewee import DatabaseError, OperationalError

from helpdeskd.storage.tables import proxy

if TYPE_CHECKING:
    from helpdeskd.storage.objects import Bucket

Unavailable = OperationalError
"""Locked, full, read-only, unreachable, I/O: the database's trouble, not the caller's; nothing was done."""
Fault = DatabaseError
"""Whatever the database raises: `Unavailable`, a damaged file, or a mistake of ours."""


class StorageError(Exception):
    """The database cannot be used as it is; the text says why and what would help."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which database: SQLite in the `state` folder, or PostgreSQL where a `url` says so.

    `password` is the one for the url, "" where it needs none; `node` is what this machine is called among others;
    `bucket` is where large mails are, if not in the database.
    """

    state: Path
    url: str = ""
    password: str = field(default="", repr=False)
    node: str = ""
    bucket: "Bucket | None" = None


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table that hold text, and those by which a row is found."""

    table: str
    key: tuple[str, ...]
    texts: tuple[str, ...]


class Searching(Protocol):
    """An index of the search: a module."""

    def add(self, event_id: int, /) -> None:
        """Index an event that was just recorded, if anybody wrote something in it."""

    def take_out(self, event_id: int, /) -> None:
        """Forget an event that is about to be changed."""

    def rebuild(self) -> None:
        """Make the index anew."""

    def asked(self, words: str, /) -> str:
        """The query for words in a row, of which the last may go on; the following ones take it."""

    def tickets_with(self, query: str, /) -> set[int]:
        """The ids of the tickets in which it is found."""

    def some_with(self, words: Iterable[str], most: int, /) -> Mapping[str, Sequence[int]]:
        """Of each word at most so many events in whose subject or text it stands: the ids of their tickets."""

    def pieces(self, queries: Sequence[str], ids: Sequence[int], begin: str, end: str, /) -> Iterable[tuple[int, str]]:
        """Of each event of these tickets that has one of them its ticket, and the piece with most, marked."""


class Engine(Protocol):
    """Beside what peewee's `Database` does.

    `name` says where the database is, without secrets, and `advice` what would help when it cannot be opened.
    `checked` is what `quick_check` looks at. `number_sequences` names the sequence of each counter that has one; `node`
    is what this process counts by, "" where it is the only one.
    """

    name: str
    advice: str
    migrations: Path
    number_sequences: Mapping[str, str]
    node: str
    searching: Searching
    checked: str

    def opening(self) -> AbstractContextManager[None]:
        """Connect, check the settings, and keep others from changing the schema within it."""

    def told(self) -> str:
        """Which engine, and of which version."""

    def quick_check(self) -> str:
        """ "ok", or what is wrong."""

    def compact(self) -> bool:
        """Give back the room of what was taken out; False when others kept it from doing so."""

    def reading(self) -> AbstractContextManager[object]:
        """A transaction that sees one instant and hinders nobody, as long as nothing is written in it."""

    def is_broken(self, fault: BaseException) -> bool:
        """Whether what is stored is not to be trusted after this."""

    def is_full(self, fault: BaseException) -> bool:
        """Whether there was no room for it."""

    def is_passing(self, fault: BaseException) -> bool:
        """Whether nothing was done, and the same may succeed at once."""

    def put(self, into: str, *rows: Sequence[object]) -> None:
        """Put rows in; `into` is a table with the columns whose values they have."""

    def put_one(self, into: str, row: Sequence[object]) -> int:
        """Put a row in, of which the database makes the id; the id."""

    def touch(self, customer: str) -> None:
        """Let no two transactions that touch the same customer both commit, if they overlap."""

    def announce(self, channel: str) -> None:
        """Wake who listens to that channel, when this transaction is committed."""

    def text_columns(self) -> Iterator[Columns]:
        """Of each table that has any."""

    def follow_rows(self) -> None:
        """After rows with ids were put in: what makes ids goes on after them."""

    def stream(self, sql: str) -> Iterator[Any]:
        """The rows of a query, within a transaction, without keeping all of them in memory at once."""


def engine() -> Engine:
    """That of the database that is open."""
    return cast(Engine, proxy.obj)
