"""The kinds of value that keys of a configuration may have, and the base of all of its tables.

In: what `tomllib` returns. Out: plain frozen values: times as `timedelta` or whole minutes, money as integer cents,
percentages as Decimal, sizes as bytes, file names as absolute paths (a relative one counts from the folder of the file
that names it, given as `context={"folder": …}`), addresses normalised, zones as `ZoneInfo`. Nothing is guessed: a
number in quotes is no number.

Fails with a ValueError for people: what is wrong, and in brackets what would be right.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, ValidationInfo
from pydantic.fields import FieldInfo

from helpdeskd.domain.address import a_label, is_deliverable, normalise
from helpdeskd.domain.amount import Amount, Measure, parse_amount
from helpdeskd.domain.desk import Network

_MONEY = re.compile(r"([0-9]{1,9})\.([0-9]{2})")
_SIZE = re.compile(r"([0-9]{1,6}) ?(KiB|MiB|GiB)")
_SIZES = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
MINUTE = timedelta(minutes=1)
MOST_PERCENT = 1000

Row = TypeVar("Row")


class Table(BaseModel):
    """A table of the configuration: every key is known, has a description, and cannot be changed once read."""

    # Only the whole file is ever read: its parts need no readers of their own, which would cost a third of a start.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True, defer_build=True)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text (in quotes)")
    return value


def _address(value: object) -> str:
    text = _text(value)
    if not is_deliverable(address := normalise(text)):
        raise ValueError(f'"{text}" is no address that mail can be sent to (such as "support@desk.example")')
    return address


def _domain(value: object) -> str:
    text = _text(value)
    if not (label := a_label(text)) or "@" in text or " " in text:
        raise ValueError(f'"{text}" is no domain (such as "desk.example")')
    return label


def _amount(value: object) -> Amount:
    return parse_amount(_text(value))


def _duration(value: object) -> timedelta:
    amount = parse_amount(_text(value))
    if amount.measure is not Measure.ELAPSED:
        raise ValueError(f'"{value}" is working time (here every minute counts: "15 minutes", "24 hours", "7 days")')
    return timedelta(minutes=int(amount.count))


def minutes(value: object) -> int:
    """Whole minutes of elapsed time; raises ValueError for people."""
    return _duration(value) // MINUTE


def money(value: object) -> int:
    """Cents of an amount in text; raises ValueError for people."""
    text = _text(value)
    if (found := _MONEY.fullmatch(text)) is None:
        raise ValueError(f'"{text}" is no amount of money (with two decimals, in quotes, such as "400.00")')
    return int(found[1]) * 100 + int(found[2])


def _percent(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a percentage (a number without quotes, such as 50 or 12.5)")
    if not 0 <= value <= MOST_PERCENT:
        raise ValueError(f"{value} is out of bounds (a percentage from 0 to {MOST_PERCENT})")
    return Decimal(str(value))


def _size(value: object) -> int:
    found = _SIZE.fullmatch(_text(value))
    if found is None or int(found[1]) == 0:
        raise ValueError(f'"{value}" is no size (a number and KiB, MiB or GiB, such as "50 MiB")')
    return int(found[1]) * _SIZES[found[2]]


def _file(value: object, info: ValidationInfo) -> Path:
    text = _text(value)
    if not text or "\0" in text:
        raise ValueError(f'"{text}" names no file')
    folder: Path = (info.context or {}).get("folder", Path())
    return (folder / text).absolute()


def _zone(value: object) -> ZoneInfo:
    text = _text(value)
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'no time zone is called "{text}" (an IANA name, such as "Europe/Amsterdam")') from None


def _network(value: object) -> Network:
    text = _text(value)
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(f'"{text}" is no network (such as "127.0.0.0/8", "::1" or "192.0.2.7")') from None


def _instant(value: object) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    raise ValueError("must be a time with its offset (such as 2026-11-27T18:00:00+01:00, without quotes)")


Rows = Annotated[tuple[Row, ...], Field(strict=False)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", min_length=1, max_length=200)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Address = Annotated[str, PlainValidator(_address)]
Domain = Annotated[str, PlainValidator(_domain)]
AmountOfTime = Annotated[Amount, PlainValidator(_amount)]
Duration = Annotated[timedelta, PlainValidator(_duration)]
Minutes = Annotated[int, PlainValidator(minutes)]
Money = Annotated[int, PlainValidator(money)]
Percent = Annotated[Decimal, PlainValidator(_percent)]
Size = Annotated[int, PlainValidator(_size)]
File = Annotated[Path, PlainValidator(_file)]
Zone = Annotated[ZoneInfo, PlainValidator(_zone)]
Net = Annotated[Network, PlainValidator(_network)]
Instant = Annotated[datetime, PlainValidator(_instant)]
Count = Annotated[int, Field(ge=1)]
Argv = Annotated[tuple[str, ...], Field(strict=False)]


def key(default: Any = ..., says: str = "", **more: Any) -> Any:
    """A key of a table: its default (none: it must be there), and one sentence that says what it does.

    `such` is a value as it would be written; it stands in errors and in config.example.toml.
    """
    such = more.pop("such", None)
    return Field(default, description=says, examples=None if such is None else [such], **more)


def keys(table: type[Table]) -> Iterator[tuple[str, FieldInfo]]:
    """The keys of a table as they are written, in their order."""
    return ((field.alias or name, field) for name, field in table.model_fields.items())


def table_in(annotation: Any) -> tuple[type[Table] | None, bool]:
    """The kind of table that a key holds, if it does, and whether tables under it have names ([calendar.NAME])."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation, False
    found = (table_in(part)[0] for part in get_args(annotation))
    return next((table for table in found if table), None), get_origin(annotation) is dict


def table_at(path: tuple[str | int, ...], root: type[Table]) -> type[Table] | None:
    """The kind of table at a path of names and indices; None where there is none."""
    table: type[Table] | None = root
    named = False
    for part in path:
        if isinstance(part, int) or table is None:
            continue
        if named:
            named = False
            continue
        field = dict(keys(table)).get(part)
        table, named = table_in(field.annotation) if field else (None, False)
    return table
