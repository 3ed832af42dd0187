"""Values of the domain to and from JSON text, by their type hints (pydantic does the work).

A field that was added with a default reads from older rows as that default, so most additions need no migration.
"""

import json
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any, TypeVar, get_args

from pydantic import TypeAdapter

from helpdeskd.domain import event as events
from helpdeskd.domain.contact_event import AddressMisused
from helpdeskd.domain.event import Event

T = TypeVar("T")
EVENTS: dict[str, type] = {kind.__name__: kind for kind in (*get_args(events.TicketEvent), *get_args(events.MailEvent))}
# As it was called while lists of contacts had the only such address.
EVENTS["ListMisused"] = AddressMisused


_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def dump(value: object) -> str:
    """The JSON text of a frozen value."""
    return _adapter(type(value)).dump_json(value).decode()


def load(kind: type[T], text: str) -> T:
    """The value of that type; raises pydantic.ValidationError for text that is none."""
    value: T = _adapter(kind).validate_json(text)
    return value


load_known = lru_cache(maxsize=512)(load)
"""The same for what is asked for again and again: customers, agents, old tickets. The text is the key."""


def plain(value: object) -> Any:
    """The value as dictionaries, lists and strings, for `--json`."""
    return _adapter(type(value)).dump_python(value, mode="json")


def text_of(value: object) -> str:
    """Dictionaries, lists and strings as the JSON text that is stored."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def array(values: Iterable[object]) -> str:
    """Values for `json_each(?)`, which lets a statement take any number of them."""
    return json.dumps(list(values))


def load_event(kind: str, text: str) -> Event:
    """An event of the closed union, by the name of its class."""
    event: Event = load(EVENTS[kind], text)
    return event
